"""The full tier's loaders, on tiny data sets in the formats of the published ones."""

import gzip
import io
import os
import pickle
import tarfile

import numpy as np
import pandas as pd
import pytest
import torch

from actmine.transfer import fit
from actmine.transfer.benchmark import MissingDataError, Tier
from actmine.transfer.benchmarks import cifar, cifar10, imagenet, molhiv, registry
from actmine.transfer.job import Job, request_arrays
from actmine.transfer.parts import ID_TEST, OOD_TEST, TRAIN, VAL


def trained(benchmark, data):
    """The predictions of two steps of the smoke tier's network."""
    training = benchmark.training[Tier.SMOKE]
    settings = {**training.settings, **data.network}
    job = Job(
        **{**vars(training), "settings": settings, "steps": 2, "batch": 8},
        outputs={name: output.kind.value for name, output in data.outputs.items()},
        seed=0,
    )
    return fit.fit(torch.nn.functional.gelu, job, request_arrays(data.splits))[1]


def archive(path, batches, folder="cifar-10-batches-py"):
    """An archive of one of the CIFAR data sets with the given pickles."""
    with tarfile.open(path, "w:gz") as file:
        for name, content in batches.items():
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(content)
            file.addfile(member, io.BytesIO(content))


def batch(rows, seed):
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (rows, 3072), dtype=np.uint8)
    labels = [int(one) for one in np.arange(rows) % 10]
    return pickle.dumps({b"data": pixels, b"labels": labels, b"batch_label": b"x"}, protocol=2)


def batch_of_100(rows, seed):
    """A member of CIFAR-100's archive, which has two kinds of classes."""
    rng = np.random.default_rng(seed)
    content = {
        b"filenames": [b"bos_taurus_s_000507.png"] * rows,
        b"batch_label": b"training batch 1 of 1",
        b"fine_labels": [int(one) for one in np.arange(rows) % 100],
        b"coarse_labels": [0] * rows,
        b"data": rng.integers(0, 256, (rows, 3072), dtype=np.uint8),
    }
    return pickle.dumps(content, protocol=2)


@pytest.fixture
def cifar_10(tmp_path):
    names = [*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"]
    batches = {name: batch(20, seed) for seed, name in enumerate(names)}
    archive(tmp_path / cifar.CIFAR10.file, {**batches, "batches.meta": b"not read"})
    return tmp_path


@pytest.mark.parametrize("name", ["cifar10", "cifar10_resnet20"])
def test_cifar10_is_read_from_the_published_archive(cifar_10, name):
    benchmark = registry.benchmark(name)
    data = benchmark.load(Tier.SMOKE, {"cifar10": cifar_10})
    assert data.network == {"shape": [3, 32, 32], "classes": 10}
    assert data.splits[OOD_TEST][0].rows == 10 * 20 and data.splits[ID_TEST][0].rows == 20
    predicted = trained(benchmark, data)
    assert predicted["id_test|0|y"].shape == (20, 10)


def test_cifar100_is_read_with_its_fine_classes(tmp_path):
    members = {"meta": b"not read", "test": batch_of_100(30, 0), "train": batch_of_100(200, 1)}
    archive(tmp_path / cifar.CIFAR100.file, members, "cifar-100-python")
    benchmark = registry.benchmark("cifar100_vgg16")
    data = benchmark.load(Tier.FULL, {"cifar100": tmp_path})
    assert data.network == {"shape": [3, 32, 32], "classes": 100}
    rows = {name: data.splits[name][0].rows for name in (TRAIN, VAL, ID_TEST, OOD_TEST)}
    assert rows == {TRAIN: 180, VAL: 20, ID_TEST: 30, OOD_TEST: 300}
    assert data.splits[ID_TEST][0].targets["y"].tolist() == list(range(30))
    first = pickle.loads(members["test"], encoding="bytes")[b"data"][0]
    assert (data.splits[ID_TEST][0].inputs["packed"][0].view(np.uint8) == first).all()
    assert trained(benchmark, data)["ood_test|0|y"].shape == (300, 100)


@pytest.mark.parametrize("which", [cifar.CIFAR10, cifar.CIFAR100], ids=lambda one: one.folder)
def test_a_pickle_that_names_anything_but_arrays_is_not_run(which, tmp_path):
    class Attack:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "made"),)

    archive(tmp_path / which.file, {which.test: pickle.dumps(Attack())})
    with pytest.raises(ValueError, match="may hold arrays only"):
        cifar.load(which, Tier.SMOKE, {which.folder: tmp_path})
    assert not (tmp_path / "made").exists()


def test_a_short_archive_is_refused(tmp_path):
    archive(tmp_path / cifar.CIFAR10.file, {"test_batch": batch(4, 0)})
    with pytest.raises(ValueError, match=r"has no .*data_batch_1"):
        cifar10.load(Tier.SMOKE, {"cifar10": tmp_path})


@pytest.fixture
def image_folder(tmp_path):
    from PIL import Image

    rng = np.random.default_rng(0)
    for half, count in (("train", 12), ("val", 3)):
        for name in ("n01440764", "n01443537"):
            folder = tmp_path / half / name
            folder.mkdir(parents=True)
            for number in range(count):
                pixels = rng.integers(0, 256, (80, 100, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / f"{number}.JPEG")
    return tmp_path


def test_imagenet_is_read_from_its_folders_and_scaled(image_folder):
    data = imagenet.load(Tier.SMOKE, {"imagenet": image_folder})
    assert data.network == {"shape": [3, 64, 64], "classes": 2}
    rows = {name: data.splits[name][0].rows for name in (TRAIN, VAL, ID_TEST, OOD_TEST)}
    assert rows == {TRAIN: 22, VAL: 2, ID_TEST: 6, OOD_TEST: 60}
    assert trained(imagenet.BENCHMARK, data)["ood_test|0|y"].shape == (60, 2)


def test_a_class_without_images_is_named(image_folder):
    for image in (image_folder / "val" / "n01443537").iterdir():
        image.unlink()
    with pytest.raises(ValueError, match="n01443537: holds no image"):
        imagenet.load(Tier.SMOKE, {"imagenet": image_folder})


def table(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt") as file:
        pd.DataFrame(rows).to_csv(file, header=False, index=False)


@pytest.fixture
def hiv(tmp_path):
    """Thirty paths of three atoms each."""
    table(tmp_path / "raw/edge.csv.gz", [[0, 1], [1, 2]] * 30)
    table(tmp_path / "raw/edge-feat.csv.gz", [[0, 0, 1], [3, 0, 0]] * 30)
    table(tmp_path / "raw/node-feat.csv.gz", [[5, 0, 4, 5, 3, 0, 2, 0, 0]] * 90)
    table(tmp_path / "raw/num-node-list.csv.gz", [[3]] * 30)
    table(tmp_path / "raw/num-edge-list.csv.gz", [[2]] * 30)
    table(tmp_path / "raw/graph-label.csv.gz", [[k % 2] for k in range(30)])
    for name, rows in (("train", range(20)), ("valid", range(20, 25)), ("test", range(25, 30))):
        table(tmp_path / f"split/scaffold/{name}.csv.gz", [[k] for k in rows])
    return tmp_path


def test_molhiv_is_read_as_the_open_graph_benchmark_unpacks_it(hiv):
    data = molhiv.load(Tier.FULL, {"molhiv": hiv})
    part = data.splits[TRAIN][0]
    assert part.rows == 18 and data.splits[OOD_TEST][0].rows == 5
    assert part.inputs["bonds"][:4].tolist() == [[0, 1], [1, 2], [1, 0], [2, 1]]
    assert part.inputs["bond_features"][:4, 0].tolist() == [0, 3, 0, 3]
    assert part.inputs["bond_offsets"][:3].tolist() == [0, 4, 8]
    assert data.network["atoms"] == [6, 1, 5, 6, 4, 1, 3, 1, 1]
    assert trained(molhiv.BENCHMARK, data)["val|0|y"].shape == (5,)


@pytest.mark.parametrize(
    ("name", "folder", "file", "command"),
    [
        ("cifar10", "cifar10", "cifar-10-python.tar.gz", "curl -LO"),
        ("cifar10_resnet20", "cifar10", "cifar-10-python.tar.gz", "curl -LO"),
        ("cifar100_vgg16", "cifar100", "cifar-100-python.tar.gz", "curl -LO"),
        ("fashion_mnist_mobilenet", "fashion_mnist", "train-images", "apt-get install"),
        ("imagenet", "imagenet", "train", "image-net.org"),
        ("molhiv", "molhiv", "edge.csv.gz", "hiv.zip"),
    ],
)
def test_absent_data_give_one_error_with_the_file_and_the_command(
    name, folder, file, command, tmp_path
):
    with pytest.raises(MissingDataError) as raised:
        registry.benchmark(name).load(Tier.FULL, {folder: tmp_path})
    assert file in str(raised.value) and command in str(raised.value)
    assert f"transfer.folders.{folder}" in str(raised.value)
