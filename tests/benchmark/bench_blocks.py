"""Does it pay to measure in nested blocks of tasks? Two searches a seed, at equal training.

One measures every newcomer on a first block of tasks. The other does so too, but no function
becomes an elite there: what is as good on that block as its worst elite was is measured on
three times as many further tasks, and fitness is that of all of them. Both start from known
functions, have the same CPU seconds for training (these included), and choose their champion on
the same fresh tasks. The networks are smaller than the demo's, so that ten seeds take a quarter
of an hour. Run: python tests/benchmark/bench_blocks.py [--seeds 11 12 …] [--budget 30]
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

import numpy as np
import torch
from scripted_search import opened, tiny

from actmine.evolution.population import Population
from actmine.evolution.proposals import propose, seeds
from actmine.evolution.selection import succeed
from actmine.functions.catalog import by_name
from actmine.gate import handlers as gate_handlers
from actmine.lab.scorer import REFERENCE, SECOND_REFERENCE, Scorer
from actmine.lab.session import Session
from actmine.records.evaluation import Evaluation
from actmine.records.proposal import Proposal
from actmine.records.rows import to_row
from actmine.records.status import Status
from actmine.settings.measurements import HELD_OUT, REMEASURED, SEARCH
from actmine.settings.sections import Settings
from actmine.validation.statistics import mean_interval, median_interval
from configured import changed
from unlocked import Unlocked

LAB = {"width": 16, "depth": 2, "steps": 100, "batch": 64, "learning_rate": 0.02}
FURTHER = 3  # tasks of the further block for each of the first
KNOWN = 12  # known functions that a search in nested blocks measures on all tasks
FINALISTS = 5
FLAT, NESTED = "one block", "nested blocks"


class Blocks:
    """Measures newcomers, on the first block and perhaps on the further one.

    Attributes:
        cpu_s: of training so far, but for the two references.
        limit: below which a newcomer ends after the first block.
        scorer: of all tasks.

    Args:
        further: on other tasks of the same kinds; none where the first block is all.
    """

    def __init__(self, first: Session, further: Session | None, config: Settings) -> None:
        self.first, self.further = first, further
        self.limit = -np.inf
        self.cpu_s = 0.0
        self._on_first: dict[str, float] = {}
        both = [self._whole(by_name(name).source) for name in (REFERENCE, SECOND_REFERENCE)]
        families = [*first.scorer.design.families]
        if further:
            families += further.scorer.design.families
        self.scorer = Scorer(both, families=families, rule=config.fitness)
        self.cpu_s = 0.0

    def measured(self, proposals: Sequence[Proposal], *, most: int = 0) -> list[Evaluation]:
        """What becomes of those that the gate let in.

        Args:
            most: so many of them, the best on the first block, go on; by default all that
                reach the limit.
        """
        taken = [one for one in proposals if one.status is Status.ACCEPTED]
        worth = {one.slot: self._fitness_on_first(one.source) for one in taken}
        limit = sorted(worth.values())[-most] if most else self.limit
        return [
            replace(
                self._whole(one.source)
                if self.further is None or worth[one.slot] >= limit
                else self._left(one.source, limit),
                slot=one.slot,
            )
            for one in taken
        ]

    def freeze(self, population: Population) -> None:
        """From now on newcomers have to be as good as its worst elite on the first block."""
        self.limit = min(self._on_first[one.candidate_id] for one in population.elites)

    def _once(self, session: Session, source: str) -> Evaluation:
        trained = not session.lab.holds(source)
        found = session.lab.measure(source)
        if trained:
            self.cpu_s += found.timings.get("cpu_s", 0.0)
        return found

    def _fitness_on_first(self, source: str) -> float:
        found = self._once(self.first, source)
        fitness = self.first.scorer.fitness(found)
        worth = fitness.value if fitness else -np.inf
        self._on_first[found.candidate_id] = worth
        return worth

    def _whole(self, source: str) -> Evaluation:
        first = self._once(self.first, source)
        if self.further is None or not first.is_scored:
            return first
        further = self._once(self.further, source)
        if not further.is_scored:
            return further
        joined = {
            name: getattr(first, name) + getattr(further, name)
            for name in ("train", "id", "ood", "curve")
        }
        return replace(first, suite_hash=first.suite_hash + further.suite_hash, **joined)

    def _left(self, source: str, limit: float) -> Evaluation:
        first = self._once(self.first, source)
        if not first.is_scored:
            return first
        return replace(
            first,
            status=Status.FAILED,
            reason=f"below {limit:+.3f} on the first block",
            train=(),
            id=(),
            ood=(),
            curve=(),
        )


@dataclass(frozen=True, kw_only=True)
class Searched:
    """What one search found.

    Attributes:
        candidates: that were trained, known functions left out.
        standard_error: of the best elite's fitness.
        search, held_out: the champion's gain over the best known function there.
    """

    candidates: int
    standard_error: float
    search: float
    held_out: float


def search(
    config: Settings, blocks: Blocks, fresh: Session, held_out: Session, *, budget: float
) -> Searched:
    """A search until its training has taken so many CPU seconds."""
    gate = Unlocked(gate_handlers)
    proposals = seeds(config, island=0, sandbox=gate)
    evaluations = blocks.measured(proposals, most=KNOWN)
    population, generation, candidates = None, 0, 0
    while True:
        population = succeed(
            population,
            proposals,
            evaluations,
            generation=generation,
            island=0,
            scorer=blocks.scorer,
            config=config,
        )
        if generation == 0:
            known = population.elites[0]
        if blocks.cpu_s >= budget:
            break
        generation += 1
        blocks.freeze(population)
        proposals = propose(population, config, generation=generation, sandbox=gate)
        evaluations = blocks.measured(proposals)
        candidates += len(evaluations)
    finalists = population.elites[:FINALISTS]
    best = max(finalists, key=lambda one: _fitness(fresh, one.source))
    return Searched(
        candidates=candidates,
        standard_error=population.elites[0].standard_error,
        search=best.fitness - known.fitness,
        held_out=_fitness(held_out, best.source) - _fitness(held_out, known.source),
    )


def _fitness(session: Session, source: str) -> float:
    _, fitness = session.score(source)
    return fitness.value if fitness else -np.inf


def both(seed: int, budget: float, results: Path) -> dict[str, Searched]:
    """The two searches of a seed."""
    config = changed(tiny(seed, 1, results), lab=LAB)
    tasks = {"search": to_row(config.tasks.search.times(FURTHER))}
    further = opened(changed(config, tasks=tasks, seed=seed + 1000), SEARCH)
    fresh, held_out = (opened(config, name) for name in (REMEASURED, HELD_OUT))
    found = {}
    for name, more in ((FLAT, None), (NESTED, further)):
        # A store of its own: what the other one trained is paid for again.
        apart = changed(config, results=str(results / name))
        blocks = Blocks(opened(apart, SEARCH), more, apart)
        found[name] = search(apart, blocks, fresh, held_out, budget=budget)
    return found


def tell(found: dict[int, dict[str, Searched]]) -> None:
    """Prints what comes of all seeds."""
    ways = {name: [by_way[name] for by_way in found.values()] for name in (FLAT, NESTED)}
    for name, runs in ways.items():
        gain = mean_interval(np.array([one.held_out for one in runs]))
        share = np.array([one.held_out / one.search for one in runs if one.search > 0])
        survival = median_interval(share)
        between = f" ({survival.low:.2f} to {survival.high:.2f})" if survival else ""
        print(
            f"{name}: {np.mean([one.candidates for one in runs]):.0f} candidates; standard "
            f"error of the best elite {np.mean([one.standard_error for one in runs]):.3f}; "
            f"held-out gain {gain.mean:+.3f} ({gain.low:+.3f} to {gain.high:+.3f}); "
            f"survival, median {np.median(share):.2f}{between}"
        )
    apart = np.array([one[FLAT].held_out - one[NESTED].held_out for one in found.values()])
    less = mean_interval(apart)
    print(
        f"{FLAT} less {NESTED}: {less.mean:+.3f} (95% {less.low:+.3f} to {less.high:+.3f}, "
        f"{len(apart)} seeds, {np.sum(apart > 0)} above)"
    )


def main() -> None:
    """Searches under every seed, and compares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(range(11, 21)))
    parser.add_argument("--budget", type=float, default=30.0, help="CPU s of training each")
    args = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    torch.set_num_threads(1)
    found = {}
    for seed in args.seeds:
        with tempfile.TemporaryDirectory() as folder:
            found[seed] = both(seed, args.budget, Path(folder))
        for name, one in found[seed].items():
            print(
                f"{seed:>4} {name:<14}{one.candidates:>5} candidates, search "
                f"{one.search:+.3f}, held out {one.held_out:+.3f}",
                flush=True,
            )
    if len(found) > 1:
        tell(found)


if __name__ == "__main__":
    main()
