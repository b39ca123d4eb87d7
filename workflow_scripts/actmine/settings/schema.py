"""Reads values by a JSON schema: defaults, and strings as what they stand for."""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

Node = dict[str, Any]

_NUMBERS = {"integer", "number"}
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)[eE][-+]?\d+")  # YAML 1.1 wants a dot and a sign


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
    """Where asked for, a string as YAML reads it, 3.0 as 3, and a path as a shell reads it."""
    kinds = node.get("type")
    allowed = [kinds] if isinstance(kinds, str) else (kinds or [])
    if isinstance(value, str) and allowed:
        if "null" in allowed and value == "null":
            return None
        if "string" not in allowed:
            with suppress(yaml.YAMLError):
                value = yaml.safe_load(value)
        elif value and "x-path" in node:
            return _path(value)
    if isinstance(value, str) and "array" in allowed and "string" not in allowed:
        return [value]  # one word stands for a list of it
    if isinstance(value, str) and _NUMBER.fullmatch(value) and _NUMBERS.intersection(allowed):
        value = float(value)
    whole = isinstance(value, float) and "integer" in allowed and value.is_integer()
    return int(value) if whole else value


def _path(value: str) -> str:
    """In one spelling, with ~ and $NAME read as a shell reads them."""
    path = Path(os.path.expandvars(value.strip()))
    with suppress(RuntimeError):  # no such user: the schema refuses what is left
        path = path.expanduser()
    return str(path)


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
