"""Lists the known activations as candidates, each judged by the gate."""

from pathlib import Path

from actmine.functions.catalog import compared
from actmine.gate import handlers
from actmine.gate.examine import examination, examine, listed
from actmine.records.rows import write_records
from actmine.sandbox.host import Sandbox
from actmine.settings.frozen import read_settings
from actmine.stage import run_stage


def main(run: Path, out: Path) -> None:
    """Writes one line a function."""
    settings = read_settings(run)
    with Sandbox(handlers, isolation=settings.sandbox.isolation) as sandbox:
        known = [
            listed(
                known.candidate,
                examine(known.source, sandbox=sandbox, settings=examination(settings)),
            )
            for known in compared(settings.validation.catalog)
        ]
    write_records(out, known)


if __name__ == "__main__":
    run_stage(main)
