"""The molecules and splits of `b3db`, read by a perceptron as fingerprints."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np

from actmine.transfer.benchmark import Benchmark, Data, Kind, Output, Tier
from actmine.transfer.benchmarks.b3db import labelled
from actmine.transfer.job import Training
from actmine.transfer.parts import ID_TEST, OOD_TEST, Part

NAME = "b3db_fingerprints"
_RADIUS, _BITS = 2, 2048  # Morgan's, as ECFP4


def load(tier: Tier, folders: Mapping[str, Path]) -> Data:
    """Inputs: which of 2,048 hashed surroundings of an atom occur in the molecule.

    Raises:
        MissingDataError: the data set or RDKit is not installed.
    """
    known = labelled(tier)
    from rdkit.Chem.rdFingerprintGenerator import GetMorganGenerator

    generator = GetMorganGenerator(radius=_RADIUS, fpSize=_BITS)
    bits = np.array([generator.GetFingerprintAsNumPy(one) for one in known.molecules])
    x = bits.astype(np.float32)
    return Data(
        splits={
            name: (Part(inputs={"x": x[chosen]}, targets={"y": known.labels[chosen]}),)
            for name, chosen in known.rows.items()
        },
        outputs={"y": Output(kind=Kind.BINARY, metric="roc_auc")},
        network={"inputs": _BITS},
    )


_training = partial(
    Training,
    network="perceptron",
    settings={"width": 64, "depth": 2},
    batch=64,
    learning_rate=0.003,
    weight_decay=0.001,
)

BENCHMARK = Benchmark(
    name=NAME,
    scores={
        ID_TEST: "b3db fingerprints, known scaffolds",
        OOD_TEST: "b3db fingerprints, new scaffolds",
    },
    load=load,
    training={
        Tier.SMOKE: _training(steps=60),
        Tier.OFFLINE: _training(steps=150),
        Tier.FULL: _training(steps=150),
    },
)
