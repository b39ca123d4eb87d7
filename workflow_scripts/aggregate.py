"""Collects a run into tables, and gives every candidate a file of its own."""

import argparse
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pandas as pd

from actmine import layout, run
from actmine.drop_in import module_text
from actmine.files import write_atomically, write_json
from actmine.lab.measurements import MEASUREMENTS, SEARCH
from actmine.llm.journal import Journal
from actmine.reading import (
    Generation,
    read_generations,
    read_judge,
    read_measured_sets,
    search_sets,
)
from actmine.report.mutator_table import mutator_table
from actmine.report.tables import candidate_table, evaluation_table, generation_table
from actmine.validation.material import read_arm_judges


def main(argv: Sequence[str] | None = None) -> None:
    """Writes four tables, each as CSV and Parquet, and the candidates' files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="the run's folder")
    parser.add_argument("--generations", type=int, required=True)
    parser.add_argument("--tables", type=Path, required=True, help="output folder")
    parser.add_argument("--candidates", type=Path, required=True, help="output folder")
    args = parser.parse_args(argv)
    config = run.configuration(args.folder / layout.RUN_FILE)
    generations = list(read_generations(args.folder, config, generations=args.generations))
    judges = {name: read_judge(args.folder, config, name) for name in MEASUREMENTS}
    sets = [*search_sets(generations), *read_measured_sets(args.folder, config["arms"])]
    candidates = candidate_table(generations, read_arm_judges(args.folder, config, SEARCH))
    _write(args.tables / "candidates", candidates)
    _write(args.tables / "evaluations", evaluation_table(sets, judges))
    _write(args.tables / "generations", generation_table(generations))
    journal = Journal(args.folder / layout.JOURNAL)
    _write(
        args.tables / "mutators",
        mutator_table(generations, seconds=lambda key: _seconds(journal, key)),
    )
    _write_candidates(args.candidates, generations, candidates)


def _seconds(journal: Journal, key: str) -> float:
    """How long a reply took; 0 where the journal was left behind."""
    reply = journal.reply(key)
    return 0.0 if reply is None else reply.seconds


def _write(stem: Path, table: pd.DataFrame) -> None:
    write_atomically(stem.with_suffix(".csv"), table.to_csv(index=False).encode())
    buffer = BytesIO()
    table.to_parquet(buffer, index=False)
    write_atomically(stem.with_suffix(".parquet"), buffer.getvalue())


def _write_candidates(
    folder: Path, generations: Sequence[Generation], table: pd.DataFrame
) -> None:
    """Each source as a module that runs, and beside it all rows that mention it."""
    sources = {
        proposal.candidate_id: proposal.source
        for generation in generations
        for proposal in generation.proposals
        if proposal.source
    }
    rows = table.astype(object).where(table.notna(), None)
    for name, group in rows.groupby("candidate_id", sort=True):
        if name:
            shelf = folder / str(name)[1:3]
            write_atomically(shelf / f"{name}.py", module_text(sources[str(name)]).encode())
            write_json(shelf / f"{name}.json", group.to_dict(orient="records"))


if __name__ == "__main__":
    main()
