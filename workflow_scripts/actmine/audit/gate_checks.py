"""Asks the gate again about some of a run's sources, in the sandbox, and compares."""

import random
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from actmine import layout
from actmine.audit.audited import Audited
from actmine.audit.measured import listings
from actmine.audit.problem import Problem, reading
from actmine.gate import handlers
from actmine.gate.examine import Verdict, examination, examine
from actmine.gate.fingerprint import decode, same_behaviour
from actmine.records.listed import Listed
from actmine.records.proposal import Proposal
from actmine.records.rows import read_records
from actmine.records.status import Status
from actmine.sandbox.host import Sandbox
from actmine.settings.configuration import arm_settings


def gate_problems(
    run: Audited, chosen: set[str], *, count: int, seed: int
) -> Iterator[Problem]:
    """Accepted functions that the gate judges otherwise, and refused ones that it accepts.

    Args:
        chosen: ids of the accepted ones; of the refused, so many are drawn.
    """
    refused = {
        one.candidate_id
        for _, listed in _listings(run)
        for one in listed
        if one.status is Status.REJECTED and one.source
    }
    drawn = random.Random(seed).sample(sorted(refused), min(count, len(refused)))
    with Sandbox(handlers, isolation=run.config.sandbox.isolation) as sandbox:

        @cache
        def verdict(source: str) -> Verdict:
            return examine(source, sandbox=sandbox, settings=examination(run.config))

        for path, listed in _listings(run):
            for one in listed:
                among = drawn if one.status is Status.REJECTED else chosen
                judged = one.status in (Status.ACCEPTED, Status.REJECTED)
                what = ""
                if judged and one.candidate_id in among:
                    what = _other(one, verdict(one.source))
                if what:
                    yield run.problem(path, f"{one.candidate_id}: the gate now {what}")


def _listings(run: Audited) -> Iterator[tuple[Path, Sequence[Listed | Proposal]]]:
    """Every file that says what the gate made of sources."""
    for arm in run.config.arms:
        for generation in range(run.generations + 1):
            for island in range(arm_settings(run.config, arm).search.islands):
                place = layout.island(run.folder, arm, generation, island)
                with reading(place / "proposals.jsonl", run.folder):
                    proposals = read_records(place / "proposals.jsonl", Proposal)
                yield place / "proposals.jsonl", proposals
    yield from listings(run)


def _other(told: Listed | Proposal, verdict: Verdict) -> str:
    """What the gate says otherwise; empty if nothing."""
    if told.status is not verdict.status:
        return f"says {verdict.status} {verdict.reason}".rstrip()
    if told.status is Status.REJECTED:
        return ""
    if (told.flops, told.coupling) != (verdict.flops, verdict.coupling):
        return f"counts {verdict.flops} FLOPs and finds it {verdict.coupling}"
    seen = verdict.fingerprint
    same = seen is not None and same_behaviour(decode(told.fingerprint), seen)
    return "" if same else "sees another behaviour than its fingerprint tells"
