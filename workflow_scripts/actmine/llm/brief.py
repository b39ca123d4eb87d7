"""Decides what a run tells every prompt: its tasks, its fitness, its limits, what is known.

All of it stands before the first model is asked, and is the same in every prompt of a run, so
that a provider's prefix cache serves it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp, inf

from actmine.functions.table import TABLE, Function
from actmine.gate.library import describe
from actmine.lab.fitness import FamilyLoss
from actmine.llm.families import Family, families
from actmine.llm.known import KnownScore
from actmine.llm.standing import Best, best_known
from actmine.settings.sections import FitnessSettings, GateSettings, LabSettings, Settings
from actmine.settings.suites import Samples


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
        samples: rows of every task.
        drawn_anew: after how many generations the tasks change; none if they never do.
        stops: whether a ladder ends fits that promise little.
        specialists: whether what is best on a family stays beside the fittest.
        reference: ReLU's own losses by family, geometric means over tasks; empty if not known.
        known: what the known functions score, the fittest first.
        told: how many of them the table of a prompt has.
        best: of all known functions the one that adds most on each family, by family.
        fitness, lab, gate: the run's sections of these names.
        library: the gate's own description of what a source may name.
        prices: per element that an operation yields; what is not listed costs 1, or up to
            `special_flops` if it is one of torch.special.
        input_prices: the same per element that a reduction reads.
    """

    families: tuple[Family, ...]
    samples: Samples
    drawn_anew: int | None
    stops: bool
    specialists: bool
    reference: tuple[FamilyLoss, ...]
    known: tuple[KnownScore, ...]
    told: int
    best: Mapping[str, Best]
    fitness: FitnessSettings
    lab: LabSettings
    gate: GateSettings
    library: str
    prices: tuple[Price, ...]
    input_prices: tuple[Price, ...]
    special_flops: int

    @property
    def usual_error(self) -> float:
        """The median standard error of what is told of the known functions."""
        errors = sorted(one.standard_error for one in self.known[: self.told])
        return errors[len(errors) // 2]

    @property
    def most_ratio(self) -> float:
        """The loss over ReLU's, or its inverse, beyond which a task counts no further."""
        return exp(self.fitness.clip) if self.relative else inf

    @property
    def relative(self) -> bool:
        """Whether a fitness is taken against ReLU, whose own is 0."""
        return self.fitness.aggregation == "mean_log_ratio"


def brief(config: Settings, known: Sequence[KnownScore] = ()) -> Brief:
    """What a run's prompts say, from one arm's resolved configuration.

    Args:
        known: what the known functions score, the fittest first.
    """
    return Brief(
        families=families(config),
        samples=config.tasks.samples,
        drawn_anew=config.search.rotate_every,
        stops=bool(config.search.ladder),
        specialists=config.search.specialists > 0,
        reference=next((one.losses for one in known if one.losses), ()),
        known=tuple(known),
        told=min(len(known), config.mutation.known_functions),
        best=best_known(known),
        fitness=config.fitness,
        lab=config.lab,
        gate=config.gate,
        library=describe(),
        prices=_prices(per_input=False),
        input_prices=_prices(per_input=True),
        special_flops=max(flops for function, flops in _weights() if _is_special(function)),
    )


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
