import ast
import time
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actmine.gate.static import Refusal, admit, load
from actmine.replies.description import formula_of
from actmine.replies.reply import Parsed, ReplyError, read_reply
from reply_corpus import CHOSEN, CODE, LAYOUT, NAMED, PARENT, PLAIN, REFUSED, block, indent

READ = {
    **LAYOUT,
    **CHOSEN,
    **{name: block(code) for name, code in CODE.items()},
}
ALL = READ | {name: text for name, (text, _) in REFUSED.items()}


@pytest.fixture
def x():
    import torch

    return torch.linspace(-4, 4, 128).reshape(8, 16)


def verdict(text):
    """Why a reply is refused, by the reader or the static gate; empty if it is let in."""
    try:
        admit(read_reply(text).source)
    except Refusal as refusal:
        return f"static: {refusal}"
    except ReplyError as error:
        return f"reply: {error}"
    return ""


@pytest.mark.parametrize("name", READ)
def test_every_way_to_write_swish_is_read_as_swish(name, x):
    import torch

    source = read_reply(READ[name]).source
    assert torch.allclose(load(source)(x), x * torch.sigmoid(x), atol=1e-6)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_unclear_is_refused_with_a_remedy(name):
    import re

    text, said = REFUSED[name]
    told = verdict(text)
    assert re.search(said, told), told


@pytest.mark.parametrize("name", [name for name in LAYOUT if name not in ("one_line", "tabs")])
def test_layout_does_not_change_the_source(name):
    lines = read_reply(LAYOUT[name]).source.split("\n")
    kept = {"fence_in_docstring", "latex_docstring", "html_entities", "tabs_and_spaces"}
    assert name in kept or "\n".join(lines) == PLAIN


def test_a_program_that_was_read_is_read_again_as_itself():
    for text in READ.values():
        source = read_reply(text).source
        assert read_reply(block(source)).source == source
        assert read_reply(source).source == source


def test_code_stands_as_it_was_written():
    code = (
        "SCALE = 0.5\ncoefficients = [0.1, 0.2]\n\ndef bump(z, width=2.0):\n"
        "    return torch.exp(-(z / width) ** 2)\n\ndef activation(x):\n    y = SCALE * x\n"
        "    for k, c in enumerate(coefficients):\n        y += c * bump(x - k)\n    return y\n"
    )
    assert ast.dump(ast.parse(read_reply(block(code)).source)) == ast.dump(ast.parse(code))


def test_a_block_that_held_declarations_alone_is_left_as_a_block():
    text = "def gate(z):\n    a: int\n\ndef activation(x):\n    gate(x)\n    return x"
    if_alone = "def activation(x):\n    if True:\n        a: int\n    return x"
    for program in (text, if_alone):
        assert_sound(read_reply(f"```python\n{program}\n```"))


def test_of_what_stands_around_a_function_only_its_needs_are_kept():
    code = "A = 0.5\nB = 0.7\ndef unused(x, y):\n    return B\n\ndef f(x):\n    return A * x\n"
    source = read_reply(block(code)).source
    assert source == "A = 0.5\n\ndef activation(x):\n    return A * x\n"


def test_test_code_may_share_names_with_the_function():
    code = "def activation(x):\n    y = 2 * x\n    return y\n"
    tried = f"{code}x = torch.ones(3)\ny = activation(x)\n"
    assert read_reply(block(tried)).source == code


def test_a_list_is_kept_with_all_that_speaks_of_it():
    code = "LIST = [0.5]\nprint(LIST)\ndef activation(x):\n    return LIST[0] * x\n"
    assert "print(LIST)" in read_reply(block(code)).source


def test_a_broken_start_is_overtaken_by_a_whole_program():
    broken = block("def activation(x):\n    return torch.sin(x")
    assert read_reply(f"{broken}\n\nOnce more:\n\n{block(PLAIN)}").source == PLAIN
    with pytest.raises(ReplyError, match="line 2 of the code is no valid Python"):
        read_reply(f"{block(PLAIN)}\n\nOnce more:\n\n{broken}")


OF_THE_ANSWER = ["The child:", "I propose:", "## New", "Better than the parent:", "", "Result"]
OF_THE_PARENT = [
    *("The parent:", "Given:", "Baseline, for comparison:", "It beats", "Not:", "ReLU was", ""),
    "An earlier version, which is kept here for comparison only:",
    "My new function beats this:",
]


@pytest.mark.parametrize("of_parent", OF_THE_PARENT)
@pytest.mark.parametrize("of_answer", OF_THE_ANSWER)
def test_no_word_makes_the_parent_the_answer(of_answer, of_parent):
    for own, others in product((PLAIN, NAMED), (PARENT, PARENT.replace("activation", "relu"))):
        answer, parent = f"{of_answer}\n\n{block(own)}", f"{of_parent}\n\n{block(others)}"
        loose = f"{of_answer}\n\n{own}", f"{of_parent}\n\n{others}"
        for parts in ((answer, parent), (parent, answer), loose, loose[::-1]):
            told = verdict("\n\n".join(parts))
            assert told or read_reply("\n\n".join(parts)).source == PLAIN


@pytest.mark.parametrize("tag", ["think", "thinking", "Thought", "reasoning", "scratchpad"])
def test_thoughts_are_cut_away_by_one_rule(tag):
    draft = block(PARENT)
    assert read_reply(f"<{tag}>\n{draft}\n</{tag}>\n{block(PLAIN)}").source == PLAIN
    assert read_reply(f"{draft}\nHm.\n</{tag}>\n{PLAIN}").source == PLAIN
    assert read_reply(f"I use no <{tag}> tag.\n{block(PLAIN)}").source == PLAIN
    with pytest.raises(ReplyError, match="within its thoughts"):
        read_reply(f"<{tag}>\n{draft}\nbut")


def test_a_name_that_a_class_makes_long_is_cut():
    with pytest.raises(ReplyError) as caught:
        read_reply(block(f"class {'S' * 5000}:\n    pass\n"))
    assert len(str(caught.value)) <= 301


@pytest.mark.parametrize(
    ("body", "formula"),
    [
        ("return torch.sin(x) + 0.5 * x", "sin(x) + 0.5 * x"),
        ("a = F.silu(x)\n    b = a * a\n    return b + a", "silu(x) * silu(x) + silu(x)"),
        ("x = torch.tanh(x)\n    return x * x", "tanh(x) * tanh(x)"),
        ('"""Formula: x squared"""\n    return x * x', "x squared"),
        ("for _ in range(2):\n        x = x * 0.5\n    return x", ""),
        ("return (", ""),
    ],
)
def test_a_source_without_words_has_the_formula_that_it_computes(body, formula):
    assert formula_of(f"def activation(x):\n    {body}\n") == formula


def test_a_formula_that_would_grow_without_end_is_not_written_out():
    lines = "\n    ".join("x = x * x + x" for _ in range(200))
    assert formula_of(f"def activation(x):\n    {lines}\n    return torch.sin(x)\n") == ""


def test_name_formula_and_rationale_come_from_the_docstring():
    code = '''
def activation(x):
    """Name: Gated Wave
    Formula: x * sigmoid(x) + 0.1 * sin(x)
    Rationale: periodic within,
        linear far out.
    """
    return x * torch.sigmoid(x) + 0.1 * torch.sin(x)
'''
    parsed = read_reply(block(code))
    assert parsed.name == "Gated Wave"
    assert parsed.formula == "x * sigmoid(x) + 0.1 * sin(x)"
    assert parsed.rationale == "periodic within, linear far out."
    assert "Rationale: periodic within," in parsed.source


def test_without_labels_the_docstrings_first_line_is_the_name():
    about = '"""Damped wave.\n\n    It decays."""'
    code = f"def activation(x):\n    {about}\n    return torch.sin(x)\n"
    parsed = read_reply(block(code))
    assert (parsed.name, parsed.formula, parsed.rationale) == (
        "Damped wave",
        "sin(x)",
        "It decays.",
    )


def test_without_a_docstring_the_functions_own_name_is_the_name():
    assert read_reply(block("def swish_sine(x):\n    return torch.sin(x)")).name == "swish_sine"


def test_json_may_give_name_and_rationale():
    parsed = read_reply(
        '{"name": "Wave", "rationale": "It waves.", '
        '"code": "def activation(x):\\n    return torch.sin(x)"}'
    )
    assert (parsed.name, parsed.rationale) == ("Wave", "It waves.")


def test_texts_are_bounded_and_printable():
    code = (
        'def activation(x):\n    """Name: ' + "N\\x1b\\u202e" * 90 + "\n    Formula: "
        + "f" * 900 + "\n    Rationale: " + "why " * 600 + '"""\n    return x\n'
    )  # fmt: skip
    parsed = read_reply(block(code))
    assert_sound(parsed)
    assert len(parsed.name) <= 60
    assert '"""' not in parsed.source  # a docstring that long is none


def assert_sound(parsed):
    assert isinstance(parsed, Parsed)
    functions = [n for n in ast.parse(parsed.source).body if isinstance(n, ast.FunctionDef)]
    assert [one.name for one in functions].count("activation") == 1
    assert parsed.source.endswith("\n")
    assert 1 <= len(parsed.name) <= 60 and parsed.name.isprintable()
    assert len(parsed.formula) <= 300 and parsed.formula.isprintable()
    assert len(parsed.rationale) <= 1000 and parsed.rationale.isprintable()


def read_or_refused(text):
    try:
        assert_sound(read_reply(text))
    except ReplyError as error:
        assert str(error)


NUMBER = st.floats(-9, 9).map(lambda value: f"{value:.3f}")
TERM = st.recursive(
    st.sampled_from(["x", "torch.sin(x)", "F.silu(x)"]) | NUMBER,
    lambda inner: st.tuples(inner, st.sampled_from("+-*"), inner).map(
        lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
    ),
    max_leaves=8,
)


@given(TERM, st.sampled_from(["{}", "Here:\n\n{}\n\nDone.", "<think>no</think>{}</s>"]))
@settings(max_examples=100, deadline=None)
def test_a_fenced_program_gives_back_equal_code(term, around):
    code = f"def activation(x):\n    y = {term}\n    return torch.tanh(x) + y\n"
    for text in (block(code), block(code, "", "~~~~"), code, block(indent(code))):
        source = read_reply(around.format(text)).source
        assert ast.dump(ast.parse(source)) == ast.dump(ast.parse(code))


@given(st.text(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_refused(text):
    read_or_refused(text)
    read_or_refused(f"```python\n{text}\n```")


DAMAGE = ["", " ", "\n", "(", ")", '"""', "```", "x", "self.", ":", "\0", "{", "é", "</think>"]
PARTS = sorted({line for text in ALL.values() if len(text) < 5000 for line in text.split("\n")})


@given(st.lists(st.sampled_from(PARTS), max_size=25))
@settings(max_examples=200, deadline=None)
def test_any_mixture_of_lines_is_read_or_refused(lines):
    read_or_refused("\n".join(lines))


@given(
    st.sampled_from(sorted(READ)),
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from(DAMAGE)), max_size=6
    ),
)
@settings(max_examples=300, deadline=None)
def test_any_damaged_reply_is_read_or_refused(name, edits):
    text = READ[name]
    for place, cut, new in edits:
        at = int(place * len(text))
        text = text[:at] + new + text[at + cut :]
    read_or_refused(text)


@pytest.mark.parametrize(
    "text",
    [
        "```\n" * 60_000,
        '```\n"""\n' * 30_000,
        "`" * 250_000,
        "```" + " " * 250_000 + "`",
        '{"' * 100_000,
        '"a":["b",' * 25_000,
        '\\"' * 120_000,
        "[" * 250_000,
        '{"a": ' + "[" * 100_000,
        "a: |\n  return\n" * 15_000,
        "<a>" * 80_000,
        "".join(f"<a{n}>" for n in range(30_000)),
        "<a>return\n" * 15_000 + "</a>" * 15_000,
        "def f(\n" * 30_000,
        "a=1\n(" * 40_000,
        "<think>" * 30_000,
        "<think></thought>" * 14_000,
        "</think>return\n" * 15_000,
        "<|im_end|>return\n" * 14_000,
        "Name:" + " " * 200_000,
        "x " * 120_000,
        "1 return\n" * 25_000,
        "`return x" * 25_000,
        "```python\n" + "@a\n" * 60_000,
        "<|channel|>final" * 10_000,
        '{"k": ["a"' + "\n" * 200_000 + "x",
        '{"k": ["a",' + " " * 200_000 + "x",
        "~" * 200_000 + "`",
        "`" + "def f(" * 40_000 + "`",
        "`def f(" * 35_000,
        "```\nreturn\n" + "\n" * 200_000 + "x\n```\n" + PLAIN,
        "Note " + "#rest " * 40_000 + "\n\ndef activation(x):\n    return x\n",
        PLAIN + "".join(f'"n{n}": 1,' for n in range(20_000)),
    ],
    ids=lambda text: text[:12],
)
def test_no_flood_takes_long(text):
    """Each takes minutes where the time grows with the square of the length."""
    began = time.process_time()
    read_or_refused(text)
    assert time.process_time() - began < 5
