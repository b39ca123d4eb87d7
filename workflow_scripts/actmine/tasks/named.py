"""Holds what a configuration names against what there is: functions, equations, formulas."""

from actmine.functions.catalog import Known, by_name
from actmine.records.candidate import Origin
from actmine.settings.configuration import ConfigError, arm_settings, families_of
from actmine.settings.sections import SearchSettings, Settings
from actmine.settings.suites import Families
from actmine.tasks.custom import custom_target
from actmine.tasks.feynman import feynman_target
from actmine.tasks.target import TaskError


def require_named(settings: Settings) -> None:
    """Refuses a function, an equation or a formula that an arm names and that cannot be had.

    Raises:
        ConfigError: the message names the key, and what may stand there.
    """
    for name in settings.transfer.catalog:
        _known("transfer.catalog", name)
    for name in settings.validation.catalog or ():
        _known("validation.catalog", name)
    for arm in settings.arms:
        own = arm_settings(settings, arm)
        _require_seeds(own.search)
        for suite in ("search", "held_out"):
            _require_formulas(f"tasks.{suite}", families_of(own, suite))


def _require_seeds(search: SearchSettings) -> None:
    for name in search.seeds:
        known = _known("search.seeds", name)
        if known.origin is Origin.PAPER and not search.allow_paper_seeds:
            raise ConfigError(
                f"search.seeds: {name!r} is a find of the paper, and a search seeded with it "
                "cannot be compared to it; set search.allow_paper_seeds to do so all the same"
            )


def _known(path: str, name: str) -> Known:
    try:
        return by_name(name)
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from None


def _require_formulas(path: str, families: Families) -> None:
    """Refuses equations that are not in the table, and custom tasks that cannot work."""
    try:
        for name in families.feynman.equations if families.feynman else ():
            feynman_target(name, equation=name)
        for task in families.custom or ():
            custom_target(task)
    except TaskError as error:
        raise ConfigError(f"{path}: {error}") from None
