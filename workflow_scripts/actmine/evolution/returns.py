"""What the children of each mutator gained over their parents, and what they cost.

Files alone say it, so that a replay gives the same and an audit finds it again. Training is
counted, not timed: what a slow machine takes longer for would else lead to other prompts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from actmine.evolution.bandit import Returns
from actmine.evolution.evidence import gain
from actmine.evolution.population import Elite, Population
from actmine.evolution.scored import Scored
from actmine.lab.estimate import Estimate
from actmine.lab.scorer import Scorer
from actmine.records.proposal import TUNE_CHILD, Kind, Proposal
from actmine.records.status import Status

# FLOPs an element that take as long as the rest of a training. Of 374 candidates of the preset
# bias-periodic: CPU seconds are .79 + .036 per FLOP, a correlation of .68. [ours]
FLOPS_OF_REST = 22.0
SLOT = 0.1  # of a whole training: what filling a slot takes, also in vain [ours]


@dataclass(frozen=True, kw_only=True)
class Child:
    """What became of a slot.

    Attributes:
        gain: see `sure_gain`.
        fits: its training, counted in whole trainings of a function that costs nothing, and
            what its slot takes.
        usd: of all that a language model was asked for it.
        cpu_s: of its training by the clock, which nothing is decided by.
    """

    mutator: str
    gain: float
    fits: float
    usd: float
    cpu_s: float


def children(
    before: Population | None,
    now: Population | None,
    scored: Sequence[Scored],
    refused: Sequence[Proposal],
    *,
    scorer: Scorer,
    steps: int,
) -> list[Child]:
    """The children of a generation, in the order of their slots; seeds are nobody's.

    Slots that no budget was left for are none, and neither is a model's child with other
    constants: it is owed to the model as much as to who moved them.

    Args:
        before, now: as of `experience.experience`.
        steps: of a whole training.
    """
    if before is None or now is None:
        return []
    parents = known_parents(before, now)
    outcomes: list[tuple[Proposal, Scored | None]] = [
        *((one.proposal, one) for one in scored),
        *((one, None) for one in refused),
    ]
    return [
        Child(
            mutator=proposal.mutator,
            # Who starts again from the seeds has no parent here: it has to beat the best.
            gain=sure_gain(
                measured, parents.get(next(iter(proposal.parents), ""), now.elites[0]), scorer
            ),
            fits=SLOT + _fits(measured, steps=steps),
            usd=sum(attempt.usd for attempt in proposal.attempts),
            cpu_s=measured.evaluation.timings.get("cpu_s", 0.0) if measured else 0.0,
        )
        for proposal, measured in sorted(outcomes, key=lambda pair: pair[0].slot)
        if proposal.kind is Kind.NEW
        and proposal.operator != TUNE_CHILD
        and proposal.status is not Status.SKIPPED
    ]


def known_parents(before: Population, now: Population) -> Mapping[str, Elite]:
    """By candidate id, all that a generation may have parents from, as now measured."""
    return {
        elite.candidate_id: elite
        for elite in (*before.elites, *before.specialists, *before.pool, *now.elites)
    }


def gain_over(measured: Scored, parent: Elite | None, scorer: Scorer) -> Estimate | None:
    """Fitness over the parent's, paired by task; none if nothing can be compared."""
    if parent is None or parent.suite != measured.evaluation.suite:
        return None
    if not measured.scores or not parent.scores:
        return None
    child = np.array(measured.scores)
    # On the replicates that both have: what they share of luck cancels out.
    own = np.array(parent.scores)[:, : child.shape[1]]
    return gain(child, own, clip=scorer.settings.limit, design=scorer.design)


def sure_gain(measured: Scored | None, parent: Elite | None, scorer: Scorer) -> float:
    """The gain over the parent less one standard error, 0 at least. [ours]

    Without that, who changes much would be paid for noise: a child no better than its parent
    has a gain above 0 half of the time, and the larger the less alike the two are. What may be
    no parent has gained nothing.
    """
    if measured is None or measured.fitness is None or not measured.fitness.within_guard:
        return 0.0
    over = gain_over(measured, parent, scorer)
    return 0.0 if over is None else max(0.0, over.value - over.standard_error)


def _fits(measured: Scored | None, *, steps: int) -> float:
    """Of a child's training: the share of the steps, longer the dearer the function is."""
    if measured is None:
        return 0.0
    evaluation = measured.evaluation
    stopped = evaluation.status is Status.PRUNED
    share = evaluation.rungs[-1].steps / steps if stopped else 1.0
    return share * (1.0 + (measured.proposal.flops or 0.0) / FLOPS_OF_REST)


def added(before: Sequence[Returns], new: Sequence[Child]) -> Iterator[Returns]:
    """The mutators' records with what these children add, in the order of their names."""
    kept = {one.mutator: one for one in before}
    for name in sorted({*kept, *(child.mutator for child in new)}):
        old = kept.get(name, Returns(mutator=name))
        own = [child for child in new if child.mutator == name]
        yield Returns(
            mutator=name,
            children=old.children + len(own),
            gain=old.gain + sum(child.gain for child in own),
            squares=old.squares + sum(child.gain**2 for child in own),
            fits=old.fits + sum(child.fits for child in own),
            usd=old.usd + sum(child.usd for child in own),
        )
