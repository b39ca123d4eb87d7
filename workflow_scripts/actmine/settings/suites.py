"""What the tasks of a suite are drawn from: one section a family."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

Pair = tuple[float, float]
COPY = "~"  # before the number of a task's copy; no name of a user's has it
# Where inputs lie, as `tasks/places.py` reads it: by input from and to, or a shell, a sphere, a
# ball.
Place = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Samples:
    """Rows of every task, by region."""

    train: int
    id_test: int
    ood_test: int


@dataclass(frozen=True, kw_only=True)
class Polynomial:
    """Polynomials; total degrees and numbers of inputs are cycled through.

    Attributes:
        degrees, inputs: lowest and highest, both included.
    """

    count: int
    basis: Literal["chebyshev", "legendre"]
    degrees: tuple[int, int]
    inputs: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Harmonic:
    """Sums of sines.

    Attributes:
        terms: lowest and highest number of sines, cycled through.
        frequencies: radians per unit of input, drawn from.
    """

    count: int
    terms: tuple[int, int]
    frequencies: Pair


@dataclass(frozen=True, kw_only=True)
class Spherical:
    """Combinations of spherical harmonics; their degrees are cycled through."""

    count: int
    degrees: tuple[int, int]
    region: Literal["hemisphere", "cap"]


@dataclass(frozen=True, kw_only=True)
class Feynman:
    """Equations of the table, by name.

    Attributes:
        boxes: tasks of each equation: the table's box, then others that are drawn within it.
    """

    equations: tuple[str, ...]
    boxes: int


@dataclass(frozen=True, kw_only=True)
class Custom:
    """A formula of the user's own, in SymPy syntax, with its regions.

    Attributes:
        boxes: tasks of the formula: the pair of boxes as given, then others cut from it.
    """

    name: str
    formula: str
    train: Place
    ood: Place
    boxes: int = 1


@dataclass(frozen=True, kw_only=True)
class Families:
    """What the tasks of a suite are drawn from; a family that is none has no tasks."""

    polynomial: Polynomial | None = None
    harmonic: Harmonic | None = None
    spherical: Spherical | None = None
    feynman: Feynman | None = None
    custom: tuple[Custom, ...] | None = None

    @property
    def sizes(self) -> dict[str, int]:
        """The number of tasks of each family."""
        feynman = self.feynman
        return {
            "polynomial": self.polynomial.count if self.polynomial else 0,
            "harmonic": self.harmonic.count if self.harmonic else 0,
            "spherical": self.spherical.count if self.spherical else 0,
            "feynman": feynman.boxes * len(feynman.equations) if feynman else 0,
            "custom": sum(task.boxes for task in self.custom or ()),
        }

    def times(self, factor: int) -> "Families":
        """So many times as many tasks of each family; formulas of the user's have more rows."""
        return Families(
            polynomial=_more(self.polynomial, factor),
            harmonic=_more(self.harmonic, factor),
            spherical=_more(self.spherical, factor),
            feynman=self.feynman and replace(self.feynman, boxes=factor * self.feynman.boxes),
            custom=self.custom
            and tuple(
                replace(task, name=f"{task.name}{COPY}{number}" if number else task.name)
                for number in range(factor)
                for task in self.custom
            ),
        )


Drawn = TypeVar("Drawn", Polynomial, Harmonic, Spherical)


def _more(section: Drawn | None, factor: int) -> Drawn | None:
    return section and replace(section, count=factor * section.count)


@dataclass(frozen=True, kw_only=True)
class TaskSettings:
    """The synthetic regression tasks: the search is paid for `search`, `held_out` validates."""

    samples: Samples
    search: Families
    held_out: Families
