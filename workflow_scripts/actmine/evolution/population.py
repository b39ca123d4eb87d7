"""An island's archive of elites, and what it remembers of behaviour it has seen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, ClassVar

from actmine.evolution.bandit import Returns
from actmine.lab.fitness import Contribution, FamilyLoss
from actmine.mutation.adaptation import OperatorCredit
from actmine.mutation.tuning import TuningState
from actmine.records.advice import Advice
from actmine.records.candidate import Coupling, Failure, Origin
from actmine.records.form import Form
from actmine.records.listed import Listed, Role
from actmine.records.rows import from_row, to_row
from actmine.records.status import Status
from actmine.records.tried import Tried
from actmine.settings.measurements import SEARCH

HISTORY = 4096  # fingerprints that an island remembers, the youngest [ours]
FAILURES = 6  # refused or broken sources that an island remembers, the youngest [ours]


@dataclass(frozen=True, kw_only=True)
class Elite:
    """A function that may be a parent.

    Attributes:
        fitness: higher is better; of all its measurements on the search suite.
        standard_error: of the fitness, over tasks.
        id_ratio: in-distribution loss over ReLU's, geometric mean over tasks.
        contributions: what each family of tasks adds to the fitness.
        flops: per input element.
        fingerprint: base64 of its behaviour on the run's probe.
        generation: in which it was found.
        parents: candidate ids.
        families: its losses over ReLU's, family by family.
        scores: (task, replicate) what the fitness is the mean of: the evidence by which it
            is compared with others.
        rungs: (steps, fitness) of its fit on the way.
        suite: the draw of the search tasks that all this was measured on.
        measurements: how many there were on it; each had replicates of its own.
        newcomer_fitness: of the first of them, whose replicates newcomers have; none if
            there was no other.
    """

    FORM: ClassVar = Form(renamed={"scores": "worths"})

    candidate_id: str
    name: str
    source: str
    origin: Origin
    fitness: float
    standard_error: float
    id_ratio: float
    contributions: tuple[Contribution, ...]
    flops: float
    coupling: Coupling
    fingerprint: str
    generation: int
    parents: tuple[str, ...]
    families: tuple[FamilyLoss, ...] = ()
    scores: tuple[tuple[float, ...], ...] = ()
    rungs: tuple[tuple[int, float], ...] = ()
    suite: str = SEARCH
    measurements: int = 1
    newcomer_fitness: float | None = None

    @property
    def as_newcomer(self) -> float:
        """Its fitness on a newcomer's replicates: fair to its children, if maybe lucky."""
        return self.fitness if self.newcomer_fitness is None else self.newcomer_fitness

    @property
    def listed(self) -> Listed:
        """It as a finalist, which the gate accepted before."""
        return Listed(
            candidate_id=self.candidate_id,
            name=self.name,
            source=self.source,
            origin=self.origin,
            status=Status.ACCEPTED,
            flops=self.flops,
            coupling=self.coupling,
            fingerprint=self.fingerprint,
            search_fitness=self.fitness,
            role=Role.FINALIST,
        )


class Entry(StrEnum):
    """What became of a newcomer."""

    NEW = "new"
    IMPROVED = "improved"
    REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True)
class Addition:
    """A newcomer's turn at the archive.

    Whoever left the archive is the `by` of one addition that is not rejected; this may be
    a newcomer that had entered a turn before.

    Attributes:
        by: the candidate id that it replaced (improved), pushed out of a full archive (new;
            empty if there was room), or that held it off (rejected; its own id if its source
            is in the archive already).
        niche: of the newcomer.
    """

    candidate_id: str
    status: Entry
    by: str
    niche: str


@dataclass(frozen=True, kw_only=True)
class Credit:
    """What became of a mutator's children on an island.

    Attributes:
        children: slots that it filled, whatever the gate said of them.
        improved: those fitter than their first parent.
    """

    mutator: str
    children: int
    improved: int


@dataclass(frozen=True, kw_only=True)
class Refinement:
    """The tuning of an island.

    Attributes:
        target: the id of the elite whose constants are tuned; empty if there is none.
        state: the search among its constants.
        done: ids of those that have been tuned, or have no constants.
    """

    target: str = ""
    state: TuningState | None = None
    done: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A model's child that is no elite, and may be worth more with other constants.

    Attributes:
        target: its candidate id.
        fitness: its own, on the search tasks of the draw `suite`.
        since: the generation in which it was found.
        state: the search among its constants.
    """

    target: str
    fitness: float
    suite: str
    since: int
    state: TuningState


@dataclass(frozen=True, kw_only=True)
class Population:
    """An island after a generation.

    Attributes:
        elites: best first.
        specialists: those that are no elites and among the best on some family of tasks, by
            rank; mates of the elites.
        founders: names of the elites of generation 0.
        history: base64 fingerprints, oldest first; its file holds only those that are new,
            see `actmine.evolution.memory`.
        failures: recent ones, oldest first: what a model need not try again.
        credit: by mutator, in the order of their names.
        additions: what became of this generation's newcomers, in the order of their turns.
        operators: the embedded mutator's operators' records, in the order of their names.
        refinement: the tuning of one elite's constants.
        pool: what parents are drawn from where a strategy ignores fitness; else empty.
        tried: what became of ideas so far, the oldest first, where language models are asked
            and told of it; else empty.
        promising: models' children whose constants are tuned, in the order of their turns.
        advice: what a model said of the ideas that were tried; none if nothing is to be told.
        returns: what mutators' children gained and cost, by mutator, in the order of their
            names, where slots go by it; else empty.
    """

    FORM: ClassVar = Form(
        version=4,
        renamed={"history": "first_seen"},
        optional=("tried", "promising", "advice", "returns"),
    )

    generation: int
    island: int
    elites: tuple[Elite, ...]
    history: tuple[str, ...]
    specialists: tuple[Elite, ...] = ()
    founders: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    credit: tuple[Credit, ...] = ()
    additions: tuple[Addition, ...] = ()
    operators: tuple[OperatorCredit, ...] = ()
    refinement: Refinement = Refinement()
    pool: tuple[Elite, ...] = ()
    tried: tuple[Tried, ...] = ()
    promising: tuple[Promise, ...] = ()
    advice: Advice | None = None
    returns: tuple[Returns, ...] = ()

    @property
    def parents(self) -> tuple[Elite, ...]:
        """Those that children are made from."""
        return self.pool or self.elites

    def __post_init__(self) -> None:
        ranked = sorted(self.elites, key=rank)
        if list(self.elites) != ranked:
            raise ValueError("a population's elites stand best first")
        if len({elite.candidate_id for elite in self.elites}) != len(self.elites):
            raise ValueError("a population holds an elite once")


def rank(elite: Elite) -> tuple[float, str]:
    """The order of elites: fitness, then id."""
    return -elite.fitness, elite.candidate_id


def remembered(history: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    """The history with new fingerprints at its end, each once, the oldest forgotten."""
    return tuple(dict.fromkeys([*history, *new]))[-HISTORY:]


def to_json(population: Population, *, before: Sequence[str] = ()) -> dict[str, Any]:
    """The JSON form of a population.

    Args:
        before: the history that it had one generation earlier, which is not told again.
    """
    known = frozenset(before)
    new = tuple(fingerprint for fingerprint in population.history if fingerprint not in known)
    return to_row(replace(population, history=new))


def from_json(value: dict[str, Any], *, before: Sequence[str] = ()) -> Population:
    """Reads the JSON form.

    Args:
        before: the history one generation earlier; where it is left out, what is read
            remembers no more than its own generation.

    Raises:
        ValueError: written by another schema version, or no such population.
    """
    own = from_row(value, Population)
    return replace(own, history=(*before, *own.history)[-HISTORY:])
