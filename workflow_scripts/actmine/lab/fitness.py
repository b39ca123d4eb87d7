"""Turns losses into fitness: the one rule that the search, the report and the audit share."""

from dataclasses import dataclass, fields
from math import isfinite

import numpy as np

from actmine.lab.estimate import Array, Design, Estimate, estimate
from actmine.settings.sections import FitnessSettings


@dataclass(frozen=True, kw_only=True, eq=False)
class Losses:
    """Mean squared errors of standardised targets, by region.

    Attributes:
        train, id, ood: each (task, replicate), float64, finite and not negative.
    """

    train: Array
    id: Array
    ood: Array

    def __post_init__(self) -> None:
        for region in (field.name for field in fields(self)):
            losses = np.asarray(getattr(self, region), dtype=np.float64)
            _require_losses(losses, region)
            if losses.shape != self.train.shape:
                raise ValueError(
                    f"{region} losses are {losses.shape}, train losses {self.train.shape}; "
                    "every region has the same tasks and replicates"
                )
            # Frozen too: a measurement is shared by all that compare with it.
            losses = losses.copy()
            losses.setflags(write=False)
            object.__setattr__(self, region, losses)


@dataclass(frozen=True, kw_only=True)
class Fitness(Estimate):
    """How well a candidate does on one suite: the higher the value, the better.

    Under mean log ratio the reference has 0.

    Attributes:
        id_ratio: in-distribution loss over the reference's, geometric mean over tasks.
        within_guard: whether `id_ratio` is within the settings' guard.
    """

    id_ratio: float
    within_guard: bool


@dataclass(frozen=True, kw_only=True)
class FamilyLoss:
    """A function's losses on one family: over the reference's, geometric mean over tasks.

    Attributes:
        family: as the configuration calls it.
        train, id, ood: by region; below 1 is better than the reference.
    """

    family: str
    train: float
    id: float
    ood: float

    def __post_init__(self) -> None:
        for region in ("train", "id", "ood"):
            ratio = getattr(self, region)
            if not (isfinite(ratio) and ratio >= 0):
                raise ValueError(
                    f"{self.family}: its {region} loss ratio is {ratio}; a ratio is finite and "
                    "not negative"
                )


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """What a family adds to a fitness: `share` times `fitness`, which add up to it.

    Attributes:
        family: as the configuration calls it; only those that count.
        share: of the weight of all tasks, above 0.
        fitness: on the family's tasks alone.
    """

    family: str
    share: float
    fitness: float


def score(
    losses: Losses, reference: Losses, *, design: Design, settings: FitnessSettings
) -> Fitness:
    """Scores a candidate against the reference activation.

    Args:
        losses: of the candidate.
        reference: of the reference activation, on the same tasks and replicates.
        design: how tasks count; their weights hold for the in-distribution guard too.

    Raises:
        ValueError: tasks or replicates differ, or the design is of other tasks.
    """
    scores = by_replicate(losses, reference, settings=settings)
    found = summary(scores, design=design, settings=settings)
    id_gain = _region_ratio(losses, reference, "id", epsilon=settings.epsilon).mean(axis=1)
    id_ratio = float(np.exp(-(design.shares @ id_gain)))
    return Fitness(
        value=found.value,
        standard_error=found.standard_error,
        freedom=found.freedom,
        id_ratio=id_ratio,
        within_guard=id_ratio <= settings.id_guard,
    )


def summary(scores: Array, *, design: Design, settings: FitnessSettings) -> Estimate:
    """The fitness that scores add up to.

    Args:
        scores: (task, replicate) as `by_replicate` gives them; measurements of one function
            on other replicates may stand side by side.
        design: how tasks count.
    """
    return estimate(task_means(scores, clip=settings.limit), design)


def contributions(
    scores: Array, *, design: Design, settings: FitnessSettings
) -> tuple[Contribution, ...]:
    """What the families add to the fitness that scores add up to, in the order of tasks.

    Args:
        scores: (task, replicate) as `by_replicate` gives them.
        design: how tasks count.
    """
    means = task_means(scores, clip=settings.limit)
    found = []
    for family, share in design.family_shares.items():
        whole = share.sum()
        fitness = float(share @ means / whole)
        found.append(Contribution(family=family, share=float(whole), fitness=fitness))
    return tuple(found)


def by_task(losses: Losses, reference: Losses, *, settings: FitnessSettings) -> Array:
    """What each task contributes to the fitness, before weights.

    Returns:
        (task,) higher is better: clipped log ratios, or losses with their sign turned.
    """
    scores = by_replicate(losses, reference, settings=settings)
    return task_means(scores, clip=settings.limit)


def by_replicate(losses: Losses, reference: Losses, *, settings: FitnessSettings) -> Array:
    """What each network contributes, before the limit on a task's mean.

    Returns:
        (task, replicate) higher is better.
    """
    region = settings.target.region
    if settings.aggregation == "mean_loss":
        own: Array = getattr(losses, region)
        return -own
    return _region_ratio(losses, reference, region, epsilon=settings.epsilon)


def network_scores(loss: Array, reference: Array, *, settings: FitnessSettings) -> Array:
    """(task, replicate) what each network contributes to the fitness, higher is better."""
    if settings.aggregation == "mean_loss":
        return -loss
    return log_ratio(loss, reference, epsilon=settings.epsilon)


def by_family(
    losses: Losses, reference: Losses, *, design: Design, epsilon: float
) -> tuple[FamilyLoss, ...]:
    """Where a candidate is better than the reference, and where worse.

    Args:
        design: of what family each task is; weights do not matter.
        epsilon: added to both losses of a ratio.
    """
    ratios = [
        _region_ratio(losses, reference, region, epsilon=epsilon)
        for region in ("train", "id", "ood")
    ]
    losses_by_family = []
    for family, own in design.members.items():
        means = [gain[own].mean() for gain in ratios]
        train, inside, outside = np.exp(np.negative(means)).tolist()
        losses_by_family.append(FamilyLoss(family=family, train=train, id=inside, ood=outside))
    return tuple(losses_by_family)


def log_ratio(loss: Array, reference: Array, *, epsilon: float) -> Array:
    """Log improvement over the reference activation. [ours]

    Args:
        loss: (task, replicate) mean squared errors of the candidate.
        reference: the same of the reference activation.
        epsilon: added to both, against targets that vanish.

    Returns:
        (task, replicate), higher is better.

    Raises:
        ValueError: the shapes differ, or a loss is negative or not finite.
    """
    _require_losses(loss, "candidate")
    _require_losses(reference, "reference")
    return _checked_ratio(loss, reference, epsilon=epsilon)


def _region_ratio(losses: Losses, reference: Losses, region: str, *, epsilon: float) -> Array:
    """`log_ratio` in a region: that the losses are finite was seen to when they were made."""
    return _checked_ratio(getattr(losses, region), getattr(reference, region), epsilon=epsilon)


def _checked_ratio(loss: Array, reference: Array, *, epsilon: float) -> Array:
    if loss.shape != reference.shape:
        raise ValueError(
            f"candidate losses are {loss.shape}, reference losses {reference.shape}; "
            "both are (task, replicate) of the same suite and replicates"
        )
    ratios: Array = np.log((reference + epsilon) / (loss + epsilon))
    return ratios


def task_means(ratios: Array, *, clip: float) -> Array:
    """Each task's mean over replicates, so limited that no single task decides.

    Args:
        ratios: (task, replicate) log ratios.
        clip: largest absolute mean of a task.

    Returns:
        (task,)
    """
    means: Array = ratios.mean(axis=1).clip(-clip, clip)
    return means


def _require_losses(losses: Array, what: str) -> None:
    if losses.ndim != 2 or losses.size == 0:
        raise ValueError(f"{what} losses are {losses.shape}, not (task, replicate)")
    right = np.isfinite(losses) & (losses >= 0)
    if not right.all():
        task, replicate = np.argwhere(~right)[0]
        raise ValueError(
            f"the {what} loss of task {task}, replicate {replicate} is "
            f"{losses[task, replicate]}; losses are finite and not negative, and a candidate "
            "without them is failed, not scored"
        )
