"""What a benchmark is: data in four splits, a network with its training, and a score."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from actmine.machine import MachineError
from actmine.transfer.job import Training
from actmine.transfer.parts import SPLITS, Split


class Tier(StrEnum):
    """How large a measurement is.

    SMOKE: seconds a training, on few rows of the same data; for tests.
    OFFLINE: data that packages bring, about a minute of CPU for each seed of a function.
    FULL: data that users fetch themselves, for a cluster or a GPU.
    """

    SMOKE = "smoke"
    OFFLINE = "offline"
    FULL = "full"


class Kind(StrEnum):
    """What an output of a network means, which decides the loss it is trained with.

    REGRESSION: a number; squared error.
    CLASSES: one of those along the last axis; cross-entropy. A target of -1 is not counted.
    BINARY: a logit of yes or no; cross-entropy. A target of -1 is not counted.
    """

    REGRESSION = "regression"
    CLASSES = "classes"
    BINARY = "binary"


class MissingDataError(FileNotFoundError, MachineError):
    """Data that are not on this machine; the message names the file and the command."""

    def __init__(self, benchmark: str, missing: Path | str, command: str) -> None:
        super().__init__(f"{benchmark}: {missing} is not there; {command}")


def packaged(benchmark: str, package: str, file: str, *, command: str) -> Path:
    """A file below an installed package's folder, found without importing the package.

    Raises:
        MissingDataError: the package, or this file of it, is not installed.
    """
    spec = find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    path = Path(folders[0] if folders else package, file)
    if not path.is_file():
        raise MissingDataError(benchmark, path, command)
    return path


@dataclass(frozen=True, kw_only=True)
class Output:
    """One thing that a network predicts.

    Attributes:
        kind: decides the loss.
        metric: key of `actmine.transfer.scoring.METRICS`; decides the score.
    """

    kind: Kind
    metric: str


@dataclass(frozen=True, kw_only=True)
class Data:
    """All data of a benchmark.

    Attributes:
        splits: by name of `SPLITS`. `val` chooses a learning rate, `id_test` and `ood_test`
            are scored; none of their targets leaves the parent.
        outputs: what is predicted.
        network: arguments that the data dictate to the network, such as its inputs.
    """

    splits: Mapping[str, Split]
    outputs: Mapping[str, Output]
    network: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if set(self.splits) != set(SPLITS):
            raise ValueError(f"splits are {sorted(self.splits)}, not {sorted(SPLITS)}")
        for name, split in self.splits.items():
            if not split or not all(part.rows for part in split):
                raise ValueError(f"the split {name} has no rows")
            if any(set(part.targets) != set(self.outputs) for part in split):
                raise ValueError(f"the targets of {name} are not {sorted(self.outputs)}")


@dataclass(frozen=True, kw_only=True)
class Published:
    """What others report of the same training. [secondary]

    Attributes:
        figures: by function, the score on the in-distribution test.
        cite: where they stand.
        differs: in what the measurement here is not theirs.
    """

    figures: Mapping[str, float]
    cite: str
    differs: str


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """One training whose scores are compared between functions.

    Attributes:
        name: in files and configurations.
        scores: the splits that count, each with the name its score goes by.
        load: the data of a tier; `folders` says where users keep theirs.
        training: by tier.
        published: figures to put beside those of the full tier, where there are any.
    """

    name: str
    scores: Mapping[str, str]
    load: Callable[[Tier, Mapping[str, Path]], Data]
    training: Mapping[Tier, Training]
    published: Published | None = None
