"""Shows how a language model's reply would be read: its source, or why it is refused.

A file holds one reply as the model gave it. The exit code is 0 if every reply gives a source
that the static gate lets in, 2 if one does not.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from actmine.commands.own_files import FileError, read_text
from actmine.gate.static import Refusal, admit
from actmine.replies.reply import ReplyError, read_reply

REFUSED = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true", help="one object per file and line")


def run(args: argparse.Namespace) -> int:
    """Prints one answer a file; a file that cannot be read hides none of the others."""
    answers = [_answer(path) for path in args.files]
    for answer in answers:
        print(json.dumps(answer) if args.json else _sentence(answer), flush=True)
    return 0 if all(answer["accepted"] for answer in answers) else REFUSED


def _answer(path: Path) -> dict[str, Any]:
    """What becomes of a reply, in the words that a proposal would hold."""
    source = reason = ""
    try:
        source = read_reply(read_text(path)).source
        admit(source)
    except FileError as error:
        reason = f"file: {error}"
    except ReplyError as error:
        reason = f"reply: {error}"
    except Refusal as refusal:
        reason = f"static: {refusal}"
    return {"file": str(path), "accepted": not reason, "source": source, "reason": reason}


def _sentence(answer: dict[str, Any]) -> str:
    if answer["accepted"]:
        return f"{answer['file']}: accepted\n\n{answer['source']}"
    return f"{answer['file']}: refused: {answer['reason']}"
