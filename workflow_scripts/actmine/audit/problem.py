"""What an audit finds: a file, and what is wrong with it."""

import csv
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from actmine.files import ContentError
from actmine.shown_text import visible

# What reading a damaged file may raise.
BROKEN = (
    *(OSError, ValueError, KeyError, TypeError, IndexError, AttributeError),
    *(csv.Error, yaml.YAMLError, zipfile.BadZipFile, zlib.error),
    *(RecursionError, StopIteration, ArithmeticError, EOFError, MemoryError),
)
MISSING = "is missing"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A contradiction between a file and the others.

    Attributes:
        file: relative to the run.
    """

    file: str
    what: str

    def __str__(self) -> str:
        return visible(f"{self.file}: {self.what}", kept="")


class DamagedError(ContentError):
    """A file that cannot be read as what it should be."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@contextmanager
def reading(path: Path, run: Path) -> Iterator[None]:
    """Names the file in whatever reading it raises."""
    try:
        yield
    except DamagedError:
        raise
    except BROKEN as error:
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        missing = isinstance(error, FileNotFoundError) and not path.exists()
        what = MISSING if missing else f"cannot be read ({reason})"
        file = path.relative_to(run).as_posix()
        raise DamagedError(Problem(file=file, what=what)) from error
