"""Measures a shard of candidates."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from actmine.files import read_jsonl
from actmine.functions.catalog import by_name
from actmine.lab import handlers
from actmine.lab.measure import ON_PROCESSORS, Lab, fit_limits, measurement, require_losses
from actmine.lab.scorer import REFERENCE, Scorer, require_one_device
from actmine.records.evaluation import Evaluation
from actmine.records.listed import Listed, Role
from actmine.records.proposal import Proposal
from actmine.records.rows import from_row
from actmine.records.status import Status
from actmine.records.training import CPU
from actmine.sandbox.host import Sandbox
from actmine.sandbox.warm_process import WarmProcess
from actmine.settings.measurements import REMEASURED, SEARCH, kind_of
from actmine.settings.sections import FitnessSettings, Settings
from actmine.tasks.suite import Suite


def measure_shard(
    listed: Sequence[Proposal | Listed],
    suite: Suite,
    *,
    name: str,
    settings: Settings,
    rule: FitnessSettings,
    reference: Sequence[Evaluation],
    store: Path,
    process: WarmProcess,
) -> list[Evaluation]:
    """The evaluations of a shard's accepted candidates.

    Where candidates are measured again on replicates that the reference has not had, ReLU is
    too: its evaluations stand at the end and name no slot.

    Args:
        name: of the measurement.
        rule: how losses become fitness where fits are stopped on the way; an arm's own.
        reference: evaluations of ReLU and GELU, which set the time limit; none for themselves.
        store: the evaluation store.
        process: for the lab.

    Raises:
        MixedDevicesError: the reference was measured on another device than this lab has.
    """
    scorer = None
    if reference and kind_of(name) == SEARCH:  # no other fit is stopped on the way
        scorer = Scorer(reference, families=suite.families, rule=rule)
    what = measurement(name, suite, settings)
    if what.on.device == "auto" and any(one.device == CPU for one in reference):
        what = replace(what, on=ON_PROCESSORS)  # as it began
    with Lab(
        what,
        limits=fit_limits(settings.sandbox, reference),
        kept=store,
        sandbox=Sandbox(handlers, isolation=settings.sandbox.isolation, process=process),
        scorer=scorer,
    ) as lab:
        require_one_device([lab.device, *(one.device for one in reference)], rule)
        accepted = [candidate for candidate in listed if is_wanted(candidate, name)]
        repeats = sorted({_repeat(candidate) for candidate in accepted})
        labs = {repeat: lab.repeated(repeat) for repeat in repeats}
        in_their_labs = [labs[_repeat(candidate)] for candidate in accepted]
        if lab.at_a_time > 1:
            with ThreadPoolExecutor(lab.at_a_time) as threads:
                evaluations = list(threads.map(_measure, in_their_labs, accepted))
        else:
            evaluations = list(map(_measure, in_their_labs, accepted))
        relu = by_name(REFERENCE).source
        again = [labs[repeat].measure(relu) for repeat in repeats if repeat]
        return [*evaluations, *require_losses(again)]


def read_candidates(path: Path) -> list[Proposal | Listed]:
    """What a proposals.jsonl or a candidates.jsonl lists."""
    return [
        from_row(row, Proposal) if "slot" in row else from_row(row, Listed)
        for row in read_jsonl(path)
    ]


def _repeat(candidate: Proposal | Listed) -> int:
    """How often a candidate was measured before; what is no slot of the search never was."""
    return candidate.repeat if isinstance(candidate, Proposal) else 0


def is_wanted(candidate: Proposal | Listed, measurement: str) -> bool:
    """Whether it is measured; what is no candidate for the champion is not remeasured."""
    if measurement == REMEASURED and isinstance(candidate, Listed):
        return candidate.status is Status.ACCEPTED and candidate.role is not Role.CONTRAST
    return candidate.status is Status.ACCEPTED


def _measure(lab: Lab, candidate: Proposal | Listed) -> Evaluation:
    if isinstance(candidate, Proposal):
        slot, thresholds = candidate.slot, candidate.thresholds
        return lab.measure(candidate.source, slot=slot, thresholds=thresholds)
    candidate.require_own_source()
    return lab.measure(candidate.source)
