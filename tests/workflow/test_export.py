"""A finished run in a store of MLflow, read back by MLflow's own client."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from actmine.__main__ import main
from actmine.audit.sums import seal
from actmine.csv_files import read_csv
from actmine.export.exported import read_exported
from actmine.export.mlflow_store import DIGEST, export
from actmine.validation.leaderboard import read_leaderboard

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def uri(tmp_path_factory):
    return f"sqlite:///{tmp_path_factory.mktemp('store')}/mlflow.db"


@pytest.fixture
def here(finished, monkeypatch):
    """The folder in which a user types the command."""
    monkeypatch.chdir(finished.folder)
    return finished.folder


def client_of(uri):
    from mlflow import MlflowClient  # here, and not in every process that collects tests

    return MlflowClient(tracking_uri=uri)


def kept(uri, run_name="smoke", experiment="actmine"):
    """The runs of that name, and the children of the first."""
    client = client_of(uri)
    place = client.get_experiment_by_name(experiment).experiment_id
    runs = client.search_runs([place], filter_string=f"run_name = '{run_name}'")
    below = f"tags.`mlflow.parentRunId` = '{runs[0].info.run_id}'"
    return client, runs, client.search_runs([place], filter_string=below)


def test_a_run_is_read_back_with_settings_figures_files_and_functions(here, uri, capsys):
    assert main(["export", "mlflow", "smoke", "--uri", uri]) == 0
    assert "smoke stands as run " in capsys.readouterr().out
    client, (parent,), children = kept(uri)
    assert parent.info.status == "FINISHED"
    assert parent.data.params["lab.width"] == "16"
    assert json.loads(parent.data.params["search.seeds"]) == ["relu"]

    folder = here / "results/smoke"
    generations = read_csv(folder / "tables/generations.csv")
    history = client.get_metric_history(parent.info.run_id, "best_fitness")
    told = [(point.step, point.value) for point in sorted(history, key=lambda each: each.step)]
    assert told == list(
        generations[["generation", "best_fitness"]].itertuples(index=False, name=None)
    )
    assert parent.data.metrics["slots"] == generations["slots"].sum()

    board = read_leaderboard(folder / "validation/leaderboard.csv").set_index("candidate_id")
    champion = json.loads((folder / "validation/champion.json").read_text())["candidate_id"]
    for column in ("held_out_fitness", "ci_low", "ci_high", "ratio_best_high"):
        assert parent.data.metrics[f"champion.{column}"] == board.loc[champion, column]
    by_id = {child.data.tags["candidate_id"]: child for child in children}
    assert by_id.keys() == set(board.index) and len(children) == len(board)
    for candidate_id, child in by_id.items():
        assert child.data.metrics["ratio_relu"] == board.loc[candidate_id, "ratio_relu"]
        assert child.info.run_name == board.loc[candidate_id, "name"]

    for name in ("report/index.html", "champion/activation.py", "validation/leaderboard.csv"):
        fetched = Path(client.download_artifacts(parent.info.run_id, name))
        assert fetched.read_bytes() == (folder / name).read_bytes()


def test_what_stands_there_is_not_written_twice(here, uri, capsys):
    main(["export", "mlflow", "smoke", "--uri", uri])
    capsys.readouterr()
    assert main(["export", "mlflow", "smoke", "--uri", uri]) == 0
    assert "smoke stood there already, as run " in capsys.readouterr().out
    _, runs, children = kept(uri)
    assert len(runs) == 1 and len(children) == 6


def test_a_run_that_went_on_replaces_itself(here, uri, tmp_path):
    run = tmp_path / "smoke"
    shutil.copytree(here / "results/smoke", run)
    client = client_of(uri)
    first, new = export(read_exported(run), client, experiment="went on")
    assert new
    with (run / "report/index.html").open("a") as page:
        page.write("<!-- later -->\n")
    digest = seal(run)
    second, new = export(read_exported(run), client, experiment="went on")
    assert new and second != first
    _, (only,), children = kept(uri, experiment="went on")
    assert only.info.run_id == second and only.data.tags[DIGEST] == digest
    assert len(children) == 6
    assert client.get_run(first).info.lifecycle_stage == "deleted"


def test_a_run_without_a_seal_is_refused(here, uri, tmp_path, capsys):
    run = tmp_path / "smoke"
    shutil.copytree(here / "results/smoke", run)
    (run / "sha256sums.txt").unlink()
    assert main(["export", "mlflow", str(run), "--uri", uri]) == 1
    assert "is not finished; `actmine watch smoke`" in capsys.readouterr().err


def test_without_mlflow_one_line_says_what_to_install(here, uri, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    assert main(["export", "mlflow", "smoke", "--uri", uri]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "pip install 'actmine[mlflow]'" in said


@pytest.mark.parametrize("uri", ["nowhere://x", "http://127.0.0.1:9"])
def test_a_store_that_cannot_be_is_named(here, capsys, monkeypatch, uri):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    assert main(["export", "mlflow", "smoke", "--uri", uri]) == 1
    assert capsys.readouterr().err.startswith(f"actmine: {uri}: ")
