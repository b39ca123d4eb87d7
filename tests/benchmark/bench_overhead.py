"""Which share of a search's time on two cores goes into training, and where the rest goes.

A copy of the project searches for real, but for the training steps of a fit: instead, it
sleeps until so many seconds are over. All else is as ever: Snakemake, the start of each job,
the gate, the warm process, a locked child per candidate, messages, scoring, store, select.
Run: make bench, where 1,000 candidates of 3 s take some 28 minutes, asleep for the most part.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

from actmine.evolution.reading import read_evaluations
from actmine.tables.job_usage import read_job_usage
from checkouts import Checkout, copy_project

FIT = "trainer.fit(ensemble, Stretches(work, stops=stops))"
# What a fit leaves behind: a loss a step. The networks stay as they were drawn.
LOSSES = "ensemble.losses.append(torch.ones(len(work.weights[0]), steps))"
# The whole of a fit, with its networks' making and their predictions, takes the seconds; but
# not the fit of two steps with which a warm process pays its imports.
SLEEP = """

_pretended = fit


def fit(activation, work, **options):
    import time

    started = time.monotonic()
    fitted = _pretended(activation, work, **options)
    if len(work.minibatches) > 2:
        time.sleep(max(0.0, {seconds} - (time.monotonic() - started)))
    return fitted
"""
CORES = 2
BARRIER_S = 2.0  # a core that idles longer waits for another job, not for the scheduler
STAGES = {"propose": "propose", "select": "select", "benchmark": "train"}


@dataclass(frozen=True, kw_only=True)
class Job:
    """A finished job: its stage, and its first and last second on the clock."""

    stage: str
    start: float
    end: float


def pretend_to_train(checkout: Checkout, *, seconds: float) -> None:
    """Lets the copy's fits sleep."""
    path = checkout.folder / "workflow_scripts" / "actmine" / "lab" / "fit.py"
    text = path.read_text(encoding="utf-8")
    if text.count(FIT) != 1:
        sys.exit(f"{path}: the one line `{FIT}` is not there; adapt FIT")
    text = text.replace(FIT, LOSSES) + SLEEP.format(seconds=seconds)
    path.write_text(text, encoding="utf-8")


def finished_jobs(run: Path) -> list[Job]:
    """All jobs of a run, from the seconds that Snakemake noted."""
    jobs = []
    for path in run.rglob("*.tsv"):
        used, end = read_job_usage(path), path.stat().st_mtime
        if used is not None:
            stage = STAGES.get(path.stem, "other")
            jobs.append(Job(stage=stage, start=end - used.wall_s, end=end))
    return jobs


def idle(jobs: list[Job], *, start: float, end: float) -> tuple[float, float]:
    """Core seconds without a job: in gaps up to BARRIER_S, and in longer ones."""
    moments = sorted({start, end, *(t for one in jobs for t in (one.start, one.end))})
    short, long = 0.0, 0.0
    for core in range(CORES):
        gap = 0.0
        for before, after in pairwise(moments):
            middle = (before + after) / 2
            running = sum(one.start <= middle < one.end for one in jobs)
            if running <= core:
                gap += after - before
                continue
            short, long = _counted(gap, short, long)
            gap = 0.0
        short, long = _counted(gap, short, long)
    return short, long


def _counted(gap: float, short: float, long: float) -> tuple[float, float]:
    return (short, long + gap) if gap > BARRIER_S else (short + gap, long)


def report(run: Path, *, started: float, ended: float, seconds: float, cpu_s: float) -> None:
    """Prints where the core seconds went.

    Args:
        cpu_s: of all processes. A pretended fit uses next to none: this is about what the
            rest would take on cores that nobody else uses.
    """
    jobs = finished_jobs(run)
    evaluations = read_evaluations(run.glob("*/gen_*/island_*/shard_*/evaluations.jsonl"))
    # One source trains once, and the store gives it to whoever proposes it again.
    walls = {one.candidate_id: one.timings["wall_s"] for one in evaluations if one.timings}
    trained = [wall for wall in walls.values() if wall > seconds]
    first = min(one.start for one in jobs)
    short, long = idle(jobs, start=first, end=ended)
    spent = {
        stage: sum(one.end - one.start for one in jobs if one.stage == stage)
        for stage in ("propose", "train", "select", "other")
    }
    parts = {
        "training": seconds * len(trained),
        "beyond the fit: fork, locks, messages, scoring": sum(trained) - seconds * len(trained),
        "start of train jobs: imports, warm process": spent["train"] - sum(trained),
        "propose": spent["propose"],
        "select": spent["select"],
        "suites, reference, identity": spent["other"],
        "start and planning of Snakemake": CORES * (first - started),
        f"idle up to {BARRIER_S:g} s: scheduler, start of jobs": short,
        "idle for longer: barriers, first and last job": long,
    }
    whole = CORES * (ended - started)
    counts = {s: sum(one.stage == s for one in jobs) for s in ("propose", "train", "select")}
    print(
        f"{len(trained)} candidates of {seconds:g} s, {counts['propose']} island-generations, "
        f"{counts['train']} train jobs, {CORES} cores, {ended - started:.0f} s"
    )
    for name, value in parts.items():
        print(f"{name:<46}{value:10.1f} core s {value / whole:8.1%}")
    pretended = seconds * len(trained)
    alone = pretended / (pretended + cpu_s + long)
    print(f"all processes used {cpu_s:.0f} CPU s: on cores of its own, {alone:.1%} is training")


def main() -> None:
    """Runs the search and prints the break-down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="of one pretended fit")
    parser.add_argument("--generations", type=int, default=10)
    parser.add_argument("--islands", type=int, default=2)
    parser.add_argument("--candidates", type=int, default=50, help="an island and generation")
    parser.add_argument("--per-job", type=int, default=50)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        checkout = copy_project(Path(folder))
        pretend_to_train(checkout, seconds=args.seconds)
        search = (
            f"search={{generations: {args.generations}, islands: {args.islands}, "
            f"candidates_per_island: {args.candidates}, ladder: []}}"
        )
        command = checkout.command(
            "search", "--cores", str(CORES), "--config", "run=overhead",
            f"candidates_per_job={args.per_job}", search,
        )  # fmt: skip
        started = time.time()
        done = subprocess.run(
            command,
            cwd=checkout.folder,
            env=checkout.environ(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        ended = time.time()
        if done.returncode:
            sys.exit(done.stdout[-4000:])
        run = Path(folder, "results", "overhead")
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu_s = used.ru_utime + used.ru_stime
        report(run, started=started, ended=ended, seconds=args.seconds, cpu_s=cpu_s)


if __name__ == "__main__":
    main()
