"""A table of what mutators' children gained for what they cost, with intervals."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from actmine.evolution.islands import neighbours
from actmine.evolution.population import Population
from actmine.evolution.reading import Generation
from actmine.evolution.returns import Child, children
from actmine.evolution.scored import briefly, scored
from actmine.evolution.selection import incumbents
from actmine.lab.scorer import Scorer
from actmine.records.proposal import Kind
from actmine.records.status import Status
from actmine.settings.sections import Settings
from actmine.validation.statistics import mean_interval

# Column: meaning. The order is the order in the file.
RETURNS = {
    "arm": "variant of the search",
    "mutator": "name of an entry of mutation.mutators",
    "children": "slots that it filled, whatever became of them",
    "gained": "children that are fitter than their parent by more than one standard error",
    "gain": "what these are fitter by, less that error, all added up",
    "cpu_s": "CPU seconds of the children's training",
    "gain_per_cpu_s": "the gain by CPU second, all together",
    "gain_per_cpu_s_low": "lower end of its 95% interval over children",
    "gain_per_cpu_s_high": "upper end",
    "usd": "US dollars paid for language models",
    "gain_per_usd": "the gain by dollar; empty where nothing was paid",
    "gain_per_usd_low": "lower end of its 95% interval over children",
    "gain_per_usd_high": "upper end",
}


class ReturnTable:
    """Collects children by arm and mutator, generation by generation.

    Args:
        by_arm: the configuration as each arm sees it.
    """

    def __init__(self, by_arm: dict[str, Settings]) -> None:
        self._by_arm = by_arm
        self._populations: dict[tuple[str, int, int], Population] = {}
        self._children: dict[tuple[str, str], list[Child]] = defaultdict(list)

    def add(self, generation: Generation, scorer: Scorer) -> None:
        """Adds an island's generation; those before it were added before.

        Args:
            scorer: by the arm's own target.
        """
        config, population = self._by_arm[generation.arm], generation.population
        arm, number, island = generation.arm, population.generation, population.island
        self._populations[arm, number, island] = population
        self._populations.pop((arm, number - 2, island), None)
        before = self._populations.get((arm, number - 1, island))
        if before is None:
            return
        near = neighbours(config.search, generation=number, island=island)
        others = [self._populations[arm, number - 1, other] for other in near]
        outcomes = list(generation.outcomes())
        # Of new candidates nothing becomes an elite here.
        measured = [
            (scored if one.kind is Kind.REMEASURE else briefly)(one, fit, scorer)
            for one, fit in outcomes
            if fit is not None
        ]
        now = incumbents(
            before, measured, others, generation=number, scorer=scorer, search=config.search
        )
        refused = [one for one, _ in outcomes if one.status is not Status.ACCEPTED]
        for child in children(
            before, now, measured, refused, scorer=scorer, steps=config.lab.steps
        ):
            self._children[generation.arm, child.mutator].append(child)

    def rows(self) -> list[dict[str, Any]]:
        """One row an arm and mutator, columns RETURNS."""
        return [
            {
                "arm": arm,
                "mutator": mutator,
                "children": len(made),
                "gained": sum(child.gain > 0 for child in made),
                "gain": round(sum(child.gain for child in made), 6),
                **_by(made, "cpu_s", lambda child: child.cpu_s),
                **_by(made, "usd", lambda child: child.usd),
            }
            for (arm, mutator), made in sorted(self._children.items())
        ]


def _by(made: Sequence[Child], name: str, cost: Callable[[Child], float]) -> dict[str, Any]:
    """A cost, and the gain by it with its interval; nothing where there was no cost.

    The interval of a ratio of sums, linearised: a child counts by what it gained beyond what
    its cost would have had it gain.
    """
    gains = np.array([child.gain for child in made])
    costs = np.array([cost(child) for child in made])
    total, ratio = float(costs.sum()), f"gain_per_{name}"
    found = [np.nan] * 3
    if total > 0:
        found[0] = gains.sum() / total
    if total > 0 and len(made) > 1:
        values = found[0] + (gains - found[0] * costs) / costs.mean()
        interval = mean_interval(values)
        found[1:] = [interval.low, interval.high]
    names = (ratio, f"{ratio}_low", f"{ratio}_high")
    rounded = (float(f"{value:.6g}") for value in found)
    return {name: round(total, 6), **dict(zip(names, rounded, strict=True))}
