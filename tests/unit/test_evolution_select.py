import random

import pytest

from actmine.candidate import Origin, Status
from actmine.evolution.population import HISTORY, Population, from_json, remembered, to_json
from actmine.evolution.select import pair, select
from evolution_records import elite, evaluation, print_of, proposal, scored


def island(*elites):
    ranked = sorted(elites, key=lambda e: (-e.fitness, e.candidate_id))
    return Population(generation=0, island=0, elites=tuple(ranked), history=("old",))


def step(previous, candidates, elites=3):
    return select(previous, candidates, generation=1, island=0, elites=elites)


def test_the_fittest_are_kept_best_first():
    population = step(island(elite("a", 0.5)), [scored(0, 0.1), scored(1, 0.9), scored(2, 0.3)])
    assert [e.fitness for e in population.elites] == [0.9, 0.5, 0.3]


def test_the_order_of_evaluations_does_not_matter():
    candidates = [
        scored(index, value) for index, value in enumerate((0.2, 0.2, 0.7, None, -1.0))
    ]
    expected = step(island(elite("a", 0.2)), candidates)
    for seed in range(20):
        random.Random(seed).shuffle(candidates)
        assert step(island(elite("a", 0.2)), candidates) == expected


def test_a_tie_keeps_the_incumbent():
    for name in ("a", "zzz"):
        population = step(island(elite(name, 0.5)), [scored(0, 0.5)], elites=1)
        assert population.elites[0].candidate_id == name


def test_a_failed_candidate_never_becomes_an_elite():
    population = step(island(elite("a", -5.0)), [scored(0, None)])
    assert [e.candidate_id for e in population.elites] == ["a"]


def test_a_mined_candidate_outside_the_in_distribution_guard_is_no_elite():
    population = step(island(elite("a", 0.0)), [scored(0, 2.0, within_guard=False)])
    assert [e.candidate_id for e in population.elites] == ["a"]


def test_a_seed_may_be_outside_the_guard():
    seed = scored(0, 0.0, within_guard=False, origin=Origin.CATALOG)
    assert step(None, [seed]).elites[0].fitness == 0.0


def test_a_generation_that_failed_as_a_whole_leaves_its_parents():
    before = island(elite("a", 0.1), elite("b", 0.4))
    assert step(before, [scored(k, None) for k in range(4)]).elites == before.elites


def test_seeds_that_all_failed_are_named():
    with pytest.raises(ValueError, match=r"no parent left.*f0: it broke"):
        step(None, [scored(0, None)])


def test_an_island_remembers_every_behaviour_it_trained():
    population = step(island(elite("a", 0.1)), [scored(1, None), scored(0, 0.2)])
    assert population.history == ("old", print_of("f0"), print_of("f1"))


def test_history_forgets_the_oldest():
    history = remembered([str(k) for k in range(HISTORY)], ["new", "0"])
    assert len(history) == HISTORY and history[-1] == "new" and history[0] == "1"


def test_a_population_survives_its_file():
    population = step(island(elite("a", 0.1)), [scored(0, 0.2)])
    assert from_json(to_json(population)) == population


def test_a_population_out_of_order_is_refused():
    with pytest.raises(ValueError, match="best first"):
        Population(
            generation=0, island=0, elites=(elite("a", 0.1), elite("b", 0.2)), history=()
        )


def test_pairs_are_made_by_slot():
    first, second = proposal(0), proposal(1)
    refused = proposal(2, status=Status.REJECTED, reason="static: no")
    pairs = pair(
        [first, second, refused], [evaluation(second), evaluation(first)], lambda _: None
    )
    assert [p.evaluation.candidate_id for p in pairs] == [
        first.candidate_id,
        second.candidate_id,
    ]


def test_an_accepted_slot_without_evaluation_is_named():
    with pytest.raises(ValueError, match="no evaluation of c"):
        pair([proposal(0)], [], lambda _: None)


def test_an_evaluation_of_another_source_is_refused():
    with pytest.raises(ValueError, match="no evaluation of c"):
        pair([proposal(0)], [evaluation(proposal(0, source="# other"))], lambda _: None)
