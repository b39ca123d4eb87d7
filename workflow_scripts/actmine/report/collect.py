"""Collects a run's files into what the report page shows."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from actmine import layout, run
from actmine.candidate import Status
from actmine.catalog import by_name
from actmine.config import Config
from actmine.evolution.population import Elite, rank
from actmine.files import read_json
from actmine.lab.judge import REFERENCE, SECOND_REFERENCE, Judge, fitness_settings
from actmine.lab.measurements import SEARCH
from actmine.reading import Generation, read_generations
from actmine.report.content import (
    Champion,
    Curve,
    IslandHistory,
    Number,
    Provenance,
    Refused,
    ReportData,
    Shape,
    TaskFigure,
)
from actmine.report.curves import sample
from actmine.sandbox.host import Sandbox
from actmine.transfer.findings import read_findings
from actmine.validation.leaderboard import read_leaderboard
from actmine.validation.material import read_arm_judges

GALLERY = 24  # elites drawn
REFUSALS = 12  # kinds of reason shown
CAPTIONS = {
    "search": "Search tasks with one or two inputs: what the search is paid for.",
    "held_out": "Held-out tasks with one or two inputs: what only validation reads.",
}


def collect(folder: Path, *, generations: int, sandbox: Sandbox) -> ReportData:
    """Reads a run; curves are sampled in the sandbox."""
    described = run.read(folder / layout.RUN_FILE)
    config: Config = described["configuration"]
    history = list(read_generations(folder, config, generations=generations))
    board = read_leaderboard(folder / "validation" / "leaderboard.csv")
    return ReportData(
        run=config["run"],
        fitness=fitness_settings(config),
        summary=_summary(history, board),
        champion=_champion(folder, sandbox),
        references=_references(sandbox),
        leaderboard=board,
        islands=_islands(history, read_arm_judges(folder, config, SEARCH)),
        search_references=_levels(board),
        gallery=_gallery(history, sandbox),
        status_counts=status_counts(history),
        refusals=refusals(history),
        mutators=pd.read_parquet(folder / "tables" / "mutators.parquet"),
        task_figures=tuple(
            TaskFigure(
                svg=layout.task_figure(folder, suite).read_text(encoding="utf-8"), caption=text
            )
            for suite, text in CAPTIONS.items()
        ),
        paper_order=tuple(read_json(folder / "validation" / "paper_order.json")["sentences"]),
        isolation=_isolation(history),
        provenance=_provenance(folder, described, generations),
        transfer=read_findings(folder),
    )


def _summary(history: Sequence[Generation], board: pd.DataFrame) -> tuple[Number, ...]:
    statuses = _totals(history)
    evaluations = [one for generation in history for one in generation.evaluations]
    hours = sum(one.timings.get("cpu_s", 0.0) for one in evaluations) / 3600
    tasks = len(next((one.ood for one in evaluations if one.ood), ()))
    return (
        Number(
            label="candidates",
            value=f"{sum(statuses.values()):,}",
            note=f"{statuses[Status.SCORED]:,} of them trained and scored",
        ),
        Number(label="search tasks", value=str(tasks), note="each with its own OOD region"),
        Number(label="functions validated", value=str(len(board)), note="on held-out tasks"),
        Number(label="training in the search", value=f"{hours * 60:.1f}", note="CPU minutes"),
    )


def _champion(folder: Path, sandbox: Sandbox) -> Champion | None:
    chosen = read_json(folder / "validation" / "champion.json")
    if chosen["candidate_id"] is None:
        return None
    docstring = _docstring(chosen["source"])
    return Champion(
        candidate_id=chosen["candidate_id"],
        name=chosen["name"],
        source=chosen["source"],
        formula=docstring,
        description=(
            "Chosen among the finalists by its fitness on the search tasks with fresh "
            f"replicates ({chosen['remeasured_fitness']:+.3f}; the search itself had measured "
            f"{chosen['search_fitness']:+.3f}), without a look at the held-out tasks."
        ),
        curve=sample(chosen["name"], chosen["source"], sandbox=sandbox),
    )


def _docstring(source: str) -> str:
    """The first line of the docstring of `activation`, read without running anything."""
    import ast

    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name == "activation":
            return (ast.get_docstring(node) or "").split("\n")[0]
    return ""


def _references(sandbox: Sandbox) -> tuple[Curve, ...]:
    known = (by_name(name) for name in (SECOND_REFERENCE, REFERENCE))
    curves = (sample(one.name, one.source, sandbox=sandbox) for one in known)
    return tuple(curve for curve in curves if curve is not None)


def _islands(
    history: Sequence[Generation], judges: Mapping[str, Judge]
) -> tuple[IslandHistory, ...]:
    islands: dict[tuple[str, int], list[Generation]] = defaultdict(list)
    for one in history:
        islands[one.arm, one.population.island].append(one)
    return tuple(
        IslandHistory(
            label=f"{arm}, island {island}",
            generations=np.array([one.population.generation for one in ones]),
            best=np.array([one.population.elites[0].fitness for one in ones]),
            median=np.array(
                [np.median([e.fitness for e in one.population.elites]) for one in ones]
            ),
            points=_points(ones, judges[arm]),
        )
        for (arm, island), ones in islands.items()
    )


def _points(ones: Sequence[Generation], judge: Judge) -> Any:
    found = [
        (one.population.generation, fitness.value)
        for one in ones
        for evaluation in one.evaluations
        if (fitness := judge.fitness(evaluation)) is not None
    ]
    return np.array(found, dtype=np.float64).reshape(-1, 2)


def _levels(board: pd.DataFrame) -> Mapping[str, float]:
    """Search fitness of the best known function and of GELU, as lines to beat."""
    known = board[(board["origin"] != "mined") & board["search_fitness"].notna()]
    gelu = known[known["candidate_id"] == by_name(SECOND_REFERENCE).candidate.candidate_id]
    rows = pd.concat([known.nlargest(1, "search_fitness"), gelu])
    return {row["name"]: float(row["search_fitness"]) for row in rows.to_dict("records")}


def _gallery(history: Sequence[Generation], sandbox: Sandbox) -> tuple[Shape, ...]:
    """The elites of every island's last generation, best first, each once."""
    last = max(one.population.generation for one in history)
    elites: dict[str, Elite] = {}
    for one in history:
        if one.population.generation == last:
            elites |= {elite.candidate_id: elite for elite in one.population.elites}
    shapes = []
    for elite in sorted(elites.values(), key=rank)[:GALLERY]:
        curve = sample(elite.name, elite.source, sandbox=sandbox)
        if curve is not None:
            shapes.append(
                Shape(
                    candidate_id=elite.candidate_id,
                    name=elite.name,
                    fitness=elite.fitness,
                    grid=curve.grid,
                    y=curve.y,
                )
            )
    return tuple(shapes)


def _totals(history: Sequence[Generation]) -> Counter[Status]:
    return Counter((e or p).status for one in history for p, e in one.outcomes())


def status_counts(history: Sequence[Generation]) -> dict[int, Counter[Status]]:
    """How many slots ended in which status, by generation."""
    counts: dict[int, Counter[Status]] = defaultdict(Counter)
    for one in history:
        counts[one.population.generation] += _totals([one])
    return counts


def refusals(history: Sequence[Generation]) -> tuple[Refused, ...]:
    """Reasons by frequency; the first words of a reason make its kind."""
    kinds: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for one in history:
        for proposal, evaluation in one.outcomes():
            reason = (evaluation or proposal).reason
            if reason:
                kind = " ".join(reason.split()[:4])
                kinds[kind].append((reason, proposal.name, proposal.source))
    ranked = sorted(kinds.values(), key=lambda met: (-len(met), met[0]))
    return tuple(
        Refused(reason=met[0][0], count=len(met), name=met[0][1], source=met[0][2])
        for met in ranked[:REFUSALS]
    )


def _isolation(history: Sequence[Generation]) -> Mapping[str, str]:
    """The layers under which candidates ran; several states of one layer are all told."""
    states: dict[str, dict[str, None]] = defaultdict(dict)
    for one in history:
        for evaluation in one.evaluations:
            for layer, state in evaluation.layers.items():
                states[layer][state] = None
    return {layer: "; ".join(found) for layer, found in sorted(states.items())}


def _provenance(folder: Path, described: dict[str, Any], generations: int) -> Provenance:
    suites = {
        f"{suite} suite": read_json(layout.manifest(folder, suite))["hash"]
        for suite in CAPTIONS
    }
    text = yaml.safe_dump(described["configuration"], sort_keys=False, allow_unicode=True)
    return Provenance(
        config=text,
        versions=described["versions"],
        hashes={**suites, **described["code"]},
        commands=(
            f"snakemake --configfile {folder / 'configuration.yaml'} "
            f"--config results=again 'search={{generations: {generations}}}'",
        ),
    )
