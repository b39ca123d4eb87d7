"""What others would do with our tasks: a plain loop, alone or in OpenEvolve's search."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import peer_evaluator
import torch
from lab_generation import cpu_s_of

from actmine.lab.measure import Measurement
from actmine.lab.scorer import Scorer
from actmine.lab.work import prepare
from endpoint_cases import Case, said, send
from endpoint_server import CaseServer


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What the peers' evaluator told of the programs that it trained.

    Attributes:
        scores: one a program.
        cpu_s: of a program's process, mean.
        training_cpu_s: of its training alone, mean.
    """

    scores: tuple[float, ...]
    cpu_s: float
    training_cpu_s: float


def write_tasks(what: Measurement, scorer: Scorer, path: Path) -> None:
    """All that a plain loop needs: each network's rows and start, and how to score it."""
    work, _ = prepare(what.suite, replicates=what.replicates, settings=what.settings)
    networks = []
    for member in range(len(work.weights[0])):
        task, replicate = divmod(member, len(what.replicates))
        own = what.suite.tasks[task]
        weights = [torch.from_numpy(stack[member]) for stack in work.weights]
        rows = ("x_train", "y_train", "x_ood", "y_ood")
        networks.append(
            {
                **{name: torch.tensor(getattr(own, name)) for name in rows},
                "weights": [weights[0][: own.inputs], *weights[1:]],
                "biases": [torch.from_numpy(stack[member]) for stack in work.biases],
                "minibatches": torch.from_numpy(work.minibatches[:, replicate]).long(),
            }
        )
    given = {
        "networks": networks,
        "learning_rate": what.settings.learning_rate,
        "relu": torch.from_numpy(scorer.relu.ood.copy()),
        "epsilon": scorer.settings.epsilon,
        "limit": scorer.settings.limit,
    }
    torch.save(given, path)


def read_trained(log: Path) -> Trained:
    """What stands in an evaluator's log."""
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return Trained(
        scores=tuple(line["score"] for line in lines),
        cpu_s=fmean(line["cpu_s"] for line in lines),
        training_cpu_s=fmean(line["training_cpu_s"] for line in lines),
    )


def plain(programs: Sequence[str], folder: Path, *, tasks: Path) -> Trained:
    """The evaluator by itself."""
    for number, program in enumerate(programs):
        path = folder / f"program_{number}.py"
        path.write_text(program)
        peer_evaluator.evaluate(
            str(path),
            python=sys.executable,
            tasks=str(tasks),
            log=str(folder / "plain.jsonl"),
            trained=len(programs),
        )
    return read_trained(folder / "plain.jsonl")


def openevolve(
    python: str, programs: Sequence[str], folder: Path, *, tasks: Path, trained: int
) -> tuple[Trained, float]:
    """What its evaluator told, and CPU seconds of all its processes.

    The first program is what it starts from, the others are what its model answers.
    """
    first, config, log = (folder / name for name in ("first.py", "config.json", "loop.jsonl"))
    first.write_text(programs[0])
    answers = Case(
        name="the next program",
        answer=lambda asked: send(said(f"```python\n{programs[asked.number]}\n```")),
        becomes="read",
        sends=len(programs) - 1,
        tokens=0,
    )
    with CaseServer() as server:
        given = {
            "diff_based_evolution": False,
            "llm": {"api_base": server.begin(answers), "api_key": "none", "primary_model": "m"},
            "evaluator": {
                "cascade_evaluation": False,
                "timeout": 3600,
                "evaluator_args": {
                    "python": sys.executable,
                    "tasks": str(tasks),
                    "log": str(log),
                    "trained": trained,
                },
            },
        }
        config.write_text(json.dumps(given))  # YAML as well
        command = [python, "-m", "openevolve.cli", str(first), peer_evaluator.__file__]
        command += ["--config", str(config), "--output", str(folder / "openevolve")]
        command += ["--iterations", str(len(programs) - 1)]
        spent = cpu_s_of(command)
    return read_trained(log), spent


def has_openevolve(python: str | None) -> bool:
    """Whether an interpreter is named, is there, and has it."""
    found = shutil.which(python) if python else None
    asked = [str(found), "-c", "import openevolve"]
    return bool(found) and not subprocess.run(asked, stderr=subprocess.DEVNULL).returncode
