"""Reads a function of a user's: a file, whatever it turns out to be, or one of Python's."""

import ast
import inspect
import io
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from actmine.machine import MachineError
from actmine.records.candidate import Candidate, Origin
from actmine.records.listed import Listed
from actmine.records.status import Status
from actmine.settings.configuration import ConfigError

Function = Callable[..., Any] | str | Path

LARGEST = 1_000_000  # bytes; the gate lets in far less [ours]


class FileError(ValueError):
    """A file that holds no text; the message says what it holds, and what to give."""


def read_text(path: Path) -> str:
    """A file's text in UTF-8, with or without a byte order mark, its line ends as Python's.

    Raises:
        FileError: it cannot be read, is too large, or no such text.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise FileError(f"{error.strerror}; give the path of a text file") from None
    if len(data) > LARGEST:
        raise FileError(f"more than {LARGEST:,} bytes; give a file with one function")
    if b"\0" in data:
        raise FileError("binary or UTF-16 text; save it as UTF-8")
    try:
        return io.TextIOWrapper(io.BytesIO(data), "utf-8-sig").read()
    except UnicodeDecodeError:
        raise FileError("not UTF-8 text; save it as UTF-8") from None


def own_candidates(paths: Sequence[Path], *, key: str) -> list[Candidate]:
    """The functions of a user's in files that a configuration names, named after the files.

    Args:
        key: of the configuration, for the message.

    Raises:
        MachineError: a file is not to be read, or holds no text; two would have one name.
    """
    named: dict[str, Path] = {}
    for path in paths:
        if (other := named.setdefault(path.stem, path)) is not path:
            raise MachineError(
                f"{key}: {other} and {path} would both be called {path.stem!r}; rename one"
            )
    return [_own_candidate(path, key) for path in paths]


def require_accepted(paths: Sequence[Path], functions: Sequence[Listed], *, key: str) -> None:
    """Refuses a file that cannot be trained, before anything is.

    Args:
        functions: in the order of the files, with the gate's verdicts.
        key: of the configuration, for the message.

    Raises:
        MachineError: the gate refused one, for the reason that is told.
    """
    for path, function in zip(paths, functions, strict=True):
        if function.status is not Status.ACCEPTED:
            raise MachineError(f"{key}: {path}: {function.reason}")


def _own_candidate(path: Path, key: str) -> Candidate:
    try:
        source = read_text(path)
    except FileError as error:
        raise MachineError(f"{key}: {path}: {error}") from None
    return Candidate(source=source, name=path.stem, origin=Origin.MINED)


def source_text(function: Function) -> str:
    """The text of a function; what Python calls by another name is called `activation`.

    Args:
        function: one of Python's, its source, or a file that holds it.

    Raises:
        ConfigError: Python does not have the source, or a text is the name of a file.
        FileError: the file holds no text.
    """
    if isinstance(function, str):
        if function.strip().endswith(".py") and "\n" not in function.strip():
            raise ConfigError(f"{function!r} is no source; for a file give Path({function!r})")
        return function
    if isinstance(function, Path):
        try:
            return read_text(function)
        except FileError as error:
            raise FileError(f"{function}: {error}") from None
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, SyntaxError, TypeError):
        tree = ast.Module([], [])
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == function.__name__:
            node.name = "activation"
            return ast.unparse(tree)
    raise ConfigError(
        f"{function!r}: no `def` of it can be read; give its source, with `def activation(x):`"
    )
