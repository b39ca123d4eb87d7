"""What a candidate costs beyond its training: the sandbox, the messages, the scoring.

Trains one candidate many times in one shard, each in a child of its own, and compares with
the same fit in this process. Run: make bench
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

import numpy as np
import torch

from actmine.functions.catalog import by_name
from actmine.gate.static import load
from actmine.lab.fit import fit
from actmine.lab.measure import Lab, fit_limits, lab_settings, measurement
from actmine.lab.work import prepare
from actmine.settings import configuration as config
from actmine.settings.configuration import families_of
from actmine.settings.measurements import SEARCH
from actmine.tasks.suite import draw_suite


def cpu_s() -> float:
    """CPU seconds of this process alone."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Prints seconds per candidate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=8)
    parser.add_argument("--preset", default="demo")
    args = parser.parse_args()
    torch.set_num_threads(1)
    settings = config.load(args.preset)
    suite = draw_suite(
        "search",
        families_of(settings, "search"),
        samples=settings.tasks.samples,
        seed=settings.seed,
    )
    what = measurement(SEARCH, suite, settings)
    lab = lab_settings(settings)
    source = by_name("gelu").source
    work, _ = prepare(suite, replicates=what.replicates, settings=lab)
    here = []
    for _ in range(args.candidates):
        start = time.process_time()
        fit(load(source), work, learning_rate=lab.learning_rate)
        here.append(time.process_time() - start)
    with tempfile.TemporaryDirectory() as store:
        opened = Lab(what, limits=fit_limits(settings.sandbox, []), kept=Path(store))
        with opened:
            start = time.perf_counter()
            opened.measure(f"{source}# first\n")
            first = time.perf_counter() - start
            parent, started = cpu_s(), time.perf_counter()
            timings = [
                opened.measure(f"{source}# {index}\n").timings
                for index in range(args.candidates)
            ]
            wall = (time.perf_counter() - started) / args.candidates
            parent = (cpu_s() - parent) / args.candidates
    child = float(np.median([one["cpu_s"] for one in timings]))
    train = float(np.median(here))
    print(f"{args.candidates} candidates of one shard, preset {args.preset}, medians")
    print(f"training in this process, warm             {train:8.3f} CPU s")
    print(f"training in a child of its own             {child:8.3f} CPU s")
    print(f"parent: messages, scoring, store           {parent:8.3f} CPU s")
    print(f"beyond its training                        {child + parent - train:8.3f} CPU s")
    print(f"a candidate, on the clock                  {wall:8.3f} s")
    print(f"start-up of the shard, once                {first - wall:8.3f} s")


if __name__ == "__main__":
    main()
