"""No two slots of a generation ask the same, and none asks what cannot be answered."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actmine.evolution.population import Elite, Population, rank
from actmine.evolution.questions import WORTH_SAVING, draw_questions
from actmine.llm.draft import Aspect, Operator
from actmine.llm.standing import lead
from actmine.records.slot import Slot
from actmine.settings.configuration import load
from configured import changed
from evolution_records import contributions, elite

SMOKE = load("smoke")


def of(name: str, *fitness: float, flops: float = 30.0) -> Elite:
    found = elite(name, sum(fitness) / len(fitness))
    return replace(found, contributions=contributions(*fitness), flops=flops)


def island(*elites: Elite, **changes: Any) -> Population:
    ranked = tuple(sorted(elites, key=rank))
    return Population(generation=3, island=0, elites=ranked, history=(), **changes)


def slots(count: int, generation: int = 4) -> list[Slot]:
    return [Slot(generation=generation, island=0, index=k) for k in range(count)]


def asking(**operators: float):
    return changed(SMOKE, mutation={"operators": operators})


ELITES = tuple(of(name, 1.0 - k / 10, k / 10) for k, name in enumerate("abcdefgh"))


@given(st.integers(1, 6), st.integers(1, 40), st.integers(1, 50))
def test_no_two_questions_of_a_generation_are_alike(elites, count, generation):
    population = island(*ELITES[:elites])
    asked = draw_questions(slots(count, generation), population, SMOKE)
    assert len({(question.asked, question.turn) for question in asked}) == count
    if elites > 2:
        assert all(question.turn == 0 for question in asked)


def test_a_question_that_must_be_put_again_counts_its_turns():
    asked = draw_questions(slots(40), island(of("relu", 0.0, flops=1.0)), SMOKE)
    assert len(asked) == 40 and max(question.turn for question in asked) >= 1
    assert all(question.operator in ("rewrite", "explore") for question in asked)


def test_the_same_population_is_asked_the_same():
    population = island(*ELITES)
    first = draw_questions(slots(9), population, SMOKE)
    assert first == draw_questions(slots(9), population, SMOKE)
    assert first != draw_questions(slots(9, generation=5), population, SMOKE)


def test_the_focus_goes_through_families_and_aspects():
    questions = draw_questions(slots(18), island(*ELITES), SMOKE)
    simpler = [q for q in questions if q.operator is Operator.SIMPLIFY]
    assert simpler and not any(q.focus for q in simpler)  # it has its aim already
    foci = Counter(q.focus for q in questions if q not in simpler)
    assert set(foci) <= {"0", "1", *map(str, Aspect)}
    assert len(foci) >= 7 and max(foci.values()) <= 4


def test_examples_take_turns():
    seen: Counter[str] = Counter()
    for question in draw_questions(slots(12), island(*ELITES), SMOKE):
        seen.update(one.candidate_id for one in question.company)
    assert set(seen) == set("abcdefgh") and max(seen.values()) - min(seen.values()) <= 3


def test_specialists_are_examples_too():
    population = island(*ELITES[:2], specialists=(of("special", -1.0, 1.5),))
    asked = draw_questions(slots(12), population, SMOKE)
    shown = {e.candidate_id for q in asked for e in (*q.company, *q.parents)}
    assert "special" in shown


def test_only_what_is_dear_is_to_be_simplified():
    only = asking(rewrite=0, crossover=0, explore=0, simplify=1)
    cheap, dear = of("cheap", 1.0, flops=WORTH_SAVING - 1), of("dear", 0.5)
    asked = draw_questions(slots(5), island(cheap, dear), only)
    assert {q.operator for q in asked} == {Operator.SIMPLIFY}
    assert {q.parents[0].name for q in asked} == {"dear"}
    asked = draw_questions(slots(5), island(cheap), only)
    assert {q.operator for q in asked} == {Operator.REWRITE}
    assert Aspect.COST not in {q.focus for q in asked}


def test_parents_of_a_crossover_are_each_ahead_on_some_family():
    only = asking(rewrite=0, crossover=1, explore=1e-9, simplify=0)
    twins = [of("best", 0.9, 0.8), of("twin", 0.89, 0.79), of("third", 0.88, 0.78)]
    population = island(*twins, of("waves", -0.5, 1.4))
    for question in draw_questions(slots(20), population, only):
        first, second = (parent.contributions for parent in question.parents)
        assert lead(second, first)
        if question.parents[0].name == "best":
            assert question.parents[1].name == "waves"


@pytest.mark.parametrize("strategy", ["best_of_n", "random_search"])
def test_where_fitness_is_ignored_all_may_be_asked_about(strategy):
    config = changed(SMOKE, search={"strategy": strategy})
    pool = (of("x", -1.0, -1.0), of("y", -2.0, -2.0))
    asked = draw_questions(slots(12), island(*ELITES[:1], pool=pool), config)
    assert {p.name for q in asked for p in q.parents} == {"x", "y"}
    assert {p.name for q in asked for p in q.company} <= {"x", "y"}


def test_no_slot_asks_nothing():
    assert draw_questions([], island(*ELITES), SMOKE) == []
