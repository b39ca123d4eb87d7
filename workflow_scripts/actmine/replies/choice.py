"""Decides which of a reply's programs its author means; where that is unclear, none."""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from actmine.gate.normal import ENTRY
from actmine.replies.blocks import Piece, tree_of
from actmine.replies.program import Program, bound, is_called_otherwise, program_of, used
from actmine.replies.syntax import FORM, ReplyError, begins_code

MAX_LABEL_WORDS = 8  # a longer line is a sentence about the code, not its name [ours]

_ANSWER = re.compile(
    r"\b(?:final\w*|answers?|child\w*|new\w*|improve\w*|propos\w*|better|correct\w*|fix\w*"
    r"|updat\w*|revis\w*|instead|solutions?|result\w*|mend\w*|actual\w*)\b",
    re.IGNORECASE,
)
_FIELDS = re.compile(r"\b(?:code|source|program|implementation|function)\b", re.IGNORECASE)
_PARENT = re.compile(
    r"\b(?:parents?|(?<!an )originals?|baselines?|previous\w*|prior|old|older|earlier|before"
    r"|current|existing|for reference|compar\w+|contrast|unchanged|seeds?|starting point)\b",
    re.IGNORECASE,
)
_DRAFT = re.compile(
    r"\b(?:drafts?|attempts?|tries|tried|first|initial\w*|naive|wrong|broken|reject\w*"
    r"|discard\w*|references?|was|were|derivatives?|gradients?)\b",
    re.IGNORECASE,
)
# Where these stand, the order of the programs says nothing.
_CHOOSES = re.compile(
    r"\b(?:options?|alternativ\w*|variants?|versions? \d|v\d|recommend\w*|prefer\w*|newest"
    r"|either|choose|pick|whichever|favou?rite|best)\b",
    re.IGNORECASE,
)
_ATTEMPT = re.compile(r"^\W*(?:def|class) ", re.MULTILINE)
_TURNS_BACK = re.compile(r"\b(?:first|former|revert|original|keep|stay|above)\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A piece of a reply as read: with a program, or with why it is none, or neither."""

    piece: Piece
    program: Program | None = None
    flaw: ReplyError | None = None

    @property
    def label(self) -> str:
        """What the reply calls it, and the code itself."""
        remark = self.program.remark if self.program else ""
        words = f"{self.piece.label} {remark}".replace("_", " ")
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", words)

    @property
    def is_named(self) -> bool:
        """Whether the reply itself calls the function `activation`."""
        return self.program is not None and self.program.own_name == ENTRY

    @property
    def is_answer(self) -> bool:
        """Whether it is called the answer, and nothing else."""
        says_so = _ANSWER.search(self.label) or _FIELDS.search(self.piece.label)
        return bool(says_so) and not self.is_doubtful

    @property
    def is_doubtful(self) -> bool:
        """Whether its label speaks of something that is not the answer."""
        return bool(_PARENT.search(self.label) or _DRAFT.search(self.label))

    def is_called(self, *kinds: re.Pattern[str]) -> bool:
        """Whether a short label calls it one of these, and not the answer."""
        short = len(self.label.split()) <= MAX_LABEL_WORDS
        named = any(kind.search(self.label) for kind in kinds)
        return short and named and not _ANSWER.search(self.label)


def read_block(piece: Piece) -> Block:
    """A piece as read."""
    try:
        return Block(piece=piece, program=program_of(piece.text))
    except ReplyError as error:
        return Block(piece=piece, flaw=error)


def choose(blocks: Sequence[Block], prose: Sequence[str]) -> Program:
    """The last program, where nothing speaks against it.

    Raises:
        ReplyError: there is none, or the reply may mean another one.
    """
    able = [one for one in blocks if one.program is not None and not one.piece.is_remark]
    if not able:
        raise _no_program(blocks)
    chosen = _last_word(able, prose)
    program = chosen.program
    assert program is not None
    place = blocks.index(chosen)
    for at, one in enumerate(blocks):
        _refuse_change(one, program, behind=at > place)
    if chosen.is_called(_PARENT):
        raise ReplyError(f"the only whole program is called the parent; {FORM}")
    return program


def _no_program(blocks: Sequence[Block]) -> ReplyError:
    flaws = [one.flaw for one in blocks if one.flaw is not None]
    if flaws:
        return next((one for one in flaws if "is a class" in str(one)), flaws[-1])
    if any(begins_code(one.piece.text) for one in blocks):
        return ReplyError(f"the reply defines no function of x that returns a value; {FORM}")
    return ReplyError(f"the reply holds no Python code; {FORM}")


def _last_word(able: Sequence[Block], prose: Sequence[str]) -> Block:
    """The one program that differs from no other that may be meant."""
    if _meanings(able) == 1:
        return able[-1]
    said = [*prose, *(one.label for one in able)]
    if not any(map(_CHOOSES.search, said)) and not _TURNS_BACK.search(prose[-1]):
        left = [one for one in able if not one.is_called(_PARENT, _DRAFT)]
        last = left[-1] if left else able[-1]
        if left and _meanings(left) == 1:
            return last
        if left and last.is_answer and not any(one.is_answer for one in left[:-1]):
            return last
        if [one for one in able if one.is_named] == able[-1:] and not able[-1].is_doubtful:
            return able[-1]
    names = dict.fromkeys(one.program.own_name for one in able if one.program is not None)
    raise ReplyError(
        f"the reply holds several programs that differ ({', '.join(names)}) and does not say "
        f"clearly which one counts; {FORM}, and no other"
    )


def _meanings(blocks: Sequence[Block]) -> int:
    return len({one.program.meaning for one in blocks if one.program is not None})


def _refuse_change(block: Block, program: Program, *, behind: bool) -> None:
    """Refuses a reply that goes on to change what its program says.

    Raises:
        ReplyError: a part, a patch or a remark of code that the program does not hold.
    """
    text = block.piece.text
    if block.piece.is_remark:
        if not _holds(program, text):
            raise ReplyError(f"`{text[:60]}` stands beside the program and differs; {FORM}")
        return
    if block.flaw is not None:
        # A whole attempt in front is overtaken; a part may be meant as a change.
        is_overtaken = not behind and _ATTEMPT.search(text)
        if not is_overtaken and not _holds(program, text):
            raise block.flaw
        return
    if block.program is not None:
        return
    try:
        tree = tree_of(text)
    except ReplyError:
        return
    spoken_of = {name for node in tree.body for name in used(node) | bound(node)}
    constants = {name for node in program.tree.body for name in bound(node)} - {ENTRY}
    if is_called_otherwise(tree, program.own_name) or (behind and spoken_of & constants):
        raise ReplyError(
            f"another block changes the program ({text.strip().splitlines()[0][:60]}); {FORM} "
            "that holds everything"
        )


def _holds(program: Program, text: str) -> bool:
    """Whether a text is an excerpt of a program."""
    return "".join(text.split()) in "".join(ast.unparse(program.tree).split())
