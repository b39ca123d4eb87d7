"""ogbg-molhiv (Hu et al. 2020): which molecules inhibit HIV, by scaffold.

Reads the files as the Open Graph Benchmark unpacks them, without its package: `raw/*.csv.gz`
and `split/scaffold/*.csv.gz`.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from actmine.transfer.benchmark import Benchmark, Data, MissingDataError, Tier
from actmine.transfer.benchmarks.molecules import (
    Integers,
    Molecules,
    held_back,
    molecule_data,
)
from actmine.transfer.job import Training
from actmine.transfer.parts import ID_TEST, OOD_TEST, TRAIN, VAL

NAME = "molhiv"
_DEFAULT = Path("data/ogbg_molhiv")
_COMMAND = (
    "fetch http://snap.stanford.edu/ogb/data/graphproppred/csv_mol_download/hiv.zip, unpack "
    "it, and set transfer.folders.molhiv to the folder that holds raw and split"
)


def load(tier: Tier, folders: Mapping[str, Path]) -> Data:
    """The molecules with the published split; a tenth of the training ones is id_test.

    Raises:
        MissingDataError: a file is not there.
    """
    root = folders.get(NAME, _DEFAULT)
    edges, features = _table(root, "raw/edge"), _table(root, "raw/edge-feat")
    counts = _table(root, "raw/num-edge-list")[:, 0]
    molecule = np.repeat(np.arange(len(counts)), counts)
    # Published once each; messages go both ways.
    order = np.argsort(np.concatenate([molecule, molecule]), kind="stable")
    molecules = Molecules(
        atoms=_table(root, "raw/node-feat"),
        bonds=np.concatenate([edges, edges[:, ::-1]])[order],
        bond_features=np.concatenate([features, features])[order],
        atom_counts=_table(root, "raw/num-node-list")[:, 0],
        bond_counts=2 * counts,
        labels=_table(root, "raw/graph-label")[:, 0],
    )
    rows = {
        split: _table(root, f"split/scaffold/{file}")[:, 0].astype(np.intp)
        for split, file in ((TRAIN, "train"), (VAL, "valid"), (OOD_TEST, "test"))
    }
    # All at full size; else a tenth, spread over each split.
    step = 1 if tier is Tier.FULL else 10
    fewer = {split: chosen[::step] for split, chosen in held_back(rows).items()}
    return molecule_data(molecules, fewer)


def _table(root: Path, name: str) -> Integers:
    path = root / f"{name}.csv.gz"
    if not path.is_file():
        raise MissingDataError(NAME, path, _COMMAND)
    table: Integers = pd.read_csv(path, header=None).to_numpy(np.int32)
    return table


_training = partial(
    Training,
    network="graph_isomorphism",
    batch=64,
    learning_rate=0.001,
    weight_decay=0.001,
)

BENCHMARK = Benchmark(
    name=NAME,
    scores={ID_TEST: "molhiv, known scaffolds", OOD_TEST: "molhiv, new scaffolds"},
    load=load,
    training={
        Tier.SMOKE: _training(steps=20, settings={"width": 16, "depth": 2}),
        Tier.OFFLINE: _training(steps=300, settings={"width": 64, "depth": 3}),
        Tier.FULL: _training(steps=20_000, settings={"width": 300, "depth": 5}),
    },
)
