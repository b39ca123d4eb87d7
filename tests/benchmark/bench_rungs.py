"""How early a fit tells what it will be worth, from the candidates of a finished run.

Trains each of them once on the search tasks, with its losses told at several steps, and prints
how well these rank the fitness at the end: on all tasks after few steps, against part of the
tasks at the same cost. Then it replays the search under some ladders: which fits they would
have stopped, which share of the steps that saves, and which of the final elites are lost.
Rungs that see half of the tasks are replayed too, as if fits could go on from them at no loss.
(A replay keeps the children that there were; bench_ladder.py runs the search itself.) Run:
python tests/benchmark/bench_rungs.py RUN_FOLDER --out FOLDER
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from actmine import layout
from actmine.evolution.population import Elite
from actmine.evolution.thresholds import thresholds
from actmine.functions.catalog import by_name
from actmine.lab.fitness import network_scores, task_means
from actmine.lab.measure import Lab, fit_limits, measurement
from actmine.lab.scorer import Scorer, task_families
from actmine.records.candidate import Origin
from actmine.records.evaluation import Evaluation, Table
from actmine.records.proposal import Proposal
from actmine.records.rows import read_records
from actmine.records.status import Status
from actmine.settings import frozen as runs
from actmine.settings import sections
from actmine.settings.measurements import SEARCH
from actmine.tasks.suite import load_suite

STEPS = (25, 50, 75, 100, 150)
SHARES = (1 / 12, 1 / 6, 1 / 4, 1 / 3, 1 / 2)  # of the tasks
SUBSETS = 200  # random draws of tasks
LADDERS = (
    ((50, 12, 0.0),),
    ((50, 6, 0.0),),
    ((50, 3, 0.05),),
    ((100, 3, 0.02),),
    ((25, 3, 0.1), (50, 3, 0.05)),
    ((25, 3, 0.05), (50, 3, 0.02)),
    ((25, 3, 0.1), (50, 3, 0.05), (150, 3, 0.02)),
)  # (steps, keep, margin) of each rung
ON_HALF = ((100, 3, 0.02), (100, 3, 0.05), (100, 3, 0.1))
HALVES = 40  # random draws of the half


@dataclass(frozen=True, kw_only=True, eq=False)
class Fit:
    """One candidate that was trained to its end.

    Attributes:
        generation: in which the run proposed it.
        scores: by steps, the last of them the end: (task,) clipped log ratios to ReLU.
        eligible: whether it may be an elite.
    """

    generation: int
    scores: dict[int, NDArray[np.float64]]
    eligible: bool

    @property
    def rungs(self) -> tuple[tuple[int, float], ...]:
        """As an elite has them."""
        return tuple((steps, float(worth.mean())) for steps, worth in self.scores.items())

    @property
    def fitness(self) -> float:
        """At the end."""
        return float(self.scores[max(self.scores)].mean())

    def seen_on(self, tasks: NDArray[np.intp]) -> "Fit":
        """As it would look with rungs on these tasks; what it ends with stays."""
        end = max(self.scores)
        some = {at: w if at == end else w[tasks] for at, w in self.scores.items()}
        return replace(self, scores=some)


def measure(folder: Path, out: Path) -> tuple[list[Fit], int, int]:
    """The fits of a run's candidates, steps of a whole one, and the size of the archive."""
    config = runs.read_settings(folder / layout.RUN_FILE)
    manifest = layout.manifest(folder, SEARCH)
    suite = load_suite(layout.arrays(folder, SEARCH), manifest)
    what = measurement(SEARCH, suite, config)
    what = replace(what, rungs=tuple(one for one in STEPS if one < what.settings.steps))
    fits = []
    with Lab(what, limits=fit_limits(config.sandbox, []), kept=out) as lab:
        references = [lab.measure(by_name(name).source) for name in ("relu", "gelu")]
        scorer = Scorer(references, families=task_families(manifest), rule=config.fitness)
        for path in sorted((folder / "main").glob("gen_*/island_*/proposals.jsonl")):
            for proposal in read_records(path, Proposal):
                if proposal.status is not Status.ACCEPTED:
                    continue
                one = lab.measure(proposal.source)
                fitness = scorer.fitness(one)
                if fitness is None or not all(rung.ood for rung in one.rungs):
                    continue
                seed = proposal.origin is not Origin.MINED
                found = by_steps(one, references[0], scorer, steps=what.settings.steps)
                fits.append(
                    Fit(
                        generation=proposal.slot.generation,
                        scores=found,
                        eligible=fitness.within_guard or seed,
                    )
                )
    return fits, what.settings.steps, config.search.elites


def by_steps(
    one: Evaluation, relu: Evaluation, scorer: Scorer, *, steps: int
) -> dict[int, NDArray[np.float64]]:
    """What each task is worth after each number of steps."""
    pairs = {
        rung.steps: (rung.ood, r.ood) for rung, r in zip(one.rungs, relu.rungs, strict=True)
    }
    pairs[steps] = (one.ood, relu.ood)

    def worth(loss: Table, reference: Table) -> NDArray[np.float64]:
        found = network_scores(np.array(loss), np.array(reference), settings=scorer.settings)
        return task_means(found, clip=scorer.settings.limit)

    return {at: worth(*pair) for at, pair in pairs.items()}


def correlations(fits: Sequence[Fit], *, steps: int) -> None:
    """Prints how well unfinished fits, and fits of fewer tasks, rank the finished ones."""
    final = np.array([one.fitness for one in fits])
    better = final >= np.median(final)
    tasks = len(fits[0].scores[steps])
    draws = np.random.default_rng(0)
    order = [draws.permutation(tasks) for _ in range(SUBSETS)]
    print(f"Spearman correlation with the fitness of {len(fits)} whole fits, {tasks} tasks")
    print("steps  all tasks  (better half)" + "".join(f"{share:>9.0%}" for share in SHARES))
    for at in fits[0].scores:
        worth = np.array([one.scores[at] for one in fits])
        means = worth.mean(axis=1)
        whole = spearmanr(means, final).statistic
        half = spearmanr(means[better], final[better]).statistic
        parts = [
            np.mean(
                [
                    spearmanr(
                        worth[:, some[: round(share * tasks)]].mean(axis=1), final
                    ).statistic
                    for some in order
                ]
            )
            for share in SHARES
        ]
        row = "".join(f"{part:>9.3f}" for part in parts)
        print(f"{at:>5}  {whole:>9.3f}  {half:>13.3f}{row}")
    print("cost of a cell: steps / all steps, times its share of the tasks")


def replay(
    fits: Sequence[Fit], ladder: Sequence[sections.Rung], *, steps: int, size: int
) -> tuple[float, float, list[int]]:
    """(share stopped, share of steps saved, ranks of the final elites that are lost)."""
    elites: list[Fit] = []
    stopped, spent = 0, 0
    for generation in range(max(one.generation for one in fits) + 1):
        limits = thresholds(cast(Sequence[Elite], elites), ladder)  # it reads their rungs
        passed = []
        for one in (fit for fit in fits if fit.generation == generation):
            reached = dict(one.rungs)
            ends = [t.steps for t in limits if reached[t.steps] < t.fitness]
            stopped += bool(ends)
            spent += min(ends, default=steps)
            if not ends and one.eligible:
                passed.append(one)
        elites = best([*elites, *passed], size)
    lost = [
        rank
        for rank, one in enumerate(best([f for f in fits if f.eligible], size), start=1)
        if one not in elites
    ]
    return stopped / len(fits), 1 - spent / (steps * len(fits)), lost


def replay_halves(fits: Sequence[Fit], *, steps: int, size: int) -> None:
    """Prints replays whose one rung sees half of the tasks, means over draws of the half."""
    tasks = len(fits[0].scores[steps])
    draws = np.random.default_rng(1)
    halves = [draws.permutation(tasks)[: tasks // 2] for _ in range(HALVES)]
    for at, keep, margin in ON_HALF:
        ladder = [sections.Rung(steps=at, keep=keep, margin=margin)]
        rows = []
        for half in halves:
            some = [one.seen_on(half) for one in fits]
            share, _, lost = replay(some, ladder, steps=steps, size=size)
            rows.append((share, share * (1 - at / steps / 2), len(lost)))
        share, saved, lost = np.mean(rows, axis=0)
        told = f"half of the tasks: ({at}, {keep}, {margin})"
        print(f"{told:<52}{share:>8.0%}{saved:>8.0%}  {lost:.1f} on average")


def best(fits: Sequence[Fit], size: int) -> list[Fit]:
    """The fittest, best first."""
    return sorted(fits, key=lambda one: -one.fitness)[:size]


def main() -> None:
    """Measures, and prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a finished run, searched in full")
    parser.add_argument("--out", type=Path, required=True, help="folder of what is measured")
    args = parser.parse_args()
    fits, steps, size = measure(args.run, args.out)
    correlations(fits, steps=steps)
    print(f"{'ladder: (steps, keep, margin)':<52}{'stopped':>8}{'saved':>8}  lost elites")
    for rungs in LADDERS:
        ladder = [sections.Rung(steps=s, keep=k, margin=m) for s, k, m in rungs]
        share, saved, lost = replay(fits, ladder, steps=steps, size=size)
        print(f"{rungs!s:<52}{share:>8.0%}{saved:>8.0%}  {lost or 'none'}")
    replay_halves(fits, steps=steps, size=size)


if __name__ == "__main__":
    main()
