"""Finds data files that installed packages bring, without importing the packages."""

from importlib.util import find_spec
from pathlib import Path

from actmine.transfer.benchmark import MissingDataError


def packaged(benchmark: str, package: str, file: str, *, command: str) -> Path:
    """A file below an installed package's folder.

    Raises:
        MissingDataError: the package, or this file of it, is not installed.
    """
    spec = find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    path = Path(folders[0] if folders else package, file)
    if not path.is_file():
        raise MissingDataError(benchmark, path, command)
    return path
