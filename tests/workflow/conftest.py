"""Checkouts that several tests share."""

import pytest

from checkouts import copy_project


@pytest.fixture(scope="session")
def checkout(tmp_path_factory):
    """A checkout in which nothing has run."""
    return copy_project(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A checkout whose smoke run has finished on two cores."""
    checkout = copy_project(tmp_path_factory.mktemp("finished"))
    checkout.snakemake("--config", "preset=smoke", "--cores", "2")
    return checkout
