"""Gives each measurement the configuration under which it is made."""

from actmine.settings.configuration import Config, ConfigError, merge, resolve
from actmine.settings.measurements import ROBUST


def under(config: Config, measurement: str) -> Config:
    """The configuration of a measurement; a setting of `validation.robustness` has its own.

    Raises:
        ConfigError: no such setting, or what it overrides is no key of the lab.
    """
    if not measurement.startswith(ROBUST):
        return config
    name = measurement.removeprefix(ROBUST)
    path = f"validation.robustness.{name}"
    settings = config["validation"]["robustness"]
    if name not in settings:
        raise ConfigError(f"{path}: there is none; settings of the lab are named there")
    if "replicates" in settings[name]:
        raise ConfigError(f"{path}.replicates: the same everywhere; set validation.replicates")
    try:
        return resolve(merge(config, {"lab": settings[name]}))
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
