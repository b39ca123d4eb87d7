"""Writes the head of a card: YAML that the Hugging Face Hub reads, with the figures."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

import yaml

from actmine.champion.visible import visible
from actmine.number_text import fixed, signed
from actmine.validation.statistics import Interval

LICENSE = "mit"  # of what actmine writes, and of the module beside the card [ours]
TAGS = ("activation-function", "out-of-distribution", "evolutionary-search", "actmine")
_DIGITS = 4  # decimals of a figure; its interval says how few of them count [ours]
_OF_LOSS = "geometric mean of the out-of-distribution loss over"

# A figure: the leaderboard's columns of its ends, and its meaning.
FIGURES = {
    "held_out_fitness": (
        ("ci_low", "ci_high"),
        "mean log ratio of ReLU's out-of-distribution loss to the function's, higher is better",
    ),
    **{
        f"ratio_{key}": (
            (f"ratio_{key}_low", f"ratio_{key}_high"),
            f"{_OF_LOSS} {whose}, lower is better",
        )
        for key, whose in (
            ("relu", "ReLU's"),
            ("gelu", "GELU's"),
            ("best", "that of the known function which was best on the search tasks"),
        )
    },
}


def figures_of(row: Mapping[str, Any]) -> dict[str, Interval]:
    """The figures that a row of the leaderboard has, by their column; 95% intervals."""
    found = {}
    for key, (ends, _) in FIGURES.items():
        values = [row.get(column) for column in (key, *ends)]
        if all(value is not None and isfinite(value) for value in values):
            mean, low, high = map(float, values)  # type: ignore[arg-type]
            found[key] = Interval(mean=mean, low=low, high=high)
    return found


def front_matter(name: str, *, run: str, tasks: int, figures: Mapping[str, Interval]) -> str:
    """The head of a card, between its two lines of dashes.

    Args:
        name: of the function.
        run: that measured it.
        tasks: how many held-out tasks it was measured on.
        figures: as `figures_of` gives them; without any the Hub is told of no result.
    """
    head: dict[str, Any] = {
        "license": LICENSE,
        "library_name": "pytorch",
        "tags": list(TAGS),
    }
    if figures:
        result = {
            "task": {"type": "tabular-regression", "name": "regression out of distribution"},
            "dataset": {
                "type": "actmine-held-out",
                "name": f"{tasks} held-out regression tasks of the run {run}",
            },
            "metrics": [_metric(key, interval) for key, interval in figures.items()],
        }
        head["metrics"] = list(figures)
        head["model-index"] = [{"name": visible(name, kept=""), "results": [result]}]
    text = yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=88)
    return f"---\n{text}---\n"


def _metric(key: str, interval: Interval) -> dict[str, Any]:
    """One figure; the Hub has no place for an interval but the name."""
    text = signed if key == "held_out_fitness" else fixed
    ends = f"95% interval {text(interval.low, 3)} to {text(interval.high, 3)}"
    return {
        "type": key,
        "value": round(interval.mean, _DIGITS),
        "name": f"{FIGURES[key][1]} ({ends})",
    }
