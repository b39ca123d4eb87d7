"""Makes the champion of a finished run a published function."""

from collections.abc import Mapping
from keyword import iskeyword
from pathlib import Path
from typing import Any

from actmine import activations, code_hash, layout
from actmine.activations.published import FOLDER, Origin, Published, read_published
from actmine.champion.front_matter import figures_of
from actmine.champion.latex_formula import formula
from actmine.evolution.formulas import formula_line
from actmine.files import read_json
from actmine.number_text import counted
from actmine.records.rows import write_record
from actmine.settings import frozen as runs
from actmine.settings.configuration import ConfigError
from actmine.settings.frozen import Frozen
from actmine.validation.leaderboard import read_leaderboard
from actmine.validation.verdicts import sentences


def publish(run: Path, name: str, *, folder: Path = FOLDER) -> Path:
    """Writes the run's champion under a name, and says where.

    The same champion may be written again; another one under its name is refused.

    Raises:
        ConfigError: the run has no champion with figures, or the name cannot be had.
    """
    path = folder / f"{name}.json"
    taken = name in vars(activations)  # what the package has itself
    if not name.isidentifier() or iskeyword(name) or name.startswith("_") or taken:
        raise ConfigError(f"{name}: is no name for a function; take one such as `soft_wave`")
    made = published(run, name)
    if path.exists() and read_published(name, folder=folder).source != made.source:
        raise ConfigError(f"{name}: {path} holds another function; choose another name")
    write_record(path, made)
    return path


def published(run: Path, name: str) -> Published:
    """What a run says of its champion.

    Raises:
        ConfigError: it has none, or none that was measured on the held-out tasks.
    """
    frozen = runs.read(run / layout.RUN_FILE)
    validation = run / "validation"
    if not (validation / "champion.json").exists():
        raise ConfigError(f"{run}: is not validated yet; `actmine watch {run.name}`")
    champion = read_json(validation / "champion.json")
    comparison = read_json(validation / "comparison.json")
    board = read_leaderboard(validation / "leaderboard.csv")
    own = board[board["candidate_id"] == champion["candidate_id"]]
    if own.empty:
        raise ConfigError(f"{run}: has no champion that was measured on the held-out tasks")
    row = {str(key): value for key, value in own.iloc[0].items()}
    source = champion["source"]
    return Published(
        name=name,
        title=champion["name"],
        candidate_id=champion["candidate_id"],
        formula=formula_line(champion["candidate_id"], source),
        latex=formula(source).latex(),
        coupling=row["coupling"],
        flops=float(row["flops"]),
        source=source,
        figures=figures_of(row),
        verdicts=tuple(sentences(comparison)),
        origin=_origin(frozen, comparison["versus"]),
    )


def _origin(frozen: Frozen, versus: Mapping[str, Any]) -> Origin:
    config = frozen.settings
    lab = config.lab
    return Origin(
        run=config.run,
        seed=config.seed,
        tasks=max(int(one["tasks"]) for one in versus.values()),
        fitness=config.fitness.meaning,
        lab=f"{counted(lab.depth, 'hidden layer')} of {lab.width}, trained for "
        f"{counted(lab.steps, 'step')} by {lab.optimizer_name}",
        versions={"actmine": code_hash.version(), **frozen.versions},
    )
