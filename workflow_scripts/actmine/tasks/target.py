"""A function to be learned, with the two regions where it is asked for."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from actmine.settings.suites import COPY
from actmine.tasks.formula import Formula
from actmine.tasks.regions import Region, disjoint, in_words

Array = NDArray[np.float64]

NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_.{COPY}-]{{0,79}}")


class TaskError(ValueError):
    """A task or a suite that cannot be drawn; the message names it and the remedy."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A regression target before any sample is drawn.

    Attributes:
        name: unique in a suite.
        family: polynomial, harmonic, spherical, feynman or custom.
        formula: the text that people read; rounded numbers in it are the exact ones.
        variables: names of the inputs, in the order of the columns of x.
        train: where training and ID-test inputs lie.
        ood: where OOD inputs lie; shares no point with `train`.
        function: (n, d) float64 inputs to (n,) float64 targets.
    """

    name: str
    family: str
    formula: str
    variables: tuple[str, ...]
    train: Region
    ood: Region
    function: Callable[[Array], Array]

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise TaskError(
                f"task {self.name!r}: a name has 1 to 80 letters, digits, '_', '.', '-' or "
                f"'{COPY}'"
            )
        if not disjoint(self.train, self.ood):
            train, ood = (in_words(each, self.variables) for each in (self.train, self.ood))
            raise TaskError(
                f"task {self.name}: the train region ({train}) and the OOD region ({ood}) "
                "share points; move one of them"
            )


def formula_target(
    name: str,
    family: str,
    formula: Formula,
    *,
    train: Region,
    ood: Region,
    variables: tuple[str, ...] | None = None,
) -> Target:
    """The target that a formula gives.

    Args:
        variables: the inputs, where they are others than the formula's own, in its order.
    """
    inputs = formula.variables if variables is None else variables

    def function(x: Array) -> Array:
        return formula.evaluate(dict(zip(inputs, x.T, strict=True)))

    return Target(
        name=name,
        family=family,
        formula=formula.text,
        variables=inputs,
        train=train,
        ood=ood,
        function=function,
    )


def joined_terms(terms: list[tuple[float, str]]) -> str:
    """The text of a weighted sum, e.g. "0.5*x - 1.25*y"; weights have 4 decimals."""
    signed = [
        f"{'-' if weight < 0 else '+'} {abs(weight):.4f}*{term}" for weight, term in terms
    ]
    text = " ".join(signed)
    return text[2:] if text.startswith("+") else "-" + text[2:]
