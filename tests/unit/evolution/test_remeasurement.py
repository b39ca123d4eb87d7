"""Elites measured again: which, and what it does to their places."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from actmine.evolution.population import Population, rank
from actmine.evolution.remeasurement import refreshed, remeasurements
from actmine.evolution.scored import pair
from actmine.evolution.selection import succeed
from actmine.functions.catalog import by_name
from actmine.lab.scorer import REFERENCE, SECOND_REFERENCE, Scorer
from actmine.records.candidate import Origin, candidate_id
from actmine.records.evaluation import Evaluation
from actmine.records.proposal import Kind
from actmine.records.slot import Slot
from actmine.records.status import Status
from actmine.settings import configuration as config
from configured import changed
from evolution_records import elite, proposal

FAMILIES = ("polynomial",) * 12 + ("harmonic",) * 8
SMOKE = config.load("smoke")
RELU = by_name(REFERENCE).source
EPSILON = 1e-3


def losses(scores):
    """The losses that are worth so much more than ReLU's, which are 1."""
    values = (1.0 + EPSILON) * np.exp(-np.asarray(scores, dtype=float)) - EPSILON
    return tuple(map(tuple, values))


def measured(candidate, scores, *, slot=None, repeat=0, suite="search", status=Status.SCORED):
    """An evaluation whose log loss ratios are `scores`, (task, replicate)."""
    count = np.shape(scores)[1]
    table = losses(scores) if status is Status.SCORED else ()
    return Evaluation(
        candidate_id=candidate,
        slot=slot,
        status=status,
        reason="" if status is Status.SCORED else "it broke",
        suite=suite,
        suite_hash=suite,
        replicates=tuple(range(repeat * count, (repeat + 1) * count)),
        train=table,
        id=table,
        ood=table,
    )


def relu(repeat=0, *, suite="search", count=1):
    zeros = np.zeros((len(FAMILIES), count))
    return measured(candidate_id(RELU), zeros, repeat=repeat, suite=suite)


def scorer(*, suite="search", count=1):
    gelu = replace(relu(suite=suite, count=count), candidate_id=by_name_id(SECOND_REFERENCE))
    reference = [relu(suite=suite, count=count), gelu]
    return Scorer(reference, families=FAMILIES, rule=SMOKE.fitness)


def by_name_id(name):
    return candidate_id(by_name(name).source)


def search(**changes):
    return changed(SMOKE, search=changes)


def island(*elites, generation=1):
    return Population(
        generation=generation, island=0, elites=tuple(sorted(elites, key=rank)), history=()
    )


def started(scores, asked, *, count=1):
    """A population whose one elite was measured as `scores`, and that elite's proposal."""
    first = proposal(0, generation=1)
    told = measured(first.candidate_id, scores, slot=first.slot)
    after = succeed(
        None, [first], [told],
        generation=1, island=0, scorer=scorer(count=count), config=asked,
    )  # fmt: skip
    return after, first


def with_other(population):
    """The same population with an elite that is not measured again."""
    return replace(population, elites=(*population.elites, elite("other", -9.0)))


def test_those_measured_least_often_for_their_rank_come_first_and_then_the_fittest():
    first = replace(elite("a", 0.9), measurements=2)
    population = island(first, elite("b", 0.2), elite("c", 0.5))
    by_rank = remeasurements(population, search(remeasure_slots=2), generation=2)
    assert [(one.name, one.repeat) for one in by_rank] == [("a", 2), ("c", 1)]  # 2·1, 1·2, 1·3
    assert [one.slot for one in by_rank] == [
        Slot(generation=2, island=0, index=k) for k in (0, 1)
    ]
    assert {(one.kind, one.operator, one.status, one.repeat) for one in by_rank} == {
        (Kind.REMEASURE, "remeasure", Status.ACCEPTED, 2),
        (Kind.REMEASURE, "remeasure", Status.ACCEPTED, 1),
    }


def test_nothing_is_measured_again_unless_asked():
    assert remeasurements(island(elite("a", 0.9)), search(), generation=2) == []


def test_relu_is_not_measured_against_itself_again():
    seed = replace(elite(by_name_id(REFERENCE), 0.0), origin=Origin.CATALOG)
    asked = search(remeasure_slots=1)
    assert remeasurements(island(seed), asked, generation=2) == []
    by_loss = changed(asked, fitness={"aggregation": "mean_loss"})
    assert len(remeasurements(island(seed), by_loss, generation=2)) == 1


def test_on_new_tasks_all_elites_are_measured_the_fittest_first():
    population = island(elite("a", 0.1), elite("b", 0.2), replace(elite("c", 0.3), suite="old"))
    asked = search(rotate_every=2, remeasure_slots=1, candidates_per_island=2)
    again = remeasurements(population, asked, generation=3)
    assert [(one.name, one.repeat) for one in again] == [("c", 0), ("b", 0)]
    assert [one.name for one in remeasurements(population, asked, generation=2)] == ["c"]


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 3), times=st.integers(1, 3))
def test_pooled_fitness_is_that_of_one_measurement_with_all_replicates(seed, count, times):
    rng = np.random.default_rng(seed)
    rounds = [rng.normal(0.2, 1.0, (len(FAMILIES), count)) for _ in range(times + 1)]
    asked = search(remeasure_slots=1)
    population, first = started(rounds[0], asked, count=count)
    judging = scorer(count=count)
    for repeat in range(1, times + 1):
        (again,) = remeasurements(population, asked, generation=repeat + 1)
        told = measured(first.candidate_id, rounds[repeat], slot=again.slot, repeat=repeat)
        population = succeed(
            population, [again], [told, relu(repeat, count=count)],
            generation=repeat + 1, island=0, scorer=judging, config=asked,
        )  # fmt: skip
    whole = measured(first.candidate_id, np.concatenate(rounds, axis=1))
    at_once = judging.with_reference([relu(count=count * (times + 1))])
    (kept,) = (one for one in population.elites if one.candidate_id == first.candidate_id)
    expected = at_once.fitness(whole)
    assert kept.measurements == times + 1
    assert kept.scores == pytest.approx(np.array(at_once.scores(whole)), abs=0)
    found = judging.summary(kept.scores)
    assert (kept.fitness, kept.standard_error) == (found.value, found.standard_error)
    assert kept.fitness == pytest.approx(expected.value, abs=2e-6)  # scores have six digits
    assert kept.standard_error == pytest.approx(expected.standard_error, abs=2e-6)
    assert kept.id_ratio == pytest.approx(expected.id_ratio, rel=1e-9)
    assert [f.ood for f in kept.families] == pytest.approx(
        [f.ood for f in at_once.by_family(whole)], rel=1e-9
    )
    assert kept.as_newcomer == judging.fitness(measured(first.candidate_id, rounds[0])).value


def test_a_scorer_knows_further_references_by_what_was_measured():
    judging = scorer(count=2)
    lower = replace(relu(1, count=2), ood=losses(np.full((len(FAMILIES), 2), 1.0)))
    ordinary, asked_again = (judging.with_reference([relu(1, count=2)]) for _ in range(2))
    assert ordinary is asked_again and judging.with_reference([]) is judging
    same = measured("c1", np.zeros((len(FAMILIES), 2)), repeat=1)
    assert ordinary.fitness(same).value == pytest.approx(0.0)
    assert judging.with_reference([lower]).fitness(same).value == pytest.approx(-1.0)
    with pytest.raises(ValueError, match="and relu was not"):
        judging.fitness(same)


def test_the_order_of_evaluations_does_not_matter():
    asked = search(remeasure_slots=2)
    rng = np.random.default_rng(1)
    population, _ = started(rng.normal(0.3, 0.1, (len(FAMILIES), 1)), asked)
    again = remeasurements(population, asked, generation=2)
    new = [proposal(k, generation=2) for k in range(len(again), 6)]
    evaluations = [
        measured(one.candidate_id, rng.normal(0, 1, (len(FAMILIES), 1)), slot=one.slot,
                 repeat=one.repeat)
        for one in [*again, *new]
    ]  # fmt: skip
    evaluations.append(relu(1))

    def after(order):
        return succeed(
            population, [*again, *new], order,
            generation=2, island=0, scorer=scorer(), config=asked,
        )  # fmt: skip

    expected = after(evaluations)
    for seed in range(10):
        random.Random(seed).shuffle(evaluations)
        assert after(evaluations) == expected


def remeasured_once(population, asked, scores, status=Status.SCORED):
    (again, *_) = remeasurements(population, asked, generation=2)
    told = measured(again.candidate_id, scores, slot=again.slot, repeat=1, status=status)
    scored = pair([again], [told, relu(1)], scorer())
    return refreshed(population, scored, scorer=scorer(), suite="search")


def test_an_elite_that_fails_on_fresh_replicates_leaves_and_one_that_hangs_stays():
    asked = search(remeasure_slots=1)
    scores = np.full((len(FAMILIES), 1), 0.3)
    alone, first = started(scores, asked)
    population = with_other(alone)
    failed = remeasured_once(population, asked, scores, Status.FAILED)
    assert [one.name for one in failed.elites] == ["other"]
    hung = remeasured_once(population, asked, scores, Status.TIMEOUT)
    assert hung.elites[0].candidate_id == first.candidate_id
    assert (hung.elites[0].fitness, hung.elites[0].measurements) == (
        population.elites[0].fitness, 2,
    )  # fmt: skip
    assert remeasured_once(alone, asked, scores, Status.FAILED) == alone


def test_an_elite_that_all_measurements_put_outside_the_guard_leaves():
    asked = search(remeasure_slots=1)
    population, _ = started(np.full((len(FAMILIES), 1), 0.3), asked)
    worse = np.full((len(FAMILIES), 1), -6.0)  # in-distribution too
    after = remeasured_once(with_other(population), asked, worse)
    assert [one.name for one in after.elites] == ["other"]


def test_new_tasks_take_the_place_of_all_that_was_known_and_who_was_not_measured_leaves():
    # Fewer slots than elites, which a configuration may not ask for.
    asked = search(rotate_every=1, elites=2)
    asked = replace(asked, search=replace(asked.search, candidates_per_island=1))
    population, first = started(np.full((len(FAMILIES), 1), 0.3), asked)
    population = with_other(population)
    (again,) = remeasurements(population, asked, generation=2)
    told = measured(
        first.candidate_id, np.full((len(FAMILIES), 1), -0.1), slot=again.slot, suite="search_1"
    )
    after = succeed(
        population, [again], [told],
        generation=2, island=0, scorer=scorer(suite="search_1"), config=asked,
    )  # fmt: skip
    (kept,) = after.elites
    assert kept.candidate_id == first.candidate_id and kept.fitness == pytest.approx(-0.1)
    assert (kept.suite, kept.measurements, kept.as_newcomer) == ("search_1", 1, kept.fitness)


def test_a_child_has_credit_on_the_replicates_that_it_shares_with_its_parent():
    """Not for the luck of a lucky parent, which the parent's other replicates took back."""
    parent = replace(elite("p", 0.1), newcomer_fitness=0.5)
    child = proposal(0, generation=2, mutator="m", parents=("p",))
    told = measured(child.candidate_id, np.full((len(FAMILIES), 1), 0.3), slot=child.slot)
    after = succeed(
        island(parent), [child], [told],
        generation=2, island=0, scorer=scorer(), config=search(),
    )  # fmt: skip
    assert (
        after.elites[0].candidate_id == child.candidate_id
    )  # a place goes by all measurements
    assert [(one.children, one.improved) for one in after.credit] == [(1, 0)]


def lucky_elite_after(generations, *, remeasure_slots, seed):
    """Rank of an elite that was lucky once, among rivals that are truly better."""
    rng = np.random.default_rng(seed)
    noise = 0.5
    true: dict[str, float] = {}
    asked = search(remeasure_slots=remeasure_slots, elites=4, candidates_per_island=3)

    def measure(one, repeat=0, luck=0.0):
        worth = true[one.candidate_id] + luck + rng.normal(0, noise, (len(FAMILIES), 1))
        return measured(one.candidate_id, worth, slot=one.slot, repeat=repeat)

    lucky = proposal(0, generation=1)
    true[lucky.candidate_id] = 0.0
    told = measure(lucky, luck=0.8)
    population = succeed(
        None, [lucky], [told],
        generation=1, island=0, scorer=scorer(), config=asked,
    )  # fmt: skip
    for generation in range(2, generations + 2):
        again = remeasurements(population, asked, generation=generation)
        new = []
        for k in range(len(again), 3):
            source = f"def activation(x):\n    return x * {generation}.{k + 1}\n"
            new.append(proposal(k, generation=generation, source=source))
            true[new[-1].candidate_id] = 0.2
        evaluations = [measure(one, one.repeat) for one in [*again, *new]]
        repeats = {one.repeat for one in again}
        population = succeed(
            population, [*again, *new], [*evaluations, *map(relu, repeats)],
            generation=generation, island=0, scorer=scorer(), config=asked,
        )  # fmt: skip
    ids = [one.candidate_id for one in population.elites]
    return ids.index(lucky.candidate_id) if lucky.candidate_id in ids else None


def test_a_lucky_elite_loses_its_place_when_it_is_measured_again_and_keeps_it_if_not():
    kept = [lucky_elite_after(15, remeasure_slots=0, seed=seed) for seed in range(8)]
    again = [lucky_elite_after(15, remeasure_slots=1, seed=seed) for seed in range(8)]
    assert kept == [0] * 8
    assert again.count(None) >= 7 and 0 not in again
