"""Compares searches within a run: what each arm's champion is worth on held-out tasks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from actmine.validation.statistics import Interval, mean_interval


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one arm ended with.

    Attributes:
        strategy: the group of arms that differ in their seed alone.
        seed: of the search; arms of one seed are compared with each other.
        champion: its name; empty if no mined function qualified, and then nothing else is
            known.
        generations: that the search had after its seeds.
        candidates: new functions that the search tried, trained or refused.
        cpu_s: CPU seconds of the search's training; a source that another arm trained counts
            all the same. `candidates_cpu_s` is without the seeds, and has elites measured
            again in it.
        searched: the champion's fitness on the search suite as its search had it; with fresh
            replicates on the first draw if the search changed its tasks, since no known
            function was measured on later ones.
        remeasured: its fitness on fresh tasks of the search's kinds.
        held_out: its fitness on the held-out suite.
        known: the known function that is best on the search suite; empty if none was
            measured.
        known_searched, known_held_out: its fitness on each suite; none where it has none.
    """

    arm: str
    strategy: str
    seed: int
    generations: int
    candidates: int
    candidates_cpu_s: float
    cpu_s: float
    known: str
    known_searched: float
    known_held_out: float | None
    champion: str = ""
    searched: float | None = None
    remeasured: float | None = None
    held_out: float | None = None

    @property
    def survival(self) -> float | None:
        """The share of the search's gain that held-out tasks confirm.

        The champion's gain over the best known function on the held-out suite, over the same
        on the search suite. None where there was no gain that could survive, or one of the
        two has no held-out fitness.
        """
        if self.searched is None or self.held_out is None or self.known_held_out is None:
            return None
        gain = self.searched - self.known_searched
        return (self.held_out - self.known_held_out) / gain if gain > 0 else None


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One strategy's held-out fitness minus another's, paired by seed."""

    better: str
    worse: str
    seeds: int
    interval: Interval


def differences(outcomes: Sequence[Outcome], *, of: str) -> list[Difference]:
    """How a strategy's held-out fitness compares with each other's, on the seeds of both.

    Fewer than two common seeds give no interval, and no difference.
    """
    fitness = {
        (outcome.strategy, outcome.seed): outcome.held_out
        for outcome in outcomes
        if outcome.held_out is not None
    }
    paired = []
    for other in sorted({outcome.strategy for outcome in outcomes} - {of}):
        seeds = sorted(
            {s for k, s in fitness if k == of} & {s for k, s in fitness if k == other}
        )
        if len(seeds) > 1:
            ours, theirs = (np.array([fitness[k, s] for s in seeds]) for k in (of, other))
            paired.append(
                Difference(
                    better=of,
                    worse=other,
                    seeds=len(seeds),
                    interval=mean_interval(ours - theirs),
                )
            )
    return paired


def median_survival(outcomes: Sequence[Outcome], strategy: str) -> float | None:
    """The median over a strategy's seeds; none where nothing could survive."""
    shares = [
        outcome.survival
        for outcome in outcomes
        if outcome.strategy == strategy and outcome.survival is not None
    ]
    return float(np.median(shares)) if shares else None
