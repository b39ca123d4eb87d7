"""How this program is called, so that a command that it prints can be typed."""

import os
import shlex
import shutil
import sys
from functools import cache
from pathlib import Path


@cache
def program() -> str:
    """`actmine` or `python -m actmine`, with its folder where the shell would not find it."""
    if Path(sys.argv[0]).name == "actmine":
        return _typed(sys.argv[0])
    beside = Path(sys.executable).with_name("actmine")
    if "snakemake" in sys.argv[0] and beside.exists():  # the workflow, started by itself
        return _typed(str(beside))
    return f"{_typed(sys.executable)} -m actmine"


def _typed(path: str) -> str:
    """The bare name, if that starts the program at the path; else the path."""
    name = Path(path).name
    found = shutil.which(name)
    known = found is not None and Path(found).absolute() == Path(path).absolute()
    return name if known else shlex.quote(os.path.relpath(path))
