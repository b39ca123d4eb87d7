"""What the ladder saves, and what it costs: a search from ReLU with and without it, by seed.

Two runs of the real workflow, each with an arm a seed; two, because the arms of one run share
its store. Prints CPU seconds of training, the share of fits that were stopped, and the
held-out fitness of the champions, with the paired difference over seeds. Run:
python tests/benchmark/bench_ladder.py --out FOLDER [--seeds 11 12] [--generations 8]
A second call with the same folder goes on where the first one ended.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

import numpy as np
import yaml

from actmine import layout
from actmine.evolution.reading import read_evaluations, read_listed, read_scorer
from actmine.records.evaluation import Evaluation
from actmine.records.status import Status
from actmine.settings import frozen as runs
from actmine.settings.configuration import arm_settings
from actmine.settings.measurements import HELD_OUT, REMEASURED
from actmine.settings.sections import Settings
from actmine.validation.finalists import champion
from actmine.validation.material import by_id
from actmine.validation.statistics import mean_interval
from configured import FROM_RELU

ROOT = Path(__file__).resolve().parents[2]
SEEDS = (11, 12, 13, 14, 15)
LADDER = "[{steps: 25, keep: 3, margin: 0.1}, {steps: 50, keep: 3, margin: 0.05}]"
WORSE = 0.03  # held-out fitness that a saving may cost; a tenth of GELU's over ReLU [ours]


@dataclass(frozen=True, kw_only=True)
class Searched:
    """What one search spent, and what it found.

    Attributes:
        fits: candidates whose training began; `stopped` those that the ladder ended.
        cpu_s: CPU seconds of their processes.
        found: the champion that the run picks; empty if none qualified.
        held_out: its fitness on held-out tasks, or the seed's 0 if there is no champion.
    """

    fits: int
    stopped: int
    cpu_s: float
    found: str
    held_out: float


def carry_out(name: str, ladder: str, args: argparse.Namespace) -> list[Searched]:
    """One run with an arm a seed, up to its validation; what is there already is read."""
    given = {
        "run": name,
        "preset": args.preset,
        "results": str(args.out),
        "search": {
            **FROM_RELU,
            "generations": args.generations,
            "ladder": yaml.safe_load(ladder),
        },
        "arms": {f"seed-{seed}": {"search": {"seed": seed}} for seed in args.seeds},
        "validation": {"finalists": 3, "catalog": ["relu", "gelu"]},
    }
    folder = args.out / name
    asked = args.out / f"{name}.json"
    asked.write_text(json.dumps(given))
    command = [sys.executable, "-m", "snakemake", "--cores", str(args.cores)]
    command += ["--configfile", str(asked), "--", f"{folder}/validation/leaderboard.csv"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=sys.stderr)
    config = runs.read_settings(folder / layout.RUN_FILE)
    return [read(folder, arm_settings(config, arm), arm) for arm in given["arms"]]


def read(folder: Path, config: Settings, arm: str) -> Searched:
    """What one arm's files tell."""
    islands = sorted((folder / arm).glob("gen_*/island_*"))
    fits = read_evaluations(shard for place in islands for shard in layout.shards(place))
    again, held_out = (
        by_id(read_evaluations(layout.shards(layout.finalists_measured(folder, arm, name))))
        for name in (REMEASURED, HELD_OUT)
    )
    scorers = {name: read_scorer(folder, config, name) for name in (REMEASURED, HELD_OUT)}
    best = champion(
        read_listed(layout.finalists(folder, arm)),
        {key: scorers[REMEASURED].fitness(one) for key, one in again.items()},
    )
    fitness = scorers[HELD_OUT].fitness(held_out[best.candidate_id]) if best else None
    return Searched(
        fits=len(fits),
        stopped=sum(one.status is Status.PRUNED for one in fits),
        cpu_s=cpu_s(fits),
        found=best.name if best else "",
        held_out=fitness.value if fitness else 0.0,
    )


def cpu_s(fits: Sequence[Evaluation]) -> float:
    """CPU seconds of their processes."""
    return float(sum(one.timings.get("cpu_s", 0.0) for one in fits))


def tell(seeds: Sequence[int], whole: Sequence[Searched], ladder: Sequence[Searched]) -> None:
    """Prints every search, then what the ladder saved and cost over all."""
    print(f"{'seed':>5} {'fits':<7}{'stopped':>9}{'CPU s':>9}{'held-out':>10}  champion")
    for seed, *both in zip(seeds, whole, ladder, strict=True):
        for name, one in zip(("whole", "ladder"), both, strict=True):
            print(
                f"{seed:>5} {name:<7}{one.stopped / one.fits:>9.0%}{one.cpu_s:>9.1f}"
                f"{one.held_out:>+10.3f}  {one.found or '-'}"
            )
    before, after = (sum(one.cpu_s for one in some) for some in (whole, ladder))
    stopped = sum(one.stopped for one in ladder) / sum(one.fits for one in ladder)
    print(
        f"training: {before:.0f} CPU s, {after:.0f} with the ladder: {1 - after / before:.0%}"
    )
    print(f"less; {stopped:.0%} of its fits were stopped")
    worth = [np.array([one.held_out for one in some]) for some in (ladder, whole)]
    if len(seeds) < 2:
        return
    found = mean_interval(worth[0] - worth[1])
    print(
        f"held-out fitness with the ladder minus without: {found.mean:+.3f} "
        f"(95% {found.low:+.3f} to {found.high:+.3f}, {len(seeds)} seeds); "
        f"not worse by more than {WORSE}: "
        f"{'on average' if found.mean > -WORSE else 'no'}"
        f"{', and in the whole interval' if found.low > -WORSE else ''}"
    )


def main() -> None:
    """Runs both, and compares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder that holds both runs")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--generations", type=int, default=8)
    parser.add_argument("--preset", default="demo")
    parser.add_argument("--ladder", default=LADDER, help="search.ladder, as YAML")
    parser.add_argument("--cores", type=int, default=2)
    args = parser.parse_args()
    args.out = args.out.resolve()
    args.out.mkdir(parents=True, exist_ok=True)
    print(f"ladder: {args.ladder}")
    tell(args.seeds, carry_out("whole", "[]", args), carry_out("ladder", args.ladder, args))


if __name__ == "__main__":
    main()
