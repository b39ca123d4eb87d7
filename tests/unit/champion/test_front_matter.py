"""The head of a card is read by the Hub's own parser, whatever the function is called."""

from math import nan

import pytest
from huggingface_hub import ModelCard

from actmine.champion.front_matter import FIGURES, figures_of, front_matter
from actmine.validation.leaderboard_rows import COLUMNS

ROW = {
    "held_out_fitness": 0.40586,
    "ci_low": 0.32799,
    "ci_high": 0.48373,
    "ratio_relu": 0.62007,
    "ratio_relu_low": 0.56521,
    "ratio_relu_high": 0.68024,
    "ratio_gelu": 0.73839,
    "ratio_gelu_low": 0.67092,
    "ratio_gelu_high": 0.81265,
    "ratio_best": nan,
    "ratio_best_low": nan,
    "ratio_best_high": nan,
}


def card(name, row):
    head = front_matter(
        name, run="demo", tasks=604, fitness="mean log ratio", figures=figures_of(row)
    )
    return ModelCard(f"{head}\n# A card\n")


def test_every_figure_reaches_the_hub_with_its_interval():
    data = card("Softplus-2cb1", ROW).data
    assert data.license == "mit" and data.library_name == "pytorch"
    assert "activation-function" in data.tags
    results = {result.metric_type: result for result in data.eval_results}
    assert list(results) == data.metrics == ["held_out_fitness", "ratio_relu", "ratio_gelu"]
    for key, result in results.items():
        assert result.metric_value == pytest.approx(ROW[key], abs=5e-5)
        assert result.dataset_name == "604 held-out regression tasks of the run demo"
    assert results["ratio_relu"].metric_name.endswith("(95% interval 0.565 to 0.680)")
    fitness = "mean log ratio, higher is better (95% interval +0.328 to +0.484)"
    assert results["held_out_fitness"].metric_name == fitness


@pytest.mark.parametrize(
    "name", ["a: b", "---", "x\n---\ny", "\u202egelu", "# {{ no }}", "null"]
)
def test_a_name_cannot_end_the_head_or_change_its_meaning(name):
    made = card(name, ROW)
    assert made.text.strip() == "# A card"
    shown = name.replace("\n", "[U+000A]").replace("\u202e", "[U+202E]")
    assert made.data.model_name == shown


def test_what_has_no_figures_claims_none():
    data = card("failed", {"name": "failed"}).data
    assert data.eval_results is None and data.get("metrics") is None


def test_the_figures_are_columns_of_the_leaderboard():
    assert {column for key, (ends, _) in FIGURES.items() for column in (key, *ends)} <= set(
        COLUMNS
    )
