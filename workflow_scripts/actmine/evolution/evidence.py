"""Says how probable it is that one function is fitter than another on tasks of its kind.

A function that looks fitter may only have met easier noise. Tasks are the sample: a mean over
tasks varies by what the tasks differ in and by the noise of each task's replicates, and both
show in the spread between task means, so Student's t over these needs no resampling. At 6
tasks it finds "better than 0.9" between equals in 0.09 of cases, where a bootstrap over tasks
and replicates and the BCa interval find it in 0.14 and 0.13. [ours]
"""

import numpy as np

from actmine.lab.estimate import Array, Design, Estimate, estimate
from actmine.lab.fitness import task_means


def probability_better(new: Array, old: Array, *, clip: float, design: Design) -> float:
    """The posterior probability that `new` is fitter than `old`, paired by task.

    Under a flat prior of mean and log spread; 0.5 where nothing can be said. Its share
    above p between equals is 1 − p for symmetric gains. At 40 tasks whose gains are skewed
    like an exponential, 0.07 to 0.14 of equals are above 0.9.

    Args:
        new, old: (task, replicate) log ratios to the reference, on the same tasks; the numbers
            of replicates may differ. Both may share replicates: that only helps.
        clip: largest absolute mean of a task, as in the fitness.
        design: how tasks count, as in the fitness. If one alone does, its replicates are the
            sample instead, at least two of each.

    Raises:
        ValueError: the tasks differ, or a value is not finite.
    """
    _require_both(new, old)
    if design.counted.sum() == 1:
        return _by_replicates(new[design.counted].ravel(), old[design.counted].ravel())
    gains = _gain(new, old, clip=clip, design=design)
    return _student(gains.value, gains.standard_error, gains.freedom)


def gain(new: Array, old: Array, *, clip: float, design: Design) -> Estimate:
    """How much fitter `new` is than `old`, with its standard error, paired by task.

    Args: as of `probability_better`.

    Raises:
        ValueError: the tasks differ, or a value is not finite.
    """
    _require_both(new, old)
    return _gain(new, old, clip=clip, design=design)


def _gain(new: Array, old: Array, *, clip: float, design: Design) -> Estimate:
    return estimate(task_means(new, clip=clip) - task_means(old, clip=clip), design)


def pooled(*measurements: Array) -> Array:
    """Several measurements of one function as one, each replicate counting the same.

    Args:
        measurements: (task, replicate) each, on the same tasks with disjoint replicates.

    Returns:
        (task, replicates of all)

    Raises:
        ValueError: there is none, or the tasks differ.
    """
    for values in measurements:
        _require_measurement(values, "pooled function")
    tasks = [len(values) for values in measurements]
    if len(set(tasks)) > 1:
        raise ValueError(f"measurements on {tasks} tasks cannot be pooled: use one suite")
    return np.concatenate(measurements, axis=1)


def _by_replicates(new: Array, old: Array) -> float:
    """Welch's test of two samples."""
    if min(new.size, old.size) < 2:
        return 0.5
    parts = [float(values.var(ddof=1)) / values.size for values in (new, old)]
    variance = sum(parts)
    spread = sum(
        part**2 / (values.size - 1) for part, values in zip(parts, (new, old), strict=True)
    )
    freedom = variance**2 / spread if spread > 0.0 else 1.0
    return _student(float(new.mean() - old.mean()), np.sqrt(variance), freedom)


def _student(mean: float, standard_error: float, freedom: float) -> float:
    from scipy.special import stdtr  # not scipy.stats, which takes a second to import

    if standard_error == 0.0:
        return float(0.5 + 0.5 * np.sign(mean))
    return float(stdtr(freedom, mean / standard_error))


def _require_both(new: Array, old: Array) -> None:
    _require_measurement(new, "newcomer")
    _require_measurement(old, "incumbent")
    if len(new) != len(old):
        raise ValueError(
            f"the newcomer has {len(new)} tasks, the incumbent {len(old)}: measure both on "
            "one suite"
        )


def _require_measurement(values: Array, what: str) -> None:
    if values.ndim != 2 or values.size == 0:
        raise ValueError(
            f"the log ratios of the {what} are {values.shape}, not (task, replicate)"
        )
    if not np.isfinite(values).all():
        task, replicate = np.argwhere(~np.isfinite(values))[0]
        raise ValueError(
            f"the log ratio of the {what} in task {task}, replicate {replicate} is "
            f"{values[task, replicate]}, not finite: a failed candidate has no evidence"
        )
