"""Holds what a configuration names against what there is: functions, equations, formulas."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from actmine.functions.catalog import KNOWN, by_name
from actmine.records.candidate import Origin
from actmine.settings.configuration import ConfigError, arm_settings, families_of
from actmine.settings.sections import SearchSettings, Settings
from actmine.settings.suites import Families
from actmine.tasks.custom import custom_target
from actmine.tasks.feynman import feynman_target


def require_named(settings: Settings) -> None:
    """Refuses functions, equations and formulas that an arm names and that cannot be had.

    Raises:
        ConfigError: the message names each key, and what may stand there.
    """
    wrong = [
        *_unknown("transfer.catalog", settings.transfer.catalog),
        *_unknown("external.catalog", settings.external.catalog or ()),
        *_unknown("validation.catalog", settings.validation.catalog or ()),
    ]
    for arm in settings.arms:
        own = arm_settings(settings, arm)
        wrong += _wrong_seeds(own.search)
        for suite in ("search", "held_out"):
            wrong += _wrong_tasks(f"tasks.{suite}", families_of(own, suite))
    if wrong:
        raise ConfigError("\n".join(dict.fromkeys(wrong)))


def _unknown(path: str, names: Iterable[str]) -> list[str]:
    return [line for name in names for line in _refusal(path, partial(by_name, name))]


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
