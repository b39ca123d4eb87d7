"""Imports Lightning without what its metrics would like to have.

Lightning imports torchmetrics, and that imports SciPy's signal processing and Matplotlib
wherever they are installed: half of the start-up of every job that trains, for metrics of sound
and for figures that no fit here asks for.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import Distribution, PackageNotFoundError
from unittest.mock import patch

_UNUSED = ("matplotlib", "scipy")


def import_lightning() -> None:
    """Imports it in a process in which nothing else needs the two, or not before."""
    with _absent(_UNUSED):
        import_module("pytorch_lightning")


@contextmanager
def _absent(packages: tuple[str, ...]) -> Iterator[None]:
    """Makes packages look as if they were not installed; those imported already stay."""
    hidden = [name for name in packages if name not in sys.modules]
    find = Distribution.from_name

    def from_name(name: str) -> Distribution:
        if name in hidden:
            raise PackageNotFoundError(name)
        return find(name)

    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: no such module
    try:
        with patch.object(Distribution, "from_name", from_name):
            yield
    finally:
        for name in hidden:
            del sys.modules[name]
