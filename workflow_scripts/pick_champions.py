"""Names every arm's champion, and the known functions that it is compared with further on."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from actmine import layout
from actmine.evolution.reading import read_scorer
from actmine.records.rows import write_records
from actmine.settings import frozen as run
from actmine.settings.measurements import REMEASURED
from actmine.validation.conclusions import best_of, champions, compared
from actmine.validation.finalists import champion
from actmine.validation.material import (
    read_arm_scorers,
    read_known,
    read_measured,
    read_mined,
)


def main(argv: Sequence[str] | None = None) -> None:
    """Writes one line a function: champions, the best known function, GELU and ReLU."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="the run's folder")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    config = run.read_settings(args.folder / layout.RUN_FILE)
    allow = config.gate.batch_coupled == "allow"
    mined = read_mined(args.folder, config)
    remeasured = read_measured(args.folder, config, REMEASURED)
    scorer = read_scorer(args.folder, config, REMEASURED)
    first = champion(
        [one for listed in mined.values() for one in listed],
        scorer.all_fitness(remeasured),
        allow_batch_coupled=allow,
    )
    of_arms = champions(
        mined,
        remeasured,
        read_arm_scorers(args.folder, config, REMEASURED),
        allow_batch_coupled=allow,
    )
    known = best_of(read_known(args.folder, config), allow_batch_coupled=allow)
    write_records(args.out, compared([first, *of_arms.values()], known))


if __name__ == "__main__":
    main()
