"""The table of known functions: what was measured of the catalog, as the fitness counts it."""

from dataclasses import replace

import pytest

from actmine.functions.catalog import CATALOG, by_name
from actmine.lab.scorer import Scorer
from actmine.llm.known import known_scores
from actmine.llm.standing import worth
from actmine.records.candidate import Origin
from actmine.records.evaluation import Evaluation
from actmine.records.status import Status
from configured import changed, fitness

FAMILIES = ("polynomial", "polynomial", "polynomial", "harmonic")


def measured(key: str, *ood: float, status: Status = Status.SCORED) -> Evaluation:
    losses = tuple((value,) for value in ood)
    return Evaluation(
        candidate_id=by_name(key).candidate.candidate_id,
        status=status,
        reason="" if status is Status.SCORED else "it broke",
        suite="search",
        suite_hash="0",
        replicates=(0,),
        train=losses,
        id=tuple((1.0,) for _ in losses),
        ood=losses,
    )


ONES = (1.0,) * 4
CATALOG_MEASURED = (
    measured("relu", *ONES),
    measured("silu", 0.5, 0.5, 0.4, 2.0),
    measured("sin", 50.0, 40.0, 3.0, 0.01),  # two tasks are beyond the limit
    measured("gelusine", 0.1, 0.1, 0.1, 0.1),
    measured("mish", status=Status.FAILED),
)


def scorer(**rule):
    references = [measured("relu", *ONES), measured("gelu", *ONES)]
    return Scorer(references, families=FAMILIES, rule=fitness(**rule))


def names(found):
    return [one.name for one in found]


def test_the_known_functions_stand_fittest_first_and_the_papers_are_left_out(smoke):
    found = known_scores(CATALOG_MEASURED, scorer(), smoke.search)
    assert names(found) == ["SiLU", "ReLU", "Sine"]
    told = changed(smoke, search={"allow_paper_seeds": True})
    with_paper = known_scores(CATALOG_MEASURED, scorer(), told.search)
    assert names(with_paper)[0] == "GELUSine"


@pytest.mark.parametrize(
    "rule",
    [{}, {"target": {"weights": {"harmonic": 5}}}, {"aggregation": "mean_loss"}],
)
def test_what_the_families_add_is_the_fitness(smoke, rule):
    for one in known_scores(CATALOG_MEASURED, scorer(**rule), smoke.search):
        assert sum(map(worth, one.contributions)) == pytest.approx(one.fitness, abs=1e-5)


def test_a_task_adds_no_more_than_its_limit(smoke):
    (*_, sine) = known_scores(CATALOG_MEASURED, scorer(), smoke.search)
    assert worth(sine.contributions[1]) == pytest.approx(2 / 4)  # not ln(100)/4


def test_what_fits_too_badly_is_marked(smoke):
    bad = replace(CATALOG_MEASURED[1], id=((12.0,),) * 4)
    (found,) = known_scores([bad], scorer(), smoke.search)
    assert not found.within_guard


def test_the_catalog_holds_what_would_have_to_be_hidden():
    assert {one.name for one in CATALOG if one.origin is Origin.PAPER} >= {"GELUSine"}
