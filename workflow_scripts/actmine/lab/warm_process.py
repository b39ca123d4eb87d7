"""Starts the process that trains when it is first needed, for all labs of a shard."""

from actmine.sandbox.host import Sandbox


class WarmProcess:
    """A sandbox that starts when it is first asked for.

    A shard whose work is all kept pays for none.
    """

    def __init__(self, isolation: str) -> None:
        self._isolation = isolation
        self._sandbox: Sandbox | None = None

    def sandbox(self) -> Sandbox:
        """The sandbox, started now if need be."""
        if self._sandbox is None:
            self._sandbox = Sandbox("lab", isolation=self._isolation)
        return self._sandbox

    def close(self) -> None:
        """Ends the process, if there is one."""
        if self._sandbox is not None:
            self._sandbox.__exit__(None, None, None)
            self._sandbox = None
