"""Measures a shard of candidates, and writes their losses."""

from argparse import Namespace
from collections.abc import Sequence

from actmine.files import read_jsonl
from actmine.functions.catalog import by_name
from actmine.lab import handlers
from actmine.lab.measure import Lab, fit_limits, measurement
from actmine.lab.scorer import REFERENCE, Scorer
from actmine.records.candidate import candidate_id
from actmine.records.evaluation import Evaluation
from actmine.records.listed import Listed, Role
from actmine.records.proposal import Proposal
from actmine.records.rows import Row, from_row, read_records, write_records
from actmine.records.status import Status
from actmine.sandbox.host import Sandbox
from actmine.sandbox.warm_process import SandboxError, WarmProcess
from actmine.settings import frozen as run
from actmine.settings.measurements import REMEASURED
from actmine.tasks.suite import load_suite


def measure_shard(args: Namespace, process: WarmProcess) -> None:
    """Writes one line an accepted candidate of the shard.

    Where candidates are measured again on replicates that the reference has not had, ReLU is
    too: its lines stand at the end and name no slot.

    Args:
        args: the command line of the stage `train`.
        process: for the lab.
    """
    config = run.read_settings(args.run)
    suite = load_suite(args.arrays, args.manifest)
    reference = read_records(args.reference, Evaluation) if args.reference else []
    if args.names:
        listed: list[Proposal | Listed] = [by_name(name).listed for name in args.names]
    else:
        listed = list(map(_candidate, read_jsonl(args.candidates)))
    shard = listed[args.shard * args.per_job : (args.shard + 1) * args.per_job]
    scorer = None
    if reference:
        scorer = Scorer(reference, families=suite.families, config=config)
    with Lab(
        measurement(args.measurement, suite, config),
        limits=fit_limits(config, reference),
        kept=args.store,
        sandbox=Sandbox(handlers, isolation=config.sandbox.isolation, process=process),
        scorer=scorer,
    ) as lab:
        accepted = [one for one in shard if _wanted(one, args.measurement)]
        labs = {repeat: lab.repeated(repeat) for repeat in sorted(set(map(_repeat, accepted)))}
        evaluations = [_measure(labs[_repeat(one)], one) for one in accepted]
        relu = by_name(REFERENCE).source
        evaluations += [again.measure(relu) for repeat, again in labs.items() if repeat]
    if args.names:
        _require_losses(evaluations)
    write_records(args.out, evaluations)


def _require_losses(references: Sequence[Evaluation]) -> None:
    """Everything is measured against these.

    Raises:
        SandboxError: one has no losses, for which the machine or the settings are to blame.
    """
    for one in references:
        if one.status is not Status.SCORED:
            raise SandboxError(f"{one.candidate_id}: a reference has no losses: {one.reason}")


def _candidate(row: Row) -> Proposal | Listed:
    """A line of either file that a shard may be cut from."""
    return from_row(row, Proposal) if "slot" in row else from_row(row, Listed)


def _repeat(one: Proposal | Listed) -> int:
    """How often a candidate was measured before; what is no slot of the search never was."""
    return one.repeat if isinstance(one, Proposal) else 0


def _wanted(one: Proposal | Listed, measurement: str) -> bool:
    """Whether it is measured; what is no candidate for the champion is not remeasured."""
    if measurement == REMEASURED and isinstance(one, Listed) and one.role is Role.CONTRAST:
        return False
    return one.status is Status.ACCEPTED


def _measure(lab: Lab, one: Proposal | Listed) -> Evaluation:
    if candidate_id(one.source) != one.candidate_id:
        raise ValueError(
            f"{one.candidate_id}: its source was changed; delete the file that lists it"
        )
    if isinstance(one, Proposal):
        return lab.measure(one.source, slot=one.slot, thresholds=one.thresholds)
    return lab.measure(one.source)
