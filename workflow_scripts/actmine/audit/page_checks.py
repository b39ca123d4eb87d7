"""Writes a run's page again, and compares the words."""

import re
from collections.abc import Iterator
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

from actmine.audit.audited import Audited
from actmine.audit.problem import Problem

if TYPE_CHECKING:  # it draws
    from actmine.report.content import ReportData

# Figures, what the jobs took, where the run stood, and numbers by which a table is sorted.
_UNCOMPARED = re.compile(
    r"<svg.*?</svg>|<h4>What the run used</h4>.*?</table>|<h4>Run it again</h4>.*?</pre>"
    r'| data-value="[^"]*"',
    re.DOTALL,
)


def page_problems(run: Audited) -> Iterator[Problem]:
    """The first words of the page that do not follow from the run's files.

    What was measured on others' data since, or before, may be left out.
    """
    path = run.folder / "report" / "index.html"
    if path.exists():
        yield from run.check_file(path, lambda page: _difference(run, page))


def _difference(run: Audited, path: Path) -> str:
    from actmine.report.collect import collect  # imports what draws
    from actmine.report.page import render

    stored = _words(path.read_text(encoding="utf-8"))
    content = collect(run.folder, generations=run.generations)
    pages = [_words(render(one)) for one in _readings(content)]
    if stored in pages:
        return ""
    lines = unified_diff(pages[0], stored, lineterm="", n=0)
    other = [line[1:].strip() for line in lines if re.match(r"\+(?!\+\+)", line)]
    return f"says what does not follow: {other[0][:200]}" if other else "leaves something out"


def _readings(content: "ReportData") -> Iterator["ReportData"]:
    """The content, also as it was before, or without, what was measured on others' data."""
    for transfer in [content.transfer, ()] if content.transfer else [()]:
        for external in [content.external, ()] if content.external else [()]:
            yield replace(content, transfer=transfer, external=external)


def _words(page: str) -> list[str]:
    return _UNCOMPARED.sub("", page).splitlines()
