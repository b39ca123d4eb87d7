"""What the page on real data tells is what its tables hold."""

import re

import pandas as pd
import pytest

from actmine.number_text import fixed, signed
from actmine.settings.configuration import load
from actmine.tasks.suite import FAMILIES
from actmine.transfer.findings import read_table
from actmine.transfer.foretelling import MEANS, WHOLE, outside_figures, weightings
from actmine.transfer.parts import OOD_TEST
from prose import ROOT, cells, page, quoted, said

FOLDER = ROOT / "docs/transfer"
README, PAGE = page("README.md"), page("docs/transfer.md")
LAB = pd.DataFrame(quoted("transfer/lab.csv")).set_index("candidate_id")
FIGURES = list(LAB.columns[2:])
OUTSIDE = outside_figures(read_table(FOLDER))


def test_every_function_stands_with_its_figures_best_first():
    means = pd.DataFrame({title: OUTSIDE[title] for title in MEANS.values()})
    both = LAB.join(means).sort_values(MEANS[OOD_TEST], ascending=False, kind="stable")
    columns = [*MEANS.values(), *FIGURES]
    expected = [
        [row["name"], *(signed(float(row[column])) for column in columns)]
        for row in both.to_dict("records")
    ]
    names = [name for name, *_ in expected]
    rows = [cells(PAGE, rf"\| {re.escape(name)} \|") for name in names]
    assert [row for found in rows for row in found if len(row) == len(columns) + 1] == expected
    assert len(LAB) == 32 and said("over the 32 functions", PAGE)


def test_the_correlations_are_those_of_the_table():
    found = {(row["lab"], row["score"]): row for row in quoted("transfer/foretold.csv")}
    ((_, *scores),) = cells(PAGE, r"\| Spearman \(95%\)")
    for figure in FIGURES:
        (told,) = [
            row for row in cells(PAGE, rf"\| {figure} \|") if len(row) == len(scores) + 1
        ]
        assert [cell.replace("*", "") for cell in told[1:]] == [
            f"{signed(float(row['rho']))} ({signed(float(row['low']))} to "
            f"{signed(float(row['high']))})"
            for row in (found[figure, score] for score in scores)
        ]


def test_weights_of_families_are_chosen_on_one_half_and_tested_on_the_other():
    families = [figure for figure in FIGURES if figure in FAMILIES]
    lab = {
        family: {str(one): float(value) for one, value in LAB[family].items()}
        for family in families
    }
    first, second = weightings(lab, OUTSIDE[MEANS[OOD_TEST]])
    assert (first.weights["feynman"], second.weights["feynman"]) == (1, 0.75)
    ends = [
        f"{signed(one.tested.rho)} ({signed(one.tested.low)} to {signed(one.tested.high)})"
        for one in (first, second)
    ]
    equal = [signed(one.equal.rho) for one in (first, second)]
    assert said(
        f"these weights have {ends[0]} and {ends[1]}, where equal weights have {equal[0]} and "
        f"{equal[1]}.",
        PAGE,
    )


@pytest.mark.parametrize("name", ["transferable"])
def test_the_preset_searches_on_the_tasks_that_foretell(name):
    tasks = load(name).tasks.search
    assert tasks.feynman and not (tasks.polynomial or tasks.harmonic or tasks.spherical)
    assert load(name).fitness.id_guard == 1 and WHOLE in FIGURES


def test_the_first_page_says_what_foretells_and_what_does_not():
    found = {(row["lab"], row["score"]): row for row in quoted("transfer/foretold.csv")}
    whole, physics = (
        signed(float(found[figure, MEANS[OOD_TEST]]["rho"])) for figure in (WHOLE, "feynman")
    )
    apart = signed(float(found["feynman", "b3db fingerprints, new scaffolds"]["rho"]))
    assert said(f"does not foretell the order (Spearman {whole}).", README)
    assert said(f"do ({physics}; {apart} on the benchmark that did not choose them).", README)
    assert said(f"the contrary ({apart}, ", PAGE)
    best = pd.Series(OUTSIDE[MEANS[OOD_TEST]]).nlargest(3).index
    assert set(LAB.loc[best, "name"]) == {"GELUSine", "GELU", "GELU-Sinc-Perturbation"}
    assert f"Of {len(LAB)} functions GELUSine, GELU and GELU-Sinc lead" in README


def test_the_champions_gains_are_those_of_their_table():
    found = quoted("transfer/pairs.csv")
    shown = [row for row in found if row["failed"] == "0" and float(row["corrected"]) < 0.05]
    better = sum(float(row["gain"]) > 0 for row in shown)
    assert said(
        f"Of the {len(found)} comparisons {better} are shown to be better and "
        f"{len(shown) - better} worse:",
        PAGE,
    )
    assert {int(row["seeds"]) + int(row["failed"]) for row in found} == {10}
    champions = list(dict.fromkeys(row["name"] for row in found))
    assert len(champions) == 8
    for name in champions:
        mine = [row for row in found if row["name"] == name]
        assert len(mine) == 28
        own = [float(row["gain"]) > 0 for row in shown if row["name"] == name]
        rows = [row[1:] for row in cells(PAGE, rf"\| {name} \|")]
        assert [str(own.count(True)), str(own.count(False))] in rows
        others = list(dict.fromkeys(row["other"] for row in mine))
        for score, metric in dict.fromkeys((row["score"], row["metric"]) for row in mine):
            (told,) = [row[1:] for row in rows if row[0] == f"{score} ({metric})"]
            pairs = {row["other"]: row for row in mine if row["score"] == score}
            assert told == [_gain(pairs[other], pairs[other] in shown) for other in others]


def test_the_first_page_has_three_champions_gains_over_gelu():
    found = [row for row in quoted("transfer/pairs.csv") if row["other"] == "GELU"]
    champions = {
        "reference": "reference_champion", "growth": "growth_champion",
        "`transferable`, seed 2": "transferable_2",
    }  # fmt: skip
    for title, name in champions.items():
        (row,) = [row for row in cells(README, rf"\| {title} \|") if len(row) == 8]
        assert row[1:] == [_over_gelu(one) for one in found if one["name"] == name]


def _over_gelu(row):
    if row["failed"] != "0":
        return f"{row['failed']} of 10 failed"
    gain, low, high = (float(row[key]) for key in ("gain", "low", "high"))
    told = f"{signed(gain, 3)}±{fixed((high - low) / 2, 3)}"
    return f"**{told}**" if float(row["corrected"]) < 0.05 else told


def _gain(row, shown):
    gain, low, high = (signed(float(row[key]), 3) for key in ("gain", "low", "high"))
    failed = "" if row["failed"] == "0" else f", {row['failed']} failed"
    return f"{f'**{gain}**' if shown else gain} ({low} to {high}){failed}"
