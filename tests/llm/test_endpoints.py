"""What becomes of a generation's prompts for everything that endpoints answer."""

import re

import pytest

from actmine.evolution.proposals import propose
from actmine.llm.access import connect
from actmine.llm.client import ClientError
from actmine.llm.journal import Journal
from configured import changed
from endpoint_cases import CASES, USAGE, Case, plain, said, send
from endpoint_server import CaseServer
from evolution_records import island_of_its_seed

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydantic")

CLIENT = {"retries": 2, "backoff_s": 0.01, "timeout_s": 20, "concurrency": 2}
PRICE = {"input": 1, "output": 2}
RUN_AGAIN = "; run again to continue: "


@pytest.fixture(scope="module")
def server():
    with CaseServer() as started:
        yield started


@pytest.fixture(scope="module")
def island(smoke, gate):
    return island_of_its_seed(smoke, gate)


@pytest.fixture
def proposed(server, smoke, gate, island, tmp_path):
    """Proposes a generation of two slots by the models of a case; what is raised, is told."""

    def go(case: Case, url: str, **entry):
        mutator = {"kind": "llm", "model": case.model, "api_base": url, "price": PRICE, **entry}
        config = changed(
            smoke,
            search={"candidates_per_island": 2},
            mutation={"mutators": [mutator], "repairs": 1, "client": CLIENT},
        )
        ask = connect(config, arm="main", run=tmp_path)
        try:
            return propose(island, config, generation=1, sandbox=gate, ask=ask)
        except ClientError as error:
            return str(error)

    return go


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_answer_has_its_fate_its_charge_and_its_words(server, proposed, tmp_path, case):
    url = server.begin(case)
    outcome = proposed(case, url)
    sends = len(server.requests)
    assert sends == case.sends or (case.becomes == "ended" and 1 <= sends < case.sends)
    told = outcome if isinstance(outcome, str) else " ".join(each.reason for each in outcome)
    _require_fate(case, outcome)
    for pattern in case.says:
        assert re.search(pattern, told), told
    for advice in case.never:
        assert advice not in told
    assert "litellm" not in told and "Traceback" not in told
    spent = Journal(tmp_path / "journal").spent("main", 0, before=(2, 0))
    if case.tokens == "worst":
        assert spent.tokens > 2 * 4000 and spent.usd > 0
    else:
        assert spent.tokens == case.tokens
        assert (spent.usd > 0) == (case.tokens > 0)
    again = proposed(case, url)
    if case.becomes == "ended":
        assert isinstance(again, str) and len(server.requests) <= 2 * case.sends
    else:
        assert again == outcome and len(server.requests) == case.sends


@pytest.mark.parametrize(
    ("entry", "sent"),
    [
        ({}, {"max_tokens": 4000, "temperature": 1, "seed": None}),
        ({"temperature": None}, {"max_tokens": 4000, "seed": None}),
        ({"extra": {"seed": None}}, {"max_tokens": 4000, "temperature": 1}),
        ({"temperature": None, "extra": {"seed": None, "top_p": None}}, {"max_tokens": 4000}),
        (
            {"extra": {"max_completion_tokens": 500, "top_p": 0.9}},
            {"max_completion_tokens": 500, "top_p": 0.9, "temperature": 1, "seed": None},
        ),
        (
            {"extra": {"extra_body": {"max_completion_tokens": 500}, "seed": None}},
            {"max_completion_tokens": 500, "temperature": 1},
        ),
        (
            {"max_tokens": 77, "extra": {"seed": 5}},
            {"max_tokens": 77, "temperature": 1, "seed": None},
        ),
    ],
    ids=str,
)
def test_one_limit_is_sent_and_what_is_null_is_left_out(server, proposed, entry, sent):
    case = Case(name="", answer=plain, becomes="", sends=0, tokens=0)
    assert not isinstance(proposed(case, server.begin(case), **entry), str)
    seeds = set()
    for request in server.requests:
        parameters = {
            k: v for k, v in request.items() if k not in ("path", "messages", "model")
        }
        if "seed" in sent:
            seeds.add(parameters["seed"])
            parameters["seed"] = None
        assert parameters == sent
    assert len(seeds) == len(server.requests) * ("seed" in sent)


@pytest.mark.parametrize(
    ("usage", "usd"),
    [
        (USAGE, 900 * 2.5e-6 + 60 * 1e-5),
        ({**USAGE, "total_tokens": 4960}, 900 * 2.5e-6 + 4060 * 1e-5),
        (
            {**USAGE, "prompt_tokens_details": {"cached_tokens": 800}},
            100 * 2.5e-6 + 800 * 1.25e-6 + 60 * 1e-5,
        ),
    ],
    ids=["as listed", "thoughts in the total", "cached"],
)
@pytest.mark.parametrize("named", ["gpt-4o-mini", "o1-pro", "gpt-4", None])
def test_the_model_that_was_asked_is_paid_whatever_the_answer_calls_it(
    server, proposed, named, usage, usd
):
    def answer(asked):
        return send(said(asked.text, model=named, usage=usage))

    model = "openai/gpt-4o"
    case = Case(name="", answer=answer, becomes="", sends=0, tokens=0, model=model)
    for proposal in proposed(case, server.begin(case), price=None):
        (attempt,) = proposal.attempts
        assert (attempt.model, attempt.usd) == (model, pytest.approx(usd))


def test_what_a_cache_served_is_paid_at_the_price_that_is_configured_for_it(server, proposed):
    usage = {**USAGE, "prompt_tokens_details": {"cached_tokens": 800}}
    model = "openai/own"
    case = Case(
        name="",
        answer=lambda asked: send(said(asked.text, usage=usage)),
        becomes="",
        sends=0,
        tokens=0,
        model=model,
    )
    price = {"input": 2, "output": 4, "cached": 0.5}
    for proposal in proposed(case, server.begin(case), price=price):
        (attempt,) = proposal.attempts
        assert attempt.usd == pytest.approx((100 * 2 + 800 * 0.5 + 60 * 4) / 1e6)
        assert attempt.tokens == 960


def _require_fate(case, outcome):
    if case.becomes == "ended":
        assert isinstance(outcome, str) and f"{RUN_AGAIN}0 replies are kept" in outcome
        return
    assert not isinstance(outcome, str), outcome
    slots = sorted(
        (str(each.status), len(each.attempts), each.reason.startswith("model: "))
        for each in outcome
    )
    read, refused, repaired = (
        ("accepted", 1, False),
        ("rejected", 1, True),
        ("rejected", 2, False),
    )
    right = {
        "read": [read, read],
        "one": [read, refused],
        "refused": [refused, refused],
        "repaired": [repaired, repaired],
    }
    assert slots == right[case.becomes], outcome
