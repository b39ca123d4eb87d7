"""What holds for every archive, whatever comes and whatever counts as evidence."""

import math
from collections import Counter
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actmine.evolution.archive import add, niche_of
from actmine.evolution.population import Entry, Population, rank
from evolution_shapes import SHAPES, shaped

# Few values, so that ties happen.
FITNESS = st.integers(min_value=-8, max_value=8).map(lambda tenths: tenths / 4)
SHAPE = st.sampled_from(sorted(SHAPES))
EXAMPLES = settings(max_examples=40, deadline=None)


def elites(prefix, most):
    """Up to `most` elites with ids of their own, of any shape."""
    drawn = st.lists(st.tuples(FITNESS, SHAPE), max_size=most)
    return drawn.map(lambda rows: [shaped(f"{prefix}{i}", *row) for i, row in enumerate(rows)])


def never(new, old):
    return False


def evidence(seed):
    """An arbitrary relation: neither transitive nor bound to the fitness."""
    return lambda new, old: crc32(f"{seed} {new.name} {old.name}".encode()) % 3 == 0


LIMITS = st.fixed_dictionaries({"size": st.integers(1, 6), "per_niche": st.integers(1, 3)})
BEATS = st.integers(0, 99).map(evidence)


@EXAMPLES
@given(elites("k", 8), elites("n", 8), LIMITS, BEATS, st.randoms(use_true_random=False))
def test_neither_order_matters(first, second, limits, beats, random):
    kept, _ = add([], first, beats=never, **limits)
    expected = add(kept, second, beats=beats, **limits)
    shuffled, newcomers = list(kept), list(second)
    random.shuffle(shuffled)
    random.shuffle(newcomers)
    assert add(shuffled, newcomers, beats=beats, **limits) == expected


@EXAMPLES
@given(elites("k", 8), elites("n", 8), LIMITS, BEATS)
def test_sizes_hold_and_the_best_stand_first(first, second, limits, beats):
    kept, _ = add([], first, beats=never, **limits)
    after, additions = add(kept, second, beats=beats, **limits)
    assert len(after) <= limits["size"] and list(after) == sorted(after, key=rank)
    assert max(Counter(map(niche_of, after)).values(), default=0) <= limits["per_niche"]
    assert len(after) >= min(1, len(first) + len(second))
    assert len(additions) == len(second)


@EXAMPLES
@given(elites("k", 8), elites("n", 8), LIMITS, BEATS)
def test_the_best_of_an_island_leaves_only_to_one_that_beats_it(first, second, limits, beats):
    kept, _ = add([], first, beats=never, **limits)
    after, additions = add(kept, second, beats=beats, **limits)
    by_id = {elite.candidate_id: elite for elite in (*kept, *second)}
    for best in kept[:1]:
        if best in after:
            continue
        winners = [a for a in additions if a.by == best.candidate_id]
        assert [a.status for a in winners if a.status is not Entry.REJECTED] == [Entry.IMPROVED]
        winner = next(a for a in winners if a.status is Entry.IMPROVED)
        assert beats(by_id[winner.candidate_id], best)


@EXAMPLES
@given(elites("k", 8), elites("n", 8), LIMITS)
def test_without_evidence_the_best_fitness_never_falls(first, second, limits):
    kept, _ = add([], first, beats=never, **limits)
    after, additions = add(kept, second, beats=never, **limits)
    assert set(kept[:1]) <= set(after)
    assert not any(one.status is Entry.IMPROVED for one in additions)
    if kept:
        assert after[0].fitness >= kept[0].fitness


@EXAMPLES
@given(elites("k", 8), elites("n", 8), LIMITS, BEATS)
def test_everyone_who_came_or_went_is_accounted_for(first, second, limits, beats):
    kept, _ = add([], first, beats=never, **limits)
    after, additions = add(kept, second, beats=beats, **limits)
    entered = [a for a in additions if a.status is not Entry.REJECTED]
    gone = {e.candidate_id for e in kept} | {a.candidate_id for a in entered}
    gone -= {e.candidate_id for e in after}
    assert sorted(a.by for a in entered if a.by) == sorted(gone)
    assert all(a.by for a in additions if a.status is Entry.REJECTED)
    assert all(a.by for a in additions if a.status is Entry.IMPROVED)


@EXAMPLES
@given(elites("k", 8), LIMITS, BEATS)
def test_a_generation_that_failed_altogether_leaves_the_parents(first, limits, beats):
    kept, _ = add([], first, beats=never, **limits)
    after, additions = add(kept, [], beats=beats, **limits)
    assert after == kept and additions == ()
    Population(generation=1, island=0, elites=after, history=())


@EXAMPLES
@given(elites("n", 8), st.data())
def test_fitness_that_is_not_finite_is_refused_with_its_candidate(newcomers, data):
    bad = shaped("broken", data.draw(st.sampled_from([math.nan, math.inf, -math.inf])))
    place = data.draw(st.integers(0, len(newcomers)))
    with pytest.raises(ValueError, match="broken"):
        add([], [*newcomers[:place], bad, *newcomers[place:]], size=3, per_niche=1, beats=never)
