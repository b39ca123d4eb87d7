"""Prints all that a run knows of one function: its champion, a candidate or a known one."""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from actmine import layout
from actmine.display.closing import verdict
from actmine.evolution.ancestry import (
    CHAMPION,
    Ancestor,
    find,
    first_line,
    listings,
    read_ancestors,
)
from actmine.evolution.population import Entry
from actmine.evolution.reading import find_run, measured_files, read_evaluations, read_scorer
from actmine.files import read_json, read_jsonl
from actmine.lab.scorer import task_families
from actmine.number_text import counted
from actmine.records.evaluation import Evaluation
from actmine.settings import frozen as runs
from actmine.settings.measurements import (
    HELD_OUT,
    MEASUREMENTS,
    REMEASURED,
    SEARCH,
    suite_name,
)
from actmine.settings.sections import Settings
from actmine.shown_text import visible

Row = dict[str, Any]

_STATUSES = {"accepted": "accepted by the gate"}
_TASKS = {
    SEARCH: "tasks of the search",
    REMEASURED: "fresh tasks of the search's kinds",
    HELD_OUT: "held-out tasks, which no choice had seen",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument("run_name", metavar="RUN", help="a run's name, or its folder")
    parser.add_argument(
        "candidate",
        metavar="ID",
        nargs="?",
        default=CHAMPION,
        help="a candidate's id or its first digits, a name as the report shows it, a known "
        "function's, or `champion`, which is the default",
    )
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of runs")


def run(args: argparse.Namespace) -> int:
    """Prints source, verdict, slots, turns at the archive, lineage, advice, measurements."""
    folder = find_run(args.run_name, results=args.results)
    settings = runs.read_settings(folder / layout.RUN_FILE)
    known = read_ancestors(folder)
    candidate = find(args.candidate, known, folder).candidate_id
    told = (
        *_mentions(folder, known[candidate]),
        *_verdict(folder, candidate),
        *turns(folder, candidate, known),
        *_lineage(candidate, known),
        *_advice(folder, known[candidate]),
    )
    print(visible("\n".join(told)))
    for name in MEASUREMENTS:
        if not layout.reference(folder, name).exists():
            continue  # not measured yet, or nothing to tell the fitness by
        evaluations = _evaluations(folder, list(settings.arms), name, candidate)
        if evaluations:
            print(visible("\n".join(_measured(folder, settings, name, evaluations[0]))))
    return 0


def _mentions(folder: Path, candidate: Ancestor) -> Iterator[str]:
    """Name, source and cost, and every slot or list that has the candidate."""
    yield f"{candidate.candidate_id}  {candidate.name}  ({candidate.origin})"
    yield f"\n{candidate.source.strip()}\n"
    rows = [
        {**row, "path": path}
        for path in listings(folder)
        for row in read_jsonl(path)
        if row["candidate_id"] == candidate.candidate_id
    ]
    if rows[0].get("flops") is not None:
        yield f"{rows[0]['coupling']}, {rows[0]['flops']:.0f} FLOPs per element"
    for row in rows:
        status = _STATUSES.get(row["status"], row["status"])
        yield ": ".join(filter(None, [str(row["path"].parent), status, row["reason"]]))


def _verdict(folder: Path, candidate: str) -> Iterator[str]:
    """How the champion stands to known functions, in the words with which the run ended."""
    if not (folder / "validation" / "comparison.json").exists():
        return
    if read_json(folder / "validation" / "champion.json")["candidate_id"] == candidate:
        yield f"the run's champion: on held-out tasks {verdict(folder)}"


def turns(folder: Path, candidate: str, known: Mapping[str, Ancestor]) -> Iterator[str]:
    """Where it became an elite, who held it off, or who took its place."""
    for path in sorted(folder.glob("*/gen_*/island_*/population.json")):
        population = read_json(path)
        fitness = {elite["candidate_id"]: elite["fitness"] for elite in population["elites"]}
        for turn in population["additions"]:
            if turn["candidate_id"] == candidate:
                yield f"{path.parent}: {_turn(turn, fitness, known)}"
            elif turn["by"] == candidate and turn["status"] == Entry.IMPROVED:
                yield f"{path.parent}: its place went to {_named(turn['candidate_id'], known)}"


def _turn(turn: Row, fitness: Mapping[str, float], known: Mapping[str, Ancestor]) -> str:
    by = turn["by"]
    named = _named(by, known)
    if turn["status"] == Entry.REJECTED:
        if by == turn["candidate_id"]:
            return "an elite already"
        at = f", which has a fitness of {fitness[by]:+.4f}" if by in fitness else ""
        return f"no elite: held off by {named}{at}"
    return f"an elite, in place of {named}" if by else "an elite"


def _named(candidate: str, known: Mapping[str, Ancestor]) -> str:
    return f"{known[candidate].name} ({candidate})" if candidate in known else candidate


def _lineage(candidate: str, known: Mapping[str, Ancestor]) -> Iterator[str]:
    """The line of first parents back to a seed, with what each edit changed."""
    yield "lineage, youngest first:"
    for ancestor in first_line(candidate, known):
        others = ", ".join(ancestor.parents[1:])
        made = f"{ancestor.made} with {others}" if others else ancestor.made
        told = ": ".join(filter(None, [made, ancestor.summary]))
        yield f"  {ancestor.candidate_id}  {ancestor.name}  {told}"


def _advice(folder: Path, candidate: Ancestor) -> Iterator[str]:
    """What the prompt of a model's candidate told of an adviser's opinion; mostly nothing."""
    if not candidate.model or not candidate.generation or candidate.island is None:
        return
    before = candidate.generation - 1
    path = layout.island(folder, candidate.arm, before, candidate.island) / "population.json"
    advice = read_json(path).get("advice") if path.exists() else None
    if advice:
        asked = f"{advice['model']}, asked in generation {advice['generation']}"
        yield f"advice in its prompt, of {asked}:"
        yield from (f"  {line}" for line in advice["text"].splitlines())


def _evaluations(folder: Path, arms: list[str], name: str, candidate: str) -> list[Evaluation]:
    files = [
        path
        for measurement, _, paths in measured_files(folder, arms)
        if measurement == name
        for path in paths
    ]
    if name == SEARCH:
        files += [path for arm in arms for path in layout.search_shards(folder, arm)]
    return [fit for fit in read_evaluations(files) if fit.candidate_id == candidate]


def _measured(
    folder: Path, settings: Settings, name: str, evaluation: Evaluation
) -> Iterator[str]:
    tasks, replicates = len(evaluation.ood), len(evaluation.replicates)
    yield (
        f"\n{name}: {evaluation.status} on {tasks} {_TASKS[name]}, "
        f"{counted(replicates, 'network')} each"
    )
    if evaluation.reason:
        yield f"  {evaluation.reason}"
        return
    fitness = read_scorer(folder, settings, name).fitness(evaluation)
    if fitness is not None:
        yield f"  fitness {fitness.value:+.4f} ± {fitness.standard_error:.4f} (standard error)"
        yield f"  in-distribution loss {fitness.id_ratio:.3f} times ReLU's"
    families = np.array(task_families(layout.manifest(folder, suite_name(name))))
    yield f"  {'mean loss':<12}{'train':>12}{'ID':>12}{'OOD':>12}"
    for family in sorted(set(families)):
        chosen = families == family
        means = [
            np.array(t)[chosen].mean()
            for t in (evaluation.train, evaluation.id, evaluation.ood)
        ]
        yield f"  {family:<12}" + "".join(f"{mean:>12.4g}" for mean in means)
    yield f"  isolation: {'; '.join(f'{k}: {v}' for k, v in sorted(evaluation.layers.items()))}"
    yield "  " + ", ".join(f"{k} {v}" for k, v in sorted(evaluation.timings.items()))
