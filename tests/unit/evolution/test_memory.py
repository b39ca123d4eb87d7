import pytest

from actmine import layout
from actmine.evolution import memory
from actmine.evolution.memory import read_population
from actmine.evolution.population import (
    HISTORY,
    Population,
    from_json,
    remembered,
    to_json,
)
from actmine.files import read_json, write_json
from evolution_records import elite


def write_generations(run, news):
    """Files of an island that in each generation sees what `news` names; its populations."""
    history: tuple[str, ...] = ()
    populations = []
    for generation, seen in enumerate(news):
        after = Population(
            generation=generation,
            island=2,
            elites=(elite("a", 0.1),),
            history=remembered(history, seen),
        )
        path = layout.island(run, "main", generation, 2) / "population.json"
        write_json(path, to_json(after, before=history))
        populations.append((path, after))
        history = after.history
    return populations


def test_a_history_is_put_together_from_the_generations_that_it_spans(tmp_path):
    written = write_generations(tmp_path, [["a"], ["b", "c"], [], ["a", "d"]])
    for path, population in written:
        assert read_population(path) == population


def test_each_fingerprint_is_written_once(tmp_path):
    written = write_generations(tmp_path, [["a"], ["b", "a"], ["b", "c"]])
    told = [read_json(path)["first_seen"] for path, _ in written]
    assert told == [["a"], ["b"], ["c"]]


def test_what_was_forgotten_and_seen_again_is_remembered_as_young(tmp_path):
    many = [[str(k) for k in range(n, n + 1500)] for n in range(0, 6000, 1500)]
    written = write_generations(tmp_path, [["again"], *many, ["again", "5999"]])
    path, population = written[-1]
    assert len(population.history) == HISTORY and population.history[-1] == "again"
    assert read_population(path) == population


def test_no_more_files_are_read_than_the_history_needs(tmp_path, monkeypatch):
    many = [[str(k) for k in range(n, n + 1500)] for n in range(0, 9000, 1500)]
    written = write_generations(tmp_path, many)
    read = []

    def counted(path):
        read.append(path)
        return read_json(path)

    monkeypatch.setattr(memory, "read_json", counted)
    read_population(written[-1][0])
    assert len(read) == 3  # of 1500 each, for 4096


def test_a_missing_generation_is_named(tmp_path):
    written = write_generations(tmp_path, [["a"], ["b"]])
    written[0][0].unlink()
    with pytest.raises(FileNotFoundError, match="gen_0000"):
        read_population(written[1][0])


def test_a_population_read_alone_remembers_its_own_generation(tmp_path):
    written = write_generations(tmp_path, [["a"], ["b"]])
    assert from_json(read_json(written[1][0])).history == ("b",)
