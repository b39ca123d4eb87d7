"""Seals a folder with the sha256 of each file, and finds every byte that changed since.

The format is coreutils': `sha256sum --check sha256sums.txt` reads it too. Its first line, a
comment there, is the digest of all lines below it: the root digest, which vouches for
everything and may be published with a result.
"""

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from actmine import layout
from actmine.audit.problem import Problem
from actmine.files import write_atomically

FILE = "sha256sums.txt"
TRANSFER, EXTERNAL = "transfer", "external"  # have a seal of their own for each tier
_ROOT = re.compile(r"# root ([0-9a-f]{64})\n")
_LINE = re.compile(r"^([0-9a-f]{64})  ([^\\\n]+)\n", re.MULTILINE)
# Folders at the top. What a queue held is in the journal once it counts.
_UNSEALED = frozenset({"logs", "benchmarks", layout.QUEUE, TRANSFER, EXTERNAL})
_MACHINE = (".log", ".tsv")  # what jobs said, and what they used
_BLOCK = 1 << 16  # bytes
_TOP_UP = "run snakemake again to seal the run as it is, or put the file back"


def seal(folder: Path) -> str:
    """Writes the sums of all that a folder holds; the root digest."""
    names = sorted(sealed(folder))
    if strange := [name for name in names if not name.isprintable() or "\\" in name]:
        raise ValueError(f"{folder}: the name {strange[0]!a} cannot be sealed; rename the file")
    body = "".join(f"{digest(folder / name)}  {name}\n" for name in names)
    root = _sha256(body.encode())
    write_atomically(folder / FILE, f"# root {root}\n{body}".encode())
    return root


def sealed(folder: Path) -> Iterator[str]:
    """The plain files that a seal covers: all but logs, measured usage and hidden ones."""
    for place, folders, names in os.walk(folder):
        below = Path(place).relative_to(folder)
        if not below.parts:
            folders[:] = [name for name in folders if name not in _UNSEALED]
        folders[:] = [name for name in folders if not name.startswith(".")]
        # Texts: a long search has files enough for paths to take longer than the disk.
        prefix = f"{below.as_posix()}/" if below.parts else ""
        for name in names:
            path = f"{prefix}{name}"
            covered = not name.startswith(".") and not name.endswith(_MACHINE) and path != FILE
            if covered and stat.S_ISREG(os.lstat(f"{place}/{name}").st_mode):
                yield path


def digest(path: Path) -> str:
    """The sha256 of a file's content."""
    found = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        # `hashlib.file_digest` would clear a quarter of a megabyte for each small file.
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


def root_digest(folder: Path) -> str:
    """What a folder's seal names as the digest of all; empty where there is no seal."""
    path = folder / FILE
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    match = _ROOT.match(text)
    return match[1] if match else ""


def is_sealed(folder: Path) -> bool:
    """Whether there is a seal at all, damaged or not."""
    return (folder / FILE).exists()


def seals(folder: Path) -> list[Path]:
    """The folders that have, or should have, a seal of their own."""
    places = [place for name in (TRANSFER, EXTERNAL) for place in (folder / name).glob("*")]
    tiers = sorted(path for path in places if path.is_dir())
    return tiers if has_no_search(folder) else [folder, *tiers]


def has_no_search(folder: Path) -> bool:
    """Whether known functions alone were measured on others' data, which needs no search."""
    measured = any((folder / name).exists() for name in (TRANSFER, EXTERNAL))
    return measured and not any(folder.glob("*/gen_0000"))


def sealed_problems(folder: Path) -> Iterator[Problem]:
    """What changed since the run and its measurements on others' data were sealed."""
    for place in seals(folder):
        prefix = place.relative_to(folder)
        for problem in problems(place):
            yield Problem(file=(prefix / problem.file).as_posix(), what=problem.what)


def problems(folder: Path) -> Iterator[Problem]:
    """Every file that is not as it was sealed; files are named relative to the folder.

    The store is a cache, which may be deleted and which `actmine try FILE` adds to: there only
    what changed counts.
    """
    digests = listed(folder)
    if isinstance(digests, Problem):
        yield digests
        return
    present = set(sealed(folder))
    for name, expected in digests.items():
        if name in present:
            if what := change(folder / name, expected):
                yield Problem(file=name, what=what)
        elif not _is_kept(name):
            yield Problem(file=name, what=f"is missing; {FILE} lists it: put it back")
    for name in sorted(present - digests.keys()):
        if not _is_kept(name):
            yield Problem(file=name, what=f"is not listed in {FILE}; {_TOP_UP}")


def listed(folder: Path) -> dict[str, str] | Problem:
    """The digests by name, or what is wrong with the list itself."""
    path = folder / FILE
    if not path.is_file():
        return Problem(file=FILE, what="is missing: nothing is sealed; run snakemake again")
    content = path.read_bytes()
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return Problem(file=FILE, what="is damaged: it is no text")
    head = _ROOT.match(text)
    if head is None or _sha256(content[head.end() :]) != head[1]:
        return Problem(
            file=FILE, what="is damaged: its lines do not have the root digest it names"
        )
    digests = {name: digest for digest, name in _LINE.findall(text, head.end())}
    if len(digests) < text.count("\n", head.end()):
        return Problem(file=FILE, what="is damaged: not every line is a sum of another file")
    return digests


def lost(folder: Path, ending: str) -> list[str]:
    """The files of such an ending that the seal lists and that are gone; not the store's."""
    digests = listed(folder)
    names = () if isinstance(digests, Problem) else digests
    asked = (name for name in names if name.endswith(ending) and not _is_kept(name))
    return [name for name in asked if not (folder / name).exists()]


def change(path: Path, expected: str) -> str:
    """What has become of a sealed file; empty if nothing has."""
    try:
        same = digest(path) == expected
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return "" if same else f"its content is not what {FILE} sealed"


def _is_kept(name: str) -> bool:
    return name.startswith(f"{layout.STORE}/")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
