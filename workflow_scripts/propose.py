"""Proposes one island's next generation; generation 0 is its seeds."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from actmine.gate import handlers
from actmine.llm.redaction import redact_output, secrets, strip_secrets
from actmine.sandbox.warm_process import WarmProcess
from actmine.stage import Json, run_stage


def main(
    run: Path,
    arm: str,
    generation: int,
    island: int,
    execution: Json,
    out: Path,
    population: Path | None = None,
    manifest: Path | None = None,
    reference: Path | None = None,
    known: Sequence[Path] = (),
) -> None:
    """Writes one line a slot.

    Where models are told of them, the known functions were measured on the search tasks.
    """
    strip_secrets(os.environ)
    redact_output(secrets(os.environ))
    with WarmProcess(handlers) as process:
        # After the start: torch is imported over there while this is imported here.
        from actmine.evolution.memory import read_population
        from actmine.evolution.proposals import propose, seeds
        from actmine.evolution.reading import read_known
        from actmine.llm.access import connect, key_names
        from actmine.llm.client import ClientError, ReplayError
        from actmine.records.rows import write_records
        from actmine.sandbox.host import Sandbox
        from actmine.settings.configuration import arm_settings, with_execution
        from actmine.settings.frozen import read_settings

        whole = with_execution(read_settings(run), execution)
        settings = arm_settings(whole, arm)
        redact_output(secrets(os.environ, keys=key_names(settings.mutation)))
        sandbox = Sandbox(handlers, isolation=settings.sandbox.isolation, process=process)
        if population is None:
            proposals = seeds(settings, island=island, sandbox=sandbox)
        else:
            ask = connect(whole, arm=arm, run=run.parent)
            try:
                proposals = propose(
                    read_population(population),
                    settings,
                    arm=arm,
                    generation=generation,
                    sandbox=sandbox,
                    ask=ask if settings.mutation.asks_models else None,
                    known=read_known(known, reference, manifest, settings),
                )
            except (ClientError, ReplayError) as error:
                sys.exit(f"propose: {error}")
    write_records(out, proposals)


if __name__ == "__main__":
    run_stage(main)
