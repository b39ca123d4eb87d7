"""What an island learns from a generation for the language models that it asks.

A model that is not told what became of its ideas proposes their relatives again. So each idea
leaves a line: what it gained over its parent, where it was stopped, or why it was refused.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from actmine.evolution.descriptors import describe, niche
from actmine.evolution.population import Elite, Population
from actmine.evolution.returns import gain_over, known_parents
from actmine.evolution.scored import Scored
from actmine.gate.fingerprint import decode
from actmine.lab.scorer import Scorer
from actmine.records.proposal import TUNE, TUNE_CHILD, Kind, Proposal
from actmine.records.status import Status
from actmine.records.tried import Tried
from actmine.replies.description import formula_of, line

MOST = 160  # ideas that an island remembers, so that its file stays small [ours]
BEST = 40  # of them for what they gained, whenever that was; the others are the youngest [ours]
_FORMULA = 120  # characters; of a reason likewise [ours]
_REASON = 160


def experience(
    before: Population | None,
    now: Population | None,
    scored: Sequence[Scored],
    refused: Sequence[Proposal],
    *,
    scorer: Scorer,
) -> tuple[Tried, ...]:
    """All that the island remembers, with what this generation adds, the oldest first.

    Seeds are nobody's idea, and new constants of an old one are none.

    Args:
        before: the island that this generation's children were made from; none for seeds.
        now: the same with what was measured again since.
        scored: what was measured in this generation.
        refused: what was not.
    """
    if before is None or now is None:
        return ()
    parents = known_parents(before, now)
    outcomes: list[tuple[Proposal, Scored | None]] = [
        *((one.proposal, one) for one in scored),
        *((one, None) for one in refused),
    ]
    new = [
        _tried(proposal, measured, parents, scorer=scorer)
        for proposal, measured in sorted(outcomes, key=lambda pair: pair[0].slot)
        if proposal.kind is Kind.NEW
        and proposal.source
        and proposal.operator not in (TUNE, TUNE_CHILD)
    ]
    return remembered([*before.tried, *new])


def remembered(tried: Sequence[Tried]) -> tuple[Tried, ...]:
    """Those that gained most and the youngest, as many as an island remembers, in order."""
    first = {one.candidate_id: one for one in reversed(tried)}  # later ones are duplicates
    once = [one for one in tried if first[one.candidate_id] is one]
    if len(once) <= MOST:
        return tuple(once)
    best = sorted(
        (one for one in once if one.improved), key=lambda one: (-_sure(one), one.candidate_id)
    )
    kept = {one.candidate_id for one in best[:BEST]}
    young = [one for one in once if one.candidate_id not in kept][-(MOST - len(kept)) :]
    kept |= {one.candidate_id for one in young}
    return tuple(one for one in once if one.candidate_id in kept)


def _sure(one: Tried) -> float:
    """The gain less one standard error."""
    return (one.gain or 0.0) - (one.gain_error or 0.0)


def _tried(
    proposal: Proposal, measured: Scored | None, parents: Mapping[str, Elite], *, scorer: Scorer
) -> Tried:
    parent = parents.get(next(iter(proposal.parents), ""))
    outcome: dict[str, Any] = {"status": proposal.status, "reason": proposal.reason}
    if measured is not None:
        outcome = _outcome(measured, parent, scorer=scorer)
    shape = ""
    if proposal.fingerprint and proposal.coupling is not None:
        seen = decode(proposal.fingerprint)
        shape = niche(describe(seen, coupling=proposal.coupling, flops=proposal.flops or 0.0))
    return Tried(
        candidate_id=proposal.candidate_id,
        name=proposal.name,
        formula=line(proposal.formula or formula_of(proposal.source), _FORMULA),
        generation=proposal.slot.generation,
        parents=proposal.parents,
        parent=parent.name if parent else "",
        shape=shape,
        **{**outcome, "reason": line(outcome["reason"], _REASON)},
    )


def _outcome(measured: Scored, parent: Elite | None, *, scorer: Scorer) -> dict[str, Any]:
    """Fields of what was trained."""
    evaluation, fitness = measured.evaluation, measured.fitness
    found: dict[str, Any] = {"status": evaluation.status, "reason": ""}
    if evaluation.status is Status.PRUNED:
        found["steps"] = evaluation.rungs[-1].steps
        reached = dict(measured.rungs).get(found["steps"])
        return found if reached is None else found | {"fitness": _short(reached)}
    if fitness is None:
        return found | {"reason": f"training: {evaluation.reason}"}
    if not fitness.within_guard:
        found["reason"] = f"its ID loss is {fitness.id_ratio:.3g} times ReLU's"
    if (over := gain_over(measured, parent, scorer)) is not None:
        found |= {"gain": _short(over.value), "gain_error": _short(over.standard_error)}
    return found | {"fitness": _short(fitness.value)}


def _short(value: float) -> float:
    return float(f"{value:.4g}")
