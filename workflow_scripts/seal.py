"""Seals a folder: describes it where it is a run, then writes the sha256 of every file."""

from pathlib import Path

from actmine import layout
from actmine.audit import crate, sums
from actmine.files import write_json
from actmine.stage import run_stage
from actmine.streams import tell


def main(folder: Path, page: Path | None = None) -> None:
    """Writes sha256sums.txt, for a run ro-crate-metadata.json too; prints the root digest.

    Args:
        page: to read first, which is told too; a run's own stands in its last lines.
    """
    if (folder / layout.RUN_FILE).exists():
        write_json(folder / crate.FILE, crate.describe(folder, crate.Sealing.now()))
    tell(f"{folder}: root digest {sums.seal(folder)}")
    if page:
        tell(f"page      {page}")


if __name__ == "__main__":
    run_stage(main)
