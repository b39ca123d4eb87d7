"""The five lines at the end of a run."""

import json
import shutil
from pathlib import Path

import pytest

from actmine import layout
from actmine.display.closing import closing, verdict
from actmine.evolution.population import Population, to_json
from actmine.files import write_json
from actmine.settings import frozen
from evolution_records import elite

DEMO = Path(__file__).parents[3] / "docs/demo"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The findings of the demo, whose report stands."""
    monkeypatch.chdir(tmp_path)
    folder = Path("results/demo")
    shutil.copytree(DEMO, folder / "validation")
    for made in ("report/index.html", "champion/activation.py", "tables/tasks.csv"):
        (folder / made).parent.mkdir()
        (folder / made).touch()
    return folder


def edit(path, **values):
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_the_verdict_is_against_relu_gelu_and_the_best_known(folder):
    found = json.loads((DEMO / "comparison.json").read_text())
    best = found["best_known"]["name"]
    ratio = {name: f"{test['ratio']:.2f} times" for name, test in found["versus"].items()}
    assert all(test["p"] < 0.05 for test in found["versus"].values())
    name, told = verdict(folder).split(" has an OOD loss of ")
    assert found["sentences"][0].startswith(f"Champion {name}:")
    assert told == (
        f"{ratio['ReLU']} ReLU's (better), {ratio['GELU']} GELU's (better), "
        f"{ratio[best]} {best}'s, the best known on the search tasks (better); caution: "
        f"not better than ReLU, GELU and {best} by the plain mean of losses, and it fits some "
        "families of tasks less well than ReLU inside the training range, and worse than a "
        "constant on some families of tasks"
    )


def test_a_verdict_that_leaves_nothing_out_ends_without_a_caution(folder):
    edit(folder / "validation/comparison.json", cautions={})
    assert verdict(folder).endswith("(better)")


def test_what_is_not_shown_is_not_claimed(folder):
    versus = json.loads((DEMO / "comparison.json").read_text())["versus"]
    versus["GELU"]["p"] = 0.06
    edit(folder / "validation/comparison.json", versus=versus)
    assert "times GELU's (no difference shown)" in verdict(folder)


def test_a_rival_that_is_relu_itself_is_named_once(folder):
    versus = json.loads((DEMO / "comparison.json").read_text())["versus"]
    path = folder / "validation/comparison.json"
    edit(path, versus={"ReLU": versus["GELU"]}, best_known={"name": "ReLU"}, cautions={})
    ratio = f"{versus['GELU']['ratio']:.2f}"
    assert verdict(folder).endswith(
        f"{ratio} times ReLU's, the best known on the search tasks (better)"
    )


def test_there_are_five_lines_with_every_place(folder):
    told = closing(folder)
    heads = [line.split()[0] for line in told]
    assert heads == ["verdict", "page", "champion", "data", "next"]
    assert told[1].endswith("results/demo/report/index.html")
    assert told[2].endswith("results/demo/champion/activation.py")
    assert "results/demo/validation/leaderboard.csv" in told[3]
    assert told[4].endswith(" show demo champion")


def test_a_run_that_was_asked_for_its_validation_alone_tells_it(folder):
    for name in ("report", "champion", "tables"):
        shutil.rmtree(folder / name)
    told = closing(folder)
    assert told[0].startswith("verdict   ") and "(better)" in told[0]
    assert told[1] == "page      not made yet: the whole run makes it"
    assert told[2] == "champion  not made yet: the whole run makes it"
    assert told[3] == "data      results/demo/validation/leaderboard.csv"


def test_a_run_without_a_champion_says_so(folder):
    sentence = "No mined function qualified as champion."
    path = folder / "validation/comparison.json"
    edit(path, champion=None, versus={}, sentences=[sentence], cautions={})
    edit(folder / "validation/champion.json", candidate_id=None)
    told = closing(folder)
    assert told[0] == f"verdict   {sentence}" and "none" in told[2]
    assert told[4].endswith(" audit demo")


def test_a_search_alone_ends_with_what_validates_it(tmp_path, smoke):
    frozen.write(tmp_path / layout.RUN_FILE, frozen.description(smoke))
    made = Population(generation=0, island=0, elites=(elite("best", 0.2),), history=())
    write_json(layout.island(tmp_path, "main", 0, 0) / "population.json", to_json(made))
    best, following = closing(tmp_path)
    assert best.startswith("best      +0.200 ") and best.endswith("; not validated yet")
    assert following.startswith("next      the same command without a target validates it")


def test_a_run_elsewhere_is_named_by_its_folder(folder):
    shutil.move(folder, "my runs")
    assert closing(Path("my runs"))[4].endswith(" show 'my runs' champion")
