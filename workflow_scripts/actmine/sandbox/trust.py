"""How sources out of a run's folder are locked in: as the user says, not as the folder says.

The folder may be a stranger's, and so may the functions in it.
"""

from dataclasses import replace
from typing import Any

from actmine.sandbox.layers import Isolation
from actmine.settings.configuration import ConfigError, load
from actmine.settings.sections import Settings


def isolated(settings: Settings, isolation: str | None) -> Settings:
    """The settings with another isolation, where one is asked for.

    Raises:
        ConfigError: there is no such profile.
    """
    if isolation is None:
        return settings
    if isolation not in list(Isolation):
        raise ConfigError(f"isolation: {isolation!r} is none of {', '.join(Isolation)}")
    profile: Any = Isolation(isolation).value  # one of those that the section knows
    return replace(settings, sandbox=replace(settings.sandbox, isolation=profile))


def trusted(settings: Settings, isolation: str | None = None) -> Settings:
    """A run's settings, under no weaker isolation than the user's own configuration has.

    Args:
        settings: as the run's folder has them.
        isolation: what the user asks for in this call, which holds whatever the others say.

    Raises:
        ConfigError: the run asks for a weaker one and the user for none, or for an unknown one.
    """
    if isolation is not None:
        return isolated(settings, isolation)
    asked, own = settings.sandbox.isolation, load().sandbox.isolation
    strictest_first = list(Isolation)
    if strictest_first.index(Isolation(asked)) > strictest_first.index(Isolation(own)):
        raise ConfigError(
            f"{settings.run}: asks for {asked} isolation, your configuration for {own}; pass "
            f"--isolation {asked} (in Python isolation={asked!r}) if you trust its functions, "
            f"or --isolation {own}"
        )
    return settings
