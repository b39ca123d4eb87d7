"""A benchmark on a card, as the lab uses one: functions go there as lists of operations."""

from actmine.gate.probes import Probes
from actmine.lab import handlers
from actmine.lab.accelerator import require_accelerator
from actmine.lab.on_device import after, with_lists
from actmine.lab.trial import UNTRACEABLE
from actmine.records.training import CPU
from actmine.sandbox.host import Sandbox
from actmine.sandbox.layers import Limits
from actmine.sandbox.protocol import Arrays
from actmine.sandbox.reply import Reply
from actmine.sandbox.warm_process import SandboxError
from actmine.transfer import device_handlers
from actmine.transfer.device_handlers import SHAPES
from actmine.transfer.job import TRANSFER, Job


class OnCard:
    """A card for one benchmark.

    Attributes:
        device: the card's name. It is `cpu` where the activation is given other shapes at each
            step, as in networks of molecules: all functions are then trained on processors.

    Args:
        job: any of the benchmark's.
        work: a name, and the arrays of a request to train.
        isolation: of the process that writes functions down.
        limits: what one training may use.

    Raises:
        NoDeviceError: there is no card.
        SandboxError: the process does not work.
    """

    def __init__(
        self, job: Job, work: tuple[str, Arrays], *, isolation: str, limits: Limits
    ) -> None:
        self._work, self._limits = work, limits
        self._writer = Sandbox(handlers, isolation=isolation)  # started when it is needed
        self._card = require_accelerator(device_handlers, key="transfer.device")
        reply = self._card.run({**job.header(""), "kind": SHAPES}, work, limits=limits)
        if not reply.ok:
            raise SandboxError(f"the card's process does not answer: {reply.reason}")
        self._shapes = [(rows, width) for rows, width in reply.header.get(SHAPES, [])]
        self.device = self._card.name if self._shapes else CPU

    def close(self) -> None:
        """Ends its processes."""
        self._card.close()
        self._writer.close()

    def fit(self, source: str, job: Job) -> Reply:
        """Predictions of a network with this function, see `Sandbox.run`.

        Raises:
            SandboxError: one of the processes does not work.
        """
        probes = Probes(rows=1, width=1, key=self._work[0], source=source)
        request = handlers.trace_request(probes, self._shapes)
        written = with_lists(
            self._writer.run(request, {}, limits=self._limits), self._card.name
        )
        if not written.ok or UNTRACEABLE in written.header:
            return written
        lists = {handlers.TRACES: written.header[handlers.TRACES]}
        header = {**job.header(""), "kind": TRANSFER, **lists, "shapes": self._shapes}
        return after(written, self._card.run(header, self._work, limits=self._limits))
