"""Islands that meet, and strategies that ignore fitness."""

from dataclasses import replace

import pytest

from actmine.evolution.islands import after_reset, migrants, neighbours
from actmine.evolution.population import Population
from actmine.evolution.proposals import propose
from actmine.evolution.sampling import starts_anew
from actmine.evolution.selection import select
from actmine.functions.catalog import by_name
from actmine.records.candidate import Origin, candidate_id
from actmine.records.slot import Slot
from actmine.settings.configuration import load
from configured import changed
from evolution_records import elite, scored


def with_search(smoke, **changes):
    return changed(smoke, search={"islands": 4, **changes})


def island(number, *elites, **more):
    ranked = tuple(sorted(elites, key=lambda e: (-e.fitness, e.candidate_id)))
    return Population(generation=4, island=number, elites=ranked, history=("old",), **more)


def rules(strategy="evolution"):
    search = replace(load("smoke").search, elites=9, per_niche=9, strategy=strategy)
    return {"search": search, "beats": lambda *_: False, "seed": 0}


@pytest.mark.parametrize("generation", [1, 2, 3, 4, 6, 7])
def test_islands_are_independent_between_migrations(smoke, generation):
    assert neighbours(with_search(smoke).search, generation=generation, island=2) == ()


def test_a_migration_reads_the_island_before_in_the_ring(smoke):
    found = [neighbours(with_search(smoke).search, generation=5, island=k) for k in range(4)]
    assert found == [(3,), (0,), (1,), (2,)]


def test_islands_do_not_meet_in_a_generation_that_changes_the_tasks(smoke):
    settings = with_search(smoke, rotate_every=4, reset_every=5)  # on a new draw from 5 on
    others = [island(k, elite(f"e{k}", k / 10)) for k in range(1, 4)]
    weakest = island(0, elite("e0", 0.0))
    assert migrants(settings.search, others, generation=5, island=2) == ()
    assert after_reset(settings.search, weakest, others, generation=5) is weakest
    here = [replace(o, elites=(replace(o.elites[0], suite="search_1"),)) for o in others]
    (guest,) = migrants(settings.search, here, generation=5, island=2)
    assert guest.candidate_id == "e1"


def test_a_reset_reads_all_islands(smoke):
    config = with_search(smoke, reset_every=3, migration_every=None)
    assert neighbours(config.search, generation=6, island=1) == (0, 2, 3)
    assert neighbours(config.search, generation=5, island=1) == ()


def test_a_single_island_meets_nobody(smoke):
    assert neighbours(with_search(smoke, islands=1).search, generation=5, island=0) == ()


def test_the_best_of_the_ring_neighbour_arrives_as_a_newcomer(smoke):
    there = island(0, elite("a", 0.9), elite("b", 0.1))
    (guest,) = migrants(with_search(smoke).search, [there], generation=5, island=1)
    assert guest.candidate_id == "a"
    after = select(
        island(1, elite("c", 0.5)),
        [],
        migrants=[guest],
        generation=5,
        island=1,
        **rules(),
    )
    assert [e.candidate_id for e in after.elites] == ["a", "c"]
    assert after.history == ("old", guest.fingerprint)
    assert [one.candidate_id for one in after.additions] == ["a"]


def test_a_guest_that_was_found_here_too_enters_once():
    one = scored(0, 0.7)
    guest = replace(elite("x", 0.6), candidate_id=one.proposal.candidate_id)
    after = select(
        island(1, elite("c", 0.5)),
        [one],
        migrants=[guest],
        generation=5,
        island=1,
        **rules(),
    )
    assert len(after.elites) == 2


def test_only_the_weakest_island_starts_again_from_the_best_of_all(smoke):
    config = with_search(smoke, reset_every=5)
    islands = [island(k, elite(f"{k}", fitness)) for k, fitness in enumerate((0.2, 0.9, 0.4))]
    after = [
        after_reset(config.search, own, [o for o in islands if o is not own], generation=5)
        for own in islands
    ]
    assert [one.elites[0].candidate_id for one in after] == ["1", "1", "2"]
    # What behaves like its new elite is not tried again.
    assert after[0].history == ("old", islands[1].elites[0].fingerprint)
    assert after[0].island == 0


def test_best_of_n_makes_every_child_from_the_seeds():
    seed = scored(0, 0.0, origin=Origin.CATALOG)
    first = select(None, [seed], generation=0, island=0, **rules("best_of_n"))
    better = [scored(k, 1.0 + k) for k in range(1, 4)]
    later = select(first, better, generation=1, island=0, **rules("best_of_n"))
    assert [e.candidate_id for e in later.parents] == [seed.proposal.candidate_id]
    assert len(later.elites) == 4


def test_random_search_draws_from_what_came_last_whatever_its_fitness():
    seed = scored(0, 5.0, origin=Origin.CATALOG)
    first = select(None, [seed], generation=0, island=0, **rules("random_search"))
    worse = [scored(k, -1.0 * k) for k in range(1, 4)]
    later = select(first, worse, generation=1, island=0, **rules("random_search"))
    assert {e.fitness for e in later.parents} == {-1.0, -2.0, -3.0}
    nothing = select(later, [], generation=2, island=0, **rules("random_search"))
    assert nothing.parents == later.parents


def test_an_evolution_draws_from_its_elites():
    first = select(None, [scored(0, 0.1)], generation=0, island=0, **rules())
    assert first.parents == first.elites


def test_children_of_best_of_n_take_several_edits(smoke, gate):
    known = by_name("relu")
    seed = replace(
        elite("relu", 0.0), source=known.source, candidate_id=candidate_id(known.source)
    )
    population = replace(island(0, seed, pool=(seed,)), history=())
    config = with_search(smoke, strategy="best_of_n", candidates_per_island=8)
    found = propose(population, config, generation=6, sandbox=gate)
    assert max(one.operator.count("+") for one in found) >= 2
    assert {one.parents[0] for one in found} == {seed.candidate_id}


@pytest.mark.parametrize(("immigrants", "descends_from"), [(0.0, "elite"), (1.0, "relu")])
def test_immigrants_descend_from_the_seeds_by_up_to_three_edits(
    smoke, gate, immigrants, descends_from
):
    """The island's one elite is not the seed."""
    relu, silu = by_name("relu"), by_name("silu")
    only = replace(elite("silu", 1.0), source=silu.source)
    config = with_search(smoke, immigrants=immigrants, candidates_per_island=8)
    own = replace(island(0, only), history=(), founders=("ReLU",))
    found = propose(own, config, generation=1, sandbox=gate)
    expected = {"elite": candidate_id(silu.source), "relu": candidate_id(relu.source)}
    assert {one.parents[0] for one in found} == {expected[descends_from]}
    edits = {one.operator.count("+") + 1 for one in found}
    assert edits == {1} if descends_from == "elite" else max(edits) in (2, 3)


def test_a_share_of_the_slots_starts_anew_and_only_in_an_evolution(smoke):
    slots = [Slot(generation=3, island=1, index=index) for index in range(400)]
    config = with_search(smoke, immigrants=0.25)
    share = sum(
        starts_anew(slot, config.search, seed=config.search_seed) for slot in slots
    ) / len(slots)
    assert 0.15 < share < 0.35
    sampling = with_search(config, strategy="best_of_n")
    assert not any(starts_anew(slot, sampling.search, seed=1) for slot in slots)
