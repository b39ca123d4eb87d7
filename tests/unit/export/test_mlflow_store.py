"""A store of MLflow that cannot be written is named within seconds."""

import sqlite3
from contextlib import closing

import pytest

from actmine.export import mlflow_store
from actmine.export.mlflow_store import open_client
from actmine.settings.configuration import ConfigError


def test_a_locked_database_is_told_before_mlflow_tries_for_minutes(tmp_path, monkeypatch):
    monkeypatch.setattr(mlflow_store, "_WAIT_S", 0.1)
    path = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ConfigError, match=r"mlflow\.db: database is locked; end what uses"):
            open_client(f"sqlite:///{path}")


@pytest.mark.parametrize(
    ("name", "told"),
    [("", "unable to open database file"), ("text.db", "file is not a database")],
)
def test_what_is_no_database_is_told_at_once(tmp_path, name, told):
    (tmp_path / "text.db").write_text("no database " * 100)
    with pytest.raises(ConfigError, match=f"{told}; .* or name another store by --uri"):
        open_client(f"sqlite:///{tmp_path / name}")
