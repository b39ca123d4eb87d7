"""Describes the families of the search suite: what a prompt may tell of its tasks.

How tasks are drawn, and never which were: a model that knew a formula, or anything of the
held-out suite, could write the answer instead of finding it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, pi, sqrt

from actmine.settings.configuration import families_of
from actmine.settings.sections import Settings
from actmine.settings.suites import Custom, Feynman, Harmonic, Polynomial, Spherical
from actmine.tasks.custom import custom_target
from actmine.tasks.feynman import equations
from actmine.tasks.harmonic import CAP_ANGLES

# What a family is, and how its OOD region lies to the train region. Numbers after "seen" are of
# standardised inputs: what is uniform in an interval ends at √3 deviations. These texts are
# part of the prompts: whoever changes one raises the versions of the templates. [ours]
FAMILIES: dict[str, tuple[str, str]] = {
    "polynomial": (
        "random polynomials, train [-1, 1]^d, seen as ±1.7",
        "the shell out to 2, seen as ±3.5: larger inputs on every side, where targets grow",
    ),
    "harmonic": (
        "sums of sines, train [-π, π], seen as ±1.7",
        "up to 2π on both sides, seen as ±3.5: further periods, bounded",
    ),
    "spherical": (
        "spherical harmonics on the unit sphere, train on one side",
        "the rest, seen as down to {far:.1f} along one axis: unseen directions, where symmetry "
        "decides",
    ),
    "feynman": (
        "equations of physics, train in a box, seen as ±1.7",
        "the shell up to twice its size, seen as up to 5.2: larger inputs, on the upper side",
    ),
    "custom": (
        "formulas chosen by the owner of this run, train in one region",
        "a disjoint region of the same variables",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Family:
    """One family of the search suite.

    Attributes:
        count: of its tasks.
        size: its inputs, and how complex its targets are.
        description: what its targets are and where they are trained.
        ood: where the OOD region lies, and what that asks of a function.
        weight: of each of its tasks in the fitness.
    """

    name: str
    count: int
    size: str
    description: str
    ood: str
    weight: float


def families(config: Settings) -> tuple[Family, ...]:
    """The families of the search suite, in the order of `FAMILIES`."""
    rules = families_of(config, "search")
    weights = config.fitness.target.weights
    return tuple(
        Family(
            name=name,
            count=_count(getattr(rules, name)),
            size=_size(getattr(rules, name)),
            description=description,
            ood=_ood(ood, getattr(rules, name)),
            weight=weights.get(name, 1.0),
        )
        for name, (description, ood) in FAMILIES.items()
        if getattr(rules, name)
    )


Rules = Polynomial | Harmonic | Spherical | Feynman | Sequence[Custom]


def _ood(told: str, rules: Rules) -> str:
    if not isinstance(rules, Spherical):
        return told
    # Along the axis a cap's rows are uniform from the cosine of its angle to 1.
    low = cos(CAP_ANGLES[rules.region])
    deviation = (1.0 - low) / sqrt(12.0)
    return told.format(far=(-1.0 - (1.0 + low) / 2.0) / deviation)


def _count(rules: Rules) -> int:
    """The number of tasks of a family's section: drawn, listed by name, or written out."""
    if isinstance(rules, Feynman):
        return len(rules.equations) * rules.boxes
    if isinstance(rules, Sequence):
        return sum(task.boxes for task in rules)
    return rules.count


def _size(rules: Rules) -> str:
    if isinstance(rules, Polynomial):
        return f"{_inputs(rules.inputs)} (d), total degree {_range(rules.degrees)}"
    if isinstance(rules, Harmonic):
        terms = f"{_range(rules.terms)} sine{'s' if max(rules.terms) > 1 else ''}"
        seen = _range(round(each * pi / sqrt(3.0), 1) for each in rules.frequencies)
        return f"1 input, {terms} of {seen} radians per unit as it is seen"
    if isinstance(rules, Spherical):
        return f"3 inputs, degree {_range(rules.degrees)}"
    if isinstance(rules, Feynman):
        table = equations()
        return _inputs(len(table[name].formula.variables) for name in rules.equations)
    return _inputs(custom_target(one).train.dimension for one in rules)


def _inputs(counts: Iterable[int]) -> str:
    told = _range(counts)
    return f"{told} input{'' if told == '1' else 's'}"


def _range(values: Iterable[float]) -> str:
    """The lowest and the highest, or the one that there is."""
    some = list(values)
    low, high = f"{min(some):g}", f"{max(some):g}"
    return low if low == high else f"{low} to {high}"
