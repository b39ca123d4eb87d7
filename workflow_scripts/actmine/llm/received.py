"""Says what is kept of an answer: text that fits a file, without secrets."""

from collections.abc import Iterable

from actmine.llm.gateway import Answer
from actmine.llm.redaction import redact
from actmine.llm.request import Reply, Request

MAX_TEXT_BYTES = 256 * 1024  # no activation is longer; a flood must not fill the disk [ours]
SEARCHED = 2  # so many times what is kept is searched for keys, lest one is cut in two
QUOTED = 300  # characters of a server's words that a message repeats


def received(
    request: Request,
    answer: Answer,
    *,
    answered_by: str,
    hidden: Iterable[str],
    in_doubt: int = 0,
    seconds: float,
) -> Reply:
    """What is kept of an answer; redacted here already, it is read back the same.

    Args:
        answer: as it came.
        hidden: secrets.
        in_doubt: sends of the request before this one whose fate is unknown.
        seconds: from the send to the answer.
    """
    whole = answer.text.encode(errors="replace")
    note = f" (cut from {len(whole)} bytes)" if len(whole) > MAX_TEXT_BYTES else ""
    searched = whole[: SEARCHED * MAX_TEXT_BYTES].decode(errors="ignore")
    kept = redact(searched, hidden).encode()[:MAX_TEXT_BYTES]
    return Reply(
        key=request.key,
        model=request.model,
        answered_by=answered_by,
        text=kept.decode(errors="ignore"),
        finish_reason=quoted(answer.finish_reason, hidden) + note,
        prompt_tokens=answer.prompt_tokens,
        completion_tokens=answer.completion_tokens,
        usd=answer.usd,
        in_doubt=in_doubt,
        refused=quoted(answer.refused, hidden),
        seconds=seconds,
    )


def unanswered(request: Request, why: str, *, in_doubt: int = 0) -> Reply:
    """What is kept where nobody answered for good: a rerun asks no more.

    Args:
        why: fit to be kept.
        in_doubt: sends whose fate is unknown.
    """
    return Reply(
        key=request.key,
        model=request.model,
        answered_by="",
        text="",
        in_doubt=in_doubt,
        refused=why,
    )


def quoted(said: str, hidden: Iterable[str]) -> str:
    """A server's words, fit to be kept and printed."""
    text = " ".join(said.encode(errors="replace").decode().split())
    return redact(text[: 100 * QUOTED], hidden)[:QUOTED]
