"""Imports Lightning without what no fit of the lab asks for.

Lightning imports torchmetrics, to know a metric when it sees one, rich, for progress bars, and
torch's compiler, to know a compiled module. Together they take longer than all else in the
start-up of a job that trains.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

from actmine.absent_packages import absent

_UNUSED = ("rich",)
_COMPILER = "torch._dynamo"
_METRICS = "torchmetrics"


class NoCompiler(ModuleType):
    """Stands for torch's compiler in a process that compiles nothing.

    It has what Lightning and torch's optimizers ask of the real one, with the same effect on
    code that is not compiled. Anything else raises the error of a missing attribute.
    """

    class OptimizedModule:
        """What no module here is an instance of."""

    @staticmethod
    def disable(function: Callable[..., Any], *_: object, **__: object) -> Callable[..., Any]:
        """The function: what is never compiled needs no exception from it."""
        return function

    @staticmethod
    def graph_break() -> None:
        """Nothing, as outside compiled code."""


class NoMetrics(ModuleType):
    """Stands for torchmetrics while Lightning is imported, in a process that logs no metric."""

    class Metric:
        """What nothing here is an instance of."""

    class MetricCollection:
        """What nothing here is an instance of."""


def leave_compiler_out() -> None:
    """Spares this process torch's compiler for good, unless it is there already."""
    if _COMPILER not in sys.modules:
        import torch

        sys.modules[_COMPILER] = torch._dynamo = NoCompiler(_COMPILER)


def import_lightning() -> None:
    """Imports it in a process that logs no metric and shows no progress."""
    with absent(*_UNUSED), _without_metrics():
        import_module("pytorch_lightning")


@contextmanager
def _without_metrics() -> Iterator[None]:
    """Spares imports torchmetrics unless it is there already; later ones have it."""
    there = _METRICS in sys.modules
    if not there:
        sys.modules[_METRICS] = NoMetrics(_METRICS)
    try:
        yield
    finally:
        if not there:
            del sys.modules[_METRICS]
