"""Turns evaluations into fitness against the reference, as the configuration asks."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from functools import cached_property
from pathlib import Path

import numpy as np

from actmine.files import read_json
from actmine.functions.catalog import by_name
from actmine.lab.estimate import Design, Estimate
from actmine.lab.fitness import (
    Contribution,
    FamilyLoss,
    Fitness,
    Losses,
    by_family,
    by_replicate,
    contributions,
    network_scores,
    score,
    summary,
)
from actmine.machine import MachineError
from actmine.records.candidate import candidate_id
from actmine.records.evaluation import Evaluation, Rung, Table
from actmine.settings.sections import FitnessSettings

REFERENCE = "relu"  # what a log loss ratio is taken against
SECOND_REFERENCE = "gelu"


Key = tuple[str, tuple[int, ...]]  # suite hash and replicate numbers
_RECENT = (
    512  # evaluations whose figures are kept: selection, tables and audit ask for the same
)


class MixedDevicesError(MachineError, ValueError):
    """Losses from different devices are to be compared, and nobody agreed to that."""


def require_one_device(devices: Iterable[str], rule: FitnessSettings) -> None:
    """Refuses a comparison of losses from several devices, unless the rule allows it.

    Raises:
        MixedDevicesError: it does not.
    """
    if len(told := sorted(set(devices))) > 1 and not rule.mixed_devices:
        raise MixedDevicesError(
            f"losses measured on different devices are to be compared: {', '.join(told)}. They "
            "differ by rounding; measure on one device (lab.device), or agree to it with "
            "fitness.mixed_devices: true"
        )


class Scorer:
    """Scores evaluations of one measurement.

    Args:
        reference: the measurement's evaluations of ReLU and GELU; further ones of ReLU, on
            other draws or replicates, serve evaluations that were made on the same.
        families: the family of each task, in order; every draw has the same.
        rule: how losses become fitness, and what weighs how much.

    Raises:
        ValueError: the reference was not measured, so nothing can be.
    """

    def __init__(
        self, reference: Iterable[Evaluation], *, families: Sequence[str], rule: FitnessSettings
    ) -> None:
        known = list(reference)
        first = {evaluation.candidate_id: evaluation for evaluation in reversed(known)}
        self.relu = _reference(first, REFERENCE)
        self.gelu = _reference(first, SECOND_REFERENCE)
        self._relu = _by_networks(known)
        self._first = _networks(_measured(first, REFERENCE))
        self.device = _measured(first, REFERENCE).device
        self.settings = rule
        weights = [float(rule.target.weights.get(family, 1.0)) for family in families]
        self.design = Design(weights=np.array(weights), families=tuple(families))
        self._recent: OrderedDict[int, _Figures] = OrderedDict()
        self._extended: tuple[tuple[Evaluation, ...], Scorer] | None = None

    def with_reference(self, reference: Iterable[Evaluation]) -> "Scorer":
        """This scorer, with further evaluations of the reference to score against.

        Asked again for the same, it is the same scorer, which has its figures already.
        """
        given = tuple(reference)
        if self._extended is not None and self._extended[0] == given:
            return self._extended[1]
        if not (further := _by_networks(given)):
            return self
        scorer = copy(self)
        scorer._relu = {**self._relu, **further}
        scorer._recent = OrderedDict()
        scorer._extended = None
        self._extended = given, scorer
        return scorer

    def relu_for(self, evaluation: Evaluation) -> Losses:
        """The reference's losses on the tasks and replicates of an evaluation.

        Raises:
            ValueError: the reference was not measured on them.
            MixedDevicesError: it was, on another device.
        """
        require_one_device([self.device, evaluation.device], self.settings)
        kept = self._relu.get(_networks(evaluation))
        if kept is None:
            raise ValueError(
                f"{evaluation.candidate_id}: was measured on suite {evaluation.suite} "
                f"({evaluation.suite_hash[:12]}), replicates {list(evaluation.replicates)}, "
                f"and {REFERENCE} was not; delete the file that holds it and run again"
            )
        return kept[0]

    @classmethod
    def if_measured(
        cls, reference: Iterable[Evaluation], *, families: Sequence[str], rule: FitnessSettings
    ) -> "Scorer | None":
        """The scorer, or none where ReLU or GELU was measured and failed."""
        given = list(reference)
        ids = [candidate_id(by_name(name).source) for name in (REFERENCE, SECOND_REFERENCE)]
        failed = {evaluation.candidate_id for evaluation in given if not evaluation.is_scored}
        if failed.intersection(ids):
            return None
        return cls(given, families=families, rule=rule)

    def fitness(self, evaluation: Evaluation) -> Fitness | None:
        """The fitness of an evaluation; none if it has no losses."""
        return self._figures(evaluation).fitness if evaluation.is_scored else None

    def all_fitness(self, by_id: Mapping[str, Evaluation]) -> dict[str, Fitness | None]:
        """The fitness of each evaluation, by candidate id."""
        return {name: self.fitness(evaluation) for name, evaluation in by_id.items()}

    def summary(self, scores: Table) -> Estimate:
        """The fitness from (task, replicate) scores, of however many fits."""
        return summary(np.array(scores), design=self.design, settings=self.settings)

    def contributions(self, scores: Table) -> tuple[Contribution, ...]:
        """What each family adds to the fitness; nothing where there are no scores."""
        if not scores:
            return ()
        return contributions(np.array(scores), design=self.design, settings=self.settings)

    def own_contributions(self, evaluation: Evaluation) -> tuple[Contribution, ...]:
        """What each family adds to an evaluation's fitness; nothing if it has no losses."""
        return self._figures(evaluation).contributions if evaluation.is_scored else ()

    def scores(self, evaluation: Evaluation) -> tuple[tuple[float, ...], ...]:
        """(task, replicate) what the fitness is the mean of, to six digits; empty if failed."""
        return self._figures(evaluation).scores if evaluation.is_scored else ()

    def rung_fitness(self, rung: Rung, *, of: Evaluation | None = None) -> float:
        """The fitness of a fit at a rung, against ReLU at that rung.

        Args:
            of: the evaluation that the rung belongs to; may be left out for one on the tasks
                and replicates of the reference itself.

        Raises:
            ValueError: one of the two has no finite losses there.
        """
        _, rungs = self._relu.get(self._first if of is None else _networks(of), (None, ()))
        relu = {relu.steps: relu for relu in rungs}.get(rung.steps)
        region = self.settings.target.region
        if relu is None or not relu.ood or not rung.ood:
            raise ValueError(
                f"no losses to compare after {rung.steps} steps; delete the run's folder "
                "`reference` and run again"
            )
        losses, of_relu = (np.array(getattr(fit, region)) for fit in (rung, relu))
        scores = network_scores(losses, of_relu, settings=self.settings)
        return summary(scores, design=self.design, settings=self.settings).value

    def rungs(self, evaluation: Evaluation) -> tuple[tuple[int, float], ...]:
        """(steps, fitness) at each rung at which there is one."""
        return tuple(
            (rung.steps, self.rung_fitness(rung, of=evaluation))
            for rung in evaluation.rungs
            if rung.ood
        )

    @property
    def own_losses(self) -> tuple[FamilyLoss, ...]:
        """The reference's own losses family by family: geometric means over tasks."""
        one = np.ones_like(self.relu.ood)
        ones = Losses(train=one, id=one, ood=one)
        return by_family(self.relu, ones, design=self.design, epsilon=0.0)

    def by_family(self, evaluation: Evaluation) -> tuple[FamilyLoss, ...]:
        """The losses of an evaluation family by family; nothing if it has none."""
        return self._figures(evaluation).by_family if evaluation.is_scored else ()

    def _figures(self, evaluation: Evaluation) -> "_Figures":
        found = self._recent.get(id(evaluation))
        if found is None:
            found = self._recent[id(evaluation)] = _Figures(evaluation, self)
            if len(self._recent) > _RECENT:
                self._recent.popitem(last=False)
        return found


class _Figures:
    """What follows from an evaluation that has losses, each figure once it is asked for."""

    def __init__(self, evaluation: Evaluation, scorer: Scorer) -> None:
        self._evaluation = evaluation  # kept, so that no other one gets its id
        self._design, self._settings = scorer.design, scorer.settings
        self._relu = scorer.relu_for(evaluation)

    @cached_property
    def _losses(self) -> Losses:
        return losses_of(self._evaluation)

    @cached_property
    def fitness(self) -> Fitness:
        return score(self._losses, self._relu, design=self._design, settings=self._settings)

    @cached_property
    def scores(self) -> tuple[tuple[float, ...], ...]:
        scores = by_replicate(self._losses, self._relu, settings=self._settings)
        return tuple(tuple(float(f"{value:.6g}") for value in row) for row in scores)

    @cached_property
    def contributions(self) -> tuple[Contribution, ...]:
        scores = np.array(self.scores)
        return contributions(scores, design=self._design, settings=self._settings)

    @cached_property
    def by_family(self) -> tuple[FamilyLoss, ...]:
        epsilon = self._settings.epsilon
        return by_family(self._losses, self._relu, design=self._design, epsilon=epsilon)


def task_families(manifest: Path) -> list[str]:
    """The family of each task of a suite, in order, from its manifest."""
    return [task["family"] for task in read_json(manifest)["tasks"]]


def losses_of(evaluation: Evaluation) -> Losses:
    """An evaluation's losses as arrays, each (task, replicate)."""
    return Losses(
        train=np.array(evaluation.train),
        id=np.array(evaluation.id),
        ood=np.array(evaluation.ood),
    )


def _by_networks(
    reference: Iterable[Evaluation],
) -> dict[Key, tuple[Losses, tuple[Rung, ...]]]:
    """ReLU's losses, at the end and on the way, by what they were measured on."""
    relu = candidate_id(by_name(REFERENCE).source)
    return {
        _networks(evaluation): (losses_of(evaluation), evaluation.rungs)
        for evaluation in reference
        if evaluation.candidate_id == relu and evaluation.is_scored
    }


def _networks(evaluation: Evaluation) -> Key:
    return evaluation.suite_hash, evaluation.replicates


def _reference(by_id: dict[str, Evaluation], name: str) -> Losses:
    return losses_of(_measured(by_id, name))


def _measured(by_id: dict[str, Evaluation], name: str) -> Evaluation:
    evaluation = by_id.get(candidate_id(by_name(name).source))
    if evaluation is None or not evaluation.is_scored:
        why = "is missing" if evaluation is None else evaluation.reason
        raise ValueError(
            f"the reference {name} was not measured ({why}); delete the run's folder "
            "`reference` and run again"
        )
    return evaluation
