"""What a run tells while it goes: each thing once, from files that stages write."""

from dataclasses import replace

import pytest

from actmine import layout
from actmine.display.generation_line import generation_lines, guard_warning
from actmine.display.narrator import Aim, Narrator
from actmine.evolution.population import Population, to_json
from actmine.files import write_json
from actmine.llm.budget import Spent
from actmine.records.rows import write_records
from actmine.settings import frozen, run_plan
from actmine.tables.progress import Watcher
from configured import changed
from evolution_records import elite, evaluation, proposal

NOW = 1000.0


def finish_generation(folder, number, fitness, *, island=0, name="mined"):
    """What propose, train and select leave of one island's generation with one slot."""
    place = layout.island(folder, "main", number, island)
    write_records(place / "proposals.jsonl", [proposal(0)])
    write_records(place / "shard_0/evaluations.jsonl", [evaluation(proposal(0))])
    best = replace(elite(name, fitness), standard_error=0.031)
    made = Population(generation=number, island=island, elites=(best,), history=())
    write_json(place / "population.json", to_json(made))


def begun(folder, settings, **values):
    """A run that has just begun."""
    configuration = changed(settings, **values)
    frozen.write(folder / "run.yaml", frozen.description(configuration))
    run_plan.write(folder, configuration, jobs=2)
    return folder


@pytest.fixture
def folder(tmp_path, smoke):
    return begun(tmp_path, smoke)


@pytest.fixture
def narrator(folder):
    return Narrator(folder=folder, aim=Aim.REPORT)


def test_a_generation_is_told_once_with_its_best_function(folder, narrator):
    assert narrator.news(1, 9, now=NOW) == []
    finish_generation(folder, 0, 0.25)
    (line,) = narrator.news(2, 9, now=2 * NOW)
    assert line == (
        "generation 0 of 2: best known function +0.250 \u00b1 0.031 (mined, island 0)"
    )
    assert narrator.news(3, 9, now=3 * NOW) == []
    finish_generation(folder, 1, 0.5)
    (line,) = narrator.news(4, 9, now=4 * NOW)
    assert line.startswith("generation 1 of 2: best +0.500 \u00b1 0.031 (mined, island 0)")
    assert ", 1 candidate trained" in line


def test_a_generation_waits_for_all_its_islands_and_names_the_best(tmp_path, smoke):
    folder = begun(tmp_path, smoke, search={"islands": 2})
    narrator = Narrator(folder=folder, aim=Aim.SEARCH)
    finish_generation(folder, 0, 0.25, island=1, name="better")
    assert narrator.news(1, 9, now=NOW) == []
    finish_generation(folder, 0, -0.125)
    (line,) = narrator.news(2, 9, now=2 * NOW)
    assert "+0.250" in line and "(better, island 1)" in line


def test_what_an_earlier_invocation_did_is_not_told_again(folder, narrator):
    finish_generation(folder, 0, 0.1)
    assert narrator.begin(now=NOW) == ["going on after generation 0"]
    finish_generation(folder, 1, 0.2)
    assert [line[:17] for line in narrator.news(1, 9, now=2 * NOW)] == ["generation 1 of 2"]


def test_a_look_waits_so_that_looks_take_little_time_but_the_last_one_does_not(
    folder, narrator
):
    narrator.news(1, 9, now=NOW)
    finish_generation(folder, 0, 0.1)
    assert narrator.news(2, 9, now=NOW) == []
    assert len(narrator.news(2, 9, now=NOW, last=True)) == 1


def test_money_is_told_where_a_model_costs_some(folder):
    finish_generation(folder, 0, 0.1)
    progress = Watcher(folder).look()
    paid = replace(progress, spent=Spent(requests=3, tokens=900, usd=0.125))
    limited = replace(paid, plan=replace(progress.plan, usd=5.0))
    told = [list(generation_lines(folder, "main", 0, one)) for one in (progress, paid, limited)]
    assert "USD" not in told[0][0]
    assert told[1][0].endswith(", 0.12 USD spent")
    assert told[2][0].endswith(", 0.12 of 5 USD spent")


def test_how_it_stands_is_said_after_a_minute_without_a_line(folder, narrator):
    narrator.begin(now=NOW)
    narrator.news(4, 9, now=NOW)
    assert narrator.reminder(now=NOW + 59) == []
    assert narrator.reminder(now=NOW + 61) == ["generation 0 of 2"]
    assert narrator.reminder(now=NOW + 62) == []


def test_the_time_left_is_that_of_watch(folder, narrator):
    """From three generations on there is a pace."""
    for number in range(3):
        finish_generation(folder, number, 0.1)
    told = narrator.news(5, 9, now=Watcher(folder).look().plan.started + 10)
    left = Watcher(folder).look().left
    assert left.search_s == 0 and left.whole_s == 30
    assert told[-1].endswith(", about 30 s left")
    assert narrator.standing.share == pytest.approx(10 / 40)
    search = Narrator(folder=folder, aim=Aim.SEARCH)
    search.news(5, 9, now=NOW)
    assert search.standing.left == ""


@pytest.mark.parametrize(
    ("rules", "aim"),
    [
        ({"select", "report", "seal"}, Aim.REPORT),
        ({"actmine_report"}, Aim.REPORT),
        ({"actmine_select", "mine"}, Aim.SEARCH),
        ({"draw_suite", "freeze_run"}, Aim.JOBS),
    ],
)
def test_what_is_aimed_at_shows_by_the_jobs(tmp_path, rules, aim):
    narrator = Narrator(folder=tmp_path)
    narrator.aims_at(rules)
    assert narrator.aim is aim


def test_some_files_alone_are_counted_and_end_without_a_word(folder):
    finish_generation(folder, 0, 0.1)
    narrator = Narrator(folder=folder)
    assert narrator.begin(now=NOW) == narrator.news(1, 2, now=NOW) == narrator.closing() == []
    assert narrator.standing.line == "1 of 2 jobs" and narrator.standing.share == 0.5


@pytest.mark.parametrize(("guard", "told"), [(2.0, True), (3.0, False)])
def test_a_best_seed_over_the_guard_is_told_with_the_remedy(tmp_path, smoke, guard, told):
    folder = begun(tmp_path, smoke, fitness={"id_guard": guard})
    best = replace(elite("Shifted", 0.4), id_ratio=3.0)
    made = Population(generation=0, island=0, elites=(best, elite("ReLU", 0.0)), history=())
    write_json(layout.island(folder, "main", 0, 0) / "population.json", to_json(made))
    lines = list(guard_warning(folder, "main"))
    assert bool(lines) == told
    if told:
        assert "Shifted leads" in lines[0] and "3.0 times" in lines[0]
        assert "fitness.id_guard (2)" in lines[0]
