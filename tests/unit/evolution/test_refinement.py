"""Whose constants are tuned, and what the slots of a tuning propose."""

from dataclasses import replace

from actmine.evolution.edits import tunings
from actmine.evolution.population import Population, Refinement
from actmine.evolution.proposals import propose
from actmine.evolution.refinement import ENOUGH, follow
from actmine.mutation.tuning import ask
from actmine.records.candidate import candidate_id
from actmine.records.status import Status
from configured import changed
from evolution_records import elite

SOURCE = "def activation(x):\n    return F.gelu(x) + 0.3 * torch.sin(1.7 * x)\n"


def mined(name, fitness, source=SOURCE):
    return replace(
        elite(name, fitness), source=source, candidate_id=candidate_id(source + name)
    )


BEST = mined("best", 0.9)
PLAIN = mined("plain", 0.5, "def activation(x):\n    return torch.tanh(x)\n")


def started(*elites):
    return follow(Refinement(), elites, {}, seed=1)


def test_the_fittest_mined_function_with_constants_is_tuned_first():
    assert started(PLAIN, BEST).target == BEST.candidate_id
    assert started(PLAIN).target == "" and started(PLAIN).done == (PLAIN.candidate_id,)


def test_what_was_measured_is_told_and_the_target_stays():
    before = started(BEST)
    sources = ask(before.state, 2)
    after = follow(before, [BEST], {sources[0]: 0.4, sources[1]: None}, seed=2)
    assert after.target == BEST.candidate_id
    assert [one.fitness for one in after.state.measured] == [0.4, None]


def test_a_target_that_left_the_archive_or_had_enough_gives_way_to_the_next():
    second = mined("second", 0.6)
    before = started(BEST, second)
    assert follow(before, [second], {}, seed=2).target == second.candidate_id
    state = before.state
    for _ in range(ENOUGH // 5):
        batch = ask(state, 5)
        before = follow(before, [BEST, second], dict.fromkeys(batch, 0.1), seed=2)
        state = before.state
    assert before.target == second.candidate_id and before.done == (BEST.candidate_id,)


def test_a_share_of_the_slots_varies_the_constants_and_the_others_are_edited(smoke, gate):
    population = Population(
        generation=1, island=0, elites=(BEST,), history=(), refinement=started(BEST)
    )
    config = changed(smoke, mutation={"tuning": 0.7})
    found = propose(population, config, generation=2, sandbox=gate)
    assert [one.operator == "tune" for one in found] == [True, True, False]
    assert [one.source for one in found[:2]] == [
        one.source for one in tunings(population, slots=2)
    ]
    assert all(one.status is Status.ACCEPTED for one in found[:2])
    assert found[0].parents == (BEST.candidate_id,)


def test_on_new_tasks_a_tuning_begins_its_record_anew():
    before = started(BEST)
    first, second = ask(before.state, 2)
    before = follow(before, [BEST], {first: 0.4}, seed=2)
    after = follow(before, [BEST], {second: 0.2}, new_tasks=True, seed=2)
    assert after.target == BEST.candidate_id
    assert [one.fitness for one in after.state.measured] == [0.2]
