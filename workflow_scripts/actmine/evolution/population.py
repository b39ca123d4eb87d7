"""An island's archive of elites, and what it remembers of behaviour it has seen."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from actmine.candidate import Candidate, Coupling, Origin

SCHEMA_VERSION = 1
HISTORY = 4096  # fingerprints that an island remembers, the youngest [ours]


@dataclass(frozen=True, kw_only=True)
class Elite:
    """A function that may be a parent.

    Attributes:
        fitness: higher is better; of one measurement on the search suite.
        standard_error: of the fitness, over tasks.
        id_ratio: in-distribution loss over ReLU's, geometric mean over tasks.
        flops: per input element.
        fingerprint: base64 of its behaviour on the fixed probe.
        generation: in which it was found.
        parents: candidate ids.
    """

    candidate_id: str
    name: str
    source: str
    origin: Origin
    fitness: float
    standard_error: float
    id_ratio: float
    flops: float
    coupling: Coupling
    fingerprint: str
    generation: int
    parents: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Population:
    """An island after a generation.

    Attributes:
        elites: best first.
        history: base64 fingerprints, oldest first.
    """

    generation: int
    island: int
    elites: tuple[Elite, ...]
    history: tuple[str, ...]

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


def to_json(population: Population) -> dict[str, Any]:
    """The JSON form of a population."""
    return {"schema_version": SCHEMA_VERSION, **asdict(population)}


def from_json(value: dict[str, Any]) -> Population:
    """Reads the JSON form.

    Raises:
        ValueError: written by another schema version, or not ranked.
    """
    if value.get("schema_version") != SCHEMA_VERSION:
        raise ValueError(f"a population of schema version {value.get('schema_version')}")
    return Population(
        generation=value["generation"],
        island=value["island"],
        elites=tuple(_elite(one) for one in value["elites"]),
        history=tuple(value["history"]),
    )


def candidate_of(elite: Elite) -> Candidate:
    """The elite as a candidate, to be measured again."""
    return Candidate(source=elite.source, name=elite.name, origin=elite.origin)


def _elite(value: dict[str, Any]) -> Elite:
    return Elite(
        **{
            **value,
            "origin": Origin(value["origin"]),
            "coupling": Coupling(value["coupling"]),
            "parents": tuple(value["parents"]),
        }
    )
