"""Names every arm's champion, and the known functions that it is compared with further on."""

from pathlib import Path

from actmine.records.rows import write_records
from actmine.settings.frozen import read_settings
from actmine.stage import run_stage
from actmine.validation.conclusions import read_compared


def main(run: Path, out: Path) -> None:
    """Writes one line a function: champions, the best known function, GELU and ReLU."""
    write_records(out, read_compared(run.parent, read_settings(run)))


if __name__ == "__main__":
    run_stage(main)
