"""Ranks finalists and catalog on held-out tasks and names the champion."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from actmine import layout, run
from actmine.config import Config
from actmine.files import write_atomically, write_json
from actmine.lab.measurements import HELD_OUT, REMEASURED, SEARCH
from actmine.reading import read_evaluations, read_judge, read_listed
from actmine.validation.findings import Findings, answer, by_id, conclude, with_search_fitness
from actmine.validation.paper_order import sentences, to_row


def main(argv: Sequence[str] | None = None) -> None:
    """Writes the findings; prints them for the terminal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="the run's folder")
    parser.add_argument("--leaderboard", type=Path, required=True, help="output, .csv")
    parser.add_argument("--champion", type=Path, required=True, help="output, .json")
    parser.add_argument("--paper-order", type=Path, required=True, help="output, .json")
    args = parser.parse_args(argv)
    config = run.configuration(args.folder / layout.RUN_FILE)
    found = _findings(args.folder, config)
    lines = [*answer(found), *sentences(found.order)]
    write_atomically(args.leaderboard, found.table.to_csv(index=False).encode())
    write_json(args.champion, _champion(found))
    write_json(args.paper_order, to_row(found.order))
    print("\n".join(lines), flush=True)


def _findings(folder: Path, config: Config) -> Findings:
    arms = list(config["arms"])

    def measured(name: str) -> list[Path]:
        folders = [layout.catalog_measured(folder, name)]
        folders += [layout.finalists_measured(folder, arm, name) for arm in arms]
        return [shard for one in folders for shard in layout.shards(one)]

    known = with_search_fitness(
        read_listed(layout.catalog(folder)),
        by_id(read_evaluations(measured(SEARCH))),
        read_judge(folder, config, SEARCH),
    )
    return conclude(
        [one for arm in arms for one in read_listed(layout.finalists(folder, arm))],
        known,
        remeasured=by_id(read_evaluations(measured(REMEASURED))),
        held_out=by_id(read_evaluations(measured(HELD_OUT))),
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
