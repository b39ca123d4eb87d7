"""What the card of a champion says to who has seen nothing else of the run."""

import pytest

from actmine.champion.card import Facts, write_card
from actmine.evolution.ancestry import Ancestor
from actmine.settings import frozen
from actmine.validation.leaderboard_rows import COLUMNS
from actmine.validation.statistics import Interval

COST = {
    "functions": [
        {"name": name, "forward": times, "backward": times}
        for name, times in (
            ("wave", {"median": 4.0, "least": 4.0, "most": 5.0}),
            ("GELU", {"median": 2.0, "least": 2.0, "most": 2.5}),
        )
    ],
    "rounds": 7,
    "shape": [8, 8],
    "machine": {"processor": "a processor", "cpu_capability": "AVX2", "torch": "2"},
}


def row(name, origin, searched, held_out):
    return dict.fromkeys(COLUMNS, 0.9) | {
        "candidate_id": f"c{name}",
        "name": name,
        "origin": origin,
        "coupling": "pointwise",
        "search_fitness": searched,
        "held_out_fitness": held_out,
    }


@pytest.fixture
def write(tmp_path, smoke):
    """A card, of these cautions."""
    return lambda cautions: written(tmp_path, smoke, cautions)


@pytest.fixture
def card(write):
    return write(["Its plain mean is *above* ReLU's.", "It fits less well."])


def written(tmp_path, smoke, cautions):
    frozen.write(tmp_path / "run.yaml", frozen.description(smoke))
    known = Ancestor(
        candidate_id="cSiLU", name="SiLU", origin="catalog", source="", operator="seed",
        summary="x·sigmoid(x)", generation=0,
    )  # fmt: skip
    child = Ancestor(
        candidate_id="cfound", name="wave", origin="mined", source="", operator="tune",
        summary="other constants", generation=1, parents=("cSiLU",),
    )  # fmt: skip
    short = Ancestor(
        candidate_id="cwave", name="wave", origin="mined", source="", found_as="cfound"
    )
    some = Interval(mean=0.4, low=0.3, high=0.5)
    board = [
        row("wave", "mined", 0.5, 0.4),
        row("SiLU", "catalog", 0.2, 0.3),
        row("Softplus", "catalog", 0.3, 0.2),
    ]
    return write_card(
        Facts(
            frozen=frozen.read(tmp_path / "run.yaml"), version="1", generations=2,
            champion={"candidate_id": "cwave", "name": "wave", "source": "x"},
            board=board, remeasured=some,
            steps=[(short, None), (child, some), (known, some)], cost=COST, latex="x",
            no_formula="", coefficients={}, tasks=604, best_known="Softplus",
            cautions=cautions,
        )
    )  # fmt: skip


def test_who_is_best_is_told_with_of_what_and_by_what(card):
    told = " ".join(card.split())
    assert "By held-out fitness it is number 1 of the 3 functions" in told
    assert "Of the known functions among them SiLU has the highest, +0.300" in told
    best = "Softplus, the best known function on the search tasks"
    assert f"| held-out OOD loss ÷ that of {best} (geometric mean) |" in told
    assert told.index("A loss is out-of-distribution (OOD)") < told.index("| figure |")


def test_what_the_figures_leave_out_stands_with_them(card, write):
    figures = card.split("## Figures")[1].split("## Cost")[0]
    assert figures.endswith(
        "\n\nWhat these figures leave out:\n\n"
        "- Its plain mean is \\*above\\* ReLU's.\n- It fits less well.\n\n"
    )
    assert "leave out" not in write([])
    assert write([]).split("## Figures")[1].split("## Cost")[0].endswith("on average.\n\n")


def test_the_steps_begin_with_a_known_function_by_name(card):
    steps = card.split("## How it was found")[1].split("## Limits")[0]
    first, second, last = [line for line in steps.splitlines() if line.startswith("| ")][1:]
    assert "| known function |" in first and first.endswith("| SiLU: x·sigmoid(x) |")
    assert second.endswith("| other constants |")
    assert last.endswith("| the same function, written in fewer parts |")
