"""The rows of a benchmark's splits, as arrays; the child knows them and no benchmark."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]

TRAIN, VAL, ID_TEST, OOD_TEST = SPLITS = ("train", "val", "id_test", "ood_test")


@dataclass(frozen=True, kw_only=True)
class Part:
    """Rows that can stand in one minibatch.

    Attributes:
        inputs: float32 or int32, the first axis the rows unless the network says otherwise.
        targets: by output, the first axis the rows; -1 where an entry is not counted. A child
            has none but those of the training split.
    """

    inputs: Arrays
    targets: Arrays

    @property
    def rows(self) -> int:
        """How many examples there are."""
        return len(next(iter(self.targets.values())))


Split = tuple[Part, ...]


def flat(splits: Mapping[str, Split]) -> dict[str, NDArray[Any]]:
    """The arrays of all parts under one name each, as files and requests carry them."""
    return {
        f"{split}|{number}|{role}|{name}": array
        for split, parts in splits.items()
        for number, part in enumerate(parts)
        for role, group in (("inputs", part.inputs), ("targets", part.targets))
        for name, array in group.items()
    }


def splits_of(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Split]:
    """The parts of every split, from what `flat` gave."""
    groups: dict[str, dict[int, dict[str, dict[str, NDArray[Any]]]]] = {}
    for key, array in arrays.items():
        split, number, role, name = key.split("|")
        empty: dict[str, dict[str, NDArray[Any]]] = {"inputs": {}, "targets": {}}
        part = groups.setdefault(split, {}).setdefault(int(number), empty)
        part[role][name] = array
    return {
        split: tuple(Part(**parts[number]) for number in sorted(parts))
        for split, parts in groups.items()
    }
