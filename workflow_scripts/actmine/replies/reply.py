"""Reads the source of a candidate out of a language model's reply, as it is written.

Nothing is compiled, run or translated. What could be read in two ways is refused with what to
send instead: another function than the author's would be trained under the author's words.
"""

import ast
from dataclasses import dataclass

from actmine.gate.normal import ENTRY
from actmine.replies.blocks import fields, pieces, prose
from actmine.replies.choice import choose, read_block
from actmine.replies.description import describe
from actmine.replies.syntax import FORM, ReplyError, plain_lines
from actmine.replies.thoughts import spoken

MAX_CHARACTERS = 256 * 1024  # of a reply; the client keeps no more [ours]

__all__ = ["Parsed", "ReplyError", "read_reply"]


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """What a reply proposes.

    Attributes:
        source: Python that defines `activation(x)`, in one spelling whatever the layout.
        name: for people, at most 60 characters.
        formula: one line, at most 300 characters.
        rationale: one line, at most 1,000 characters; may be empty.
    """

    source: str
    name: str
    formula: str
    rationale: str


def read_reply(text: str) -> Parsed:
    """Reads one reply.

    Raises:
        ReplyError: it holds no program that is clearly meant; the message says what to write
            instead, and nothing else is ever raised.
    """
    if len(text) > MAX_CHARACTERS:
        raise ReplyError(f"the reply has {len(text)} characters; {FORM} and say little else")
    try:
        answer = spoken(plain_lines(text))
        words = prose(answer)
        program = choose([read_block(piece) for piece in pieces(answer)], words)
    except RecursionError:  # when the caller itself stands deep in the stack
        raise ReplyError("the code is nested too deeply; name the parts") from None
    function = next(
        node
        for node in program.tree.body
        if isinstance(node, ast.FunctionDef) and node.name == ENTRY
    )
    name, formula, rationale = describe(
        function, program.own_name, fields=fields(answer), prose="\n".join(words)
    )
    return Parsed(source=program.source, name=name, formula=formula, rationale=rationale)
