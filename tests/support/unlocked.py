"""A sandbox without a child: requests are answered in this process, several times faster.

For sources that a script of ours writes, in searches that are repeated by the hundred; what
anybody else wrote belongs into the locked child.
"""

from collections.abc import Mapping
from time import process_time
from typing import Any

from actmine.capability import cpu_capability
from actmine.sandbox.host import Sandbox
from actmine.sandbox.layers import Limits
from actmine.sandbox.protocol import ERROR, Arrays, pack
from actmine.sandbox.reply import Exchange, Reply, reply_of
from actmine.sandbox.worker import Handlers, answer_request


class Unlocked(Sandbox):
    """Answers by the same handlers as a child would, whose fits no rung stops."""

    def __init__(self, handlers: Handlers) -> None:
        super().__init__(handlers, isolation="strict")
        self._answering = handlers

    def run(
        self, header: Mapping[str, Any], arrays: Arrays, *, limits: Limits, at_rung: Any = None
    ) -> Reply:
        """What a child would have sent, with the CPU seconds that it took."""
        if at_rung is not None:
            raise ValueError("nobody stops an unlocked fit at a rung; set search.ladder to []")
        started = process_time()
        try:
            told = answer_request(self._answering, header, arrays, lambda *_: True)
        except Exception as error:  # a source may raise anything
            told = {ERROR: f"{type(error).__name__}: {error}"}, {}
        cpu_s = process_time() - started
        report = {"cpu_s": cpu_s, "peak_mb": 0.0, "exit": 0, "limit": ""}
        locked = {"layers": {}, "cpu_capability": cpu_capability()}
        sent = Exchange(locked=locked, answer=pack(*told))
        return reply_of(sent, report, wall_s=cpu_s, limits=limits)
