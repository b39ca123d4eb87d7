"""The sentences of comparison.json tell of one best known function, if there is one."""

from dataclasses import replace

import pandas as pd
import pytest

from actmine.functions.catalog import by_name
from actmine.records.listed import Listed
from actmine.validation.conclusions import Conclusions
from actmine.validation.paper_order import PaperOrder
from actmine.validation.verdicts import answer
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
        table=pd.DataFrame([row(mined, 0.4), row(silu, 0.3), row(sine, 0.2)]),
        champion=mined,
        remeasured=None,
        order=PaperOrder(missing=(), orders=()),
        best_known=sine,
        versus={},
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
