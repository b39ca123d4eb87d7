"""Turns evaluations into fitness against the reference, as the configuration asks."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from actmine.candidate import Status, candidate_id
from actmine.catalog import by_name
from actmine.config import Config
from actmine.evaluation import Evaluation
from actmine.files import read_json
from actmine.fitness import (
    FamilyLoss,
    Fitness,
    FitnessSettings,
    Losses,
    by_family,
    by_replicate,
    score,
)

REFERENCE = "relu"  # what a log loss ratio is taken against
SECOND_REFERENCE = "gelu"


class Judge:
    """Scores evaluations of one measurement.

    Args:
        reference: the measurement's evaluations of ReLU and GELU.
        families: the family of each task, in order.
        config: of the run.

    Raises:
        ValueError: the reference was not measured, so nothing can be.
    """

    def __init__(
        self, reference: Iterable[Evaluation], *, families: Sequence[str], config: Config
    ) -> None:
        by_id = {one.candidate_id: one for one in reference}
        self.relu = _reference(by_id, REFERENCE)
        self.gelu = _reference(by_id, SECOND_REFERENCE)
        self.settings = fitness_settings(config)
        self.families = tuple(families)
        weights = config["fitness"]["target"]["weights"]
        self.weights = np.array([float(weights.get(family, 1.0)) for family in families])

    @classmethod
    def of_scored(
        cls, reference: Iterable[Evaluation], *, families: Sequence[str], config: Config
    ) -> "Judge | None":
        """The judge, or none where ReLU or GELU was measured and failed."""
        told = list(reference)
        ids = [candidate_id(by_name(name).source) for name in (REFERENCE, SECOND_REFERENCE)]
        if any(one.candidate_id in ids and one.status is not Status.SCORED for one in told):
            return None
        return cls(told, families=families, config=config)

    @property
    def counted(self) -> int:
        """How many tasks have a weight."""
        return int(np.count_nonzero(self.weights))

    def fitness(self, evaluation: Evaluation) -> Fitness | None:
        """The fitness of an evaluation; none if it has no losses."""
        if evaluation.status is not Status.SCORED:
            return None
        return score(
            losses_of(evaluation), self.relu, weights=self.weights, settings=self.settings
        )

    def worths(self, evaluation: Evaluation) -> tuple[tuple[float, ...], ...]:
        """(task, replicate) what the fitness is the mean of, to six digits; empty if failed."""
        if evaluation.status is not Status.SCORED:
            return ()
        found = by_replicate(losses_of(evaluation), self.relu, settings=self.settings)
        return tuple(tuple(float(f"{one:.6g}") for one in row) for row in found)

    def by_family(self, evaluation: Evaluation) -> tuple[FamilyLoss, ...]:
        """The losses of an evaluation family by family; nothing if it has none."""
        if evaluation.status is not Status.SCORED:
            return ()
        return by_family(
            losses_of(evaluation),
            self.relu,
            families=self.families,
            epsilon=self.settings.epsilon,
        )


def task_families(manifest: Path) -> list[str]:
    """The family of each task of a suite, in order, from its manifest."""
    return [task["family"] for task in read_json(manifest)["tasks"]]


def fitness_settings(config: Config) -> FitnessSettings:
    """The fitness part of a configuration."""
    chosen = config["fitness"]
    return FitnessSettings(
        aggregation=chosen["aggregation"],
        region=chosen["target"]["region"],
        epsilon=chosen["epsilon"],
        clip=chosen["clip"],
        id_guard=chosen["id_guard"],
    )


def losses_of(evaluation: Evaluation) -> Losses:
    """An evaluation's losses as arrays, each (task, replicate)."""
    return Losses(
        train=np.array(evaluation.train),
        id=np.array(evaluation.id),
        ood=np.array(evaluation.ood),
    )


def _reference(by_id: dict[str, Evaluation], name: str) -> Losses:
    evaluation = by_id.get(candidate_id(by_name(name).source))
    if evaluation is None or evaluation.status is not Status.SCORED:
        why = "is missing" if evaluation is None else evaluation.reason
        raise ValueError(
            f"the reference {name} was not measured ({why}); delete the run's folder "
            "`reference` and run again"
        )
    return losses_of(evaluation)
