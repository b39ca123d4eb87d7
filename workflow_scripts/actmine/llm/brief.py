"""Decides what a run tells every prompt: its tasks, its fitness, its limits.

Only the search suite is read, and of it only how many tasks a family has: a model that knew a
formula, or anything of the held-out suite, could write the answer instead of finding it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from actmine.functions.table import TABLE, Function
from actmine.gate.library import describe
from actmine.settings.configuration import families_of
from actmine.settings.sections import FitnessSettings, GateSettings, LabSettings, Settings
from actmine.settings.suites import Custom, Feynman, Harmonic, Polynomial, Spherical

# What a family is, and how its OOD region lies to the train region. These texts are part of
# the prompts: whoever changes one raises the versions of the templates. [ours]
FAMILIES: dict[str, tuple[str, str]] = {
    "polynomial": (
        "random polynomials in a few variables, train [-1, 1]^d",
        "the shell out to 2: larger inputs on every side, where targets grow",
    ),
    "harmonic": (
        "sums of sines of one variable, train [-π, π]",
        "up to 2π on both sides: further periods, bounded",
    ),
    "spherical": (
        "spherical harmonics on the unit sphere, train on one side",
        "the rest: unseen directions, where symmetry decides",
    ),
    "feynman": (
        "equations of physics in several variables, train in a box",
        "the shell up to twice its size: larger inputs, on the upper side",
    ),
    "custom": (
        "formulas chosen by the owner of this run, train in a box",
        "a disjoint box of the same variables",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Family:
    """One family of the search suite.

    Attributes:
        count: of its tasks.
        description: what its targets are and where they are trained.
        ood: where the OOD region lies, and what that asks of a function.
        weight: of each of its tasks in the fitness.
    """

    name: str
    count: int
    description: str
    ood: str
    weight: float


@dataclass(frozen=True, kw_only=True)
class Price:
    """Functions of one weight in the table of operation costs."""

    flops: int
    functions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Brief:
    """What every prompt of a run says.

    Attributes:
        families: of the search suite.
        fitness, lab, gate: the run's sections of these names.
        library: the gate's own description of what a source may name.
        prices: per element that an operation yields; what is not listed costs 1, or up to
            `special_flops` if it is one of torch.special.
        input_prices: the same per element that a reduction reads.
    """

    families: tuple[Family, ...]
    fitness: FitnessSettings
    lab: LabSettings
    gate: GateSettings
    library: str
    prices: tuple[Price, ...]
    input_prices: tuple[Price, ...]
    special_flops: int


def brief(config: Settings) -> Brief:
    """What a run's prompts say, from one arm's resolved configuration."""
    return Brief(
        families=_families(config),
        fitness=config.fitness,
        lab=config.lab,
        gate=config.gate,
        library=describe(),
        prices=_prices(per_input=False),
        input_prices=_prices(per_input=True),
        special_flops=max(flops for function, flops in _weights() if _is_special(function)),
    )


def _families(config: Settings) -> tuple[Family, ...]:
    """The families of the search suite, in the order of `FAMILIES`."""
    rules = families_of(config, "search")
    weights = config.fitness.target.weights
    return tuple(
        Family(
            name=name,
            count=_count(getattr(rules, name)),
            description=description,
            ood=ood,
            weight=weights.get(name, 1.0),
        )
        for name, (description, ood) in FAMILIES.items()
        if getattr(rules, name)
    )


def _count(rules: Polynomial | Harmonic | Spherical | Feynman | Sequence[Custom]) -> int:
    """The number of tasks of a family's section: drawn, listed by name, or written out."""
    if isinstance(rules, Feynman):
        return len(rules.equations)
    return len(rules) if isinstance(rules, Sequence) else rules.count


def _prices(*, per_input: bool) -> tuple[Price, ...]:
    """The weights above 1, cheapest first, under the names that a source writes."""
    groups: dict[int, list[str]] = {}
    for function, flops in _weights():
        if flops > 1 and function.per_input is per_input and not _is_special(function):
            groups.setdefault(flops, []).append(function.name)
    return tuple(
        Price(flops=flops, functions=tuple(sorted(groups[flops]))) for flops in sorted(groups)
    )


def _weights() -> Iterator[tuple[Function, int]]:
    """The functions that a source may name and that have one price, with it."""
    for function in TABLE.values():
        if function.spelled and isinstance(function.cost, int):
            yield function, function.cost


def _is_special(function: Function) -> bool:
    """Whether it stands in torch.special alone."""
    return all(spelled.startswith("torch.special.") for spelled in function.spelled)
