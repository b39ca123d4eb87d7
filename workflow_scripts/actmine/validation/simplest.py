"""Gives a finalist its shortest form that behaves the same."""

from dataclasses import replace

from actmine.gate.examine import Examination, examine
from actmine.gate.fingerprint import decode, encode, same_behaviour
from actmine.mutation.simplification import simplified
from actmine.records.candidate import candidate_id
from actmine.records.listed import Listed
from actmine.records.status import Status
from actmine.sandbox.host import Sandbox

ROUNDS = 16  # each makes the source shorter [ours]


def simplest(listed: Listed, *, sandbox: Sandbox, settings: Examination) -> Listed:
    """The finalist, or a shorter source with its behaviour, which `found_as` leads back from.

    A search piles up terms that do nothing. Behaviour is compared with the original's at
    every step, so that small differences do not add up; a version that costs more is not
    taken. What is measured and put forward is the short form.
    """
    original = decode(listed.fingerprint)
    short = listed
    for _ in range(ROUNDS):
        for source in simplified(short.source, name=listed.name):
            verdict = examine(source, sandbox=sandbox, settings=settings)
            if (
                verdict.status is Status.ACCEPTED
                and verdict.fingerprint is not None
                and (verdict.flops or 0.0) <= (short.flops or 0.0)
                and same_behaviour(original, verdict.fingerprint)
            ):
                short = replace(
                    short,
                    candidate_id=candidate_id(source),
                    source=source,
                    flops=verdict.flops,
                    coupling=verdict.coupling,
                    fingerprint=encode(verdict.fingerprint),
                    found_as=listed.candidate_id,
                )
                break
        else:
            return short
    return short
