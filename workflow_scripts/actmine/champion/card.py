"""Writes the card of a champion: formula, figures with intervals, cost, lineage, limits."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from actmine.champion.front_matter import figures_of, front_matter
from actmine.evolution.ancestry import Ancestor
from actmine.number_text import DASH, counted, fixed, signed
from actmine.records.candidate import Coupling, Origin
from actmine.settings.frozen import Frozen
from actmine.shown_text import visible
from actmine.validation.statistics import Interval

SUMMARY_LENGTH = 300  # letters of a model's rationale that the card shows
_HELD_OUT = ("held_out_fitness", "ci_low", "ci_high")
Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All that a card tells.

    Attributes:
        frozen: the run's run.yaml.
        champion: champion.json.
        board: the leaderboard's rows, best first.
        remeasured: the champion's fitness on fresh tasks of the search's kinds.
        steps: its line of first parents, youngest first, each with its fitness on the
            search suite; none if it has no measurement.
        cost: as `cost.measure` gives it; its first function is the champion.
        latex: the formula; empty where there is none, and then `no_formula` says why.
        coefficients: what is learnable, by name.
        tasks: of the held-out suite.
        best_known: the name of the known function that is best on the search tasks; empty if
            none was measured.
        cautions: what the figures leave out, in sentences.
    """

    frozen: Frozen
    version: str
    generations: int
    champion: Row
    board: Sequence[Row]
    remeasured: Interval
    steps: Sequence[tuple[Ancestor, Interval | None]]
    cost: Row
    latex: str
    no_formula: str
    coefficients: Mapping[str, float]
    tasks: int
    best_known: str
    cautions: Sequence[str]


def write_card(facts: Facts) -> str:
    """The card as Markdown; the same facts give the same text."""
    config = facts.frozen.settings
    own = [row for row in facts.board if row["candidate_id"] == facts.champion["candidate_id"]]
    # A champion that failed on the held-out tasks has no row.
    row = own[0] if own else {"coupling": DASH, "flops": 0.0, **facts.champion}
    coefficients = ", ".join(f"{k} = {v:g}" for k, v in facts.coefficients.items())
    source = facts.champion["source"]
    text: str = _template().render(
        facts=facts,
        head=front_matter(
            facts.champion["name"],
            run=config.run,
            tasks=facts.tasks,
            fitness=config.fitness.meaning,
            figures=figures_of(row),
        ),
        config=config,
        run=config.run,
        name=_cell(facts.champion["name"]),
        champion=facts.champion,
        row=row,
        no_formula=_cell(facts.no_formula),
        fence="`" * max(3, 1 + max(map(len, re.findall("`+", source)), default=0)),
        coefficients=f"learns {coefficients}" if coefficients else "has nothing to learn",
        figures=list(_figures(facts, row, facts.best_known)),
        **_place(row, facts.board),
        cautions=list(map(_cell, facts.cautions)),
        costs=[_cost_line(function) for function in facts.cost["functions"]],
        cost_sentence=_cost_sentence(facts.cost["functions"]),
        steps=[_step(*step) for step in reversed(facts.steps)],
        gelu_open=row.get("ratio_gelu_low", 2.0) <= 1 <= row.get("ratio_gelu_high", 0.0),
        versions=", ".join(f"{k} {v}" for k, v in facts.frozen.versions.items()),
    )
    return text


def _place(row: Row, rows: Sequence[Row]) -> dict[str, Any]:
    """Where the champion's row stands among those of the leaderboard, best first."""
    # Functions with batch statistics have a leaderboard of their own.
    coupled = row["coupling"] == Coupling.BATCH
    alike = [other for other in rows if (other["coupling"] == Coupling.BATCH) == coupled]
    known = [other for other in alike if other["origin"] != Origin.MINED]
    best = next(iter(known), {"name": DASH})
    return {
        "place": 1 + alike.index(row) if row in alike else DASH,
        "count": len(alike),
        "apart": "" if coupled or len(alike) == len(rows) else ", batch statistics left out",
        "best": _line(_cell(best["name"]), [best.get(key) for key in _HELD_OUT]),
    }


def write_empty_card(run: str) -> str:
    """The card of a run without a champion."""
    text: str = _template().render(facts=None, run=run, name="No champion")
    return text


def _template() -> Any:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # Markdown; cells are cleaned one by one
        finalize=lambda value: visible(value) if isinstance(value, str) else value,
    )
    environment.filters["counted"] = counted
    return environment.get_template("card.md.j2")


def _figures(facts: Facts, row: Row, best: str) -> Iterator[dict[str, str]]:
    yield _line("held-out fitness", [row.get(key) for key in _HELD_OUT])
    references = {"relu": "ReLU", "gelu": "GELU"}
    if best:
        references["best"] = f"{_cell(best)}, the best known function on the search tasks"
    for reference, name in references.items():
        ratios = [row.get(f"ratio_{reference}{end}") for end in ("", "_low", "_high")]
        yield _line(f"held-out OOD loss ÷ that of {name} (geometric mean)", ratios, fixed)
    searched = next((fitness for _, fitness in facts.steps if fitness), None)
    for label, interval in (
        ("fitness on fresh tasks of the search's kinds", facts.remeasured),
        ("search fitness, as the search measured it", searched),
    ):
        if interval is not None:
            yield _line(label, (interval.mean, interval.low, interval.high))


def _line(
    name: str, values: Sequence[Any], text: Callable[..., str] = signed
) -> dict[str, str]:
    mean, low, high = values
    return {"name": name, "value": text(mean, 3), "interval": _range(low, high, text)}


def _cost_line(function: Row) -> dict[str, str]:
    line = {"name": _cell(function["name"])}
    for direction in ("forward", "backward"):
        times = function[direction]
        line[direction] = (
            DASH
            if times is None
            else f"{times['median']:.3g} ({times['least']:.3g} to {times['most']:.3g})"
        )
    return line


def _cost_sentence(functions: Sequence[Row]) -> str:
    """The ratio of the first function's least times to the second's."""
    ours, theirs = functions[:2]
    if ours["forward"] is None or theirs["forward"] is None:
        return "Its time could not be measured."
    forward, backward = (
        ours[direction]["least"] / theirs[direction]["least"]
        for direction in ("forward", "backward")
    )
    return (
        f"{_cell(ours['name'])} takes {forward:.2f} times {theirs['name']}'s time forward and "
        f"{backward:.2f} times backward, by the least times."
    )


def _step(ancestor: Ancestor, measured: Interval | None) -> dict[str, Any]:
    fitness = DASH
    if measured is not None:
        ends = _range(measured.low, measured.high, signed)
        fitness = f"{signed(measured.mean, 3)} ({ends})"
    return {
        "generation": DASH if ancestor.generation is None else ancestor.generation,
        "candidate_id": ancestor.candidate_id,
        "made": "known function" if ancestor.generation == 0 else _cell(ancestor.made),
        "fitness": fitness,
        "summary": _summary(ancestor),
    }


def _summary(ancestor: Ancestor) -> str:
    """What changed; of a known function its name and what it computes."""
    told = _cell(ancestor.summary[:SUMMARY_LENGTH])
    if ancestor.found_as:
        return told or "the same function, written in fewer parts"
    name = _cell(ancestor.name)
    return told if ancestor.parents and told else ": ".join(filter(None, [name, told]))


def _range(low: float | None, high: float | None, text: Callable[..., str]) -> str:
    ends = [text(low, 3), text(high, 3)]
    return DASH if DASH in ends else " to ".join(ends)


def _cell(text: str) -> str:
    """Text that stays within a cell and is no markup."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(text.split()))
