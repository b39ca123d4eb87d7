"""Fixtures that more than one area uses."""

import pytest
import torch

from actmine import config
from actmine.config import suite_settings
from actmine.tasks.suite import draw_suite


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="write golden files anew")


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Bits depend on the number of threads; the lab uses one."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def smoke():
    """The configuration of the smoke preset."""
    return config.load("smoke")


@pytest.fixture(scope="session")
def smoke_suite(smoke):
    """The search suite of the smoke preset."""
    return draw_suite("search", suite_settings(smoke, "search"), seed=smoke["seed"])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """A file's tests share fixtures and run on one worker; those of isolation all on one.

    For they watch the kernel's tables of processes and sockets, where two would meet.
    """
    for item in items:
        alone = item.path.parent.name == "security"
        item.add_marker(pytest.mark.xdist_group("security" if alone else str(item.path)))
