"""Tells what a run's configuration is where another workflow has actmine as a module."""

from collections.abc import Mapping
from typing import Any

from actmine.settings.configuration import FOLDER, Values, merge, preset_path, read_yaml


def layered(given: Mapping[str, Any]) -> Values:
    """What a module was given as its `config`, laid over its preset and config/config.yaml.

    Snakemake reads no file for a module that has a `config`, so that is done here. A
    configuration with every key of config/config.yaml began as a copy of it, as snakedeploy
    makes one; what was left as it is there gives way to a preset.

    Raises:
        ConfigError: there is no such preset.
    """
    defaults = read_yaml(FOLDER / "config.yaml")
    if given.get("preset") in (None, "", "null"):
        return merge(defaults, given)
    preset = read_yaml(preset_path(given["preset"]))
    chosen = _changed(given, defaults) if defaults.keys() <= given.keys() else given
    return merge(merge(defaults, preset), chosen)


def _changed(given: Mapping[str, Any], defaults: Mapping[str, Any]) -> Values:
    """The values that are not the default's, at any depth."""
    kept: Values = {}
    for key, value in given.items():
        default = defaults.get(key)
        if isinstance(value, Mapping) and isinstance(default, Mapping):
            value = _changed(value, default)
            if value:
                kept[key] = value
        elif key not in defaults or value != default:
            kept[key] = value
    return kept
