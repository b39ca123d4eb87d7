"""The journal keeps every reply for good and knows what each island spent."""

import json
from dataclasses import replace

import pytest

from actmine.llm import journal as module
from actmine.llm.budget import Spent
from actmine.llm.journal import Journal
from actmine.llm.request import Reply, Request, Skipped
from actmine.records.slot import Slot

WORST = Spent(requests=1, tokens=1000, usd=0.25)
REQUEST = Request(
    arm="main",
    slot=Slot(generation=2, island=1, index=4),
    attempt=0,
    model="openai/local",
    messages=(("system", "be brief"), ("user", "improve relu")),
    parameters={"temperature": 0.5, "max_tokens": 100},
)


def at(generation=2, *, island=1, index=4, attempt=0, arm="main"):
    slot = Slot(generation=generation, island=island, index=index)
    return replace(REQUEST, slot=slot, attempt=attempt, arm=arm)


def reply(request=REQUEST, **fields):
    usual = {"text": "def activation(x): ...", "prompt_tokens": 30, "completion_tokens": 70}
    return Reply(
        key=request.key,
        model=request.model,
        answered_by=request.model,
        **{**usual, "usd": 0.125, "finish_reason": "stop", "seconds": 1.5, **fields},
    )


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "journal")


def path_of(journal, key=REQUEST.key, ending=".json"):
    return journal._folder / key[:2] / f"{key}{ending}"


def test_a_kept_reply_is_read_back_whole(journal):
    journal.keep(REQUEST, reply(in_doubt=2), WORST)
    read = journal.reply(REQUEST.key)
    assert read == reply(in_doubt=2)
    assert read.seconds == 1.5


def test_what_is_not_there_is_none(journal):
    assert journal.reply(REQUEST.key) is None
    assert journal.skipped(REQUEST.key) is None
    assert journal.in_doubt(REQUEST.key) == 0
    assert journal.spent("main", 1, before=(9, 0)) == Spent()


def test_a_reply_takes_the_place_of_its_intent(journal):
    journal.intend(REQUEST, WORST, in_doubt=0, open=True)
    journal.keep(REQUEST, reply(), WORST)
    assert not path_of(journal, ending=".intent.json").exists()


def test_a_document_holds_the_whole_request(journal):
    journal.keep(REQUEST, reply(), WORST)
    document = json.loads(path_of(journal).read_text())
    assert document["schema_version"] == 1
    assert document["messages"] == REQUEST.chat
    assert document["parameters"] == REQUEST.parameters
    assert document["prompt_hash"] == REQUEST.prompt_hash
    slot = [document[name] for name in ("arm", "generation", "island", "index", "attempt")]
    assert slot == ["main", 2, 1, 4, 0]


def test_the_key_depends_on_everything_that_shapes_the_reply():
    changed = [
        at(3),
        at(island=2),
        at(index=5),
        at(attempt=1),
        at(arm="other"),
        replace(REQUEST, model="openai/second"),
        replace(REQUEST, messages=(("user", "improve relu"),)),
        replace(REQUEST, parameters={"max_tokens": 100}),
    ]
    assert len({REQUEST.key, *(one.key for one in changed)}) == 9
    assert replace(REQUEST).key == REQUEST.key


def test_the_prompt_hash_depends_on_the_messages_alone():
    assert at(7, island=3, arm="other").prompt_hash == REQUEST.prompt_hash
    assert len(REQUEST.prompt_hash) == 16


def test_an_open_intent_is_a_send_in_doubt(journal):
    journal.intend(REQUEST, WORST, in_doubt=1, open=True)
    assert journal.in_doubt(REQUEST.key) == 2
    journal.intend(REQUEST, WORST, in_doubt=1, open=False)
    assert journal.in_doubt(REQUEST.key) == 1


def test_sends_in_doubt_are_charged_at_their_worst(journal):
    journal.intend(at(1), WORST, in_doubt=1, open=True)
    journal.keep(REQUEST, reply(in_doubt=1), WORST)
    spent = Journal(journal._folder).spent("main", 1, before=(9, 0))
    assert spent == Spent(requests=4, tokens=3100, usd=0.875)


@pytest.mark.parametrize("fresh", [True, False])
def test_only_earlier_rounds_of_the_same_island_and_arm_count(journal, fresh):
    journal.spent("main", 1, before=(9, 9))  # the books are open before the writes
    for one in (at(1), at(2), at(2, attempt=1), at(3), at(1, island=2), at(1, arm="other")):
        journal.keep(one, reply(one), WORST)
    book = Journal(journal._folder) if fresh else journal
    counts = {
        before: book.spent("main", 1, before=before).requests
        for before in [(1, 0), (2, 0), (2, 1), (2, 2), (3, 0), (4, 0)]
    }
    assert counts == {(1, 0): 0, (2, 0): 1, (2, 1): 2, (2, 2): 3, (3, 0): 3, (4, 0): 4}


def test_what_other_prompts_of_a_round_led_to_counts_too(journal):
    """After a prompt was changed the budget is not there once more."""
    for one in (at(1), at(2), at(3), at(4)):
        journal.keep(one, reply(one), WORST)

    def spent(place, *asking):
        keys = [one.key for one in asking]
        return journal.spent("main", 1, before=place, asking=keys).requests

    assert spent((2, 0), at(2)) == 1  # a rerun of the same prompts
    changed = replace(at(2), messages=(("user", "another prompt"),))
    assert spent((2, 0), changed) == 4
    journal.keep(changed, reply(changed), WORST)
    assert spent((2, 0), changed) == 4


def test_a_skipped_mark_is_read_back_and_costs_nothing(journal):
    journal.skip(REQUEST, Skipped(key=REQUEST.key, reason="budget: …"), WORST)
    assert journal.skipped(REQUEST.key) == Skipped(key=REQUEST.key, reason="budget: …")
    assert Journal(journal._folder).spent("main", 1, before=(9, 0)) == Spent()


@pytest.mark.parametrize("text", ["", "{", '{"key": 1', "[]", "null", '{"schema_version": 7}'])
@pytest.mark.parametrize("ending", [".json", ".intent.json"])
def test_a_damaged_file_is_named(journal, text, ending):
    journal.keep(REQUEST, reply(), WORST)
    path_of(journal).unlink()
    path_of(journal, ending=ending).write_text(text)
    with pytest.raises(ValueError, match=f"{REQUEST.key}{ending}"):
        journal.spent("main", 1, before=(9, 0))


@pytest.mark.parametrize("name", ["worst", "reply", "model"])
def test_a_file_without_a_field_is_named(journal, name):
    journal.keep(REQUEST, reply(), WORST)
    document = json.loads(path_of(journal).read_text())
    del document[name]
    path_of(journal).write_text(json.dumps(document))
    with pytest.raises(ValueError, match=f"{REQUEST.key}.json: '{name}' is missing"):
        journal.reply(REQUEST.key)
        journal.spent("main", 1, before=(9, 0))


def test_a_file_under_a_wrong_name_is_refused(journal):
    journal.keep(REQUEST, reply(), WORST)
    path_of(journal).rename(path_of(journal, key=REQUEST.key[:-1] + "z"))
    with pytest.raises(ValueError, match="holds the key"):
        journal.reply(REQUEST.key[:-1] + "z")


def test_the_rest_of_a_killed_write_is_passed_over(journal):
    journal.keep(REQUEST, reply(), WORST)
    (path_of(journal).parent / f".{REQUEST.key}.json.0123").write_text('{"torn')
    assert Journal(journal._folder).spent("main", 1, before=(9, 0)).requests == 1


def test_secrets_are_redacted_in_request_and_reply(tmp_path):
    journal = Journal(tmp_path)
    journal.hide(["sk-first-secret"])
    journal.hide(["sk-second-secret"])
    spoken = replace(REQUEST, messages=(("user", "my key is sk-first-secret"),))
    journal.keep(spoken, reply(spoken, text="it is sk-second-secret"), WORST)
    stored = path_of(journal, key=spoken.key).read_text()
    assert "sk-first" not in stored
    assert "sk-second" not in stored
    assert journal.reply(spoken.key).text == "it is [redacted]"


def test_a_lone_surrogate_can_be_kept(journal):
    journal.keep(REQUEST, reply(text="x \ud800 y"), WORST)
    assert journal.reply(REQUEST.key).text == "x ? y"


def test_an_intent_that_another_job_removes_meanwhile_costs_nothing(journal, monkeypatch):
    other = at(island=2)
    for request in (REQUEST, other):
        journal.intend(request, WORST, in_doubt=0, open=True)
    read = module._read

    def late(path):
        if path == path_of(journal, other.key, ".intent.json"):
            journal.keep(other, reply(other), WORST)
        return read(path)

    monkeypatch.setattr(module, "_read", late)
    assert Journal(journal._folder).spent("main", 1, before=(9, 0)) == WORST
    journal.intend(other, WORST, in_doubt=0, open=True)
    assert journal.in_doubt(other.key) == 0


def test_a_refused_prompt_has_no_text():
    with pytest.raises(ValueError, match="no text"):
        reply(refused="too long")


def test_a_file_is_read_once_however_often_spending_is_asked_for(journal, monkeypatch):
    for index in range(20):
        one = at(1, index=index)
        journal.keep(one, reply(one), WORST)
    read, files = module._read, []

    def noted(path):
        files.append(path)
        return read(path)

    monkeypatch.setattr(module, "_read", noted)
    book = Journal(journal._folder)
    for before in ((9, 0), (8, 0)):
        assert book.spent("main", 1, before=before).requests == 20
    assert len(files) == len(set(files)) == 20
