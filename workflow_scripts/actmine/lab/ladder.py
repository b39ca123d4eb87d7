"""Decides at the rungs of a fit whether it goes on, live or from what the store kept.

A rung is a number of optimizer steps of the one fit. The schedule of its learning rate is that
of a whole fit, so losses at a rung are compared with losses at that same step and no others.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actmine.lab.scorer import Scorer
from actmine.lab.scoring import region_losses
from actmine.lab.work import Targets
from actmine.records.evaluation import Evaluation, Rung
from actmine.records.status import Status
from actmine.records.threshold import Threshold
from actmine.sandbox.protocol import Arrays, ProtocolError, floats
from actmine.settings.configuration import arm_settings
from actmine.settings.sections import Settings


def rung_steps(config: Settings) -> tuple[int, ...]:
    """The steps at which every search fit's losses are taken: those of all arms.

    Arms share the reference and the store, so what is kept must serve each of them.
    """
    searches = (arm_settings(config, arm).search for arm in config.arms)
    return tuple(sorted({rung.steps for search in searches for rung in search.ladder}))


def cut(
    evaluation: Evaluation, thresholds: Sequence[Threshold], *, scorer: Scorer | None
) -> Evaluation | None:
    """The evaluation as these thresholds would have stopped its fit; none if they would not.

    What the fit did after the rung that stops it is forgotten. So it makes no difference
    whether the store already held a longer fit of the same source.

    Args:
        thresholds: in the order of their steps.
        scorer: of the same measurement; may be left out where there are no thresholds.
    """
    limits = {threshold.steps: threshold for threshold in thresholds}
    for number, rung in enumerate(evaluation.rungs, start=1):
        if ended := verdict(rung, limits.get(rung.steps), scorer):
            status, reason = ended
            return replace(
                evaluation,
                status=status,
                reason=reason,
                machine_dependent=False,
                rungs=evaluation.rungs[:number],
                cpu_capability="",
                train=(),
                id=(),
                ood=(),
                curve=(),
            )
    return None


def verdict(
    rung: Rung, threshold: Threshold | None, scorer: Scorer | None
) -> tuple[Status, str] | None:
    """What becomes of a fit that ends at a rung, and why; none if it goes on."""
    if threshold is None:
        return None
    if scorer is None:
        raise ValueError(f"{threshold}: nothing to score it with; give the lab a scorer")
    if not rung.ood:
        return Status.FAILED, f"a prediction is not finite at step {rung.steps}"
    fitness = scorer.rung_fitness(rung)
    if fitness >= threshold.fitness:
        return None
    reason = (
        f"stopped at step {rung.steps}: fitness {fitness:+.3f} there, below "
        f"{threshold.fitness:+.3f}"
    )
    return Status.PRUNED, reason


class Ladder:
    """Decides at the rungs of one fit, in order; holds what the child must not know.

    Attributes:
        rungs: those reached so far.
        verdict: what became of the fit and why, once a rung has ended it.

    Args:
        steps: of the rungs, ascending.
        thresholds: at some of them, or at none.
        scorer, targets: of the measurement.
    """

    def __init__(
        self,
        steps: Sequence[int],
        thresholds: Sequence[Threshold],
        *,
        scorer: Scorer | None,
        targets: Targets,
    ) -> None:
        self._steps = tuple(steps)
        self._thresholds = {threshold.steps: threshold for threshold in thresholds}
        self._scorer = scorer
        self._targets = targets
        self.rungs: tuple[Rung, ...] = ()
        self.verdict: tuple[Status, str] | None = None

    @property
    def climbed(self) -> bool:
        """Whether every rung was reached."""
        return len(self.rungs) == len(self._steps)

    def at_rung(self, step: int, arrays: Arrays) -> bool:
        """Scores predictions; whether the fit goes on.

        Raises:
            ProtocolError: not the next rung, or no predictions of the agreed kind.
        """
        due = None if self.climbed else self._steps[len(self.rungs)]
        if due is None or step != due:
            raise ProtocolError(f"predictions for rung {step}, where {due} was due")
        shape = (len(self._targets.ood) * self._targets.replicates, len(self._targets.order))
        rung = _rung(due, floats(arrays, {"test": shape})["test"], self._targets)
        self.rungs += (rung,)
        self.verdict = verdict(rung, self._thresholds.get(due), self._scorer)
        return self.verdict is None


def _rung(steps: int, test: NDArray[Any], targets: Targets) -> Rung:
    """The losses of a child's predictions; empty if one of them is not finite."""
    if not np.isfinite(test).all():
        return Rung(steps=steps)
    return Rung(steps=steps, **region_losses(test, targets=targets))
