"""Ranks finalists and catalog on held-out tasks and names the champion."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from actmine import layout, run
from actmine.config import Config
from actmine.drop_in import module_text
from actmine.files import write_atomically, write_json
from actmine.lab.measurements import HELD_OUT, REMEASURED
from actmine.reading import read_judge
from actmine.validation import findings
from actmine.validation.findings import Findings, answer, conclude
from actmine.validation.material import read_known, read_measured, read_mined
from actmine.validation.paper_order import sentences, to_row


def main(argv: Sequence[str] | None = None) -> None:
    """Writes the findings; prints them for the terminal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="the run's folder")
    parser.add_argument("--leaderboard", type=Path, required=True, help="output, .csv")
    parser.add_argument("--comparison", type=Path, required=True, help="output, .json")
    parser.add_argument("--champion", type=Path, required=True, help="output, .json")
    parser.add_argument("--module", type=Path, required=True, help="output, .py")
    parser.add_argument("--paper-order", type=Path, required=True, help="output, .json")
    args = parser.parse_args(argv)
    config = run.configuration(args.folder / layout.RUN_FILE)
    found = _findings(args.folder, config)
    lines = [*answer(found), *sentences(found.order)]
    write_atomically(args.leaderboard, found.table.to_csv(index=False).encode())
    write_json(args.comparison, findings.to_row(found))
    write_json(args.champion, _champion(found))
    source = found.champion.source if found.champion else "# No mined function qualified.\n"
    write_atomically(args.module, module_text(source).encode())
    write_json(args.paper_order, to_row(found.order))
    print("\n".join(lines), flush=True)


def _findings(folder: Path, config: Config) -> Findings:
    mined = read_mined(folder, config)
    return conclude(
        [one for listed in mined.values() for one in listed],
        read_known(folder, config),
        remeasured=read_measured(folder, config, REMEASURED),
        held_out=read_measured(folder, config, HELD_OUT),
        remeasured_judge=read_judge(folder, config, REMEASURED),
        held_out_judge=read_judge(folder, config, HELD_OUT),
        allow_batch_coupled=config["gate"]["batch_coupled"] == "allow",
    )


def _champion(found: Findings) -> dict[str, Any]:
    if found.champion is None or found.remeasured is None:
        return {"schema_version": 1, "candidate_id": None}
    return {
        "schema_version": 1,
        "candidate_id": found.champion.candidate_id,
        "name": found.champion.name,
        "source": found.champion.source,
        "search_fitness": found.champion.search_fitness,
        "remeasured_fitness": found.remeasured.value,
        "remeasured_fitness_se": found.remeasured.standard_error,
    }


if __name__ == "__main__":
    main()
