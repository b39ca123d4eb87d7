"""A graph isomorphism network for molecules (Xu et al. 2019)."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from actmine.transfer.networks.network import (
    Activation,
    Inputs,
    Network,
    Outputs,
    PerFeatureVector,
    Random,
    Rows,
)
from actmine.transfer.parts import Arrays


class GraphIsomorphism(Network):
    """Sums messages over bonds, then averages over atoms; one logit a molecule.

    Args:
        activation: maps (atoms or bonds of a batch, width) to the same shape.
        atoms: how many values each feature of an atom has.
        bonds: how many values each feature of a bond has.
        width: units of every layer.
        depth: rounds of messages.
    """

    shapes_vary: ClassVar[bool] = True

    def __init__(
        self,
        activation: Activation,
        *,
        atoms: Sequence[int],
        bonds: Sequence[int],
        width: int,
        depth: int,
    ) -> None:
        super().__init__()
        self.activation = PerFeatureVector(activation)
        self.atoms = _Embedding(atoms, width)
        self.bonds = nn.ModuleList(_Embedding(bonds, width) for _ in range(depth))
        self.updates = nn.ModuleList(
            nn.Sequential(
                nn.Linear(width, 2 * width),
                nn.BatchNorm1d(2 * width),
                self.activation,
                nn.Linear(2 * width, width),
                nn.BatchNorm1d(width),
            )
            for _ in range(depth)
        )
        self.answer = nn.Linear(width, 1)

    def forward(self, inputs: Inputs) -> Outputs:
        """One logit a molecule: y (batch,)."""
        h = self.atoms(inputs["atoms"])
        source, target = inputs["bonds"].T
        for bond, update in zip(self.bonds, self.updates, strict=True):
            messages = self.activation(h[source] + bond(inputs["bond_features"]))
            h = self.activation(update(h.index_add(0, target, messages)))
        molecules, sizes = inputs["molecule"], inputs["sizes"]
        total = h.new_zeros(len(sizes), h.shape[1]).index_add(0, molecules, h)
        return {"y": self.answer(total / sizes[:, None]).squeeze(-1)}

    def collate(self, arrays: Arrays, rows: Rows, *, rng: Random | None = None) -> Inputs:
        """Some molecules side by side, their atoms numbered through.

        Args:
            arrays: `atoms` (atom, feature), `bonds` (bond, 2) numbered within a molecule,
                `bond_features` (bond, feature), and where each molecule starts:
                `atom_offsets` and `bond_offsets` (molecule + 1,).
            rows: which molecules.
            rng: unused.
        """
        atoms, sizes = _ranges(arrays["atom_offsets"], rows)
        bonds, counts = _ranges(arrays["bond_offsets"], rows)
        starts = np.cumsum(sizes) - sizes
        shifted = arrays["bonds"][bonds] + np.repeat(starts, counts)[:, None]
        return {
            "atoms": torch.from_numpy(arrays["atoms"][atoms].astype(np.int64)),
            "bonds": torch.from_numpy(shifted.astype(np.int64)),
            "bond_features": torch.from_numpy(arrays["bond_features"][bonds].astype(np.int64)),
            "molecule": torch.from_numpy(np.repeat(np.arange(len(rows)), sizes)),
            "sizes": torch.from_numpy(sizes.astype(np.float32)),
        }

    def rows(self, arrays: Arrays) -> int:
        """How many molecules there are."""
        return len(arrays["atom_offsets"]) - 1


class _Embedding(nn.Module):
    """The sum of one learned vector for each feature's value."""

    def __init__(self, values: Sequence[int], width: int) -> None:
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(count, width) for count in values)

    def forward(self, features: Tensor) -> Tensor:
        columns = zip(self.tables, features.T, strict=True)
        return torch.stack([table(column) for table, column in columns]).sum(0)


def _ranges(
    offsets: NDArray[np.int32], rows: Rows
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The members of some groups, one after the other, and how many each has."""
    first = offsets[rows].astype(np.int64)
    sizes = offsets[rows + 1].astype(np.int64) - first
    starts = np.cumsum(sizes) - sizes
    members = np.arange(sizes.sum()) + np.repeat(first - starts, sizes)
    return members, sizes
