"""The sentences of comparison.json: one best known function, and cautions with verdicts."""

from dataclasses import replace

import pandas as pd
import pytest

from actmine.functions.catalog import by_name
from actmine.records.listed import Listed
from actmine.validation.conclusions import Conclusions
from actmine.validation.further_tables import FAMILY_COLUMNS
from actmine.validation.paired_comparison import Comparison
from actmine.validation.paper_order import PaperOrder
from actmine.validation.verdicts import answer, comparison_document, verdicts
from evolution_records import elite


def row(one: Listed, fitness: float) -> dict[str, object]:
    ends = {"ci_low": fitness - 0.1, "ci_high": fitness + 0.1}
    ratios = {"ratio_relu": 0.5, "ratio_gelu": 0.6}
    who = {"candidate_id": one.candidate_id, "name": one.name, "origin": one.origin.value}
    return {**who, "coupling": "pointwise", "held_out_fitness": fitness, **ends, **ratios}


@pytest.fixture
def found() -> Conclusions:
    """SiLU is best on held-out tasks, and GELUSine was on the search tasks."""
    mined, silu, sine = (
        elite("m", 1.0).listed,
        by_name("silu").listed,
        by_name("gelusine").listed,
    )
    return Conclusions(
        families=pd.DataFrame(columns=list(FAMILY_COLUMNS)),
        table=pd.DataFrame([row(mined, 0.4), row(silu, 0.3), row(sine, 0.2)]),
        champion=mined,
        remeasured=None,
        order=PaperOrder(missing=(), orders=()),
        best_known=sine,
        versus={},
        means={},
        id_ratio=None,
        weighted=False,
        tested=(mined.candidate_id,),
    )


def test_the_best_known_function_is_that_of_the_search_tasks(found):
    assert answer(found)[1:] == ["Best known function GELUSine: +0.200 (+0.100 to +0.300)."]


@pytest.mark.parametrize("best_known", [None, by_name("tanh").listed])
def test_a_best_known_function_without_a_figure_has_no_sentence(found, best_known):
    (sentence,) = answer(replace(found, best_known=best_known))
    assert sentence.startswith("Champion m: held-out fitness +0.400")


def test_known_functions_may_be_the_papers_alone(found):
    papers = replace(found, table=found.table[found.table["origin"] != "catalog"])
    assert answer(papers)[1:] == ["Best known function GELUSine: +0.200 (+0.100 to +0.300)."]


def against(ratio: float, p: float) -> Comparison:
    ends = {"low": 0.9 * ratio, "high": 1.1 * ratio}
    return Comparison(ratio=ratio, p=p, **ends, won=0.6, sd=1.0, tasks=48, freedom=40.0)


def test_cautions_are_against_those_that_the_champion_is_said_to_beat(found):
    """Four functions have a lower plain mean; a verdict calls it better than two of them.

    ReLU is one that the leaderboard does not list.
    """
    known = [by_name(name).listed for name in ("gelu", "silu", "gelusine")]
    table = pd.DataFrame([row(one, 0.4) for one in (found.champion, *known)])
    document = comparison_document(
        replace(
            found,
            table=table.assign(mean_ood_loss=[9.0, 7.0, 6.0, 5.0], ood_at_matched_id=0.5),
            versus={
                "ReLU": against(0.7, 0.001),
                "GELU": against(0.9, 0.2),
                "GELUSine": against(0.8, 0.01),
            },
            means={"ReLU": 8.0, "GELU": 7.0, "GELUSine": 5.0},
        )
    )
    assert list(document["cautions"]) == ["plain_mean"]
    assert document["cautions"]["plain_mean"]["sentence"].endswith(
        " is 9.00, above ReLU's 8.00 and GELUSine's 5.00."
    )


@pytest.mark.parametrize("id_ratio", [0.8, 1.2])
def test_a_closer_fit_is_told_by_the_ratio_of_the_conclusions(found, id_ratio):
    document = comparison_document(
        replace(
            found,
            table=found.table.assign(mean_ood_loss=1.0, ood_at_matched_id=1.1),
            versus={"ReLU": against(0.7, 0.001)},
            means={"ReLU": 8.0},
            id_ratio=id_ratio,
        )
    )
    assert list(document["cautions"]) == (["closer_fit"] if id_ratio < 1 else [])


def test_a_verdict_is_in_the_words_of_every_comparison(found):
    (told,) = verdicts(replace(found, versus={"ReLU": against(0.7, 0.001)}))
    assert told == (
        "Against ReLU: 0.700 times its out-of-distribution loss (95% 0.630 to 0.770), better "
        "on 60% of 48 tasks; p 0.001, tested first of 1 finalist: it is better. A true ratio "
        f"of {against(0.7, 0.001).detectable_ratio:.3f} would be found with 80% power."
    )


def test_a_run_without_a_champion_has_no_cautions(found):
    assert comparison_document(replace(found, champion=None, tested=()))["cautions"] == {}
