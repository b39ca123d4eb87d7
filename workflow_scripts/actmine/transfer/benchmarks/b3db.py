"""Which molecules pass the blood-brain barrier (B3DB, Meng et al. 2021), by scaffold.

Molecules with the same Bemis-Murcko scaffold stand in one split, the largest groups in the
training set: the test set has frameworks that no training molecule has.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from actmine.transfer.benchmark import Benchmark, Data, MissingDataError, Tier, packaged
from actmine.transfer.benchmarks.molecules import Integers, held_back, joined, molecule_data
from actmine.transfer.job import Training
from actmine.transfer.parts import ID_TEST, OOD_TEST, SPLITS, TRAIN, VAL

NAME = "b3db"
_COMMAND = "pip install 'actmine[transfer]' && pip install --no-deps qc-b3db"
_SHARES = (0.8, 0.1)  # of molecules to train and validate on; the rest are tested
_SMOKE_MOLECULES = 1500


def load(tier: Tier, folders: Mapping[str, Path]) -> Data:
    """The labelled molecules as graphs.

    Raises:
        MissingDataError: the data set or RDKit is not installed.
    """
    known = labelled(tier)
    graphs = joined([graph(molecule) for molecule in known.molecules], known.labels)
    return molecule_data(graphs, known.rows)


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """Molecules of RDKit, their labels (molecule,) of 0 and 1, and the rows of each split."""

    molecules: list[Any]
    labels: Integers
    rows: dict[str, NDArray[np.intp]]


def labelled(tier: Tier) -> Labelled:
    """The molecules of a tier; what RDKit cannot read is left out.

    Raises:
        MissingDataError: the data set or RDKit is not installed.
    """
    path = packaged(NAME, "B3DB", "B3DB_classification.tsv", command=_COMMAND)
    if find_spec("rdkit") is None:
        raise MissingDataError(NAME, "the Python package rdkit", _COMMAND)
    table = pd.read_csv(path, sep="\t", usecols=["SMILES", "BBB+/BBB-"])
    if tier is Tier.SMOKE:
        table = table.iloc[:: len(table) // _SMOKE_MOLECULES]
    molecules, labels = [], []
    for smiles, label in zip(table["SMILES"], table["BBB+/BBB-"], strict=True):
        molecule = read_molecule(smiles)
        if molecule is not None:
            molecules.append(molecule)
            labels.append(label == "BBB+")
    return Labelled(
        molecules=molecules,
        labels=np.array(labels, np.int32),
        rows=split_by_scaffold([scaffold(molecule) for molecule in molecules]),
    )


def read_molecule(smiles: str) -> Any | None:
    """A molecule of RDKit; none where it reads none, or one without a bond."""
    from rdkit import Chem, rdBase

    rdBase.DisableLog("rdApp.*")
    molecule = Chem.MolFromSmiles(smiles)
    return molecule if molecule is not None and molecule.GetNumBonds() else None


def scaffold(molecule: Any) -> str:
    """The Bemis-Murcko scaffold; empty for a molecule without rings."""
    from rdkit import Chem

    found: str = Chem.MolToSmiles(Chem.MurckoDecompose(molecule), isomericSmiles=False)
    return found


def graph(molecule: Any) -> tuple[Integers, Integers, Integers]:
    """Atoms (atom, feature), bonds (bond, 2) in both directions, their features."""
    atoms = np.array([_atom(atom) for atom in molecule.GetAtoms()], np.int32)
    ends, features = [], []
    for bond in molecule.GetBonds():
        pair = (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
        ends += [pair, pair[::-1]]
        features += [_bond(bond)] * 2
    return atoms, np.array(ends, np.int32), np.array(features, np.int32)


def split_by_scaffold(scaffolds: Sequence[str]) -> dict[str, NDArray[np.intp]]:
    """Whole groups of one scaffold, the largest first; of equals, the one met first."""
    groups: dict[str, list[int]] = defaultdict(list)
    for row, scaffold in enumerate(scaffolds):
        groups[scaffold].append(row)
    ends = np.cumsum([share * len(scaffolds) for share in _SHARES])
    rows: dict[str, list[int]] = {split: [] for split in SPLITS}
    for group in sorted(groups.values(), key=lambda group: (-len(group), group[0])):
        if len(rows[TRAIN]) + len(group) <= ends[0]:
            rows[TRAIN] += group
        elif len(rows[TRAIN]) + len(rows[VAL]) + len(group) <= ends[1]:
            rows[VAL] += group
        else:
            rows[OOD_TEST] += group
    return held_back({split: np.array(chosen, np.intp) for split, chosen in rows.items()})


def _atom(atom: Any) -> list[int]:
    """Element, neighbours, charge, hydrogens, hybridisation, aromatic, in a ring."""
    return [
        min(atom.GetAtomicNum(), 60),
        min(atom.GetDegree(), 6),
        min(max(atom.GetFormalCharge() + 3, 0), 6),
        min(atom.GetTotalNumHs(), 4),
        int(atom.GetHybridization()),
        int(atom.GetIsAromatic()),
        int(atom.IsInRing()),
    ]


def _bond(bond: Any) -> list[int]:
    """Order (aromatic apart), conjugated, in a ring."""
    order = 0 if bond.GetIsAromatic() else min(int(bond.GetBondTypeAsDouble()), 3)
    return [order, int(bond.GetIsConjugated()), int(bond.IsInRing())]


_training = partial(
    Training,
    network="graph_isomorphism",
    settings={"width": 64, "depth": 3},
    batch=64,
    learning_rate=0.002,
    weight_decay=0.001,
)

BENCHMARK = Benchmark(
    name=NAME,
    scores={ID_TEST: "b3db, known scaffolds", OOD_TEST: "b3db, new scaffolds"},
    load=load,
    training={
        Tier.SMOKE: _training(steps=60),
        Tier.OFFLINE: _training(steps=300),
        Tier.FULL: _training(steps=2000),
    },
)
