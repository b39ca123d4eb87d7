"""Imports Lightning without what no fit of the lab asks for.

Lightning imports torchmetrics, and that imports SciPy's signal processing and Matplotlib
wherever they are installed, for metrics of sound and for figures. It also imports torch's
compiler, to know a compiled module when it sees one. Together they take longer than all else
in the start-up of a job that trains.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

from actmine.absent_packages import absent

_UNUSED = ("matplotlib", "scipy")
_COMPILER = "torch._dynamo"


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


def leave_compiler_out() -> None:
    """Spares this process torch's compiler for good, unless it is there already."""
    if _COMPILER not in sys.modules:
        import torch

        sys.modules[_COMPILER] = torch._dynamo = NoCompiler(_COMPILER)


def import_lightning() -> None:
    """Imports it in a process in which nothing else needs the two, or not before."""
    with absent(*_UNUSED):
        import_module("pytorch_lightning")
