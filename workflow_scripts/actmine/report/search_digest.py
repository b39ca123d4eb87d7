"""Digests a search for the report, one generation at a time, whatever its length."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from actmine.candidate import Status
from actmine.evolution.population import Elite, Population, rank
from actmine.lab.judge import Judge
from actmine.reading import Generation
from actmine.report.content import Array, IslandHistory, Refused

REFUSALS = 12  # kinds of reason shown
POINTS = 4000  # candidates drawn of an island; more would make a page of many MB [ours]


@dataclass(kw_only=True)
class _Island:
    """What is kept of an island.

    Attributes:
        generations, best, median: one value a generation.
        points: generation and fitness of each scored candidate, one after the other.
        last: its youngest population.
    """

    last: Population
    generations: list[int] = field(default_factory=list)
    best: list[float] = field(default_factory=list)
    median: list[float] = field(default_factory=list)
    points: "array[float]" = field(default_factory=lambda: array("d"))


@dataclass(kw_only=True)
class _Kind:
    """Reasons that begin alike: how many there are, and an example."""

    reason: str
    name: str
    source: str
    count: int = 0


class SearchDigest:
    """What the report tells of a search.

    Attributes:
        status_counts: generation: how many slots ended in which status.
        tasks: of the search suite; 0 as long as nothing was scored.
        cpu_s: of all trainings.

    Args:
        judges: of the search tasks, by arm.
    """

    def __init__(self, judges: Mapping[str, Judge]) -> None:
        self._judges = judges
        self._islands: dict[tuple[str, int], _Island] = {}
        self._kinds: dict[str, _Kind] = {}
        self._layers: dict[str, dict[str, None]] = defaultdict(dict)
        self.status_counts: dict[int, Counter[Status]] = defaultdict(Counter)
        self.tasks = 0
        self.cpu_s = 0.0

    def add(self, generation: Generation) -> None:
        """Takes in an island's generation; those of one island come the oldest first."""
        self._add_island(generation)
        counts = self.status_counts[generation.population.generation]
        for proposal, evaluation in generation.outcomes():
            outcome = evaluation or proposal
            counts[outcome.status] += 1
            if outcome.reason:
                alike = " ".join(outcome.reason.split()[:4])
                kind = self._kinds.setdefault(
                    alike,
                    _Kind(reason=outcome.reason, name=proposal.name, source=proposal.source),
                )
                kind.count += 1
        for evaluation in generation.evaluations:
            self.tasks = self.tasks or len(evaluation.ood)
            self.cpu_s += evaluation.timings.get("cpu_s", 0.0)
            for layer, state in evaluation.layers.items():
                self._layers[layer][state] = None

    def _add_island(self, generation: Generation) -> None:
        population = generation.population
        island = self._islands.setdefault(
            (generation.arm, population.island), _Island(last=population)
        )
        island.last = population
        island.generations.append(population.generation)
        island.best.append(population.elites[0].fitness)
        island.median.append(float(np.median([one.fitness for one in population.elites])))
        judge = self._judges[generation.arm].knowing(generation.references)
        for evaluation in generation.evaluations:
            fitness = judge.fitness(evaluation)
            if fitness is not None:
                island.points.extend((population.generation, fitness.value))

    def totals(self) -> Counter[Status]:
        """How many slots of the whole search ended in which status."""
        return sum(self.status_counts.values(), Counter())

    def islands(self) -> tuple[IslandHistory, ...]:
        """Every island's progress."""
        return tuple(
            IslandHistory(
                label=f"{arm}, island {number}",
                generations=np.array(island.generations),
                best=np.array(island.best),
                median=np.array(island.median),
                points=_thinned(np.array(island.points).reshape(-1, 2)),
            )
            for (arm, number), island in self._islands.items()
        )

    def last_elites(self) -> tuple[Elite, ...]:
        """The elites of every island's last generation, best first, each once."""
        last = max((one.last.generation for one in self._islands.values()), default=0)
        elites: dict[str, Elite] = {}
        for island in self._islands.values():
            if island.last.generation == last:
                elites |= {elite.candidate_id: elite for elite in island.last.elites}
        return tuple(sorted(elites.values(), key=rank))

    def refusals(self) -> tuple[Refused, ...]:
        """Reasons by frequency; the first words of a reason make its kind."""
        ranked = sorted(
            self._kinds.values(),
            key=lambda kind: (-kind.count, kind.reason, kind.name, kind.source),
        )
        return tuple(
            Refused(reason=one.reason, count=one.count, name=one.name, source=one.source)
            for one in ranked[:REFUSALS]
        )

    def isolation(self) -> Mapping[str, str]:
        """The layers under which candidates ran; several states of one layer are all told."""
        return {layer: "; ".join(states) for layer, states in sorted(self._layers.items())}


def _thinned(points: Array) -> Array:
    """Evenly spaced rows, if there are too many to draw."""
    step = -(-len(points) // POINTS)
    return points[:: max(step, 1)]
