"""What a search repeats, counted; and the curves of searches that are compared."""

from dataclasses import replace

import pytest

from actmine.evolution.population import Population
from actmine.evolution.reading import Generation
from actmine.records.proposal import Attempt, Kind
from actmine.records.slot import Slot
from actmine.records.status import Status
from actmine.settings import configuration as config
from actmine.settings.arms import groups, repeated_groups
from actmine.tables.repetition import lines_of, repetition_rows
from actmine.tables.strategy_table import STRATEGIES, strategy_rows
from evolution_records import elite, evaluation, print_of, proposal

ONE = "def activation(x):\n    return F.relu(x)\n"
TWO = "def activation(x):\n    y = torch.tanh(x)\n    return x * y\n"
THREE = "def activation(x):\n    y = torch.sin(x)\n    return x * y\n"
BACK = (
    'def activation(x):\n    """As before."""\n    y = torch.tanh(x)  # again\n    return y\n'
)


def made(generation, source, *parents, island=0, index=0, **changes):
    """A child with its one attempt."""
    told = proposal(index, source=source, generation=generation, parents=parents)
    fields = {"slot": Slot(generation=generation, island=island, index=index), **changes}
    status = fields.get("status", Status.ACCEPTED)
    attempt = Attempt(
        operator="wrap", candidate_id=told.candidate_id, status=status,
        reason=changes.get("reason", ""),
    )  # fmt: skip
    return proposal(
        index, **{"source": source, "parents": parents, "attempts": (attempt,), **fields}
    )


def generation(*proposals, arm="main", island=0, number=None, best=0.1, cpu_s=1.0):
    accepted = [one for one in proposals if one.status is Status.ACCEPTED]
    told = [replace(evaluation(one), timings={"cpu_s": cpu_s}) for one in accepted]
    return Generation(
        arm=arm,
        proposals=proposals,
        evaluations=tuple(told),
        population=Population(
            generation=proposals[0].slot.generation if number is None else number,
            island=island,
            elites=(elite("a", best),),
            history=(),
        ),
    )


def last(*generations):
    return repetition_rows(generations, measured=())[-1]


def lineage():
    """ONE begat TWO, which begat THREE."""
    one, two = made(0, ONE, fingerprint=print_of("1")), made(1, TWO, fingerprint=print_of("2"))
    two = made(1, TWO, one.candidate_id, fingerprint=print_of("2"))
    three = made(2, THREE, two.candidate_id, fingerprint=print_of("3"))
    return one, two, three


def test_a_line_that_an_ancestor_had_and_its_line_lost_is_cycled():
    one, two, three = lineage()
    back = made(3, BACK, three.candidate_id, fingerprint=print_of("4"))
    row = last(*map(generation, (one, two, three, back)))
    # `y = torch.tanh(x)` is back; `return y` is new; THREE's own line is no ancestor's.
    assert (row["added_lines"], row["cycled_lines"], row["cycled_children"]) == (2, 1, 1)
    assert row["cycling_share"] == 0.5 and row["returned"] == 0


def test_a_line_of_a_parent_or_of_a_stranger_is_not_cycled():
    one, two, three = lineage()
    stranger = made(3, BACK, one.candidate_id, fingerprint=print_of("4"))
    assert last(*map(generation, (one, two, three, stranger)))["cycled_lines"] == 0
    partner = made(
        3, BACK, three.candidate_id, two.candidate_id, fingerprint=print_of("4")
    )  # crossover with the grandparent takes what a parent has
    assert last(*map(generation, (one, two, three, partner)))["cycled_lines"] == 0


def test_a_child_that_spells_or_behaves_like_an_ancestor_has_returned():
    one, two, three = lineage()
    spelled = made(3, ONE + "# one\n", three.candidate_id, fingerprint=print_of("4"))
    refused = {"status": Status.DUPLICATE, "reason": "known"}
    alike = made(3, BACK, three.candidate_id, fingerprint=print_of("1"), index=1, **refused)
    parent = made(3, BACK, three.candidate_id, fingerprint=print_of("3"), index=2, **refused)
    row = last(*map(generation, (one, two, three)), generation(spelled, alike, parent))
    assert (row["children"], row["returned"]) == (3, 2)
    assert (row["duplicate_attempts"], row["duplicate_share"]) == (2, pytest.approx(2 / 3))


def test_a_source_that_was_measured_anywhere_before_is_identical():
    one, two, _ = lineage()
    other = made(1, TWO, one.candidate_id, island=1)
    rows = repetition_rows(
        [
            generation(one), generation(two), generation(two, arm="b"),
            generation(other, island=1, arm="b"),
        ],
        measured=(),
    )  # fmt: skip
    assert [row["identical"] for row in rows] == [0, 0, 1, 1]
    assert rows[3]["identical_share"] == 1.0
    known = repetition_rows([generation(two)], measured=[evaluation(two)])
    assert known[0]["identical"] == 1


def test_elites_measured_again_and_skipped_slots_are_no_children():
    one, two, _ = lineage()
    again = proposal(0, source=TWO, generation=2, kind=Kind.REMEASURE, repeat=1)
    skipped = proposal(
        1, source="", generation=2, status=Status.SKIPPED, reason="budget", fingerprint=""
    )
    row = last(generation(one), generation(two), generation(again, skipped))
    assert (row["children"], row["attempts"], row["accepted"]) == (0, 0, 0)
    assert row["duplicate_share"] is None


def test_lines_know_neither_comments_nor_docstrings_nor_layout():
    assert lines_of(BACK) == {"def activation(x):", "y = torch.tanh(x)", "return y"}
    assert lines_of("def activation(x):\n  return (x\n    + 1)\n") == {
        "def activation(x):", "return x + 1",
    }  # fmt: skip


ARMS = {
    "plain-1": {"search": {"seed": 1}},
    "again-1": {"search": {"seed": 1, "remeasure_slots": 1}},
    "plain-2": {"search": {"seed": 2}},
    "again-2": {"search": {"seed": 2, "remeasure_slots": 1}},
    "alone": {"search": {"strategy": "best_of_n"}},
}


@pytest.fixture(scope="module")
def by_arm():
    raw = config.read_yaml(config.FOLDER / "config.yaml")
    resolved = config.resolve({**raw, "arms": ARMS})
    return {arm: config.arm_settings(resolved, arm) for arm in ARMS}


def test_arms_that_differ_in_their_seed_alone_are_one_group(by_arm):
    assert repeated_groups(by_arm) == {
        "plain": ("plain-1", "plain-2"),
        "again": ("again-1", "again-2"),
    }
    assert groups(by_arm)["alone"] == "best_of_n"


def test_arms_that_differ_in_more_than_their_seed_are_no_repetition(by_arm):
    alone = by_arm["alone"]
    again = replace(alone, search=replace(alone.search, seed=99))
    wide = replace(again, search=replace(again.search, islands=7))
    named = {"alone": alone, "again": again, "wide": wide}
    assert groups(named) == {"alone": "best_of_n", "again": "best_of_n", "wide": "wide"}
    assert repeated_groups(named) == {"best_of_n": ("alone", "again")}


def test_a_strategys_curve_adds_up_its_islands_by_generation(by_arm):
    one, two, _ = lineage()
    rows = strategy_rows(
        [
            generation(one, arm="plain-1", best=0.1),
            generation(two, arm="plain-1", best=0.4),
            generation(two, arm="plain-1", island=1, best=0.3, cpu_s=2.0),
            generation(one, arm="alone"),
        ],
        by_arm,
    )
    assert [list(row) for row in rows] == [list(STRATEGIES)] * 2
    assert rows == [
        {"strategy": "plain", "seed": 1, "evaluations": 1, "cpu_s": 1.0,
         "best_search_fitness": 0.1},
        {"strategy": "plain", "seed": 1, "evaluations": 3, "cpu_s": 4.0,
         "best_search_fitness": 0.4},
    ]  # fmt: skip
