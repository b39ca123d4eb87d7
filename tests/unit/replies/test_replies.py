import ast
import math
import time

import numpy as np
import pytest
import scipy.special
from hypothesis import given, settings
from hypothesis import strategies as st

from actmine.gate.static import Refusal, admit, load
from actmine.replies import dialects
from actmine.replies.reply import Parsed, ReplyError, read_reply
from reply_corpus import CODE, HOPELESS, LAYOUT, LEFT_ALONE, MEANINGS, PLAIN, REPLIES, block

# The replies whose accepted share is reported; also those that nobody can save.
ALL = REPLIES | {name: text for name, (text, _) in HOPELESS.items()}


@pytest.fixture
def x():
    import torch

    return torch.linspace(-4, 4, 128).reshape(8, 16)


def values(expression, x):
    return load(f"def activation(x):\n    return {expression}\n")(x)


def is_admitted(source):
    try:
        admit(source)
    except Refusal:
        return False
    return True


def entry(source):
    (found,) = (
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name == "activation"
    )
    return found


def test_the_corpus_is_large():
    assert len(REPLIES) >= 80
    assert len(set(REPLIES.values())) == len(REPLIES)


def test_far_more_replies_pass_the_gate_than_without_reading():
    assert all(is_admitted(read_reply(text).source) for text in REPLIES.values())
    assert sum(map(is_admitted, REPLIES.values())) < 10


@pytest.mark.parametrize("name", [*LAYOUT, *CODE])
def test_every_way_to_write_swish_is_read_as_swish(name, x):
    import torch

    source = read_reply(REPLIES[name]).source
    assert torch.allclose(load(source)(x), x * torch.sigmoid(x), atol=1e-6)


@pytest.mark.parametrize("name", MEANINGS)
def test_what_is_translated_means_the_same(name, x):
    import torch

    code, expected = MEANINGS[name]
    got = load(read_reply(block(code)).source)(x)
    assert torch.allclose(got, values(expected, x), atol=1e-6)


@pytest.mark.parametrize("name", HOPELESS)
def test_a_hopeless_reply_says_what_to_write_instead(name):
    text, said = HOPELESS[name]
    with pytest.raises(ReplyError, match=said) as caught:
        read_reply(text)
    assert len(str(caught.value)) <= 301


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_what_has_no_exact_counterpart_is_left_to_the_gate(name):
    code, kept = LEFT_ALONE[name]
    source = read_reply(block(code)).source
    assert kept in source
    with pytest.raises(Refusal):
        admit(source)


def reference(name):
    """The function of numpy or scipy itself; jax is not installed and shares their names."""
    parts = name.split(".")
    module = {"numpy": np, "scipy": scipy}[parts[0]]
    for part in parts[1:]:
        module = getattr(module, part)
    return module


@pytest.mark.parametrize(
    "name", sorted(n for n in dialects.UNARY if n.startswith(("numpy.", "scipy.special.")))
)
def test_an_elementwise_function_equals_the_one_it_replaces(name):
    import torch

    inside = np.linspace(0.01, 0.99, 99).astype(np.float32)
    if name.endswith("cosh") and name not in ("numpy.cosh",):
        inside = inside + 1  # acosh begins at 1
    code = f"import {name.rpartition('.')[0]}\ndef activation(x):\n    return {name}(x)\n"
    got = load(read_reply(block(code)).source)(torch.tensor(inside))
    expected = reference(name)(inside)
    assert np.allclose(got.numpy(), expected, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["mean", "sum", "std", "var", "max", "min", "amax", "amin"])
@pytest.mark.parametrize("words", ["", "axis=-1", "axis=0, keepdims=True", "axis=1"])
def test_a_reduction_equals_the_one_it_replaces(name, words, x):
    code = f"def activation(x):\n    return np.{name}(x, {words})\n"
    got = load(read_reply(block(code)).source)(x).numpy()
    keywords = eval(f"dict({words})")
    assert np.allclose(got, getattr(np, name)(x.numpy(), **keywords), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("relu6", lambda t: np.minimum(np.maximum(t, 0), 6)),
        ("silu", lambda t: t / (1 + np.exp(-t))),
        ("softplus", lambda t: np.logaddexp(t, 0)),
        ("soft_sign", lambda t: t / (1 + np.abs(t))),
        ("log_sigmoid", lambda t: -np.logaddexp(-t, 0)),
        ("hard_tanh", lambda t: np.clip(t, -1, 1)),
        ("hard_sigmoid", lambda t: np.clip(t + 3, 0, 6) / 6),
        ("hard_swish", lambda t: t * np.clip(t + 3, 0, 6) / 6),
        ("mish", lambda t: t * np.tanh(np.logaddexp(t, 0))),
        ("elu", lambda t: np.where(t > 0, t, np.expm1(t))),
        ("celu", lambda t: np.where(t > 0, t, np.expm1(t))),
        ("leaky_relu", lambda t: np.where(t > 0, t, 0.01 * t)),
        (
            "selu",
            lambda t: 1.0507009873554805 * np.where(t > 0, t, 1.6732632423543772 * np.expm1(t)),
        ),
        (
            "gelu",
            lambda t: 0.5 * t * (1 + np.tanh(math.sqrt(2 / math.pi) * (t + 0.044715 * t**3))),
        ),
    ],
)
def test_a_function_of_jax_equals_its_documented_formula(name, formula, x):
    code = f"import jax\ndef activation(x):\n    return jax.nn.{name}(x)\n"
    got = load(read_reply(block(code)).source)(x).numpy()
    assert np.allclose(got, formula(x.numpy().astype(float)), rtol=1e-5, atol=1e-6)


SAME_LAYOUT = [
    "gpt",
    "bare_fence",
    "tilde_fence",
    "no_fence",
    "unclosed_fence",
    "deepseek",
    "windows_line_ends",
    "tabs",
    "indented",
    "quoted",
    "json",
    "json_of_lines",
    "times_sign",
    "full_width",
    "markdown_in_markdown",
]


@pytest.mark.parametrize("name", SAME_LAYOUT)
def test_layout_does_not_change_the_source(name):
    assert read_reply(LAYOUT[name]).source == PLAIN


def test_a_program_that_was_read_is_read_again_as_itself():
    for text in REPLIES.values():
        source = read_reply(text).source
        assert read_reply(block(source)).source == source


def test_the_last_block_counts_unless_only_an_earlier_one_says_activation():
    first, last = "def activation(x):\n    return x\n", "def g(x):\n    return torch.sin(x)\n"
    assert "sin" not in read_reply(block(first) + "\n\n" + block(last)).source
    assert "sin" in read_reply(block(last) + "\n\n" + block(last)).source
    named = last.replace("g(", "activation(")
    assert "sin" in read_reply(block(first) + "\n\n" + block(named)).source


def test_a_broken_answer_is_not_replaced_by_what_was_quoted_before_it():
    broken = block("def activation(x):\n    return torch.sin(x")
    with pytest.raises(ReplyError, match="line 2 of the code is no valid Python"):
        read_reply(block(PLAIN) + "\n\nNow the child:\n\n" + broken)


def test_a_layer_of_another_block_is_found():
    text = block("gate = nn.Sigmoid()") + "\n\n" + block("def f(x):\n    return x * gate(x)")
    assert read_reply(text).source == PLAIN


def test_a_recursive_function_keeps_calling_itself_under_its_new_name():
    parsed = read_reply(block("def f(x, n=3):\n    return x if n == 0 else f(x, n - 1)\n"))
    assert "activation(x, n - 1)" in parsed.source
    assert "renamed f to activation" in parsed.changes


def test_another_function_called_activation_inside_makes_room():
    code = "def apply(x, activation=torch.tanh):\n    return activation(x)\n"
    source = read_reply(block(code)).source
    assert entry(source).args.args[1].arg == "activation_1"


def test_changes_name_what_was_translated():
    code = "import jax.numpy as jnp\ndef swish_sine(x):\n    return jnp.tanh(x)\n"
    changes = read_reply(block(code)).changes
    assert changes == ("renamed swish_sine to activation", "jax.numpy.tanh -> torch.tanh")


def test_a_parameter_becomes_a_constant_of_its_initial_value():
    parsed = read_reply(REPLIES["module_parameter"])
    assert "BETA = 1.0\n" in parsed.source
    assert "fixed a parameter of Swish at its initial value" in parsed.changes


def test_a_maximum_that_may_be_of_numbers_is_left_as_it_is():
    code = "def activation(x, k=None):\n    return np.maximum(x, k)\n"
    assert "numpy.maximum" in read_reply(block(code)).source


def test_a_std_of_torch_stays_unbiased_where_numpy_gives_but_pi():
    code = "def activation(x):\n    return x / x.std(axis=-1, keepdims=True) * np.pi\n"
    assert "correction" not in read_reply(block(code)).source


def test_a_layer_made_of_a_number_that_changes_is_left_to_the_gate():
    code = (
        "def activation(x):\n    a = 0.5\n    act = nn.ELU(a)\n    a = 2.0\n"
        "    return a * act(x)\n"
    )
    assert "torch.nn.ELU(a)" in read_reply(block(code)).source


def test_a_name_that_a_class_or_a_test_makes_long_is_cut():
    long = "S" * 5000
    parsed = read_reply(block(f"def {long}(x):\n    return torch.sin(x)\n"))
    assert_sound(parsed)
    with pytest.raises(ReplyError) as caught:
        read_reply(block(f"class {long}:\n    pass\n"))
    assert len(str(caught.value)) <= 301


def test_constants_that_the_module_changes_stay_with_their_changes():
    code = (
        "COEFFS = []\nCOEFFS.append(0.5)\nOTHER = []\nOTHER.append(1)\n"
        "def activation(x):\n    return COEFFS[0] * x\n"
    )
    source = read_reply(block(code)).source
    assert "COEFFS.append(0.5)" in source
    assert "OTHER" not in source


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


def test_a_docstring_beyond_its_bound_is_dropped_from_the_source():
    assert '"""' not in read_reply(REPLIES["docstring_far_too_long"]).source


def assert_sound(parsed):
    assert isinstance(parsed, Parsed)
    assert entry(parsed.source)
    assert parsed.source.endswith("\n")
    assert 1 <= len(parsed.name) <= 60 and parsed.name.isprintable()
    assert len(parsed.formula) <= 300 and parsed.formula.isprintable()
    assert all(len(change) <= 120 for change in parsed.changes)
    assert len(parsed.rationale) <= 1000 and parsed.rationale.isprintable()


def read_or_refused(text):
    try:
        assert_sound(read_reply(text))
    except ReplyError as error:
        assert str(error)


@given(st.text(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_refused(text):
    read_or_refused(text)
    read_or_refused(f"```python\n{text}\n```")


DAMAGE = ["", " ", "\n", "(", ")", '"""', "```", "x", "self.", ":", "\0", "{", "é"]
PARTS = sorted({line for text in ALL.values() if len(text) < 5000 for line in text.split("\n")})


@given(st.lists(st.sampled_from(PARTS), max_size=25))
@settings(max_examples=200, deadline=None)
def test_any_mixture_of_lines_is_read_or_refused(lines):
    read_or_refused("\n".join(lines))


@given(
    st.sampled_from(sorted(REPLIES)),
    st.lists(
        st.tuples(
            st.floats(0, 1),
            st.integers(0, 12),
            st.sampled_from(DAMAGE),
        ),
        max_size=6,
    ),
)
@settings(max_examples=300, deadline=None)
def test_any_damaged_reply_is_read_or_refused(name, edits):
    text = REPLIES[name]
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
        "[" * 250_000,
        '{"a": ' + "[" * 100_000,
        "def f(\n" * 30_000,
        "a=1\n(" * 40_000,
        "<think>" * 30_000,
        "Name:" + " " * 200_000,
        "x " * 120_000,
        "```python\n" + "@a\n" * 60_000,
        "<|channel|>final" * 10_000,
    ],
    ids=lambda text: text[:12],
)
def test_no_flood_takes_long(text):
    began = time.process_time()
    read_or_refused(text)
    assert time.process_time() - began < 5
