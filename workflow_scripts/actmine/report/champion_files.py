"""Reads a run's folder `champion` for its page: formula, what it costs, how to use it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from actmine.champion.latex_formula import equations_in
from actmine.champion.module_text import interface
from actmine.files import ContentError, read_json

# File: what it is to a reader of the page.
FILES = {
    "activation.py": "the function, and as a module; needs torch alone",
    "CARD.md": "its card: worth, cost, descent, limits, how to cite it",
    "formula.tex": "its formula",
    "plot.svg": "its curve and its derivative",
    "cost.json": "its time per element",
    "fits.json": "what networks with it predict beyond the training range",
}
_COMMENT = "% "  # begins formula.tex where there is no formula


@dataclass(frozen=True, kw_only=True)
class ChampionFiles:
    """The folder `champion` of a run that has one.

    Attributes:
        latex: the formula's source; empty where there is none, and then `no_formula` says why.
        equations: of that formula, as `Formula` has them.
        owner: the class in activation.py.
        coefficients: what that class can learn, by name.
        costs: the champion's, then those of the references, as cost.json has them: by
            direction the nanoseconds per element, or none if these could not be measured.
        conditions: rounds, shape, dtype, threads and machine, as cost.json has them.
        names: of the files that are there, as in FILES.
    """

    latex: str
    no_formula: str
    equations: tuple[tuple[str, str], ...]
    owner: str
    coefficients: Mapping[str, float]
    costs: tuple[Mapping[str, Any], ...]
    conditions: Mapping[str, Any]
    names: tuple[str, ...]

    def most(self, direction: str) -> float:
        """The longest time in one direction, to which bars are drawn."""
        return max(
            float(function[direction]["most"]) for function in self.costs if function[direction]
        )

    def ratios(self, direction: str) -> dict[str, float]:
        """The champion's least time over each reference's: other work disturbs it least."""
        ours, *others = self.costs
        return {
            function["name"]: ours[direction]["least"] / function[direction]["least"]
            for function in others
            if ours[direction] and function[direction]
        }


def read_champion_files(folder: Path, source: str) -> ChampionFiles:
    """What the folder of a run with a champion holds; no line of its source is run.

    Raises:
        ContentError: its formula is none.
    """
    path = folder / "formula.tex"
    text = path.read_text(encoding="utf-8").strip()
    latex = "" if text.startswith(_COMMENT) else text
    try:
        equations = equations_in(latex)
    except ValueError as error:
        raise ContentError(f"{path}: {error}; delete it and run again") from None
    cost = read_json(folder / "cost.json")
    owner, coefficients = interface(source)
    return ChampionFiles(
        latex=latex,
        no_formula=text.removeprefix(_COMMENT) if text.startswith(_COMMENT) else "",
        equations=equations,
        owner=owner,
        coefficients=coefficients,
        costs=tuple(cost.pop("functions")),
        conditions=cost,
        names=tuple(name for name in FILES if (folder / name).exists()),
    )
