"""Benchmarks on a card, as the lab uses one: functions go there as lists of operations."""

from actmine.gate.probes import Probes
from actmine.lab import handlers
from actmine.lab.accelerator import Accelerator, accelerator_for
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
from actmine.transfer.settings import TransferSettings

Work = tuple[str, Arrays]  # a name, and the arrays of a request to train


class OnCard:
    """A card for the benchmarks of a transfer, if its settings ask for one.

    Args:
        settings: of the transfer.
        limits: what one training may use.
    """

    def __init__(self, settings: TransferSettings, limits: Limits) -> None:
        self._settings, self._limits = settings, limits
        self._card: Accelerator | None = None
        self._writer: Sandbox | None = None
        self._shapes: list[handlers.Shape] = []

    def close(self) -> None:
        """Ends its processes, if it has any."""
        for process in (self._card, self._writer):
            if process is not None:
                process.close()

    def device(self, job: Job, work: Work) -> str:
        """The card on which a benchmark is trained, or `cpu`.

        That is it too where its activation is given other shapes at each step, as in networks
        of molecules: all functions are then trained on processors.

        Args:
            job: any of the benchmark's.

        Raises:
            NoDeviceError: a card is asked for, and there is none.
            SandboxError: the process does not work.
        """
        if self._settings.device == CPU:
            return CPU
        if self._card is None:
            self._card = accelerator_for(
                self._settings.device, device_handlers, key="transfer.device"
            )
            header = {**job.header(""), "kind": SHAPES}
            reply = self._require_card().run(header, work, limits=self._limits)
            if not reply.ok:
                raise SandboxError(f"the card's process does not answer: {reply.reason}")
            self._shapes = [(rows, width) for rows, width in reply.header.get(SHAPES, [])]
        return self._require_card().name if self._shapes else CPU

    def fit(self, source: str, job: Job, work: Work) -> Reply:
        """Predictions of a network with this function, see `Sandbox.run`.

        Raises:
            SandboxError: one of the processes does not work.
        """
        if self._writer is None:
            self._writer = Sandbox(handlers, isolation=self._settings.isolation)
        probes = Probes(rows=1, width=1, key=work[0], source=source)
        request = handlers.trace_request(probes, self._shapes)
        card = self._require_card()
        written = with_lists(self._writer.run(request, {}, limits=self._limits), card.name)
        if not written.ok or UNTRACEABLE in written.header:
            return written
        lists = {handlers.TRACES: written.header[handlers.TRACES]}
        header = {**job.header(""), "kind": TRANSFER, **lists, "shapes": self._shapes}
        fitted = card.run(header, work, limits=self._limits)
        return after(written, fitted)

    def _require_card(self) -> Accelerator:
        if self._card is None:
            raise ValueError("no card is held; ask for `device` first")
        return self._card
