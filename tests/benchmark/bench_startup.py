"""What a job of each stage costs beyond its work: imports and warm processes.

The smoke preset runs once; then one job of each stage is repeated with the arguments and the
environment that Snakemake gave it, in turn with the same job of another checkout where one is
named. A stage's work is what it takes when it is called for the second time in one process:
its own CPU seconds, those of its locked children, and the warm process's once it is ready,
which are spent on forking them. Run: make bench
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

from checkouts import ROOT, copy_project

# Stands before each job's `python` and notes what it was given.
NOTE = """
import json, os, sys
with open(os.environ["NOTED"], "a") as file:
    print(json.dumps([sys.argv[1:], dict(os.environ)]), file=file)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
# Runs a stage twice in one process and prints the second call's work.
TWICE = """
import os, resource, runpy, sys, tempfile
from pathlib import Path
from actmine.sandbox.warm_process import WarmProcess

def own():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime

def warm(process):
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")

def waited(process):
    wait(process)
    started.setdefault(process, warm(process))

def counted(process):
    told = report(process)
    children.append(told["cpu_s"])
    return told

def closed(process):
    if process in started:
        children.append(warm(process) - started.pop(process))
    close(process)

wait, WarmProcess.wait_until_ready = WarmProcess.wait_until_ready, waited
report, WarmProcess.report = WarmProcess.report, counted
close, WarmProcess.close, out = WarmProcess.close, closed, sys.stdout
sys.argv = sys.argv[1:]
for _ in range(2):
    children, started, before = [], {}, own()
    if "--store" in sys.argv:
        sys.argv[sys.argv.index("--store") + 1] = tempfile.mkdtemp(dir=".")
    runpy.run_path(sys.argv[0], run_name="__main__")
print(own() - before + sum(children), file=out)
"""


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job's program with its arguments, and the environment it had."""

    words: Sequence[str]
    environ: Mapping[str, str]
    folder: Path

    def cpu_s(self) -> float:
        """CPU seconds of one repetition, of all its processes; nothing comes from the store."""
        with tempfile.TemporaryDirectory() as store:
            words = list(self.words)
            if "--store" in words:
                words[words.index("--store") + 1] = store
            return self._run(words)[0]

    def work_s(self) -> float:
        """CPU seconds of its second call in one process."""
        return float(self._run(["-c", TWICE, *self.words])[1].split()[-1])

    def _run(self, words: Sequence[str]) -> tuple[float, str]:
        before = spent()
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(done.stderr[-4000:])
        return spent() - before, done.stdout


def spent() -> float:
    """CPU seconds of all processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(root: Path, folder: Path) -> tuple[dict[str, list[Job]], float]:
    """The jobs of a checkout's smoke run, by stage, and the CPU seconds of all of it."""
    checkout = copy_project(folder / "checkout", root=root)
    note, noted = folder / "note.py", folder / "noted.jsonl"
    note.write_text(NOTE, encoding="utf-8")
    # Bash reads it before each job's command.
    shell = folder / "shell.sh"
    shell.write_text(f'python() {{ command python {note} "$@"; }}\n', encoding="utf-8")
    before = spent()
    done = subprocess.run(
        checkout.command("--cores", "1", "--config", "preset=smoke"),
        cwd=checkout.folder,
        env=checkout.environ(BASH_ENV=str(shell), NOTED=str(noted)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr[-4000:])
    whole, jobs = spent() - before, defaultdict(list)
    for line in noted.read_text(encoding="utf-8").splitlines():
        words, environ = json.loads(line)
        job = Job(words=words, environ=environ, folder=checkout.folder)
        jobs[Path(words[0]).stem].append(job)
    return jobs, whole


def main() -> None:
    """Prints a table, a stage a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, help="another checkout")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    roots = [ROOT, *([args.against.resolve()] if args.against else [])]
    columns = (
        "jobs",
        "CPU s a job",
        "its work",
        "beyond",
        *("other", "ratio")[: 2 * len(roots) - 2],
    )
    with tempfile.TemporaryDirectory() as place:
        runs = [run(root, Path(place, str(number))) for number, root in enumerate(roots)]
        print(f"{'stage':<20}" + "".join(f"{column:>12}" for column in columns))
        totals = [0.0] * len(runs)
        for stage, jobs in runs[0][0].items():
            same = [by_stage[stage][len(jobs) // 2] for by_stage, _ in runs]
            rounds = [[job.cpu_s() for job in same] for _ in range(args.rounds)]
            ours, *others = (median(times) for times in zip(*rounds, strict=True))
            work = median(same[0].work_s() for _ in range(args.rounds))
            figures = [
                ours,
                work,
                ours - work,
                *(f for one in others for f in (one, ours / one)),
            ]
            told = "".join(f"{figure:>12.2f}" for figure in figures)
            print(f"{stage:<20}{len(jobs):>12}{told}", flush=True)
            for number, one in enumerate((ours, *others)):
                totals[number] += len(jobs) * one
    print("all jobs: " + ", ".join(f"{total:.1f}" for total in totals) + " CPU s")
    print("the whole run: " + ", ".join(f"{whole:.1f}" for _, whole in runs) + " CPU s")


if __name__ == "__main__":
    main()
