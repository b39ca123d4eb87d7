"""What the package publishes is what its runs found: to the bit, and as its formula says."""

import ast
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import sympy
import torch
from huggingface_hub import ModelCard

import actmine.activations
from actmine.__main__ import main
from actmine.activations.published import FOLDER, read_published
from actmine.activations.publishing import publish
from actmine.champion.equations import read
from actmine.files import read_json, write_json
from actmine.functions.symbols import Reader, definition
from actmine.gate.static import load
from actmine.settings import configuration, frozen
from actmine.settings.configuration import ConfigError
from actmine.validation.leaderboard import read_leaderboard

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "docs/demo"
NAMES = actmine.activations.names()


@pytest.fixture
def demo(tmp_path):
    """The demo as far as it is published in docs: its configuration and its findings."""
    run = tmp_path / "demo"
    shutil.copytree(DEMO, run / "validation")
    frozen.write(run / "run.yaml", frozen.description(configuration.load()))
    return run


@pytest.fixture
def x():
    return 4 * torch.randn(64, 16, generator=torch.Generator().manual_seed(1))


def written(source):
    """The formula of a source as a function of NumPy, by way of SymPy: torch has no say."""
    reader = Reader()
    expression = read(source, reader)
    while any(expression.has(sympy.Function(one.latex)) for one in reader.used.values()):
        for one in list(reader.used.values()):
            head, body = definition(one, reader)
            given = sympy.Lambda(head.args, body)
            expression = expression.replace(sympy.Function(one.latex), given)
    return sympy.lambdify(sympy.Symbol("x"), expression, "numpy")


def test_the_demos_champion_is_what_its_run_says(demo, tmp_path):
    path = publish(demo, "leaky_softplus", folder=tmp_path / "out")
    new, kept = read_json(path), read_json(FOLDER / path.name)
    for document in (new, kept):  # of the machine on which it is written
        document["origin"].pop("versions")
    assert new == kept


def test_figures_and_source_are_those_of_the_demos_files():
    found = actmine.activations.leaky_softplus
    champion = read_json(DEMO / "champion.json")
    assert found.source == champion["source"] and found.formula in champion["source"]
    board = read_leaderboard(DEMO / "leaderboard.csv").set_index("candidate_id")
    row = board.loc[champion["candidate_id"]]
    assert set(found.figures) == {"held_out_fitness", "ratio_relu", "ratio_gelu", "ratio_best"}
    for name, interval in found.figures.items():
        ends = "ci" if name == "held_out_fitness" else name
        told = (interval.mean, interval.low, interval.high)
        assert told == (row[name], row[f"{ends}_low"], row[f"{ends}_high"])


@pytest.mark.parametrize("name", NAMES)
def test_a_module_computes_what_was_measured_and_what_its_formula_says(name, x):
    found = getattr(actmine.activations, name)
    layer = found()
    assert isinstance(layer, torch.nn.Module) and list(layer.parameters()) == []
    assert torch.equal(layer(x), load(found.source)(x))
    if found.latex:
        wide = x.double().numpy()
        np.testing.assert_allclose(layer(x.double()), written(found.source)(wide), rtol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_a_learnable_module_starts_as_the_function_and_learns(name, x):
    found = getattr(actmine.activations, name)
    layer = found(learnable=True)
    assert torch.allclose(layer(x), found()(x), rtol=1e-4, atol=1e-5)
    layer(x).square().mean().backward()
    assert list(layer.parameters())
    assert all(each.grad is not None and each.grad != 0 for each in layer.parameters())


@pytest.mark.parametrize("name", NAMES)
def test_a_card_tells_the_hub_every_figure_and_people_how_to_use_it(name):
    found = getattr(actmine.activations, name)
    card = ModelCard(found.card())
    told = {one.metric_type: one.metric_value for one in card.data["eval_results"]}
    assert told == {key: round(each.mean, 4) for key, each in found.figures.items()}
    assert found.source.strip() in card.text and all(
        said in card.text for said in found.verdicts
    )
    (code,) = (text for text in card.text.split("```python\n") if text.startswith("import"))
    made: dict[str, torch.nn.Module] = {}
    exec(compile(ast.parse(code.partition("```")[0]), name, "exec"), made)
    assert isinstance(made["layer"], torch.nn.Module)


def test_a_function_that_is_not_there_is_told_with_those_that_are():
    told = f"no function 'gelu'; there is {', '.join(NAMES)}$"
    with pytest.raises(AttributeError, match=told):
        _ = actmine.activations.gelu
    assert set(NAMES) <= set(dir(actmine.activations))


def test_another_function_takes_no_name_that_is_taken(demo, tmp_path, capsys):
    out = tmp_path / "out"
    for _ in range(2):  # the same may be written again
        assert main(["publish", str(demo), "wave", "--out", str(out)]) == 0
        told = capsys.readouterr().out
        assert told == f"wave of actmine.activations stands in {out / 'wave.json'}\n"
    chosen = json.loads((demo / "validation/champion.json").read_text())
    chosen["source"] = chosen["source"].replace("0.699643", "0.7")
    write_json(demo / "validation/champion.json", chosen)
    with pytest.raises(ConfigError, match=r"wave: .*wave.json holds another function"):
        publish(demo, "wave", folder=out)
    assert read_published("wave", folder=out).source != chosen["source"]


@pytest.mark.parametrize("name", ["soft wave", "2d", "class", "_hidden", "names", ""])
def test_a_name_that_python_cannot_ask_for_is_refused(demo, tmp_path, name):
    with pytest.raises(ConfigError, match="is no name for a function; take one such as"):
        publish(demo, name, folder=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_run_without_a_measured_champion_publishes_nothing(demo, tmp_path):
    chosen = json.loads((demo / "validation/champion.json").read_text())
    write_json(demo / "validation/champion.json", {**chosen, "candidate_id": None})
    with pytest.raises(ConfigError, match="has no champion that was measured"):
        publish(demo, "wave", folder=tmp_path / "out")
    (demo / "validation/champion.json").unlink()
    with pytest.raises(ConfigError, match="is not validated yet"):
        publish(demo, "wave", folder=tmp_path / "out")
