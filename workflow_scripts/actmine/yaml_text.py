"""Reads YAML of plain values; what runs in a child reads none, and does without its library."""

from typing import Any

import yaml

from actmine.files import first_twice

_MOST_VALUES = 1_000_000  # of a document: an alias of aliases has no end
# libyaml, where PyYAML was built with it: ten times faster, and every job reads some YAML.
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_YAML):  # type: ignore[misc,valid-type]
    """Of plain values only; a key that stands twice is refused."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [(key.tag, key.value) for key, _ in node.value if key.id == "scalar"]
        if len(set(keys)) < len(keys):
            what = f"the key {first_twice(keys)[1]!r} stands twice"
            raise yaml.constructor.ConstructorError(None, None, what, node.start_mark)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return mapping


def parse_yaml(text: str) -> Any:
    """The one YAML document in a text, of plain values only.

    Raises:
        ValueError: it is not valid, a key stands twice, it is nested too deeply, or aliases
            make it endless.
    """
    try:
        document = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        told = str(error).replace(' in "<unicode string>",', " in")
        raise ValueError(" ".join(told.split())) from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    waiting, values = [document], 0
    while waiting:
        value, values = waiting.pop(), values + 1
        if values > _MOST_VALUES:
            raise ValueError(f"it stands for more than {_MOST_VALUES:,} values")
        if isinstance(value, (dict, list)):
            waiting.extend(value.values() if isinstance(value, dict) else value)
    return document
