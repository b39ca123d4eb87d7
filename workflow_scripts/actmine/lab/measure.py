"""Measures one candidate: static gate, store, a child of its own, scoring."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actmine.functions.catalog import by_name
from actmine.gate.patience import patiently
from actmine.gate.static import Refusal, admit
from actmine.lab import device_handlers, handlers, store, trial
from actmine.lab.accelerator import Accelerator, NoDeviceError, require_accelerator
from actmine.lab.ladder import Ladder, cut, rung_steps
from actmine.lab.on_device import fit_on_device, rows_at_a_time
from actmine.lab.scorer import REFERENCE, SECOND_REFERENCE, Scorer
from actmine.lab.scoring import losses, relative_errors
from actmine.lab.work import FEW, LOOKS, FitSettings, prepare
from actmine.machine import REMEDY
from actmine.records.candidate import candidate_id
from actmine.records.evaluation import Evaluation, Rung, Table, table
from actmine.records.slot import Slot
from actmine.records.status import Status
from actmine.records.threshold import Threshold
from actmine.records.training import CPU
from actmine.sandbox.host import AtRung, Sandbox
from actmine.sandbox.layers import Limits
from actmine.sandbox.protocol import MAX_MESSAGE_HEAD, floats
from actmine.sandbox.reply import Reply
from actmine.sandbox.warm_process import SandboxError
from actmine.settings.configuration import under
from actmine.settings.measurements import SEARCH, kind_of, replicates
from actmine.settings.sections import DeviceSettings, SandboxSettings, Settings
from actmine.tasks.suite import RELATIVE, Suite

_REFERENCES = {
    candidate_id(by_name(name).source): name for name in (REFERENCE, SECOND_REFERENCE)
}
ON_PROCESSORS = DeviceSettings(device="cpu", side_by_side=1)
_ALONE_CPU_S = 3600.0  # for the reference itself, whose time is not known yet
_UNTRUSTED_CURVE = 1e30  # a curve is the child's word; it is shown, never scored


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What a set of candidates is measured on.

    Attributes:
        name: `search` or a later draw of it, `remeasured` (the first draw, fresh
            replicates) or `held_out`.
        suite: the tasks, with their targets.
        replicates: the replicate numbers.
        settings: the networks and their training.
        on: where they are trained.
        mixed_devices: what cannot be trained there is trained on a processor.
        rungs: steps at which a fit's losses are taken on the way; none but in the search.
    """

    name: str
    suite: Suite
    replicates: tuple[int, ...]
    settings: FitSettings
    on: DeviceSettings = ON_PROCESSORS
    mixed_devices: bool = False
    rungs: tuple[int, ...] = ()


def measurement(name: str, suite: Suite, config: Settings) -> Measurement:
    """A named measurement under a configuration."""
    count = (config.lab if kind_of(name) == SEARCH else config.validation).replicates
    return Measurement(
        name=name,
        suite=suite,
        replicates=replicates(name, count),
        settings=lab_settings(under(config, name)),
        on=config.lab,
        mixed_devices=config.fitness.mixed_devices,
        rungs=rung_steps(config) if kind_of(name) == SEARCH else (),
    )


def lab_settings(config: Settings) -> FitSettings:
    """The lab's part of a configuration."""
    return FitSettings(**config.lab.networks, seed=config.seed)


def fit_limits(sandbox: SandboxSettings, reference: Sequence[Evaluation]) -> Limits:
    """What one training may use: far more time than the slowest reference took.

    Time is no verdict on quality; the limit only ends what hangs.
    """
    slowest = max((evaluation.timings["cpu_s"] for evaluation in reference), default=0.0)
    cpu_s = max(sandbox.timeout_s, sandbox.timeout_factor * slowest)
    if not reference:
        cpu_s = max(_ALONE_CPU_S, sandbox.timeout_s)
    return trial.training_limits(memory_mb=sandbox.memory_mb, cpu_s=cpu_s)


def require_losses(references: Sequence[Evaluation]) -> Sequence[Evaluation]:
    """Refuses references without losses: everything is measured against these.

    Raises:
        SandboxError: one has none, for which the machine or the settings are to blame.
    """
    for evaluation in filter(_is_broken, references):
        name = _REFERENCES[evaluation.candidate_id]
        raise SandboxError(
            f"the reference {name} has no losses: {evaluation.reason}. Raise the limit, if it "
            f"is one of the configuration's section sandbox; else {REMEDY}"
        )
    return references


def _is_broken(evaluation: Evaluation) -> bool:
    """Whether a whole fit gave no losses; of a reference that is no verdict on its source."""
    return evaluation.status in (Status.FAILED, Status.TIMEOUT)


class Lab:
    """A warm sandbox with the work of one measurement; a context manager.

    Attributes:
        device: the card on which it trains, or `cpu`.

    Args:
        measurement: what to measure.
        limits: what each child may use.
        kept: folder of the evaluation store.
        isolation: the sandbox's profile.
        scorer: of this measurement; may be left out where no fit meets a threshold.
        sandbox: closed with the lab; without it, one of its own, which a lab whose work is
            all kept never starts.
        accelerator: likewise; without it, one of its own if a card is asked for.

    Raises:
        NoDeviceError: a card is asked for and there is none.
    """

    def __init__(
        self,
        measurement: Measurement,
        *,
        limits: Limits,
        kept: Path,
        isolation: str = "strict",
        scorer: Scorer | None = None,
        sandbox: Sandbox | None = None,
        accelerator: Accelerator | None = None,
    ) -> None:
        self.measurement = measurement
        self._accelerator = accelerator or _accelerator(measurement.on)
        self.device = self._accelerator.name if self._accelerator else CPU
        self.limits = limits
        self.kept = kept
        self.scorer = scorer
        self._sandbox = sandbox or Sandbox(handlers, isolation=isolation)
        self._work, self._targets = prepare(
            measurement.suite,
            replicates=measurement.replicates,
            settings=measurement.settings,
        )
        self._arrays = handlers.request_arrays(self._work)
        self._name = self._address("", store.FULL, on=self.device)  # of the work, for a card
        sizes = (
            rows * columns for rows, columns in handlers.answer_shapes(self._work).values()
        )
        looks = (LOOKS + 3) * 2 * FEW * measurement.settings.batch * measurement.settings.width
        self._reply_bytes = MAX_MESSAGE_HEAD + 4 * (sum(sizes) + looks)  # float32

    def __enter__(self) -> "Lab":
        return self

    def __exit__(self, *exception: Any) -> None:
        self._sandbox.close()
        if self._accelerator is not None:
            self._accelerator.close()

    @property
    def at_a_time(self) -> int:
        """How many threads may measure with it."""
        return self.measurement.on.side_by_side if self._accelerator else 1

    def repeated(self, repeat: int) -> "Lab":
        """This lab, in its process, with the networks of a candidate's repeated measurement.

        Args:
            repeat: how often the candidate was measured before; 0 is this lab itself.
        """
        if repeat == 0:
            return self
        m = self.measurement
        again = replicates(m.name, len(m.replicates), repeat=repeat)
        return Lab(
            replace(m, replicates=again, rungs=()),  # an incumbent is not stopped on the way
            limits=self.limits,
            kept=self.kept,
            sandbox=self._sandbox,
            accelerator=self._accelerator,
        )

    def measure(
        self, source: str, *, slot: Slot | None = None, thresholds: Sequence[Threshold] = ()
    ) -> Evaluation:
        """One candidate's evaluation; whatever the candidate does, there is one.

        Args:
            thresholds: below which its fit is stopped, in the order of their steps.

        Raises:
            SandboxError: the sandbox itself does not work.
        """
        try:
            admit(source)
        except Refusal as refusal:
            rejected = trial.without_scores(source, Status.REJECTED, str(refusal))
            return replace(self._evaluation(rejected), slot=slot)
        steps = {threshold.steps for threshold in thresholds}
        if unknown := steps - set(self.measurement.rungs):
            raise ValueError(f"thresholds at {unknown}, where no losses of this run are taken")
        evaluation = self._kept(source, thresholds)
        if evaluation is None:
            evaluation, rung = self._train(source, thresholds)
            if evaluation.candidate_id not in _REFERENCES or not _is_broken(evaluation):
                address = self._address(source, rung, on=evaluation.device)
                store.write(self.kept, address, evaluation)
        return replace(evaluation, slot=slot)

    def holds(self, source: str) -> bool:
        """Whether the store keeps this candidate's whole measurement already."""
        return self._read(source) is not None

    def _kept(self, source: str, thresholds: Sequence[Threshold]) -> Evaluation | None:
        """What the store knows of a fit under these thresholds; none if it must be trained.

        A whole fit shows how any shorter one ends. A fit that other thresholds stopped does
        only where these stop it by then.
        """
        whole = self._read(source)
        if whole is not None:
            return cut(whole, thresholds, scorer=self.scorer) or whole
        for part in (self._read(source, str(threshold.steps)) for threshold in thresholds):
            if part is not None and (ended := cut(part, thresholds, scorer=self.scorer)):
                return ended
        return None

    def _read(self, source: str, rung: str = store.FULL) -> Evaluation | None:
        devices = {self.device, CPU} if self.measurement.mixed_devices else {self.device}
        addresses = (self._address(source, rung, on=device) for device in sorted(devices))
        found = (store.read(self.kept, address, Evaluation) for address in addresses)
        return next(filter(None, found), None)

    def _address(self, source: str, rung: str, *, on: str) -> str:
        m = self.measurement
        return store.key(
            source,
            suite_hash=m.suite.hash,
            replicates=m.replicates,
            settings=m.settings,
            device=on,
            rungs=m.rungs,
            rung=rung,
        )

    def _train(self, source: str, thresholds: Sequence[Threshold]) -> tuple[Evaluation, str]:
        """A fit's evaluation, and the rung that it ended at, as the store names it."""
        m = self.measurement
        ladders = {}

        def ask(asked: str) -> Reply:
            again = asked in ladders
            ladder = Ladder(m.rungs, thresholds, scorer=self.scorer, targets=self._targets)
            ladders[asked] = ladder
            return self._fit(asked, ladder.at_rung if m.rungs else None, again=again)

        reply = patiently(ask, source)
        ladder = ladders[source]
        if trial.UNTRACEABLE in reply.header:
            remedy = "fitness.mixed_devices: true trains such functions on a processor"
            return self._evaluation(trial.untraceable(source, reply, remedy)), store.FULL
        if ladder.verdict is not None:
            stopped = trial.without_scores(source, *ladder.verdict, reply)
            return self._evaluation(stopped, ladder.rungs), str(ladder.rungs[-1].steps)
        if reply.ok and not ladder.climbed and trial.INCONSISTENT not in reply.header:
            reply = replace(reply, ok=False, reason="it answered before its last rung")
        whole = trial.result(source, reply, self._scores)
        return self._evaluation(whole, ladder.rungs), store.FULL

    def _fit(self, source: str, at_rung: AtRung | None, *, again: bool) -> Reply:
        """One fit, on the lab's device or, where it is no device for a source, a processor."""
        m, limits = self.measurement, replace(self.limits, reply_bytes=self._reply_bytes)
        if self._accelerator is not None:
            reply = fit_on_device(
                source,
                m.settings,
                (self._name, self._arrays),
                rows=rows_at_a_time(self._work),
                accelerator=self._accelerator,
                sandbox=self._sandbox,
                limits=limits,
                rungs=m.rungs,
                at_rung=at_rung,
                alone=again,
            )
            if trial.UNTRACEABLE not in reply.header or not m.mixed_devices:
                return reply
        request = handlers.fit_request(source, m.settings, rungs=m.rungs)
        return self._sandbox.run(request, self._arrays, limits=limits, at_rung=at_rung)

    def _scores(self, reply: Reply) -> dict[str, Any]:
        told = floats(reply.arrays, handlers.answer_shapes(self._work))
        scores = {
            **losses(told["train"], told["test"], targets=self._targets),
            "curve": _mean_curve(told["curve"], replicates=self._targets.replicates),
        }
        suite = self.measurement.suite
        if suite.settings.get(RELATIVE):
            scores["relative"] = relative_errors(
                told["test"],
                targets=self._targets,
                y_mean=[task.y_mean for task in suite.tasks],
                y_std=[task.y_std for task in suite.tasks],
            )
        return scores

    def _evaluation(self, fields: dict[str, Any], rungs: tuple[Rung, ...] = ()) -> Evaluation:
        m = self.measurement
        return Evaluation(
            **fields,
            suite=m.suite.name,
            suite_hash=m.suite.hash,
            replicates=m.replicates,
            rungs=rungs,
        )


def _accelerator(on: DeviceSettings) -> Accelerator | None:
    """The card that is asked for; none where processors are, or `auto` finds no card."""
    if on.device == CPU:
        return None
    try:
        return require_accelerator(
            device_handlers, key="lab.device", side_by_side=on.side_by_side
        )
    except NoDeviceError:
        if on.device == "auto":
            return None
        raise


def _mean_curve(curves: NDArray[np.float32], *, replicates: int) -> Table:
    """(task, checkpoint) training loss, to five significant digits."""
    bounded = np.abs(np.nan_to_num(curves.astype(np.float64), nan=_UNTRUSTED_CURVE))
    stacked = bounded.clip(max=_UNTRUSTED_CURVE).reshape(-1, replicates, curves.shape[1])
    return table([[float(f"{value:.5g}") for value in row] for row in stacked.mean(axis=1)])
