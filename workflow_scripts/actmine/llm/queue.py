"""Lets whoever reads files be the model: a prompt is a file, and its reply another one.

Both stand in the run's folder `queue` until the journal has the reply; then both are removed,
so that the folder holds what is still to be answered.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from actmine.files import write_atomically
from actmine.llm.budget import BYTES_PER_TOKEN, Spent, prompt_bound
from actmine.llm.gateway import Answer
from actmine.llm.journal import Journal
from actmine.llm.received import received, unanswered
from actmine.llm.redaction import redact
from actmine.llm.reply_file import SETTLED_S, ReplyFile
from actmine.llm.request import ClientError, Reply, Request
from actmine.number_text import counted, duration
from actmine.streams import tell

LOOK_S = 0.5  # seconds between two looks [ours]
_TOLD = 3  # files that a message names [ours]
_PROMPT, _REPLY = ".prompt.md", ".reply.md"


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A folder of prompts and replies.

    Attributes:
        wait_s: wall seconds for which replies are waited for; 0 takes those that are there.
    """

    folder: Path
    wait_s: float = 0.0

    def prompt(self, request: Request) -> Path:
        """The file of a prompt."""
        return self.folder / f"{_place(request)}-{request.key[:16]}{_PROMPT}"

    def reply(self, request: Request) -> Path:
        """The file of its reply."""
        return self.folder / f"{_place(request)}-{request.key[:16]}{_REPLY}"


class _Due(NamedTuple):
    """A request whose reply is missing, and where it is looked for."""

    request: Request
    file: ReplyFile


def offer(queue: Queue, requests: Iterable[Request], *, hidden: Iterable[str]) -> None:
    """Writes the prompts that are not there yet.

    One that other code wrote for the same attempt is removed: its reply would count nowhere.

    Args:
        hidden: secrets, which are taken out.
    """
    known = tuple(hidden)
    for request in requests:
        path = queue.prompt(request)
        for old in queue.folder.glob(f"{_place(request)}-*{_PROMPT}"):
            if old != path:
                old.unlink(missing_ok=True)
        if not path.exists():  # its date says when it was asked
            text = _text(request, reply=queue.reply(request).name, hidden=known)
            write_atomically(path, text.encode(errors="replace"))


def clear(queue: Queue, requests: Iterable[Request]) -> None:
    """Removes the files of requests whose reply the journal has."""
    for request in requests:
        for path in (queue.prompt(request), queue.reply(request)):
            with suppress(FileNotFoundError, IsADirectoryError):
                path.unlink()


def reminder(folder: Path) -> str:
    """How many prompts stand in a queue's folder; empty if none do."""
    count = sum(1 for _ in folder.glob(f"*{_PROMPT}"))
    waiting = counted(count, "prompt waits", "prompts wait")
    return f"{waiting} for a reply in {folder}" * bool(count)


def collect(
    queue: Queue,
    requests: Sequence[Request],
    *,
    journal: Journal,
    worst: Mapping[str, Spent],
    hidden: Iterable[str],
    kept: int,
) -> dict[str, Reply]:
    """Takes the replies, and keeps each in the journal; by key.

    Args:
        requests: whose prompts are there.
        worst: by key, what a budget reserves.
        hidden: secrets, which are taken out.
        kept: replies of this round that there are already.

    Raises:
        ClientError: some are missing when the wait is over; the message says what to do.
            Where it is advice alone that was waited for, it is given up instead.
    """
    known = tuple(hidden)
    journal.hide(known)
    due = [_Due(request, ReplyFile(queue.reply(request))) for request in requests]
    replies: dict[str, Reply] = {}
    why = ""

    def take(reply: Reply, request: Request) -> None:
        journal.keep(request, reply, worst[request.key])
        clear(queue, [request])
        replies[request.key] = reply

    if queue.wait_s:
        tell(
            f"waiting up to {duration(queue.wait_s)} for "
            f"{counted(len(due), 'reply', 'replies')} in {queue.folder}"
        )
    end = time.monotonic() + queue.wait_s
    try:
        while True:
            for request, file in due:
                if text := file.text():
                    take(_received(queue, request, text, known), request)
            due = [one for one in due if one.request.key not in replies]
            # What is there when the wait ends may still be settling.
            settling = any(one.file.is_settling for one in due)
            if not due or time.monotonic() >= end + 2 * SETTLED_S * settling:
                break
            time.sleep(LOOK_S)
    except KeyboardInterrupt:
        why = "stopped by SIGINT: "
    if queue.wait_s and not why and all(one.request.advisory for one in due):
        for request, _ in due:  # no slot waits for it
            late = f"nobody replied within {duration(queue.wait_s)}"
            take(unanswered(request, late), request)
        due = []
    if due:
        raise ClientError(why + _missing(queue, due, kept=kept + len(replies)))
    return replies


def _place(request: Request) -> str:
    """Which attempt at which slot a request is for, as names of files begin."""
    slot = request.slot
    what = "advice" if request.advisory else f"slot{slot.index:03d}"
    place = f"{request.arm}-gen{slot.generation:04d}-island{slot.island}"
    return f"{place}-{what}-try{request.attempt}"


def _text(request: Request, *, reply: str, hidden: Iterable[str]) -> str:
    """A prompt as its file tells it."""
    known = tuple(hidden)
    what = "advice" if request.advisory else "a function"
    head = (
        f"Reply file: {reply}\n"
        f"What follows asks for {what}. Write your answer, and nothing else, into a new\n"
        "file of that name in this folder. It is taken once it has not changed for "
        f"{SETTLED_S:g} s;\n"
        "if you write in pieces, write under another name and rename the file.\n"
    )
    parts = (
        f"======== {role} ========\n\n{redact(said, known).strip()}\n"
        for role, said in request.messages
    )
    return "\n".join([head, *parts])


def _received(queue: Queue, request: Request, text: str, hidden: Iterable[str]) -> Reply:
    """A reply as the journal keeps it: its tokens, which nobody counted, by its size."""
    size = len(text.encode(errors="replace"))
    answer = Answer(
        text=text,
        finish_reason="",
        prompt_tokens=prompt_bound(request),
        completion_tokens=-(-size // BYTES_PER_TOKEN),
        usd=0.0,
    )
    return received(
        request,
        answer,
        answered_by=request.model,
        hidden=hidden,
        seconds=_seconds(queue.prompt(request), queue.reply(request)),
    )


def _seconds(prompt: Path, reply: Path) -> float:
    """From one file to the other; 0 where one is gone, or a clock went back."""
    try:
        return max(0.0, reply.stat().st_mtime - prompt.stat().st_mtime)
    except FileNotFoundError:
        return 0.0


def _missing(queue: Queue, due: Sequence[_Due], *, kept: int) -> str:
    """What is said where replies are missing, in one line."""
    first = due[0].request
    faults = [f"{file.path.name} {file.fault}" for _, file in due if file.fault]
    more = f" and {len(faults) - _TOLD} more" * (len(faults) > _TOLD)
    odd = f" ({', '.join(faults[:_TOLD])}{more})" * bool(faults)
    return (
        f"{first.arm}, generation {first.slot.generation}, island {first.slot.island}: "
        f"{counted(len(due), 'reply', 'replies')} missing in {queue.folder}{odd}; answer each "
        f"NAME{_PROMPT} there by a plain file NAME{_REPLY}, then run again to continue: "
        f"{counted(kept, 'reply', 'replies')} kept"
    )
