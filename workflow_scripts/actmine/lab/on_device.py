"""Trains one source on a card: written down in a locked child, trained, and looked at again.

The process with the card never sees the source, the child never sees a target.
"""

import json
from collections.abc import Sequence
from dataclasses import replace

from actmine.gate.probes import probes_of
from actmine.lab import handlers
from actmine.lab.accelerator import Accelerator
from actmine.lab.accelerator_process import UNCAPTURED
from actmine.lab.trial import INCONSISTENT, UNTRACEABLE
from actmine.lab.work import FitSettings, Work
from actmine.sandbox.host import AtRung, Sandbox
from actmine.sandbox.layers import Limits
from actmine.sandbox.protocol import Arrays
from actmine.sandbox.reply import Reply


def fit_on_device(
    source: str,
    settings: FitSettings,
    work: tuple[str, Arrays],
    *,
    rows: Sequence[int],
    accelerator: Accelerator,
    sandbox: Sandbox,
    limits: Limits,
    rungs: Sequence[int] = (),
    at_rung: AtRung | None = None,
    alone: bool = False,
) -> Reply:
    """What a fit on a card comes to; its header has UNTRACEABLE where there can be none.

    Args:
        work: its name, and the arrays of a request to train.
        rows: of all that the function will be given at a time.
        alone: nothing else is trained on the card meanwhile.

    Raises:
        SandboxError: one of the processes does not work.
    """
    probes = probes_of(settings, seed=settings.seed, source=source)
    shapes = [(count, settings.width) for count in rows]
    asked = handlers.trace_request(probes, shapes)
    written = with_lists(sandbox.run(asked, {}, limits=limits), accelerator.name)
    if not written.ok or UNTRACEABLE in written.header:
        return written
    header = {
        "kind": handlers.FIT,
        handlers.TRACES: written.header[handlers.TRACES],
        "shapes": shapes,
        "depth": settings.depth,
        "learning_rate": settings.learning_rate,
        "optimizer": settings.optimizer,
        "rungs": list(rungs),
        # It picks the steps, layers and networks that are looked at: no source can know it.
        "looks": int(probes.generator().integers(1 << 62)),
        "capture": True,
    }
    fitted = accelerator.run(header, work, limits=limits, at_rung=at_rung, alone=alone)
    if UNCAPTURED in fitted.header:
        header["capture"] = False
        fitted = accelerator.run(header, work, limits=limits, at_rung=at_rung, alone=alone)
    fitted = after(written, fitted)
    if not fitted.ok or UNTRACEABLE in fitted.header:
        return fitted
    where = fitted.header["where"]
    pairs = {f"{name}_{k}" for k in range(len(where)) for name in "xy"}
    seen = {name: array for name, array in fitted.arrays.items() if name in pairs}
    left = {name: array for name, array in fitted.arrays.items() if name not in pairs}
    asked = handlers.examine_request(source, settings, where)
    examined = sandbox.run(asked, seen, limits=limits)
    if not examined.ok or INCONSISTENT in examined.header:
        return replace(after(fitted, examined), device=fitted.device)
    return replace(after(examined, fitted), header={}, arrays=left)


def with_lists(written: Reply, device: str) -> Reply:
    """A child's answer to TRACE, to be distrusted: lists, or why there are none, and no more.

    Args:
        device: that they are for, which the reply names from now on.
    """
    told = {key: written.header[key] for key in (UNTRACEABLE,) if key in written.header}
    reply = replace(written, device=device, arrays={}, header=told)
    if not written.ok or told:
        return reply
    lists = written.header.get(handlers.TRACES)
    try:
        text = json.dumps(lists, allow_nan=False)
    except ValueError:
        text = ""
    if not isinstance(lists, list) or not 0 < len(text) <= handlers.MOST_TEXT:
        return replace(reply, ok=False, reason="it sent no lists of operations")
    return replace(reply, header={handlers.TRACES: lists})


def after(first: Reply, second: Reply) -> Reply:
    """The second reply, with what both took and the locks of the child."""
    return replace(
        second,
        layers=first.layers or second.layers,
        cpu_capability=first.cpu_capability or second.cpu_capability,
        cpu_s=first.cpu_s + second.cpu_s,
        wall_s=first.wall_s + second.wall_s,
        peak_mb=max(first.peak_mb, second.peak_mb),
    )


def rows_at_a_time(work: Work) -> list[int]:
    """How many rows a network's layers are given at a time: whole chunks, and what is left."""
    batch = work.minibatches.shape[2]
    left = {len(x[0]) % batch for x in (work.x_train, work.x_test)}
    # A prediction of fewer rows than a batch is one chunk.
    return [batch, *sorted(left - {0})]
