"""What was measured on tasks of others, as page, section and documentation tell it."""

import pandas as pd
import pytest

from actmine import layout
from actmine.csv_files import csv_text
from actmine.external import plan
from actmine.external.findings import SHOWN, read_findings
from actmine.external.summary import body, markdown, overview
from actmine.external.table import COLUMNS, METRIC_COLUMNS, best_first, read_tables
from actmine.number_text import MINUS, fixed, signed
from actmine.records.candidate import Origin
from actmine.report.page import render
from prose import ROOT, cells, page, said
from report_pages import Page, brief

ENDS = f"({MINUS}9.00 to +9.00)"
DOCS = ROOT / "docs"
SHORT = {
    "eql": "EQL÷", "nn_extrapolate": "nn-extrapolate", "llm_sr": "LLM-SR", "feynman": "Feynman",
    "perkit": "PerKit",
}  # fmt: skip


def tables(functions):
    """Of two suites: as many known functions, and the mined `<b>NA</b>`, which failed once."""
    names = [(f"known {number}", "catalog") for number in range(functions)]
    rows, metrics = [], []
    for suite in ("eql", "perkit"):
        for number, (name, origin) in enumerate([*names, ("<b>NA</b>", "mined")]):
            failed = origin == "mined" and suite == "perkit"
            figures = [float("nan")] * 7 if failed else [-number / 10, -9.0, 9.0, 1, 1, 1, 0.5]
            status = "failed" if failed else "scored"
            rows.append((suite, f"c{number}", name, origin, status, 4, *figures))
            metrics += [
                (suite, "RMS", family, f"c{number}", name, number + 0.5, 0.1, 9.0)
                for family in ("division", "F-2")
                if not failed
            ]
    return (
        pd.DataFrame(rows, columns=list(COLUMNS)),
        pd.DataFrame(metrics, columns=list(METRIC_COLUMNS)),
    )


@pytest.fixture
def run(tmp_path):
    """A run's folder in which the full tier was measured."""
    folder = layout.external(tmp_path, "full")
    folder.mkdir(parents=True)
    for name, table in zip((plan.TABLE, plan.METRICS), tables(SHOWN + 5), strict=True):
        (folder / name).write_text(csv_text(table))
    return tmp_path


def test_the_page_shows_the_best_known_functions_and_every_mined_one(run):
    page = render(brief(external=read_findings(run)))
    text = " ".join(Page(page).text.split())
    assert "Tier full" in text and "EQL÷" in text and "PerKit" in text
    assert f"known {SHOWN - 1}, {SHOWN} of {SHOWN + 6}" in text
    assert f"known {SHOWN}," not in text
    assert "&lt;b&gt;NA&lt;/b&gt;" in page and "<b>NA</b>" not in page
    assert f"{MINUS}0.10 {ENDS}" in text and "failed" in text


def test_what_failed_on_a_suite_stands_last_however_good_it_is_elsewhere(run):
    table, metrics = tables(2)
    table.loc[table["origin"] == "mined", "fitness"] += 5  # on the suite that it survived
    assert best_first(table) == ["c0", "c1", "c2"]
    last = [line for line in body(table, metrics) if line.startswith("|")][4]
    assert last.startswith("| <b>NA</b> | **+4.80**") and "failed" in last
    (layout.external(run, "full") / plan.TABLE).write_text(csv_text(table))
    functions = read_findings(run)[0]["functions"]
    assert [one["name"] for one in functions] == ["known 0", "known 1", "<b>NA</b>"]


def test_a_page_without_measurements_says_how_to_get_them():
    assert "snakemake external" in Page(render(brief())).text


def test_a_report_depends_on_what_was_measured_and_on_nothing_else(run, tmp_path):
    before = plan.digests(run)
    assert [one.split("-")[0] for one in before] == ["full"]
    path = layout.external(run, "full") / plan.METRICS
    path.write_text(path.read_text().replace("9.0", "8.0"))
    assert plan.digests(run) != before and plan.digests(tmp_path / "other") == []


def test_a_table_of_another_version_is_refused(run):
    path = layout.external(run, "full") / plan.TABLE
    path.write_text(path.read_text().replace("ratio_high", "more"))
    with pytest.raises(ValueError, match=r"table.csv: its columns are not suite"):
        read_findings(run)


def test_the_summary_has_published_figures_below_those_measured():
    page = markdown(*tables(2))
    assert f"| known 0 | **0.00** {ENDS} | **0.00** {ENDS} |" in page
    assert f"| <b>NA</b> | {MINUS}0.20 {ENDS} | failed |" in page
    division, f_2 = "0.830", "0.580"
    assert f"| *published: tanh perceptron* | {division} | {f_2} |" in page


def test_the_documentation_has_the_tables_that_its_files_hold():
    table, metrics = read_tables(DOCS / "external")
    written = page("docs/external.md")
    assert written.endswith("\n".join(overview(table)) + "\n")
    few = {row[0] for row in cells(written.partition("## What follows")[0], r"\| ")}
    few &= set(table["name"])
    assert len(few) == 14
    chosen = (one[one["name"].isin(few)] for one in (table, metrics))
    assert "\n".join(body(*chosen)) in written


def test_the_first_page_has_three_of_its_rows():
    table, _ = read_tables(DOCS / "external")
    rows = {"GELU": "GELU", "demo's champion": "demo_champion"}
    for title, name in {**rows, "reference run's": "reference_champion"}.items():
        own = table[table["name"] == name].set_index("suite").loc[list(SHORT)]
        reach = (own["high"] - own["low"]) / 2
        told = [
            f"{signed(x)}±{fixed(y, 2)}" for x, y in zip(own["fitness"], reach, strict=True)
        ]
        assert told in [row[1:] for row in cells(page("README.md"), rf"\| {title} \|")]


def test_how_many_are_better_than_relu_is_counted_in_the_table():
    table, _ = read_tables(DOCS / "external")
    mined = table["origin"] == Origin.MINED.value
    better = table["low"] > 0
    known = table[better & ~mined].groupby("suite").size().to_dict()
    eql, *others = (f"{known[name]} on {title}" for name, title in SHORT.items())
    counts = ", ".join([eql.replace(" on", " are better on"), *others])
    total = table[~mined]["candidate_id"].nunique()
    written = page("docs/external.md")
    assert said(f"Of the {total} known ones, by intervals above 0, {counts}", written)
    most = table[better & ~mined].groupby("candidate_id").size().max()
    assert most == 2 and said("none on more than two of the five", written)
    assert said("no known function beats ReLU on more than two:", page("README.md"))
    own = table[better & mined].groupby("name").size().to_dict()
    assert {name for name, suites in own.items() if suites > most} == {
        "demo_champion", "reference_champion",
    }  # fmt: skip
