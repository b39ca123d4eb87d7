"""Conclusions of a finished run under other settings than its own, which only weigh losses."""

import shutil

import numpy as np
import pytest

from actmine import layout
from actmine.evolution.reading import read_scorer
from actmine.files import read_jsonl, write_jsonl
from actmine.settings.frozen import read_settings
from actmine.settings.measurements import HELD_OUT
from actmine.validation.conclusions import read_conclusions
from actmine.validation.verdicts import comparison_document, sentences
from configured import changed
from smoke_runs import RUN

pytestmark = pytest.mark.workflow


@pytest.fixture
def folder(finished, tmp_path):
    """A copy of the run, to be changed."""
    return shutil.copytree(finished.folder / RUN, tmp_path / "run")


def test_means_of_those_compared_with_are_those_of_the_leaderboard(folder):
    found = read_conclusions(folder, read_settings(folder / layout.RUN_FILE))
    board = found.table.set_index("name")["mean_ood_loss"]
    assert {name: board[name] for name in found.versus} == found.means
    assert not found.weighted


def test_means_and_verdicts_need_no_row_of_the_leaderboard(folder):
    config = read_settings(folder / layout.RUN_FILE)
    before = read_conclusions(folder, config)
    known = list(read_jsonl(layout.catalog(folder)))
    write_jsonl(
        layout.catalog(folder), [one for one in known if one["name"] not in ("ReLU", "GELU")]
    )
    found = read_conclusions(folder, config)
    assert {"ReLU", "GELU"}.isdisjoint(found.table["name"])
    assert {"ReLU", "GELU"} <= set(found.versus) and set(found.versus) == set(found.means)
    for name in ("ReLU", "GELU"):
        assert found.means[name] == before.means[name]
    assert found.id_ratio == before.id_ratio


def test_only_tasks_that_count_are_in_means_and_families(folder):
    plain = read_settings(folder / layout.RUN_FILE)
    config = changed(plain, fitness={"target": {"weights": {"harmonic": 0, "feynman": 2}}})
    found, scorer = read_conclusions(folder, config), read_scorer(folder, config, HELD_OUT)
    assert found.weighted and set(read_conclusions(folder, plain).families["family"]) == {
        "polynomial", "harmonic", "spherical", "feynman"
    }  # fmt: skip
    assert set(found.families["family"]) == {"polynomial", "spherical", "feynman"}
    count = {"polynomial": 1, "harmonic": 0, "spherical": 1, "feynman": 2}
    weights = np.array([count[family] for family in scorer.design.families])
    losses = scorer.relu.ood.mean(axis=1)
    assert found.means["ReLU"] == pytest.approx(float(weights @ losses / weights.sum()))
    assert " plain mean" not in "".join(sentences(comparison_document(found)))
