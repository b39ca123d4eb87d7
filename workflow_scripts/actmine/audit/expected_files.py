"""Names the files that a finished run consists of: one that is missing, and one too many."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from math import ceil
from pathlib import Path

from actmine import layout
from actmine.audit import crate, sums
from actmine.audit.audited import Audited
from actmine.audit.problem import BROKEN, MISSING, Problem
from actmine.evolution.islands import slots
from actmine.files import read_jsonl
from actmine.functions.catalog import compared, leader_count
from actmine.number_text import counted
from actmine.settings.arms import leaders_asked, repeated_groups
from actmine.settings.configuration import arm_settings
from actmine.settings.measurements import HELD_OUT, REMEASURED, SEARCH, further, search_draw
from actmine.tables.candidate_files import listing, module
from actmine.tables.run_tables import TABLES

_FREE = frozenset({layout.STORE, layout.JOURNAL})  # what they hold is checked by content
_VALIDATION = (
    *("leaderboard.csv", "comparison.json", "champion.json", "paper_order.json"),
    *("families.csv", "robustness.csv", "cross.csv", "control.json"),
)
_CHAMPION = (
    *("activation.py", "formula.tex", "plot.svg", "CARD.md"),
    *("cost.json", "curves.jsonl", "fits.json"),
)


def file_problems(run: Audited) -> Iterator[Problem]:
    """Files that a stage should have written, and files that none did, in a stage's folder.

    Of a run without a seal it is said how many are to come: it may not have ended.
    """
    sealed = sums.listed(run.folder)
    if isinstance(sealed, Problem):
        if not sums.is_sealed(run.folder):
            yield from _to_come(run)
        return
    if not _can_tell(run, sealed):
        return
    expected = {run.relative(path) for path in _files(run)}
    folders = {name.partition("/")[0] for name in expected if "/" in name}
    for name in sorted(expected - sealed.keys()):
        yield Problem(file=name, what=MISSING)
    for name in sorted(sealed.keys() - expected):
        top, _, rest = name.partition("/")
        if top not in _FREE and rest and (top in folders or rest.startswith("gen_")):
            yield Problem(file=name, what="was written by no stage of this run; remove it")


def _can_tell(run: Audited, sealed: Mapping[str, str]) -> bool:
    """Whether all that tells which files a run has is there, and is what was sealed.

    If not, files of the run would be taken for none of it.
    """
    return not any(
        sums.change(run.folder / name, digest)
        for name, digest in sealed.items()
        if name == layout.RUN_FILE or name.endswith("/proposals.jsonl")
    )


def _to_come(run: Audited) -> Iterator[Problem]:
    """One line for all files that are not there."""
    missing = sorted(run.relative(path) for path in _files(run) if not path.exists())
    if missing:
        told = f"generation {run.generations} is the last that ended; of what a finished run"
        files = counted(len(missing), "file is", "files are")
        told += f" consists of {files} missing, the first {missing[0]}; "
        told += "`snakemake` makes them, and what follows is of files that are there"
        yield Problem(file=layout.RUN_FILE, what=told)


def _files(run: Audited) -> Iterator[Path]:
    folder, config = run.folder, run.config
    for name in (layout.RUN_FILE, "configuration.yaml", crate.FILE):
        yield folder / name
    draws = {
        search_draw(generation, arm_settings(config, arm).search.rotate_every)
        for arm in config.arms
        for generation in range(run.generations + 1)
    }
    for suite in draws | {REMEASURED, HELD_OUT}:
        yield from (layout.arrays(folder, suite), layout.manifest(folder, suite))
    for suite in (SEARCH, HELD_OUT):
        yield layout.task_figure(folder, suite)
    for name in draws | {REMEASURED, HELD_OUT}:
        yield layout.reference(folder, name)
    yield from (layout.catalog(folder), layout.leaders(folder))
    listed = config.validation
    leaders = leader_count(listed.catalog, leaders=leaders_asked(config))
    for name, count in ((SEARCH, len(compared(listed.catalog))), (HELD_OUT, leaders)):
        yield from _shards(run, layout.catalog_measured(folder, name), count)
    for arm in config.arms:
        yield from _of_arm(run, arm)
    for name in _VALIDATION:
        yield folder / "validation" / name
    yield layout.compared(folder)
    for name in further(config.validation.robustness):
        yield layout.compared_measured(folder, name)
    for name in _CHAMPION:
        yield folder / "champion" / name
    arms = {arm: arm_settings(config, arm) for arm in config.arms}
    for name in TABLES:
        if name != "strategies" or repeated_groups(arms):
            table = folder / "tables" / name
            yield from (table.with_suffix(".csv"), table.with_suffix(".parquet"))
    yield folder / "report" / "index.html"


def _of_arm(run: Audited, arm: str) -> Iterator[Path]:
    search = arm_settings(run.config, arm).search
    for generation in range(run.generations + 1):
        for island in range(search.islands):
            place = layout.island(run.folder, arm, generation, island)
            yield from (place / "proposals.jsonl", place / "population.json")
            yield from _of_candidates(run, place / "proposals.jsonl")
            yield from _shards(run, place, slots(search, generation=generation))
    validated = run.config.validation
    yield layout.finalists(run.folder, arm)
    for name, contrast in ((REMEASURED, 0), (HELD_OUT, validated.contrast)):
        place = layout.finalists_measured(run.folder, arm, name)
        yield from _shards(run, place, validated.finalists + contrast)


def _of_candidates(run: Audited, proposals: Path) -> Iterator[Path]:
    """The files of all that was proposed for an island's slots."""
    folder = run.folder / "candidates"
    with suppress(*BROKEN):  # a damaged list is named by who reads all of it
        for row in read_jsonl(proposals):
            if name := row["candidate_id"]:
                yield from (module(folder, name), listing(folder, name))


def _shards(run: Audited, folder: Path, candidates: int) -> Iterator[Path]:
    for shard in range(ceil(candidates / run.config.candidates_per_job)):
        yield folder / f"shard_{shard}" / "evaluations.jsonl"
