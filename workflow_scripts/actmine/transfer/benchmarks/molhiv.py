"""ogbg-molhiv (Hu et al. 2020): which molecules inhibit HIV, by scaffold.

Reads the files as the Open Graph Benchmark unpacks them, without its package: `raw/*.csv.gz`
and `split/scaffold/*.csv.gz`.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from actmine.transfer.benchmark import Benchmark, Data, MissingDataError, Tier, Training
from actmine.transfer.benchmarks.molecules import Integers, Molecules, molecule_data
from actmine.transfer.parts import ID_TEST, OOD_TEST, TRAIN, VAL

NAME = "molhiv"
_DEFAULT = Path("data/ogbg_molhiv")
_COMMAND = (
    "fetch http://snap.stanford.edu/ogb/data/graphproppred/csv_mol_download/hiv.zip, unpack "
    "it, and set transfer.folders.molhiv to the folder that holds raw and split"
)
_ID_SHARE = 0.1  # of the training molecules, held back
_SPLIT_SEED = 0


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
    known = np.random.Generator(np.random.PCG64(_SPLIT_SEED)).permutation(rows[TRAIN])
    held = int(_ID_SHARE * len(known)) or 1
    rows |= {TRAIN: np.sort(known[held:]), ID_TEST: np.sort(known[:held])}
    return molecule_data(molecules, _fewer(rows, tier))


def _table(root: Path, name: str) -> Integers:
    path = root / f"{name}.csv.gz"
    if not path.is_file():
        raise MissingDataError(NAME, path, _COMMAND)
    table: Integers = pd.read_csv(path, header=None).to_numpy(np.int32)
    return table


def _fewer(rows: Mapping[str, NDArray[np.intp]], tier: Tier) -> dict[str, NDArray[np.intp]]:
    """All at full size; else a tenth, spread over each split."""
    return {split: one if tier is Tier.FULL else one[::10] for split, one in rows.items()}


def _training(steps: int, *, width: int, depth: int) -> Training:
    return Training(
        network="graph_isomorphism",
        settings={"width": width, "depth": depth},
        steps=steps,
        batch=64,
        learning_rate=0.001,
        weight_decay=0.001,
    )


BENCHMARK = Benchmark(
    name=NAME,
    scores={ID_TEST: "molhiv, known scaffolds", OOD_TEST: "molhiv, new scaffolds"},
    load=load,
    training={
        Tier.SMOKE: _training(20, width=16, depth=2),
        Tier.OFFLINE: _training(300, width=64, depth=3),
        Tier.FULL: _training(20_000, width=300, depth=5),
    },
)
