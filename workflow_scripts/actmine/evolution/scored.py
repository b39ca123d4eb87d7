"""Proposals paired with what was measured of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from actmine.lab.fitness import Contribution, FamilyLoss, Fitness
from actmine.lab.scorer import Scorer
from actmine.records.evaluation import Evaluation
from actmine.records.proposal import Proposal
from actmine.records.status import Status


@dataclass(frozen=True, kw_only=True)
class Scored:
    """A proposal that was measured, with its fitness (none if it failed or was stopped)."""

    proposal: Proposal
    evaluation: Evaluation
    fitness: Fitness | None
    families: tuple[FamilyLoss, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    scores: tuple[tuple[float, ...], ...] = ()
    rungs: tuple[tuple[int, float], ...] = ()


def pair(
    proposals: Sequence[Proposal], evaluations: Sequence[Evaluation], scorer: Scorer
) -> list[Scored]:
    """Each accepted proposal with its evaluation.

    Evaluations without a slot are of the reference, on replicates of repeated measurements.

    Raises:
        ValueError: a slot was accepted and never measured, or measured as something else.
    """
    by_slot = {evaluation.slot: evaluation for evaluation in evaluations}
    scorer = scorer.with_reference(
        evaluation for evaluation in evaluations if evaluation.slot is None
    )
    pairs = []
    for proposal in proposals:
        if proposal.status is not Status.ACCEPTED:
            continue
        evaluation = by_slot.get(proposal.slot)
        if evaluation is None or evaluation.candidate_id != proposal.candidate_id:
            raise ValueError(f"{proposal.slot}: no evaluation of {proposal.candidate_id}")
        pairs.append(scored(proposal, evaluation, scorer))
    return pairs


def briefly(proposal: Proposal, evaluation: Evaluation, scorer: Scorer) -> Scored:
    """A proposal with its fitness and scores alone, which are what comparisons need."""
    return Scored(
        proposal=proposal,
        evaluation=evaluation,
        fitness=scorer.fitness(evaluation),
        scores=scorer.scores(evaluation),
    )


def scored(proposal: Proposal, evaluation: Evaluation, scorer: Scorer) -> Scored:
    """A proposal with all that follows from its evaluation."""
    return Scored(
        proposal=proposal,
        evaluation=evaluation,
        fitness=scorer.fitness(evaluation),
        families=scorer.by_family(evaluation),
        contributions=scorer.own_contributions(evaluation),
        scores=scorer.scores(evaluation),
        rungs=scorer.rungs(evaluation),
    )
