"""Draws a candidate's ancestry as Mermaid text, or as DOT for Graphviz."""

import argparse
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from actmine.evolution.ancestry import Ancestor, ancestry, find, read_ancestors
from actmine.evolution.reading import find_run
from actmine.shown_text import one_line, visible

LABEL_LENGTH = 60  # letters of an edit's summary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument("run_name", metavar="RUN", help="a run's name, or its folder")
    parser.add_argument(
        "candidate", metavar="ID", help="or its first digits, a name as shown, or `champion`"
    )
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of runs")
    parser.add_argument("--dot", action="store_true", help="for Graphviz; Mermaid otherwise")


def run(args: argparse.Namespace) -> int:
    """Prints the graph: an arrow leads from each parent to its child."""
    folder = find_run(args.run_name, results=args.results)
    known = read_ancestors(folder)
    candidate = find(args.candidate, known, folder).candidate_id
    ancestors = ancestry(candidate, known)
    print(visible("\n".join(dot(ancestors) if args.dot else mermaid(ancestors))))
    return 0


def mermaid(ancestors: Sequence[Ancestor]) -> Iterator[str]:
    """Lines of a Mermaid flow chart, seeds at the top."""
    yield "flowchart TD"
    for ancestor in reversed(ancestors):
        lines = "<br>".join(_plain(line) for line in _label(ancestor))
        yield f'    {ancestor.candidate_id}["{lines}"]'
    for parent, child, label in _edges(ancestors):
        yield f'    {parent} -->|"{_plain(label)}"| {child}'


def dot(ancestors: Sequence[Ancestor]) -> Iterator[str]:
    """Lines of a Graphviz digraph, seeds at the top."""
    yield "digraph lineage {"
    yield '    node [shape=box, fontname="sans-serif"];'
    for ancestor in reversed(ancestors):
        lines = r"\n".join(_quoted(line) for line in _label(ancestor))
        yield f'    {ancestor.candidate_id} [label="{lines}"];'
    for parent, child, label in _edges(ancestors):
        yield f'    {parent} -> {child} [label="{_quoted(label)}"];'
    yield "}"


def _label(ancestor: Ancestor) -> Iterator[str]:
    yield ancestor.name
    yield ancestor.candidate_id
    if ancestor.generation is not None:
        yield f"{ancestor.arm}, generation {ancestor.generation}, island {ancestor.island}"


def _edges(ancestors: Sequence[Ancestor]) -> Iterator[tuple[str, str, str]]:
    """(parent, child, how it was made); only the first parent's edge bears the edit."""
    present = {ancestor.candidate_id for ancestor in ancestors}
    for ancestor in reversed(ancestors):
        for place, parent in enumerate(ancestor.comes_from):
            if parent in present:
                summary = one_line(ancestor.summary, LABEL_LENGTH) if place == 0 else ""
                yield (
                    parent,
                    ancestor.candidate_id,
                    ": ".join(filter(None, [ancestor.made, summary])),
                )


def _plain(text: str) -> str:
    """Text that ends no Mermaid label and is no markup there."""
    escapes = {'"': "#quot;", "<": "#lt;", ">": "#gt;", "#": "#35;", "`": "#96;"}
    return re.sub(r'["<>#`]', lambda match: escapes[match[0]], " ".join(text.split()))


def _quoted(text: str) -> str:
    """Text within a DOT string."""
    return re.sub(r'(["\\])', r"\\\1", " ".join(text.split()))
