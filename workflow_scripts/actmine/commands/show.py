"""Prints all that a run knows of one candidate."""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from actmine import layout
from actmine.champion.visible import visible
from actmine.evolution.ancestry import Ancestor, find, first_line, listings, read_ancestors
from actmine.evolution.population import Entry
from actmine.evolution.reading import find_run, measured_files, read_evaluations, read_scorer
from actmine.files import read_json, read_jsonl
from actmine.lab.scorer import task_families
from actmine.records.evaluation import Evaluation
from actmine.settings import frozen as runs
from actmine.settings.measurements import MEASUREMENTS, SEARCH, suite_name
from actmine.settings.sections import Settings

Row = dict[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument("run_name", metavar="RUN", help="a run's name, or its folder")
    parser.add_argument(
        "candidate", metavar="ID", help="or its first digits, a name as shown, or `champion`"
    )
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of runs")


def run(args: argparse.Namespace) -> int:
    """Prints source, slots, turns at the archive, lineage, advice, and every measurement."""
    folder = find_run(args.run_name, results=args.results)
    settings = runs.read_settings(folder / layout.RUN_FILE)
    known = read_ancestors(folder)
    candidate = find(args.candidate, known, folder).candidate_id
    told = (
        *_mentions(folder, known[candidate]),
        *turns(folder, candidate, known),
        *_lineage(candidate, known),
        *_advice(folder, known[candidate]),
    )
    print(visible("\n".join(told)))
    for name in MEASUREMENTS:
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
        yield ": ".join(filter(None, [str(row["path"].parent), row["status"], row["reason"]]))


def turns(folder: Path, candidate: str, known: Mapping[str, Ancestor]) -> Iterator[str]:
    """Where it became an elite, or who held it off."""
    for path in sorted(folder.glob("*/gen_*/island_*/population.json")):
        population = read_json(path)
        fitness = {elite["candidate_id"]: elite["fitness"] for elite in population["elites"]}
        for turn in population["additions"]:
            if turn["candidate_id"] == candidate:
                yield f"{path.parent}: {_turn(turn, fitness, known)}"


def _turn(turn: Row, fitness: Mapping[str, float], known: Mapping[str, Ancestor]) -> str:
    by = turn["by"]
    named = f"{known[by].name} ({by})" if by in known else by
    if turn["status"] == Entry.REJECTED:
        if by == turn["candidate_id"]:
            return "an elite already"
        at = f", which has a fitness of {fitness[by]:+.4f}" if by in fitness else ""
        return f"no elite: held off by {named}{at}"
    return f"an elite, in place of {named}" if by else "an elite"


def _lineage(candidate: str, known: Mapping[str, Ancestor]) -> Iterator[str]:
    """The line of first parents back to a seed, with what each edit changed."""
    yield "lineage, youngest first:"
    for ancestor in first_line(candidate, known):
        others = ", ".join(ancestor.parents[1:])
        made = f"{ancestor.made} with {others}" if others else ancestor.made
        yield f"  {ancestor.candidate_id}  {ancestor.name}  {made}: {ancestor.summary}"


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
    yield f"\n{name}: {evaluation.status}, {tasks} tasks with {replicates} replicates"
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
