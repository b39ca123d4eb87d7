"""Remembers every reply by its request, so that none is paid twice."""

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from actmine.files import ContentError, read_json, write_json
from actmine.llm.budget import Spent, total
from actmine.llm.redaction import longest_first, redact_json
from actmine.llm.request import Reply, Request, Skipped
from actmine.records.rows import from_row

SCHEMA_VERSION = 1

_INTENT = ".intent.json"
_SKIPPED = ".skipped.json"
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Charge:
    """What one journal file costs, and whom.

    Attributes:
        answered_by: the model that replied, or turned the prompt down; empty while none did.
        answered: whether it wrote something.
    """

    arm: str
    island: int
    generation: int
    attempt: int
    spent: Spent
    answered_by: str = ""
    answered: bool = False


class Journal:
    """A folder `ab/<key>.json` of replies, with the intents of those still due.

    Islands write side by side: no two share a key. What is due to an island's budget is
    read once and kept up to date by this object's own writes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._hidden: tuple[str, ...] = ()
        self._charges: dict[str, Charge] | None = None

    def hide(self, secrets: Iterable[str]) -> None:
        """Redacts these values too from all that is written later."""
        self._hidden = longest_first([*self._hidden, *secrets])

    def reply(self, key: str) -> Reply | None:
        """A reply durably received.

        Raises:
            ContentError: its file is damaged or of another schema version.
        """
        return self._stored(
            self._path(key),
            lambda file: from_row({**file["reply"], "key": key, "model": file["model"]}, Reply),
        )

    def seconds(self, key: str) -> float:
        """How long a reply took; 0 where the journal was left behind."""
        reply = self.reply(key)
        return 0.0 if reply is None else reply.seconds

    def skipped(self, key: str) -> Skipped | None:
        """The mark of a request that the budget did not admit."""
        path = self._path(key, _SKIPPED)
        return self._stored(path, lambda file: Skipped(key=key, reason=file["reason"]))

    def in_doubt(self, key: str) -> int:
        """How many sends of this request have an unknown fate, one cut off by a kill too."""
        path = self._path(key, _INTENT)
        return self._stored(path, lambda file: int(file["in_doubt"]) + bool(file["open"])) or 0

    def _stored(self, path: Path, told: Callable[[dict[str, Any]], T]) -> T | None:
        """What a file tells; none if there is no such file."""
        try:
            document = _read(path)
        except FileNotFoundError:
            return None
        try:
            return told(document)
        except ContentError:
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise _damaged(path, error) from None

    def intend(self, request: Request, worst: Spent, *, in_doubt: int, open: bool) -> None:
        """Puts on record, before a send (`open`) or after it failed, what may be charged."""
        document = {**self._head(request, worst), "in_doubt": in_doubt, "open": open}
        self._write(request.key, document, _INTENT)

    def keep(self, request: Request, reply: Reply, worst: Spent) -> None:
        """Stores a reply for good; when this returns, a power cut cannot take it back."""
        document = {**self._head(request, worst), **request.document}
        self._write(request.key, {**document, "reply": reply.document})
        self._path(request.key, _INTENT).unlink(missing_ok=True)

    def skip(self, request: Request, skipped: Skipped, worst: Spent) -> None:
        """Marks a request that the budget did not admit; only a replay heeds the mark."""
        document = {**self._head(request, worst), "reason": skipped.reason}
        self._write(request.key, document, _SKIPPED)

    def spent(
        self, arm: str, island: int, *, before: tuple[int, int], asking: Collection[str] = ()
    ) -> Spent:
        """What an arm's island spent before a (generation, attempt).

        Where other prompts were paid for in that very round than are asked now, the search goes
        another way than it once did: then what it paid for later counts too, or a changed
        prompt would have the whole budget once more.

        Args:
            asking: keys of the round's requests, which count by their worst case elsewhere.

        Raises:
            ContentError: a file is damaged.
        """
        if self._charges is None:
            self._charges = dict(self._scan())
        own = [
            ((charge.generation, charge.attempt), key, charge.spent)
            for key, charge in self._charges.items()
            if (charge.arm, charge.island) == (arm, island)
        ]
        others = [(place, spent) for place, key, spent in own if key not in asking]
        if asking and any(place == before for place, _ in others):
            return total(spent for _, spent in others)
        return total(spent for place, _, spent in own if place < before)

    def standing(self, request: Request, model: str) -> tuple[bool, int]:
        """Whether a model ever answered this island, and how many prompts it refused since."""
        rounds: dict[tuple[int, int], list[bool]] = {}
        for charge in (self._charges or {}).values():
            whose = (charge.arm, charge.island, charge.answered_by)
            if whose == (request.arm, request.slot.island, model):
                place = (charge.generation, charge.attempt)
                rounds.setdefault(place, []).append(charge.answered)
        refused = 0
        for _, answers in sorted(rounds.items(), reverse=True):
            if any(answers):
                return True, refused
            refused += len(answers)
        return False, refused

    def _path(self, key: str, ending: str = ".json") -> Path:
        return self._folder / key[:2] / f"{key}{ending}"

    def _head(self, request: Request, worst: Spent) -> dict[str, Any]:
        named = ("arm", "generation", "island", "index", "attempt", "model")
        return {
            "schema_version": SCHEMA_VERSION,
            "key": request.key,
            "prompt_hash": request.prompt_hash,
            "worst": {"tokens": worst.tokens, "usd": worst.usd},
            **{name: request.document[name] for name in named},
        }

    def _write(self, key: str, document: dict[str, Any], ending: str = ".json") -> None:
        path = self._path(key, ending)
        fresh = not path.parent.exists()
        exact = {name: document[name] for name in ("key", "prompt_hash")}
        write_json(path, {**redact_json(document, self._hidden), **exact})
        for folder in (path.parent, *([self._folder, self._folder.parent] if fresh else [])):
            _sync(folder)
        if self._charges is not None and ending != _SKIPPED:
            self._charges[key] = _charge(path, document)

    def _scan(self) -> Iterator[tuple[str, Charge]]:
        replies: set[str] = set()
        intents: list[tuple[str, Path]] = []
        for path in self._folder.glob("[0-9a-f][0-9a-f]/*.json"):
            key, _, ending = path.name.partition(".")
            if key and ending == "json":
                replies.add(key)
                yield key, read_charge(path)
            elif key and ending == _INTENT[1:]:
                intents.append((key, path))
        for key, path in intents:
            # A reply takes the place of its intent, here or meanwhile in another island's job.
            if key not in replies:
                with suppress(FileNotFoundError):
                    yield key, read_charge(path)


def read_charge(path: Path) -> Charge:
    """What one file of a journal costs: a reply's, which never changes, or an intent's.

    Raises:
        ContentError: the file is damaged.
    """
    return _charge(path, _read(path))


def _charge(path: Path, document: dict[str, Any]) -> Charge:
    try:
        worst, reply = document["worst"], document.get("reply")
        lost = int(reply["in_doubt"] if reply else document["in_doubt"] + document["open"])
        parts = [Spent(requests=1, tokens=worst["tokens"], usd=worst["usd"])] * lost
        if reply:
            tokens = reply["prompt_tokens"] + reply["completion_tokens"]
            parts.append(Spent(requests=1, tokens=tokens, usd=reply["usd"]))
        return Charge(
            arm=document["arm"],
            island=document["island"],
            generation=document["generation"],
            attempt=document["attempt"],
            spent=total(parts),
            answered_by=reply["answered_by"] if reply else "",
            answered=bool(reply and reply["prompt_tokens"]),
        )
    except (KeyError, TypeError) as error:
        raise _damaged(path, error) from None


def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = read_json(path)
    if (version := document.get("schema_version")) != SCHEMA_VERSION:
        raise ContentError(
            f"{path}: schema version {version}, this code reads {SCHEMA_VERSION};"
            " continue the run with the code that began it"
        )
    if document.get("key") != path.name.partition(".")[0]:
        raise ContentError(f"{path}: holds the key {document.get('key')}; delete it, run again")
    return document


def _damaged(path: Path, error: Exception) -> ContentError:
    return ContentError(f"{path}: damaged ({error!r}); delete it and run again")


def _sync(folder: Path) -> None:
    """Makes the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
