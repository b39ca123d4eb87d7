"""Collects a run's files into what the report page shows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from actmine import layout
from actmine.champion.curves import Curve
from actmine.champion.drawn_curves import DrawnCurves, read_drawn
from actmine.champion.module_text import docstring
from actmine.champion.shown_functions import references
from actmine.csv_files import read_csv, read_parquet
from actmine.evolution.formulas import formula_line
from actmine.evolution.reading import read_listed, read_scorer
from actmine.external.findings import read_findings as read_external
from actmine.files import ContentError, read_json
from actmine.functions.catalog import by_name, seed_functions
from actmine.lab.fitness import log_ratio
from actmine.lab.scorer import SECOND_REFERENCE, losses_of, task_families
from actmine.number_text import signed
from actmine.records.status import Status
from actmine.report.answer import answer
from actmine.report.champion_files import FILES, read_champion_files
from actmine.report.checks import read_checks
from actmine.report.content import Champion, Provenance, ReportData
from actmine.report.costs import by_stage
from actmine.report.lineage import nodes
from actmine.report.slots import (
    gallery,
    islands,
    isolation,
    read_slots,
    refusals,
    status_counts,
)
from actmine.report.verdicts import read_verdicts
from actmine.settings import frozen as run
from actmine.settings.configuration import arm_settings
from actmine.settings.frozen import Frozen
from actmine.settings.measurements import HELD_OUT
from actmine.settings.sections import Settings
from actmine.tables.searched import searched
from actmine.tables.strategy_table import STRATEGIES
from actmine.transfer.findings import read_findings
from actmine.validation.leaderboard import read_leaderboard
from actmine.validation.material import read_measured

HEAT_ROWS = 28  # functions of the map of losses
CAPTIONS = {
    "search": "Search tasks with one or two inputs: what the search is paid for.",
    "held_out": "Held-out tasks with one or two inputs: what only validation reads.",
}


def collect(folder: Path, *, generations: int) -> ReportData:
    """Reads a run; nothing of a candidate is run."""
    frozen = run.read(folder / layout.RUN_FILE)
    config = frozen.settings
    arms = [arm_settings(config, arm) for arm in config.arms]
    slots = read_slots(folder, arms=config.arms)
    candidates = searched(slots.table)
    board = read_leaderboard(folder / "validation" / "leaderboard.csv")
    chosen = read_json(folder / "validation" / "champion.json")
    found_as = _found_as(folder, config)
    champion_id = chosen["candidate_id"]
    lines = [
        found_as[finalist] for finalist in (champion_id, *found_as) if finalist in found_as
    ]
    tasks = len(task_families(layout.manifest(folder, "search")))
    verdicts = read_verdicts(folder)
    curves = read_drawn(folder / "champion" / "curves.jsonl")
    return ReportData(
        run=config.run,
        fitness=config.fitness,
        summary=_summary(candidates, board, tasks, cpu_s=slots.cpu_s),
        champion=_champion(chosen, curves),
        references=_references(curves, champion_id, verdicts.best_known),
        leaderboard=board,
        islands=islands(folder, slots.table),
        search_references=_levels(board),
        gallery=gallery(folder, config, generations, curves, best=verdicts.best_known),
        status_counts=status_counts(slots.table),
        refusals=refusals(slots),
        mutators=read_parquet(folder / "tables" / "mutators.parquet"),
        returns=read_parquet(folder / "tables" / "returns.parquet"),
        task_figures={
            caption: layout.task_figure(folder, suite).read_text(encoding="utf-8")
            for suite, caption in CAPTIONS.items()
        },
        paper_order=tuple(read_json(folder / "validation" / "paper_order.json")["sentences"]),
        isolation=isolation(folder),
        provenance=_provenance(folder, frozen, generations),
        transfer=read_findings(folder),
        external=read_external(folder),
        sentences=answer(
            board=board,
            champion_id=champion_id,
            verdicts=verdicts,
            candidates=len(candidates),
            scored=_ended(candidates, Status.SCORED),
            stopped=_ended(candidates, Status.PRUNED),
            generations=generations,
            search_tasks=tasks,
            seeds=tuple(
                dict.fromkeys(
                    seed.name for arm in arms for seed in seed_functions(arm.search.seeds)
                )
            ),
            regions=[arm.fitness.target.region for arm in arms],
        ),
        slots=slots,
        found_as=found_as.get(champion_id, ""),
        lineage=nodes(slots, list(dict.fromkeys(lines))),
        losses=_task_losses(folder, config, board),
        fits=_fits(folder),
        stages=by_stage(folder),
        checks=read_checks(folder),
        tasks=read_parquet(folder / "tables" / "tasks.parquet"),
        verdicts=verdicts,
        downloads=_downloads(folder),
        champion_files=read_champion_files(folder / "champion", chosen["source"])
        if champion_id is not None
        else None,
        strategies=read_strategies(folder),
    )


def _found_as(folder: Path, config: Settings) -> dict[str, str]:
    """Finalist: the candidate of the search that it is a shorter form of, or itself."""
    return {
        finalist.candidate_id: finalist.found_as or finalist.candidate_id
        for arm in config.arms
        for finalist in read_listed(layout.finalists(folder, arm))
    }


def _fits(folder: Path) -> dict[str, Any]:
    path = folder / "champion" / "fits.json"
    fits: dict[str, Any] = read_json(path) if path.exists() else {}
    return fits


def read_strategies(run: Path) -> pd.DataFrame | None:
    """tables/strategies.csv, if the run compares any.

    Raises:
        ContentError: a column is missing; the message names it.
    """
    path = run / "tables" / "strategies.csv"
    if not path.exists():
        return None
    table = read_csv(path)
    if missing := [name for name in STRATEGIES if name not in table.columns]:
        raise ContentError(f"{path}: has no column {', '.join(missing)}; run `snakemake` again")
    return table if len(table) else None


def _summary(
    table: pd.DataFrame, board: pd.DataFrame, tasks: int, *, cpu_s: float
) -> tuple[tuple[str, str, str], ...]:
    """Key figures of a search with these candidates."""
    scored, stopped = (_ended(table, status) for status in (Status.SCORED, Status.PRUNED))
    ends = f"{'all' if scored == len(table) else f'{scored:,}'} scored"
    ends += f", {stopped:,} stopped early" if stopped else ""
    usd = table["usd"].sum()
    spent = (f"{usd:.2f}", "US dollars") if table["tokens"].sum() else ("0", "none was asked")
    return (
        ("candidates", f"{len(table):,}", f"new functions, {ends}"),
        ("search tasks", str(tasks), "each with an OOD region"),
        ("functions validated", str(len(board)), "on held-out tasks"),
        ("CPU minutes", f"{cpu_s / 60:,.1f}", "to train the candidates"),
        ("language models", *spent),
    )


def _ended(table: pd.DataFrame, status: Status) -> int:
    return int((table["status"] == status.value).sum())


def _champion(chosen: Mapping[str, Any], curves: DrawnCurves) -> Champion | None:
    champion_id = chosen["candidate_id"]
    if champion_id is None:
        return None
    return Champion(
        candidate_id=champion_id,
        name=chosen["name"],
        source=chosen["source"],
        formula=formula_line(champion_id, chosen["source"]) or docstring(chosen["source"]),
        description=(
            "Chosen among the finalists by its fitness on fresh tasks of the search\u2019s "
            f"kinds ({signed(chosen['remeasured_fitness'], 3)}; the search had measured "
            f"{signed(chosen['search_fitness'], 3)}), without a look at the held-out tasks."
        ),
        curve=curves.at(curves.limit(champion_id), champion_id, name=chosen["name"]),
    )


def _references(
    curves: DrawnCurves, champion_id: str | None, best: Mapping[str, Any] | None
) -> tuple[Curve, ...]:
    """GELU, ReLU, and the best known function if it is another one."""
    limit = curves.limit(champion_id or "")
    drawn = curves.together(references(), limit)
    if best and best["name"] not in [curve.name for curve in drawn]:
        drawn += filter(None, [curves.at(limit, best["candidate_id"], name=best["name"])])
    return tuple(drawn)


def _downloads(folder: Path) -> dict[str, bytes]:
    """Files that go where the page goes, for who is sent the page alone."""
    places = [folder / "champion" / name for name in FILES]
    places += [folder / "validation" / "leaderboard.csv", folder / "tables" / "tasks.csv"]
    return {path.name: path.read_bytes() for path in places if path.exists()}


def _levels(board: pd.DataFrame) -> Mapping[str, float]:
    """Search fitness of the best known function and of GELU, as lines to beat."""
    known = board[(board["origin"] != "mined") & board["search_fitness"].notna()]
    gelu = known[known["candidate_id"] == by_name(SECOND_REFERENCE).candidate.candidate_id]
    rows = pd.concat([known.nlargest(1, "search_fitness"), gelu])
    return {row["name"]: float(row["search_fitness"]) for row in rows.to_dict("records")}


def _task_losses(folder: Path, config: Settings, board: pd.DataFrame) -> pd.DataFrame | None:
    """Of the champion's peers: mined and paper's functions first, then the best known."""
    scorer = read_scorer(folder, config, HELD_OUT)
    evaluations = read_measured(folder, config, HELD_OUT)
    measured = {
        name: losses_of(evaluation).ood
        for name, evaluation in evaluations.items()
        if evaluation.ood
    }
    rows = board[board["candidate_id"].isin(measured)].head(HEAT_ROWS)
    if rows.empty:
        return None
    ratios = [
        log_ratio(measured[candidate], scorer.relu.ood, epsilon=scorer.settings.epsilon).mean(
            axis=1
        )
        for candidate in rows["candidate_id"]
    ]
    tasks = [task["name"] for task in read_json(layout.manifest(folder, HELD_OUT))["tasks"]]
    return pd.DataFrame(np.array(ratios), index=rows["name"], columns=tasks)


def _provenance(folder: Path, frozen: Frozen, generations: int) -> Provenance:
    suites = {
        f"{suite} suite": read_json(layout.manifest(folder, suite))["hash"]
        for suite in CAPTIONS
    }
    text = yaml.safe_dump(frozen.configuration, sort_keys=False, allow_unicode=True)
    commands = [
        f"actmine run --configfile {folder / 'configuration.yaml'} "
        f"--config results=again 'search={{generations: {generations}}}'",
        f"actmine replay {folder}",
        f"actmine audit {folder}",
    ]
    return Provenance(
        config=text,
        versions=frozen.versions,
        hashes={**suites, **frozen.code},
        commands=tuple(commands),
    )
