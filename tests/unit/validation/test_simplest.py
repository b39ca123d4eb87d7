"""The short form of a finalist."""

from actmine.gate.examine import examination, examine, listed
from actmine.gate.fingerprint import decode, same_behaviour
from actmine.records.candidate import Candidate, Origin
from actmine.records.status import Status
from actmine.validation.simplest import simplest

PILED_UP = """def activation(x):
    kept = F.gelu(1.0 * x) + 0.00001 * torch.sin(x)
    return torch.abs(torch.abs(kept)) * 0.0 + kept - 0.0
"""


def accepted(source, smoke, gate):
    candidate = Candidate(source=source, name="piled up", origin=Origin.MINED)
    verdict = examine(source, sandbox=gate, settings=examination(smoke))
    assert verdict.status is Status.ACCEPTED
    return listed(candidate, verdict)


def test_what_does_nothing_is_left_out_and_the_behaviour_stays(smoke, gate):
    long = accepted(PILED_UP, smoke, gate)
    short = simplest(long, sandbox=gate, settings=examination(smoke))
    body = short.source.rpartition('"""')[2]
    assert body.split() == ["kept", "=", "F.gelu(x)", "return", "kept"]
    assert short.found_as == long.candidate_id != short.candidate_id
    assert short.flops < long.flops
    assert same_behaviour(decode(long.fingerprint), decode(short.fingerprint))


def test_what_is_short_already_stays_as_it_was_found(smoke, gate):
    plain = accepted("def activation(x):\n    return x * torch.tanh(x)\n", smoke, gate)
    assert simplest(plain, sandbox=gate, settings=examination(smoke)) == plain
