"""Reads values by a JSON schema: defaults, coercion of strings, errors in one sentence."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Node = dict[str, Any]


def plain(value: Any) -> Any:
    """A deep copy in builtin containers; Snakemake hands over its own kinds of mapping."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return copy.copy(value)


def completed(value: Any, node: Node, schema: Node) -> Any:
    """The value with defaults filled in at every depth, strings coerced.

    Args:
        value: what was configured.
        node: the part of the schema that describes it.
        schema: the whole, in which `$ref` is looked up.
    """
    node = _deref(node, schema)
    value = _coerced(value, node)
    properties: Node = node.get("properties", {})
    if isinstance(value, dict):
        done = {}
        for key, inner in properties.items():
            if key in value:
                done[key] = completed(value[key], inner, schema)
            elif "default" in (inner := _deref(inner, schema)):
                done[key] = completed(copy.deepcopy(inner["default"]), inner, schema)
        others = node.get("additionalProperties")
        rest = others if isinstance(others, dict) else {}
        extra = {k: completed(v, rest, schema) for k, v in value.items() if k not in properties}
        return {**done, **extra}
    if isinstance(value, list) and "items" in node:
        return [completed(inner, node["items"], schema) for inner in value]
    return value


def _coerced(value: Any, node: Node) -> Any:
    """A string as YAML would read it, and 3.0 as 3, where the schema asks for it."""
    kinds = node.get("type")
    allowed = [kinds] if isinstance(kinds, str) else (kinds or [])
    if isinstance(value, str) and allowed and "string" not in allowed:
        with suppress(yaml.YAMLError):
            value = yaml.safe_load(value)
    whole = isinstance(value, float) and "integer" in allowed and value.is_integer()
    return int(value) if whole else value


def _deref(node: Node, schema: Node) -> Node:
    reference = node.get("$ref")
    if reference is None:
        return node
    return {**schema["$defs"][reference.rsplit("/", 1)[1]], **node}


def by_role(value: Any, node: Node, schema: Node, *, execution: bool) -> Any:
    """The keys that the schema marks `x-role: execution`, or all but these, at every depth.

    Lists keep their length, so that both parts can be joined again.
    """
    node = _described_by(node, schema)
    if isinstance(value, list):
        items = node.get("items", {})
        return [by_role(item, items, schema, execution=execution) for item in value]
    if not isinstance(value, dict):
        return {} if execution else value
    kept = {}
    for key, inner in value.items():
        child = _child(node, key)
        if _is_execution(child, schema):
            if execution:
                kept[key] = inner
            continue
        part = by_role(inner, child, schema, execution=execution)
        if not execution or any(part):
            kept[key] = part
    return kept


def _child(node: Node, key: str) -> Node:
    others = node.get("additionalProperties")
    child: Node = node.get("properties", {}).get(
        key, others if isinstance(others, dict) else {}
    )
    return child


def _described_by(node: Node, schema: Node) -> Node:
    """The node that describes a value; an arm's overrides are described by what they are of."""
    node = _deref(node, schema)
    if "x-overrides" in node:
        described: Node = schema["properties"][node["x-overrides"]]
        return described
    return node


def _is_execution(node: Node, schema: Node) -> bool:
    return _deref(node, schema).get("x-role") == "execution"


def explain(error: ValidationError) -> str:
    """One sentence: the key's path, the value, and what is allowed."""
    path = ".".join(str(part) for part in error.absolute_path)
    rule: Node = error.schema if isinstance(error.schema, dict) else {}
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
    return ", ".join(map(str, limit)) if isinstance(limit, list) else str(limit)


def _nearest(key: str, allowed: Iterable[str]) -> str:
    close = difflib.get_close_matches(key, list(allowed), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _described(rule: Node, key: str) -> str:
    description = rule.get("properties", {}).get(key, {}).get("description")
    return f"; it is the {description}" if description else ""
