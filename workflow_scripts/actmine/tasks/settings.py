"""What a suite is drawn from: the number of rows and one section per family."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from actmine.tasks.harmonic import CAP_ANGLES
from actmine.tasks.polynomial import BASES
from actmine.tasks.target import TaskError

Pair = tuple[float, float]
Section = TypeVar("Section")


@dataclass(frozen=True, kw_only=True)
class Samples:
    """Rows of every task, by region."""

    train: int = 512
    id_test: int = 256
    ood_test: int = 256

    def __post_init__(self) -> None:
        for field in fields(self):
            _require_whole(f"samples.{field.name}", getattr(self, field.name), 2, 10**6)


@dataclass(frozen=True, kw_only=True)
class Polynomial:
    """Polynomials; total degrees and numbers of inputs are cycled through.

    Attributes:
        degrees, inputs: lowest and highest, both included.
    """

    count: int
    basis: str = "chebyshev"
    degrees: Pair = (2, 5)
    inputs: Pair = (1, 3)

    def __post_init__(self) -> None:
        _require_whole("polynomial.count", self.count, 0, 10_000)
        _require_choice("polynomial.basis", self.basis, BASES)
        _require_pair("polynomial.degrees", self.degrees, 1, 6, whole=True)
        _require_pair("polynomial.inputs", self.inputs, 1, 3, whole=True)


@dataclass(frozen=True, kw_only=True)
class Harmonic:
    """Sums of sines.

    Attributes:
        terms: lowest and highest number of sines, cycled through.
        frequencies: radians per unit of input, drawn from.
    """

    count: int
    terms: Pair = (1, 3)
    frequencies: Pair = (1, 4)

    def __post_init__(self) -> None:
        _require_whole("harmonic.count", self.count, 0, 10_000)
        _require_pair("harmonic.terms", self.terms, 1, 32, whole=True)
        _require_pair("harmonic.frequencies", self.frequencies, 0.01, 100, whole=False)


@dataclass(frozen=True, kw_only=True)
class Spherical:
    """Combinations of spherical harmonics; their degrees are cycled through."""

    count: int
    degrees: Pair = (1, 4)
    region: str = "hemisphere"

    def __post_init__(self) -> None:
        _require_whole("spherical.count", self.count, 0, 10_000)
        _require_pair("spherical.degrees", self.degrees, 1, 16, whole=True)
        _require_choice("spherical.region", self.region, CAP_ANGLES)


@dataclass(frozen=True, kw_only=True)
class Feynman:
    """Equations of the table, by name."""

    equations: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(set(self.equations)) < len(self.equations):
            raise TaskError(f"feynman.equations: a name twice in {list(self.equations)}")


def read_section(kind: type[Section], where: str, values: object) -> Section:
    """One section's values as its record; lists become tuples.

    Raises:
        TaskError: a key is unknown or missing, or a value is not allowed.
    """
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    if not isinstance(values, Mapping) or not set(values) <= set(names):
        raise TaskError(f"{where}: is {values!r}; a mapping with the keys {', '.join(names)}")
    arguments: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
    }
    try:
        return kind(**arguments)
    except TypeError as error:
        raise TaskError(f"{where}: {error}; keys are {', '.join(names)}") from None


def _require_whole(where: str, value: object, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        raise TaskError(f"{where}: is {value!r}, not a whole number from {low} to {high}")


def _require_choice(where: str, value: object, allowed: Mapping[str, object]) -> None:
    if not isinstance(value, str) or value not in allowed:
        raise TaskError(f"{where}: is {value!r}, not one of {', '.join(allowed)}")


def _require_pair(where: str, value: object, low: float, high: float, *, whole: bool) -> None:
    kinds = (int,) if whole else (int, float)
    good = (
        isinstance(value, tuple)
        and len(value) == 2
        and all(type(end) in kinds for end in value)
        and low <= value[0] <= value[1] <= high
    )
    if not good:
        kind = "whole numbers" if whole else "numbers"
        raise TaskError(
            f"{where}: is {value!r}, not two {kind} [lowest, highest] from {low} to {high}"
        )
