"""Repeats a run's search from its files, without training or keys, and compares."""

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path

from actmine import layout
from actmine.audit import entries
from actmine.audit.audited import Audited, Place, open_run, walk, with_trust
from actmine.audit.generation_checks import selection_problems
from actmine.audit.problem import Problem
from actmine.commands.isolation_option import add_isolation_option
from actmine.evolution.proposals import propose, seeds
from actmine.evolution.reading import find_run, read_known
from actmine.files import canonical_json
from actmine.gate import handlers
from actmine.llm.access import Ask, connect
from actmine.llm.client import ReplayError
from actmine.llm.known import KnownScore
from actmine.number_text import counted
from actmine.records.proposal import Proposal
from actmine.records.rows import to_row
from actmine.sandbox.host import Sandbox
from actmine.settings import frozen as runs
from actmine.settings.configuration import ConfigError, arm_settings
from actmine.settings.measurements import SEARCH
from actmine.settings.sections import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument("run_name", metavar="RUN", help="a run's name, or its folder")
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of runs")
    add_isolation_option(parser)


def run(args: argparse.Namespace) -> int:
    """Proposes and selects every generation again; names each file that comes out different.

    Models are not asked: their replies are in the journal. Nothing is trained: measurements
    are taken from the run's files. The exit code is 1 if anything differs.
    """
    folder = find_run(args.run_name, results=args.results)
    if odd := list(entries.problems(folder)):
        print(*odd, entries.NOTHING_READ, sep="\n")
        return 1
    settings = runs.read_settings(folder / layout.RUN_FILE)
    settings = replace(settings, mutation=replace(settings.mutation, replay="only"))
    audited = with_trust(open_run(folder), args.isolation)
    compared, different = 0, 0
    with ExitStack() as opened:

        @cache
        def sandbox(isolation: str) -> Sandbox:
            return opened.enter_context(Sandbox(handlers, isolation=isolation))

        @cache
        def ask(arm: str) -> Ask:
            return connect(settings, arm=arm, run=folder)

        @cache
        def known(arm: str) -> tuple[KnownScore, ...]:
            return _known(folder, arm_settings(settings, arm))

        for place in walk(audited):
            if isinstance(place, Problem):
                differences = [str(place)]
            else:
                locked = sandbox(place.settings.sandbox.isolation)
                differences = [
                    _proposed_otherwise(
                        place, sandbox=locked, ask=ask(place.arm), known=known(place.arm)
                    ),
                    _selected_otherwise(audited, place),
                ]
            for difference in differences:
                compared += 1
                if difference:
                    different += 1
                    print(f"{folder}/{difference}", flush=True)
    if not compared:
        raise ConfigError(f"{folder}: no generation has been finished yet")
    verdict = counted(different, "differs", "differ") if different else "all are identical"
    print(
        f"{folder}: {counted(compared, 'file')} of proposals and populations repeated, "
        f"{verdict}"
    )
    return 1 if different else 0


def _known(folder: Path, settings: Settings) -> tuple[KnownScore, ...]:
    """What an arm's prompts told of the known functions."""
    if not settings.mutation.tells_known:
        return ()
    return read_known(
        layout.shards(layout.catalog_measured(folder, SEARCH)),
        layout.reference(folder, SEARCH),
        layout.manifest(folder, SEARCH),
        settings,
    )


def _proposed_otherwise(
    place: Place, *, sandbox: Sandbox, ask: Ask, known: Sequence[KnownScore]
) -> str:
    """Where the slots differ when they are filled again; empty if nowhere."""
    try:
        if place.generation == 0:
            again = seeds(place.settings, island=place.island, sandbox=sandbox)
        elif place.previous is None:
            return ""  # its file is damaged, and named already
        else:
            again = propose(
                place.previous,
                place.settings,
                arm=place.arm,
                generation=place.generation,
                sandbox=sandbox,
                ask=ask,
                known=known,
            )
        difference = _difference(place.proposals, again)
    except ReplayError as error:
        difference = f"cannot be repeated: {error}"
    return difference and f"{place.file('proposals.jsonl')}: {difference}"


def _selected_otherwise(audited: Audited, place: Place) -> str:
    differs = any(selection_problems(audited, place))
    return f"{place.file('population.json')}: does not follow from its inputs" * differs


def _difference(written: Sequence[Proposal], repeated: Sequence[Proposal]) -> str:
    if len(written) != len(repeated):
        return f"{counted(len(written), 'slot')}, {len(repeated)} when repeated"
    for slot, both in enumerate(zip(written, repeated, strict=True)):
        old, new = map(to_row, both)
        keys = [k for k in sorted(old) if canonical_json(old[k]) != canonical_json(new[k])]
        if keys:
            return f"slot {slot} differs in {', '.join(keys)}"
    return ""
