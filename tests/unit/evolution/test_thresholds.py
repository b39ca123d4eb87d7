import json
from dataclasses import replace
from typing import Any

import pytest

from actmine.evolution import population as populations
from actmine.evolution.credit import failures
from actmine.evolution.population import Population
from actmine.evolution.thresholds import thresholds, with_thresholds
from actmine.records.evaluation import Rung
from actmine.records.proposal import Kind, Proposal
from actmine.records.rows import from_row, to_row
from actmine.records.status import Status
from actmine.records.threshold import Threshold
from actmine.settings import sections
from configured import changed
from evolution_records import elite, proposal, scored

LADDER: list[dict[str, Any]] = [
    {"steps": 25, "keep": 2, "margin": 0.1},
    {"steps": 50, "keep": 1, "margin": 0.0},
]

RUNGS = [sections.Rung(**rung) for rung in LADDER]


def climbed(name, fitness, *rungs):
    return replace(elite(name, fitness), rungs=rungs)


ELITES = (
    climbed("a", 0.3, (25, -0.2), (50, 0.1)),
    climbed("b", 0.2, (25, 0.05), (50, 0.2)),
    climbed("c", 0.1, (25, -0.5), (50, -0.4)),
)
ISLAND = Population(generation=3, island=0, elites=ELITES, history=())


def asked(smoke, **search):
    return changed(smoke, search={"ladder": LADDER, **search})


def test_a_threshold_is_the_kept_elites_fitness_at_that_step_less_the_margin():
    found = thresholds(ELITES, RUNGS)
    assert found == (Threshold(steps=25, fitness=-0.3), Threshold(steps=50, fitness=0.2))


def test_the_order_of_elites_does_not_matter():
    assert thresholds(ELITES[::-1], RUNGS) == thresholds(ELITES, RUNGS)


def test_nothing_is_stopped_while_there_are_too_few_elites():
    assert thresholds(ELITES[:1], RUNGS) == (Threshold(steps=50, fitness=0.1),)
    assert thresholds((), RUNGS) == ()


def test_an_elite_that_tells_nothing_of_a_rung_does_not_count():
    elites = (ELITES[0], elite("d", 0.9))
    assert [one.steps for one in thresholds(elites, RUNGS)] == [50]


def test_no_ladder_no_thresholds(smoke):
    (one,) = with_thresholds([proposal(0)], ISLAND, smoke.search)
    assert one.thresholds == ()


def test_new_accepted_candidates_alone_meet_thresholds(smoke):
    slots = [
        proposal(0),
        proposal(1, kind=Kind.REMEASURE),
        proposal(2, status=Status.REJECTED, reason="no"),
    ]
    new, again, refused = with_thresholds(slots, ISLAND, asked(smoke).search)
    assert new.thresholds == thresholds(ELITES, RUNGS)
    assert again == slots[1] and refused == slots[2]


@pytest.mark.parametrize(
    ("strategy", "stops"), [("evolution", True), ("best_of_n", True), ("random_search", False)]
)
def test_a_strategy_whose_parents_are_whatever_was_measured_stops_nothing(
    smoke, strategy, stops
):
    (one,) = with_thresholds([proposal(0)], ISLAND, asked(smoke, strategy=strategy).search)
    assert bool(one.thresholds) is stops


def test_thresholds_survive_the_proposals_file(smoke):
    (one,) = with_thresholds([proposal(0)], ISLAND, asked(smoke).search)
    row = json.loads(json.dumps(to_row(one)))
    assert from_row(row, Proposal) == one
    older = {key: value for key, value in row.items() if key != "thresholds"}
    assert from_row(older, Proposal).thresholds == ()


def test_the_rungs_of_elites_survive_the_populations_file():
    row = json.loads(json.dumps(populations.to_json(ISLAND)))
    assert populations.from_json(row) == ISLAND


def test_a_pruned_candidate_is_no_failure_that_a_model_is_told_of():
    broke = scored(0, None)
    one = scored(1, None)
    stopped = replace(
        one.evaluation, status=Status.PRUNED, reason="stopped", rungs=(Rung(steps=25),)
    )
    told = failures(None, [broke, replace(one, evaluation=stopped)], [])
    assert [failure.source for failure in told] == [broke.proposal.source]
