"""What came of one request: how its child ended, as the kernel has it, then its own word."""

import signal
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from actmine.sandbox.layers import Limits
from actmine.sandbox.protocol import ERROR, ProtocolError, printable, unpack
from actmine.sandbox.warm_process import ending

# What is reported by SIGXCPU is counted in ticks, and a little less by the clock.
_COUNTED = 0.5


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came of one request.

    Attributes:
        ok: the child answered without an error.
        header, arrays: its answer; to be distrusted.
        layers: the isolation that was in force, and `cpu_capability`, the kernels that
            it computes with; both were reported before the source was sent.
        reason: why there is no answer, for a person.
        timed_out: it used up its CPU time.
        disturbed: it ended without a word, or on the clock while it had CPU time left: the
            machine may have ended it. It is no verdict.
        stopped: the parent said so at a rung; whatever the child did then counts for nothing.
        device: the card on which it was computed; empty if on none.
        cpu_s, wall_s, peak_mb: the kernel's count, not the child's word.
    """

    ok: bool
    header: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    layers: dict[str, str] = field(default_factory=dict)
    cpu_capability: str = ""
    reason: str = ""
    timed_out: bool = False
    disturbed: bool = False
    stopped: bool = False
    device: str = ""
    cpu_s: float = 0.0
    wall_s: float = 0.0
    peak_mb: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """What a child sent: its locks and instructions, then an answer, if it came to that.

    Attributes:
        refused: what was wrong with something that it sent; nothing more was heard.
    """

    locked: dict[str, Any] = field(default_factory=dict)
    answer: bytes | None = None
    refused: str = ""
    stopped: bool = False


def reply_of(
    exchange: Exchange, report: dict[str, Any], *, wall_s: float, limits: Limits
) -> Reply:
    """What an exchange and the report on its child come to.

    Args:
        report: of the warm process: `exit`, the limit that it enforced, and the kernel's count.
    """
    code, cpu_s = report["exit"], report["cpu_s"]
    known = {**exchange.locked, "wall_s": wall_s, "cpu_s": cpu_s, "peak_mb": report["peak_mb"]}
    if exchange.stopped:
        return Reply(ok=False, reason="stopped at a rung", stopped=True, **known)
    if exchange.answer is not None:
        return _read(exchange.answer, known)
    if exchange.refused:
        return Reply(ok=False, reason=f"a garbled reply: {exchange.refused}", **known)
    if report["limit"] == "time":  # of the clock
        reason = (
            f"no reply within {limits.wall_s:.0f} s, of which it had {cpu_s:.1f} CPU s "
            f"(limit {limits.cpu_s:.0f})"
        )
        return Reply(ok=False, reason=reason, disturbed=True, **known)
    # A child may ignore the signal at its CPU limit; the kernel then kills it a second later.
    signalled = code == -signal.SIGXCPU and cpu_s >= _COUNTED * limits.cpu_s
    if signalled or (code == -signal.SIGKILL and cpu_s >= limits.cpu_s):
        reason = f"over its time limit ({limits.cpu_s:.0f} CPU s)"
        return Reply(ok=False, reason=reason, timed_out=True, **known)
    when = "" if exchange.locked else ", before it was locked"
    return Reply(ok=False, reason=f"no reply: {ending(code)}{when}", disturbed=True, **known)


def _read(answer: bytes, known: dict[str, Any]) -> Reply:
    try:
        header, arrays = unpack(answer)
    except ProtocolError as error:
        return Reply(ok=False, reason=f"a garbled reply: {error}", **known)
    told = header.get(ERROR, "")
    reason = printable(told) if isinstance(told, str) else "an error that is told in no words"
    return Reply(ok=told == "", header=header, arrays=arrays, reason=reason, **known)
