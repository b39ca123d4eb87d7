"""Suites of others through the real workflow: the small tier, as a user runs it."""

import shutil

import pandas as pd
import pytest

from actmine.external.plan import suites
from actmine.settings.configuration import load

FOLDER = "results/others/external/smoke"
OWN = "def activation(x):\n    return x * torch.sigmoid(2 * x)\n"


@pytest.fixture(scope="module")
def measured(checkout, tmp_path_factory):
    """A checkout in which four functions, one of them a user's, have met every suite."""
    folder = tmp_path_factory.mktemp("external") / "project"
    shutil.copytree(checkout.folder, folder)
    (folder / "mine.py").write_text(OWN)
    copy = type(checkout)(folder=folder)
    said = copy.snakemake(
        *("external", "--cores", "2", "--config", "preset=smoke", "run=others"),
        "external={tier: smoke, mined: false, catalog: [silu], files: [mine.py]}",
    )
    assert f"\npage      {FOLDER}/summary.md\n" in said
    return copy


def test_every_function_has_a_fitness_on_every_suite(measured):
    table = pd.read_csv(measured.folder / FOLDER / "table.csv")
    assert list(dict.fromkeys(table["suite"])) == suites(load().external)
    assert set(table["name"]) == {"ReLU", "GELU", "SiLU", "mine"}
    assert (table["status"] == "scored").all()
    relu = table[table["name"] == "ReLU"]
    assert (relu["fitness"] == 0).all()
    assert (table["low"] <= table["fitness"]).all() and (
        table["fitness"] <= table["high"]
    ).all()


def test_the_page_has_what_the_sources_report_beside_it(measured):
    page = (measured.folder / FOLDER / "summary.md").read_text()
    assert "| *published: tanh perceptron* | 0.830 |  | 0.580 | 0.470 | 0.860 |" in page
    metrics = pd.read_csv(measured.folder / FOLDER / "metrics.csv")
    assert set(metrics[metrics["suite"] == "eql"]["metric"]) == {"RMS"}
    assert (metrics["lowest"] <= metrics["median"]).all()


def test_no_search_is_needed_and_the_measurement_has_a_seal_of_its_own(measured):
    run = measured.folder / "results/others"
    assert not (run / "main").exists()
    said = measured.actmine("audit", str(run))
    assert "external/smoke: root digest" in said and "every check holds" in said
    table = run / "external/smoke/table.csv"
    table.write_bytes(table.read_bytes()[:-2] + b"9\n")
    said = measured.actmine("audit", str(run), code=1)
    assert "external/smoke/table.csv: its content is not what sha256sums.txt sealed" in said


def test_a_function_that_the_gate_refuses_is_named_with_the_reason(measured):
    (measured.folder / "typo.py").write_text("class activation:\n    pass\n")
    said = measured.snakemake(
        *("external", "--cores", "1", "--config", "preset=smoke", "run=typo"),
        "external={tier: smoke, mined: false, suites: [eql], files: [typo.py]}",
        code=1,
    )
    assert "external.files: typo.py: line 1: " in said and "write a plain function" in said
    assert not (measured.folder / "results/typo/external/smoke/summary.md").exists()
