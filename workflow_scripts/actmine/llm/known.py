"""What the known functions score in this very lab: a table that all prompts of a run hold."""

from collections.abc import Sequence
from dataclasses import dataclass

from actmine.functions.catalog import CATALOG
from actmine.lab.fitness import Contribution, FamilyLoss
from actmine.lab.scorer import REFERENCE, Scorer
from actmine.records.candidate import Origin
from actmine.records.evaluation import Evaluation
from actmine.settings.sections import SearchSettings


@dataclass(frozen=True, kw_only=True)
class KnownScore:
    """A known function, measured on the search tasks.

    Attributes:
        formula: in one line.
        contributions: what each family of tasks adds to the fitness.
        within_guard: whether its in-distribution loss would let it stay in the search.
        losses: its own by family, geometric means over tasks; of the reference alone.
    """

    name: str
    formula: str
    fitness: float
    standard_error: float
    contributions: tuple[Contribution, ...]
    within_guard: bool
    losses: tuple[FamilyLoss, ...] = ()


def known_scores(
    evaluations: Sequence[Evaluation], scorer: Scorer, search: SearchSettings
) -> tuple[KnownScore, ...]:
    """The known functions that were measured, the fittest first.

    The paper's own finds are left out unless the search may start from them: a model that read
    them would not find them.

    Args:
        evaluations: of the catalog on the search tasks.
        scorer: of the search tasks, with the fitness that the arm is paid for.
    """
    by_id = {evaluation.candidate_id: evaluation for evaluation in evaluations}
    found = []
    for known in CATALOG:
        evaluation = by_id.get(known.candidate.candidate_id)
        hidden = known.origin is Origin.PAPER and not search.allow_paper_seeds
        if evaluation is None or hidden or (fitness := scorer.fitness(evaluation)) is None:
            continue
        found.append(
            KnownScore(
                name=known.name,
                formula=known.formula,
                fitness=fitness.value,
                standard_error=fitness.standard_error,
                contributions=scorer.own_contributions(evaluation),
                within_guard=fitness.within_guard,
                losses=scorer.own_losses if known.key == REFERENCE else (),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.fitness, one.name)))
