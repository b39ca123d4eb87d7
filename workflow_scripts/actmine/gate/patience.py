"""Tells what the machine did to a child from what its source does to any child."""

from collections.abc import Callable
from dataclasses import replace

from actmine.machine import REMEDY
from actmine.sandbox.reply import Reply
from actmine.sandbox.warm_process import SandboxError

TRIES = 3  # children of one source that something else may end, before it is asked why [ours]
CONTROL = "def activation(x):\n    return F.relu(x)\n"  # what harms no child


def patiently(ask: Callable[[str], Reply], source: str) -> Reply:
    """The reply about a source, asked for again while the machine may have ended its child.

    A child that used up its CPU time gets a second chance. Where every child was ended by a
    signal or by the clock, the same is asked about ReLU: if its child comes to such an end too,
    the machine is to blame, and else the source.

    Args:
        ask: sends the same request about the source that it is given.

    Raises:
        SandboxError: the machine lets no child live.
    """
    for number in range(TRIES):
        reply = ask(source)
        if not reply.disturbed and (number or not reply.timed_out):
            return reply
    if not reply.layers or ask(CONTROL).disturbed:
        raise SandboxError(
            f"the machine ends all children, ReLU's too: {reply.reason}; {REMEDY}"
        )
    return replace(reply, reason=f"{TRIES} times {reply.reason}, where ReLU was answered")
