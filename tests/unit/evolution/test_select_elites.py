"""Tests what the selection of elites tells people."""

from dataclasses import replace

from actmine.evolution.population import Population
from evolution_records import elite
from select_elites import guarded


def test_a_best_seed_over_the_guard_is_told_with_the_remedy():
    seeds = (replace(elite("Shifted", 0.4), id_ratio=3.0), elite("ReLU", 0.0))
    population = Population(generation=0, island=0, elites=seeds, history=())
    told = guarded(population, 2.0)
    assert "Shifted leads" in told and "3.0 times" in told and "fitness.id_guard (2)" in told
    assert guarded(population, 3.0) == ""
