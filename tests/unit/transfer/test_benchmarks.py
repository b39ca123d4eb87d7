"""Benchmarks of the offline tier, on the real data that packages bring."""

from pathlib import Path

import numpy as np
import pytest

from actmine.transfer.benchmark import Data, MissingDataError, Tier, packaged
from actmine.transfer.benchmarks import (
    b3db,
    b3db_fingerprints,
    bikeshare,
    co2,
    fashion_mnist,
    registry,
)
from actmine.transfer.benchmarks.pictures import SHIFTS, packed, shift_all
from actmine.transfer.data import load_data, save_data
from actmine.transfer.parts import ID_TEST, OOD_TEST, SPLITS, TRAIN, VAL, Part
from actmine.transfer.plan import ALGORITHMS
from actmine.transfer.scoring import trivial_score


@pytest.fixture(scope="module")
def molecules():
    return b3db.load(Tier.SMOKE, {})


@pytest.fixture(scope="module")
def images():
    return fashion_mnist.load(Tier.SMOKE, {})


def test_co2_is_tested_on_years_after_those_it_is_trained_on():
    data = co2.load(Tier.OFFLINE, {})
    years = {name: data.splits[name][0].inputs["x"][:, 0] for name in SPLITS}
    assert years[OOD_TEST].min() > max(years[name].max() for name in (TRAIN, VAL, ID_TEST))
    assert sum(map(len, years.values())) == 2225
    assert trivial_score(data, OOD_TEST) == pytest.approx(0.565, abs=0.001)


def test_tables_are_standardised_by_training_rows_alone():
    data = bikeshare.load(Tier.OFFLINE, {})
    part = data.splits[TRAIN][0]
    assert part.targets["y"].mean() == pytest.approx(0, abs=1e-5)
    assert part.targets["y"].std() == pytest.approx(1, abs=1e-5)
    assert abs(data.splits[OOD_TEST][0].targets["y"].mean()) > 0.1
    flags = part.inputs["x"][:, 4:]
    assert set(np.unique(flags)) == {0.0, 1.0}


def test_bikeshare_holds_neither_the_date_nor_parts_of_its_target():
    assert bikeshare.load(Tier.OFFLINE, {}).network["inputs"] == 4 + 2 + 24 + 7 + 4


def test_molecules_of_one_scaffold_stand_in_one_split():
    rows = b3db.split_by_scaffold(["a"] * 8 + ["b", "c"])
    assert len(rows[TRAIN]) + len(rows[ID_TEST]) == 8
    assert rows[VAL].tolist() == [8] and rows[OOD_TEST].tolist() == [9]


def test_a_molecule_becomes_a_graph_with_bonds_in_both_directions():
    ethanol = b3db.read_molecule("CCO")
    atoms, bonds, features = b3db.graph(ethanol)
    assert atoms[:, 0].tolist() == [6, 6, 8]
    assert bonds.tolist() == [[0, 1], [1, 0], [1, 2], [2, 1]]
    assert len(features) == 4 and b3db.scaffold(ethanol) == ""
    assert b3db.read_molecule("no molecule") is None


def test_molecules_keep_their_atoms_when_they_are_split(molecules):
    for split in molecules.splits.values():
        part = split[0]
        ends = part.inputs["atom_offsets"]
        assert ends[0] == 0 and ends[-1] == len(part.inputs["atoms"])
        sizes = np.repeat(np.diff(ends), np.diff(part.inputs["bond_offsets"]))
        assert (part.inputs["bonds"] < sizes[:, None]).all()


def test_fingerprints_are_of_the_same_molecules_in_the_same_splits(molecules):
    same = b3db_fingerprints.load(Tier.SMOKE, {})
    for name, (part,) in same.splits.items():
        assert (part.targets["y"] == molecules.splits[name][0].targets["y"]).all()
        assert set(np.unique(part.inputs["x"])) == {0.0, 1.0}
    assert same.network == {"inputs": 2048}


def test_images_are_the_real_ones_and_shifts_keep_their_classes(images):
    assert images.network == {"shape": [1, 28, 28], "classes": 10}
    shifted, plain = images.splits[OOD_TEST][0], images.splits[ID_TEST][0]
    assert shifted.rows == 200 * len(SHIFTS)
    assert (shifted.targets["y"][:200] == plain.targets["y"][:200]).all()
    assert plain.targets["y"][:5].tolist() == [9, 2, 1, 1, 6]


def test_every_shift_changes_images_and_is_repeatable():
    pixels = np.random.default_rng(0).integers(0, 256, (3, 1, 28, 28), dtype=np.uint8)
    first, second = shift_all(pixels), shift_all(pixels)
    assert all((a == b).all() for a, b in zip(first, second, strict=True))
    assert all((moved != pixels).any() for moved in first)


def test_images_whose_bytes_four_does_not_divide_are_refused():
    with pytest.raises(ValueError, match="no multiple of four bytes"):
        packed(np.zeros((2, 1, 3, 3), np.uint8))


def test_kept_data_are_read_back_the_same_and_a_changed_file_is_refused(molecules, tmp_path):
    arrays, manifest = tmp_path / "a.npz", tmp_path / "a.json"
    save_data(molecules, arrays, manifest)
    read, found = load_data(arrays, manifest)
    again = tmp_path / "b.npz"
    save_data(read, again, tmp_path / "b.json")
    assert again.read_bytes() == arrays.read_bytes() and len(found) == 16
    save_data(co2.load(Tier.SMOKE, {}), again, tmp_path / "b.json")
    manifest.write_text((tmp_path / "b.json").read_text())
    with pytest.raises(ValueError, match="does not belong to"):
        load_data(arrays, manifest)


def test_an_absent_file_is_named_with_the_command_that_brings_it(tmp_path):
    with pytest.raises(
        MissingDataError, match=r"train-images.*apt-get install dataset-fashion"
    ):
        fashion_mnist.load(Tier.OFFLINE, {"fashion_mnist": tmp_path})
    with pytest.raises(MissingDataError, match=r"there/x.csv is not there; pip install there"):
        packaged("b", "there", "x.csv", command="pip install there")


def test_data_without_rows_or_with_other_targets_cannot_exist():
    part = Part(inputs={"x": np.zeros((1, 1))}, targets={"z": np.zeros(1)})
    good = co2.load(Tier.SMOKE, {})
    with pytest.raises(ValueError, match="the targets of train are not"):
        Data(splits={**good.splits, TRAIN: (part,)}, outputs=good.outputs)
    with pytest.raises(ValueError, match="the split val has no rows"):
        Data(splits={**good.splits, VAL: ()}, outputs=good.outputs)
    with pytest.raises(ValueError, match="splits are"):
        Data(splits={TRAIN: (part,)}, outputs=good.outputs)


def test_every_benchmark_has_a_training_for_every_tier():
    names = ["fashion_mnist", "b3db", "b3db_fingerprints", "co2", "bikeshare", "cifar10"]
    names += [
        "imagenet",
        "molhiv",
        "cifar10_resnet20",
        "cifar100_vgg16",
        "fashion_mnist_mobilenet",
    ]
    for name in [*names, *(f"clrs_{one}" for one in ALGORITHMS)]:
        one = registry.benchmark(name)
        assert one.name == name and set(one.training) == set(Tier)
        assert set(one.scores) <= {ID_TEST, OOD_TEST}
    with pytest.raises(ValueError, match="no benchmark is called 'clrs_nothing'"):
        registry.benchmark("clrs_nothing")


def test_the_data_of_users_stay_where_their_folders_say(images, tmp_path):
    for file in Path("/usr/share/datasets/fashion-mnist").glob("*.gz"):
        (tmp_path / file.name).symlink_to(file)
    there = fashion_mnist.load(Tier.SMOKE, {"fashion_mnist": tmp_path})
    assert (
        there.splits[TRAIN][0].inputs["packed"] == images.splits[TRAIN][0].inputs["packed"]
    ).all()
