"""The client against a server that fails in every way a provider does.

`KILLS=20 pytest tests/llm/test_faults.py -k kill` is the long form.
"""

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, replace
from multiprocessing import forkserver
from pathlib import Path

import pytest

from actmine.llm.budget import Limits
from actmine.llm.client import ClientError, ReplayError, ask
from actmine.llm.journal import Journal
from actmine.llm.request import Reply, Skipped
from actmine.settings.models import Endpoint
from asking import KEY_ENV, MODEL, SETTINGS, child, endpoint, requests
from fault_server import DURABLE, IN_DOUBT, TRANSIENT, FaultServer, Plan, free_port, outcomes
from key_spellings import leaks

KILLS = int(os.environ.get("KILLS", "4"))
MANY = 200
SOME = 120  # for clients that are killed
QUICK = tuple(kind for kind in TRANSIENT + DURABLE if kind != "slow")
PLANTED = "sk-planted-0123456789abcdef"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def serve(tmp_path):
    """Starts servers that end with the test."""
    servers: list[FaultServer] = []

    def start(**plan):
        log = tmp_path / f"server{len(servers)}.jsonl"
        servers.append(FaultServer(Plan(**{"rate": 0.0, **plan}), log).__enter__())
        return servers[-1]

    yield start
    for server in servers:
        server.__exit__()


@pytest.fixture
def asked(tmp_path):
    """Asks with the defaults of these tests, one journal a test."""

    def go(
        wanted,
        *,
        limits=None,
        environ=None,
        client=SETTINGS,
        replay_only=False,
        fallbacks=(),
        **endpoints,
    ):
        return ask(
            wanted,
            journal=Journal(tmp_path / "journal"),
            endpoints=endpoints.get("by_model") or {MODEL: [endpoints["at"], *fallbacks]},
            client=client,
            replay_only=replay_only,
            limits=limits or Limits(),
            environ=environ or {},
        )

    return go


def plain(replies):
    """Replies without what a disturbance may change."""
    return [replace(one, in_doubt=0) for one in replies]


def test_every_request_gets_through_every_fault_and_none_is_sent_again(serve, asked, tmp_path):
    server = serve(rate=0.03)
    wanted = requests(MANY)
    brief = replace(SETTINGS, timeout_s=3.0)
    replies = asked(wanted, at=endpoint(server.url), client=brief)
    assert [one.key for one in replies] == [one.key for one in wanted]
    log = outcomes(server.log)
    seen = Counter(line["outcome"] for line in log)
    assert len(seen) == 10  # all nine faults, and "ok"
    doubts = sum(one.in_doubt for one in replies)
    assert doubts >= sum(seen[kind] for kind in IN_DOUBT)
    clean = seen["rate_limited"] + seen["server_error"]
    assert doubts >= len(log) - MANY - clean  # more than the faults if this machine is slow
    assert asked(wanted, at=endpoint(server.url)) == replies
    assert asked(wanted, at=endpoint("http://127.0.0.1:1/v1"), replay_only=True) == replies
    assert len(outcomes(server.log)) == len(log)
    assert not list((tmp_path / "journal").rglob("*.intent.json"))
    spent = Journal(tmp_path / "journal").spent("main", 1, before=(4, 0))
    assert spent.requests == MANY + doubts
    assert spent.usd > sum(one.usd for one in replies)


@dataclass(frozen=True)
class Killed:
    """What a run left behind whose client was killed again and again."""

    log: list
    replies: list
    journal: Path
    output: bytes
    undisturbed: list


def arguments(port, folder, *options, count=SOME):
    return [
        *("--port", str(port), "--count", str(count), *options),
        *("--journal", str(folder / "journal"), "--out", str(folder / "out.json")),
    ]


def run_client(*words):
    """A client in a new interpreter."""
    return subprocess.run(
        [sys.executable, str(ROOT / "tests/support/asking.py"), *words],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": "workflow_scripts", KEY_ENV: PLANTED},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


@pytest.fixture(scope="module")
def forked():
    """Starts clients from a process that has litellm loaded."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["preloaded"])
    with pytest.MonkeyPatch.context() as patch:  # the server does not get sys.path
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        forkserver.ensure_running()

    def start(words, output):
        environ = {KEY_ENV: PLANTED}
        process = context.Process(target=child, args=(words, environ, output), daemon=True)
        process.start()
        return process

    return start


def wait_for_lines(log, count, alive=lambda: True):
    while alive() and len(outcomes(log)) < count:
        time.sleep(0.01)


@pytest.fixture(scope="module")
def killed(forked, tmp_path_factory):
    folder = tmp_path_factory.mktemp("killed")
    moments = sorted(random.Random(7).sample(range(5, SOME - 10), KILLS))
    with FaultServer(Plan(only=QUICK, delay_s=0.05, echo_key=True), folder / "log") as server:
        words = arguments(server.server_address[1], folder)
        for moment in moments:
            process = forked(words, folder / "output")
            wait_for_lines(server.log, moment, process.is_alive)
            process.kill()
            process.join()
            assert process.exitcode == -signal.SIGKILL, (folder / "output").read_text()
        last = run_client(*words)
        output = (folder / "output").read_bytes() + last.stdout
        assert last.returncode == 0, output.decode()
        log = outcomes(server.log)
    with FaultServer(Plan(only=DURABLE, echo_key=True), folder / "calm") as server:
        undisturbed = ask(
            requests(SOME),
            journal=Journal(folder / "calm_journal"),
            endpoints={MODEL: [endpoint(server.url, key_env=KEY_ENV)]},
            client=SETTINGS,
            limits=Limits(),
            environ={KEY_ENV: PLANTED},
        )
    rows = json.loads((folder / "out.json").read_text())
    replies = [Reply(**row) for row in rows]
    return Killed(log, replies, folder / "journal", output, undisturbed)


def test_a_kill_repeats_no_more_than_what_was_in_flight(killed):
    answered = [one for one in killed.log if one["outcome"] in ("ok", *DURABLE)]
    repeats = len(answered) - len({one["body"] for one in answered})
    assert repeats <= KILLS * SETTINGS.concurrency
    faults = sum(one["outcome"] in IN_DOUBT for one in killed.log)
    doubts = sum(one.in_doubt for one in killed.replies)
    assert faults + repeats <= doubts <= faults + repeats + KILLS * SETTINGS.concurrency
    spent = Journal(killed.journal).spent("main", 1, before=(4, 0))
    assert spent.requests == SOME + doubts


def test_replies_after_kills_are_those_of_an_undisturbed_run(killed):
    assert plain(killed.replies) == plain(killed.undisturbed)


def test_a_key_that_the_server_repeats_is_written_nowhere(killed):
    written = b"".join(path.read_bytes() for path in killed.journal.rglob("*.json"))
    assert PLANTED.encode() not in written
    assert b"Your key is Bearer [redacted]" in written
    assert PLANTED.encode() not in killed.output


def test_nothing_is_printed_and_no_other_address_connected_to(killed):
    assert killed.output == b""


def test_a_replay_opens_no_socket_and_needs_no_key(serve, asked, tmp_path):
    server = serve()
    replies = asked(
        requests(5), at=endpoint(server.url, key_env=KEY_ENV), environ={KEY_ENV: "k" * 9}
    )
    assert run_client(*arguments(0, tmp_path, "--replay", count=5)).stdout == b""
    assert [one["text"] for one in json.loads((tmp_path / "out.json").read_text())] == [
        one.text for one in replies
    ]


def test_a_replay_of_an_unseen_prompt_names_it(asked):
    unseen = requests(1)[0]
    pattern = rf"index=0.*attempt 0.*no reply.*{unseen.prompt_hash}.*{MODEL}.*configuration"
    with pytest.raises(ReplayError, match=pattern):
        asked([unseen], at=endpoint("http://127.0.0.1:1/v1"), replay_only=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_what_is_in_flight_arrive(serve, asked, tmp_path, number):
    server = serve(delay_s=0.4)

    def interrupt():
        wait_for_lines(server.log, 10)
        os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    threading.Thread(target=interrupt).start()
    with pytest.raises(ClientError, match=f"stopped by {number.name}; run again to continue"):
        asked(requests(MANY), at=endpoint(server.url))
    kept = [path.name for path in (tmp_path / "journal").rglob("*.json")]
    assert len(kept) == len(outcomes(server.log)) < MANY
    assert not [name for name in kept if "intent" in name]
    assert signal.getsignal(number) is before


def test_an_endpoint_that_is_down_ends_the_run_within_seconds(asked):
    began = time.monotonic()
    with pytest.raises(ClientError) as error:
        asked(requests(20), at=endpoint(f"http://127.0.0.1:{free_port()}/v1"))
    assert time.monotonic() - began < 15
    assert "is unreachable (5 failures in a row, last: ConnectError" in str(error.value)
    assert "start it or set api_base; run again to continue: 0 replies" in str(error.value)


def test_a_refused_connection_is_not_charged(asked, tmp_path):
    with pytest.raises(ClientError):
        asked(requests(20), at=endpoint(f"http://127.0.0.1:{free_port()}/v1"))
    assert Journal(tmp_path / "journal").spent("main", 1, before=(9, 0)).requests == 0


def test_a_fallback_replays_under_the_first_choice(serve, asked):
    server = serve()
    down = f"http://127.0.0.1:{free_port()}/v1"
    second = endpoint(server.url, model="openai/second")
    replies = asked(requests(6), at=endpoint(down), fallbacks=[second])
    assert {(one.model, one.answered_by) for one in replies} == {(MODEL, "openai/second")}
    assert asked(requests(6), at=endpoint(down), replay_only=True) == replies


def test_exactly_as_many_requests_are_sent_as_the_budget_has(serve, asked):
    server = serve(rate=0.0)
    outcome = asked(requests(9), at=endpoint(server.url), limits=Limits(requests=5))
    assert [type(one) for one in outcome] == [Reply] * 5 + [Skipped] * 4
    assert outcome[5].reason == "budget: requests 6 of 5 with this one"
    assert len(outcomes(server.log)) == 5
    again = asked(requests(9), at=endpoint(server.url), limits=Limits(requests=5))
    replayed = asked(requests(9), at=endpoint(server.url), replay_only=True)
    assert outcome == again == replayed
    assert len(outcomes(server.log)) == 5


def test_a_send_in_doubt_is_not_repeated_beyond_the_budget(serve, asked, tmp_path):
    server = serve(only=("closed",), first="closed")
    wanted = requests(3)
    limits = Limits(requests=4)
    replies = asked(wanted, at=endpoint(server.url), limits=limits)
    assert len(outcomes(server.log)) <= 4
    skipped = [one for one in replies if isinstance(one, Skipped)]
    assert len(skipped) >= 2
    assert all(one.reason.startswith("budget: requests") for one in skipped)
    assert asked(wanted, at=endpoint(server.url), limits=limits) == replies
    assert len(outcomes(server.log)) <= 4
    assert Journal(tmp_path / "journal").spent("main", 1, before=(4, 0)).requests <= 4


def test_a_later_round_counts_what_an_earlier_one_spent(serve, asked):
    server = serve()
    asked(requests(3), at=endpoint(server.url))
    later = requests(3, generation=4)
    outcome = asked(later, at=endpoint(server.url), limits=Limits(requests=5))
    assert [type(one) for one in outcome] == [Reply, Reply, Skipped]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, f"refuses the key .401.*check the key in {KEY_ENV}"),
        (403, "refuses the key .403"),
        (404, "does not know the model .404.*api_base"),
        (400, "rejects the request .400"),
    ],
)
def test_a_lasting_refusal_ends_the_run_at_once(serve, asked, status, words):
    server = serve(status=status, echo_key=True)
    with pytest.raises(ClientError, match=words) as error:
        asked(
            requests(30),
            at=endpoint(server.url, key_env=KEY_ENV),
            environ={KEY_ENV: PLANTED},
        )
    assert f"127.0.0.1:{server.server_address[1]}" in str(error.value)
    assert "answers with" in str(error.value)
    assert "run again to continue: 0 replies are kept" in str(error.value)
    assert PLANTED not in str(error.value)
    assert len(outcomes(server.log)) <= SETTINGS.concurrency


@pytest.mark.parametrize("status", [0, 400, 401, 403, 404, 413, 429, 500])
def test_a_key_is_kept_and_told_nowhere_whatever_a_server_makes_of_it(
    serve, asked, tmp_path, status
):
    keys = (PLANTED, "k3y/Ab9x", "planted+proxy/word")
    server = serve(status=status, echo_key=True, echoes=keys)
    environ = {
        KEY_ENV: f"  {PLANTED}\r\n",
        "OTHER_TOKEN": keys[1],
        "HTTPS_PROXY": f"http://me:{keys[2]}@127.0.0.1:9",
    }
    client = replace(SETTINGS, retries=1, backoff_s=0.01)
    told = ""
    try:
        replies = asked(
            requests(3),
            at=endpoint(server.url, key_env=KEY_ENV),
            environ=environ,
            client=client,
        )
        told = "\n".join(one.text for one in replies)
    except ClientError as error:
        told = str(error)
    written = "".join(path.read_text() for path in (tmp_path / "journal").rglob("*.json"))
    assert "[redacted]" in told and outcomes(server.log)
    assert leaks(told + written, *keys) == []


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("sk-planted\r0123456789", "a line break, a control character"),
        ("sk-planted\nX-More: 0123456789", "a line break, a control character"),
        ("sk-planted-\u20130123456789", "a letter beyond ASCII"),
        ("s3cr-7\n", "fewer than 8 characters"),
    ],
)
def test_a_key_that_cannot_be_sent_is_named_by_its_variable(serve, asked, key, why):
    server = serve()
    with pytest.raises(ClientError, match=f"{KEY_ENV} holds .*{why}") as error:
        asked(requests(2), at=endpoint(server.url, key_env=KEY_ENV), environ={KEY_ENV: key})
    assert "sk-planted" not in str(error.value) and "s3cr" not in str(error.value)
    assert outcomes(server.log) == []


def test_so_is_a_providers_own(asked, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted\r0123456789")
    with pytest.raises(ClientError, match="OPENAI_API_KEY holds a line break"):
        asked(requests(2), at=endpoint(None), environ=os.environ)


@pytest.mark.parametrize(
    "code", ["context_length_exceeded", "content_policy_violation"], ids=["long", "policy"]
)
def test_a_prompt_refused_for_good_is_a_durable_reply(serve, asked, code):
    server = serve(status=400, error_code=code)
    (reply,) = asked(requests(1), at=endpoint(server.url))
    assert (reply.text, reply.usd) == ("", 0.0)
    assert reply.refused
    assert asked(requests(1), at=endpoint(server.url)) == [reply]
    assert len(outcomes(server.log)) == 1


def test_a_request_to_wait_is_honoured(serve, asked):
    server = serve(first="rate_limited", retry_after="1")
    (reply,) = asked(requests(1), at=endpoint(server.url))
    first, second = outcomes(server.log)
    assert second["time"] - first["time"] >= 1.0
    assert reply.in_doubt == 0


def test_a_wait_is_a_date_too(serve, asked):
    server = serve(first="rate_limited", retry_after="Wed, 21 Oct 2015 07:28:00 GMT")
    assert asked(requests(1), at=endpoint(server.url))


@pytest.mark.parametrize("model", [MODEL, "hosted_vllm/local", "anthropic/local"])
def test_a_lost_connection_is_never_resent_unrecorded(serve, asked, model):
    server = serve(first="closed")
    way = endpoint(server.url, model=model)
    client = replace(SETTINGS, retries=1)
    (reply,) = asked(requests(1, model=model), by_model={model: [way]}, client=client)
    assert reply.in_doubt == 1
    assert len(outcomes(server.log)) == 2


def test_a_server_of_ones_own_never_sees_a_providers_key(serve, asked, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", PLANTED)
    server = serve(echo_key=True)
    (reply,) = asked(requests(1), at=endpoint(server.url))
    assert "Your key is Bearer none." in reply.text


@pytest.mark.parametrize(
    ("way", "named"),
    [
        (Endpoint(model=MODEL, key_env="MY_KEY", api_base="http://127.0.0.1:1"), "MY_KEY"),
        (Endpoint(model="openai/gpt-4o"), "OPENAI_API_KEY"),
    ],
)
def test_a_missing_key_is_named_before_anything_is_sent(asked, monkeypatch, way, named):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    way = replace(way, price=endpoint("").price)
    with pytest.raises(ClientError, match=f"needs {named}, which"):
        asked(requests(1, model=way.model), by_model={way.model: [way]})


def test_a_flood_is_kept_up_to_a_bound_and_charged_in_full(serve, asked, tmp_path):
    server = serve(first="flood")
    (reply,) = asked(requests(1), at=endpoint(server.url))
    assert len(reply.text) == 256 * 1024
    assert reply.finish_reason == "length (cut from 400000 bytes)"
    assert reply.completion_tokens > 100_000
    assert asked(requests(1), at=endpoint(server.url)) == [reply]


def test_an_empty_reply_is_a_reply(serve, asked):
    (reply,) = asked(requests(1), at=endpoint(serve(first="empty").url))
    assert (reply.text, reply.refused, reply.in_doubt) == ("", "", 0)
    assert reply.usd > 0


def test_a_reply_without_usage_is_charged_at_the_bound(serve, asked):
    (reply,) = asked(requests(1), at=endpoint(serve(usage=False).url))
    assert reply.completion_tokens >= len(reply.text) // 2
    assert reply.usd > 0


def test_a_known_model_costs_what_litellm_says(serve, asked):
    model = "openai/gpt-4o"
    way = endpoint(serve().url, model=model, price=None)
    (reply,) = asked(requests(1, model=model), by_model={model: [way]})
    per_token = (2.5e-6 * reply.prompt_tokens) + (1e-5 * reply.completion_tokens)
    assert reply.usd == pytest.approx(per_token)


def test_sends_are_spread_below_the_rate_limit(serve, asked):
    server = serve()
    asked(requests(5), at=endpoint(server.url, requests_per_minute=600))
    times = [one["time"] for one in outcomes(server.log)]
    assert times[-1] - times[0] >= 0.35


def test_requests_that_share_no_budget_are_not_asked_together(asked):
    one, two = requests(2)
    other = replace(two, slot=replace(two.slot, island=2))
    with pytest.raises(ValueError, match="one island of one arm"):
        asked([one, other], at=endpoint("http://127.0.0.1:1/v1"))
