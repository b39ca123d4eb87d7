"""Samples a target: standardised train, ID-test and OOD rows."""

import hashlib
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from actmine.files import canonical_json
from actmine.records.form import Form
from actmine.records.rows import Row, to_row
from actmine.settings.suites import Samples
from actmine.tasks.regions import Region, in_words
from actmine.tasks.target import Array, Target, TaskError

Floats = NDArray[np.float32]

ARRAYS = ("x_train", "y_train", "x_id", "y_id", "x_ood", "y_ood")
STATISTICS = ".9g"  # processors round a sum of float64 otherwise in its last bits
MIN_SPREAD = 1e-5  # of a target over its size; below it float32 sees mostly rounding [ours]


@dataclass(frozen=True, kw_only=True, eq=False)
class Description:
    """What a suite's manifest tells of a task; the arrays stand in a file of their own.

    Attributes:
        formula: what people read; see `Target`.
        train_region, ood_region: in the original units.
        x_mean, x_std: one number per input, to undo the standardisation, in nine digits.
        y_mean, y_std: the same for the target.
    """

    FORM: ClassVar = Form(
        grouped={"stats": ("x_mean", "x_std", "y_mean", "y_std")},
        renamed={"train_region": "train", "ood_region": "ood"},
    )

    name: str
    family: str
    formula: str
    variables: tuple[str, ...]
    train_region: Region
    ood_region: Region
    x_mean: tuple[float, ...]
    x_std: tuple[float, ...]
    y_mean: float
    y_std: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Task(Description):
    """A sampled task. All arrays are standardised with the statistics of the train rows.

    Attributes:
        x_train, x_id, x_ood: (row, input) inputs.
        y_train, y_id, y_ood: (row,) targets.
    """

    x_train: Floats
    y_train: Floats
    x_id: Floats
    y_id: Floats
    x_ood: Floats
    y_ood: Floats

    def __post_init__(self) -> None:
        for name in ARRAYS:
            array = getattr(self, name)
            rows = len(getattr(self, "x" + name[1:]))
            shape = (rows, self.inputs) if name[0] == "x" else (rows,)
            if array.dtype != np.float32 or array.shape != shape or not rows:
                raise TaskError(
                    f"task {self.name}: {name} is {array.dtype} {array.shape}, "
                    f"not float32 {shape} with at least one row"
                )
            if not np.isfinite(array).all():
                raise TaskError(f"task {self.name}: {name} is not finite in float32")

    @property
    def inputs(self) -> int:
        """The number of inputs."""
        return len(self.variables)

    def describe(self) -> Row:
        """All but the arrays, in JSON form."""
        return to_row(self, Description)

    def digest(self) -> str:
        """sha256 over the description and the arrays' bytes."""
        content = hashlib.sha256(canonical_json(self.describe()).encode())
        for name in ARRAYS:
            array = getattr(self, name)
            content.update(f"{name}{array.shape}".encode())
            content.update(array.astype("<f4").tobytes())
        return content.hexdigest()


def draw_task(target: Target, *, samples: Samples, seed: np.random.SeedSequence) -> Task:
    """Samples a target; each kind of row has its own stream, so their counts are free.

    Raises:
        TaskError: the target is not finite, or constant, on one of the regions.
    """
    plan = {
        "train": (target.train, samples.train),
        "id": (target.train, samples.id_test),
        "ood": (target.ood, samples.ood_test),
    }
    x: dict[str, Array] = {}
    y: dict[str, Array] = {}
    for (kind, (region, rows)), stream in zip(plan.items(), seed.spawn(3), strict=True):
        x[kind] = region.sample(np.random.Generator(np.random.PCG64(stream)), rows)
        y[kind] = target.function(x[kind])
        _require_learnable(target, y[kind], region)
    x_mean, x_std = x["train"].mean(axis=0), x["train"].std(axis=0)
    y_mean, y_std = y["train"].mean(), y["train"].std()
    arrays: dict[str, Floats] = {}
    with np.errstate(over="ignore"):  # float32 overflow is refused by name in Task
        for kind in plan:
            arrays[f"x_{kind}"] = ((x[kind] - x_mean) / x_std).astype(np.float32)
            arrays[f"y_{kind}"] = ((y[kind] - y_mean) / y_std).astype(np.float32)
    return Task(
        name=target.name,
        family=target.family,
        formula=target.formula,
        variables=target.variables,
        train_region=target.train,
        ood_region=target.ood,
        x_mean=tuple(map(_told, x_mean)),
        x_std=tuple(map(_told, x_std)),
        y_mean=_told(y_mean),
        y_std=_told(y_std),
        **arrays,
    )


def _told(statistic: float) -> float:
    """A statistic as a suite tells it, and hashes it."""
    return float(format(statistic, STATISTICS))


def _require_learnable(target: Target, y: Array, region: Region) -> None:
    finite, where = np.isfinite(y), in_words(region, target.variables)
    if not finite.all():
        raise TaskError(
            f"task {target.name}: {target.formula} is not finite at {(~finite).sum()} of "
            f"{len(y)} points ({where}); choose ranges where it is finite"
        )
    with np.errstate(over="ignore", invalid="ignore"):
        spread = y.std()
    if not np.isfinite(spread) or spread <= MIN_SPREAD * np.abs(y).max():
        raise TaskError(
            f"task {target.name}: {target.formula} has standard deviation {spread:.3g} over "
            f"{where}: constant or beyond float64; choose other ranges or leave it out"
        )
