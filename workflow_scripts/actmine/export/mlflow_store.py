"""Writes a run into a store of MLflow: a run with parameters, figures, files and functions."""

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actmine.export.exported import Exported, ValidatedFunction
from actmine.settings.configuration import ConfigError

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

IDENTITY, DIGEST = "actmine.identity", "actmine.digest"
_PARENT = "mlflow.parentRunId"  # nests a run below another in MLflow's pages
_NOTE = "mlflow.note.content"  # shown at the head of a run's page
_BATCH = 100  # parameters that MLflow takes at once; it takes more figures
_LENGTH = 6000  # letters of a parameter that MLflow keeps
_WAIT_S = 5.0  # for another process that writes into the same database


def open_client(uri: str | None) -> "MlflowClient":
    """A client of a store.

    Args:
        uri: of the store; if none, what MLflow itself takes: MLFLOW_TRACKING_URI, or a local
            database where one stands.

    Raises:
        ConfigError: MLflow is not installed, or cannot open the store.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # else it tells its makers of us
    # A server that is not there would be waited for four minutes.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    try:
        from mlflow import MlflowClient, get_tracking_uri
    except ImportError:
        raise ConfigError(
            "MLflow is not installed; pip install 'actmine[mlflow]', or .[mlflow] in a checkout"
        ) from None
    with _telling(uri or "MLflow"):
        _require_free(uri or get_tracking_uri())
        return MlflowClient(tracking_uri=uri)


def _require_free(uri: str) -> None:
    """Refuses an SQLite file that cannot be written, which MLflow would try for two minutes."""
    from sqlalchemy import make_url

    path = make_url(uri).database if uri.startswith("sqlite:") else None
    if path is None or not Path(path).parent.is_dir():  # MLflow makes it
        return
    try:
        with closing(sqlite3.connect(path, timeout=_WAIT_S)) as database:
            database.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        raise ConfigError(
            f"{uri}: {error}; end what uses it, or name another store by --uri"
        ) from None


@contextmanager
def _telling(uri: str) -> Iterator[None]:
    """What a store answers that cannot be reached, opened or written, in one line."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (MlflowException, SQLAlchemyError) as error:
        raise ConfigError(f"{uri}: {str(error).partition(chr(10))[0]}") from None


def export(run: Exported, client: "MlflowClient", *, experiment: str) -> tuple[str, bool]:
    """Writes a run unless the experiment has it as it is; its id there, and whether it is new.

    A run that went on since, or that a kill cut short while it was written, is written anew,
    and what stood there before goes to MLflow's bin.

    Raises:
        ConfigError: the store cannot be reached, or refuses it.
    """
    with _telling(client.tracking_uri):
        return _exported(run, client, experiment)


def _exported(run: Exported, client: "MlflowClient", experiment: str) -> tuple[str, bool]:
    place = _experiment(client, experiment)
    for old in _found(client, place, IDENTITY, run.identity):
        if old.data.tags.get(DIGEST) == run.digest:
            return str(old.info.run_id), False
        _bin(client, place, old)
    made = client.create_run(place, run_name=run.name, tags={IDENTITY: run.identity})
    run_id = made.info.run_id
    _log_parent(client, run_id, run)
    for function in run.functions:
        _log_function(client, place, run_id, function)
    client.set_tag(run_id, DIGEST, run.digest)  # last: only a whole one has it
    client.set_terminated(run_id)
    return str(run_id), True


def _experiment(client: "MlflowClient", name: str) -> str:
    found = client.get_experiment_by_name(name)
    if found is not None and found.lifecycle_stage != "active":
        raise ConfigError(f"{name}: MLflow has this experiment in its bin; restore it there")
    return str(found.experiment_id if found else client.create_experiment(name))


def _found(client: "MlflowClient", place: str, tag: str, value: str) -> list["Run"]:
    return list(client.search_runs([place], filter_string=f"tags.`{tag}` = '{value}'"))


def _bin(client: "MlflowClient", place: str, old: "Run") -> None:
    for each in (*_found(client, place, _PARENT, old.info.run_id), old):
        client.delete_run(each.info.run_id)


def _log_parent(client: "MlflowClient", run_id: str, run: Exported) -> None:
    from mlflow.entities import Metric, Param

    params = [Param(key, value[:_LENGTH]) for key, value in run.parameters.items()]
    metrics = [Metric(one.name, one.value, 0, one.generation) for one in run.points]
    metrics += [Metric(f"champion.{key}", value, 0, 0) for key, value in run.champion.items()]
    _log(client, run_id, "params", params)
    _log(client, run_id, "metrics", metrics)
    client.set_tag(run_id, "actmine.version", run.version)
    client.set_tag(run_id, _NOTE, "\n".join(f"- {sentence}" for sentence in run.verdicts))
    for path, folder in run.files.items():
        client.log_artifact(run_id, str(path), folder or None)


def _log_function(
    client: "MlflowClient", place: str, parent: str, function: ValidatedFunction
) -> None:
    from mlflow.entities import Metric

    note = f"```python\n{function.source.strip()}\n```"
    tags = {_PARENT: parent, _NOTE: note, **function.labels}
    child = client.create_run(place, run_name=function.name, tags=tags).info.run_id
    metrics = [Metric(key, value, 0, 0) for key, value in function.figures.items()]
    _log(client, child, "metrics", metrics)
    client.set_terminated(child)


def _log(client: "MlflowClient", run_id: str, kind: str, entities: Sequence[Any]) -> None:
    for start in range(0, len(entities), _BATCH):
        some: Mapping[str, Any] = {kind: entities[start : start + _BATCH]}
        client.log_batch(run_id, **some)
