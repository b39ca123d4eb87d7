"""Tests what was found: by family, in other labs, against itself, and for other biases."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from actmine import layout
from actmine.evolution.reading import read_evaluations, read_listed, read_scorer
from actmine.lab.scorer import Scorer, losses_of, task_families
from actmine.records.evaluation import Evaluation
from actmine.records.status import Status
from actmine.settings.configuration import under
from actmine.settings.measurements import CONTROL, HELD_OUT, REMEASURED, ROBUST
from actmine.settings.sections import Settings
from actmine.validation.conclusions import champions
from actmine.validation.constant import read_constant_losses
from actmine.validation.control import control, sentence
from actmine.validation.further_tables import (
    AS_CONFIGURED,
    cross_table,
    family_table,
    robustness_rows,
    robustness_table,
)
from actmine.validation.material import (
    ById,
    by_id,
    read_arm_scorers,
    read_known,
    read_measured,
    read_mined,
)


@dataclass(frozen=True, kw_only=True)
class Corroboration:
    """What further measurements say of a run's findings.

    Attributes:
        families: each validated function on each family of held-out tasks.
        robustness: a few functions in other labs.
        cross: each arm's champion under each arm's target.
        control: functions against themselves, which must show no difference.
    """

    families: pd.DataFrame
    robustness: pd.DataFrame
    cross: pd.DataFrame
    control: dict[str, Any]


def read_corroboration(folder: Path, config: Settings) -> Corroboration:
    """Draws it from the files of a run."""
    held_out = {
        **by_id(read_evaluations([layout.reference(folder, HELD_OUT)])),
        **read_measured(folder, config, HELD_OUT),
    }
    scorer = read_scorer(folder, config, HELD_OUT)
    names = {
        listed.candidate_id: listed.name for listed in read_listed(layout.compared(folder))
    }
    mine = champions(
        read_mined(folder, config),
        read_measured(folder, config, REMEASURED),
        read_arm_scorers(folder, config, REMEASURED),
        allow_batch_coupled=config.gate.batch_coupled == "allow",
    )
    return Corroboration(
        families=_families(folder, config, held_out, scorer),
        robustness=_robustness(folder, config, held_out, scorer, names),
        cross=cross_table(mine, held_out, read_arm_scorers(folder, config, HELD_OUT)),
        control=_control(folder, held_out, scorer, names),
    )


def _families(folder: Path, config: Settings, held_out: ById, scorer: Scorer) -> pd.DataFrame:
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
        relu=scorer.relu,
        families=scorer.design.families,
        constant=read_constant_losses(folder),
        epsilon=scorer.settings.epsilon,
    )


def _robustness(
    folder: Path, config: Settings, held_out: ById, scorer: Scorer, names: Mapping[str, str]
) -> pd.DataFrame:
    if not config.validation.robustness:
        return robustness_table([])
    rows = robustness_rows(AS_CONFIGURED, config.lab, scorer, held_out, names)
    families = task_families(layout.manifest(folder, HELD_OUT))
    for setting in config.validation.robustness:
        name = ROBUST + setting
        changed = under(config, name)
        evaluations = _compared(folder, name)
        there = Scorer.if_measured(
            evaluations.values(), families=families, rule=changed.fitness
        )
        rows += robustness_rows(setting, changed.lab, there, evaluations, names)
    return robustness_table(rows)


def _control(
    folder: Path, held_out: ById, scorer: Scorer, names: Mapping[str, str]
) -> dict[str, Any]:
    again = _compared(folder, CONTROL)
    controls = [
        control(
            held_out[candidate_id],
            again[candidate_id],
            name=name,
            epsilon=scorer.settings.epsilon,
            design=scorer.design,
        )
        for candidate_id, name in names.items()
        if all(
            candidate_id in measured and measured[candidate_id].status is Status.SCORED
            for measured in (held_out, again)
        )
    ]
    return {
        "schema_version": 1,
        "controls": controls,
        "sentences": list(map(sentence, controls)),
    }


def _compared(folder: Path, measurement: str) -> dict[str, Evaluation]:
    return by_id(read_evaluations([layout.compared_measured(folder, measurement)]))
