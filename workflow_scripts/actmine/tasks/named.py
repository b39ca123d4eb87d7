"""Holds what a configuration names against what there is: functions, formulas, files."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

from actmine.functions.catalog import KNOWN, by_name
from actmine.records.candidate import Origin
from actmine.records.rows import from_row
from actmine.settings.configuration import ConfigError, arm_settings, families_of, resolve
from actmine.settings.measurements import HELD_OUT, REMEASURED, SEARCH, search_draw
from actmine.settings.sections import SearchSettings, Settings
from actmine.settings.suites import COPY, Custom, Families
from actmine.tasks.custom import custom_target
from actmine.tasks.feynman import feynman_target
from actmine.tasks.suite import draw_suite, repeated
from actmine.tasks.target import TaskError


def resolve_named(values: Mapping[str, Any]) -> Settings:
    """Complete settings whose keys, functions, equations and formulas all are what they may be.

    Raises:
        ConfigError: something is not; a line each. Where keys are wrong, the custom tasks that
            can be read are checked all the same, so that all is told at once.
    """
    try:
        settings = resolve(values)
    except ConfigError as error:
        told = [*str(error).splitlines(), *_wrong_custom(values)]
        raise ConfigError("\n".join(dict.fromkeys(told))) from None
    require_named(settings)
    return settings


def _wrong_custom(values: Mapping[str, Any]) -> Iterator[str]:
    """Custom tasks that cannot work, of a configuration whose keys are not all right."""
    known = {field.name for field in fields(Custom)}
    for suite in ("search", "held_out"):
        entries: Any = values
        for key in ("tasks", suite, "custom"):
            entries = entries.get(key) if isinstance(entries, Mapping) else None
        for entry in entries if isinstance(entries, list) else ():
            # What is missing in a task, or of a wrong type, the schema has told.
            with suppress(AttributeError, KeyError, TypeError, ValueError):
                task = from_row({k: v for k, v in entry.items() if k in known}, Custom)
                yield from _refusal(f"tasks.{suite}", partial(custom_target, task))


def require_named(settings: Settings) -> None:
    """Refuses functions, equations, formulas and files that are named and cannot be had.

    Raises:
        ConfigError: the message names each key, and what may stand there.
    """
    wrong = [
        *_unknown("transfer.catalog", settings.transfer.catalog),
        *_unknown("external.catalog", settings.external.catalog or ()),
        *_unknown("validation.catalog", settings.validation.catalog or ()),
        *_absent("transfer.files", settings.transfer.files),
        *_absent("external.files", settings.external.files),
    ]
    for arm in settings.arms:
        own = arm_settings(settings, arm)
        wrong += _wrong_seeds(own.search)
        for suite in ("search", "held_out"):
            wrong += _wrong_tasks(f"tasks.{suite}", families_of(own, suite))
    if wrong:
        raise ConfigError("\n".join(dict.fromkeys(wrong)))


def require_drawable(settings: Settings) -> None:
    """Draws the user's own tasks as a new run will: some can be read, and not be drawn.

    Raises:
        ConfigError: one is not finite or constant somewhere, or two have one name; a sentence
            each, though a task has many boxes and copies.
    """
    wrong: dict[tuple[str, str], str] = {}
    for suite in _suites(settings):
        path = f"tasks.{suite if suite == HELD_OUT else SEARCH}"
        names: list[str] = []
        for task in families_of(settings, suite).custom or ():
            alone, samples = Families(custom=(task,)), settings.tasks.samples
            try:
                drawn = draw_suite(suite, alone, samples=samples, seed=settings.seed)
            except TaskError as error:
                original, _, _ = task.name.partition(COPY)
                wrong.setdefault((path, original), f"{path}: {error}")
            else:
                names += [one.name for one in drawn.tasks]
        if twice := repeated(names):
            wrong.setdefault((path, ""), f"{path}: two tasks are called {twice}; rename one")
    if wrong:
        raise ConfigError("\n".join(wrong.values()))


def _suites(settings: Settings) -> Iterator[str]:
    """All that a run draws from formulas of the user's: the search changes its tasks."""
    if settings.tasks.search.custom:
        generations = range(settings.search.generations + 1)
        rotated = {arm_settings(settings, arm).search.rotate_every for arm in settings.arms}
        yield from dict.fromkeys(
            search_draw(generation, every) for every in rotated for generation in generations
        )
        yield REMEASURED
    if settings.tasks.held_out.custom:
        yield HELD_OUT


def _unknown(path: str, names: Iterable[str]) -> list[str]:
    return [line for name in names for line in _refusal(path, partial(by_name, name))]


def _absent(path: str, files: Iterable[str]) -> list[str]:
    return [
        f"{path}: {file} is not there; give its path from the folder in which you start"
        for file in files
        if not Path(file).exists()
    ]


def _wrong_seeds(search: SearchSettings) -> list[str]:
    named = [name for name in search.seeds if name != KNOWN]
    wrong = _unknown("search.seeds", named)
    if wrong or search.allow_paper_seeds:
        return wrong
    return [
        f"search.seeds: {name!r} is a find of the paper, and a search seeded with it "
        "cannot be compared to it; set search.allow_paper_seeds to do so all the same"
        for name in named
        if by_name(name).origin is Origin.PAPER
    ]


def _wrong_tasks(path: str, families: Families) -> Iterator[str]:
    """Equations that are not in the table, and custom tasks that cannot work."""
    for name in families.feynman.equations if families.feynman else ():
        yield from _refusal(path, partial(feynman_target, name, equation=name))
    for task in families.custom or ():
        yield from _refusal(path, partial(custom_target, task))


def _refusal(path: str, make: Callable[[], object]) -> Iterator[str]:
    """Why something cannot be had, if so."""
    try:
        make()
    except ValueError as error:
        yield f"{path}: {error}"
