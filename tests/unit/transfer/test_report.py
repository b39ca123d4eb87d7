"""The report's section on real data."""

import re

import pytest

from actmine import layout
from actmine.files import write_atomically, write_json
from actmine.records.rows import to_row
from actmine.report.page import render
from actmine.transfer.figure import draw
from actmine.transfer.findings import read_findings
from actmine.transfer.plan import digests
from actmine.transfer.ranking import correlation, overall, sentence
from actmine.transfer.settings import TransferSettings
from actmine.transfer.summary import headline
from report_pages import Page, brief
from transfer_tables import SETTINGS, table


@pytest.fixture
def run(tmp_path):
    """A run's folder in which the offline tier was measured."""
    folder = layout.transfer(tmp_path, "offline")
    relu = [0.5, 0.6, 0.7]
    frame = table({"a": relu, "b": [0.51, 0.63, 0.68], "c": [0.521, 0.619, 0.72]})
    frame.loc[frame["candidate_id"] == "c", "name"] = "<b>NA</b>"
    ranked = overall(frame, {})
    summary = {
        "headline": headline(TransferSettings(**SETTINGS, learning_rates=(1.0,))),
        "correlation": sentence(correlation(ranked)),
        "functions": list(map(to_row, ranked)),
    }
    write_atomically(folder / "table.csv", frame.to_csv(index=False).encode())
    write_atomically(folder / "figure.svg", draw(frame))
    write_json(folder / "summary.json", summary)
    return tmp_path


def test_the_page_shows_differences_intervals_and_verdicts(run):
    (found,) = read_findings(run)
    page = render(brief(transfer=(found,)))
    text = " ".join(Page(page).text.split())
    assert "Tier offline" in text and "3 paired seeds" in text
    assert "images, shifted: accuracy, higher is better" in text
    assert re.search(r"0\.620 0\.020 0\.01\d to 0\.02\d better", text)
    assert "too few for a correlation" in text
    assert "&lt;b&gt;NA&lt;/b&gt;" in page and "<b>NA</b>" not in page


def test_a_page_without_measurements_says_how_to_get_them():
    assert "snakemake transfer" in Page(render(brief())).text


def test_a_report_depends_on_what_was_measured_and_on_nothing_else(run, tmp_path):
    before = digests(run)
    assert [one.split("-")[0] for one in before] == ["offline"]
    path = layout.transfer(run, "offline") / "summary.json"
    path.write_text(path.read_text().replace("Tier", "tier"))
    assert digests(run) != before and digests(tmp_path / "other") == []


def test_a_table_of_another_version_is_refused(run):
    path = layout.transfer(run, "offline") / "table.csv"
    path.write_text(path.read_text().replace("log_ratio_high", "more"))
    with pytest.raises(ValueError, match=r"table.csv: columns are"):
        read_findings(run)
