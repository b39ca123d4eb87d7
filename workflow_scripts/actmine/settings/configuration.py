"""Reads a configuration: fills defaults, refuses what makes no sense, names the key."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from actmine import code_hash
from actmine.records.rows import from_row, to_row
from actmine.settings.measurements import HELD_OUT, REMEASURED, ROBUST, kind_of
from actmine.settings.mistakes import mistakes, nearest
from actmine.settings.rules import contradictions
from actmine.settings.schema import by_role, completed, plain
from actmine.settings.sections import Settings
from actmine.settings.suites import Families
from actmine.yaml_text import parse_yaml

FOLDER = code_hash.WORKFLOW / "config"
DEMO_TAKES = "4 to 6 minutes on two cores"  # config.yaml as it is; pages say the same

Values = dict[str, Any]  # a configuration as a file has it


class ConfigError(ValueError):
    """A configuration that cannot be run; the message names the key and what is allowed."""


def presets() -> list[str]:
    """The names that `preset` may take."""
    return sorted(path.stem for path in (FOLDER / "presets").glob("*.yaml"))


def preset_path(name: object) -> Path:
    """The file of a preset.

    Raises:
        ConfigError: there is no such preset.
    """
    if name not in presets():
        meant = nearest(str(name), presets())
        raise ConfigError(f"preset: no {name!r}{meant}; there are {', '.join(presets())}")
    return FOLDER / "presets" / f"{name}.yaml"


def load(preset: str | None = None) -> Settings:
    """config/config.yaml, with a preset laid over it, resolved."""
    values = read_yaml(FOLDER / "config.yaml")
    if preset is not None:
        values = merge(values, read_yaml(preset_path(preset)))
    return resolve(values)


def read_yaml(path: Path) -> Values:
    """Reads one YAML mapping.

    Raises:
        ConfigError: the file is missing or no YAML mapping; the message names it.
    """
    try:
        value = parse_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file") from None
    except ValueError as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from None
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: must be a mapping of keys to values")
    return value


def merge(below: Values, above: Mapping[str, Any]) -> Values:
    """A copy of `below` in which `above` wins, key by key; lists are replaced whole."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[key] = merge(merged[key], value) if both else value
    return merged


def resolve(values: Mapping[str, Any]) -> Settings:
    """Complete, checked settings.

    Strings that came from the command line become the type that the schema asks for.

    Raises:
        ConfigError: unknown keys, wrong types, or combinations that cannot work, of the run,
            of an arm or of another lab; one line each.
    """
    whole = _completed(values)
    wrong = _wrong(whole)
    for place, merged in _variants(whole):
        told = _wrong(merged) if isinstance(merged, dict) else [merged]
        wrong += [f"{place}: {line}" for line in told if line not in wrong]
    if wrong:
        raise ConfigError("\n".join(wrong))
    return from_row(whole, Settings)


def complete(values: Mapping[str, Any]) -> Settings:
    """Settings of values that were checked when they were written; defaults for the others."""
    try:
        return from_row(_completed(values), Settings)
    except ValueError as error:  # of another version of actmine
        raise ConfigError(str(error)) from None


def arm_settings(settings: Settings, arm: str) -> Settings:
    """The settings as one arm sees them: with its overrides.

    Raises:
        ConfigError: no such arm.
    """
    if arm not in settings.arms:
        raise ConfigError(f"arms: {arm!r} is not one of {', '.join(settings.arms)}")
    overrides = settings.arms[arm]
    return complete(_of_arm(to_row(settings), arm, overrides)) if overrides else settings


def under(settings: Settings, measurement: str) -> Settings:
    """The settings of a measurement; one in `validation.robustness` has a lab of its own.

    Raises:
        ConfigError: there is none of the name.
    """
    if not measurement.startswith(ROBUST):
        return settings
    name = measurement.removeprefix(ROBUST)
    if name not in settings.validation.robustness:
        raise ConfigError(
            f"validation.robustness.{name}: there is none; settings of the lab are named there"
        )
    return complete(merge(to_row(settings), {"lab": settings.validation.robustness[name]}))


def identity(settings: Settings) -> Values:
    """The part of a configuration that names the run and its results."""
    return _by_role(settings, execution=False)


def execution(settings: Settings) -> Values:
    """The rest: how a run is carried out, which its frozen configuration does not hold."""
    return _by_role(settings, execution=True)


def with_execution(settings: Settings, carried_out: Values) -> Settings:
    """Frozen settings, carried out in another way than by default."""
    return complete(_joined(to_row(settings), carried_out))


def differing_keys(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Dotted paths of the keys whose values differ, sorted."""
    a, b = dict(_leaves(old)), dict(_leaves(new))
    return sorted(key for key in a.keys() | b.keys() if a.get(key) != b.get(key))


def families_of(settings: Settings, suite: str) -> Families:
    """What the tasks of a suite are drawn from.

    Those of `remeasured` are of the search's families: more of them, and other ones.
    """
    if suite == REMEASURED:
        return settings.tasks.search.times(settings.validation.fresh)
    return settings.tasks.held_out if kind_of(suite) == HELD_OUT else settings.tasks.search


def _by_role(settings: Settings, *, execution: bool) -> Values:
    schema = _schema()
    kept: Values = by_role(to_row(settings), schema, schema, execution=execution)
    return kept


@cache
def _schema() -> Values:
    return read_yaml(FOLDER / "schema.yaml")


def _completed(values: Mapping[str, Any]) -> Values:
    schema = _schema()
    whole: Values = completed(plain(values), schema, schema)
    return whole


def _wrong(whole: Values) -> list[str]:
    """What is wrong with a complete configuration, by its schema or else by its meaning."""
    return mistakes(whole, _schema()) or list(contradictions(from_row(whole, Settings)))


# What other labs have in common with the run's, and where it is set.
_EVERYWHERE = {
    "replicates": "validation.replicates",
    "device": "lab.device",
    "side_by_side": "lab.side_by_side",
}


def _variants(whole: Values) -> Iterator[tuple[str, Values | str]]:
    """What stands for a configuration in an arm or in another lab: that, or what is wrong."""
    for arm, overrides in _named(whole, "arms"):
        if "generations" in _part(overrides, "search"):
            yield (
                f"arms.{arm}.search.generations",
                "the same for all arms; set search.generations",
            )
        own = _overriding(overrides, _schema()["properties"]["arms"]["additionalProperties"])
        yield f"arms.{arm}", _completed(_of_arm(whole, arm, own))
    for name, lab in _named(_part(whole, "validation"), "robustness"):
        path = f"validation.robustness.{name}"
        for key, everywhere in _EVERYWHERE.items():
            if key in lab:
                yield f"{path}.{key}", f"the same everywhere; set {everywhere}"
        yield path, _completed(merge(whole, {"lab": lab}))


def _overriding(values: Values, node: Values) -> Values:
    """What of an arm can be laid over the run; the rest was refused where it stands."""
    allowed = node.get("properties")
    if allowed is None:
        return values
    parts = {key: part for key, part in values.items() if isinstance(part, dict)}
    return {key: _overriding(parts[key], allowed[key]) for key in parts if key in allowed}


def _named(values: Values, key: str) -> Iterator[tuple[str, Values]]:
    """The entries of a mapping that are mappings; the schema refuses the others."""
    for name, inner in _part(values, key).items():
        if isinstance(inner, dict):
            yield name, inner


def _part(values: Values, key: str) -> Values:
    """A mapping in a mapping; empty where there is none."""
    part = values.get(key)
    return part if isinstance(part, dict) else {}


def _of_arm(whole: Values, arm: str, overrides: Mapping[str, Any]) -> Values:
    return {**merge(whole, overrides), "arms": {arm: {}}}


def _joined(a: Any, b: Any) -> Any:
    """The first with what the second has; lists go entry by entry, for they belong together."""
    if isinstance(a, dict) and isinstance(b, dict):
        return {**a, **{key: _joined(a[key], b[key]) if key in a else b[key] for key in b}}
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b) and a:
        return [_joined(*pair) for pair in zip(a, b, strict=True)]
    return b


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    else:
        yield path, value
