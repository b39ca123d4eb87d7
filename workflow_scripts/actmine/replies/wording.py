"""Gives the arguments of a call the names that they have in torch."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

Words = tuple[list[ast.expr], list[ast.keyword]]


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One parameter of a row of `dialects`.

    Attributes:
        names: the author's, each as good as the other.
        keyword: ours; empty if it goes by position.
        default: what is written where the author left it out; empty for nothing.
        required: without it the two functions differ.
        translates: false if it has no counterpart.
    """

    names: tuple[str, ...]
    keyword: str
    default: str
    required: bool
    translates: bool


def parameter(text: str) -> Parameter:
    """Reads `a|b:keyword=default`, with `!` behind it if required, `-` in front if not ours."""
    names, _, rest = text.lstrip("-").rstrip("!").partition(":")
    keyword, _, default = rest.partition("=")
    return Parameter(
        names=tuple(names.split("|")),
        keyword=keyword,
        default=default,
        required=text.endswith("!"),
        translates=not text.startswith("-"),
    )


def reword(
    row: Sequence[str], args: Sequence[ast.expr], keywords: Sequence[ast.keyword]
) -> Words | None:
    """The arguments of a call as torch has them; None where one has no counterpart."""
    parameters = [parameter(text) for text in row]
    given = _given(parameters, args, keywords)
    if given is None:
        return None
    positional: list[ast.expr] = []
    named: list[ast.keyword] = []
    missing = False
    for one, value in zip(parameters, given, strict=True):
        if value is None and one.default:
            value = ast.parse(one.default, mode="eval").body
        if value is None:
            missing = missing or not one.keyword
            if one.required:
                return None
        elif not one.translates or (missing and not one.keyword):
            return None
        elif one.keyword:
            named.append(ast.keyword(arg=one.keyword, value=value))
        else:
            positional.append(value)
    return positional, named


def _given(
    parameters: Sequence[Parameter], args: Sequence[ast.expr], keywords: Sequence[ast.keyword]
) -> list[ast.expr | None] | None:
    """The value of each parameter, None where it was left out or is None itself."""
    if len(args) > len(parameters) or any(isinstance(one, ast.Starred) for one in args):
        return None
    given: list[ast.expr | None] = [*args, *[None] * (len(parameters) - len(args))]
    for keyword in keywords:
        places = [i for i, one in enumerate(parameters) if keyword.arg in one.names]
        if not places or given[places[0]] is not None:
            return None
        given[places[0]] = keyword.value
    return [
        None if isinstance(value, ast.Constant) and value.value is None else value
        for value in given
    ]
