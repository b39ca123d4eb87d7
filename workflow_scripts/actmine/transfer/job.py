"""One training as parent and child agree on it: settings in a header, data in arrays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

if TYPE_CHECKING:  # the child imports this module and needs no benchmark
    from actmine.transfer.benchmark import Data

Arrays = dict[str, NDArray[Any]]

TRANSFER = "transfer"  # the kind of request
TRAIN = "train"
PREDICTED = ("val", "id_test", "ood_test")


@dataclass(frozen=True, kw_only=True)
class Job:
    """What a child is asked to train.

    Attributes:
        network: key of the registry of networks, and `settings` its arguments.
        outputs: name to kind, see `actmine.transfer.benchmark.Kind`.
        steps, batch, learning_rate, weight_decay: as in `Training`.
        seed: of initial weights and minibatches, the same for every function.
        device: `cpu` or `cuda`.
    """

    network: str
    settings: Mapping[str, Any]
    outputs: Mapping[str, str]
    steps: int
    batch: int
    learning_rate: float
    weight_decay: float
    seed: int
    device: str

    def header(self, source: str) -> dict[str, Any]:
        """The header of a request."""
        return {"kind": TRANSFER, "source": source, "job": asdict(self)}


@dataclass(frozen=True, kw_only=True)
class GivenPart:
    """Rows of one size as a child gets them; targets of the training split only."""

    inputs: Arrays
    targets: Arrays


def request_arrays(data: Data) -> Arrays:
    """The arrays of a request: all inputs, and the targets of the training split alone."""
    arrays: Arrays = {}
    for split, parts in data.splits.items():
        for number, part in enumerate(parts):
            groups = {"inputs": part.inputs}
            if split == TRAIN:
                groups["targets"] = part.targets
            for role, group in groups.items():
                arrays |= {f"{split}|{number}|{role}|{name}": a for name, a in group.items()}
    return arrays


def given_parts(arrays: Mapping[str, NDArray[Any]]) -> dict[str, list[GivenPart]]:
    """The parts of every split, from the arrays of a request."""
    groups: dict[tuple[str, int], dict[str, Arrays]] = defaultdict(
        lambda: {"inputs": {}, "targets": {}}
    )
    for key, array in arrays.items():
        split, number, role, name = key.split("|")
        groups[split, int(number)][role][name] = array
    parts: dict[str, list[GivenPart]] = defaultdict(list)
    for (split, _), group in sorted(groups.items()):
        parts[split].append(GivenPart(**group))
    return parts


def answer_name(split: str, number: int, output: str) -> str:
    """What a child calls its predictions of one output for one part."""
    return f"{split}|{number}|{output}"
