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
from actmine.records.status import Status
from actmine.settings.configuration import ConfigError, load, presets
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
    if min(*(args.steps or [1]), args.replicates) < 1:
        raise ConfigError("--steps and --replicates must be 1 or more")
    settings = load(args.preset)
    full = settings.lab.steps
    truth, _ = _measure(settings, HELD_OUT)
    print("steps  replicates  tasks  Spearman with held-out  CPU s per candidate")
    for steps in args.steps or (full // 2, full):
        lab = replace(settings.lab, steps=steps, replicates=args.replicates)
        sized = replace(settings, lab=lab)
        ratios, cpu_s = _measure(sized, SEARCH)
        for line in _lines(ratios, truth, clip=settings.fitness.clip, cpu_s=cpu_s):
            print(f"{steps:>5}  {line}", flush=True)
    return 0


def _measure(settings: Settings, name: str) -> tuple[Ratios, float]:
    """Log ratios to ReLU of every known function, and the median CPU seconds of one."""
    with open_session(settings, name) as session:
        relu = session.scorer.relu.ood
        evaluations = [
            session.lab.measure(known.source) for known in compared(settings.validation.catalog)
        ]
    scored = [fit for fit in evaluations if fit.status is Status.SCORED]
    seconds = float(np.median([fit.timings["cpu_s"] for fit in scored]))
    ratios = {
        fit.candidate_id: log_ratio(np.array(fit.ood), relu, epsilon=settings.fitness.epsilon)
        for fit in scored
    }
    return ratios, seconds


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
            ranked = [spearmanr(means[:, s].mean(axis=1), wanted).statistic for s in subsets]
            cost = cpu_s * size / tasks * used / replicates
            yield f"{used:>10}  {size:>5}  {np.mean(ranked):>22.3f}  {cost:>19.2f}"
