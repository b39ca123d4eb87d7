"""Whether the champion is better: read from a run's file, said, and drawn."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from actmine.files import read_json, write_json
from actmine.records.rows import to_row
from actmine.report.forest import forest
from actmine.report.verdicts import LOOKS, read_verdicts
from actmine.validation.cautions import cautions_of
from actmine.validation.verdicts import SIGNIFICANT, Outcome, outcome
from report_pages import verdict, verdicts

DEMO = Path(__file__).parents[3] / "docs/demo/comparison.json"


@pytest.fixture
def run(tmp_path):
    """A run whose comparison.json is that of the demo, with the champion against ReLU too."""
    told = read_json(DEMO)
    told["versus"]["ReLU"] = to_row(verdict("ReLU", 0.57, 0.68, p=1e-9).comparison)
    write_json(tmp_path / "validation/comparison.json", told)
    return tmp_path


def test_a_runs_verdicts_are_those_of_its_file_with_the_best_known_function_last(run):
    read = read_verdicts(run)
    told = read_json(DEMO)
    best = told["best_known"]["name"]
    assert [one.against for one in read.each] == ["ReLU", "GELU", best]
    assert [one.best_known for one in read.each] == [False, False, True]
    for one in read.each[1:]:
        assert one.comparison.ratio == told["versus"][one.against]["ratio"]
    assert read.finalists == 5 and read.tasks == 48
    assert read.cautions == cautions_of(told) != {}


def test_a_run_that_was_validated_before_there_were_cautions_has_none(run):
    path = run / "validation/comparison.json"
    told = read_json(path)
    del told["cautions"]
    write_json(path, told)
    assert read_verdicts(run).cautions == {}


def test_a_best_known_function_that_is_gelu_has_one_verdict(run):
    path = run / "validation/comparison.json"
    told = read_json(path)
    told["versus"].pop(told["best_known"]["name"])
    write_json(path, {**told, "best_known": {**told["best_known"], "name": "GELU"}})
    assert [(one.against, one.best_known) for one in read_verdicts(run).each] == [
        ("ReLU", False),
        ("GELU", True),
    ]


@pytest.mark.parametrize(
    ("low", "high", "p", "shown"),
    [
        (0.5, 0.8, SIGNIFICANT - 1e-9, Outcome.BETTER),
        (0.5, 0.8, SIGNIFICANT, Outcome.OPEN),
        (1.2, 1.9, SIGNIFICANT, Outcome.OPEN),
        (1.2, 1.9, 0.001, Outcome.WORSE),
    ],
)
def test_only_a_small_p_is_a_verdict_and_the_ratio_its_side(low, high, p, shown):
    one = verdict("GELU", low, high, p=p)
    assert outcome(one.comparison) is shown and one.look is LOOKS[shown]


def test_outcomes_differ_in_word_sign_and_colour():
    for part in ("word", "sign", "colour", "kind"):
        assert len({getattr(look, part) for look in LOOKS.values()}) == 3


def drawn(svg):
    """By row: x of the interval's ends and of its square; and x of each labelled tick."""
    ends = [
        (float(a), float(b), float(y))
        for a, y, b in re.findall(
            r'd="M ([\d.]+) ([\d.]+)\s+L ([\d.]+) \2\s*"[^>]*?stroke-width: 2[;\"]', svg
        )
    ]
    uses = re.findall(r'<use [^>]*?style="([^"]*)"[^>]*?x="([\d.]+)" y="([\d.]+)"', svg)
    squares = {float(y): float(x) for style, x, y in uses if "miter" in style}
    ticks = re.findall(r'<text[^>]*?text-anchor: middle[^>]*?x="([\d.]+)"[^>]*>([\d.]+)<', svg)
    return ends, squares, {float(text): float(x) for x, text in ticks}


def test_the_forest_stands_where_its_figures_say():
    told = verdicts()
    ends, squares, ticks = drawn(forest(told.each))
    assert len(ends) == 3 and 1.0 in ticks and len(ticks) >= 3
    values = sorted(ticks)
    slope, start = np.polyfit(np.log(values), [ticks[value] for value in values], 1)
    for one, (low, high, y) in zip(told.each, sorted(ends, key=lambda e: e[2]), strict=True):
        found = one.comparison
        assert low == pytest.approx(start + slope * np.log(found.low), abs=0.1)
        assert high == pytest.approx(start + slope * np.log(found.high), abs=0.1)
        assert squares[y] == pytest.approx(start + slope * np.log(found.ratio), abs=0.1)


@pytest.mark.parametrize("ends", [(1e-4, 0.02), (0.98, 1.01), (3.0, 4000.0), (1e-5, 1e5)])
def test_the_axis_of_the_forest_has_few_ticks_and_1_among_them(ends):
    one = replace(verdicts().each[0], comparison=verdict("GELU", *ends, p=0.5).comparison)
    _, _, ticks = drawn(forest([one]))
    assert 1.0 in ticks and len(ticks) <= 11
