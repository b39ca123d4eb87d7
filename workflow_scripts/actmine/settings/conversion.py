"""Turns checked values into settings, and settings back into values."""

from collections.abc import Mapping
from typing import Any

from cattrs import Converter

from actmine.settings.sections import Settings

_CONVERTER = Converter(forbid_extra_keys=True, unstruct_collection_overrides={tuple: list})
# As it was written: 250 and 250.0 are the same limit, but not the same prompt.
_CONVERTER.register_structure_hook(float, lambda value, _: value)


def structured(values: Mapping[str, Any]) -> Settings:
    """The settings of complete values, which the schema has passed."""
    return _CONVERTER.structure(values, Settings)


def unstructured(part: Any) -> Any:
    """Any part of the settings in builtin containers, as a configuration file would have it."""
    return _CONVERTER.unstructure(part)
