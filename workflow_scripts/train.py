"""Trains a shard of candidates, each in a process of its own, and writes their losses."""

import sys
from collections.abc import Sequence
from pathlib import Path

from actmine.lab import handlers
from actmine.sandbox.warm_process import WarmProcess
from actmine.stage import Json, run_stage


def main(
    run: Path,
    measurement: str,
    arrays: Path,
    manifest: Path,
    store: Path,
    out: Path,
    candidates: Path | None = None,
    names: Sequence[str] = (),
    reference: Path | None = None,
    arm: str = "",
    shard: int = 0,
    per_job: int = 1 << 30,
    execution: Json | None = None,
) -> None:
    """Writes one line a candidate of a file, or a function of the catalog that is named.

    An arm's fits are stopped by what that arm is paid for. Where networks are trained is no
    part of a frozen run, and comes with each invocation.
    """
    if bool(candidates) == bool(names):
        sys.exit("train: needs either --candidates or --names")
    with WarmProcess(handlers) as process:
        # After the start: torch is imported over there while this is imported here.
        from actmine.functions.catalog import by_name
        from actmine.lab.measure import require_losses
        from actmine.lab.shard import measure_shard, read_candidates
        from actmine.records.evaluation import Evaluation
        from actmine.records.rows import read_records, write_records
        from actmine.settings.configuration import arm_settings, with_execution
        from actmine.settings.frozen import read_settings
        from actmine.tasks.suite import load_suite

        settings = with_execution(read_settings(run), execution or {})
        paid = arm_settings(settings, arm) if arm else settings
        known = [by_name(name).listed for name in names]
        listed = read_candidates(candidates) if candidates else known
        evaluations = measure_shard(
            listed[shard * per_job :][:per_job],
            load_suite(arrays, manifest),
            name=measurement,
            settings=settings,
            rule=paid.fitness,
            reference=read_records(reference, Evaluation) if reference else (),
            store=store,
            process=process,
        )
        if names:
            require_losses(evaluations)
        write_records(out, evaluations)


if __name__ == "__main__":
    run_stage(main)
