"""What examining a candidate in its fit costs: CPU seconds of both, and the whole to the rest.

Each function is trained on the demo's tasks. The time of what examines it is taken within the
one fit, since two fits on a shared machine differ by more. Run: make bench
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import torch

from actmine.functions.catalog import by_name
from actmine.gate.probes import probes_of
from actmine.gate.static import load
from actmine.lab import lightning
from actmine.lab.allocation import keep_freed_memory
from actmine.lab.consistency import Watch
from actmine.lab.fit import fit
from actmine.lab.measure import measurement
from actmine.lab.work import prepare
from actmine.settings.configuration import families_of
from actmine.settings.configuration import load as load_settings
from actmine.settings.measurements import SEARCH
from actmine.tasks.suite import draw_suite


def timed(function: Callable[..., None], spent: list[float]) -> Callable[..., None]:
    """The function, which notes its CPU seconds."""

    def call(*given: Any, **named: Any) -> None:
        start = time.process_time()
        function(*given, **named)
        spent.append(time.process_time() - start)

    return call


def main() -> None:
    """Prints a line a function."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="demo")
    parser.add_argument("--functions", nargs="+", default=["relu", "gelu", "gelusine", "fisg"])
    parser.add_argument("--times", type=int, default=5, help="runs of each; the median counts")
    args = parser.parse_args()
    torch.set_num_threads(1)
    lightning.leave_compiler_out()
    lightning.import_lightning()
    keep_freed_memory()  # as in the lab's process
    config = load_settings(args.preset)
    suite = draw_suite(
        SEARCH, families_of(config, SEARCH), samples=config.tasks.samples, seed=config.seed
    )
    asked = measurement(SEARCH, suite, config)
    settings = asked.settings
    work, _ = prepare(suite, replicates=asked.replicates, settings=settings)
    spent: list[float] = []
    for name in ("__init__", "take"):
        setattr(Watch, name, timed(getattr(Watch, name), spent))
    for name in args.functions:
        source = by_name(name).source
        probes = probes_of(settings, seed=settings.seed, source=source)
        runs = []
        for _ in range(args.times + 1):  # the first warms up
            spent.clear()
            start = time.process_time()
            fit(
                load(source),
                work,
                learning_rate=settings.learning_rate,
                optimizer=settings.optimizer,
                probes=probes,
            )
            whole, examined = time.process_time() - start, sum(spent)
            runs.append((whole / (whole - examined), whole, examined))
        ratio, whole, examined = sorted(runs[1:])[args.times // 2]
        print(
            f"{name:<12}{whole:>8.2f} CPU s, of which {examined:.3f} examine: {ratio:.3f} times"
        )


if __name__ == "__main__":
    main()
