"""What the verdicts on a champion leave out is said by rule, and only where it is so."""

from math import nan
from pathlib import Path

import pandas as pd
import pytest

from actmine.csv_files import read_csv
from actmine.files import read_json
from actmine.functions.catalog import by_name
from actmine.records.rows import from_row
from actmine.validation.cautions import (
    BRIEFLY,
    CLOSER_FIT,
    PLAIN_MEAN,
    WORSE_FIT,
    cautions,
)
from actmine.validation.leaderboard import read_leaderboard
from actmine.validation.paired_comparison import Comparison
from actmine.validation.verdicts import Outcome, outcome, sentences

DEMO = Path(__file__).parents[3] / "docs/demo"
RELU, GELU = (by_name(name).candidate.candidate_id for name in ("relu", "gelu"))
BEATEN = {RELU: "ReLU", GELU: "GELU"}
FITS = {"harmonic": (0.01, 0.01), "feynman": (0.05, 0.05)}


def told(
    *,
    means=(2.0, 5.0, 4.0),
    fits=FITS,
    matched=0.8,
    beaten=BEATEN,
    champion="mine",
):
    """The cautions of a run.

    Args:
        means: plain mean OOD losses of the champion, ReLU and GELU.
        fits: in-distribution losses of the champion and of ReLU, by family.
    """
    board = pd.DataFrame({"candidate_id": ["mine", RELU, GELU], "mean_ood_loss": means})
    rows = [
        {"candidate_id": one, "family": family, "id_loss": losses[n]}
        for n, one in enumerate(("mine", RELU))
        for family, losses in fits.items()
    ]
    return cautions(
        champion,
        beaten=beaten,
        board=board.assign(ood_at_matched_id=[matched, 1.0, 0.9]),
        families=pd.DataFrame(rows, columns=["candidate_id", "family", "id_loss"]),
    )


def test_a_champion_that_is_better_by_every_mean_and_fits_as_well_needs_none():
    assert told() == {}


def test_who_is_behind_by_the_plain_mean_is_told_with_the_figures_of_those_it_beats():
    found = told(means=(17.31, 13.53, 12.18))
    assert list(found) == [PLAIN_MEAN]
    assert found[PLAIN_MEAN].endswith(" is 17.3, above ReLU's 13.5 and GELU's 12.2.")
    assert told(means=(13.0, 13.53, 12.18))[PLAIN_MEAN].endswith("13.0, above GELU's 12.2.")


@pytest.mark.parametrize(
    ("means", "beaten"),
    [
        ((17.3, 13.5, 12.2), {}),  # of whom it is not said to be better
        ((13.53, 13.53, 14.0), BEATEN),
        ((13.541, 13.539, 14.0), BEATEN),  # the digits that are told are the same
        ((nan, 13.5, 12.2), BEATEN),
        ((17.3, nan, nan), BEATEN),
        ((17.3, 13.5, 12.2), {"c of another run": "SiLU"}),
    ],
)
def test_the_plain_mean_is_told_only_where_it_contradicts_a_verdict(means, beaten):
    assert told(means=means, beaten=beaten) == {}


def test_families_that_it_fits_far_less_well_are_told_with_both_losses():
    fits = {
        "polynomial": (0.0513, 0.0014),  # 37 times ReLU's, and still a good fit
        "harmonic": (0.4733, 0.009673),
        "feynman": (0.1492, 0.05142),
    }
    found = told(fits=fits)
    assert list(found) == [WORSE_FIT]
    assert found[WORSE_FIT].endswith(
        " its loss there is 0.473 on sums of sines (ReLU's 0.00967) and 0.149 on equations of "
        "physics (ReLU's 0.0514), for targets of variance 1."
    )


@pytest.mark.parametrize(
    ("mine", "relu", "applies"),
    [
        (0.1, 0.001, False),
        (0.1001, 0.001, True),
        (0.4, 0.2, False),  # ReLU does not fit these either
        (0.4001, 0.2, True),
        (nan, 0.01, False),
    ],
)
def test_a_worse_fit_is_more_than_a_tenth_of_the_variance_and_twice_relus_loss(
    mine, relu, applies
):
    assert (WORSE_FIT in told(fits={"custom": (mine, relu)})) is applies


def test_a_worse_fit_is_told_whomever_the_champion_beats():
    assert list(told(fits={"spherical": (0.9, 0.1)}, beaten={})) == [WORSE_FIT]


@pytest.mark.parametrize(
    ("matched", "beaten", "applies"),
    [
        (0.999, BEATEN, False),
        (1.0, BEATEN, True),
        (1.2, {GELU: "GELU"}, False),  # it is a ratio to ReLU
        (nan, BEATEN, False),
    ],
)
def test_a_gain_that_a_closer_fit_may_explain_is_told(matched, beaten, applies):
    found = told(matched=matched, beaten=beaten)
    assert (CLOSER_FIT in found) is applies
    assert not applies or "the champion's OOD loss is 1.00 times ReLU's" in found[CLOSER_FIT]


def test_without_figures_of_the_champion_there_are_none():
    fits = {"harmonic": (0.5, 0.01)}
    assert told(means=(17.0, 13.0, 12.0), fits=fits, matched=2.0, champion="failed") == {}


def test_every_rule_has_its_few_words():
    every = told(means=(17.0, 13.0, 12.0), fits={"harmonic": (0.5, 0.01)}, matched=2.0)
    assert set(every) == set(BRIEFLY)


def test_the_demos_are_those_of_its_tables():
    told = read_json(DEMO / "comparison.json")
    known = ["ReLU", "GELU", told["best_known"]["name"]]
    for name in known:
        assert outcome(from_row(told["versus"][name], Comparison)) is Outcome.BETTER
    found = cautions(
        told["champion"],
        beaten={by_name(name).candidate.candidate_id: name for name in known},
        board=read_leaderboard(DEMO / "leaderboard.csv"),
        families=read_csv(DEMO / "families.csv"),
    )
    assert told["cautions"] == found and set(found) == {PLAIN_MEAN, WORSE_FIT}
    assert sentences(told) == [*told["sentences"], *found.values()]


def test_a_comparison_that_was_written_before_there_were_cautions_is_read():
    assert sentences({"sentences": ["It is better."]}) == ["It is better."]
