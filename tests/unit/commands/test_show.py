"""What `actmine show` tells of a newcomer's turn at the archive."""

from argparse import ArgumentParser

import pytest

from actmine.commands.show import add_arguments, turns
from actmine.evolution.ancestry import Ancestor
from actmine.evolution.population import Addition, Entry, Population, to_json
from actmine.files import write_json
from evolution_records import elite

KEPT = elite("keeper", 0.41234)


@pytest.mark.parametrize(
    ("status", "by", "told"),
    [
        (Entry.NEW, "", "an elite"),
        (Entry.IMPROVED, "keeper", "an elite, in place of Keeper (keeper)"),
        (
            Entry.REJECTED,
            "keeper",
            "no elite: held off by Keeper (keeper), which has a fitness of +0.4123",
        ),
        (Entry.REJECTED, "gone", "no elite: held off by gone"),
        (Entry.REJECTED, "one", "an elite already"),
    ],
)
def test_a_turn_is_told_with_who_left_or_held_it_off(tmp_path, status, by, told):
    turn = Addition(candidate_id="one", status=status, by=by, niche="any shape")
    other = Addition(candidate_id="two", status=Entry.NEW, by="", niche="any shape")
    island = tmp_path / "main/gen_0003/island_1"
    island.mkdir(parents=True)
    population = Population(
        generation=3, island=1, elites=(KEPT,), history=(), additions=(other, turn)
    )
    write_json(island / "population.json", to_json(population))
    known = {
        "keeper": Ancestor(candidate_id="keeper", name="Keeper", origin="mined", source="")
    }
    assert list(turns(tmp_path, "one", known)) == [f"{island}: {told}"]


def test_an_elite_is_told_who_took_its_place(tmp_path):
    turn = Addition(candidate_id="keeper", status=Entry.IMPROVED, by="one", niche="any shape")
    island = tmp_path / "main/gen_0004/island_0"
    island.mkdir(parents=True)
    population = Population(
        generation=4, island=0, elites=(KEPT,), history=(), additions=(turn,)
    )
    write_json(island / "population.json", to_json(population))
    keeper = Ancestor(candidate_id="keeper", name="Keeper", origin="mined", source="")
    told = list(turns(tmp_path, "one", {"keeper": keeper}))
    assert told == [f"{island}: its place went to Keeper (keeper)"]


def test_without_an_id_the_champion_is_meant():
    parser = ArgumentParser()
    add_arguments(parser)
    assert parser.parse_args(["demo"]).candidate == "champion"
    assert parser.parse_args(["demo", "gelu"]).candidate == "gelu"
