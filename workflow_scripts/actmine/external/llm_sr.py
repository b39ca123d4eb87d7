"""LLM-SR: oscillators, bacterial growth, the stress of a metal (Shojaee et al., ICLR 2025).

The rows are the authors', with their own test splits in and out of distribution. They come
with the package llm4ad (MIT licence), whose files are read as data and never imported.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from actmine.external.metric import Metric
from actmine.external.plan import BRINGS, LLM_SR, PACKAGES
from actmine.external.source import Seeds, Size, Source, generator
from actmine.tasks.regions import Box
from actmine.tasks.task import STATISTICS, Floats, Task
from actmine.transfer.benchmark import packaged

Array = NDArray[np.float64]

SPLITS = {"train": "train", "id": "test_id", "ood": "test_odd"}  # the last is spelled so


@dataclass(frozen=True, kw_only=True)
class Table:
    """A data set of the package.

    Attributes:
        folder: below the package's tasks.
        tells: what the target is, for people.
        columns: inputs, then the target.
    """

    folder: str
    tells: str
    columns: tuple[str, ...]


TABLES: Mapping[str, Table] = {
    "oscillation_1": Table(
        folder="oscillator1",
        tells="acceleration of a damped nonlinear oscillator",
        columns=("x", "v", "a"),
    ),
    "oscillation_2": Table(
        folder="oscillator2",
        tells="acceleration of a driven, damped nonlinear oscillator",
        columns=("t", "x", "v", "a"),
    ),
    "bacterial_growth": Table(
        folder="bactgrow",
        tells="growth rate of E. coli",
        columns=("b", "s", "temp", "pH", "db"),
    ),
    "stress_strain": Table(
        folder="stresstrain",
        tells="measured stress of an aluminium rod",
        columns=("strain", "temp", "stress"),
    ),
}


def read(family: str) -> dict[str, Array]:
    """(row, column) numbers of every split, the target last.

    Raises:
        MissingDataError: the package is not installed.
        ValueError: its files hold something else than rows of these columns.
    """
    table = TABLES[family]
    splits = {}
    for split, file in SPLITS.items():
        place = f"task/science_discovery/{table.folder}/{file}.py"
        path = packaged(LLM_SR, PACKAGES[LLM_SR], place, command=BRINGS)
        text = path.read_text(encoding="utf-8")
        rows = json.loads(text[text.index("[") :])  # `data = ` before a list of mappings
        if {tuple(row) for row in rows} != {table.columns}:
            raise ValueError(f"{path}: its rows have other columns than {table.columns}")
        splits[split] = np.array([list(row.values()) for row in rows], dtype=np.float64)
    return splits


def tasks(size: Size, seeds: Seeds) -> Iterator[Task]:
    """Every data set's tasks: each draw has rows of its own of every split."""
    data = {family: read(family) for family in TABLES}
    asked = {
        "train": size.samples.train,
        "id": size.samples.id_test,
        "ood": size.samples.ood_test,
    }
    # Tasks are trained together, so that all have as many rows as the smallest data set.
    rows = {
        split: min(count, *(len(splits[split]) for splits in data.values()))
        for split, count in asked.items()
    }
    for family, splits in data.items():
        for number in range(size.draws):
            name = f"{family}.{number}"
            rng = generator(seeds(name, "samples"))
            picked = {
                split: values[rng.permutation(len(values))[: rows[split]]]
                for split, values in splits.items()
            }
            yield _task(name, family, picked, splits)


def _task(
    name: str, family: str, picked: Mapping[str, Array], whole: Mapping[str, Array]
) -> Task:
    """A task whose regions are the boxes around the data, which may overlap."""
    table = TABLES[family]
    mean, std = picked["train"].mean(axis=0), picked["train"].std(axis=0)
    arrays: dict[str, Floats] = {}
    for split, values in picked.items():
        standard = ((values - mean) / std).astype(np.float32)
        arrays[f"x_{split}"] = np.ascontiguousarray(standard[:, :-1])
        arrays[f"y_{split}"] = np.ascontiguousarray(standard[:, -1])
    *x_mean, y_mean = (float(format(value, STATISTICS)) for value in mean)
    *x_std, y_std = (float(format(value, STATISTICS)) for value in std)
    return Task(
        name=name,
        family=family,
        formula=table.tells,
        variables=table.columns[:-1],
        train_region=_around(whole["train"]),
        ood_region=_around(whole["ood"]),
        x_mean=tuple(x_mean),
        x_std=tuple(x_std),
        y_mean=y_mean,
        y_std=y_std,
        **arrays,
    )


def _around(values: Array) -> Box:
    """The least half-open box with all inputs."""
    x = values[:, :-1]
    low, high = x.min(axis=0), np.nextafter(x.max(axis=0), np.inf)
    return Box(tuple(low.tolist()), tuple(high.tolist()))


def _published(*, mixtral: float, gpt: float) -> tuple[tuple[str, float], ...]:
    return ("LLM-SR with Mixtral", mixtral), ("LLM-SR with GPT-3.5", gpt)


SOURCE = Source(
    name=LLM_SR,
    title="LLM-SR",
    cite="Shojaee, Meidani, Gupta, Barati Farimani, Reddy, ICLR 2025, arXiv 2404.18400; rows "
    "from llm4ad 1.11",
    metric=Metric.NMSE,
    draw=tasks,
    # Out of distribution. [secondary]: its table could not be read. EGG-SR (arXiv 2511.05849,
    # Table 2) quotes all of it for LLM-SR, EvoTune (arXiv 2504.05108, Table 2) the last two
    # columns, with the same digits.
    published={
        "oscillation_1": _published(mixtral=0.0002, gpt=0.0005),
        "oscillation_2": _published(mixtral=0.0291, gpt=3.81e-5),
        "bacterial_growth": _published(mixtral=0.0037, gpt=0.0264),
        "stress_strain": _published(mixtral=0.0946, gpt=0.0516),
    },
    differs="The published figures, as two later papers quote them (arXiv 2511.05849 and "
    "2504.05108), are of equations, fitted to all rows; here it is the run's "
    "own network on as many rows as the smallest data set has",
)
