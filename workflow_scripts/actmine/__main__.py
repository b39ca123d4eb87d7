"""Mines activation functions that generalise out of distribution."""

import argparse
import ast
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from actmine.code_hash import version
from actmine.files import ContentError
from actmine.llm.prices import PriceError
from actmine.machine import MachineError
from actmine.program import program
from actmine.settings.configuration import DEMO_TAKES, ConfigError
from actmine.settings.mistakes import nearest
from actmine.shown_text import visible
from actmine.streams import drop_output, open_streams
from actmine.tasks.target import TaskError

# Name: module. Only the one that is called is imported: some take seconds to.
COMMANDS = {
    "demo": "demo",
    "run": "run_workflow",
    "try": "try_files",
    "versus": "versus",
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
    "biases": "biases",
    "foretell": "foretell",
    "transferred": "transferred",
    "strategies": "strategies",
    "recommend": "recommend",
    "compare": "compare",
    "publish": "publish",
    "export": "export",
    "watch": "watch",
}
# What is shown to who asks for nothing: what one needs first, with arguments that work.
FIRST = {
    "demo": f"a whole search with its report, {DEMO_TAKES}",
    "watch demo": "how far it is, from another terminal",
    "show demo champion": "the function that it found, and how",
    "try mine.py": "what a function of your own is worth; it defines `activation(x)`",
    "functions": "the known functions, with formula and source",
}

EPILOG = (
    "`COMMAND --help` tells what a command takes. A RUN is the name of a folder below "
    "`results`, or that folder; a candidate is a new function that a search tried."
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; an error that a user can mend is one line, not a traceback."""
    open_streams()
    given = sys.argv[1:] if argv is None else list(argv)
    try:
        code = _called(given)
        sys.stdout.flush()
    except BrokenPipeError:  # `… | head` closed our output
        drop_output()
        return 1
    except OSError as error:
        _complain(f"{error.filename or 'output'}: {error.strerror}")
        if error.filename is None:  # a full disk
            drop_output()
        return 1
    return code


def parser_for(given: Sequence[str]) -> argparse.ArgumentParser:
    """A parser that knows the command which is called; without any, what all of them do."""
    parser = argparse.ArgumentParser(prog=program(), description=__doc__, epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"actmine {version()}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    called = given[0] if given else ""
    for name in [called] if called in COMMANDS else COMMANDS:
        text = _described(name)
        command = commands.add_parser(name, help=text.partition("\n")[0], description=text)
        if name == called:
            module = import_module(f"actmine.commands.{COMMANDS[name]}")
            module.add_arguments(command)
            command.set_defaults(run=module.run, refuse=command.error)
    return parser


def _called(given: Sequence[str]) -> int:
    if not given:
        print(_first())
        return 0
    if given[0] not in COMMANDS and not given[0].startswith("-"):
        meant = nearest(given[0], COMMANDS)
        told = f"no such command{meant}; there are {', '.join(COMMANDS)}"
        _complain(f"{given[0]}: {told}")
        return 2
    parser = parser_for(given)
    args, more = parser.parse_known_args(given)
    if more and not hasattr(args, "given"):
        args.refuse(f"unrecognized arguments: {' '.join(more)}")
    args.given = more
    try:
        return int(args.run(args))
    except (ConfigError, ContentError, MachineError, PriceError, TaskError) as error:
        _complain(str(error))
        return 1
    except Exception:  # of a damaged file, or our own mistake, which is told in full
        from actmine.commands.damage import damage

        if not (told := damage(args)):
            raise
        _complain(told)
        return 1


def _complain(what: str) -> None:
    """Prints an error, in which names of files and of strangers' functions may stand."""
    print(visible(f"actmine: {what}", kept="\n"), file=sys.stderr)


def _first() -> str:
    width = max(map(len, FIRST))
    lines = [f"  {program()} {words:<{width}}  {what}" for words, what in FIRST.items()]
    all_of_them = f"`{program()} --help` lists all commands."
    return "\n".join([f"{__doc__} First:", "", *lines, "", all_of_them])


def _described(name: str) -> str:
    """What a command's module says of itself, read without importing it."""
    path = Path(__file__).with_name("commands") / f"{COMMANDS[name]}.py"
    return ast.get_docstring(ast.parse(path.read_bytes())) or ""


if __name__ == "__main__":
    sys.exit(main())
