import json
import random
from dataclasses import replace

import pytest
from numpy.random import default_rng

from actmine.evolution.population import (
    FAILURES,
    HISTORY,
    Credit,
    Population,
    from_json,
    remembered,
    to_json,
)
from actmine.evolution.scored import pair
from actmine.evolution.selection import by_evidence, select, specialists
from actmine.mutation.adaptation import OperatorCredit
from actmine.records.candidate import Origin
from actmine.records.proposal import Attempt
from actmine.records.status import Status
from actmine.settings.configuration import load
from evolution_records import (
    contributions,
    elite,
    evaluation,
    print_of,
    proposal,
    scored,
    scorer,
)


def island(*elites):
    ranked = sorted(elites, key=lambda e: (-e.fitness, e.candidate_id))
    return Population(generation=0, island=0, elites=tuple(ranked), history=("old",))


def fitter(newcomer, incumbent):
    return newcomer.fitness > incumbent.fitness


def step(previous, candidates, elites=3, refused=()):
    search = replace(load("smoke").search, elites=elites, per_niche=elites)
    return select(
        previous,
        candidates,
        refused=refused,
        generation=1,
        island=0,
        search=search,
        beats=fitter,
        seed=0,
    )


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
    one = proposal(0)
    pairing = pair([one], [evaluation(one, loss=0.5)], scorer())
    refused = [proposal(1, status=Status.REJECTED, reason="static: no", mutator="m")]
    population = step(island(elite("a", 0.1)), pairing, refused=refused)
    assert population.failures and population.credit and population.elites[0].families
    assert from_json(json.loads(json.dumps(to_json(population)))) == population


def test_a_population_out_of_order_is_refused():
    with pytest.raises(ValueError, match="best first"):
        Population(
            generation=0, island=0, elites=(elite("a", 0.1), elite("b", 0.2)), history=()
        )


def test_recent_failures_are_remembered_in_the_order_of_their_slots():
    refused = proposal(0, status=Status.REJECTED, reason="static: no")
    population = step(island(elite("a", 0.1)), [scored(1, None)], refused=[refused])
    assert [f.reason for f in population.failures] == ["static: no", "training: it broke"]
    many = [
        proposal(k, status=Status.REJECTED, reason=f"static: {k}") for k in range(2 * FAILURES)
    ]
    later = step(population, [], refused=many)
    assert [f.reason for f in later.failures] == [
        f"static: {k}" for k in range(FAILURES, 2 * FAILURES)
    ]


def test_a_skipped_slot_is_no_failure_and_no_child():
    skipped = proposal(
        0, status=Status.SKIPPED, reason="budget: usd", source="", mutator="openai/x"
    )
    population = step(island(elite("a", 0.1)), [], refused=[skipped])
    assert population.failures == () and population.credit == ()


def test_a_mutator_has_credit_for_children_fitter_than_their_first_parent():
    before = island(elite("a", 0.1), elite("b", 0.9))
    children = [
        scored(0, 0.2, mutator="m", parents=("a",)),
        scored(1, 0.2, mutator="m", parents=("b", "a")),
        scored(2, None, mutator="m", parents=("a",)),
        scored(3, 0.5, mutator="embedded", parents=("a",)),
    ]
    refused = [proposal(4, status=Status.REJECTED, reason="static: no", mutator="m")]
    population = step(before, children, refused=refused)
    assert population.credit == (
        Credit(mutator="embedded", children=1, improved=1),
        Credit(mutator="m", children=4, improved=1),
    )
    before = replace(population, generation=1)
    again = step(before, [scored(k, worth, mutator="m") for k, worth in ((5, 9.0), (6, 0.7))])
    # Without a parent here, it has to beat the best, which is worth 0.9.
    assert again.credit[1] == Credit(mutator="m", children=6, improved=2)


def test_a_specialist_is_a_parent_too():
    before = replace(island(elite("a", 0.9)), specialists=(elite("s", 0.2),))
    after = step(before, [scored(0, 0.3, mutator="m", parents=("s",))])
    assert after.credit == (Credit(mutator="m", children=1, improved=1),)


def test_elites_of_other_tasks_stay_only_where_there_is_nothing_else():
    old = island(replace(elite("old", 0.9), suite="search_7"))
    assert [e.candidate_id for e in step(old, [scored(0, None)]).elites] == ["old"]
    after = step(old, [scored(0, 0.1)])
    assert [e.name for e in after.elites] == ["f0"]


def test_an_operator_has_credit_for_children_and_for_attempts_that_were_turned_away():
    tries = (
        Attempt(operator="wrap", candidate_id="c1", status=Status.REJECTED, reason="no"),
        Attempt(
            operator="term",
            candidate_id=scored(0, 1).proposal.candidate_id,
            status=Status.ACCEPTED,
        ),
    )
    child = scored(0, 0.4, mutator="embedded", parents=("a",), attempts=tries)
    population = step(island(elite("a", 0.1)), [child])
    assert population.operators == (
        OperatorCredit(operator="term", children=1, improved=1),
        OperatorCredit(operator="wrap", children=1, improved=0),
    )


def test_an_elite_keeps_its_losses_by_family():
    one = proposal(0)
    (pairing,) = pair([one], [evaluation(one, loss=0.5)], scorer())
    (kept, *_) = step(island(elite("a", 0.1)), [pairing]).elites
    (family,) = kept.families
    assert family.family == "polynomial" and family.ood == pytest.approx(0.5, abs=0.01)


def test_every_newcomer_has_a_turn_on_record():
    population = step(island(elite("a", 0.5)), [scored(0, 0.9), scored(1, 0.1)], elites=2)
    turns = {one.candidate_id: one for one in population.additions}
    assert [one.status for one in turns.values()] == ["new", "rejected"]
    assert turns[scored(1, 0.1).proposal.candidate_id].by


def test_a_place_is_taken_by_evidence_paired_by_task_and_not_by_a_mean(smoke):
    beats = by_evidence(smoke.search, scorer(["polynomial"] * 40))
    rng = default_rng(0)
    tasks = rng.normal(0, 1, size=(40, 1))
    old = replace(elite("a", 0.0), scores=tuple(map(tuple, tasks)))

    def shifted(gain, noise):
        return replace(
            elite("b", gain),
            scores=tuple(map(tuple, tasks + gain + noise * rng.normal(size=(40, 1)))),
        )

    assert beats(shifted(0.05, 0.01), old)
    assert not beats(shifted(-0.05, 0.01), old)


def test_pairs_are_made_by_slot():
    first, second = proposal(0), proposal(1)
    refused = proposal(2, status=Status.REJECTED, reason="static: no")
    pairs = pair([first, second, refused], [evaluation(second), evaluation(first)], scorer())
    assert [p.evaluation.candidate_id for p in pairs] == [
        first.candidate_id,
        second.candidate_id,
    ]


def test_an_accepted_slot_without_evaluation_is_named():
    with pytest.raises(ValueError, match="no evaluation of c"):
        pair([proposal(0)], [], scorer())


def test_an_evaluation_of_another_source_is_refused():
    with pytest.raises(ValueError, match="no evaluation of c"):
        pair([proposal(0)], [evaluation(proposal(0, source="# other"))], scorer())


def of(name, *fitness):
    return replace(
        elite(name, sum(fitness) / len(fitness)), contributions=contributions(*fitness)
    )


def test_the_best_on_each_family_are_kept_beside_the_elites():
    able = [of("mean", 0.5, 0.5), of("a", 1.0, -1.0), of("b", -1.0, 0.9), of("c", 0.2, 0.1)]
    names = [e.name for e in specialists(able, elites=able[:1], count=1)]
    assert names == ["a", "b"]
    assert [e.name for e in specialists(able, elites=able[:1], count=2)] == ["a", "b"]
    assert [e.name for e in specialists(able, elites=able[:1], count=3)] == ["c", "a", "b"]
    assert specialists(able, elites=able, count=4) == ()
    assert specialists(able, elites=(), count=0) == ()


def test_specialists_outlive_the_generations_that_push_them_out_of_the_archive():
    waves = of("waves", 2.0, -2.0)
    first = replace(island(of("a", 0.5, 0.5), of("b", 0.4, 0.4)), specialists=(waves,))
    after = step(first, [], elites=2)
    assert after.specialists == (waves,)
    moved = replace(first, specialists=(replace(waves, suite="search_1"),))
    assert step(moved, [], elites=2).specialists == ()


def test_founders_are_the_elites_of_the_first_generation_for_good():
    first = step(None, [scored(0, 0.4), scored(1, 0.1), scored(2, 0.2)], elites=2)
    assert first.founders == tuple(e.name for e in first.elites)
    later = step(first, [scored(3, 0.9)], elites=2)
    assert later.founders == first.founders
