"""`python -m actmine`: the commands beside the workflow."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from actmine.llm.prices import PriceError
from actmine.sandbox.warm_process import SandboxError
from actmine.settings.configuration import ConfigError
from actmine.streams import drop_output, open_streams
from actmine.tasks.suite import SuiteFileError
from actmine.tasks.target import TaskError

# Name: module. Only the one that is called is imported: some take seconds to.
COMMANDS = {
    "try": "try_files",
    "read": "read",
    "show": "show",
    "lineage": "lineage_graph",
    "audit": "audit",
    "diff": "diff",
    "replay": "replay",
    "functions": "functions",
    "estimate": "estimate",
    "calibrate": "calibrate",
    "labs": "labs",
    "strategies": "strategies",
    "recommend": "recommend",
    "compare": "compare",
    "watch": "watch",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; an error that a user can mend is one line, not a traceback."""
    open_streams()
    parser = argparse.ArgumentParser(prog="python -m actmine", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    given = sys.argv[1:] if argv is None else list(argv)
    called = [name for name in given[:1] if name in COMMANDS]
    for name in called or COMMANDS:
        module = import_module(f"actmine.commands.{COMMANDS[name]}")
        text = module.__doc__ or ""
        command = commands.add_parser(name, help=text.partition("\n")[0], description=text)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    args = parser.parse_args(given)
    try:
        code = _run(args)
        sys.stdout.flush()
    except BrokenPipeError:  # `… | head` closed our output
        drop_output()
        return 1
    except OSError as error:
        print(f"actmine: {error.filename or 'output'}: {error.strerror}", file=sys.stderr)
        if error.filename is None:  # a full disk
            drop_output()
        return 1
    return code


def _run(args: argparse.Namespace) -> int:
    try:
        return int(args.run(args))
    except (ConfigError, PriceError, SandboxError, SuiteFileError, TaskError) as error:
        print(f"actmine: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
