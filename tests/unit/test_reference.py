"""What the documents say of the reference run is what its files say."""

import csv
import re
from math import exp
from pathlib import Path

import pandas as pd
import pytest

import actmine.activations
from actmine.files import read_json
from actmine.functions.catalog import by_name, seed_functions
from actmine.number_text import signed
from actmine.settings.configuration import load
from actmine.validation.cautions import cautions
from actmine.validation.leaderboard import read_leaderboard

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/reference"
README, PAGE = (
    (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/reference.md")
)
CARD = (FOLDER / "CARD.md").read_text(encoding="utf-8")
SETTINGS = load("reference")
CHAMPION = read_json(FOLDER / "champion.json")
COMPARISON = read_json(FOLDER / "comparison.json")
BEST = COMPARISON["best_known"]
RELU = by_name("relu").candidate.candidate_id
FAMILIES = {
    "polynomials": "polynomial",
    "sums of sines": "harmonic",
    "spherical harmonics": "spherical",
    "equations of physics": "feynman",
}


def said(figure, text):
    """Whether a text says this, however its lines are broken."""
    return figure in " ".join(text.replace("**", "").split())


def cells(first):
    """The cells of the page's only table row that begins with a text."""
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| {first}")]
    return [cell.strip() for cell in row.strip("|").split("|")]


def rows(name):
    with (FOLDER / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def board():
    return read_leaderboard(FOLDER / "leaderboard.csv").set_index("candidate_id")


@pytest.fixture(scope="module")
def families():
    table = pd.DataFrame(rows("families")).set_index(["candidate_id", "family"])
    return table[["tasks", "log_ratio_relu", "id_loss"]].astype(float)


def test_its_size_is_that_of_the_preset():
    search = SETTINGS.search
    slots = search.generations * search.islands * search.candidates_per_island
    known = len(seed_functions(search.seeds))
    assert said(
        f"From {known} known functions, {search.generations} generations on four islands "
        f"filled {slots:,} slots",
        PAGE,
    )
    assert search.islands == 4 and said("drawn anew every ten generations", PAGE)
    assert search.rotate_every == 10
    assert said(f"The budget of the search is {SETTINGS.gate.max_flops:.0f}", PAGE)
    (new,) = re.findall(r"with\s([\d,]+)\sdifferent", PAGE)
    assert said(f"from {known} known functions, {new} candidates led to", README)


@pytest.mark.parametrize("name", ["ReLU", "GELU", BEST["name"]])
def test_its_verdicts_are_those_of_its_comparison(name):
    told = COMPARISON["versus"][name]
    row = cells("Shifted Softplus, the best known" if name == BEST["name"] else f"{name} | 0.")
    assert row[1:] == [
        f"{told['ratio']:.3f}",
        f"{told['low']:.3f} to {told['high']:.3f}",
        f"{told['p']:.0e}",
        f"{told['won']:.0%} of tasks",
    ]
    assert said(f"On {told['tasks']} held-out tasks", PAGE)
    assert said(f"On {told['tasks']} held-out tasks", README)


def test_the_first_page_has_its_verdicts_and_what_they_leave_out(board, families):
    ratio = {name: told["ratio"] for name, told in COMPARISON["versus"].items()}
    best = COMPARISON["versus"][BEST["name"]]
    assert said(
        f"its OOD loss is {ratio['ReLU']:.2f} times ReLU's, {ratio['GELU']:.2f} times GELU's "
        f"and {best['ratio']:.2f} times that of {BEST['name']} (95% {best['low']:.2f} to "
        f"{best['high']:.2f}, p {best['p']:.0e}), the known function that was best on the "
        "search tasks",
        README,
    )
    mine, relu = (board.loc[one] for one in (CHAMPION["candidate_id"], RELU))
    inside = families["id_loss"].xs("harmonic", level="family")
    assert said(
        f"its OOD loss is above ReLU's ({mine['mean_ood_loss']:.1f} against "
        f"{relu['mean_ood_loss']:.1f}), inside the training range it hardly fits sums of sines "
        f"(loss {inside[mine.name]:.2f} against {inside[relu.name]:.2f}), and it costs "
        f"{mine['flops']:.0f} FLOPs",
        README,
    )


def test_its_fitness_and_what_survives_are_those_of_the_leaderboard(board):
    mine, best = (board.loc[one] for one in (CHAMPION["candidate_id"], BEST["candidate_id"]))
    held_out, searched = "held_out_fitness", "search_fitness"
    assert said(
        f"Its held-out fitness is {mine[held_out]:+.3f} (95% {mine['ci_low']:+.3f} to "
        f"{mine['ci_high']:+.3f}); the best known function has {best[held_out]:+.3f}. On the "
        f"search tasks it was {mine[searched]:+.3f} against {best[searched]:+.3f}",
        PAGE,
    )
    gains = {key: mine[key] - best[key] for key in (held_out, searched)}
    assert said(f"so that {gains[held_out] / gains[searched]:.2f} of the gain survives", PAGE)
    known = board[board["origin"] != "mined"]
    assert known[held_out].idxmax() == BEST["candidate_id"]


@pytest.mark.parametrize("told", FAMILIES)
def test_where_its_gain_lies_is_that_of_its_families(families, told):
    family = FAMILIES[told]
    mine, best = (
        families.loc[one, family] for one in (CHAMPION["candidate_id"], BEST["candidate_id"])
    )
    gain = mine["log_ratio_relu"]
    over_best = exp(best["log_ratio_relu"] - gain)
    assert cells(f"{told} |")[1:] == [
        f"{mine['tasks']:.0f}", f"{exp(-gain):.2f}", f"{over_best:.2f}"
    ]  # fmt: skip
    if family == "feynman":
        assert gain < 0 and said(
            f"On equations of physics it is worse ({over_best:.2f} times).", README
        )


def test_other_labs_say_what_the_page_says():
    found = {(row["setting"], row["name"]): row for row in rows("robustness")}
    settings = {setting for setting, _ in found}
    assert settings == {"lab", "deep", "slow", "wide"}
    for setting in settings:
        told = [found[setting, name] for name in (CHAMPION["name"], BEST["name"], "GELU")]
        assert cells(f"`{setting}`: ")[1:] == [
            f"{signed(float(row['fitness']))} ({signed(float(row['ci_low']))} to "
            f"{signed(float(row['ci_high']))})"
            for row in told
        ]
        assert float(told[0]["fitness"]) > float(told[1]["fitness"])


def test_its_cautions_are_those_that_the_code_finds_and_the_page_quotes(board, families):
    beaten = {RELU: "ReLU", by_name("gelu").candidate.candidate_id: "GELU"}
    beaten |= {BEST["candidate_id"]: BEST["name"]}
    found = cautions(
        CHAMPION["candidate_id"],
        beaten=beaten,
        board=board.reset_index(),
        families=families.reset_index(),
    )
    assert found == COMPARISON["cautions"]
    for sentence in found.values():
        assert said(sentence, PAGE) and sentence in CARD


def test_its_ancestry_and_its_cost_are_those_of_the_card():
    edits = re.findall(r"^\| [1-9]\d* \|", CARD, re.M)
    assert said(f"by {len(edits)} edits", PAGE)
    (times,) = re.findall(r"takes ([\d.]+) times GELU's time forward", CARD)
    assert said(f"some {float(times):.0f} times GELU's time", PAGE)


def test_its_champion_is_published_as_it_was_measured():
    found = actmine.activations.centred_softplus
    assert (found.source, found.candidate_id) == (
        CHAMPION["source"], CHAMPION["candidate_id"]
    )  # fmt: skip
    assert list(found.verdicts) == [
        *COMPARISON["sentences"], *COMPARISON["cautions"].values()
    ]  # fmt: skip
    assert (found.origin.run, found.origin.seed) == (SETTINGS.run, SETTINGS.seed)
    assert f"It takes {found.flops:.0f} FLOPs" in PAGE and found.coupling == "feature-coupled"
