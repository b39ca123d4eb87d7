"""A refused reply goes back with the reason, within bounds."""

import re

import pytest

from actmine.llm.draft import Operator
from actmine.llm.prompt import write_prompt, write_repair
from prompt_material import BRIEF, full


def repaired(times, reply):
    messages = write_prompt(full(Operator.CROSSOVER), BRIEF)
    for attempt in range(times):
        reason = f"reason{attempt} " + "r" * 5000
        messages = write_repair(messages, reply=reply, reason=reason, brief=BRIEF)
    return messages


def test_a_repair_continues_the_conversation():
    messages = repaired(2, "reply")
    assert messages[:2] == write_prompt(full(Operator.CROSSOVER), BRIEF)
    roles = [role for role, _ in messages]
    assert roles == ["system", "user", "assistant", "user", "assistant", "user"]


@pytest.mark.parametrize("times", [1, 2, 3, 8])
def test_repairs_are_bounded(times):
    start = sum(len(content) for _, content in repaired(0, ""))
    long = sum(len(content) for _, content in repaired(times, "a line of prose\n" * 5000))
    assert long - start < min(times, 2) * (4100 + 1100)


def test_only_the_last_two_refused_replies_are_kept():
    told = "".join(content for _, content in repaired(5, "reply")[2:])
    assert re.findall(r"reason\d", told) == ["reason3", "reason4"]


def test_an_empty_reply_is_sent_back_as_words():
    assert repaired(1, " \n")[2] == ("assistant", "(an empty reply)")


def test_a_long_reply_keeps_its_code_at_the_end():
    reply = "thinking\n" * 2000 + "```python\ndef activation(x):\n    return x\n```\n"
    assert repaired(1, reply)[2][1].endswith("def activation(x):\n    return x\n```")
