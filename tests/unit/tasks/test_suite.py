"""Rules of a suite: independent tasks, standardised rows, files that tell the truth."""

import json
import os
import pickle
import subprocess
import sys
import zipfile
from typing import Any

import numpy as np
import pytest

from actmine.settings.configuration import ConfigError
from actmine.settings.suites import Families, Samples
from actmine.tasks.suite import SuiteFileError, draw_suite, load_suite, save_suite
from actmine.tasks.target import TaskError
from actmine.tasks.task import ARRAYS
from bits import OLD_PROCESSOR
from configured import drawn as suite_of

SAMPLES = Samples(train=64, id_test=32, ood_test=48)
SETTINGS: dict[str, Any] = {
    "samples": {"train": 64, "id_test": 32, "ood_test": 48},
    "polynomial": {"count": 4, "basis": "legendre", "degrees": [2, 5], "inputs": [1, 3]},
    "harmonic": {"count": 2, "terms": [1, 3], "frequencies": [1, 4]},
    "spherical": {"count": 2, "degrees": [1, 4], "region": "cap"},
    "feynman": {"equations": ["I.8.14", "I.25.13"], "boxes": 1},
    "custom": [
        {
            **{"name": "wave", "formula": "sin(3*t)", "boxes": 1},
            **{"train": {"t": [0, 1]}, "ood": {"t": [1, 2]}},
        }
    ],
}


def drawn(seed=3, name="search", **changes):
    return suite_of(name, seed=seed, **{**SETTINGS, **changes})


@pytest.fixture
def stored(tmp_path):
    paths = tmp_path / "search.npz", tmp_path / "search.json"
    save_suite(drawn(), *paths)
    return paths


def by_name(suite):
    return {task.name: task.digest() for task in suite.tasks}


def test_every_family_gives_its_tasks():
    suite = drawn()
    assert [task.name for task in suite.tasks] == [
        "polynomial_00", "polynomial_01", "polynomial_02", "polynomial_03", "harmonic_00",
        "harmonic_01", "spherical_00", "spherical_01", "feynman_I.8.14", "feynman_I.25.13",
        "custom_wave",
    ]  # fmt: skip
    assert suite.inputs == 4


def test_rows_have_the_counts_and_kinds_that_the_lab_reads():
    for task in drawn().tasks:
        for kind, rows in (("train", 64), ("id", 32), ("ood", 48)):
            x, y = getattr(task, f"x_{kind}"), getattr(task, f"y_{kind}")
            assert (x.shape, y.shape) == ((rows, task.inputs), (rows,))
            assert x.dtype == y.dtype == np.float32


def test_samples_and_families_have_defaults():
    suite = suite_of("s", seed=0, polynomial={"count": 1})
    assert [len(getattr(suite.tasks[0], name)) for name in ARRAYS[::2]] == [512, 256, 256]


def test_adding_a_family_changes_no_other_task():
    alone = {key: SETTINGS[key] for key in ("samples", "harmonic", "feynman")}
    some, everything = by_name(suite_of("search", seed=3, **alone)), by_name(drawn())
    assert some.items() <= everything.items()


def test_more_tasks_change_no_earlier_one():
    more = drawn(polynomial={**SETTINGS["polynomial"], "count": 6})
    assert by_name(drawn()).items() <= by_name(more).items()


def test_an_equation_has_further_boxes_within_its_own():
    more = drawn(feynman={"equations": ["I.8.14", "I.25.13"], "boxes": 3})
    assert by_name(drawn()).items() <= by_name(more).items()
    tasks = {task.name: task for task in more.tasks}
    whole = tasks["feynman_I.25.13"].train_region
    others = [tasks[f"feynman_I.25.13_{box}"].train_region for box in (1, 2)]
    assert len({whole, *others}) == 3
    for box in others:
        for lo, hi, first, last in zip(box.lo, box.hi, whole.lo, whole.hi, strict=True):
            assert first <= lo < hi <= last and hi - lo >= 0.499 * (last - first)


def test_a_formula_of_ones_own_has_further_boxes_which_change_no_earlier_task():
    (own,) = SETTINGS["custom"]
    more = drawn(custom=[{**own, "boxes": 4}])
    assert by_name(drawn()).items() <= by_name(more).items()
    assert by_name(more).items() <= by_name(drawn(custom=[{**own, "boxes": 5}])).items()
    tasks = {task.name: task for task in more.tasks}
    names = ["custom_wave", "custom_wave.1", "custom_wave.2", "custom_wave.3"]
    assert [name for name in tasks if name.startswith("custom")] == names
    regions = [tasks[name].train_region for name in names]
    assert regions[0].lo == (0,) and {box.hi for box in regions} == {(1,)}
    assert len({box.lo for box in regions}) == 4
    assert {tasks[name].formula for name in names} == {"sin(3*t)"}
    assert drawn(seed=4, custom=[{**own, "boxes": 2}]).tasks[-1].train_region != regions[1]


def test_more_test_rows_change_no_train_row():
    more = drawn(samples={**SETTINGS["samples"], "ood_test": 100})
    for a, b in zip(drawn().tasks, more.tasks, strict=True):
        assert np.array_equal(a.x_train, b.x_train)
        assert a.formula == b.formula


def test_equations_do_not_depend_on_their_order():
    turned = drawn(feynman={"equations": ["I.25.13", "I.8.14"]})
    assert by_name(turned) == by_name(drawn())
    assert turned.hash != drawn().hash


def test_another_seed_or_suite_name_draws_other_rows():
    assert len({drawn().hash, drawn(seed=4).hash, drawn(name="held_out").hash}) == 3


def test_polynomials_take_all_pairs_of_degree_and_inputs_in_turn():
    suite = drawn(polynomial={"count": 12, "degrees": [2, 5], "inputs": [1, 3]})
    inputs = [task.inputs for task in suite.tasks[:12]]
    assert inputs == [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]
    small = drawn(polynomial={"count": 6, "degrees": [2, 3], "inputs": [1, 3]})
    assert [task.inputs for task in small.tasks[:6]] == [1, 2, 2, 3, 3, 1]


def test_statistics_give_the_original_units_back():
    task = drawn().tasks[-1]
    t = task.x_ood[:, 0].astype(float) * task.x_std[0] + task.x_mean[0]
    y = task.y_ood.astype(float) * task.y_std + task.y_mean
    np.testing.assert_allclose(np.sin(3 * t), y, atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"polynomials": {}}, "polynomials: no such key .*did you mean polynomial"),
        ({"harmonic": {"count": 1, "terms": [3, 1]}}, r"harmonic.terms: is \[3, 1\]"),
        ({"harmonic": {"terms": [1, 3]}}, "harmonic.count: missing"),
        ({"harmonic": {"count": 1, "phase": 0}}, "allowed are count, terms, frequencies"),
        ({"polynomial": {"count": True}}, "polynomial.count: is True"),
        ({"polynomial": {"count": 1, "basis": "hermite"}}, "one of chebyshev, legendre"),
        ({"polynomial": {"count": 1, "degrees": [2, 7]}}, "polynomial.degrees.1: .*7"),
        ({"spherical": {"count": 1, "degrees": [0, 2]}}, "spherical.degrees"),
        ({"samples": {"train": 1}}, "samples.train: is 1"),
        ({"feynman": {"equations": ["I.8.14", "I.8.14"]}}, "feynman.equations"),
        ({"feynman": {"equations": ["I.0.0"]}}, "unknown equation 'I.0.0'; allowed"),
        ({"custom": {"name": "x"}}, "search.custom: is .* must be a list"),
        ({"custom": SETTINGS["custom"] * 2}, "two tasks are called custom_wave; rename one"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_key(changes, message):
    with pytest.raises((ConfigError, TaskError), match=message):
        drawn(**changes)


@pytest.mark.parametrize("seed", [-1, True, 1.0])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(TaskError, match="seed"):
        drawn(seed=seed)


def test_a_suite_without_tasks_is_refused():
    with pytest.raises(TaskError, match="suite empty: has no task"):
        draw_suite("empty", Families(), samples=SAMPLES, seed=0)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        (
            "log(t - 9)",
            r"task custom_bad: .* is not finite at \d+ of \d+ points \(t from 0 to 1\); choose",
        ),
        ("log(t - 1.5)", "task custom_bad: .* is not finite at"),
        ("Max(t, 1)", "task custom_bad: .* standard deviation 0 over"),
        ("Min(t, 1)", "task custom_bad: .* standard deviation 0 over"),
        ("1e9 + t", "task custom_bad: .* constant"),
        ("exp(t**9)", "task custom_bad: .*"),
        ("2", "task custom_bad: .* constant"),
    ],
)
def test_a_target_that_cannot_be_learned_is_refused_by_name(formula, message):
    task = {"name": "bad", "formula": formula, "train": {"t": [0, 1]}, "ood": {"t": [1, 9]}}
    with pytest.raises(TaskError, match=message):
        drawn(custom=[task])


def test_a_stored_suite_comes_back_unchanged(stored):
    suite, back = drawn(), load_suite(*stored)
    assert (back.name, back.seed, back.hash) == (suite.name, suite.seed, suite.hash)
    assert back.settings == suite.settings == SETTINGS
    for a, b in zip(suite.tasks, back.tasks, strict=True):
        assert a.describe() == b.describe()
        assert (a.train_region, a.ood_region) == (b.train_region, b.ood_region)
        assert all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ARRAYS)


@pytest.mark.parametrize("machine", [{}, OLD_PROCESSOR], ids=["here", "an old processor"])
def test_the_same_suite_has_the_same_bytes_in_another_process(machine, tmp_path):
    settings = {**SETTINGS, "spherical": {"count": 8, "degrees": [1, 4], "region": "cap"}}
    stored = tmp_path / "search.npz", tmp_path / "search.json"
    save_suite(drawn(**settings), *stored)
    again = tmp_path / "again.npz", tmp_path / "again.json"
    program = (
        "import json, sys; from pathlib import Path\n"
        "from actmine.tasks.suite import save_suite\n"
        "from configured import drawn\n"
        "suite = drawn('search', seed=3, **json.loads(sys.argv[1]))\n"
        "save_suite(suite, Path(sys.argv[2]), Path(sys.argv[3]))\n"
        "assert 'torch' not in sys.modules\n"
    )
    here = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)}
    environment = {**here, **machine}
    arguments = [json.dumps(settings), *map(str, again)]
    subprocess.run([sys.executable, "-c", program, *arguments], check=True, env=environment)
    for old, new in zip(stored, again, strict=True):
        assert old.read_bytes() == new.read_bytes()


@pytest.mark.parametrize("index", [0, 1])
def test_a_missing_file_is_named_with_the_remedy(stored, index):
    stored[index].unlink()
    with pytest.raises(
        SuiteFileError, match=f"{stored[index].name}: no such file; delete both"
    ):
        load_suite(*stored)


def test_a_changed_target_is_noticed(stored):
    with np.load(stored[0]) as file:
        arrays = dict(file)
    arrays["0004/y_ood"] = arrays["0004/y_ood"] + np.float32(1e-6)
    np.savez(stored[0], **arrays)
    with pytest.raises(
        SuiteFileError, match=r"search.npz: .* \(first: harmonic_00\); delete both"
    ):
        load_suite(*stored)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sin(3*t)", "sin(4*t)"),
        ('"hash"', '"digest"'),
        ('"kind": "cap"', '"kind": "cup"'),
        ('"schema_version": 1', '"schema_version": 2'),
        ('"tasks": [', '"tasks": [3,'),
        ("{", ""),
    ],
)
def test_a_changed_manifest_is_noticed(stored, old, new):
    text = stored[1].read_text(encoding="utf-8")
    assert old in text
    stored[1].write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(SuiteFileError, match=r"search\.(npz|json).*(delete)"):
        load_suite(*stored)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn", pickle.dumps([1, 2])])
def test_an_unreadable_npz_is_named(stored, content):
    stored[0].write_bytes(content)
    with pytest.raises(SuiteFileError, match=r"search\.npz"):
        load_suite(*stored)


def test_an_npy_file_is_no_npz(stored):
    with stored[0].open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(SuiteFileError, match=r"search\.npz: not a readable"):
        load_suite(*stored)


def test_a_torn_npz_is_named(stored):
    stored[0].write_bytes(stored[0].read_bytes()[:-100])
    with pytest.raises(SuiteFileError, match=r"search\.npz: not a readable"):
        load_suite(*stored)


def test_a_pickle_inside_the_npz_is_not_run(stored):
    arrays: dict[str, Any] = {"0000/x_train": np.array([print], dtype=object)}
    np.savez(stored[0], **arrays)
    with pytest.raises(SuiteFileError, match="not a readable npz"):
        load_suite(*stored)


def test_an_npz_holds_no_arrays_but_those_of_its_tasks(stored):
    with zipfile.ZipFile(stored[0], "a") as archive:
        archive.writestr("9999/x_train.npy", archive.read("0000/x_train.npy"))
    with pytest.raises(SuiteFileError, match="holds arrays of no task"):
        load_suite(*stored)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_npz_holds_each_array_once(stored):
    with zipfile.ZipFile(stored[0], "a") as archive:
        archive.writestr("0000/x_train.npy", archive.read("0000/x_train.npy"))
    with pytest.raises(SuiteFileError, match="an array stands twice"):
        load_suite(*stored)
