"""Sizes the suite: how well do fewer tasks, replicates or steps rank the known functions?

Measures the known functions on the search suite at several numbers of steps and replicates,
and once on the held-out suite. Prints, for each size, the Spearman correlation between the
fitness on the search tasks (a mean over random subsets) and on the held-out tasks, and the
CPU seconds that one candidate costs.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from actmine.functions.catalog import compared
from actmine.lab.fitness import log_ratio, task_means
from actmine.lab.session import open_session
from actmine.records.evaluation import Evaluation
from actmine.records.status import Status
from actmine.settings.configuration import load, presets
from actmine.settings.measurements import HELD_OUT, SEARCH
from actmine.settings.sections import Settings

SUBSETS = 200  # random draws of tasks per size
TASKS = (6, 12, 24, 36, 48, 96)

Ratios = dict[str, NDArray[np.float64]]  # candidate id: (task, replicate)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument("--preset", choices=presets(), default="demo")
    parser.add_argument("--steps", type=int, nargs="+", help="default: the preset's, and half")
    parser.add_argument("--replicates", type=int, default=2, help="most that are tried")


def run(args: argparse.Namespace) -> int:
    """Prints one line a size."""
    config = load(args.preset)
    full = config.lab.steps
    truth, _ = _measure(config, HELD_OUT)
    print("steps  replicates  tasks  Spearman with held-out  CPU s per candidate")
    for steps in args.steps or (full // 2, full):
        lab = replace(config.lab, steps=steps, replicates=args.replicates)
        sized = replace(config, lab=lab)
        ratios, cpu_s = _measure(sized, SEARCH)
        for line in _lines(ratios, truth, clip=config.fitness.clip, cpu_s=cpu_s):
            print(f"{steps:>5}  {line}", flush=True)
    return 0


def _measure(config: Settings, name: str) -> tuple[Ratios, float]:
    """Log ratios to ReLU of every known function, and the median CPU seconds of one."""
    epsilon = config.fitness.epsilon
    with open_session(config, name) as session:
        relu = session.scorer.relu.ood
        evaluations = [
            session.lab.measure(one.source) for one in compared(config.validation.catalog)
        ]
    scored = [one for one in evaluations if one.status is Status.SCORED]
    seconds = float(np.median([one.timings["cpu_s"] for one in scored]))
    return {one.candidate_id: _ratio(one, relu, epsilon) for one in scored}, seconds


def _ratio(one: Evaluation, relu: NDArray[np.float64], epsilon: float) -> NDArray[np.float64]:
    return log_ratio(np.array(one.ood), relu, epsilon=epsilon)


def _lines(ratios: Ratios, truth: Ratios, *, clip: float, cpu_s: float) -> Iterator[str]:
    names = sorted(ratios.keys() & truth.keys())
    wanted = [task_means(truth[name], clip=clip).mean() for name in names]
    tasks, replicates = next(iter(ratios.values())).shape
    rng = np.random.default_rng(0)
    for used in range(1, replicates + 1):
        means = np.array([task_means(ratios[name][:, :used], clip=clip) for name in names])
        for size in sorted({min(size, tasks) for size in TASKS}):
            draws = 1 if size == tasks else SUBSETS
            subsets = [rng.choice(tasks, size, replace=False) for _ in range(draws)]
            found = [spearmanr(means[:, s].mean(axis=1), wanted).statistic for s in subsets]
            cost = cpu_s * size / tasks * used / replicates
            yield f"{used:>10}  {size:>5}  {np.mean(found):>22.3f}  {cost:>19.2f}"
