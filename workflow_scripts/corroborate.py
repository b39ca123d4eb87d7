"""Tests what was found: by family, in other labs, against itself, and for other biases."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from actmine import layout, run
from actmine.candidate import Status
from actmine.config import Config
from actmine.evaluation import Evaluation
from actmine.files import write_atomically, write_json
from actmine.lab.conditions import under
from actmine.lab.judge import Judge, losses_of, task_families
from actmine.lab.measurements import CONTROL, HELD_OUT, REMEASURED, ROBUST
from actmine.reading import read_evaluations, read_judge, read_listed
from actmine.validation.control import control, sentence
from actmine.validation.cross import cross_table
from actmine.validation.families import family_table
from actmine.validation.findings import champions
from actmine.validation.material import (
    ById,
    by_id,
    read_arm_judges,
    read_known,
    read_measured,
    read_mined,
)
from actmine.validation.robustness import AS_CONFIGURED, robustness_rows, robustness_table


def main(argv: Sequence[str] | None = None) -> None:
    """Writes three tables and the A/A control; prints the control for the terminal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="the run's folder")
    parser.add_argument("--families", type=Path, required=True, help="output, .csv")
    parser.add_argument("--robustness", type=Path, required=True, help="output, .csv")
    parser.add_argument("--control", type=Path, required=True, help="output, .json")
    parser.add_argument("--cross", type=Path, required=True, help="output, .csv")
    args = parser.parse_args(argv)
    folder, config = args.folder, run.configuration(args.folder / layout.RUN_FILE)
    held_out = {
        **by_id(read_evaluations([layout.reference(folder, HELD_OUT)])),
        **read_measured(folder, config, HELD_OUT),
    }
    judge = read_judge(folder, config, HELD_OUT)
    names = {one.candidate_id: one.name for one in read_listed(layout.compared(folder))}
    _write(args.families, _families(folder, config, held_out, judge))
    _write(args.robustness, _robustness(folder, config, held_out, judge, names))
    told = _control(folder, held_out, judge, names)
    write_json(args.control, told)
    _write(args.cross, _cross(folder, config, held_out))
    print("\n".join(told["sentences"]), flush=True)


def _write(path: Path, table: pd.DataFrame) -> None:
    write_atomically(path, table.to_csv(index=False).encode())


def _families(folder: Path, config: Config, held_out: ById, judge: Judge) -> pd.DataFrame:
    mined = [one for listed in read_mined(folder, config).values() for one in listed]
    names = {one.candidate_id: one.name for one in [*read_known(folder, config), *mined]}
    scored = {
        name: losses_of(held_out[name])
        for name in names
        if name in held_out and held_out[name].status is Status.SCORED
    }
    return family_table(
        scored,
        names=names,
        relu=judge.relu,
        families=judge.families,
        epsilon=judge.settings.epsilon,
    )


def _robustness(
    folder: Path, config: Config, held_out: ById, judge: Judge, names: Mapping[str, str]
) -> pd.DataFrame:
    if not config["validation"]["robustness"]:
        return robustness_table([])
    rows = robustness_rows(AS_CONFIGURED, config["lab"], judge, held_out, names)
    families = task_families(layout.manifest(folder, HELD_OUT))
    for setting in config["validation"]["robustness"]:
        name = ROBUST + setting
        changed = under(config, name)
        found = _compared(folder, name)
        there = Judge.of_scored(found.values(), families=families, config=changed)
        rows += robustness_rows(setting, changed["lab"], there, found, names)
    return robustness_table(rows)


def _control(
    folder: Path, held_out: ById, judge: Judge, names: Mapping[str, str]
) -> dict[str, Any]:
    again = _compared(folder, CONTROL)
    found = [
        control(held_out[one], again[one], name=name, epsilon=judge.settings.epsilon)
        for one, name in names.items()
        if all(
            one in measured and measured[one].status is Status.SCORED
            for measured in (held_out, again)
        )
    ]
    return {"schema_version": 1, "controls": found, "sentences": list(map(sentence, found))}


def _cross(folder: Path, config: Config, held_out: ById) -> pd.DataFrame:
    found = champions(
        read_mined(folder, config),
        read_measured(folder, config, REMEASURED),
        read_arm_judges(folder, config, REMEASURED),
        allow_batch_coupled=config["gate"]["batch_coupled"] == "allow",
    )
    return cross_table(found, held_out, read_arm_judges(folder, config, HELD_OUT))


def _compared(folder: Path, measurement: str) -> dict[str, Evaluation]:
    return by_id(read_evaluations([layout.compared_measured(folder, measurement)]))


if __name__ == "__main__":
    main()
