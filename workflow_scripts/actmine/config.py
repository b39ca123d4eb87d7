"""Reads a configuration: fills defaults, refuses what makes no sense, names the key."""

import copy
import difflib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from actmine.candidate import Origin
from actmine.catalog import CATALOG, Known, by_name
from actmine.tasks.custom import custom_target
from actmine.tasks.feynman import feynman_target
from actmine.tasks.target import TaskError

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "config"

Config = dict[str, Any]


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
        raise ConfigError(f"preset: {name!r} is not one of {', '.join(presets())}")
    return FOLDER / "presets" / f"{name}.yaml"


def load(preset: str | None = None) -> Config:
    """config/config.yaml, with a preset laid over it, resolved."""
    config = read_yaml(FOLDER / "config.yaml")
    if preset is not None:
        config = merge(config, read_yaml(preset_path(preset)))
    return resolve(config)


def read_yaml(path: Path) -> Config:
    """Reads one YAML mapping.

    Raises:
        ConfigError: the file is missing or no YAML mapping.
    """
    try:
        value = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; run from a checkout of actmine") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from None
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: must be a mapping of keys to values")
    return value


def merge(below: Config, above: Config) -> Config:
    """A copy of `below` in which `above` wins, key by key; lists are replaced whole."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        merged[key] = merge(merged[key], value) if both else value
    return merged


def resolve(config: Mapping[str, Any]) -> Config:
    """A complete, checked configuration.

    Strings that came from the command line become the type that the schema asks for.

    Raises:
        ConfigError: an unknown key, a wrong type, or a combination that cannot work.
    """
    schema = read_yaml(FOLDER / "schema.yaml")
    resolved: Config = _completed(_plain(config), schema, schema)
    error = min(
        Draft202012Validator(schema).iter_errors(resolved),
        key=lambda e: (len(e.absolute_path), e.message),
        default=None,
    )
    if error is not None:
        raise ConfigError(_explain(error))
    for arm in resolved["arms"]:
        _require_sense(arm_settings(resolved, arm))
    return resolved


def arm_settings(config: Config, arm: str) -> Config:
    """The configuration as one arm sees it: its overrides applied and checked.

    Raises:
        ConfigError: no such arm, or an override is no valid setting.
    """
    if arm not in config["arms"]:
        raise ConfigError(f"arms: {arm!r} is not one of {', '.join(config['arms'])}")
    overrides = config["arms"][arm]
    if not overrides:
        return config
    if "generations" in overrides.get("search", {}):
        raise ConfigError(
            f"arms.{arm}.search.generations: the same for all arms; set search.generations"
        )
    settings = merge(config, overrides)
    try:
        return resolve({**settings, "arms": {arm: {}}})
    except ConfigError as error:
        raise ConfigError(f"arms.{arm}: {error}") from None


def identity(config: Config) -> Config:
    """The part of a resolved configuration that names the run and its results."""
    schema = read_yaml(FOLDER / "schema.yaml")
    kept: Config = _without_execution(config, schema, schema)
    return kept


def differing_keys(old: Config, new: Config) -> list[str]:
    """Dotted paths of the keys whose values differ, sorted."""
    a, b = dict(_leaves(old)), dict(_leaves(new))
    return sorted(key for key in a.keys() | b.keys() if a.get(key) != b.get(key))


def search_seed(config: Config) -> int:
    """The seed of a search: its own, or the run's."""
    seed = config["search"]["seed"]
    return int(config["seed"] if seed is None else seed)


def compared(config: Config) -> list[Known]:
    """The known functions that a run measures for comparison."""
    names = config["validation"]["catalog"]
    return list(CATALOG) if names is None else [by_name(name) for name in names]


def suite_settings(config: Config, suite: str) -> Config:
    """What the tasks of a suite, `search` or `held_out`, are drawn from."""
    return {"samples": config["tasks"]["samples"], **config["tasks"][suite]}


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    else:
        yield path, value


def _plain(value: Any) -> Any:
    """A deep copy in builtin containers; Snakemake hands over its own kinds of mapping."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return copy.copy(value)


def _deref(node: Config, schema: Config) -> Config:
    reference = node.get("$ref")
    if reference is None:
        return node
    return {**schema["$defs"][reference.rsplit("/", 1)[1]], **node}


def _completed(value: Any, node: Config, schema: Config) -> Any:
    node = _deref(node, schema)
    value = _coerced(value, node)
    properties: Config = node.get("properties", {})
    if isinstance(value, dict):
        done = {}
        for key, inner in properties.items():
            if key in value:
                done[key] = _completed(value[key], inner, schema)
            elif "default" in (inner := _deref(inner, schema)):
                done[key] = _completed(copy.deepcopy(inner["default"]), inner, schema)
        others = node.get("additionalProperties")
        rest = others if isinstance(others, dict) else {}
        extra = {
            k: _completed(v, rest, schema) for k, v in value.items() if k not in properties
        }
        return {**done, **extra}
    if isinstance(value, list) and "items" in node:
        return [_completed(inner, node["items"], schema) for inner in value]
    return value


def _coerced(value: Any, node: Config) -> Any:
    """A string as YAML would read it, where the schema asks for something else."""
    kinds = node.get("type")
    allowed = [kinds] if isinstance(kinds, str) else (kinds or [])
    if not isinstance(value, str) or not allowed or "string" in allowed:
        return value
    try:
        return yaml.safe_load(value)
    except yaml.YAMLError:
        return value


def _without_execution(value: Any, node: Config, schema: Config) -> Any:
    node = _deref(node, schema)
    properties = node.get("properties", {})
    if not isinstance(value, dict):
        return value
    return {
        key: _without_execution(inner, properties.get(key, {}), schema)
        for key, inner in value.items()
        if properties.get(key, {}).get("x-role") != "execution"
    }


def _explain(error: ValidationError) -> str:
    """One sentence: the key's path, the value, and what is allowed."""
    path = ".".join(str(part) for part in error.absolute_path)
    rule: Config = error.schema if isinstance(error.schema, dict) else {}
    value: Any = error.instance
    if error.validator == "additionalProperties":
        allowed = list(rule.get("properties", {}))
        unknown = next(key for key in value if key not in allowed)
        full = f"{path}.{unknown}" if path else unknown
        return (
            f"{full}: no such key{_nearest(unknown, allowed)}; allowed are {', '.join(allowed)}"
        )
    if error.validator == "required":
        required: Any = error.validator_value
        missing = next(key for key in required if key not in value)
        return f"{path + '.' if path else ''}{missing}: missing{_described(rule, missing)}"
    meaning = f" ({rule['description']})" if "description" in rule else ""
    return f"{path or 'configuration'}: {_rule(error)}{meaning}"


def _rule(error: ValidationError) -> str:
    value, limit = error.instance, error.validator_value
    phrases = {
        "type": f"is {value!r}, must be {_alternatives(limit)}",
        "enum": f"is {value!r}, must be one of {_alternatives(limit)}",
        "minimum": f"is {value!r}, must be at least {limit}",
        "exclusiveMinimum": f"is {value!r}, must be above {limit}",
        "pattern": f"is {value!r}, must match {limit}",
    }
    return phrases.get(str(error.validator), error.message)


def _alternatives(limit: Any) -> str:
    return ", ".join(str(one) for one in limit) if isinstance(limit, list) else str(limit)


def _nearest(key: str, allowed: Iterable[str]) -> str:
    close = difflib.get_close_matches(key, list(allowed), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _described(rule: Config, key: str) -> str:
    description = rule.get("properties", {}).get(key, {}).get("description")
    return f"; it is the {description}" if description else ""


def _require_sense(config: Config) -> None:
    """Refuses combinations that each key alone allows."""
    samples, lab, search = config["tasks"]["samples"], config["lab"], config["search"]
    if lab["batch"] > samples["train"]:
        raise ConfigError(
            f"lab.batch: is {lab['batch']}, above tasks.samples.train ({samples['train']}); "
            "lower it, or draw more training rows"
        )
    for name in search["seeds"]:
        known = _known("search.seeds", name)
        if known.origin is Origin.PAPER and not search["allow_paper_seeds"]:
            raise ConfigError(
                f"search.seeds: {name!r} is a find of the paper, and a search seeded with it "
                "cannot be compared to it; set search.allow_paper_seeds to do so all the same"
            )
    for name in config["validation"]["catalog"] or ():
        _known("validation.catalog", name)
    for suite in ("search", "held_out"):
        for family, rules in config["tasks"][suite].items():
            _require_ordered(f"tasks.{suite}.{family}", rules)
        _require_formulas(f"tasks.{suite}", config["tasks"][suite])


def _known(path: str, name: str) -> Known:
    try:
        return by_name(name)
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from None


def _require_formulas(path: str, suite: Config) -> None:
    """Refuses equations that are not in the table, and custom tasks that cannot work."""
    try:
        for name in suite.get("feynman", {}).get("equations", ()):
            feynman_target(name, equation=name)
        for entry in suite.get("custom", ()):
            custom_target(entry)
    except TaskError as error:
        raise ConfigError(f"{path}: {error}") from None


def _require_ordered(path: str, rules: Any) -> None:
    """Refuses a range whose ends are the wrong way round."""
    for key, value in _leaves(rules) if isinstance(rules, dict) else ():
        pair = isinstance(value, list) and len(value) == 2 and key != "equations"
        if pair and all(isinstance(end, int | float) for end in value) and value[0] > value[1]:
            raise ConfigError(f"{path}.{key}: is {value}, must be [lowest, highest]")
