"""Tunes the constants of an elite by CMA-ES, one batch of candidates a generation.

The state is what was measured and nothing else: each step rebuilds the search by telling it
the whole record again, which takes milliseconds. So a state lives in a JSON file, no
version's inner form is stored, and an interrupted search goes on exactly as an unbroken one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import NDArray

from actmine.absent_packages import absent
from actmine.mutation.parameters import Constant, constants_of, numbers_of, rewritten

SIGMA = 0.3  # first spread of a coordinate: mostly ×0.74 to ×1.35 [ours]
BATCH = 6  # measured candidates that one update of the distribution learns from [ours]
DRAWS = 8  # a candidate: rounded numbers may have been measured before [ours]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One candidate of the record.

    Attributes:
        values: of the constants, in their order, as they were written.
        fitness: higher is better; None if the candidate failed.
    """

    values: tuple[float, ...]
    fitness: float | None

    def __post_init__(self) -> None:
        if self.fitness is not None and not math.isfinite(self.fitness):
            raise ValueError(
                f"fitness is {self.fitness}: a finite number, or None if it failed"
            )


@dataclass(frozen=True, kw_only=True)
class TuningState:
    """A search among the constants of one source.

    Attributes:
        source: where the search began; its own constants are the first mean.
        name: of its function, for docstrings.
        seed: of the candidates' random numbers.
        batch: measured candidates an update, 3 or more.
        constants: those that are tuned.
        measured: the record, oldest first.
    """

    source: str
    name: str
    seed: int
    batch: int
    constants: tuple[Constant, ...]
    measured: tuple[Measured, ...] = ()

    def __post_init__(self) -> None:
        if self.batch < 3:  # below it no half is better than the rest
            raise ValueError(f"a batch of {self.batch} candidates; CMA-ES learns from ≥ 3")
        if any(len(entry.values) != len(self.constants) for entry in self.measured):
            raise ValueError(f"each candidate has {len(self.constants)} values, one a constant")


def begin(
    source: str, seed: int, *, name: str = "itself", batch: int = BATCH
) -> TuningState | None:
    """A search from a source on; None if it has no constants to tune.

    Args:
        seed: 0 or more.

    Raises:
        Refusal: the gate refuses the source.
    """
    constants = constants_of(source)
    if not constants:
        return None
    return TuningState(source=source, name=name, seed=seed, batch=batch, constants=constants)


def ask(state: TuningState, count: int) -> list[str]:
    """Sources to measure next, each with numbers that the record does not hold.

    The same state gives the same sources. There are fewer than `count` where the search has
    become so narrow that rounded numbers repeat; none at all means that it has ended.
    """
    known = {tuple(constant.value for constant in state.constants)}
    known |= {entry.values for entry in state.measured}
    asked: list[str] = []
    for point in _drawn(state, count * DRAWS):
        pairs = zip(state.constants, point, strict=True)
        values = tuple(constant.at(float(coordinate)) for constant, coordinate in pairs)
        if values not in known and len(asked) < count:
            known.add(values)
            new = {c.index: v for c, v in zip(state.constants, values, strict=True)}
            asked.append(rewritten(state.source, new, name=state.name))
    return asked


def tell(
    state: TuningState, sources: Sequence[str], fitness: Sequence[float | None]
) -> TuningState:
    """The state after measurements.

    Args:
        sources: some or all of those asked for, in any order; what was not measured for a
            reason of its own is left out, and counts for nothing.
        fitness: of each, higher is better; None for one that failed, which ranks last.

    Raises:
        ValueError: a source was not asked of this search, or the lengths differ.
    """
    first = numbers_of(state.source) if sources else []
    new = tuple(
        Measured(values=_values(state, first, source), fitness=reached)
        for source, reached in zip(sources, fitness, strict=True)
    )
    return replace(state, measured=state.measured + new)


def _values(state: TuningState, first: Sequence[float], source: str) -> tuple[float, ...]:
    """The tuned numbers of a source that differs from the first one in them alone."""
    numbers = numbers_of(source)
    tuned = {constant.index for constant in state.constants}
    if len(first) != len(numbers) or any(
        old != new
        for index, (old, new) in enumerate(zip(first, numbers, strict=True))
        if index not in tuned
    ):
        raise ValueError(
            f"{state.name}: a source was told that this search did not ask for; tell each "
            "search its own candidates"
        )
    return tuple(numbers[constant.index] for constant in state.constants)


def _drawn(state: TuningState, count: int) -> list[NDArray[np.float64]]:
    """Points of the present distribution, (constant,) each, in coordinates."""
    cma = _cma()
    stream = _stream(state, 0)
    search = cma.CMAEvolutionStrategy(
        [constant.start for constant in state.constants],
        SIGMA,
        {
            "popsize": state.batch,
            # Holds the best point: it nearly halves what ten batches leave over. [ours]
            "CMA_elitist": True,
            "CMA_mirrors": 0,  # pairs of points, which the record does not keep together
            "randn": lambda *shape: stream.standard_normal(shape),
            "seed": math.nan,  # else it would seed numpy's global generator
            "verbose": -9,
            "verb_log": 0,
        },
    )
    whole = len(state.measured) // state.batch * state.batch
    for first in range(0, whole, state.batch):
        learnt = state.measured[first : first + state.batch]
        if all(entry.fitness is None for entry in learnt):
            continue  # an order among failures would be made up
        # A stream a batch: what is told again must go as it went the first time.
        stream = _stream(state, first)
        search.ask()  # cma tells of no batch without one; the points are the record's
        search.tell([_point(state, entry) for entry in learnt], _costs(learnt))
    stream = _stream(state, len(state.measured))
    points: list[NDArray[np.float64]] = search.ask(count)
    return points


@cache
def _cma() -> Any:
    """The package, without what it would draw figures and test models with: 1 of 1.2 s."""
    with absent("matplotlib", "scipy"), catch_warnings():
        simplefilter("ignore", UserWarning)  # by which it says that it cannot draw
        return import_module("cma")


def _stream(state: TuningState, measured: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence((state.seed, measured)))


def _point(state: TuningState, measured: Measured) -> NDArray[np.float64]:
    pairs = zip(state.constants, measured.values, strict=True)
    return np.array([constant.coordinate(value) for constant, value in pairs])


def _costs(learnt: Sequence[Measured]) -> list[float]:
    """Lower is better; a failure costs more than whatever was measured beside it."""
    costs = [-entry.fitness for entry in learnt if entry.fitness is not None]
    return [max(costs) + 1 if entry.fitness is None else -entry.fitness for entry in learnt]
