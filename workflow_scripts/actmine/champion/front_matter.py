"""Writes the head of a card: YAML that the Hugging Face Hub reads, with the figures."""

from collections.abc import Callable, Mapping
from math import isfinite, nan
from typing import Any

import yaml

from actmine.number_text import counted, fixed, signed
from actmine.shown_text import visible
from actmine.validation.statistics import Interval

LICENSE = "mit"  # of what actmine writes, and of the module beside the card [ours]
TAGS = ("activation-function", "out-of-distribution", "evolutionary-search", "actmine")
_DIGITS = 4  # decimals of a figure; its interval says how few of them count [ours]
_OF_LOSS = "geometric mean of the out-of-distribution loss over"

# A figure: the leaderboard's columns of its ends, and its meaning; a fitness has its run's.
FIGURES = {
    "held_out_fitness": (("ci_low", "ci_high"), "{fitness}, higher is better"),
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
        mean, low, high = (float(row.get(column, nan)) for column in (key, *ends))
        if all(map(isfinite, (mean, low, high))):
            found[key] = Interval(mean=mean, low=low, high=high)
    return found


def front_matter(
    name: str, *, run: str, tasks: int, fitness: str, figures: Mapping[str, Interval]
) -> str:
    """The head of a card, between its two lines of dashes.

    Args:
        name: of the function.
        run: that measured it.
        tasks: how many held-out tasks it was measured on.
        fitness: what the run's fitness is, in words.
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
                "name": f"{counted(tasks, 'held-out regression task')} of the run {run}",
            },
            "metrics": [
                {
                    "type": key,
                    "value": round(interval.mean, _DIGITS),
                    # The Hub has no other place for an interval.
                    "name": f"{_meaning(key, fitness)} (95% interval {_ends(key, interval)})",
                }
                for key, interval in _in_order(figures).items()
            ],
        }
        head["metrics"] = list(_in_order(figures))
        head["model-index"] = [{"name": visible(name, kept=""), "results": [result]}]
    text = yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=88)
    return f"---\n{text}---\n"


def figure_rows(figures: Mapping[str, Interval], *, fitness: str) -> str:
    """The figures as a table of Markdown, each with its meaning and its interval."""
    rows = [
        f"| {_meaning(key, fitness)} | {_text(key)(each.mean, 3)} | {_ends(key, each)} |"
        for key, each in _in_order(figures).items()
    ]
    return "\n".join(["| figure | value | 95% interval |", "|---|---|---|", *rows])


def _in_order(figures: Mapping[str, Interval]) -> dict[str, Interval]:
    return {key: figures[key] for key in FIGURES if key in figures}


def _meaning(key: str, fitness: str) -> str:
    return FIGURES[key][1].format(fitness=fitness)


def _ends(key: str, interval: Interval) -> str:
    return " to ".join(_text(key)(end, 3) for end in (interval.low, interval.high))


def _text(key: str) -> Callable[[float, int], str]:
    """How a figure is written: a ratio has no sign."""
    return fixed if key.startswith("ratio_") else signed
