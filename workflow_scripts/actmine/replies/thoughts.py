"""Cuts off what a model only thought, and the tokens that end its turn."""

import re
from itertools import islice

from actmine.replies.syntax import FORM, ReplyError, begins_code

MAX_TAGS = 200  # of one reply; bounds the time for any text [ours]

_WORD = (
    r"(?:think|thought|reason|reflect|scratchpad|analysis|monologue|brainstorm|ponder"
    r"|deliberat|planning|plan\b|draft\b|cot\b)"
)
# <think>, </seed:think>, ◁think▷, <antThinking>, <|end_of_thought|>, [THINK], …
_TAG = re.compile(
    r"(?:[<◁⟨《]|\[(?=/?think))[|\uff5c]?(?P<shut>/?)[|\uff5c]?"
    rf"(?P<name>[\w:.▁-]{{0,30}}?{_WORD}[\w:.▁-]{{0,20}})(?:\s[^<>\n]{{0,80}})?[|\uff5c]?[>\]▷⟩》]",
    re.IGNORECASE,
)
_EDGE = re.compile(r"(?:begin|start|(end))[_▁](?:of[_▁])?", re.IGNORECASE)
_ESCAPED = re.compile(r"&lt;(/?\w{0,20}(?:think|thought|reason)\w{0,20})&gt;", re.IGNORECASE)
_OTHER_TAGS = {
    "<|channel>thought": "<think>",
    "<channel|>": "</think>",
    "<unused94>": "<think>",
    "<unused95>": "</think>",
}
_TRIPLE = re.compile(r"\"\"\"|'''")
_CHANNEL = "<|channel|>"
_FINAL = re.compile(r"<\|channel\|>final[^\n]{0,40}?<\|message\|>")
_FINAL_BARE = re.compile(r"\A\s*analysis[^\n].*?assistantfinal", re.DOTALL)
_STOP = re.compile(
    r"<[|\uff5c][\w▁]{1,40}[|\uff5c]>|</?s>|<eos>|<EOT>|<(?:end|start)_of_turn>|\[/?INST\]|\[EOS\]"
)


def spoken(text: str) -> str:
    """The reply proper: what a reasoning model says after it has thought.

    Raises:
        ReplyError: it ends before the thoughts do, or thinks again of other code.
    """
    final = list(_FINAL.finditer(text)) or list(_FINAL_BARE.finditer(text))
    if final:
        return _first_turn(text[final[-1].end() :])
    if _CHANNEL in text:
        raise _unended()
    for written, tag in _OTHER_TAGS.items():
        text = text.replace(written, tag)
    text = _ESCAPED.sub(r"<\1>", text)
    return _first_turn(_without_thoughts(text))


def _unended() -> ReplyError:
    return ReplyError(f"the reply ends within its thoughts; think less, and {FORM}")


def _without_thoughts(text: str) -> str:
    said: list[str] = []
    thought = ""  # the word of the tag that is open
    start, closed = 0, False
    tags = list(islice(_TAG.finditer(text), MAX_TAGS + 1))
    if len(tags) > MAX_TAGS:
        raise ReplyError(f"the reply thinks over {MAX_TAGS} times; {FORM}")
    last = {_word(tag): tag.start() for tag in tags if _closes(tag)}
    for tag in tags:
        word = _word(tag)
        if _is_mentioned(text, tag, start=start, is_open=bool(thought)):
            continue
        if not _closes(tag):
            if not thought:
                said.append(text[start : tag.start()])
                thought, start = word, tag.end()
        elif thought:
            if word != thought and last.get(thought, 0) > tag.start():
                continue  # a thought within a thought
            thought, start, closed = "", tag.end(), True
        else:
            # The prompt may have opened them. Closed twice, they end where code follows.
            kept = closed and not begins_code(text[tag.end() :])
            said = [*said, text[start : tag.start()]] if kept else []
            start, closed = tag.end(), True
    if not thought:
        return "\n".join([*said, text[start:]])
    if begins_code(text[start:]) or not begins_code("\n".join(said)):
        raise _unended()
    return "\n".join(said)


def _word(tag: re.Match[str]) -> str:
    return _EDGE.sub("", tag["name"]).lower()


def _closes(tag: re.Match[str]) -> bool:
    edge = _EDGE.match(tag["name"])
    return bool(tag["shut"]) or (edge is not None and bool(edge[1]))


def _is_mentioned(text: str, tag: re.Match[str], *, start: int, is_open: bool) -> bool:
    """Whether a tag only stands in a text, a comment or a sentence about tags."""
    before = text[text.rfind("\n", 0, tag.start()) + 1 : tag.start()]
    behind = text[tag.end() :].split("\n", maxsplit=1)[0]
    ticks = before.replace("```", "").count("`")
    if (before[-1:] in ("'", '"') and behind[:1] == before[-1:]) or (
        ticks % 2 and "`" in behind
    ):
        return True
    in_docstring = len(_TRIPLE.findall(text, start, tag.start())) % 2 == 1
    if in_docstring and _TRIPLE.search(text, tag.end()):
        return True
    if not before.strip("*_ \t>") or (is_open and _closes(tag)):
        return False
    if not _closes(tag) or "#" in before:
        return True
    return before[-1:].isspace() and behind[:1].isspace() and bool(behind.strip())


def _first_turn(text: str) -> str:
    """What stands before the token that ends the turn, once there is code."""
    turns = [turn for turn in _STOP.split(text) if turn.strip()]
    return next(filter(begins_code, turns), "\n".join(turns))
