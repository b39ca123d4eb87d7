"""Freezes the identity of a run in its run.yaml."""

from pathlib import Path

from actmine.settings import frozen
from actmine.settings.configuration import resolve
from actmine.stage import Json, run_stage


def main(configuration: Json, run: Path, rerun: Path) -> None:
    """Writes run.yaml, and its configuration apart, for `snakemake --configfile`."""
    description = frozen.description(resolve(configuration))
    frozen.write(run, description)
    frozen.write_configuration(rerun, description)


if __name__ == "__main__":
    run_stage(main)
