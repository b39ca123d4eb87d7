"""Checkouts that several files of tests share; what takes a run is made once for all."""

import pytest

from checkouts import common_folder, copy_project, made_once
from smoke_runs import finish, finish_and_continue


@pytest.fixture(scope="session")
def checkout(tmp_path_factory):
    """A checkout in which nothing has run."""
    return copy_project(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A checkout whose smoke run has finished."""
    return _own_copy(tmp_path_factory, "finished", finish)


@pytest.fixture(scope="session")
def continued(tmp_path_factory):
    """A checkout whose run has finished, and was continued for a generation."""
    return _own_copy(tmp_path_factory, "continued", finish_and_continue)


def _own_copy(tmp_path_factory, name, fill):
    made = made_once(common_folder(tmp_path_factory.getbasetemp()) / name, fill)
    return made.copied_to(tmp_path_factory.mktemp(name) / "project")
