"""Waits and circuits: when a send may leave, and when no more do."""

from random import Random

import pytest

from actmine.llm.pacing import Circuit, backoff_s

LIMIT = 5
FIRST_S = 1.0


class Clock:
    """A time that tests set."""

    now = 0.0

    def __call__(self):
        return self.now


def opened_at(requests, *, first_s=FIRST_S, charged=False, takes_s=0.001, until_s=1000.0):
    """When the failing sends of so many requests, each with its own waits, open a circuit."""
    clock, random = Clock(), Random(0)
    circuit = Circuit(LIMIT, clock=clock, first_s=first_s)
    due = [(0.0, 0)] * requests
    while True:
        due.sort()
        began, turn = due.pop(0)
        clock.now = began + takes_s
        circuit.failed(began, charged=charged)
        if circuit.open or clock.now > until_s:
            return clock.now, turn
        wait_s = backoff_s(turn, first_s=FIRST_S, random=random)
        due.append((clock.now + wait_s, turn + 1))


@pytest.mark.parametrize("requests", [1, 8, 64])
def test_an_outage_ends_a_round_no_sooner_for_many_requests_than_for_one(requests):
    waits_s = FIRST_S + 2 * FIRST_S + 4 * FIRST_S + 8 * FIRST_S
    opened_s, _ = opened_at(requests)
    assert waits_s < opened_s < 8 * waits_s


def test_what_may_have_been_paid_for_ends_it_sooner():
    opened_s, turn = opened_at(8, charged=True)
    assert opened_s < FIRST_S and turn == 1


def test_what_was_under_way_together_fails_once():
    clock = Clock()
    circuit = Circuit(2, clock=clock)
    clock.now = 1.0
    for _ in range(8):
        circuit.failed(0.5)
    assert not circuit.open
    circuit.failed(1.5)
    assert circuit.open


def test_an_answer_closes_it_and_counts_from_the_start():
    clock = Clock()
    circuit = Circuit(2, clock=clock, first_s=60.0)
    circuit.failed(0.0, charged=False)
    circuit.answered()
    clock.now = 1.0
    circuit.failed(0.5, charged=False)
    assert not circuit.open
    circuit.failed(60.5, charged=False)
    assert not circuit.open
    circuit.failed(61.5, charged=False)
    assert circuit.open
