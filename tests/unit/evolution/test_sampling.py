"""Tests who becomes a parent."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from numpy.random import default_rng

from actmine.evolution.population import Elite, Population, rank
from actmine.evolution.sampling import LEAST_LACK, draw_parents, lexicase
from evolution_records import contributions, elite


def of(name: str, *fitness: float) -> Elite:
    found = elite(name, sum(fitness) / len(fitness))
    return replace(found, contributions=contributions(*fitness))


def island(*elites: Elite, pool: tuple[Elite, ...] = ()) -> Population:
    ranked = tuple(sorted(elites, key=rank))
    return Population(generation=0, island=0, elites=ranked, history=(), pool=pool)


def drawn(population: Population, *, times: int = 400) -> Counter[str]:
    rng = default_rng(0)
    return Counter(
        draw_parents(population, count=1, rng=rng)[0].candidate_id for _ in range(times)
    )


def test_the_kth_best_is_first_parent_in_proportion_to_one_over_k():
    seen = drawn(island(*(of(str(k), 1.0 - k) for k in range(5))), times=2000)
    shares = [seen[str(k)] / 2000 for k in range(5)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == pytest.approx(1 / (1 + 1 / 2 + 1 / 3 + 1 / 4 + 1 / 5), abs=0.04)


def test_mates_are_good_at_something_though_their_mean_is_low():
    elites = [of("first", 0.5, 0.5), of("second", 0.4, 0.4)]
    waves = of("waves", 1.5, -2.0)
    poor = [of(f"poor {k}", -1 - 0.1 * k, -1 - 0.1 * k) for k in range(3)]
    population = replace(island(*elites), specialists=(waves, *poor))
    rng = default_rng(0)
    pairs = [draw_parents(population, count=2, rng=rng) for _ in range(400)]
    mates = Counter(pair[1].candidate_id for pair in pairs)
    assert {pair[0].candidate_id for pair in pairs} == {"first", "second"}
    assert mates["waves"] > 100
    assert set(mates) == {"first", "second", "waves"}


def test_a_family_decides_as_often_as_it_is_needed():
    two = [of("one", 1.0, 0.0), of("other", 0.0, 1.0)]
    rng, needs = default_rng(1), np.array([0.2, 0.8])
    left = Counter(tuple(e.name for e in lexicase(two, rng, needs=needs)) for _ in range(1000))
    # Two deviate from their median by half of their distance, so one remains.
    assert left[("other",)] == pytest.approx(800, abs=50)
    assert left[("one",)] == 1000 - left[("other",)]


def test_mates_are_mostly_good_where_the_first_is_not():
    first = of("first", 1.0, -1.0)
    same, waves = of("same", 0.9, -1.1), of("waves", -1.1, 0.9)
    population = replace(island(first), specialists=(same, waves))
    rng = default_rng(2)
    mates = Counter(
        draw_parents(population, count=2, rng=rng)[1].candidate_id for _ in range(500)
    )
    # On the first family nothing is lacking, on the second 1.9.
    assert mates["same"] / 500 == pytest.approx(LEAST_LACK / (LEAST_LACK + 1.9), abs=0.02)


def test_what_weighs_more_is_needed_more():
    weighed = []
    for one in (of("first", 0.0, 0.0), of("light", 1.0, 0.0), of("heavy", 0.0, 1.0)):
        few, many = one.contributions
        shared = (replace(few, share=0.2), replace(many, share=0.8))
        weighed.append(replace(one, contributions=shared))
    population = replace(island(weighed[0]), specialists=tuple(weighed[1:]))
    rng = default_rng(3)
    mates = Counter(
        draw_parents(population, count=2, rng=rng)[1].candidate_id for _ in range(1000)
    )
    assert mates["heavy"] == pytest.approx(800, abs=50)


def test_parents_are_different_and_as_many_as_there_are():
    pair = draw_parents(island(of("a", 1.0), of("b", 0.0)), count=3, rng=default_rng(0))
    assert {one.candidate_id for one in pair} == {"a", "b"}


def test_where_a_strategy_ignores_fitness_all_are_drawn_alike():
    best, worst = of("best", 1.0, 1.0), of("worst", -1.0, -1.0)
    seen = drawn(island(best, pool=(best, worst)))
    assert seen["worst"] == pytest.approx(200, abs=50)
