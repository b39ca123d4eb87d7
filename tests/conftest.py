"""Fixtures that more than one area uses."""

import pytest
import torch
from xdist.scheduler import LoadScopeScheduling

from actmine.gate import handlers as gate_handlers
from actmine.lab import handlers as lab_handlers
from actmine.sandbox.host import Sandbox
from actmine.settings import configuration as config
from actmine.settings.configuration import families_of
from actmine.tasks.suite import draw_suite

ISOLATION = "tests/security/"


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
    return draw_suite(
        "search", families_of(smoke, "search"), samples=smoke.tasks.samples, seed=smoke.seed
    )


@pytest.fixture(scope="session")
def gate():
    """A warm sandbox of the gate."""
    with Sandbox(gate_handlers) as sandbox:
        sandbox.process.wait_until_ready()
        yield sandbox


@pytest.fixture(scope="session")
def trainer():
    """A warm sandbox of the lab."""
    with Sandbox(lab_handlers) as sandbox:
        sandbox.process.wait_until_ready()
        yield sandbox


class _FilesTogether(LoadScopeScheduling):
    """A file's tests share fixtures and run on one worker; those of isolation all on one.

    For they watch the kernel's tables of processes and sockets, where two would meet.
    """

    def _split_scope(self, nodeid):
        file = nodeid.partition("::")[0]
        return ISOLATION if file.startswith(ISOLATION) else file


@pytest.hookimpl(optionalhook=True)  # none with -p no:xdist
def pytest_xdist_make_scheduler(config, log):
    return _FilesTogether(config, log)
