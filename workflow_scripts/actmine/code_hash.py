"""Tells which modules a stage is made of, and whether they have changed."""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_DATA = (".csv", ".yaml", ".j2")


def module_hashes(roots: tuple[str, ...]) -> dict[str, str]:
    """Hashes of the modules, and their folders' data files, that `roots` import.

    Args:
        roots: dotted module names in this package, e.g. "actmine.lab.fit".

    Returns:
        name to sha256, in order of name.
    """
    seen: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(_imports(name))
    return {name: _hash(name) for name in sorted(seen)}


@cache
def stage_hash(roots: tuple[str, ...]) -> str:
    """One hash over all that `module_hashes` tells."""
    text = "".join(f"{name} {digest}\n" for name, digest in module_hashes(roots).items())
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _file(name: str) -> Path:
    stem = _PACKAGE.joinpath(*name.split(".")[1:])
    return stem / "__init__.py" if stem.is_dir() else stem.with_suffix(".py")


@cache
def _imports(name: str) -> tuple[str, ...]:
    tree = ast.parse(_file(name).read_bytes())
    return tuple(sorted(set(_imported(tree))))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from actmine.lab import fit` names a module, not a name within one.
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        yield from (n for n in names if n.split(".")[0] == "actmine" and _file(n).exists())


@cache
def _hash(name: str) -> str:
    path = _file(name)
    digest = hashlib.sha256(path.read_bytes())
    # Tables and templates belong to the modules beside them.
    for data in sorted(path.parent.iterdir()):
        if data.suffix in _DATA:
            digest.update(data.name.encode() + data.read_bytes())
    return digest.hexdigest()[:16]
