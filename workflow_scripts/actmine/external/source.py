"""What an external suite is: tasks with the metric and the figures of their source."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from actmine.external.metric import Metric
from actmine.settings.suites import Samples
from actmine.tasks.target import Target
from actmine.tasks.task import Task, draw_task

Array = NDArray[np.float64]
# What a task (by name) is drawn from, for a purpose (`target`, `samples`, `noise`).
Seeds = Callable[[str, str], np.random.SeedSequence]


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much of a suite is drawn.

    Attributes:
        draws: tasks of each formula or data set, each with rows of its own.
        samples: rows of a task; data sets have at most as many.
        formulas: of a long table, the first so many; none takes all.
    """

    draws: int
    samples: Samples
    formulas: int | None = None


@dataclass(frozen=True, kw_only=True)
class Source:
    """A suite of others.

    Attributes:
        name: in files and configurations.
        title: for people.
        cite: where it is defined.
        metric: what the source judges by.
        draw: its tasks; those of one formula or data set are a family.
        differs: in what the measurement here is not the published one.
        published: figures of the source by family, each (who, figure). [secondary]
    """

    name: str
    title: str
    cite: str
    metric: Metric
    draw: Callable[[Size, Seeds], Iterable[Task]]
    differs: str
    published: Mapping[str, tuple[tuple[str, float], ...]] = field(default_factory=dict)


def drawn(
    make: Callable[[str, np.random.Generator], Target],
    family: str,
    *,
    size: Size,
    seeds: Seeds,
    noise: float = 0.0,
) -> Iterator[Task]:
    """A family's tasks.

    Args:
        make: a target from its name and the generator of what is random in it.
        noise: standard deviation of what is added to every target, in its own units.
    """
    for number in range(size.draws):
        name = f"{family}.{number}"
        target = make(name, generator(seeds(name, "target")))
        if noise:
            target = noisy(target, sigma=noise, rng=generator(seeds(name, "noise")))
        yield draw_task(target, samples=size.samples, seed=seeds(name, "samples"))


def every_family(
    target: Callable[..., Target], families: Iterable[str], *, noise: float = 0.0
) -> Callable[[Size, Seeds], Iterator[Task]]:
    """What draws all families of a suite, each with random coefficients of its own.

    Args:
        target: makes one from its name, a generator and the `family`.
        noise: as of `drawn`.
    """

    def tasks(size: Size, seeds: Seeds) -> Iterator[Task]:
        for family in families:
            make = partial(target, family=family)
            yield from drawn(make, family, size=size, seeds=seeds, noise=noise)

    return tasks


def noisy(target: Target, *, sigma: float, rng: np.random.Generator) -> Target:
    """A target whose values have normal noise; each time it is asked, fresh one."""

    def function(x: Array) -> Array:
        return np.asarray(target.function(x) + sigma * rng.standard_normal(len(x)))

    return replace(target, function=function)


def generator(seed: np.random.SeedSequence) -> np.random.Generator:
    """The generator of a seed, of the kind that all suites are drawn with."""
    return np.random.Generator(np.random.PCG64(seed))
