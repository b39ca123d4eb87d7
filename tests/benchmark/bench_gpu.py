"""A card against one core of the same machine: losses, order, functions a second, isolation.

Everything is measured in one run, with the processes of a real lab. It takes less than eight
minutes of an H100, as far as can be told without one. Run: python tests/benchmark/bench_gpu.py
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

import numpy as np
from scipy.stats import spearmanr

from actmine.functions.catalog import CATALOG, by_name
from actmine.lab.accelerator import STAND_IN
from actmine.lab.handlers import FIT, TRACES
from actmine.lab.measure import Lab, fit_limits, measurement
from actmine.lab.scorer import Scorer
from actmine.records.evaluation import Evaluation
from actmine.settings import configuration as config
from actmine.settings.configuration import families_of
from actmine.settings.measurements import SEARCH
from actmine.settings.sections import Settings
from actmine.tasks.suite import Suite, draw_suite

Device = Literal["cpu", "cuda"]
DEVICES: tuple[Device, ...] = ("cpu", "cuda")
GELU_SINE = "def activation(x):\n    return F.gelu(x) + 0.1 * torch.sin(x)\n"
BRANCHING = "def activation(x):\n    return x if x.sum() > 0 else F.relu(x)\n"
# Lists that a child past all locks might send; the last breaks a card's context.
HOSTILE = {
    "names what is not offered": [["torch.load", ["/etc/passwd"], {}, 1]],
    "asks for all memory": [["x.repeat", [{"value": 0}, 1 << 20, 1 << 10], {}, 1]],
    "reads out of bounds": [
        ["torch.full_like", [{"value": 0}, 1 << 30], {}, 1],
        ["x.long", [{"value": 1}], {}, 1],
        ["torch.gather", [{"value": 0}, 1, {"value": 2}], {}, 1],
    ],
}


@contextmanager
def opened(settings: Settings, suite: Suite, device: Device) -> Iterator[Lab]:
    """A lab on a device, with a store of its own."""
    there = replace(settings, lab=replace(settings.lab, device=device))
    what = measurement(SEARCH, suite, there)
    limits = fit_limits(settings.sandbox, [])
    with (
        tempfile.TemporaryDirectory() as kept,
        Lab(what, limits=limits, kept=Path(kept)) as lab,
    ):
        lab.measure(by_name("softplus").source)  # what starts late is paid here
        yield lab


def timed(lab: Lab, sources: Sequence[str]) -> tuple[list[Evaluation], float]:
    """Evaluations, and the seconds on the clock that one took."""
    start = time.perf_counter()
    with ThreadPoolExecutor(lab.at_a_time) as threads:
        found = list(threads.map(lab.measure, sources))
    return found, (time.perf_counter() - start) / len(sources)


def drawn(settings: Settings, times: int) -> Suite:
    """The search tasks, so many times as many."""
    families = families_of(settings, SEARCH).times(times)
    samples = settings.tasks.samples
    return draw_suite(SEARCH, families, samples=samples, seed=settings.seed)


def agreement(settings: Settings, count: int) -> None:
    """Prints the card's name, and how the catalog's losses and order differ from a core's."""
    suite = drawn(settings, 1)
    sources = [known.source for known in CATALOG[:count]]
    sources += [by_name(name).source for name in ("relu", "gelu")]
    fitness = {}
    for device in DEVICES:
        with opened(settings, suite, device) as lab:
            if lab.device != "cpu":
                print(f"{lab.device}; {settings.lab.side_by_side} functions side by side")
            found, _ = timed(lab, sources)
        rule = replace(settings.fitness, mixed_devices=True)
        scorer = Scorer(found, families=suite.families, rule=rule)
        scored = [scorer.fitness(one) for one in found]
        fitness[device] = np.array([one.value if one else np.nan for one in scored])
    apart = np.abs(fitness["cuda"] - fitness["cpu"])
    order = spearmanr(fitness["cpu"], fitness["cuda"], nan_policy="omit").statistic
    alike = (np.isnan(fitness["cpu"]) == np.isnan(fitness["cuda"])).all()
    print(f"{len(sources)} known functions on {len(suite.tasks)} tasks, card against core")
    print(
        f"  fitness apart, median and most     {np.nanmedian(apart):.5f} {np.nanmax(apart):.5f}"
    )
    print(f"  Spearman's correlation of orders   {order:.5f}")
    print(f"  the same functions have losses     {'yes' if alike else 'NO'}")


def speed(settings: Settings, times: Sequence[int], count: int) -> None:
    """Prints seconds a function on a core and on the card."""
    print("tasks   s on a core   s on the card, alone   side by side   core / card")
    for multiple in times:
        suite = drawn(settings, multiple)
        sources = [f"{GELU_SINE}# {number}\n" for number in range(count)]
        with opened(settings, suite, "cpu") as lab:
            core = timed(lab, sources[:1])[1]
        with opened(settings, suite, "cuda") as lab:
            alone = timed(lab, sources[:1])[1]
            together = timed(lab, sources[1:])[1]
        print(
            f"{len(suite.tasks):5d}   {core:11.2f}   {alone:20.3f}   {together:12.3f}   "
            f"{core / together:11.1f}",
            flush=True,
        )


def isolation(settings: Settings) -> None:
    """Prints what becomes of what must not be trained on a card, and of its neighbours."""
    suite = drawn(settings, 1)
    with opened(settings, suite, "cuda") as lab:
        one = lab.measure(BRANCHING)
        print(f"isolation\n  a function of values: {one.status}, {one.reason[:60]}…")
        batch, width = settings.lab.batch, settings.lab.width
        for what, operations in HOSTILE.items():
            written = {"shape": [batch, width], "operations": operations}
            asked = {
                "kind": FIT, TRACES: [{**written, "output": len(operations)}], "rungs": [],
                "depth": settings.lab.depth, "learning_rate": 0.01, "optimizer": "adam",
                "looks": 0,
            }  # fmt: skip
            accelerator = lab._accelerator
            if accelerator is None:
                raise SystemExit("no card is held")
            reply = accelerator.run(asked, (lab._name, lab._arrays), limits=lab.limits)
            told = reply.reason or reply.header.get("untraceable", "TRAINED")
            after = lab.measure(f"{GELU_SINE}# after a list that {what}\n").status
            print(f"  a list that {what}: {str(told)[:60]}…; the next fit: {after}")


def main() -> None:
    """Prints four tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="demo")
    parser.add_argument("--known", type=int, default=len(CATALOG), help="of the catalog")
    parser.add_argument("--times", type=int, nargs="*", default=[1, 9, 36], help="the tasks")
    parser.add_argument("--functions", type=int, default=17, help="timed on the card")
    parser.add_argument(
        "--stand-in", action="store_true", help="a processor for the card, to try this script"
    )
    args = parser.parse_args()
    if args.stand_in:
        os.environ[STAND_IN] = "1"
    settings = config.load(args.preset)
    agreement(settings, args.known)
    speed(settings, args.times, args.functions)
    isolation(settings)


if __name__ == "__main__":
    main()
