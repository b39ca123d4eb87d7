"""Repeats a run's search from its files, without training or keys, and compares."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from actmine import layout
from actmine.evolution.islands import neighbours
from actmine.evolution.population import Population, from_json, to_json
from actmine.evolution.proposals import propose, seeds
from actmine.evolution.reading import find_run, read_evaluations, read_scorer
from actmine.evolution.selection import succeed
from actmine.files import canonical_json, read_json
from actmine.gate import handlers
from actmine.lab.scorer import Scorer
from actmine.llm.access import Ask, connect
from actmine.llm.client import ReplayError
from actmine.records.proposal import Proposal
from actmine.records.rows import read_record, read_records, to_row
from actmine.sandbox.host import Sandbox
from actmine.settings import frozen as runs
from actmine.settings.configuration import ConfigError, arm_settings
from actmine.settings.measurements import SEARCH
from actmine.settings.sections import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument("run_name", metavar="RUN", help="a run's name, or its folder")
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of runs")


def run(args: argparse.Namespace) -> int:
    """Proposes and selects every generation again; names each file that comes out different.

    Models are not asked: their replies are in the journal. Nothing is trained: measurements
    are taken from the run's files. The exit code is 1 if anything differs.
    """
    folder = find_run(args.run_name, results=args.results)
    settings = runs.read_settings(folder / layout.RUN_FILE)
    settings = replace(settings, mutation=replace(settings.mutation, replay="only"))
    compared, different = 0, 0
    for name in settings.arms:
        own = arm_settings(settings, name)
        scorer = read_scorer(folder, own, SEARCH)
        ask = connect(settings, arm=name, journal=folder / layout.JOURNAL)
        with Sandbox(handlers, isolation=own.sandbox.isolation) as sandbox:
            arm = _Arm(name=name, settings=own, scorer=scorer, ask=ask, sandbox=sandbox)
            for difference in _compared(folder, arm):
                compared += 1
                different += bool(difference)
                if difference:
                    print(difference, flush=True)
    if not compared:
        raise ConfigError(f"{folder}: no generation has been finished yet")
    verdict = f"{different} differ" if different else "all are identical"
    print(f"{folder}: {compared} files of proposals and populations repeated, {verdict}")
    return 1 if different else 0


@dataclass(frozen=True, kw_only=True)
class _Arm:
    """What repeats the generations of one arm."""

    name: str
    settings: Settings
    scorer: Scorer
    ask: Ask
    sandbox: Sandbox

    def proposals(
        self, previous: Population | None, *, generation: int, island: int
    ) -> list[Proposal]:
        if previous is None:
            return seeds(self.settings, island=island, sandbox=self.sandbox)
        return propose(
            previous,
            self.settings,
            arm=self.name,
            generation=generation,
            sandbox=self.sandbox,
            ask=self.ask,
        )


def _compared(folder: Path, arm: _Arm) -> Iterator[str]:
    """For each file of an arm's search how it differs; an empty text if it does not."""
    for island in range(arm.settings.search.islands):
        previous: Population | None = None
        for generation in count():
            place = layout.island(folder, arm.name, generation, island)
            if not (place / "population.json").exists():
                break
            written = read_records(place / "proposals.jsonl", Proposal)
            try:
                repeated = arm.proposals(previous, generation=generation, island=island)
                difference = _difference(written, repeated)
            except ReplayError as error:
                difference = f"cannot be repeated: {error}"
            yield difference and f"{place / 'proposals.jsonl'}: {difference}"
            population = succeed(
                previous,
                written,
                read_evaluations(layout.shards(place)),
                generation=generation,
                island=island,
                scorer=arm.scorer,
                config=arm.settings,
                others=_others(folder, arm, generation=generation, island=island),
            )
            stored = read_json(place / "population.json")
            before = previous.history if previous else ()
            again = to_json(population, before=before)
            same = canonical_json(again) == canonical_json(stored)
            yield (
                "" if same else f"{place / 'population.json'}: does not follow from its inputs"
            )
            previous = from_json(stored, before=before)


def _others(folder: Path, arm: _Arm, *, generation: int, island: int) -> list[Population]:
    """The islands that this one met."""
    met = neighbours(arm.settings.search, generation=generation, island=island)
    places = (layout.island(folder, arm.name, generation - 1, other) for other in met)
    return [read_record(place / "population.json", Population) for place in places]


def _difference(written: list[Proposal], repeated: list[Proposal]) -> str:
    if len(written) != len(repeated):
        return f"{len(written)} slots, {len(repeated)} when repeated"
    for slot, both in enumerate(zip(written, repeated, strict=True)):
        old, new = (
            {k: canonical_json(v) for k, v in to_row(proposal).items()} for proposal in both
        )
        keys = [key for key in sorted(old) if old[key] != new[key]]
        if keys:
            return f"slot {slot} differs in {', '.join(keys)}"
    return ""
