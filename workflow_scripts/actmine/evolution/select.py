"""Decides which candidates of a generation become an island's elites."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from actmine.candidate import Coupling, Origin, Status
from actmine.evaluation import Evaluation
from actmine.evolution.population import Elite, Population, rank, remembered
from actmine.evolution.proposal import Proposal
from actmine.fitness import Fitness


@dataclass(frozen=True, kw_only=True)
class Scored:
    """A proposal that was measured, with its fitness (none if it failed)."""

    proposal: Proposal
    evaluation: Evaluation
    fitness: Fitness | None


def select(
    previous: Population | None,
    scored: Sequence[Scored],
    *,
    generation: int,
    island: int,
    elites: int,
) -> Population:
    """The fittest of the incumbents and the newcomers, best first.

    A tie keeps the incumbent; the order of `scored` does not matter. Candidates outside
    the in-distribution guard do not become elites, except seeds: a search must start.

    Args:
        previous: the island one generation earlier; none for generation 0.
        scored: every measured slot of this generation.
        elites: how many the archive holds.

    Raises:
        ValueError: nothing is left to be a parent.
    """
    kept = {elite.candidate_id: elite for elite in (previous.elites if previous else ())}
    for one in sorted(scored, key=lambda s: s.proposal.candidate_id):
        elite = _elite(one, generation)
        if elite is not None:
            kept.setdefault(elite.candidate_id, elite)
    if not kept:
        reasons = "; ".join(f"{s.proposal.name}: {s.evaluation.reason}" for s in scored)
        raise ValueError(f"island {island} has no parent left after generation 0 ({reasons})")
    incumbents = {elite.candidate_id for elite in (previous.elites if previous else ())}

    def order(elite: Elite) -> tuple[float, bool, str]:
        return -elite.fitness, elite.candidate_id not in incumbents, elite.candidate_id

    ranked = sorted(kept.values(), key=order)
    seen = [s.proposal.fingerprint for s in sorted(scored, key=lambda s: s.proposal.slot)]
    return Population(
        generation=generation,
        island=island,
        elites=tuple(sorted(ranked[:elites], key=rank)),
        history=remembered(previous.history if previous else (), seen),
    )


def _elite(one: Scored, generation: int) -> Elite | None:
    proposal, fitness = one.proposal, one.fitness
    if fitness is None:
        return None
    if not fitness.within_guard and proposal.origin is Origin.MINED:
        return None
    return Elite(
        candidate_id=proposal.candidate_id,
        name=proposal.name,
        source=proposal.source,
        origin=proposal.origin,
        fitness=fitness.value,
        standard_error=fitness.standard_error,
        id_ratio=fitness.id_ratio,
        flops=float(proposal.flops or 0.0),
        coupling=proposal.coupling or Coupling.POINTWISE,
        fingerprint=proposal.fingerprint,
        generation=generation,
        parents=proposal.parents,
    )


def pair(
    proposals: Sequence[Proposal],
    evaluations: Sequence[Evaluation],
    fitness: Callable[[Evaluation], Fitness | None],
) -> list[Scored]:
    """Each accepted proposal with its evaluation.

    Raises:
        ValueError: a slot was accepted and never measured, or measured as something else.
    """
    by_slot = {evaluation.slot: evaluation for evaluation in evaluations}
    pairs = []
    for proposal in proposals:
        if proposal.status is not Status.ACCEPTED:
            continue
        evaluation = by_slot.get(proposal.slot)
        if evaluation is None or evaluation.candidate_id != proposal.candidate_id:
            raise ValueError(f"{proposal.slot}: no evaluation of {proposal.candidate_id}")
        pairs.append(
            Scored(
                proposal=proposal,
                evaluation=evaluation,
                fitness=fitness(evaluation),
            )
        )
    return pairs
