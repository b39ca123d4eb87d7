"""Sets what a generation's fits must reach on the way, by what its elites had reached."""

from collections.abc import Sequence
from dataclasses import replace

from actmine.evolution.population import Elite, Population
from actmine.records.proposal import Kind, Proposal
from actmine.records.status import Status
from actmine.records.threshold import Threshold
from actmine.settings.measurements import search_draw
from actmine.settings.sections import Rung, SearchSettings


def with_thresholds(
    proposals: Sequence[Proposal], population: Population, search: SearchSettings
) -> list[Proposal]:
    """The proposals of a generation with what their fits must reach.

    Only a new candidate is stopped: to measure an incumbent again and stop is to learn
    nothing. Nor is anything stopped where parents are whatever was measured last, for then
    the ladder would choose them.

    Args:
        population: one generation earlier.
    """
    if search.strategy == "random_search":
        return list(proposals)
    suite = search_draw(population.generation + 1, search.rotate_every)
    comparable = [elite for elite in population.elites if elite.suite == suite]
    limits = thresholds(comparable, search.ladder)
    return [
        replace(proposal, thresholds=limits)
        if proposal.status is Status.ACCEPTED and proposal.kind is Kind.NEW
        else proposal
        for proposal in proposals
    ]


def thresholds(elites: Sequence[Elite], ladder: Sequence[Rung]) -> tuple[Threshold, ...]:
    """One for each rung that enough elites have passed; an archive has to fill up first.

    Args:
        ladder: of the configuration; a rung stops what is more than its `margin` below the
            `keep`-th best that elites were worth at that same step.
    """
    limits = []
    for rung in ladder:
        there = [
            worth for elite in elites for steps, worth in elite.rungs if steps == rung.steps
        ]
        reached = sorted(there, reverse=True)
        if len(reached) >= rung.keep:
            fitness = reached[rung.keep - 1] - rung.margin
            limits.append(Threshold(steps=rung.steps, fitness=float(f"{fitness:.6g}")))
    return tuple(limits)
