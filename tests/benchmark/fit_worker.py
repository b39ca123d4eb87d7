"""Trains functions with a checkout's own lab, and tells their CPU seconds: see bench_fit.py.

Uses what the lab has had since it trains stacks, so that it runs on an older checkout too.
"""

import inspect
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from actmine.gate.static import load
from actmine.lab.allocation import keep_freed_memory
from actmine.lab.fit import fit
from actmine.lab.work import Work


def read_work(path: Path) -> Work:
    """The same networks, rows and minibatches for every checkout."""
    with np.load(path) as arrays:
        named: dict[str, Any] = dict(arrays)
    stacks: dict[str, Any] = {
        kind: tuple(named.pop(name) for name in sorted(named) if name.startswith(kind))
        for kind in ("weights", "biases")
    }
    return Work(**named, **stacks)


def train(asked: dict[str, Any]) -> dict[str, Any]:
    """CPU seconds of one fit, and its losses on the way."""
    options = {name: asked[name] for name in ("learning_rate", "optimizer", "rungs")}
    if "probes" in inspect.signature(fit).parameters:  # the watch is part of the price
        from actmine.gate.probes import Probes

        options["probes"] = Probes(**asked["probes"], source=asked["source"])
    activation, work = load(asked["source"]), read_work(Path(asked["work"]))
    start = time.process_time()
    fitted = fit(activation, work, at_rung=lambda *_: True, **options)
    spent = time.process_time() - start
    return {"cpu_s": spent, "curve": fitted.curve.mean(axis=0).tolist()}


def main() -> None:
    """Answers a line for a line."""
    torch.set_num_threads(1)
    keep_freed_memory()
    for line in sys.stdin:
        print(json.dumps(train(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
