"""`python -m actmine`: the commands beside the workflow."""

import argparse
import os
import sys
from collections.abc import Sequence

import actmine.commands.audit as audit
import actmine.commands.calibrate as calibrate
import actmine.commands.compare as compare
import actmine.commands.diff as diff
import actmine.commands.estimate as estimate
import actmine.commands.lineage as lineage
import actmine.commands.recommend as recommend
import actmine.commands.replay as replay
import actmine.commands.show as show
import actmine.commands.strategies as strategies
import actmine.commands.try_files as try_files
import actmine.commands.watch as watch
from actmine.config import ConfigError
from actmine.llm.prices import PriceError
from actmine.sandbox.host import SandboxError
from actmine.tasks.suite import SuiteFileError, TaskError

COMMANDS = {
    "try": try_files,
    "show": show,
    "lineage": lineage,
    "audit": audit,
    "diff": diff,
    "replay": replay,
    "estimate": estimate,
    "calibrate": calibrate,
    "strategies": strategies,
    "compare": compare,
    "watch": watch,
    "recommend": recommend,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; an error that a user can mend is one line, not a traceback."""
    parser = argparse.ArgumentParser(prog="python -m actmine", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        text = module.__doc__ or ""
        command = commands.add_parser(name, help=text.splitlines()[0], description=text)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    args = parser.parse_args(argv)
    try:
        code: int = args.run(args)
        return code
    except (ConfigError, PriceError, SandboxError, SuiteFileError, TaskError) as error:
        print(f"actmine: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # `… | head` closed our output
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
