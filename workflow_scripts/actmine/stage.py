"""Makes the command line of a stage from the parameters of its `main`."""

import argparse
import gc
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter, signature
from pathlib import Path
from typing import Any, get_type_hints

from actmine.collector import seldom_collected
from actmine.files import ContentError
from actmine.machine import MachineError, told_of_machine
from actmine.streams import open_streams

Json = dict[str, Any]  # an argument that is a JSON object

# How an argument of a type is read. Rules give an input that is empty as an option alone.
_READ: dict[Any, dict[str, Any]] = {
    str: {},
    int: {"type": int},
    Path: {"type": Path},
    Path | None: {"type": Path, "nargs": "?"},
    Sequence[str]: {"nargs": "*"},
    Sequence[Path]: {"type": Path, "nargs": "*"},
    Json: {"type": json.loads},
    Json | None: {"type": json.loads},
}
_HELP = {
    "run": "the run's run.yaml",
    "measurement": "a name of settings/measurements.py",
    "suite": "search, a later draw of it (search_1 …), or held_out; the name is part of what "
    "its tasks are drawn from",
    "arrays": "of a suite or a benchmark, .npz",
    "manifest": "what describes the arrays, .json",
    "population": "of one generation earlier; none for 0",
    "candidates": "proposals.jsonl or candidates.jsonl; of tables, a folder to write",
    "names": "functions of the catalog",
    "neighbours": "populations of other islands, as early",
    "reference": "evaluations of ReLU and GELU",
    "known": "evaluations of the catalog on the search tasks",
    "execution": "keys that run.yaml leaves out, as JSON",
    "settings": "the transfer's settings, .json",
    "transfer": "settings of the transfer, as JSON",
    "external": "settings of the external suites, as JSON",
    "champions": "what lists the champions of all arms",
    "files": "functions of a user's",
    "per_job": "candidates of a shard",
    "store": "what was measured before",
}


def run_stage(main: Callable[..., None], argv: Sequence[str] | None = None) -> None:
    """Calls `main` with the arguments of a command line, by default those of this process.

    Each parameter is an option of its name; one without a default must be given. Where the
    machine or a file is to blame, the stage ends with one line that says so.
    """
    open_streams()
    parser = argparse.ArgumentParser(description=main.__globals__["__doc__"])
    types = get_type_hints(main)
    for name, parameter in signature(main).parameters.items():
        required = parameter.default is Parameter.empty
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            required=required,
            default=None if required else parameter.default,
            help=_HELP.get(name),
            **_READ[types[name]],
        )
    given = vars(parser.parse_args(argv))
    gc.freeze()  # what was imported stays
    try:
        _require_filled(given)
        with seldom_collected():
            main(**given)
    except (MachineError, MemoryError, OSError) as error:
        if told := told_of_machine(error):
            sys.exit(f"{parser.prog}: {told}")
        raise
    except ContentError as error:
        sys.exit(f"{parser.prog}: {error}")
    finally:
        gc.freeze()  # what is left ends with the process: looking through it takes 0.1 s


def _require_filled(given: Mapping[str, Any]) -> None:
    """Refuses what a full disk left of a file, which a reader may take for a list of nothing.

    Raises:
        ContentError: a file of the run holds no byte.
    """
    for name, value in given.items():
        for path in value if isinstance(value, list) else [value]:
            ours = name != "files" and isinstance(path, Path) and path.is_file()
            if ours and not path.stat().st_size:
                raise ContentError(f"{path}: empty; delete the file and run again")
