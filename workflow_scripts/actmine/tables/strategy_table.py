"""A table of how searches that are compared went on: what each seed had found by when."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from actmine.evolution.reading import Generation
from actmine.settings.arms import repeated_groups
from actmine.settings.sections import Settings

# Column: meaning. The order is the order in the file; one row an arm's generation.
STRATEGIES = {
    "strategy": "group of arms that differ in their seed alone, `<strategy>-<seed>`",
    "seed": "of the search",
    "evaluations": "slots trained so far on all islands: seeds, candidates, elites again",
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
    for generation in generations:
        histories[generation.arm][generation.population.generation].append(generation)
    return [
        {"strategy": group, "seed": by_arm[arm].search_seed, **row}
        for group, arms in repeated_groups(by_arm).items()
        for arm in arms
        for row in _curve(histories[arm])
    ]


def _curve(by_generation: dict[int, list[Generation]]) -> Iterator[dict[str, Any]]:
    evaluations, cpu_s = 0, 0.0
    for _, islands in sorted(by_generation.items()):
        for island in islands:
            evaluations += len(island.evaluations)
            trained = (*island.evaluations, *island.references)
            cpu_s += sum(evaluation.timings.get("cpu_s", 0.0) for evaluation in trained)
        yield {
            "evaluations": evaluations,
            "cpu_s": round(cpu_s, 3),
            "best_search_fitness": max(
                island.population.elites[0].fitness for island in islands
            ),
        }
