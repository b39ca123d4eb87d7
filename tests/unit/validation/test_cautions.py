"""What the verdicts on a champion leave out is said by rule, and only where it is so."""

from math import nan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from actmine.csv_files import read_csv
from actmine.files import read_json
from actmine.functions.catalog import by_name
from actmine.lab.estimate import alike
from actmine.lab.fitness import Losses, score
from actmine.records.rows import from_row
from actmine.validation.cautions import (
    CLOSER_FIT,
    PLAIN_MEAN,
    WORSE_FIT,
    WORSE_THAN_CONSTANT,
    cautions,
    cautions_of,
)
from actmine.validation.leaderboard import read_leaderboard
from actmine.validation.paired_comparison import Comparison, at_matched_id, compare
from actmine.validation.verdicts import Outcome, outcome, sentences
from configured import fitness

DEMO = Path(__file__).parents[3] / "docs/demo"
RELU = by_name("relu").candidate.candidate_id
BEATEN = ("ReLU", "GELU")
FITS = {"harmonic": (0.01, 0.01), "feynman": (0.05, 0.05)}


def found_of(
    *,
    means=(2.0, 5.0, 4.0),
    fits=FITS,
    constant=None,
    matched=0.8,
    beaten=BEATEN,
    champion="mine",
    id_ratio=0.7,
    weighted=False,
):
    """The cautions of a run.

    Args:
        means: plain mean OOD losses of the champion, ReLU and GELU.
        fits: in-distribution losses of the champion and of ReLU, by family.
        constant: likewise their OOD losses over a constant's.
    """
    mine, *theirs = means
    board = pd.DataFrame({"candidate_id": ["mine"], "mean_ood_loss": [mine]})
    over = dict.fromkeys(fits, (0.1, 0.1)) | (constant or {})
    rows = [
        (one, family, fits[family][n], over[family][n])
        for n, one in enumerate(("mine", RELU))
        for family in fits
    ]
    return cautions(
        champion,
        beaten={name: dict(zip(BEATEN, theirs, strict=True))[name] for name in beaten},
        board=board.assign(ood_at_matched_id=[matched]),
        families=pd.DataFrame(
            rows, columns=["candidate_id", "family", "id_loss", "ratio_constant"]
        ),
        id_ratio=id_ratio,
        weighted=weighted,
    )


def told(**given):
    """The sentences of these cautions, by rule."""
    return {rule: one.sentence for rule, one in found_of(**given).items()}


def briefly(**given):
    return [one.briefly for one in found_of(**given).values()]


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
        ((17.3, 13.5, 12.2), ()),  # of whom it is not said to be better
        ((13.53, 13.53, 14.0), BEATEN),
        ((13.541, 13.539, 14.0), BEATEN),  # the digits that are told are the same
        ((nan, 13.5, 12.2), BEATEN),
        ((17.3, nan, nan), BEATEN),
    ],
)
def test_the_plain_mean_is_told_only_where_it_contradicts_a_verdict(means, beaten):
    assert told(means=means, beaten=beaten) == {}


def test_a_mean_of_tasks_that_count_differently_is_called_a_weighted_one():
    (sentence,) = told(means=(17.3, 13.5, 12.2), weighted=True).values()
    assert "the champion's weighted mean OOD loss" in sentence and "plain" not in sentence


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


def test_families_on_which_a_constant_is_better_are_told_with_both_ratios():
    found = told(constant={"harmonic": (8.21, 10.4), "feynman": (0.3, 1.4)})
    assert list(found) == [WORSE_THAN_CONSTANT]
    assert (
        "would do better than the champion on sums of sines (its OOD loss is 8.21 times the "
        "constant's, ReLU's 10.4 times), in the geometric mean"
    ) in found[WORSE_THAN_CONSTANT]
    both = told(constant={"harmonic": (8.21, 10.4), "feynman": (1.5, 1.4)})
    assert "10.4 times) and on equations of physics (" in both[WORSE_THAN_CONSTANT]


@pytest.mark.parametrize(
    ("mine", "applies"), [(1.0, False), (1.004, False), (1.01, True), (nan, False)]
)
def test_a_constant_is_better_by_the_digits_that_are_told(mine, applies):
    found = told(constant={"harmonic": (mine, 10.0)}, beaten=())
    assert (WORSE_THAN_CONSTANT in found) is applies


def test_a_worse_fit_is_told_whomever_the_champion_beats():
    assert list(told(fits={"spherical": (0.9, 0.1)}, beaten=())) == [WORSE_FIT]


@pytest.mark.parametrize(
    ("matched", "beaten", "applies"),
    [
        (0.9, BEATEN, False),
        (1.0, BEATEN, False),
        (1.0049, BEATEN, False),  # the digits that are told are those of no difference
        (1.0051, BEATEN, True),
        (1.2, ("GELU",), False),  # it is a ratio to ReLU
        (nan, BEATEN, False),
    ],
)
def test_a_gain_that_a_closer_fit_may_explain_is_told(matched, beaten, applies):
    found = told(matched=matched, beaten=beaten)
    assert (CLOSER_FIT in found) is applies
    assert not applies or "the champion's OOD loss is 1.01 times ReLU's" in found[CLOSER_FIT]


@pytest.mark.parametrize(
    ("id_ratio", "applies"), [(0.9, True), (1.0, False), (4.78, False), (None, False)]
)
def test_only_a_fit_that_is_closer_than_relus_may_explain_a_gain(id_ratio, applies):
    found = told(matched=1.2, id_ratio=id_ratio)
    assert (CLOSER_FIT in found) is applies
    assert not applies or "(0.900 times ReLU's in-distribution loss" in found[CLOSER_FIT]


@pytest.mark.parametrize(("sign", "applies"), [(1, False), (-1, True)])
def test_the_two_cautions_on_the_fit_do_not_contradict_each_other(sign, applies):
    """ID losses times exp(±u), where OOD losses are the lower the farther u is from 0.4."""
    drift = np.linspace(0.2, 3.0, 40)[:, np.newaxis]
    level = np.full_like(drift, 0.1)
    relu = Losses(train=level, id=level, ood=level)
    mine = Losses(train=level, id=level * np.exp(sign * drift), ood=level * np.exp(0.4 - drift))
    design, rule = alike(40), fitness(epsilon=1e-12)
    assert compare(mine, relu, epsilon=1e-12, design=design).high < 1
    matched = at_matched_id(mine, relu, epsilon=1e-12, design=design)
    assert matched == pytest.approx(np.exp(0.4))
    found = told(
        fits={"harmonic": (float(mine.id.mean()), 0.1)},
        matched=matched,
        id_ratio=score(mine, relu, design=design, settings=rule).id_ratio,
    )
    assert (CLOSER_FIT in found) is applies and (WORSE_FIT in found) is not applies


def test_without_figures_of_the_champion_there_are_none():
    fits = {"harmonic": (0.5, 0.01)}
    assert told(means=(17.0, 13.0, 12.0), fits=fits, matched=2.0, champion="failed") == {}


def test_every_rule_has_its_few_words():
    every = {
        "means": (17.0, 13.0, 12.0),
        "fits": {"harmonic": (0.5, 0.01)},
        "constant": {"harmonic": (2.0, 3.0)},
        "matched": 2.0,
    }
    assert list(told(**every)) == [PLAIN_MEAN, WORSE_FIT, WORSE_THAN_CONSTANT, CLOSER_FIT]
    assert briefly(**every) == [
        "not better than ReLU and GELU by the plain mean of losses",
        "it fits some families of tasks less well than ReLU inside the training range",
        "worse than a constant on some families of tasks",
        "by a regression not better than ReLU where both fit equally well",
    ]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"means": (17.0, 18.0, 12.0)}, "not better than GELU by the plain mean of losses"),
        (
            {"means": (2e-5, 1e-5, 1.2e-5), "weighted": True},
            "not better than ReLU and GELU by the weighted mean of losses",
        ),
    ],
)
def test_the_few_words_claim_no_more_than_the_sentence(given, words):
    assert briefly(**given) == [words]


def test_the_demos_are_those_of_its_tables():
    told = read_json(DEMO / "comparison.json")
    known = ["ReLU", "GELU", told["best_known"]["name"]]
    for name in known:
        assert outcome(from_row(told["versus"][name], Comparison)) is Outcome.BETTER
    board = read_leaderboard(DEMO / "leaderboard.csv")
    means = board.set_index("name")["mean_ood_loss"]
    found = cautions(
        told["champion"],
        beaten={name: means[name] for name in known},
        board=board,
        families=read_csv(DEMO / "families.csv"),
        id_ratio=0.5,  # not among its tables; below 1 no rule is ruled out
        weighted=False,
    )
    assert cautions_of(told) == found and list(found) == [
        PLAIN_MEAN,
        WORSE_FIT,
        WORSE_THAN_CONSTANT,
    ]
    assert found[PLAIN_MEAN].briefly == (
        f"not better than ReLU, GELU and {known[2]} by the plain mean of losses"
    )
    assert sentences(told) == [*told["sentences"], *(one.sentence for one in found.values())]


def test_a_comparison_that_was_written_before_there_were_cautions_is_read():
    assert sentences({"sentences": ["It is better."]}) == ["It is better."]
