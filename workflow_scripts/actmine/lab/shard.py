"""Measures a shard of candidates, and writes their losses."""

from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from actmine.files import read_jsonl, write_jsonl
from actmine.functions.catalog import by_name
from actmine.lab import handlers
from actmine.lab.judge import REFERENCE, Judge
from actmine.lab.measure import Lab, fit_limits, measurement
from actmine.records.candidate import candidate_id
from actmine.records.evaluation import Evaluation, from_row, slot_from_row, to_row
from actmine.records.listed import Role
from actmine.records.proposal import thresholds_of
from actmine.records.status import Status
from actmine.sandbox.host import Sandbox
from actmine.sandbox.warm_process import WarmProcess
from actmine.settings import frozen as run
from actmine.settings.configuration import Config
from actmine.settings.measurements import REMEASURED
from actmine.tasks.suite import Suite, load_suite

Row = dict[str, Any]


def measure_shard(args: Namespace, process: WarmProcess) -> None:
    """Writes one line an accepted candidate of the shard.

    Where candidates are measured again on replicates that the reference has not had, ReLU is
    too: its lines stand at the end and name no slot.

    Args:
        args: the command line of the stage `train`.
        process: for the lab.
    """
    config = run.configuration(args.run)
    suite = load_suite(args.arrays, args.manifest)
    reference = [from_row(row) for row in read_jsonl(args.reference)] if args.reference else []
    rows = _named(args.names) if args.names else list(read_jsonl(args.candidates))
    shard = rows[args.shard * args.per_job : (args.shard + 1) * args.per_job]
    with Lab(
        measurement(args.measurement, suite, config),
        limits=fit_limits(config, reference),
        kept=args.store,
        sandbox=Sandbox(handlers, isolation=config["sandbox"]["isolation"], process=process),
        judge=_judge(reference, suite, config) if reference else None,
    ) as lab:
        accepted = [row for row in shard if _wanted(row, args.measurement)]
        labs = {repeat: lab.repeated(repeat) for repeat in sorted(set(map(_repeat, accepted)))}
        evaluations = [_measure(labs[_repeat(row)], row) for row in accepted]
        relu = by_name(REFERENCE).source
        evaluations += [again.measure(relu) for repeat, again in labs.items() if repeat]
    write_jsonl(args.out, map(to_row, evaluations))


def _named(names: Sequence[str]) -> list[Row]:
    known = [by_name(name) for name in names]
    return [
        {
            "candidate_id": candidate_id(one.source),
            "source": one.source,
            "status": Status.ACCEPTED.value,
        }
        for one in known
    ]


def _judge(reference: Sequence[Evaluation], suite: Suite, config: Config) -> Judge:
    return Judge(reference, families=[task.family for task in suite.tasks], config=config)


def _repeat(row: Row) -> int:
    """How often a candidate was measured before; what is no slot of the search never was."""
    return int(row.get("repeat", 0))


def _wanted(row: Row, measurement: str) -> bool:
    """Whether a row is measured; what is no candidate for the champion is not remeasured."""
    if measurement == REMEASURED and row.get("role") == Role.CONTRAST:
        return False
    return bool(row["status"] == Status.ACCEPTED)


def _measure(lab: Lab, row: Row) -> Evaluation:
    if candidate_id(row["source"]) != row["candidate_id"]:
        raise ValueError(
            f"{row['candidate_id']}: its source was changed; delete the file that lists it"
        )
    slot = row.get("slot")
    return lab.measure(
        row["source"], slot=slot and slot_from_row(slot), thresholds=thresholds_of(row)
    )
