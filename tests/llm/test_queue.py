"""Prompts as files, and replies that somebody else writes beside them."""

import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from actmine.llm import queue as letters
from actmine.llm import reply_file
from actmine.llm.budget import Limits
from actmine.llm.client import ClientError, ask
from actmine.llm.journal import Journal
from actmine.llm.queue import Queue
from actmine.llm.request import Reply, Skipped
from asking import MODEL, SETTINGS, endpoint, requests
from endpoint_cases import Case, plain
from endpoint_server import CaseServer

WHO = "queue/me"
CODE = "```python\ndef activation(x):\n    return x\n```\n"
SETTLED_S = 0.2


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    """A fifth of a second is as good as two, and shorter."""
    for module in (letters, reply_file):
        monkeypatch.setattr(module, "SETTLED_S", SETTLED_S)
    monkeypatch.setattr(letters, "LOOK_S", 0.02)


@pytest.fixture
def asked(tmp_path):
    """Asks the queue of a run in `tmp_path`."""

    def go(wanted, *, wait_s=0.0, ways=None, **options):
        return ask(
            wanted,
            journal=Journal(tmp_path / "journal"),
            endpoints=ways or {},
            client=SETTINGS,
            limits=options.pop("limits", Limits()),
            queue=Queue(folder=tmp_path / "queue", wait_s=wait_s),
            environ=options.pop("environ", {}),
            **options,
        )

    return go


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "queue"


def prompts(folder):
    return sorted(folder.glob("*.prompt.md"))


def reply_to(prompt):
    """The file that a prompt's first line names."""
    return prompt.with_name(prompt.read_text().partition("\n")[0].removeprefix("Reply file: "))


def test_all_prompts_are_written_before_the_round_ends(asked, folder):
    wanted = requests(3, model=WHO)
    with pytest.raises(ClientError) as told:
        asked(wanted)
    message = str(told.value)
    assert f"generation 3, island 1: 3 replies missing in {folder}" in message
    assert message.endswith("run again to continue: 0 replies kept") and "\n" not in message
    for number, path in enumerate(prompts(folder)):
        text = path.read_text()
        assert f"Improve no. {number}." in text and "You write activations." in text
        assert text.index("== system ==") < text.index("== user ==")
        assert reply_to(path).name == path.name.replace(".prompt.", ".reply.")
    assert len(prompts(folder)) == 3
    assert not any((folder.parent / "journal").rglob("*.json"))


def test_a_later_run_takes_what_is_there_and_asks_for_the_rest(asked, folder):
    wanted = requests(3, model=WHO)
    with pytest.raises(ClientError):
        asked(wanted)
    reply_to(prompts(folder)[1]).write_text(CODE)
    with pytest.raises(ClientError, match=r"2 replies missing .*: 1 reply kept"):
        asked(wanted)
    assert [path.name.split("-")[3] for path in prompts(folder)] == ["slot000", "slot002"]
    for path in prompts(folder):
        reply_to(path).write_text(CODE)
    replies = asked(wanted)
    assert [reply.text for reply in replies] == [CODE] * 3
    assert {reply.answered_by for reply in replies} == {WHO}
    assert list(folder.iterdir()) == []
    assert asked(wanted) == replies == asked(wanted, replay_only=True)


def test_a_reply_costs_a_request_and_its_size_in_tokens_but_no_money(asked, folder, tmp_path):
    wanted = requests(2, model=WHO)
    with pytest.raises(ClientError):
        asked(wanted)
    for path in prompts(folder):
        reply_to(path).write_text(CODE)
    (first, _) = asked(wanted)
    assert first.completion_tokens == len(CODE) / 2 and first.prompt_tokens > 0
    spent = Journal(tmp_path / "journal").spent("main", 1, before=(4, 0))
    assert (spent.requests, spent.usd) == (2, 0)
    later = requests(2, model=WHO, generation=4)
    with pytest.raises(ClientError, match="1 reply missing"):
        asked(later, limits=Limits(requests=3, usd=0.0))
    assert len(prompts(folder)) == 1
    reply_to(prompts(folder)[0]).write_text(CODE)
    replies = asked(later, limits=Limits(requests=3, usd=0.0))
    assert [type(one) for one in replies] == [Reply, Skipped]


def test_a_wait_ends_with_the_last_reply(asked, folder):
    wanted = requests(2, model=WHO)

    def answer():
        while len(prompts(folder)) < 2:
            time.sleep(0.02)
        for path in prompts(folder):
            part = path.with_suffix(".part")
            part.write_text(CODE)
            part.rename(reply_to(path))

    writer = threading.Thread(target=answer)
    writer.start()
    began = time.monotonic()
    assert [reply.text for reply in asked(wanted, wait_s=60)] == [CODE] * 2
    assert time.monotonic() - began < 30
    writer.join()


def test_a_wait_that_is_over_says_so(asked):
    with pytest.raises(ClientError, match="1 reply missing"):
        asked(requests(1, model=WHO), wait_s=0.1)


def test_a_file_that_still_grows_is_not_read(asked, folder, monkeypatch):
    monkeypatch.setattr(reply_file, "SETTLED_S", 1.5)  # a busy machine may sleep for long
    wanted = requests(1, model=WHO)
    with pytest.raises(ClientError):
        asked(wanted)
    path = reply_to(prompts(folder)[0])
    path.touch()
    pieces = [CODE[start : start + 6] for start in range(0, len(CODE), 6)]

    def write():
        for piece in pieces:
            with path.open("a") as file:
                file.write(piece)
            time.sleep(0.05)

    writer = threading.Thread(target=write)
    writer.start()
    (reply,) = asked(wanted, wait_s=60)
    writer.join()
    assert reply.text == CODE


@pytest.mark.parametrize("content", [b"", b" \n\n"])
def test_an_empty_file_is_no_reply(asked, folder, content):
    wanted = requests(1, model=WHO)
    with pytest.raises(ClientError):
        asked(wanted)
    reply_to(prompts(folder)[0]).write_bytes(content)
    with pytest.raises(ClientError, match="1 reply missing"):
        asked(wanted)


def link(path):
    secret = path.with_name("secret")
    secret.write_text(CODE)
    path.symlink_to(secret)


@pytest.mark.parametrize(
    ("put", "told"),
    [
        (link, "is a link"),
        (os.mkfifo, "is no plain file"),
        (Path.mkdir, "is no plain file"),
        (
            lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 1 << 30),
            "bytes, above",
        ),
    ],
)
def test_what_is_no_plain_file_of_a_replys_size_is_named_and_not_read(asked, folder, put, told):
    wanted = requests(2, model=WHO)
    with pytest.raises(ClientError):
        asked(wanted)
    odd, fine = map(reply_to, prompts(folder))
    put(odd)
    fine.write_text(CODE)
    with pytest.raises(
        ClientError, match=rf"1 reply missing.*{odd.name}.*{told}.*1 reply kept"
    ):
        asked(wanted)


def test_a_flood_and_broken_letters_are_text_like_any_models(asked, folder):
    wanted = requests(2, model=WHO)
    with pytest.raises(ClientError):
        asked(wanted)
    flood, broken = map(reply_to, prompts(folder))
    flood.write_bytes(b"x" * (1 << 20))
    broken.write_bytes(b"\xef\xbb\xbf\xff" + CODE.encode())
    flooded, read = asked(wanted)
    assert len(flooded.text) == 256 * 1024 and "cut from" in flooded.finish_reason
    assert read.text == "\N{REPLACEMENT CHARACTER}" + CODE


def test_neither_a_prompt_nor_the_journal_tells_a_secret(asked, folder, tmp_path):
    secret = "sk-planted-0123456789abcdef"
    wanted = [
        replace(one, messages=(*one.messages, ("user", f"Use {secret}.")))
        for one in requests(1, model=WHO)
    ]
    environ = {"OWN_API_KEY": secret}
    with pytest.raises(ClientError):
        asked(wanted, environ=environ)
    (prompt,) = prompts(folder)
    assert "Use [redacted]." in prompt.read_text()
    reply_to(prompt).write_text(f"# {secret}\n{CODE}")
    (reply,) = asked(wanted, environ=environ)
    assert reply.text == f"# [redacted]\n{CODE}"
    kept = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert kept and not any(secret in text for text in kept)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b" \n\t\n", "holds white space alone"),
        (b"\xef\xbb\xbf\n", "holds white space alone"),
        ("\ufeff \n".encode("utf-16-le"), "holds white space alone"),
        (CODE.encode("utf-16-le"), "is no plain text: save it in UTF-8"),
        (CODE.encode("utf-32"), "is no plain text: save it in UTF-8"),
        (b"", "is empty"),
    ],
    ids=["spaces", "mark", "marked spaces", "unmarked UTF-16", "UTF-32", "empty"],
)
def test_a_file_that_holds_no_answer_is_named(asked, folder, content, fault):
    wanted = requests(2, model=WHO)
    with pytest.raises(ClientError):
        asked(wanted)
    first, second = (reply_to(path) for path in prompts(folder))
    first.write_bytes(content)
    second.write_text(CODE)
    for wait_s in (0.0, 0.5):
        with pytest.raises(ClientError, match=rf"\({first.name} {fault}.*1 reply kept"):
            asked(wanted, wait_s=wait_s)
    first.write_text(CODE)
    assert [reply.text for reply in asked(wanted)] == [CODE] * 2


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-16"])
def test_a_file_that_a_windows_editor_saved_is_read(asked, folder, coding):
    wanted = requests(1, model=WHO)
    with pytest.raises(ClientError):
        asked(wanted)
    reply_to(prompts(folder)[0]).write_bytes(CODE.encode(coding))
    assert asked(wanted)[0].text == CODE


def test_a_kill_between_journal_and_queue_leaves_nothing_to_answer(
    asked, folder, tmp_path, monkeypatch
):
    wanted = requests(2, model=WHO)
    with pytest.raises(ClientError):
        asked(wanted)
    first, second = prompts(folder)
    reply_to(first).write_text(CODE)

    def killed(*_):
        raise SystemExit

    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(letters, "clear", lambda queue, some: killed() if some else None)
        asked(wanted)
    assert first.exists()
    reply_to(first).write_text("something else")
    with pytest.raises(ClientError, match="1 reply missing"):
        asked(wanted)
    assert list(folder.iterdir()) == [second]
    (kept,) = (tmp_path / "journal").rglob("*.json")
    assert Journal(tmp_path / "journal").reply(kept.stem).text == CODE


def test_a_prompt_that_other_code_wrote_is_replaced(asked, folder):
    with pytest.raises(ClientError):
        asked(requests(1, model=WHO))
    (old,) = prompts(folder)
    with pytest.raises(ClientError):
        asked(requests(1, model=WHO, max_tokens=401))
    (new,) = prompts(folder)
    assert new != old
    assert new.name.rpartition("-")[0] == old.name.rpartition("-")[0]


def test_a_queue_beside_an_endpoint_has_its_prompts_first_and_costs_it_nothing(asked, folder):
    seen = []

    def answer(one):
        seen.append(len(prompts(folder)))
        return plain(one)

    with CaseServer() as server:
        url = server.begin(Case(name="", answer=answer, becomes="", sends=0, tokens=0))
        ways = {MODEL: [endpoint(url)]}
        mixed = [*requests(3, model=WHO)[:2], requests(3)[2]]
        with pytest.raises(ClientError, match=r"2 replies missing.*: 1 reply kept"):
            asked(mixed, ways=ways)
        for path in prompts(folder):
            reply_to(path).write_text(CODE)
        replies = asked(mixed, ways=ways)
    assert [reply.answered_by for reply in replies] == [WHO, WHO, MODEL]
    assert seen == [2]
