"""Candidates per CPU hour: this lab, and what others would do with the same tasks.

Ours are generations of a search from ReLU, by their three jobs: propose (mutation, gate),
train (a locked child a candidate) and select, with the starts of these and of their warm
processes. Once every fit goes to its end, once a ladder stops what promises little.
The peers train some of the same candidates, one network after the other, in a plain loop of
torch with Adam fused as ours is, in a process a candidate: by itself, and as the evaluator of
OpenEvolve's own search, whose model stands on loopback and answers at once.
Run: make bench, or make bench OPENEVOLVE=PYTHON
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

import torch
import yaml
from bench_ladder import LADDER
from lab_generation import Generation, fit_s, next_generation, search, together
from peers import Trained, has_openevolve, openevolve, plain, write_tasks

from actmine import layout
from actmine.evolution.reading import read_scorer
from actmine.lab.measure import measurement
from actmine.lab.scorer import Scorer
from actmine.records.evaluation import Evaluation
from actmine.settings.frozen import read_settings
from actmine.settings.measurements import SEARCH
from actmine.tasks.suite import load_suite
from configured import FROM_RELU, changed

ENVIRON = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "NO_PROXY": "127.0.0.1"}
PLAIN = "a plain loop a network, a process a candidate"
OPENEVOLVE = "OpenEvolve, with this as its evaluator"
PEERS = {PLAIN: "the loop", OPENEVOLVE: "OpenEvolve"}
INSTALL = "pip install openevolve==0.4.1 in an environment of its own, then --openevolve PYTHON"


def measure(args: argparse.Namespace, folder: Path) -> None:
    """Measures ours and theirs by turns, and prints what came of it."""
    run, last = folder / "peer", max(args.generations)
    ladder = yaml.safe_load(args.ladder)
    asked = {
        "preset": args.preset,
        "candidates_per_job": args.candidates,
        "search": {**FROM_RELU, "ladder": ladder},
    }
    search(run, generations=last, **asked)
    snakemake_s = search(run, generations=last, **asked)  # there is nothing left to do
    config = changed(
        read_settings(run / layout.RUN_FILE),
        search={"candidates_per_island": args.candidates},
    )
    suite = load_suite(layout.arrays(run, SEARCH), layout.manifest(run, SEARCH))
    scorer = read_scorer(run, config, SEARCH)
    tasks = folder / "tasks.pt"
    write_tasks(measurement(SEARCH, suite, config), scorer, tasks)
    to_the_end = changed(config, search={"ladder": []})
    whole, cut = (
        together(
            next_generation(run, of, number=number, out=folder / f"{name}-{number}")
            for number in args.generations
        )
        for name, of in (("whole", to_the_end), ("cut", config))
    )
    some = whole.some(args.trained)
    programs = [whole.sources[one.candidate_id] for one in some]
    loop = plain(programs, folder, tasks=tasks)
    each_s = {
        "this lab, every fit to its end": whole.candidate_s,
        "this lab, with the ladder": cut.candidate_s,
        PLAIN: loop.cpu_s,
    }
    remarks = [
        f"to the end: {jobs(whole)}",
        f"with the ladder: {jobs(cut)}",
        f"Snakemake's start, once a run, is not in these: {snakemake_s:.1f} CPU s",
        f"the loop: {len(programs)} of the candidates, {loop.training_cpu_s:.2f} CPU s without "
        f"the start of a process, where ours of the same takes {fit_s(some):.2f}; "
        f"fitness within {difference(some, loop, scorer):.0e} of ours",
    ]
    if has_openevolve(args.openevolve):
        programs += [source for source in whole.sources.values() if source not in programs]
        each_s[OPENEVOLVE], remark = around(programs, folder, tasks, args)
        remarks.append(remark)
    else:
        remarks.append(f"OpenEvolve is left out: {INSTALL}")
    tell(each_s)
    print("\n".join(remarks))


def around(
    programs: Sequence[str], folder: Path, tasks: Path, args: argparse.Namespace
) -> tuple[float, str]:
    """CPU seconds of a program in OpenEvolve, its start spread over as many as ours is."""
    evaluated, spent = openevolve(
        args.openevolve, programs, folder, tasks=tasks, trained=args.trained
    )
    own = (spent - evaluated.cpu_s * len(evaluated.scores)) / len(programs)
    remark = (
        f"OpenEvolve: {len(programs)} programs, of which {len(evaluated.scores)} are trained; "
        f"beside its evaluator it takes {own:.2f} CPU s a program, its start among them"
    )
    return evaluated.cpu_s + own, remark


def jobs(of: Generation) -> str:
    """What the candidates of a generation consist of."""
    told = ", ".join(f"{name} {spent:.1f}" for name, spent in of.cpu_s.items())
    return (
        f"{of.stopped} of {len(of.evaluations)} candidates stopped; CPU s of the jobs: {told}; "
        f"of a candidate's own process {fit_s(of.evaluations):.2f}"
    )


def difference(some: Sequence[Evaluation], loop: Trained, scorer: Scorer) -> float:
    """How far the loop's fitness is from the lab's, at most."""
    ours = [fitness.value for one in some if (fitness := scorer.fitness(one))]
    return max(abs(a - b) for a, b in zip(ours, loop.scores, strict=True))


def tell(each_s: dict[str, float]) -> None:
    """Prints a row a way; in the last columns, its candidates to those of each peer."""
    peers = [way for way in PEERS if way in each_s]
    heads = "".join(f"{f'to {PEERS[peer]}':>15}" for peer in peers)
    print(f"{'a candidate':<46}{'CPU s':>8}{'a CPU hour':>12}{heads}")
    for way, seconds in each_s.items():
        ratios = "".join(f"{each_s[peer] / seconds:>15.1f}" for peer in peers)
        print(f"{way:<46}{seconds:>8.2f}{3600 / seconds:>12.0f}{ratios}")


def main() -> None:
    """Measures all ways in one run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="demo")
    parser.add_argument(
        "--generations", type=int, nargs="+", default=[2, 4, 6, 8], help="of the search, from 1"
    )
    parser.add_argument("--candidates", type=int, default=50, help="of each of them")
    parser.add_argument("--ladder", default=LADDER, help="search.ladder, as YAML")
    parser.add_argument("--trained", type=int, default=3, help="candidates of each peer")
    parser.add_argument("--openevolve", metavar="PYTHON", help=INSTALL)
    args = parser.parse_args()
    os.environ.update(ENVIRON)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        measure(args, Path(folder))


if __name__ == "__main__":
    main()
