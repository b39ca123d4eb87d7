"""What is wrong with a configuration by its schema: a sentence each, which names the key."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING, Any

import yaml

from actmine.number_text import counted

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Node = dict[str, Any]

_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
_SYNONYMS = {"gpu": "cuda"}  # what is meant by a word that is not spelled like it
_LARGEST = 2**63 - 1  # that files and libraries carry as a whole number
_TOLD = 60  # characters of a value that a sentence repeats
_SECRET = re.compile(
    r"//[^/\s]*@(?!sha256:)"  # an account in an address; the digest of an image is none
    r"|//\S*[?&;#]\w*(?:key|token|secret|passw|sig)\w*="
    r"|\b(?:Basic|Bearer) +[\w+/=.~-]{16}",
    re.IGNORECASE,
)


def mistakes(whole: Node, schema: Node) -> list[str]:
    """What is wrong with a configuration that is complete but for what nobody gave."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    # Imported and made by who checks a configuration, not by every job that reads one.
    make: Any = extend
    validator = make(Draft202012Validator, {"pattern": _pattern})(schema)
    errors = sorted(
        validator.iter_errors(whole), key=lambda e: (len(e.absolute_path), str(e.absolute_path))
    )
    leaves = list(_leaves(whole, ""))
    found = {  # at most one a key
        key: f"{key}: is {value}, must be {why}"
        for key, value in leaves
        if (why := _bound(value))
    }
    for error in errors:
        for sentence in _sentences(error):
            found.setdefault(sentence.partition(":")[0], sentence)
    for key, value in leaves:
        if isinstance(value, str) and (why := _unfit(value)):
            found.setdefault(key, f"{key}: {why}")
    if found:
        return list(found.values())
    return [
        line
        for suite in ("search", "held_out")
        for line in _out_of_order(f"tasks.{suite}", whole["tasks"][suite])
    ]


def _pattern(_: Any, pattern: str, value: Any, rule: Node) -> Iterator[ValidationError]:
    """All of a text must match: a `$` alone lets a line break through."""
    from jsonschema.exceptions import ValidationError

    if isinstance(value, str) and not re.fullmatch(pattern, value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _sentences(error: ValidationError) -> Iterator[str]:
    """The key's path, the value, and what is allowed."""
    path = ".".join(map(str, error.absolute_path))
    start = f"{path}." if path else ""
    rule: Node = error.schema if isinstance(error.schema, dict) else {}
    value: Any = error.instance
    if error.validator == "additionalProperties":
        allowed = list(rule.get("properties", {}))
        unknown = [key for key in value if key not in allowed]
        told = "; ".join(f"{start}{key}: no such key{_meant(key, allowed)}" for key in unknown)
        yield f"{told}; allowed are {', '.join(allowed)}"
    elif error.validator == "required":
        required: Any = error.validator_value
        for key in required:
            if key not in value:
                yield f"{start}{key}: missing{_described(rule, key)}"
    else:
        meaning = f" ({rule['description']})" if "description" in rule else ""
        name = list(error.absolute_schema_path)[-2:-1] == ["propertyNames"]
        place = f"{start}{repr(value)[1:-1]}" if name else path or "configuration"
        yield f"{place}: {_rule(error, path=path)}{meaning}"


def _rule(error: ValidationError, *, path: str) -> str:
    limit: Any = error.validator_value
    kind = str(error.validator)
    value = _value(error)
    phrases = {
        "enum": "must be one of",
        "minimum": "must be at least",
        "maximum": "must be at most",
        "exclusiveMinimum": "must be above",
        "exclusiveMaximum": "must be below",
        "pattern": "must match",
        "minItems": "must have at least",
        "maxItems": "must have at most",
        "minProperties": "must have at least",
    }
    if kind == "uniqueItems":
        return "names something twice"
    if kind == "type":
        return f"{value}, must be {_kind(error, path)}"
    if kind not in phrases:
        return "cannot stand here"
    rule: Node = error.schema if isinstance(error.schema, dict) else {}
    options = limit if isinstance(limit, list) else [limit]
    sentence = f"{value}, {phrases[kind]} {', '.join(map(str, options))}"
    if kind == "pattern" and "x-must" in rule:
        sentence = f"{value}, must {rule['x-must']}"
    if kind == "enum":  # what is meant is told before all that there is
        meant = nearest(str(error.instance), filter(None, map(str, options)))
        sentence = f"{value}{meant}, {phrases[kind]} {', '.join(map(str, options))}"
    return sentence


def _kind(error: ValidationError, path: str) -> str:
    """What kind of value a key takes, how it is written, and an example."""
    limit: Any = error.validator_value
    kinds = limit if isinstance(limit, list) else [limit]
    told = " or ".join(_KINDS[kind] for kind in kinds)
    told += _remedy(error.instance, kinds, path=path)
    rule: Node = error.schema if isinstance(error.schema, dict) else {}
    for example in _examples(rule):
        value = {path.rpartition(".")[2]: example}
        flow = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=500)
        told += f", e.g. {flow.strip()[1:-1]}"
    return told


def _examples(rule: Node) -> list[Any]:
    """Values that a key may have: the schema's, or a mapping with one of its defaults."""
    keys: Node = {} if "required" in rule else rule.get("properties", {})
    defaults = [{key: inner["default"]} for key, inner in keys.items() if inner.get("default")]
    return list(rule.get("examples", defaults[:1]))


def _value(error: ValidationError) -> str:
    """What a key is, if that is short and no secret can stand in it."""
    value: Any = error.instance
    rule: Node = error.schema if isinstance(error.schema, dict) else {}
    if str(error.validator).endswith(("Items", "Properties")):
        return f"has {counted(len(value), 'entry', 'entries')}"
    if isinstance(value, dict | list):
        return f"is a {'mapping' if isinstance(value, dict) else 'list'}"
    if isinstance(value, str) and (rule.get("x-secret") or _SECRET.search(value)):
        return "is a text that is not repeated here"
    told = str(value) if isinstance(value, date) else repr(value)
    return f"is {told}" if len(told) <= _TOLD else f"is {told[:_TOLD]}…"


def _remedy(value: Any, kinds: list[str], *, path: str) -> str:
    """How a text is written that YAML takes for something else."""
    if "string" not in kinds or not isinstance(value, bool | int | float | date):
        return ""
    # Snakemake takes quotes off what stands on its command line, before it reads it.
    line = "" if "." in path else "; on a command line it has to begin with a letter"
    return f": put it in quotes, or YAML takes it for something else{line}"


def nearest(key: str, allowed: Iterable[str]) -> str:
    """What may be meant by a wrong name, in words; empty if nothing is like it."""
    names = list(allowed)
    same = [name for name in names if name == _SYNONYMS.get(key.lower())]
    close = same or difflib.get_close_matches(key, names, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _meant(key: str, allowed: list[str]) -> str:
    """What may be meant by an unknown key; pages join the keys of a path by dots."""
    first, *rest = str(key).split(".")
    if not rest or first not in allowed:
        return nearest(key, allowed)
    return f" (write {': {'.join([first, *rest])}: …{'}' * len(rest)})"


def _described(rule: Node, key: str) -> str:
    description = rule.get("properties", {}).get(key, {}).get("description")
    return f" ({description})" if description else ""


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """All that is neither mapping nor list, with its key."""
    if isinstance(value, dict | list):
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in entries:
            below = f"{path}.{key}" if path else str(key)
            if below not in ("arms", "validation.robustness"):  # read where they override
                yield from _leaves(inner, below)
    else:
        yield path, value


def _bound(value: Any) -> str:
    """What a number must be that no computation can use, as .inf; empty if it can."""
    if isinstance(value, float) and not isfinite(value):
        return "a finite number"
    huge = isinstance(value, int) and abs(value) > _LARGEST
    return f"at most {_LARGEST}" if huge else ""


def _unfit(text: str) -> str:
    """Why no file may keep a text; empty if one may."""
    if _SECRET.search(text):
        return "holds a password or a token, which the run's files would keep"
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        return f"is {text!r}, must be text in UTF-8"
    return ""


def _out_of_order(path: str, families: Node) -> Iterator[str]:
    """Ranges whose ends are the wrong way round."""
    for family, rules in families.items():
        for key, value in rules.items() if isinstance(rules, dict) else ():
            pair = isinstance(value, list) and not any(isinstance(end, str) for end in value)
            if pair and value != sorted(value):
                yield f"{path}.{family}.{key}: is {value}, must be [lowest, highest]"
