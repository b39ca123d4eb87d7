"""CPU seconds of fits: against another checkout's, or by the number of tasks.

Each function is trained in turn by both checkouts, on the same networks, rows and minibatches,
with one thread. What examines a candidate in its fit takes part where a checkout has it.
Run: make bench; against an older commit: bench_fit.py --against a checkout of it
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from actmine.functions.catalog import CATALOG, by_name
from actmine.gate.probes import probes_of
from actmine.lab.measure import Measurement, measurement
from actmine.lab.work import FitSettings, Work, prepare
from actmine.settings.configuration import families_of, load
from actmine.settings.measurements import SEARCH
from actmine.tasks.suite import draw_suite

ROOT = Path(__file__).resolve().parents[2]
OURS = {
    "gelu + sin": "def activation(x):\n    return F.gelu(x) + 0.1 * torch.sin(x)\n",
    "80 FLOPs": """def activation(x):
    gated = torch.tanh(x) * torch.sigmoid(1.3 * x)
    wave = 0.3 * torch.sin(2.0 * x) * torch.exp(-0.5 * x * x)
    slow = torch.log1p(x * x) / (1.0 + x.abs())
    return gated + torch.where(x > 0, x, 0.2 * x) + wave - 0.1 * slow
""",
}
FUNCTIONS = ["relu", "gelu", "silu", *OURS]


class Worker:
    """A process that trains with one checkout's code."""

    def __init__(self, checkout: Path) -> None:
        code = str(checkout.resolve() / "workflow_scripts")
        threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS")}
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("fit_worker.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **threads, "PYTHONPATH": code},
            text=True,
        )

    def train(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What came of one fit."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        if not (line := self._process.stdout.readline()):
            sys.exit("a worker ended; its error stands above")
        answer: dict[str, Any] = json.loads(line)
        return answer


def source_of(name: str) -> str:
    """The source of one of ours, or of a known function."""
    return OURS[name] if name in OURS else by_name(name).source


def repeated(work: Work, tasks: int) -> Work:
    """So many tasks: these ones, again and again."""
    have, replicates = len(work.x_train), work.minibatches.shape[1]

    def stacked(array: Any, each: int) -> Any:
        return np.concatenate([array] * -(-tasks // have))[: tasks * each]

    rows = {name: stacked(getattr(work, name), 1) for name in ("x_train", "y_train", "x_test")}
    weights, biases = (
        tuple(stacked(array, replicates) for array in stack)
        for stack in (work.weights, work.biases)
    )
    return replace(work, **rows, weights=weights, biases=biases)


@contextmanager
def request(work: Work, asked: Measurement, *, ladder: bool) -> Iterator[dict[str, Any]]:
    """What a worker is asked, but for the source."""
    settings = asked.settings
    arrays: dict[str, Any] = {
        name: value for name, value in vars(work).items() if isinstance(value, np.ndarray)
    }
    for kind in ("weights", "biases"):
        for layer, array in enumerate(getattr(work, kind)):
            arrays[f"{kind}_{layer}"] = array
    probes = asdict(probes_of(settings, seed=settings.seed))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "work.npz")
        np.savez(path, **arrays)
        yield {
            "work": str(path),
            "learning_rate": settings.learning_rate,
            "optimizer": settings.optimizer,
            "rungs": list(asked.rungs) if ladder else [],
            "probes": {key: value for key, value in probes.items() if key != "source"},
        }


def compare(workers: list[Worker], names: list[str], asked: dict[str, Any], times: int) -> None:
    """Prints a line a function."""
    ratios = []
    for name in names:
        one = {**asked, "source": source_of(name)}
        fits = [[worker.train(one) for worker in workers] for _ in range(times + 1)][1:]
        spent = [median(fit["cpu_s"] for fit in way) for way in zip(*fits, strict=True)]
        line = f"{name:<24}" + "".join(f"{seconds:>8.3f} CPU s" for seconds in spent)
        if len(workers) == 2:
            ratios.append(median(ours["cpu_s"] / theirs["cpu_s"] for ours, theirs in fits))
            ours, theirs = (np.array(fit["curve"]) for fit in fits[0])
            apart = np.abs(ours / theirs - 1).max()
            line += f"   ratio {ratios[-1]:.2f}   losses apart by {apart:.0e}"
        print(line, flush=True)
    if ratios:
        print(f"median ratio {median(ratios):.2f}")


def main() -> None:
    """Prints CPU seconds, and ratios where there is something to compare with."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="demo")
    parser.add_argument("--against", type=Path, help="a checkout to compare with")
    parser.add_argument("--functions", nargs="+", default=FUNCTIONS, help="or: catalog")
    parser.add_argument("--times", type=int, default=3, help="fits of each; the median counts")
    parser.add_argument("--steps", type=int, help="in place of the preset's")
    parser.add_argument("--no-ladder", action="store_true", help="no predictions on the way")
    parser.add_argument("--tasks", type=int, nargs="+", help="CPU time a task, of one function")
    args = parser.parse_args()
    config = load(args.preset)
    suite = draw_suite(
        SEARCH, families_of(config, SEARCH), samples=config.tasks.samples, seed=config.seed
    )
    asked = measurement(SEARCH, suite, config)
    settings: FitSettings = asked.settings
    if args.steps:
        settings = replace(settings, steps=args.steps)
        asked = replace(asked, settings=settings, rungs=())
    work, _ = prepare(suite, replicates=asked.replicates, settings=settings)
    print(f"{len(work.weights[0])} networks, {settings}, one thread")
    workers = [Worker(checkout) for checkout in (ROOT, args.against) if checkout]
    if not args.tasks:
        names = args.functions
        if names == ["catalog"]:
            names = [known.name for known in CATALOG]
        with request(work, asked, ladder=not args.no_ladder) as common:
            compare(workers, names, common, args.times)
        return
    for tasks in args.tasks:
        with request(repeated(work, tasks), asked, ladder=False) as common:
            one = {**common, "source": source_of("gelu + sin")}
            spent = [workers[0].train(one)["cpu_s"] for _ in range(args.times)]
        print(f"{tasks:>6} tasks: {1e3 * median(spent) / tasks:.2f} CPU ms a task", flush=True)


if __name__ == "__main__":
    main()
