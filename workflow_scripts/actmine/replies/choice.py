"""Decides which of a reply's programs its author means; where that is unclear, none."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from actmine.gate.normal import ENTRY
from actmine.replies.blocks import Piece, tree_of
from actmine.replies.program import Program, bound, is_called_otherwise, program_of, used
from actmine.replies.syntax import FORM, ReplyError, begins_code

MAX_HEADING_WORDS = 8  # a longer line speaks about the code [ours]
MAX_SENTENCE_WORDS = 4  # as "This is the parent." [ours]


def _words(text: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(text.split())})\b", re.IGNORECASE)


_ANSWER = _words(
    r"final\w* answers? child\w* new\w* improve\w* propos\w* better correct\w* fix\w* updat\w*"
    r" revis\w* solutions? result\w* mend\w* actual\w*"
)
_PARENT = _words(
    r"parents? (?<!an\s)originals? baselines? previous\w* prior old older earlier before"
    r" current existing for\sreference compar\w+ contrast unchanged seeds? starting\spoint"
)
_DRAFT = _words(
    r"drafts? attempts? tries tried first initial\w* naive wrong broken reject\w* discard\w*"
    r" references? was were derivatives? gradients?"
)
# Words with which the code in front is set right, and those that speak of it once more.
_FINAL = _words(r"final\w* corrected fix\w* revised updated answer better improved mended")
_ASIDE = _words(r"than over beat\w* this that above of by replac\w* not")
# Where these stand, the order of the programs says nothing.
_RECOMMENDS = _words(r"options?\s\w alternatively recommend\w* prefer\w* newest whichever")
_CHOOSES = _words(
    r"options? alternativ\w* variants? versions?\s\d v\d either choose pick favou?rite best"
)
_TURNS_BACK = _words("first former revert original keep stay above")
_NUMBER = r"-?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?"
# A field of JSON or YAML: a number under a name.
_VALUE = re.compile(rf"(?:\"(\w+)\"\s*:|^[ \t-]*(\w+)[ \t]*:)\s*({_NUMBER})\b", re.MULTILINE)
_ATTEMPT = re.compile(r"^[^\w\n]*(?:def|class) ", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A piece of a reply as read: with a program, or with why it is none, or neither."""

    piece: Piece
    program: Program | None = None
    error: ReplyError | None = None

    @property
    def lines(self) -> tuple[str, str]:
        """What the reply calls it, and what the code itself says at its head."""
        words = (self.piece.label, self.program.remark if self.program else "")
        plain, of_code = (re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", text) for text in words)
        return plain, of_code  # parentCode and old_code, of JSON, are two words each

    def is_called(self, *kinds: re.Pattern[str]) -> bool:
        """Whether a heading calls it one of these, and nothing the answer."""
        named = any(_is_heading(line) and _speaks_of(line, *kinds) for line in self.lines)
        return named and not _speaks_of(" ".join(self.lines), _ANSWER)

    @property
    def is_final(self) -> bool:
        """Whether a heading calls it the last of several tries, and nothing else."""
        heading = self.lines[0]
        is_other = _speaks_of(" ".join(self.lines), _PARENT, _DRAFT, _ASIDE)
        return _is_heading(heading) and _speaks_of(heading, _FINAL) and not is_other


def _is_heading(line: str) -> bool:
    """Whether a line is short, and no sentence about the code."""
    words = line.split()
    is_sentence = line.rstrip("*_ ").endswith((".", "!"))
    return len(words) <= (MAX_SENTENCE_WORDS if is_sentence else MAX_HEADING_WORDS)


def _speaks_of(text: str, *kinds: re.Pattern[str]) -> bool:
    return any(kind.search(text) for kind in kinds)


def read_block(piece: Piece) -> Block:
    """A piece as read."""
    if piece.is_remark:
        return Block(piece=piece)
    try:
        return Block(piece=piece, program=program_of(piece.text))
    except ReplyError as error:
        return Block(piece=piece, error=error)
    except ValueError as error:  # a nested f-string, or half of a surrogate pair
        why = ReplyError(f"the code cannot be spelled again ({error}); {FORM}")
        return Block(piece=piece, error=why)


def choose(blocks: Sequence[Block], prose: Sequence[str]) -> Program:
    """The one program that is clearly meant.

    Args:
        prose: what stands before, between and behind the code.

    Raises:
        ReplyError: there is none, or the reply may mean another one.
    """
    whole = [block for block in blocks if block.program is not None]
    if not whole:
        raise _no_program(blocks)
    chosen = _last_word(whole, prose)
    program = chosen.program
    assert program is not None
    _refuse_other_values(program, "\n".join(prose))
    place = blocks.index(chosen)
    for at, block in enumerate(blocks):
        _refuse_change(block, program, behind=at > place)
    if chosen.is_called(_PARENT):
        raise ReplyError(f"the only whole program is called the parent; {FORM}")
    return program


def _no_program(blocks: Sequence[Block]) -> ReplyError:
    errors = [block.error for block in blocks if block.error is not None]
    if errors:
        return next((error for error in errors if "is a class" in str(error)), errors[-1])
    if any(begins_code(block.piece.text) for block in blocks):
        return ReplyError(f"the reply defines no function of x that returns a value; {FORM}")
    return ReplyError(f"the reply holds no Python code; {FORM}")


def _last_word(whole: Sequence[Block], prose: Sequence[str]) -> Block:
    """The last program, where the others are the same, or are called something else."""
    if _meanings(whole) == 1:
        return whole[-1]
    lines = "\n".join(line for block in whole for line in block.lines)
    said = "\n".join([*prose, lines])
    is_offer = _speaks_of(said, _RECOMMENDS) or _speaks_of(lines, _CHOOSES)
    if not is_offer and not _is_judged_behind(prose[-1]):
        answers = [block for block in whole if not block.is_called(_PARENT, _DRAFT)]
        set_right = (
            answers
            and answers[-1].is_final
            and not any(block.is_final for block in answers[:-1])
        )
        if _meanings(answers) == 1 or set_right:
            return answers[-1]
    names = dict.fromkeys(
        block.program.own_name for block in whole if block.program is not None
    )
    raise ReplyError(
        f"the reply holds several programs that differ ({', '.join(names)}) and does not say "
        f"clearly which one counts; {FORM}, with all that it needs and nothing else"
    )


def _is_judged_behind(tail: str) -> bool:
    """Whether what follows the last program returns to an earlier one, or is its caption."""
    caption = next((line for line in tail.split("\n") if line.strip()), "")
    is_short = _is_heading(caption) and not begins_code(tail)
    is_caption = is_short and _speaks_of(caption, _ANSWER, _PARENT, _DRAFT)
    return is_caption or _speaks_of(tail, _TURNS_BACK)


def _meanings(blocks: Sequence[Block]) -> int:
    return len({block.program.meaning for block in blocks if block.program is not None})


def _refuse_change(block: Block, program: Program, *, behind: bool) -> None:
    """Refuses a reply that goes on to change what its program says.

    Raises:
        ReplyError: a part, a patch or a remark of code that the program does not hold.
    """
    text = block.piece.text
    if block.piece.is_remark:
        if not _holds(program, text):
            raise ReplyError(f"`{text[:60]}` stands beside the program and differs; {FORM}")
    elif block.error is not None:
        # A whole attempt in front is overtaken; a part may be meant as a change.
        is_overtaken = not behind and _ATTEMPT.search(text)
        if not is_overtaken and not _holds(program, text):
            raise block.error
    elif block.program is None and _changes(text, program, behind=behind):
        raise ReplyError(f"a block that is no program changes the program; {FORM}, whole")


def _changes(text: str, program: Program, *, behind: bool) -> bool:
    """Whether a text without a program gives the program's constants or arguments values."""
    try:
        tree = tree_of(text)
    except ReplyError:
        return False
    spoken_of = {name for node in tree.body for name in used(node) | bound(node)}
    constants = {name for node in program.tree.body for name in bound(node)} - {ENTRY}
    return is_called_otherwise(tree, program.own_name) or bool(behind and spoken_of & constants)


def _refuse_other_values(program: Program, prose: str) -> None:
    """Refuses a reply whose fields give a constant or a default of the program a value.

    Raises:
        ReplyError: it is another one than the program's own.
    """
    for quoted, plain, value in _VALUE.findall(prose):
        name = quoted or plain
        if name not in program.source:  # a reply may name thousands
            continue
        own = re.findall(rf"\b{name} ?= ?({_NUMBER})", program.source)
        if any(float(number) != float(value) for number in own):
            raise ReplyError(
                f"{name} is {own[0]} in the code and {value} beside it; {FORM}, whose "
                "constants are the ones you mean"
            )


def _holds(program: Program, text: str) -> bool:
    """Whether a text is an excerpt of a program."""
    return "".join(text.split()) in "".join(program.source.split())
