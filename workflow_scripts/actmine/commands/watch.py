"""Shows how far a run is, from its files alone; beside the run, from another terminal."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from actmine.evolution.reading import find_run
from actmine.number_text import counted, duration, signed
from actmine.records.status import Status
from actmine.shown_text import visible
from actmine.tables.progress import Progress, Watcher

_BAR = 24  # characters
_CLEAR = "\x1b[H\x1b[J"  # the cursor home, and nothing below it


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument("run_name", metavar="RUN", help="a run's name, or its folder")
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of runs")
    parser.add_argument("--once", action="store_true", help="print it once and end")
    parser.add_argument(
        "--every", type=float, default=3.0, metavar="SECONDS", help="between two looks"
    )


def run(args: argparse.Namespace) -> int:
    """Prints the progress; again and again until the report stands, or Ctrl-C."""
    watcher = Watcher(find_run(args.run_name, results=args.results))
    live = not args.once and sys.stdout.isatty() and os.getenv("TERM", "dumb") != "dumb"
    while True:
        progress = watcher.look()
        text = "\n".join(lines(progress, now=time.time()))
        print(f"{_CLEAR}{text}" if live else text, flush=True)
        if args.once or progress.stages[-1].done:
            return 0
        try:
            time.sleep(max(args.every, 0.2))
        except KeyboardInterrupt:
            return 0


def lines(progress: Progress, *, now: float) -> Iterator[str]:
    """The display, a line each."""
    yield f"run {progress.name}"
    yield from _search(progress)
    yield f"  candidates  {_candidates(progress)}"
    if progress.best:
        fitness, name, where = progress.best
        yield f"  best        {signed(fitness, 3)} {visible(name)} ({where})"
    yield f"  spent       {_spent(progress)}"
    if progress.queue:
        yield f"  queue       {progress.queue}"
    after = (
        f"{stage.name} {stage.done} of {stage.of}"
        if stage.of > 1
        else f"{stage.name} {'done' if stage.done else 'to come'}"
        for stage in progress.stages
    )
    yield f"  validation  {', '.join(after)}"
    yield f"  time        {_time(progress, now)}"


def _search(progress: Progress) -> Iterator[str]:
    for arm, generation in progress.arms.items():
        label = "search" if len(progress.arms) == 1 else arm
        done = -1 if generation is None else generation
        if progress.plan is None:
            yield f"  {label:<11} generation {max(done, 0)}"
            continue
        total = progress.plan.generations
        full = round(_BAR * (done + 1) / (total + 1))
        bar = "#" * full + "-" * (_BAR - full)
        place = "before the seeds" if done < 0 else f"generation {done} of {total}"
        yield f"  {label:<11} {bar} {place}"


def _candidates(progress: Progress) -> str:
    """The new functions that the search tried, and what became of them."""
    counts = progress.statuses.copy()
    skipped = counts.pop(Status.SKIPPED, 0)
    tried = ", ".join(f"{n:,} {status}" for status, n in counts.most_common() if n)
    parts = (
        [f"{counts.total():,}: {tried}"]
        if tried
        else ["none yet; the known functions come first"]
    )
    return "; ".join(parts + [f"{counted(skipped, 'slot')} skipped"] * bool(skipped))


def _spent(progress: Progress) -> str:
    used, limits = progress.spent, progress.plan
    usd = limits.usd if limits else None
    parts = [
        f"{used.usd:.2f}" + (f" of {usd:,g}" if usd is not None else "") + " USD",
        _of(used.tokens, limits.tokens if limits else None, "token"),
        _of(used.requests, limits.requests if limits else None, "request"),
    ]
    models = ", ".join(parts) if used.requests else "no language model"
    return f"{duration(progress.cpu_s)} of CPU to train them; {models}"


def _of(used: int, limit: int | None, unit: str) -> str:
    return counted(used, unit) if limit is None else f"{used:,} of {counted(limit, unit)}"


def _time(progress: Progress, now: float) -> str:
    if progress.stages[-1].done:
        return "finished"
    left = progress.left
    if not progress.held:
        if left is not None and not left.search_s:
            return "stopped after the search; the same command without a target validates it"
        return "stopped: no Snakemake works on it; start it again to continue"
    since = f"{duration(now - progress.plan.started)} so far, " if progress.plan else ""
    if left is None:
        return f"{since}too early to tell how long it takes"
    search = f", {duration(left.search_s)} of it for the search" if left.search_s else ""
    return f"{since}about {duration(left.whole_s)} left{search}"
