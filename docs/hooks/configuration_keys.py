"""Every key of the configuration as a page, from config/schema.yaml. [ours]"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

CONFIG = Path(__file__).resolve().parents[2] / "config"
HEAD = """\
# Every key

Made from [config/schema.yaml](../config/schema.yaml), against which a configuration is
checked; [Configure](../config/README.md) says how keys are set. A key in `[ ]` belongs to every
entry of a list, one in `< >` has a name of yours. **May change** marks keys that say how a run
is carried out: an existing run goes on under another value of them. All others are its
identity, and a run is refused where one of them differs.
"""
_KINDS = {"array": "list", "boolean": "true or false", "object": "mapping", "string": "text"}
_BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
Schema = Mapping[str, Any]


class Key(NamedTuple):
    """A key that may be set, with its description in the schema.

    Attributes:
        path: its dotted name.
        free: whether an existing run may go on under another value.
    """

    path: str
    schema: Schema
    free: bool


def keys_page() -> str:
    """The whole page: a section for each key of the first level that holds others."""
    schema = _read("schema.yaml")
    demo = _read("config.yaml")
    definitions = schema["$defs"]
    single = [key for name, part in schema["properties"].items() for key in _alone(name, part)]
    sections = [HEAD, "## The run\n", _table(single, demo)]
    for name, part in schema["properties"].items():
        if "properties" in part or "additionalProperties" in part:
            keys = list(all_keys(part, name, definitions, free=_free(part)))
            about = f"{_sentence(part.get('description', ''))}\n"
            sections += [f"## `{name}`\n", about, _table(keys, demo)]
    return "\n".join(sections)


def all_keys(part: Schema, path: str, definitions: Schema, *, free: bool) -> Iterator[Key]:
    """All keys below one, in the schema's order; what is shared is told wherever it stands."""
    for name, raw in part.get("properties", {}).items():
        below = _resolved(raw, definitions)
        here = f"{path}.{name}"
        loose = free or _free(below)
        if below.get("properties") and "$ref" not in raw:
            if below.get("description"):
                yield Key(here, below, loose)
            yield from all_keys(below, here, definitions, free=loose)
            continue
        yield Key(here, below, loose)
        yield from all_keys(below, here, definitions, free=loose)
        items = _resolved(below.get("items", {}), definitions)
        yield from all_keys(items, f"{here}[]", definitions, free=loose)
    named = part.get("additionalProperties")
    if isinstance(named, Mapping):
        yield from all_keys(named, f"{path}.<name>", definitions, free=free)


def _read(name: str) -> Any:
    return yaml.safe_load((CONFIG / name).read_text(encoding="utf-8"))


def _alone(name: str, part: Schema) -> Iterator[Key]:
    if "properties" not in part and "additionalProperties" not in part:
        yield Key(name, part, _free(part))


def _resolved(part: Schema, definitions: Schema) -> Schema:
    """A description with what it refers to; its own words come first."""
    if "$ref" not in part:
        return part
    shared = definitions[part["$ref"].removeprefix("#/$defs/")]
    return {**shared, **part}


def _free(part: Schema) -> bool:
    return part.get("x-role") == "execution"


def _table(keys: list[Key], demo: Schema) -> str:
    rows = ["| key | meaning | value | default |", "|---|---|---|---|"]
    for key in keys:
        name = f"`{key.path}`" + (" **may change**" if key.free else "")
        cells = (name, _meaning(key.schema), _value(key.schema))
        rows.append(f"| {' | '.join(map(_cell, cells))} | {_default(key, demo)} |")
    return "\n".join(rows) + "\n"


def _meaning(part: Schema) -> str:
    if "x-overrides" in part:
        return f"Overrides keys of `{part['x-overrides']}`."
    return _sentence(part.get("description", ""))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text[:1].upper() + text[1:] + ("." if text and text[-1] not in ".:" else "")


def _value(part: Schema) -> str:
    """What may stand there, in words."""
    if "enum" in part:
        return ", ".join(f"`{each}`" for each in part["enum"])
    kinds = part.get("type", "object")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    names = [str(_KINDS.get(kind, kind)) for kind in kinds if kind != "null"]
    bounds = [f"{sign} {_number(part[key])}" for key, sign in _BOUNDS.items() if key in part]
    told = " ".join([*names, ", ".join(bounds)]).strip()
    return f"{told} or null" if "null" in kinds else told


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


def _default(key: Key, demo: Schema) -> str:
    """The default, and where config/config.yaml has another, the demo's."""
    told = f"`{_flow(key.schema['default'])}`" if "default" in key.schema else ""
    value: Any = demo
    for step in key.path.split("."):
        if not isinstance(value, Mapping) or step not in value:
            return told
        value = value[step]
    if value is None or isinstance(value, Mapping) or value == key.schema.get("default"):
        return told
    return f"{told}{'; ' if told else ''}demo: `{_flow(value)}`"


def _flow(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...")
