"""Pages of the site that do not stand in `docs`, and links that lead out of it. [ours]

A page that has its place elsewhere in the repository (README.md, results/README.md) is read
there; pages on keys and columns are made from schema and code. A link to any other file of the
repository leads to a copy that the site carries below `repository`, since a site does not know
where the repository is hosted.
"""

import logging
import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from configuration_keys import keys_page
from table_columns import columns_page

ROOT = Path(__file__).resolve().parents[2]
# Where a page stands in the repository: its name in the site.
ELSEWHERE = {
    "README.md": "index.md",
    "config/README.md": "configure.md",
    "results/README.md": "results.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
MADE = {"keys.md": keys_page, "columns.md": columns_page}
# What they are made from: elsewhere a link to it leads to the page.
MADE_FROM = {
    "config/schema.yaml": "keys.md",
    "workflow_scripts/actmine/tables/run_tables.py": "columns.md",
}
CARRIED = "repository"  # the folder of the site that holds other files of the repository
_LINK = re.compile(r"(\]\()(?![a-z]+:|#|/)([^)\s#]+)((?:#[^)\s]*)?\))")
_CODE = re.compile(r"^(`{3,}).*?^\1$|`[^`\n]+`", re.M | re.S)

log = logging.getLogger("mkdocs.hooks.repository_pages")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that do not stand in `docs`."""
    for place, name in ELSEWHERE.items():
        files.append(File.generated(config, name, abs_src_path=str(ROOT / place)))
    for name, make in MADE.items():
        files.append(File.generated(config, name, content=make()))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """The text of a page with its links as the site needs them.

    A link that leads to no file of the repository is a warning, which ends a strict build.
    """
    name = page.file.src_uri
    if name == "index.md":  # it has no page beside it, and a wide table
        page.meta["hide"] = ["navigation"]
    place = {site: there for there, site in ELSEWHERE.items()}.get(name, f"docs/{name}")

    def led(match: re.Match[str]) -> str:
        before, target, after = match.groups()
        there = posixpath.normpath(posixpath.join(posixpath.dirname(place), target))
        made = MADE_FROM.get(there, name)
        address = made if made != name else _address(there, place, config, files)
        address = posixpath.relpath(address, posixpath.dirname(name) or ".")
        return f"{before}{address}{after}"

    parts, end = [], 0
    for code in _CODE.finditer(markdown):
        parts += [_LINK.sub(led, markdown[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*parts, _LINK.sub(led, markdown[end:])])


def _address(there: str, place: str, config: MkDocsConfig, files: Files) -> str:
    """What a link to a file of the repository is in the site, from its first folder."""
    name = ELSEWHERE.get(there, there.removeprefix("docs/"))
    if there in ELSEWHERE or there.startswith("docs/"):
        return name
    path = ROOT / there
    if not path.is_file():
        log.warning("%s: it links to %s, which is no file of the repository", place, there)
        return there
    carried = f"{CARRIED}/{there}"
    if files.get_file_from_path(carried) is None:
        files.append(File.generated(config, carried, abs_src_path=str(path)))
    return carried
