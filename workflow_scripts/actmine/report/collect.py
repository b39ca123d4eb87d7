"""Collects a run's files into what the report page shows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from actmine import layout, run
from actmine.candidate import Status
from actmine.catalog import by_name
from actmine.config import Config
from actmine.evolution.population import Elite
from actmine.files import read_json
from actmine.lab.judge import REFERENCE, SECOND_REFERENCE, fitness_settings
from actmine.lab.measurements import SEARCH
from actmine.reading import read_generations
from actmine.report.content import (
    Champion,
    Curve,
    Number,
    Provenance,
    ReportData,
    Shape,
    TaskFigure,
)
from actmine.report.curves import sample
from actmine.report.search_digest import SearchDigest
from actmine.sandbox.host import Sandbox
from actmine.transfer.findings import read_findings
from actmine.validation.leaderboard import read_leaderboard
from actmine.validation.material import read_arm_judges

GALLERY = 24  # elites drawn
CAPTIONS = {
    "search": "Search tasks with one or two inputs: what the search is paid for.",
    "held_out": "Held-out tasks with one or two inputs: what only validation reads.",
}


def collect(folder: Path, *, generations: int, sandbox: Sandbox) -> ReportData:
    """Reads a run; curves are sampled in the sandbox."""
    described = run.read(folder / layout.RUN_FILE)
    config: Config = described["configuration"]
    search = SearchDigest(read_arm_judges(folder, config, SEARCH))
    for generation in read_generations(folder, config, generations=generations):
        search.add(generation)
    board = read_leaderboard(folder / "validation" / "leaderboard.csv")
    return ReportData(
        run=config["run"],
        fitness=fitness_settings(config),
        summary=_summary(search, board),
        champion=_champion(folder, sandbox),
        references=_references(sandbox),
        leaderboard=board,
        islands=search.islands(),
        search_references=_levels(board),
        gallery=_gallery(search.last_elites(), sandbox),
        status_counts=search.status_counts,
        refusals=search.refusals(),
        mutators=pd.read_parquet(folder / "tables" / "mutators.parquet"),
        task_figures=tuple(
            TaskFigure(
                svg=layout.task_figure(folder, suite).read_text(encoding="utf-8"), caption=text
            )
            for suite, text in CAPTIONS.items()
        ),
        paper_order=tuple(read_json(folder / "validation" / "paper_order.json")["sentences"]),
        isolation=search.isolation(),
        provenance=_provenance(folder, described, generations),
        transfer=read_findings(folder),
    )


def _summary(search: SearchDigest, board: pd.DataFrame) -> tuple[Number, ...]:
    statuses = search.totals()
    return (
        Number(
            label="candidates",
            value=f"{sum(statuses.values()):,}",
            note=f"{statuses[Status.SCORED]:,} of them trained and scored",
        ),
        Number(
            label="search tasks", value=str(search.tasks), note="each with its own OOD region"
        ),
        Number(label="functions validated", value=str(len(board)), note="on held-out tasks"),
        Number(
            label="training in the search",
            value=f"{search.cpu_s / 60:.1f}",
            note="CPU minutes",
        ),
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


def _levels(board: pd.DataFrame) -> Mapping[str, float]:
    """Search fitness of the best known function and of GELU, as lines to beat."""
    known = board[(board["origin"] != "mined") & board["search_fitness"].notna()]
    gelu = known[known["candidate_id"] == by_name(SECOND_REFERENCE).candidate.candidate_id]
    rows = pd.concat([known.nlargest(1, "search_fitness"), gelu])
    return {row["name"]: float(row["search_fitness"]) for row in rows.to_dict("records")}


def _gallery(elites: Sequence[Elite], sandbox: Sandbox) -> tuple[Shape, ...]:
    """The shapes of the best elites, each function once."""
    shapes = []
    for elite in elites[:GALLERY]:
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
