"""Tells what code a stage runs, and whether it has changed.

That is its script, all that the script imports, directly or not, and the tables and templates
that these read. An import inside a function counts, and so does a module that is named in a
text for another process to run.
"""

import ast
import hashlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_BROUGHT = _PACKAGE / "workflow"  # what an installed package brings along: see setup.py
# The folder of the workflow's own files: Snakefile, rules, config, profiles, scripts.
WORKFLOW = _BROUGHT if _BROUGHT.is_dir() else _PACKAGE.parents[1]
_SCRIPTS = WORKFLOW / "workflow_scripts" if _BROUGHT.is_dir() else _PACKAGE.parent
_DATA = (".csv", ".yaml", ".j2")
_NAMED = re.compile(r"\bactmine(?:\.\w+)+")
_TELLING = re.compile(rb"\b(?:import|actmine)\b")  # what a statement has that names a module
_NEXT = re.compile(rb"^\w", re.M)  # where a statement of a module itself may begin


@cache
def digest(*starts: str | Path) -> str:
    """One hash over the code of some stages; without any named, of all.

    Args:
        starts: names of scripts, e.g. "train.py", or paths of modules.
    """
    found = file_hashes(*(starts or (path.name for path in _SCRIPTS.glob("*.py"))))
    text = "".join(f"{name} {own}\n" for name, own in found.items())
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def file_hashes(*starts: str | Path) -> dict[str, str]:
    """Each file of that code, a script or one of the package, and its hash; by name."""
    seen: set[str] = set()
    waiting = [_name(_place(start).resolve()) for start in starts]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting.extend(_needs(name))
    return {name: _hash(name) for name in sorted(seen)}


def version() -> str:
    """The installed version of actmine; a checkout that was never installed has none."""
    from importlib import metadata  # 0.02 s that most jobs need not pay

    try:
        return metadata.version("actmine")
    except metadata.PackageNotFoundError:
        return "of a checkout"


@cache
def _place(file: str | Path) -> Path:
    """Where a file of ours stands, by its name: `train.py`, or `actmine/lab/fit.py`."""
    ours = Path(file).parts[:1] == (_PACKAGE.name,)
    return (_PACKAGE.parent if ours else _SCRIPTS) / file


def _name(path: Path) -> str:
    """The name of such a file."""
    above = _SCRIPTS if path.parent == _SCRIPTS else _PACKAGE.parent
    return path.relative_to(above).as_posix()


@cache
def _hash(file: str) -> str:
    return hashlib.sha256(_place(file).read_bytes()).hexdigest()[:16]


@cache
def _needs(file: str) -> frozenset[str]:
    """The modules and data files that a file names, and the packages that it stands in."""
    if file.endswith(_DATA):
        return frozenset()
    text = _place(file).read_bytes()
    names = [file.removesuffix(".py").replace("/", "."), *_names(text, file)]
    needed = {module for name in names for module in _modules(name)}
    if b"__file__" in text:  # whoever opens a file beside it begins with where it stands itself
        beside = _data(_place(file).parent)
        needed.update(data for data in beside if _reader(data) in ("", file))
    return frozenset(needed)


@cache
def _reader(data: str) -> str:
    """The module that a data file is named after, if that one opens files; else none."""
    module = f"{data.split('.')[0]}.py"
    path = _place(module)
    return module if path.is_file() and b"__file__" in path.read_bytes() else ""


def _names(text: bytes, file: str) -> Iterator[str]:
    """Dotted names that may be modules, but not those of comments.

    Looking into statements takes longest: one without a line that may tell a name is left out.
    """
    places = [found.start() for found in _TELLING.finditer(text)]
    if not places:
        return
    telling = [text.count(b"\n", 0, place) + 1 for place in places]

    def may_tell(node: ast.AST) -> bool:
        if not isinstance(node, ast.stmt) or node.end_lineno is None:
            return True
        decorators: list[ast.expr] = getattr(node, "decorator_list", [])
        first = min((one.lineno for one in decorators), default=node.lineno)
        return bisect_left(telling, first) < bisect_right(telling, node.end_lineno)

    nodes: list[ast.AST] = [_parsed(text, past=places[-1])]
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = file.split("/")[: -node.level] if node.level else []
            module = ".".join([*above, node.module] if node.module else above)
            # `from actmine.lab import fit` names a module, not a name within one.
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant):
            yield from _NAMED.findall(str(node.value))
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            nodes.extend(filter(may_tell, ast.iter_child_nodes(node)))


def _parsed(text: bytes, *, past: int) -> ast.Module:
    """The statements up to a place at least: what follows the next one is seldom looked at."""
    after = _NEXT.search(text, past)
    try:
        return ast.parse(text[: after.start()] if after else text)
    except SyntaxError:  # it was cut within a statement
        return ast.parse(text)


@cache
def _modules(name: str) -> tuple[str, ...]:
    """The files of ours that Python runs to import a name: a module's and its packages'."""
    above = name.rpartition(".")[0]
    packages = _modules(above) if above else ()
    if above and not packages:
        return ()  # nothing of ours
    stem = name.replace(".", "/")
    files = (f"{stem}.py", f"{stem}/__init__.py")
    return (*packages, *(file for file in files if _place(file).is_file()))


@cache
def _data(folder: Path) -> tuple[str, ...]:
    """The data files in a folder, and in those below it that hold no module."""
    folders = (one for one in folder.iterdir() if one.is_dir() and one != _BROUGHT)
    below = (one for one in folders if not any(one.glob("*.py")))
    own = (one for one in folder.iterdir() if one.name.endswith(_DATA))
    return (
        *(_name(one) for one in own),
        *(file for one in below for file in _data(one)),
    )
