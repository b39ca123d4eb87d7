from dataclasses import replace

from actmine.evolution.population import Population
from actmine.functions.catalog import PAPER_ORDER, by_name, leader_count
from actmine.lab.fitness import Fitness
from actmine.records.candidate import Coupling, Origin
from actmine.records.listed import Listed, Role
from actmine.records.rows import from_row, to_row
from actmine.validation.finalists import champion, finalists, order_of_tests
from actmine.validation.leaders import leaders
from evolution_records import elite


def fitness(value, *, within_guard=True):
    return Fitness(
        value=value, standard_error=0.1, freedom=9.0, id_ratio=1.0, within_guard=within_guard
    )


def island(number, *elites):
    ranked = sorted(elites, key=lambda e: (-e.fitness, e.candidate_id))
    return Population(generation=3, island=number, elites=tuple(ranked), history=())


A, B, C = (elite(name, 0.5).listed for name in "abc")


def test_finalists_are_the_best_mined_elites_of_all_islands_each_once():
    first = island(0, elite("a", 0.5), elite("b", 0.2))
    second = island(1, elite("a", 0.5), elite("c", 0.9))
    chosen = finalists([first, second], [], count=2)
    assert [one.candidate_id for one in chosen] == ["c", "a"]


def test_a_seed_is_no_finding():
    seed = replace(elite("relu", 9.0), origin=Origin.CATALOG)
    chosen = finalists([island(0, seed, elite("a", 0.1))], [], count=5)
    assert [one.candidate_id for one in chosen] == ["a"]


def test_what_behaves_like_a_known_function_is_no_finding():
    again = elite("hard_swish", 0.9).listed
    population = island(0, elite("hard_swish", 0.9), elite("a", 0.1))
    chosen = finalists([population], [again], count=5)
    assert [one.candidate_id for one in chosen] == ["a"]


def test_the_champion_is_chosen_by_the_second_measurement():
    again = {"a": fitness(0.1), "b": fitness(0.7), "c": fitness(0.3)}
    assert champion([A, B, C], again) is B


def test_a_tie_goes_to_the_lower_id():
    assert champion([B, A], {"a": fitness(0.1), "b": fitness(0.1)}) is A


def test_failed_guarded_and_batch_coupled_finalists_are_no_champion():
    coupled = replace(C, coupling=Coupling.BATCH)
    again = {"a": None, "b": fitness(9.0, within_guard=False), "c": fitness(5.0)}
    assert champion([A, B, coupled], again) is None
    assert champion([A, B, coupled], again, allow_batch_coupled=True) is coupled


def test_half_of_the_finalists_are_the_fittest_and_others_lead_an_island_or_a_shape():
    shape = elite("a", 0.9).fingerprint
    alike = [
        replace(elite(name, 0.9 - n / 10), fingerprint=shape) for n, name in enumerate("abcde")
    ]
    other = elite("waves", 0.1)
    far = replace(elite("z", 0.05), fingerprint=shape)
    chosen = finalists([island(0, *alike, other), island(1, far)], [], count=4)
    names = [one.candidate_id for one in chosen]
    assert names[:2] == ["a", "b"] and len(names) == 4
    assert "z" in names  # the best of its island, though the least fit of all
    assert [one.candidate_id for one in finalists([island(0, *alike)], [], count=3)] == list(
        "abc"
    )


def test_what_was_drawn_for_contrast_is_no_champion():
    lucky = replace(C, role=Role.CONTRAST)
    again = {"a": fitness(0.1), "c": fitness(0.9)}
    assert champion([A, lucky], again) is A


def test_tests_are_taken_in_the_order_of_the_fresh_tasks_the_champion_first():
    again = {"a": fitness(0.1), "b": fitness(0.7), "c": fitness(0.3)}
    assert order_of_tests([A, B, C], again, of_arms=["b"]) == ["b", "c", "a"]
    assert order_of_tests([A, B, C, A], again, of_arms=["a", "b"]) == ["b", "a", "c"]
    # Paid for something else, the champion of an arm may be behind that of the run there.
    assert order_of_tests([A, B, C], again, of_arms=["a"]) == ["b", "a", "c"]


def test_what_cannot_be_champion_is_tested_last_and_contrast_never():
    coupled, contrast = replace(C, coupling=Coupling.BATCH), replace(A, role=Role.CONTRAST)
    again = {"a": fitness(0.9), "b": fitness(0.1), "c": fitness(0.5), "d": None}
    mined = [elite("d", 0.5).listed, coupled, B, contrast]
    assert order_of_tests(mined, again, of_arms=[]) == ["b", "c", "d"]
    allowed = order_of_tests(mined, again, of_arms=[], allow_batch_coupled=True)
    assert allowed == ["c", "b", "d"]


def test_a_listed_candidate_survives_its_file():
    assert from_row(to_row(A), Listed) == A


def test_the_papers_four_and_the_fittest_are_measured_on_held_out_tasks():
    def known(name, fitness):
        return replace(by_name(name).listed, search_fitness=fitness)

    catalog = [
        known("tanh", 0.1), known("gelu", 0.2), known("silu", 0.4), known("sin", None),
        known("gelusine", -1.0), known("mish", 0.3), known("relu", 0.0),
    ]  # fmt: skip
    paper = {by_name(key).listed.candidate_id for key in PAPER_ORDER}
    chosen = leaders(catalog, named=paper, count=5)
    assert [one.name for one in chosen] == ["GELU", "SiLU", "GELUSine", "Mish", "ReLU"]
    assert leader_count(["tanh", "gelu", "silu"], leaders=1) == 2
    assert leader_count(["relu", "gelu"], leaders=8) == 2


def test_of_one_elite_on_two_islands_the_record_of_more_measurements_counts():
    lucky, known = elite("a", 0.9), replace(elite("a", 0.2), measurements=3)
    chosen = finalists([island(0, lucky), island(1, known)], [], count=1)
    assert [one.search_fitness for one in chosen] == [0.2]
