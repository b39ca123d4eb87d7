"""A table of how searches that are compared went on: what each seed had found by when."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from actmine.evolution.reading import Generation
from actmine.settings.arms import repeated_groups
from actmine.settings.sections import Settings

# Column: meaning. The order is the order in the file; one row an arm's generation.
STRATEGIES = {
    "strategy": "group of arms that differ in their seed alone, `<strategy>-<seed>`",
    "seed": "of the search",
    "evaluations": "slots trained so far on all islands, elites measured again among them",
    "cpu_s": "CPU seconds of these trainings, and of the reference's on fresh replicates",
    "best_search_fitness": "of the fittest elite then; on new tasks or replicates it may fall",
}


def strategy_rows(
    generations: Sequence[Generation], by_arm: Mapping[str, Settings]
) -> list[dict[str, Any]]:
    """The curves of all arms that belong to a group of two seeds or more.

    Args:
        by_arm: the configuration as each arm sees it.
    """
    histories: dict[str, dict[int, list[Generation]]] = defaultdict(lambda: defaultdict(list))
    for one in generations:
        histories[one.arm][one.population.generation].append(one)
    return [
        {"strategy": group, "seed": by_arm[arm].search_seed, **row}
        for group, arms in repeated_groups(by_arm).items()
        for arm in arms
        for row in _curve(histories[arm])
    ]


def _curve(by_generation: dict[int, list[Generation]]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    evaluations, cpu_s = 0, 0.0
    for _, islands in sorted(by_generation.items()):
        for one in islands:
            evaluations += len(one.evaluations)
            trained = (*one.evaluations, *one.references)
            cpu_s += sum(each.timings.get("cpu_s", 0.0) for each in trained)
        best = max(one.population.elites[0].fitness for one in islands)
        rows.append(
            {
                "evaluations": evaluations,
                "cpu_s": round(cpu_s, 3),
                "best_search_fitness": best,
            }
        )
    return rows
