"""Molecules as graphs, side by side in a few arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from actmine.transfer.benchmark import Data, Kind, Output
from actmine.transfer.parts import ID_TEST, TRAIN, Part

Integers = NDArray[np.int32]

_ID_SHARE = 0.1  # of the training molecules, held back
_SPLIT_SEED = 0


@dataclass(frozen=True, kw_only=True)
class Molecules:
    """Graphs numbered through; every bond stands in both directions.

    Attributes:
        atoms: (atom, feature) from 0.
        bonds: (bond, 2) from and to, numbered within a molecule.
        bond_features: (bond, feature) from 0.
        atom_counts, bond_counts: (molecule,).
        labels: (molecule,) 0 or 1.
    """

    atoms: Integers
    bonds: Integers
    bond_features: Integers
    atom_counts: Integers
    bond_counts: Integers
    labels: Integers

    def part(self, chosen: NDArray[np.intp]) -> Part:
        """Some molecules, in this order."""
        atoms, atom_offsets = _members(self.atom_counts, chosen)
        bonds, bond_offsets = _members(self.bond_counts, chosen)
        return Part(
            inputs={
                "atoms": self.atoms[atoms],
                "bonds": self.bonds[bonds],
                "bond_features": self.bond_features[bonds],
                "atom_offsets": atom_offsets,
                "bond_offsets": bond_offsets,
            },
            targets={"y": self.labels[chosen]},
        )


def molecule_data(molecules: Molecules, rows: Mapping[str, NDArray[np.intp]]) -> Data:
    """Splits molecules; the network gets as many values a feature as occur anywhere."""
    return Data(
        splits={name: (molecules.part(chosen),) for name, chosen in rows.items()},
        outputs={"y": Output(kind=Kind.BINARY, metric="roc_auc")},
        network={
            "atoms": (molecules.atoms.max(axis=0) + 1).tolist(),
            "bonds": (molecules.bond_features.max(axis=0) + 1).tolist(),
        },
    )


def held_back(rows: Mapping[str, NDArray[np.intp]]) -> dict[str, NDArray[np.intp]]:
    """The same splits, with a tenth of the training molecules as `id_test`."""
    known = np.random.Generator(np.random.PCG64(_SPLIT_SEED)).permutation(rows[TRAIN])
    held = int(_ID_SHARE * len(known)) or 1
    return {**rows, TRAIN: np.sort(known[held:]), ID_TEST: np.sort(known[:held])}


def joined(
    graphs: Sequence[tuple[Integers, Integers, Integers]], labels: Integers
) -> Molecules:
    """Molecules from (atoms, bonds, bond features) of each."""
    atoms, bonds, features = zip(*graphs, strict=True)
    return Molecules(
        atoms=np.concatenate(atoms),
        bonds=np.concatenate(bonds),
        bond_features=np.concatenate(features),
        atom_counts=np.array([len(array) for array in atoms], np.int32),
        bond_counts=np.array([len(array) for array in bonds], np.int32),
        labels=labels,
    )


def _members(counts: Integers, chosen: NDArray[np.intp]) -> tuple[NDArray[np.intp], Integers]:
    """Which rows belong to some molecules, and where each of these now starts."""
    ends = np.cumsum(counts)
    rows = [np.arange(ends[array] - counts[array], ends[array]) for array in chosen]
    offsets = np.concatenate([[0], np.cumsum(counts[chosen])]).astype(np.int32)
    return np.concatenate(rows).astype(np.intp), offsets
