"""Reads a configuration: fills defaults, refuses what makes no sense, names the key."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from actmine.files import parse_yaml
from actmine.settings.measurements import kind_of
from actmine.settings.rules import flaw, no_room
from actmine.settings.schema import completed, explain, only_execution, plain, without_execution

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "config"

Config = dict[str, Any]

# How a model is reached; two entries may ask it with other parameters, not on other ways.
_WAY = ("api_base", "key_env", "price", "requests_per_minute", "fallbacks")


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
        value = parse_yaml(path.read_text(encoding="utf-8"))
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
    # Imported by who checks a configuration, and not by every job that reads a checked one.
    from jsonschema import Draft202012Validator

    schema = read_yaml(FOLDER / "schema.yaml")
    resolved: Config = completed(plain(config), schema, schema)
    error = min(
        Draft202012Validator(schema).iter_errors(resolved),
        key=lambda e: (len(e.absolute_path), e.message),
        default=None,
    )
    if error is not None:
        raise ConfigError(explain(error))
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
    kept: Config = without_execution(config, schema, schema)
    return kept


def execution(config: Config) -> Config:
    """The rest: how a run is carried out, which its frozen configuration does not hold."""
    schema = read_yaml(FOLDER / "schema.yaml")
    kept: Config = only_execution(config, schema, schema)
    return kept


def with_execution(named: Config, carried_out: Config) -> Config:
    """An identity and an execution put together again."""
    joined: Config = _joined(named, carried_out)
    return joined


def _joined(a: Any, b: Any) -> Any:
    if isinstance(a, dict) and isinstance(b, dict):
        return {**a, **{key: _joined(a[key], b[key]) if key in a else b[key] for key in b}}
    if isinstance(a, list) and isinstance(b, list):
        return [_joined(one, two) for one, two in zip(a, b, strict=True)]
    return b


def differing_keys(old: Config, new: Config) -> list[str]:
    """Dotted paths of the keys whose values differ, sorted."""
    a, b = dict(_leaves(old)), dict(_leaves(new))
    return sorted(key for key in a.keys() | b.keys() if a.get(key) != b.get(key))


def search_seed(config: Config) -> int:
    """The seed of a search: its own, or the run's."""
    seed = config["search"]["seed"]
    return int(config["seed"] if seed is None else seed)


def mutator_name(entry: Config) -> str:
    """What records and tables call an entry of `mutation.mutators`."""
    return str(entry["name"] or entry["model"] or entry["kind"])


def asks_models(config: Config) -> bool:
    """Whether a resolved configuration, of a run or an arm, has language models in it."""
    return any(entry["kind"] == "llm" for entry in config["mutation"]["mutators"])


def suite_settings(config: Config, suite: str) -> Config:
    """What the tasks of a suite are drawn from: of `held_out`, or of any draw of `search`."""
    section = config["tasks"][kind_of(suite)]
    families = {name: rules for name, rules in section.items() if rules is not None}
    return {"samples": config["tasks"]["samples"], **families}


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    else:
        yield path, value


def _require_sense(config: Config) -> None:
    """Refuses combinations that each key alone allows."""
    samples, lab, search = config["tasks"]["samples"], config["lab"], config["search"]
    if lab["batch"] > samples["train"]:
        raise ConfigError(
            f"lab.batch: is {lab['batch']}, above tasks.samples.train ({samples['train']}); "
            "lower it, or draw more training rows"
        )
    if told := flaw(search["ladder"], steps=lab["steps"], elites=search["elites"]):
        raise ConfigError(told)
    _require_transfer(config)
    _require_mutators(config)
    if told := no_room(search):
        raise ConfigError(told)
    for suite in ("search", "held_out"):
        for family, rules in config["tasks"][suite].items():
            _require_ordered(f"tasks.{suite}.{family}", rules)


def _require_mutators(config: Config) -> None:
    """Refuses mutators that cannot be told apart, or lack a model, or could ask for nothing."""
    mutation = config["mutation"]
    names: set[str] = set()
    ways: dict[str, Config] = {}
    for number, entry in enumerate(mutation["mutators"]):
        path = f"mutation.mutators.{number}"
        if (entry["kind"] == "llm") != (entry["model"] is not None):
            raise ConfigError(
                f"{path}.model: an llm entry names its model, as litellm writes it "
                "(anthropic/claude-sonnet-4-5, openai/NAME with api_base, ollama/NAME); "
                "an embedded one has none"
            )
        if mutator_name(entry) in names:
            raise ConfigError(
                f"{path}.name: there are two mutators {mutator_name(entry)!r}; give one a "
                "`name` of its own"
            )
        names.add(mutator_name(entry))
        before = ways.setdefault(entry["model"], entry)
        if any(before[key] != entry[key] for key in _WAY):
            raise ConfigError(
                f"{path}: {entry['model']} is reached in another way than by the entry before "
                f"it; {', '.join(_WAY)} belong to the model, so repeat them"
            )
    operators = mutation["operators"]
    if asks_models(config) and not any(operators[o] for o in operators if o != "crossover"):
        raise ConfigError(
            "mutation.operators: only crossover has a weight, which takes two parents and "
            "cannot start a search; give another operator a weight"
        )


def _require_transfer(config: Config) -> None:
    """Refuses a device that the locks shut out."""
    transfer = config["transfer"]
    if transfer["device"] == "cuda" and config["sandbox"]["isolation"] != "gate-only":
        raise ConfigError(
            "transfer.device: is cuda, whose driver the locks of sandbox.isolation "
            f"{config['sandbox']['isolation']!r} shut out; set it to gate-only, which trusts "
            "the static gate alone (docs/security.md), or train on cpu"
        )


def _require_ordered(path: str, rules: Any) -> None:
    """Refuses a range whose ends are the wrong way round."""
    for key, value in _leaves(rules) if isinstance(rules, dict) else ():
        pair = isinstance(value, list) and len(value) == 2 and key != "equations"
        if pair and all(isinstance(end, int | float) for end in value) and value[0] > value[1]:
            raise ConfigError(f"{path}.{key}: is {value}, must be [lowest, highest]")
