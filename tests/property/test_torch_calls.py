"""What torch makes of the arguments that the gate lets through: time, memory, and stacks.

A few calls of each function here; `make soak` draws hundreds.
"""

import pytest

from torch_calls import admitted, answers, texts

FEW, MANY = 1, 60  # calls of each function by each of its names
COMMON = """
torch.tanh(x)|torch.relu(x)|F.gelu(x)|x + 1|x * x|x / 3|torch.exp(x)|torch.where(x > 0, x, 0.0)
torch.maximum(x, x * 0.1)|x.mean(-1, keepdim=True)|x.std(-1)|torch.softmax(x, -1)
""".strip().replace("\n", "|")  # fmt: skip
MAX_FLOPS = 1000  # of an element; no search has a budget as large
TIMES = 10  # the seconds per FLOP of any call, of those of the dearest common one [ours]

drawn = pytest.mark.parametrize(
    "count",
    [
        pytest.param(FEW, marks=pytest.mark.slow, id="few"),
        pytest.param(MANY, marks=pytest.mark.soak, id="many"),
    ],
)


def drawn_texts(count):
    return [text for text in dict.fromkeys(texts(count, seed=count)) if admitted(text)]


def rates(found):
    """Nanoseconds per FLOP that is charged, forward and with the slope; a bare call is free.

    What is charged more than MAX_FLOPS an element may take as long as it likes.
    """
    bare = found["x"]
    found = {text: answer for text, answer in found.items() if answer[2] < MAX_FLOPS * 64 * 32}
    return {
        text: [
            max(0.0, 1e9 * (took - bare[place]) / answer[2])
            for place, took in enumerate(answer[:2])
        ]
        for text, answer in found.items()
        if text != "x"
    }


@drawn
def test_no_call_takes_long_for_what_it_is_charged(count):
    asked, common = drawn_texts(count), COMMON.split("|")
    for _ in range(3):  # a machine that is busy makes one look slow, but not three times
        found = rates(answers("cost", ["x", *common, *asked]))
        bounds = [TIMES * max(found[text][place] for text in common) for place in (0, 1)]
        asked = [
            text
            for text in asked
            if text in found and any(r > b for r, b in zip(found[text], bounds, strict=True))
        ]
        if not asked:
            break
    assert {text: found[text] for text in asked} == {}, bounds


@drawn
def test_no_call_hands_out_memory_as_it_was(count):
    asked = drawn_texts(count)
    one, other = (answers("memory", asked, MALLOC_PERTURB_=byte) for byte in ("85", "170"))
    assert len(one.keys() & other.keys()) > len(asked) / 3
    seen = {text: {*one[text], *other[text]} for text in one.keys() & other.keys()}
    assert [text for text, digests in seen.items() if len(digests) > 1] == []


@drawn
def test_members_of_a_stack_get_what_they_get_alone(count):
    found = answers("members", drawn_texts(count))
    assert len(found) > count * 50
    assert {text: told for text, told in found.items() if told} == {}
