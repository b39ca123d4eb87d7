"""A table of the held-out tasks: what the champion and three known functions lose on each."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from actmine import layout
from actmine.evolution.reading import read_scorer
from actmine.files import read_json
from actmine.lab.fitness import Losses
from actmine.lab.scorer import losses_of
from actmine.settings.measurements import HELD_OUT
from actmine.settings.sections import Settings
from actmine.validation.material import read_measured
from actmine.validation.paired_comparison import task_gains

RIVALS = ("relu", "gelu", "best_known")
# Column: meaning. The order is the order in the file; one row a task, in the suite's order.
TASKS = {
    "task": "as the suite calls it",
    "family": "of tasks",
    "formula": "of the target, in SymPy's syntax",
    "inputs": "how many the target has",
    "champion_ood_loss": "of the champion outside the training region: mean over networks of "
    "the squared error of standardised targets",
    **{f"{name}_ood_loss": f"the same of {name.replace('_', ' ')}" for name in RIVALS},
    "champion_id_loss": "of the champion on new inputs from the training region",
    **{f"{name}_id_loss": f"the same of {name.replace('_', ' ')}" for name in RIVALS},
    **{
        f"log_ratio_{name}": f"log of {name.replace('_', ' ')}'s OOD loss over the champion's, "
        "mean over networks; above 0 the champion is better"
        for name in RIVALS
    },
}


def task_rows(run: Path, config: Settings) -> list[dict[str, Any]]:
    """One row a held-out task, columns TASKS; empty cells of what has no losses there.

    The best known function is that of comparison.json: the best on the search tasks.
    """
    scorer = read_scorer(run, config, HELD_OUT)
    measured = read_measured(run, config, HELD_OUT)
    chosen = read_json(run / "validation" / "champion.json")["candidate_id"]
    best = read_json(run / "validation" / "comparison.json")["best_known"]
    named = {"champion": chosen, "best_known": best["candidate_id"] if best else None}
    found = {
        name: losses_of(measured[candidate])
        for name, candidate in named.items()
        if candidate in measured and measured[candidate].ood
    }
    functions = {"relu": scorer.relu, "gelu": scorer.gelu, **found}
    cells = _cells(functions, epsilon=scorer.settings.epsilon)
    tasks = read_json(layout.manifest(run, HELD_OUT))["tasks"]
    return [
        {
            "task": task["name"],
            "family": task["family"],
            "formula": task["formula"],
            "inputs": len(task["variables"]),
            **{
                name: float(cells[name][number]) if name in cells else None
                for name in list(TASKS)[4:]
            },
        }
        for number, task in enumerate(tasks)
    ]


def _cells(functions: Mapping[str, Losses], *, epsilon: float) -> dict[str, Any]:
    """(task,) values by column, of the columns that can be had."""
    cells: dict[str, Any] = {}
    for name, losses in functions.items():
        cells[f"{name}_ood_loss"] = np.mean(losses.ood, axis=1)
        cells[f"{name}_id_loss"] = np.mean(losses.id, axis=1)
        if "champion" in functions and name != "champion":
            gains = task_gains(functions["champion"], losses, epsilon=epsilon)
            cells[f"log_ratio_{name}"] = gains
    return cells
