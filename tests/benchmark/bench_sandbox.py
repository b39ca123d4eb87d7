"""What the kernel's layers cost a candidate, against the same child without them.

The two kinds of child take turns, so that a busy machine troubles both alike.
Run: make bench
"""

import argparse
import contextlib
import io
import sys
from pathlib import Path
from types import ModuleType

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

import numpy as np
import torch
from numpy.typing import NDArray

from actmine.functions.catalog import by_name
from actmine.gate import handlers as gate
from actmine.lab import handlers as lab
from actmine.lab.measure import fit_limits, lab_settings, measurement
from actmine.lab.work import prepare
from actmine.sandbox.host import Sandbox
from actmine.sandbox.layers import Limits
from actmine.sandbox.protocol import Arrays
from actmine.sandbox.worker import Header
from actmine.settings import configuration as config
from actmine.settings.configuration import families_of
from actmine.settings.measurements import SEARCH
from actmine.tasks.suite import draw_suite

MOST_MS, MOST_RATIO = 60.0, 1.05


def main() -> None:
    """Prints milliseconds and a ratio; the exit code is 1 if one is above its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=8)
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
    work, _ = prepare(suite, replicates=what.replicates, settings=lab_settings(settings))
    arrays, limits = lab.request_arrays(work), fit_limits(settings.sandbox, [])
    source = by_name("gelu").source
    fit = lab.fit_request(source, lab_settings(settings))
    curve = {"kind": gate.SAMPLE, "source": source}
    x = {"x": np.linspace(-2, 2, 64 * 8, dtype=np.float32).reshape(64, 8)}
    small = _cpu_s(gate, curve, x, limits, pairs=8 * args.pairs)
    large = _cpu_s(lab, fit, arrays, limits, pairs=args.pairs)
    added = 1000 * float(np.median(small["strict"] - small["gate-only"]))
    child = 1000 * float(np.median(small["strict"]))
    ratio = float(np.median(large["strict"] / large["gate-only"]))
    print(
        f"a child with all layers, a curve of 64 rows   {child:8.1f} CPU ms (limit {MOST_MS})"
    )
    print(f"of that, Landlock and seccomp                 {added:8.1f} CPU ms")
    seconds = np.median(large["strict"])
    print(f"a fit of preset {args.preset:<8}                      {seconds:8.3f} CPU s")
    print(f"the same fit, with layers over without        {ratio:8.3f}    (limit {MOST_RATIO})")
    sys.exit(child > MOST_MS or ratio > MOST_RATIO)


def _cpu_s(
    handlers: ModuleType, request: Header, arrays: Arrays, limits: Limits, *, pairs: int
) -> dict[str, NDArray[np.float64]]:
    """CPU seconds of each child by profile, in turns."""
    with contextlib.redirect_stderr(io.StringIO()):  # its warning is not for a benchmark
        bare = Sandbox(handlers, isolation="gate-only")
    with bare, Sandbox(handlers) as strict:
        sandboxes = {"strict": strict, "gate-only": bare}
        spent: dict[str, list[float]] = {name: [] for name in sandboxes}
        for _ in range(pairs):
            for name, sandbox in sandboxes.items():
                reply = sandbox.run(request, arrays, limits=limits)
                if not reply.ok:
                    raise RuntimeError(f"{name}: {reply.reason}")
                spent[name].append(reply.cpu_s)
    return {name: np.array(values) for name, values in spent.items()}


if __name__ == "__main__":
    main()
