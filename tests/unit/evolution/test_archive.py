"""Who enters an archive, whom it replaces, and what only evidence can do."""

import math
from dataclasses import replace

import pytest

from actmine.evolution.archive import add, niche_of
from actmine.evolution.population import Addition, Entry
from evolution_shapes import shaped


def fitter(new, old):
    return new.fitness > old.fitness


def never(new, old):
    return False


def always(new, old):
    return True


def added(kept, newcomers, *, size=4, per_niche=1, beats=fitter):
    return add(kept, newcomers, size=size, per_niche=per_niche, beats=beats)


def names(elites):
    return [elite.name for elite in elites]


def turns(additions):
    return [(one.candidate_id, str(one.status), one.by) for one in additions]


# --- niches


def test_a_newcomer_to_an_empty_niche_needs_no_evidence():
    kept, additions = added([shaped("r", 1.0)], [shaped("w", -1.0, "wave")], beats=never)
    assert names(kept) == ["r", "w"]
    assert additions == (
        Addition(candidate_id="w", status=Entry.NEW, by="", niche=niche_of(kept[1])),
    )
    assert additions[0].niche == "wave|wave|wavy|pointwise"


def test_a_newcomer_to_a_full_niche_must_beat_its_least_fit():
    kept = [shaped("a", 3.0), shaped("b", 1.0)]
    newcomer = shaped("n", 2.0)
    after, additions = added(kept, [newcomer], per_niche=2)
    assert names(after) == ["a", "n"] and turns(additions) == [("n", "improved", "b")]
    after, additions = added(kept, [newcomer], per_niche=2, beats=never)
    assert names(after) == ["a", "b"] and turns(additions) == [("n", "rejected", "b")]


def test_evidence_decides_and_not_the_fitness():
    kept, _ = added([shaped("a", 2.0)], [shaped("n", 1.0)], beats=always)
    assert names(kept) == ["n"]


def test_evidence_is_asked_of_the_newcomer_against_the_incumbent():
    asked = []

    def beats(new, old):
        asked.append((new.name, old.name))
        return False

    added(
        [shaped("old", 1.0)],
        [shaped("new", 2.0)],
        beats=beats,
    )
    assert asked == [("new", "old")]


def test_a_fitter_newcomer_has_its_turn_first_and_a_tie_goes_by_id():
    newcomers = [shaped("c", 1.0), shaped("b", 1.0), shaped("a", 0.0), shaped("d", 2.0)]
    _, additions = added([], newcomers)
    assert turns(additions) == [
        ("d", "new", ""),
        ("b", "rejected", "d"),
        ("c", "rejected", "d"),
        ("a", "rejected", "d"),
    ]


def test_a_source_that_is_in_already_is_held_off_by_itself():
    kept, additions = added([shaped("a", 1.0)], [shaped("a", 5.0)], beats=always)
    assert kept == (shaped("a", 1.0),) and turns(additions) == [("a", "rejected", "a")]


def test_two_records_of_one_source_enter_once_whatever_their_order():
    twins = [shaped("a", 1.0), replace(shaped("a", 1.0), generation=3, parents=("p",))]
    forwards, _ = added([], twins, per_niche=2)
    backwards, _ = added([], twins[::-1], per_niche=2)
    assert forwards == backwards == (twins[0],)


# --- a full archive


def test_the_least_fit_of_the_most_crowded_niche_makes_room():
    kept = [shaped("a", 9.0), shaped("b", 8.0), shaped("s", 1.0, "sigmoid")]
    after, additions = added(kept, [shaped("w", 0.0, "wave")], size=3, per_niche=2, beats=never)
    assert names(after) == ["a", "s", "w"] and turns(additions) == [("w", "new", "b")]


def test_among_equally_crowded_niches_the_least_fit_makes_room():
    kept = [shaped("a", 9.0), shaped("s", 1.0, "sigmoid"), shaped("p", 2.0, "parabola")]
    after, additions = added(kept, [shaped("w", 5.0, "wave")], size=3, beats=never)
    assert names(after) == ["a", "w", "p"] and turns(additions) == [("w", "new", "s")]


def test_a_newcomer_that_would_go_itself_is_held_off_by_the_next_to_go():
    kept = [shaped("a", 9.0), shaped("s", 1.0, "sigmoid"), shaped("p", 2.0, "parabola")]
    after, additions = added(kept, [shaped("w", 0.0, "wave")], size=3)
    assert names(after) == ["a", "p", "s"] and turns(additions) == [("w", "rejected", "s")]


def test_a_newcomer_may_push_out_one_of_its_own_batch():
    newcomers = [shaped("b", 3.0), shaped("w", 2.0, "wave")]
    after, additions = added([shaped("a", 4.0)], newcomers, size=2, per_niche=2, beats=never)
    assert names(after) == ["a", "w"]
    assert turns(additions) == [("b", "new", ""), ("w", "new", "b")]


# --- the champion


def test_an_archive_of_one_keeps_its_champion_against_a_fitter_stranger():
    after, additions = added([shaped("a", 1.0)], [shaped("w", 9.0, "wave")], size=1)
    assert names(after) == ["a"] and turns(additions) == [("w", "rejected", "a")]


def test_the_champion_is_not_crowded_out_by_newcomers_that_only_look_fitter():
    newcomers = [shaped(f"n{i}", 5.0 + i, "wave") for i in range(3)]
    newcomers += [shaped("r1", 4.0), shaped("r2", 3.0)]
    after, _ = added([shaped("a", 1.0)], newcomers, size=3, per_niche=3, beats=never)
    assert "a" in names(after) and "n2" in names(after) and len(after) == 3


def test_the_fittest_is_not_crowded_out_either():
    newcomers = [shaped("f", 5.0), shaped("w", 0.0, "wave")]
    after, additions = added([shaped("a", 1.0)], newcomers, size=2, per_niche=2, beats=never)
    assert names(after) == ["f", "a"]
    assert turns(additions) == [("f", "new", ""), ("w", "rejected", "f")]


def test_who_beats_the_champion_is_the_champion():
    newcomers = [shaped("f", 4.0), shaped("b", 3.0), shaped("w", 2.0, "wave")]
    after, additions = added([shaped("a", 1.0)], newcomers, size=2, per_niche=2)
    assert names(after) == ["f", "b"]
    assert turns(additions) == [
        ("f", "new", ""),
        ("b", "improved", "a"),
        ("w", "rejected", "f"),
    ]


# --- edges


def test_without_newcomers_everything_stays():
    kept = (shaped("a", 2.0), shaped("w", 1.0, "wave"))
    assert added(kept, []) == (kept, ())
    assert added([], []) == ((), ())


def test_the_archive_comes_best_first():
    kept, _ = added([shaped("a", 1.0)], [shaped("w", 2.0, "wave"), shaped("s", 3.0, "sigmoid")])
    assert names(kept) == ["s", "w", "a"]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_fitness_that_is_not_finite_is_refused_with_the_candidates_names(bad):
    with pytest.raises(ValueError, match=r"n1 \(n1\): .*; n2 \(n2\): .* failed candidate"):
        added([shaped("a", 1.0)], [shaped("n1", bad), shaped("ok", 1.0), shaped("n2", bad)])
    with pytest.raises(ValueError, match=r"it is not of a \(a\)"):
        added([shaped("a", bad)], [])


@pytest.mark.parametrize(
    ("kept", "limits", "message"),
    [
        ([], {"size": 0}, "size is 0, not 1 or more"),
        ([], {"per_niche": 0}, "per_niche is 0, not 1 or more"),
        ([shaped("a", 1.0), shaped("a", 2.0)], {}, "once, not twice: a"),
        ([shaped("a", 1.0), shaped("w", 1.0, "wave")], {"size": 1}, "archive of size 1"),
        ([shaped("a", 1.0), shaped("b", 2.0)], {}, r"more than 1 .* in flat\|linear.* \(2\)"),
    ],
)
def test_an_archive_against_its_rules_is_refused(kept, limits, message):
    with pytest.raises(ValueError, match=message):
        added(kept, [], **limits)


def test_without_niches_the_archive_holds_the_fittest_of_all_shapes():
    shapes = ["rectifier", "sigmoid", "bump", "wave", "rectifier", "rectifier"]
    ones = [shaped(f"f{k}", 0.1 * k, shape) for k, shape in enumerate(shapes)]
    kept, turns = add(
        ones[:3], ones[3:], size=3, per_niche=None, beats=lambda a, b: a.fitness > b.fitness
    )
    assert [one.candidate_id for one in kept] == ["f5", "f4", "f3"]
    assert {one.niche for one in turns} == {"any shape"}
