"""Names every arm's champion, and the known functions that it is compared with further on."""

from itertools import chain
from pathlib import Path

from actmine.evolution.reading import read_scorer
from actmine.records.rows import write_records
from actmine.settings.frozen import read_settings
from actmine.settings.measurements import REMEASURED
from actmine.stage import run_stage
from actmine.validation.conclusions import best_of, champions, compared
from actmine.validation.finalists import champion
from actmine.validation.material import (
    read_arm_scorers,
    read_known,
    read_measured,
    read_mined,
)


def main(run: Path, out: Path) -> None:
    """Writes one line a function: champions, the best known function, GELU and ReLU."""
    folder, settings = run.parent, read_settings(run)
    allow = settings.gate.batch_coupled == "allow"
    mined = read_mined(folder, settings)
    remeasured = read_measured(folder, settings, REMEASURED)
    scorer = read_scorer(folder, settings, REMEASURED)
    first = champion(
        list(chain.from_iterable(mined.values())),
        scorer.all_fitness(remeasured),
        allow_batch_coupled=allow,
    )
    of_arms = champions(
        mined,
        remeasured,
        read_arm_scorers(folder, settings, REMEASURED),
        allow_batch_coupled=allow,
    )
    known = best_of(read_known(folder, settings), allow_batch_coupled=allow)
    write_records(out, compared([first, *of_arms.values()], known))


if __name__ == "__main__":
    run_stage(main)
