"""The page tells of the champion what its folder holds: formula, cost, and how to use it."""

import json
import re
import sys
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
import torch

from actmine.champion.latex_formula import formula
from actmine.champion.module_text import champion_text
from actmine.report.champion_files import read_champion_files
from actmine.report.page import render
from report_pages import CHAMPION_FILES, brief, report

SOURCE = "def activation(x):\n    return F.gelu(x) + 0.0408 * torch.exp(-0.5 * torch.erf(x))\n"
TIMES, OF, DASH = "\N{MULTIPLICATION SIGN}", "\N{RIGHT SINGLE QUOTATION MARK}s", "\N{EN DASH}"
LOOP = """def activation(x):
    for _ in range(2):
        x = torch.tanh(x)
    return x
"""


def time(least):
    return {"median": 1.1 * least, "least": least, "most": 1.5 * least}


def function(name, least):
    if least is None:
        return {"name": name, "forward": None, "backward": None}
    return {"name": name, "forward": time(least), "backward": time(2 * least)}


def folder(path, source, *, least=4.0):
    """A folder `champion` as the stage of that name writes it, the figures apart."""
    path.mkdir()
    written = formula(source)
    text = champion_text(source, title="mined", origin="Of a test.")
    (path / "activation.py").write_text(text)
    (path / "formula.tex").write_text(
        written.latex() or f"% No single formula: {written.reason}.\n"
    )
    functions = [function("mined", least), function("GELU", 1.0), function("ReLU", 0.2)]
    cost = {**CHAMPION_FILES.conditions, "functions": functions}
    (path / "cost.json").write_text(json.dumps(cost))
    return path


def page_of(files, source=SOURCE):
    champion = replace(report().champion, source=source, formula="", curve=None)
    return render(brief(champion=champion, champion_files=files))


def section(page):
    return page.split('<h3 id="champion">')[1].split("</section>")[0]


def words(html):
    """What a reader sees: a word for each cell, none for the elements of a formula."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", re.sub(r"</t[dh]>", " ", html))).split())


@pytest.fixture
def files(tmp_path):
    return read_champion_files(folder(tmp_path / "champion", SOURCE), SOURCE)


def test_the_lines_on_the_page_import_the_champions_file(tmp_path, files, monkeypatch):
    page = section(page_of(files))
    lines = unescape(page.split('aria-label="Import"><code>')[1].split("</code>")[0])
    monkeypatch.syspath_prepend(tmp_path / "champion")
    names: dict[str, Any] = {}
    exec(lines, names)
    sys.modules.pop("activation")
    x = torch.linspace(-2, 2, 9)
    expected = torch.nn.functional.gelu(x) + 0.0408 * torch.exp(-0.5 * torch.erf(x))
    assert torch.equal(names["layer"](x), expected)
    assert len(lines.splitlines()) == 2


def test_what_the_class_can_learn_is_told(files):
    assert files.coefficients == {"c1": 0.0408, "c2": 0.5}
    assert "learns c1 = 0.0408, c2 = 0.5; how it trains" in words(section(page_of(files)))


def test_a_name_that_the_candidate_took_is_not_told_as_the_class(tmp_path):
    source = "Activation = 2.0\n\n\ndef activation(x):\n    return Activation * torch.tanh(x)\n"
    read = read_champion_files(folder(tmp_path / "champion", source), source)
    assert read.owner == "Activation_"
    assert "from activation import Activation_" in page_of(read, source)


def test_the_latex_is_that_of_the_file(tmp_path, files):
    page = section(page_of(files))
    shown = page.split('aria-label="LaTeX"><code>')[1].split("</code>")[0]
    assert unescape(shown) == (tmp_path / "champion/formula.tex").read_text().strip()


def test_a_program_without_a_formula_shows_why_and_its_code(tmp_path):
    read = read_champion_files(folder(tmp_path / "champion", LOOP), LOOP)
    page = section(page_of(read, LOOP))
    assert read.latex == "" and "No single formula: it has a loop." in words(page)
    assert "<math" not in page and "for _ in range(2):" in page


def test_a_cost_is_told_with_its_spread_and_against_each_reference(files):
    told = words(section(page_of(files)))
    forward = f"4.00{TIMES} GELU{OF} and 20.0{TIMES} ReLU{OF} time forward"
    assert f"mined takes {forward}, 4.00{TIMES} GELU{OF}" in told
    assert "mined 4.40 4.00 to 6.00 8.80 8.00 to 12.0" in told
    assert "ReLU 0.220 0.200 to 0.300" in told
    assert f"1024 {TIMES} 256 with 1 thread: some CPU, AVX2" in told


def test_bars_share_one_scale_and_the_longest_line_ends_it(files):
    page = section(page_of(files))
    bars = [float(one) for one in re.findall(r'<i style="width:([\d.]+)%', page)]
    assert bars == [73.3, 73.3, 18.3, 18.3, 3.7, 3.7]
    lines = re.findall(r'<b style="left:([\d.]+)%;width:([\d.]+)%', page)
    assert [float(a) + float(b) for a, b in lines][:2] == [pytest.approx(100, abs=0.1)] * 2


def test_a_champion_that_could_not_be_timed_has_a_dash(tmp_path):
    read = read_champion_files(folder(tmp_path / "champion", SOURCE, least=None), SOURCE)
    told = words(section(page_of(read)))
    assert (
        "its time could not be measured." in told and f"mined {DASH} {DASH} GELU 1.10" in told
    )


def test_the_files_that_are_there_are_taken_along(files):
    names = re.findall(r'<a download="([^"]+)"', section(page_of(files)))
    assert names == ["activation.py", "formula.tex", "cost.json"]
