"""Seconds and peak memory of whatever reads a whole search, at 1,000 candidates and more.

A real run of one tiny generation is continued by generations that were never trained
(synthetic_run.py). At each size every stage runs once, in a process of its own, on files of
the real formats. The exponent is the slope of log seconds against log candidates between the
two largest sizes: 1 is linear, below 1 are costs that do not grow. Run: make bench
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

from synthetic_run import ARM, extend

from actmine import layout
from checkouts import Checkout, copy_project

SIZES = (1_000, 10_000, 100_000)
ISLANDS, PER_ISLAND, PER_JOB = 4, 50, 25
RUN = "scale"
AUDIT = "audit"  # finds the finalists, who were picked before the run was continued
# Reads a population as `propose` does, and makes its history ready to be compared with.
PROPOSE_READS = """
import sys
from pathlib import Path
from actmine.settings.configuration import load
from actmine.evolution.gatekeeper import Gatekeeper
from actmine.evolution.memory import read_population
Gatekeeper(None, load("smoke").gate, read_population(Path(sys.argv[1])))
"""
# Touches as `snakemake --touch` does, which writes the metadata of every finished job, but
# without its pause of 0.1 s a job.
TOUCH = """
from snakemake.executors import touch
touch.Executor.SLEEPING_TIME = 0
from snakemake.cli import main
main()
"""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a process took: on the clock, of processors, and its largest resident memory."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def measured(checkout: Checkout, command: Sequence[str], *, codes: Sequence[int]) -> Cost:
    """The cost of a command, which must end with one of these exit codes."""
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        pid = os.posix_spawn(
            command[0],
            list(command),
            checkout.environ(OMP_NUM_THREADS="1"),
            file_actions=[(os.POSIX_SPAWN_DUP2, said.fileno(), stream) for stream in (1, 2)],
        )
        _, status, used = os.wait4(pid, 0)
        wall_s = time.perf_counter() - started
        if os.waitstatus_to_exitcode(status) not in codes:
            said.seek(0)
            sys.exit(f"{command}: {said.read().decode()[-3000:]}")
    cpu_s = used.ru_utime + used.ru_stime
    return Cost(wall_s=wall_s, cpu_s=cpu_s, peak_mb=used.ru_maxrss / 1024)


def configuration(generations: int) -> list[str]:
    """Snakemake's command line for a run of so many generations."""
    search = (
        f"search={{generations: {generations}, islands: {ISLANDS}, "
        f"candidates_per_island: {PER_ISLAND}}}"
    )
    run = [f"run={RUN}", f"candidates_per_job={PER_JOB}", search]
    return ["--cores", "2", "--config", "preset=smoke", *run]


def tiny_run(checkout: Checkout) -> Path:
    """A finished run of the seeds and one generation that was never trained."""
    folder = checkout.folder / "results" / RUN
    seeds = [
        str(layout.island(folder, ARM, 0, number) / "population.json")
        for number in range(ISLANDS)
    ]
    targets = [str(Path(path).relative_to(checkout.folder)) for path in seeds]
    checkout.snakemake(*targets, *configuration(1))
    extend(folder, generations=1)
    checkout.snakemake(*configuration(1))
    return folder


def stages(checkout: Checkout, folder: Path, generations: int) -> dict[str, list[str]]:
    """The commands that are measured, by name."""
    scripts = checkout.folder / "workflow_scripts"
    python = [sys.executable]
    before = layout.island(folder, ARM, generations - 1, 0)
    last = layout.island(folder, ARM, generations, 0)
    given = ["--run", str(folder / layout.RUN_FILE), "--generations", str(generations)]
    out = checkout.folder / "measured"
    return {
        "propose: read the history": [
            *python, "-c", PROPOSE_READS, str(last / "population.json"),
        ],
        "select: one generation": [
            *python, str(scripts / "select_elites.py"),
            *("--run", str(folder / layout.RUN_FILE), "--arm", ARM),
            *("--generation", str(generations), "--island", "0"),
            *("--manifest", str(layout.manifest(folder, "search"))),
            *("--reference", str(layout.reference(folder, "search"))),
            *("--proposals", str(last / "proposals.jsonl")),
            *("--evaluations", *map(str, layout.shards(last))),
            *("--population", str(before / "population.json")),
            *("--out", str(out / "population.json")),
        ],
        "aggregate: tables, candidates' files": [
            *python, str(scripts / "aggregate.py"), *given,
            *("--tables", str(folder / "tables")),
            *("--candidates", str(folder / "candidates")),
        ],
        "report: collect and page": [
            *python, str(scripts / "write_report.py"), *given,
            *("--out", str(out / "index.html")),
        ],
        "seal": [*python, str(scripts / "seal.py"), "--folder", str(folder)],
        AUDIT: [*python, "-m", "actmine", "audit", str(folder)],
    }  # fmt: skip


def planning(checkout: Checkout, generations: int) -> dict[str, Cost]:
    """Plans of the whole search, before anything was run and once all but ten are finished."""
    python = [sys.executable, "-m", "snakemake"]
    dry = ["--dry-run", "--directory", str(checkout.folder), "--snakefile"]
    dry.append(str(checkout.folder / "Snakefile"))
    fresh = [*python, *dry, *configuration(generations)]
    fresh[fresh.index(f"run={RUN}")] = "run=fresh"
    costs = {"plan: a new run": measured(checkout, fresh, codes=(0,))}
    touch = [sys.executable, "-c", TOUCH, "search", "--touch", "--forceall", *dry[1:]]
    measured(checkout, [*touch, *configuration(generations)], codes=(0,))
    more = [*python, *dry, *configuration(generations + 10)]
    costs["plan: ten generations more"] = measured(checkout, more, codes=(0,))
    return costs


def print_costs(costs: dict[str, dict[int, Cost]], sizes: Sequence[int]) -> None:
    """A line a stage: seconds of processors and MB at each size, and the exponent."""
    print(f"{'CPU s / peak MB':<38}" + "".join(f"{size:>18,}" for size in sizes) + "  exponent")
    for name, by_size in costs.items():
        cells = [f"{by_size[s].cpu_s:.1f} / {by_size[s].peak_mb:.0f}" for s in sizes]
        print(f"{name:<38}" + "".join(f"{cell:>18}" for cell in cells), end="")
        if len(sizes) > 1:
            small, large = sizes[-2:]
            ratio = by_size[large].cpu_s / by_size[small].cpu_s
            print(f"{log(ratio) / log(large / small):10.2f}", end="")
        print(flush=True)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--up-to", type=int, default=SIZES[-1], help="candidates")
    args = parser.parse_args()
    sizes = [size for size in SIZES if size <= args.up_to]
    costs: dict[str, dict[int, Cost]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        checkout = copy_project(Path(temporary))
        folder = tiny_run(checkout)
        for size in sizes:
            generations = size // (ISLANDS * PER_ISLAND)
            extend(folder, generations=generations)
            for name, command in stages(checkout, folder, generations).items():
                codes = (0, 1) if name == AUDIT else (0,)
                costs.setdefault(name, {})[size] = measured(checkout, command, codes=codes)
            for name, cost in planning(checkout, generations).items():
                costs.setdefault(name, {})[size] = cost
            written = sum(
                path.stat().st_size for path in (folder / ARM).rglob("*") if path.is_file()
            )
            print(f"{size:,} candidates: {written / size / 1024:.1f} KB of records each")
            print_costs(costs, [one for one in sizes if one <= size])


if __name__ == "__main__":
    main()
