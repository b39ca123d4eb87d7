"""Measures one candidate: static gate, store, a child of its own, scoring."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from actmine.candidate import Slot, Status, candidate_id, require_step
from actmine.config import Config
from actmine.evaluation import Evaluation, table
from actmine.gate.static import Refusal, admit
from actmine.lab import store
from actmine.lab.conditions import under
from actmine.lab.measurements import SEARCH, first_replicate
from actmine.lab.scoring import losses
from actmine.lab.work import LabSettings, Work, prepare
from actmine.sandbox.host import Reply, Sandbox
from actmine.sandbox.layers import Limits
from actmine.sandbox.protocol import Arrays, ProtocolError
from actmine.tasks.suite import Suite

_ALONE_CPU_S = 3600.0  # for the reference itself, whose time is not known yet
_WALL_PER_CPU = 4  # a machine may be shared by this many before its clock ends a fit
_UNTRUSTED_CURVE = 1e30  # a curve is the child's word; it is shown, never scored


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What a set of candidates is measured on.

    Attributes:
        name: `search`, `remeasured` (search suite, fresh replicates) or `held_out`.
        suite: the tasks, with their targets.
        replicates: the replicate numbers.
        settings: the networks and their training.
    """

    name: str
    suite: Suite
    replicates: tuple[int, ...]
    settings: LabSettings


def measurement(name: str, suite: Suite, config: Config) -> Measurement:
    """A named measurement under a configuration."""
    count = config["lab" if name == SEARCH else "validation"]["replicates"]
    first = first_replicate(name)
    return Measurement(
        name=name,
        suite=suite,
        replicates=tuple(range(first, first + count)),
        settings=lab_settings(under(config, name)),
    )


def lab_settings(config: Config) -> LabSettings:
    """The lab's part of a configuration."""
    names = ("width", "depth", "steps", "batch", "learning_rate", "optimizer")
    return LabSettings(**{name: config["lab"][name] for name in names}, seed=config["seed"])


def fit_limits(config: Config, reference: Sequence[Evaluation]) -> Limits:
    """What one training may use: far more time than the slowest reference took.

    Time is no verdict on quality; the limit only ends what hangs.
    """
    sandbox = config["sandbox"]
    slowest = max((one.timings["cpu_s"] for one in reference), default=0.0)
    cpu_s = max(sandbox["timeout_s"], sandbox["timeout_factor"] * slowest)
    if not reference:
        cpu_s = _ALONE_CPU_S
    return Limits(
        memory_mb=sandbox["memory_mb"], cpu_s=cpu_s, wall_s=60 + _WALL_PER_CPU * cpu_s
    )


class Lab:
    """A warm sandbox with the work of one measurement; a context manager.

    Args:
        measurement: what to measure.
        limits: what each child may use.
        kept: folder of the evaluation store.
        isolation: the sandbox's profile.
    """

    def __init__(
        self, measurement: Measurement, *, limits: Limits, kept: Path, isolation: str = "strict"
    ) -> None:
        self.measurement = measurement
        self.limits = limits
        self.kept = kept
        self._isolation = isolation
        self._work, self._targets = prepare(
            measurement.suite,
            replicates=measurement.replicates,
            settings=measurement.settings,
        )
        self._arrays = request_arrays(self._work)
        self._sandbox: Sandbox | None = None

    def __enter__(self) -> "Lab":
        return self

    def __exit__(self, *exception: Any) -> None:
        if self._sandbox is not None:
            self._sandbox.__exit__(*exception)

    def measure(self, source: str, *, slot: Slot | None = None) -> Evaluation:
        """One candidate's evaluation; whatever the candidate does, there is one.

        Raises:
            SandboxError: the sandbox itself does not work.
        """
        try:
            admit(source)
        except Refusal as refusal:
            return self._without_losses(source, slot, Status.REJECTED, str(refusal))
        address = self._address(source)
        kept = store.read(self.kept, address)
        if kept is None:
            kept = self._train(source)
            store.write(self.kept, address, kept)
        return replace(kept, slot=slot)

    def holds(self, source: str) -> bool:
        """Whether the store keeps this candidate's measurement already."""
        return store.read(self.kept, self._address(source)) is not None

    def _address(self, source: str) -> str:
        m = self.measurement
        return store.key(
            source, suite_hash=m.suite.hash, replicates=m.replicates, settings=m.settings
        )

    def _train(self, source: str) -> Evaluation:
        header = {
            "task": "fit",
            "source": source,
            "depth": self.measurement.settings.depth,
            "learning_rate": self.measurement.settings.learning_rate,
            "optimizer": self.measurement.settings.optimizer,
        }
        reply = self._ask(header)
        if reply.timed_out:
            reply = self._ask(header)  # once more: the machine may have been busy
        return self._evaluation(source, reply)

    def _ask(self, header: dict[str, Any]) -> Reply:
        if self._sandbox is None:  # a shard whose work is all kept pays for no warm process
            self._sandbox = Sandbox("lab", isolation=self._isolation)
        return self._sandbox.run(header, self._arrays, limits=self.limits)

    def _evaluation(self, source: str, reply: Reply) -> Evaluation:
        if not reply.ok:
            status = Status.TIMEOUT if reply.timed_out else Status.FAILED
            return self._without_losses(source, None, status, reply.reason, reply)
        try:
            scored = losses(
                _predictions(reply, "train"), _predictions(reply, "test"), targets=self._targets
            )
            curve = _mean_curve(reply, tasks=len(self.measurement.suite.tasks))
        except (ValueError, ProtocolError) as error:
            return self._without_losses(source, None, Status.FAILED, str(error), reply)
        require_step(Status.ACCEPTED, Status.SCORED)
        return Evaluation(
            **self._common(source, reply),
            status=Status.SCORED,
            train=scored["train"],
            id=scored["id"],
            ood=scored["ood"],
            curve=curve,
            cpu_capability=str(reply.header.get("cpu_capability", ""))[:40],
        )

    def _without_losses(
        self,
        source: str,
        slot: Slot | None,
        status: Status,
        reason: str,
        reply: Reply | None = None,
    ) -> Evaluation:
        require_step(Status.ACCEPTED, status)
        return Evaluation(
            **self._common(source, reply),
            slot=slot,
            status=status,
            reason=reason,
            machine_dependent=status is Status.TIMEOUT,
        )

    def _common(self, source: str, reply: Reply | None) -> dict[str, Any]:
        m = self.measurement
        timings = {}
        if reply is not None:
            timings = {"cpu_s": reply.cpu_s, "wall_s": reply.wall_s, "peak_mb": reply.peak_mb}
        return {
            "candidate_id": candidate_id(source),
            "suite": m.suite.name,
            "suite_hash": m.suite.hash,
            "replicates": m.replicates,
            "layers": {} if reply is None else reply.layers,
            "timings": {name: round(value, 3) for name, value in timings.items()},
        }


def request_arrays(work: Work) -> Arrays:
    """The arrays of a fit request."""
    parameters = {
        f"{kind}_{layer}": array
        for kind, stack in (("weight", work.weights), ("bias", work.biases))
        for layer, array in enumerate(stack)
    }
    return {
        "x_train": work.x_train,
        "y_train": work.y_train,
        "x_test": work.x_test,
        "minibatches": work.minibatches,
        **parameters,
    }


def _predictions(reply: Reply, name: str) -> Any:
    array = reply.arrays.get(name)
    if array is None or array.dtype != "float32" or array.ndim != 2:
        raise ProtocolError(f"the reply has no {name!r} predictions of the agreed kind")
    return array


def _mean_curve(reply: Reply, *, tasks: int) -> tuple[tuple[float, ...], ...]:
    """(task, checkpoint) training loss, to five significant digits."""
    members = _predictions(reply, "curve")
    if members.shape[0] % tasks or not 0 < members.shape[1] <= 64:
        raise ProtocolError(f"the reply's learning curve has shape {members.shape}")
    bounded = np.nan_to_num(members.astype(np.float64), nan=_UNTRUSTED_CURVE)
    means = bounded.clip(0, _UNTRUSTED_CURVE).reshape(tasks, -1, members.shape[1]).mean(axis=1)
    return table([[float(f"{value:.5g}") for value in row] for row in means])
