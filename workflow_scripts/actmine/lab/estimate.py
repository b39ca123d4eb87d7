"""Says what a mean over the tasks of a suite is worth, by the design that drew them.

Tasks are the sample: replicates of one task are averaged before anything here, because they
tell nothing about other tasks. How many tasks a family has is fixed before any is drawn, so
families are strata: what they differ in is no doubt about the mean. [ours]
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A mean over tasks.

    Attributes:
        standard_error: of the value; 0 if only one task counts, where nothing can be said
            about others.
        freedom: Student's degrees of freedom of the standard error; 0 likewise.
    """

    value: float
    standard_error: float
    freedom: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Design:
    """How the tasks of a suite count.

    Attributes:
        weights: (task,) not negative, of any sum.
        families: of each task; those of one family were drawn alike.
    """

    weights: Array
    families: Sequence[str]

    def __post_init__(self) -> None:
        weights = self.weights
        if weights.shape != (len(self.families),):
            raise ValueError(
                f"task weights are {weights.shape}, not ({len(self.families)},), one a task"
            )
        if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
            raise ValueError(
                f"task weights are {weights.tolist()}; they must be finite and not negative, "
                "one at least above 0: see fitness.target.weights"
            )

    @cached_property
    def shares(self) -> Array:
        """(task,) the weights as shares of one."""
        shares: Array = self.weights / self.weights.sum()
        return shares

    @cached_property
    def counted(self) -> NDArray[np.bool_]:
        """(task,) whether a task has a weight."""
        return self.weights > 0

    @cached_property
    def strata(self) -> NDArray[np.intp]:
        """(counted task,) the number of its stratum.

        A single task does not tell how much its family varies: all families of one task are
        one stratum, and if that has one task still, the smallest other family joins it.
        """
        counted = np.array(self.families)[self.counted].tolist()
        sizes = Counter(counted)
        pooled = [family for family in sizes if sizes[family] == 1]
        if len(pooled) == 1:
            larger = (family for family in sorted(sizes) if sizes[family] > 1)
            pooled += sorted(larger, key=sizes.__getitem__)[:1]
        names = ["" if family in pooled else family for family in counted]
        return np.unique(names, return_inverse=True)[1]

    @cached_property
    def sizes(self) -> NDArray[np.intp]:
        """(stratum,) how many tasks each has."""
        return np.bincount(self.strata)

    @cached_property
    def members(self) -> Mapping[str, NDArray[np.bool_]]:
        """(task,) whether a task is of a family; by family, in the order of tasks."""
        of_task = np.array(self.families)
        return {family: of_task == family for family in dict.fromkeys(self.families)}

    @cached_property
    def family_shares(self) -> Mapping[str, Array]:
        """(task,) the shares of a family's tasks, 0 of others; of families that count."""
        shares = {family: self.shares * own for family, own in self.members.items()}
        return {family: share for family, share in shares.items() if share.any()}


def alike(tasks: int) -> Design:
    """Tasks of one family that count the same."""
    return Design(weights=np.ones(tasks), families=("",) * tasks)


def estimate(values: Array, design: Design) -> Estimate:
    """The mean of the tasks' values, as they count.

    Its error is the linearised one of a weighted mean in strata: a stratum of n tasks, of the
    share W and with the standard deviation s, adds W²s²/n to its square if its tasks count the
    same. Degrees of freedom are Satterthwaite's. One stratum whose tasks count the same has
    s/√n with n − 1.

    Args:
        values: (task,) one number a task, replicates averaged.

    Raises:
        ValueError: the design is of other tasks, or a number is not finite.
    """
    if values.shape != design.shares.shape:
        raise ValueError(
            f"means of tasks are {values.shape}, weights of tasks {design.shares.shape}; both "
            "are one a task"
        )
    if not np.isfinite(values).all():
        wrong = np.flatnonzero(~np.isfinite(values))[0]
        raise ValueError(f"the mean of task {wrong} is {values[wrong]}, not finite")
    value = float(design.shares @ values)
    stratum = design.strata
    if len(stratum) == 1:
        return Estimate(value=value, standard_error=0.0, freedom=0.0)
    parts = (design.shares * (values - value))[design.counted]
    counts = design.sizes
    errors = parts - (np.bincount(stratum, parts) / counts)[stratum]
    variances = counts / (counts - 1) * np.bincount(stratum, np.square(errors))
    variance = float(variances.sum())
    # Without any spread they do not matter.
    portions = variances / variance if variance > 0 else counts / counts.sum()
    return Estimate(
        value=value,
        standard_error=sqrt(variance),
        freedom=1 / float((np.square(portions) / (counts - 1)).sum()),
    )
