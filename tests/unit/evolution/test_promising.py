"""A model's child whose structure promises something: who it is, and what becomes of it."""

from dataclasses import replace

import pytest

from actmine.evolution.edits import child_tunings
from actmine.evolution.population import Population, Promise, from_json, to_json
from actmine.evolution.promising import ENOUGH, MOST, PATIENCE, promising
from actmine.evolution.proposals import propose
from actmine.evolution.selection import succeed
from actmine.mutation.parameters import structure_of
from actmine.mutation.tuning import begin
from actmine.records.candidate import candidate_id
from actmine.records.proposal import TUNE_CHILD, Attempt
from actmine.records.status import Status
from configured import changed
from evolution_records import elite, evaluation, island_of_its_seed, proposal, scorer

MODEL = {"kind": "llm", "model": "openai/test", "price": {"input": 1, "output": 2}}
FAMILIES = ("polynomial",) * 4
WAVE = "def activation(x):\n    return torch.tanh(x) + 0.3 * torch.sin(1.7 * x)\n"
OTHER_WAVE = WAVE.replace("0.3", "0.7").replace("1.7", "2.4")
BELL = "def activation(x):\n    return x + 0.8 * torch.exp(-0.5 * x * x)\n"


def ranked(*fitness, sources=()):
    """Elites whose scores on four tasks differ a little around their fitness."""
    found = []
    for place, value in enumerate(fitness):
        scores = tuple((value + shift,) for shift in (-0.02, 0.02, -0.01, 0.01))
        source = dict(enumerate(sources)).get(place, elite("x", 0).source)
        found.append(replace(elite(f"e{place}", value), scores=scores, source=source))
    return tuple(found)


def island(*elites, **changes):
    return Population(generation=3, island=0, elites=elites, history=(), **changes)


def written(index, source, **changes):
    """A child that a model wrote."""
    attempt = Attempt(
        operator="rewrite",
        candidate_id=candidate_id(source),
        status=Status.ACCEPTED,
        model="openai/test",
        key="0" * 64,
    )
    fields = {"parents": ("e0",), "generation": 4, "attempts": (attempt,), **changes}
    return proposal(index, source=source, **fields)


def measured(proposed, loss, spread=0.1):
    """With losses around one where ReLU has 1."""
    table = tuple((loss * factor,) for factor in (1 - spread, 1 + spread, 1.0, 1.0))
    ones = ((1.0,),) * 4
    return replace(evaluation(proposed), train=ones, id=ones, ood=table)


@pytest.fixture
def asking(smoke):
    return changed(
        smoke, mutation={"mutators": [MODEL]}, search={"elites": 2, "per_niche": None}
    )


def after(previous, outcomes, config, generation=4):
    proposals = [one for one, _ in outcomes]
    return succeed(
        previous,
        proposals,
        [fit for _, fit in outcomes],
        generation=generation,
        island=0,
        scorer=scorer(FAMILIES),
        config=config,
    )


def one(source, loss, **changes):
    child = written(0, source, **changes)
    return child, measured(child, loss)


def test_a_models_child_that_is_nearly_as_good_is_kept_with_its_constants(asking):
    found = after(island(*ranked(0.9, 0.8)), [one(WAVE, 0.46)], asking)  # +.77
    assert [elite.candidate_id for elite in found.elites] == ["e0", "e1"]
    (kept,) = found.promising
    assert kept.target == candidate_id(WAVE) and kept.since == 4
    assert [constant.value for constant in kept.state.constants] == [0.3, 1.7]
    assert from_json(to_json(found)) == found


@pytest.mark.parametrize(
    ("source", "loss", "changes"),
    [
        (WAVE, 0.7, {}),  # far behind
        ("def activation(x):\n    return torch.tanh(x)\n", 0.46, {}),  # without constants
        (WAVE, 0.46, {"attempts": ()}),  # of the embedded mutator
        (WAVE, 0.1, {}),  # an elite
    ],
)
def test_others_are_not(asking, source, loss, changes):
    found = after(island(*ranked(0.9, 0.8)), [one(source, loss, **changes)], asking)
    assert found.promising == () and "promising" not in to_json(found)


def test_a_child_whose_structure_an_elite_has_is_none(asking):
    elites = ranked(0.9, 0.8, sources=[OTHER_WAVE])
    assert structure_of(WAVE) == structure_of(OTHER_WAVE) != structure_of(BELL)
    assert after(island(*elites), [one(WAVE, 0.46)], asking).promising == ()
    assert after(island(*elites), [one(BELL, 0.46)], asking).promising


def test_a_child_outside_the_guard_and_a_run_that_tunes_none_are_left_alone(asking):
    child = written(0, WAVE)
    misfit = replace(measured(child, 0.46), id=((99.0,),) * 4)
    assert after(island(*ranked(0.9, 0.8)), [(child, misfit)], asking).promising == ()
    off = changed(asking, mutation={"tune_children": 0})
    assert after(island(*ranked(0.9, 0.8)), [one(WAVE, 0.46)], off).promising == ()


def begun(source=WAVE, fitness=0.77, since=4, **changes):
    state = begin(source, 1, name="wave")
    fields = {"target": candidate_id(source), "suite": "search", **changes}
    return Promise(fitness=fitness, since=since, state=state, **fields)


def tuned(population, count, loss=0.5, generation=5):
    """The measured children of the first tuning of an island."""
    outcomes = []
    for index, varied in enumerate(child_tunings(population, slots=count)):
        child = proposal(
            index,
            source=varied.source,
            parents=(varied.parent,),
            operator=varied.operator,
            generation=generation,
        )
        outcomes.append((child, measured(child, loss)))
    return outcomes


def test_what_is_measured_of_its_constants_is_told_until_it_is_enough(asking):
    population = island(*ranked(0.9, 0.8), promising=(begun(),))
    told = after(population, tuned(population, 2), asking, generation=5)
    (kept,) = told.promising
    assert [row.fitness is not None for row in kept.state.measured] == [True, True]
    rest = tuned(told, ENOUGH - 2, generation=6)
    assert after(told, rest, asking, generation=6).promising == ()


def test_a_tuned_child_that_becomes_an_elite_ends_the_tuning_and_names_its_parent(asking):
    population = island(*ranked(0.9, 0.8), promising=(begun(),))
    found = after(population, tuned(population, 1, loss=0.2), asking, generation=5)
    assert found.elites[0].parents == (candidate_id(WAVE),)
    assert found.promising == ()


def test_a_tuning_ends_when_it_takes_too_long_or_the_tasks_change(asking):
    for stale in (begun(since=4 - PATIENCE), begun(suite="search_2")):
        population = island(*ranked(0.9, 0.8), promising=(stale,))
        assert after(population, [one(BELL, 0.9)], asking).promising == ()


def test_tunings_are_no_ideas_and_no_merit_of_a_mutator(asking):
    population = island(*ranked(0.9, 0.8), promising=(begun(),))
    found = after(population, tuned(population, 2), asking, generation=5)
    assert found.tried == () and found.credit == ()


def test_the_begun_one_comes_first_then_the_fittest_and_few_wait(asking):
    population = island(*ranked(0.9, 0.8), promising=(begun(BELL, fitness=0.1),))
    told = after(population, tuned(population, 1), asking, generation=5)
    more = [
        written(index, WAVE.replace("torch.sin", name), generation=6)
        for index, name in enumerate(
            ("torch.sin", "torch.cos", "torch.atan", "torch.sigmoid", "torch.erf")
        )
    ]
    outcomes = [
        (child, measured(child, 0.46 + 0.002 * place)) for place, child in enumerate(more)
    ]
    found = after(told, outcomes, asking, generation=6).promising
    assert len(found) == MOST
    assert found[0].state.measured and found[0].target == candidate_id(BELL)
    assert [row.fitness for row in found[1:]] == sorted(
        (row.fitness for row in found[1:]), reverse=True
    )


def test_the_last_slots_vary_its_constants_and_models_fill_the_others(smoke, gate):
    config = changed(smoke, mutation={"mutators": [MODEL], "tune_children": 9})
    population = replace(island_of_its_seed(smoke, gate), promising=(begun(),))
    asked: list[int] = []

    def ask(requests):
        asked.extend(request.slot.index for request in requests)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        propose(population, config, generation=5, sandbox=gate, ask=ask)
    assert asked == [0, 1]  # of three slots half at most, rounded down, is for constants
    embedded = changed(smoke, mutation={"tune_children": 1, "tuning": 0})
    *_, last = propose(population, embedded, generation=5, sandbox=gate)
    assert (last.operator, last.mutator) == (TUNE_CHILD, "embedded")
    assert last.status is Status.ACCEPTED and last.parents == (candidate_id(WAVE),)
    assert [last.source] == [one.source for one in child_tunings(population, slots=1)]
    assert structure_of(last.source) == structure_of(WAVE)


def test_a_strategy_that_ignores_fitness_tunes_no_child(asking):
    elites = ranked(0.9, 0.8)
    before = island(*elites, pool=elites, promising=(begun(),))
    assert promising(before, before, [], scorer=scorer(FAMILIES), seed=1) == ()
