"""The whole gate for one source: static rules, contract, compute budget, fingerprint."""

from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from actmine.gate import handlers
from actmine.gate.fingerprint import LENGTH, encode
from actmine.gate.patience import patiently
from actmine.gate.probes import Probes, probes_of
from actmine.gate.scalars import explained
from actmine.gate.static import Refusal, admit
from actmine.records.candidate import Candidate, Coupling
from actmine.records.listed import Listed
from actmine.records.rows import from_row
from actmine.records.status import Status
from actmine.sandbox.host import Sandbox
from actmine.sandbox.layers import Limits
from actmine.sandbox.protocol import floats, printable
from actmine.sandbox.reply import Reply
from actmine.settings.sections import GateSettings, Settings

# A check takes about 20 ms; a candidate that needs 10 s of CPU at the lab's shape hangs.
CHECK_LIMITS = Limits(memory_mb=1024, cpu_s=10.0, wall_s=60.0, reply_bytes=1 << 20)
_MOST_FLOPS = 1e9  # per element; more than CHECK_LIMITS leave time for


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The result of the gate.

    Attributes:
        status: `accepted` or `rejected`.
        layer: which part refused: `static`, `contract` or `budget`; empty if accepted.
        reason: for a person or a model to act on; empty if accepted.
        flops: per input element; none where the count was not reached.
        fingerprint: outputs and gradients on the run's probe.
        layers: isolation of the child that ran it.
    """

    status: Status
    layer: str = ""
    reason: str = ""
    flops: float | None = None
    coupling: Coupling | None = None
    fingerprint: NDArray[np.float32] | None = None
    layers: dict[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Examination(GateSettings):
    """What a source is held against: the settings of the gate, at the shape of the lab.

    Attributes:
        probes: without a source.
    """

    probes: Probes


def examination(config: Settings) -> Examination:
    """What a configuration's candidates are held against."""
    return Examination(**asdict(config.gate), probes=probes_of(config.lab, seed=config.seed))


def examine(source: str, *, sandbox: Sandbox, settings: Examination) -> Verdict:
    """Examines a source; only the static part runs here, the rest in a disposable child.

    Args:
        source: Python that should define `activation(x)`.
        sandbox: one with the gate's handlers.
        settings: what the run asks.

    Raises:
        SandboxError: the sandbox itself does not work, or the machine lets no child live.
    """
    refused = Verdict(status=Status.REJECTED, layer="contract")
    try:
        tree = admit(source)
    except Refusal as refusal:
        return replace(refused, layer="static", reason=str(refusal))

    def ask(asked: str) -> Reply:
        request = handlers.check_request(asked, settings.probes)
        return sandbox.run(request, {}, limits=CHECK_LIMITS)

    reply = patiently(ask, source)
    if not reply.ok:
        reason = explained(reply.reason, tree)
        return replace(refused, reason=reason, layers=reply.layers)
    try:
        return _verdict_of(reply, settings)
    except (ValueError, RecursionError) as error:  # a child's word may be anything
        reason = printable(f"the check's reply makes no sense ({error})")
        return replace(refused, reason=reason, layers=reply.layers)


def listed(candidate: Candidate, verdict: Verdict) -> Listed:
    """A candidate with the gate's verdict on it."""
    return Listed(
        candidate_id=candidate.candidate_id,
        name=candidate.name,
        source=candidate.source,
        origin=candidate.origin,
        status=verdict.status,
        reason=verdict.reason,
        flops=verdict.flops,
        coupling=verdict.coupling,
        fingerprint="" if verdict.fingerprint is None else encode(verdict.fingerprint),
    )


@dataclass(frozen=True, kw_only=True)
class _Checked:
    """The header of a check's reply."""

    flops: float
    coupling: Coupling

    def __post_init__(self) -> None:
        if not 0 <= self.flops <= _MOST_FLOPS:
            raise ValueError("no number of FLOPs")


def _verdict_of(reply: Reply, settings: GateSettings) -> Verdict:
    checked = from_row(reply.header, _Checked)
    flops, coupling = abs(float(checked.flops)), checked.coupling  # a zero may have a sign
    outputs = floats(reply.arrays, {"fingerprint": (LENGTH,)})["fingerprint"]
    if not np.isfinite(outputs).all():
        raise ValueError("an output is not finite")
    layer, reason = _objection(flops, coupling, settings)
    return Verdict(
        status=Status.REJECTED if layer else Status.ACCEPTED,
        layer=layer,
        reason=reason,
        flops=flops,
        coupling=coupling,
        fingerprint=outputs,
        layers=reply.layers,
    )


def _objection(flops: float, coupling: Coupling, settings: GateSettings) -> tuple[str, str]:
    """The layer that refuses and why; empty if none does."""
    if flops > settings.max_flops:
        return "budget", (
            f"{flops:.0f} FLOPs per element, over the budget of {settings.max_flops:.0f}; "
            "use fewer or cheaper operations"
        )
    if coupling is Coupling.BATCH and settings.batch_coupled == "reject":
        return "contract", (
            "an output depends on other rows of the batch; reduce over features (dim=-1) "
            "instead of over the batch"
        )
    return "", ""
