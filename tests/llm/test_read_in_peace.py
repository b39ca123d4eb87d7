"""An answer that cannot be read costs a send of its own, and nothing of the others."""

import gzip

import pytest

from actmine.llm.answers import error_of
from actmine.llm.budget import Limits
from actmine.llm.client import ask
from actmine.llm.journal import Journal
from actmine.llm.whole_answer import MOST_BYTES
from asking import MODEL, SETTINGS, endpoint, requests
from endpoint_cases import Case, plain

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydantic")


@pytest.fixture
def asked(server, tmp_path):
    """Three replies of a server that answers like this, and the number of sends."""

    def go(answer):
        url = server.begin(Case(name="", answer=answer, becomes="read", sends=3, tokens=0))
        replies = ask(
            requests(3),
            journal=Journal(tmp_path / "journal"),
            endpoints={MODEL: [endpoint(url)]},
            client=SETTINGS,
            limits=Limits(),
            environ={},
        )
        return replies, len(server.requests)

    return go


def test_what_reading_trips_over_is_sent_again(asked, monkeypatch):
    tripped: list[object] = []

    def trip(document):
        if not tripped:
            tripped.append(document)
            raise OverflowError("nobody thought of this")
        return error_of(document)

    monkeypatch.setattr("actmine.llm.gateway.error_of", trip)
    replies, sends = asked(plain)
    assert sends == 4 and all("def activation" in reply.text for reply in replies)
    assert sorted(reply.in_doubt for reply in replies) == [0, 0, 1]


def test_an_answer_that_has_no_end_is_sent_again(asked):
    packed = gzip.compress(bytes(2 * MOST_BYTES))

    def answer(asked):
        return (
            (200, {"Content-Encoding": "gzip"}, packed) if asked.number == 1 else plain(asked)
        )

    replies, sends = asked(answer)
    assert sends == 4 and all("def activation" in reply.text for reply in replies)
    assert sorted(reply.in_doubt for reply in replies) == [0, 0, 1]
