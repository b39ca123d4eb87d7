"""CLRS-30 (Veličković et al. 2022): networks imitate an algorithm, then on larger inputs.

Samples are drawn by dm-clrs with its official seeds: 1 to train, 2 to validate, 3 to test.
Networks get the inputs and predict the outputs; hints are not used.
"""

import io
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actmine.transfer.benchmark import Benchmark, Data, Kind, MissingDataError, Output, Tier
from actmine.transfer.job import Training
from actmine.transfer.parts import ID_TEST, OOD_TEST, TRAIN, VAL, Part
from actmine.transfer.plan import CLRS

_COMMAND = "pip install 'actmine[transfer]' && pip install --no-deps dm-clrs"
_TRAIN_SEED, _VAL_SEED, _TEST_SEED = 1, 2, 3
_LENGTHS = (4, 7, 11, 13, 16)
# A needle needs a haystack: the reference trains string matching on one length.
_ONE_LENGTH = {"naive_string_matcher": (20,), "kmp_matcher": (20,)}
_LARGE = 64
# Samples to train on of each length, to validate, to test at the largest training length,
# and to test at 64.
_SAMPLES = {
    Tier.SMOKE: (40, 16, 16, 4),
    Tier.OFFLINE: (200, 32, 64, 32),
    Tier.FULL: (1000, 32, 64, 32),
}

_training = partial(Training, network="message_passing", batch=16, learning_rate=0.003)

Arrays = dict[tuple[str, str, str, str], NDArray[Any]]  # stage, name, location, type
Decoder = tuple[str, str, int]  # location, type and number of classes


def benchmark(algorithm: str) -> Benchmark:
    """The benchmark of one algorithm."""
    name = f"clrs {algorithm}"
    return Benchmark(
        name=f"{CLRS}_{algorithm}",
        scores={ID_TEST: f"{name}, n = 16", OOD_TEST: f"{name}, n = {_LARGE}"},
        load=partial(load, algorithm),
        training={
            Tier.SMOKE: _training(steps=60, settings={"width": 32, "rounds": 4}),
            Tier.OFFLINE: _training(steps=400, settings={"width": 64, "rounds": 6}),
            Tier.FULL: _training(steps=10_000, settings={"width": 128, "rounds": 16}),
        },
    )


def load(algorithm: str, tier: Tier, folders: Mapping[str, Path]) -> Data:
    """Samples of several lengths to train on, of the largest of them and of 64 to test.

    Raises:
        MissingDataError: dm-clrs is not installed.
    """
    trained, validated, tested, large = _SAMPLES[tier]
    lengths = _ONE_LENGTH.get(algorithm, _LENGTHS)
    drawn = {
        TRAIN: [draw(algorithm, trained, n, _TRAIN_SEED) for n in lengths],
        VAL: [draw(algorithm, validated, lengths[-1], _VAL_SEED)],
        ID_TEST: [draw(algorithm, tested, lengths[-1], _TEST_SEED)],
        OOD_TEST: [draw(algorithm, large, _LARGE, _TEST_SEED)],
    }
    outputs, decoders = outputs_of(drawn[TRAIN][0])
    parts = {split: tuple(map(as_part, samples)) for split, samples in drawn.items()}
    return Data(
        splits=parts,
        outputs=outputs,
        network={
            "node": parts[TRAIN][0].inputs["node"].shape[-1],
            "edge": parts[TRAIN][0].inputs["edge"].shape[-1],
            "outputs": decoders,
        },
    )


def draw(algorithm: str, count: int, length: int, seed: int) -> Arrays:
    """Samples as dm-clrs draws them, from a process of its own.

    Raises:
        MissingDataError: dm-clrs, or what its samplers need, is not installed.
    """
    for package in ("clrs", "attr", "absl"):
        if find_spec(package) is None:
            raise MissingDataError(CLRS, f"the Python package {package}", _COMMAND)
    module = "actmine.transfer.benchmarks.clrs_sampler"
    root = str(Path(__file__).resolve().parents[3])
    code = f"import sys; sys.path.insert(0, {root!r}); from {module} import main; main()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, algorithm, str(count), str(length), str(seed)],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise ValueError(f"clrs: {algorithm} of length {length}: {lines[-1] if lines else '?'}")
    with np.load(io.BytesIO(done.stdout), allow_pickle=False) as arrays:
        return {_key(name): arrays[name] for name in arrays.files}


def as_part(samples: Arrays) -> Part:
    """Nodes with their features, ordered pairs with theirs, and integer targets.

    The first feature of a pair says whether it is linked: by an edge of the graph, or
    always where the algorithm has no graph. Every node is linked to itself.
    """
    inputs = {key[1:]: array for key, array in samples.items() if key[0] == "input"}
    rows, nodes = inputs["pos", "node", "scalar"].shape
    node: list[NDArray[Any]] = []
    edge: list[NDArray[Any]] = []
    linked = np.ones((rows, nodes, nodes))
    for (name, location, kind), array in inputs.items():
        features = array if kind == "categorical" else array[..., None]
        if location == "graph":
            node.append(np.broadcast_to(features[:, None], (rows, nodes, features.shape[-1])))
        else:
            (node if location == "node" else edge).append(features)
        if name == "adj":
            linked = np.maximum(array, np.eye(nodes))
    targets = {
        key[1]: _target(array, key[3]) for key, array in samples.items() if key[0] == "output"
    }
    return Part(
        inputs={
            "node": np.concatenate(node, axis=-1).astype(np.float32),
            "edge": np.concatenate([linked[..., None], *edge], axis=-1).astype(np.float32),
        },
        targets=targets,
    )


def outputs_of(samples: Arrays) -> tuple[dict[str, Output], dict[str, Decoder]]:
    """What there is to predict, and the decoder of each.

    Masks are scored by F1, all else by accuracy, as CLRS does.
    """
    outputs: dict[str, Output] = {}
    decoders: dict[str, Decoder] = {}
    for (stage, name, location, kind), array in samples.items():
        if stage == "output":
            decoder = "pointer" if kind == "should_be_permutation" else kind
            classes = array.shape[-1] if kind == "categorical" else 1
            outputs[name] = Output(kind=Kind.CLASSES, metric="accuracy")
            if kind == "mask":
                outputs[name] = Output(kind=Kind.BINARY, metric="f1")
            decoders[name] = (location, decoder, classes)
    return outputs, decoders


def _key(text: str) -> tuple[str, str, str, str]:
    stage, name, location, kind = text.split("|")
    return stage, name, location, kind


def _target(array: NDArray[Any], kind: str) -> NDArray[np.int32]:
    """Integers: a pointer's node, the class of a one-hot vector, or 0 and 1; -1 is masked."""
    if kind in ("mask_one", "categorical"):
        masked = (array < 0).any(axis=-1)
        return np.where(masked, -1, array.argmax(axis=-1)).astype(np.int32)
    return array.astype(np.int32)
