from dataclasses import replace

import pytest

from actmine.evolution.islands import slots
from actmine.evolution.proposals import propose, seeds
from actmine.functions.catalog import CATALOG, by_name, seed_functions
from actmine.records.candidate import Origin, candidate_id
from actmine.records.status import Status
from actmine.settings.configuration import ConfigError
from configured import changed
from evolution_records import island_of_its_seed
from hard_sources import HARD


@pytest.fixture(scope="module")
def island(smoke, gate):
    return island_of_its_seed(smoke, gate)


def test_seeds_are_catalog_functions_that_passed_the_gate(smoke, gate):
    (seed,) = seeds(smoke, island=1, sandbox=gate)
    assert (seed.name, seed.origin, seed.status) == ("ReLU", Origin.CATALOG, Status.ACCEPTED)
    assert seed.slot.island == 1 and seed.flops == 1


def test_a_seed_that_the_gate_refuses_is_named(smoke, gate):
    stingy = changed(smoke, gate={"max_flops": 0.5})
    with pytest.raises(ConfigError, match=r"search\.seeds: the gate refuses 'relu' \(1 FLOPs"):
        seeds(stingy, island=0, sandbox=gate)


def test_known_functions_are_seeds_and_what_the_gate_refuses_is_no_parent(smoke, gate):
    published = {entry.key for entry in CATALOG if entry.origin is Origin.CATALOG}
    everyone = seed_functions(("known",))
    assert {entry.key for entry in everyone} == published
    assert seed_functions(("silu", "known"))[0].key == "silu"
    assert len(seed_functions(("silu", "known"))) == len(everyone)
    cheap = changed(smoke, search={"seeds": ["known"]}, gate={"max_flops": 1})
    proposed = seeds(cheap, island=0, sandbox=gate)
    assert len(proposed) == slots(cheap.search, generation=0) == len(everyone)
    left = {one.name for one in proposed if one.status is Status.ACCEPTED}
    assert "ReLU" in left and "SiLU" not in left
    refused = next(one for one in proposed if one.name == "SiLU")
    assert refused.status is Status.REJECTED and "FLOPs" in refused.reason


def test_a_generation_fills_every_slot_with_new_behaviour(smoke, gate, island):
    proposals = propose(island, smoke, generation=1, sandbox=gate)
    assert [p.slot.index for p in proposals] == [0, 1, 2]
    accepted = [p for p in proposals if p.status is Status.ACCEPTED]
    assert len(accepted) == 3
    prints = {island.history[0], *(p.fingerprint for p in accepted)}
    assert len(prints) == 4
    assert all(p.parents == (island.elites[0].candidate_id,) for p in accepted)
    assert all(p.attempts[-1].status is p.status for p in proposals)


@pytest.mark.slow
def test_a_slot_whose_parent_cannot_be_edited_goes_to_a_founder(smoke, gate, island):
    source = HARD["helpers of nested branches"]
    stubborn = replace(island.elites[0], source=source, candidate_id=candidate_id(source))
    one = changed(smoke, search={"candidates_per_island": 1})
    alone = replace(island, elites=(stubborn,))
    (proposal,) = propose(alone, one, generation=1, sandbox=gate)
    assert proposal.status is Status.ACCEPTED
    assert proposal.parents == (by_name("relu").candidate.candidate_id,)


def test_proposals_are_a_function_of_population_seed_generation_and_island(smoke, gate, island):
    first = propose(island, smoke, generation=1, sandbox=gate)
    assert propose(island, smoke, generation=1, sandbox=gate) == first
    later = propose(island, smoke, generation=2, sandbox=gate)
    assert [p.source for p in later] != [p.source for p in first]
    other = changed(smoke, seed=smoke.seed + 1)
    assert propose(island, other, generation=1, sandbox=gate) != first


def test_no_proposal_depends_on_the_number_of_generations(smoke, gate, island):
    more = changed(smoke, search={"generations": 99})
    assert propose(island, more, generation=1, sandbox=gate) == propose(
        island, smoke, generation=1, sandbox=gate
    )


def test_a_slot_that_finds_nothing_new_keeps_its_last_try(smoke, gate, island):
    stingy = changed(smoke, gate={"max_flops": 0.5}, mutation={"attempts": 2})
    proposals = propose(island, stingy, generation=1, sandbox=gate)
    assert {p.status for p in proposals} == {Status.REJECTED}
    assert all(p.reason.startswith("budget: ") and len(p.attempts) == 2 for p in proposals)
