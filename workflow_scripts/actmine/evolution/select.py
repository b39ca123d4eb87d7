"""Decides which candidates of a generation become an island's elites."""

from collections.abc import Sequence
from dataclasses import dataclass

from actmine.candidate import Coupling, Failure, Origin, Status
from actmine.config import Config
from actmine.evaluation import Evaluation
from actmine.evolution.population import (
    FAILURES,
    Credit,
    Elite,
    Population,
    rank,
    remembered,
)
from actmine.evolution.proposal import Kind, Proposal
from actmine.fitness import FamilyLoss, Fitness
from actmine.lab.judge import Judge


@dataclass(frozen=True, kw_only=True)
class Scored:
    """A proposal that was measured, with its fitness (none if it failed)."""

    proposal: Proposal
    evaluation: Evaluation
    fitness: Fitness | None
    families: tuple[FamilyLoss, ...] = ()


def succeed(
    previous: Population | None,
    proposals: Sequence[Proposal],
    evaluations: Sequence[Evaluation],
    *,
    generation: int,
    island: int,
    judge: Judge,
    config: Config,
) -> Population:
    """The island after a generation, from all that was proposed and measured in it."""
    return select(
        previous,
        pair(proposals, evaluations, judge),
        refused=[one for one in proposals if one.status is not Status.ACCEPTED],
        generation=generation,
        island=island,
        elites=config["search"]["elites"],
    )


def select(
    previous: Population | None,
    scored: Sequence[Scored],
    *,
    refused: Sequence[Proposal] = (),
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
        refused: the slots of this generation that never came to be measured.
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
        failures=_failures(previous, scored, refused),
        credit=_credit(previous, scored, refused),
    )


def _failures(
    previous: Population | None, scored: Sequence[Scored], refused: Sequence[Proposal]
) -> tuple[Failure, ...]:
    """What the island remembers of refused and broken sources."""
    new = {p.slot: (p.source, p.reason) for p in refused if p.source}
    new |= {
        s.proposal.slot: (s.proposal.source, f"training: {s.evaluation.reason}")
        for s in scored
        if s.evaluation.reason
    }
    kept = previous.failures if previous else ()
    found = [Failure(source=new[slot][0], reason=new[slot][1]) for slot in sorted(new)]
    return tuple(dict.fromkeys([*kept, *found]))[-FAILURES:]


def _credit(
    previous: Population | None, scored: Sequence[Scored], refused: Sequence[Proposal]
) -> tuple[Credit, ...]:
    """The mutators' records, with what this generation adds."""
    if previous is None:
        return ()
    parent_fitness = {elite.candidate_id: elite.fitness for elite in previous.elites}
    children = {one.mutator: one.children for one in previous.credit}
    improved = {one.mutator: one.improved for one in previous.credit}
    made = [(s.proposal, s.fitness) for s in scored] + [(p, None) for p in refused]
    for proposal, fitness in made:
        if proposal.kind is not Kind.NEW or proposal.status is Status.SKIPPED:
            continue
        name, first = proposal.mutator, next(iter(proposal.parents), "")
        better = fitness is not None and fitness.value > parent_fitness.get(first, float("inf"))
        children[name] = children.get(name, 0) + 1
        improved[name] = improved.get(name, 0) + better
    return tuple(
        Credit(mutator=name, children=children[name], improved=improved.get(name, 0))
        for name in sorted(children)
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
        families=one.families,
    )


def pair(
    proposals: Sequence[Proposal], evaluations: Sequence[Evaluation], judge: Judge
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
                fitness=judge.fitness(evaluation),
                families=judge.by_family(evaluation),
            )
        )
    return pairs
