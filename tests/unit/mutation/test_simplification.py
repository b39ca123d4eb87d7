import ast
import os
import subprocess
import sys

import pytest

from actmine.functions.catalog import VOCABULARY, by_name
from actmine.gate.fingerprint import Print, same_behaviour
from actmine.gate.static import Refusal, admit, load
from actmine.mutation import simplification
from actmine.mutation.algebra import shortened
from actmine.mutation.embedded import compound, slot_rng
from actmine.mutation.simplification import MAX_VERSIONS, simplified
from actmine.mutation.trees import size
from mutation_sources import SOURCES, WRITTEN
from probed import fingerprint

MINED = "F.gelu(x) + 0.0408 * torch.exp(-torch.erf(x))"
EXACT = "the same in fewer parts"
GROWN = 6  # sources of several edits


def grown(number: int) -> str:
    parents = [WRITTEN[number % 6], WRITTEN[(number + 1) % 6]]
    rng = slot_rng(7, 1, 1, 1, number)
    return compound(parents, rng=rng, vocabulary=VOCABULARY, edits=4).source


@pytest.fixture(scope="module", params=[*SOURCES, *range(GROWN)])
def source(request: pytest.FixtureRequest) -> str:
    """Each of them; what takes a while to grow does so where it is asked for."""
    asked = request.param
    return grown(asked) if isinstance(asked, int) else SOURCES[asked]


def body(text: str) -> str:
    return f"def activation(x):\n    return {text}\n"


def formulas(text: str) -> list[str]:
    """What the versions of a formula return."""
    return [source.rpartition("return ")[2].strip() for source in simplified(body(text))]


def behaviour(source: str) -> Print:
    return fingerprint(load(source))


def shortest_alike(source: str) -> str:
    """What a caller makes of it: the first version that keeps the behaviour, repeatedly."""
    seen = behaviour(source)
    while True:
        alike = (v for v in simplified(source) if same_behaviour(seen, behaviour(v)))
        shorter = next(alike, None)
        if shorter is None:
            return source
        source = shorter


@pytest.mark.parametrize(
    ("noisy", "clean"),
    [
        (f"{MINED} + 0 * x", MINED),
        (f"({MINED}) * 1.0", MINED),
        (f"{MINED} - 0.0", MINED),
        (f"-(-({MINED}))", MINED),
        (f"({MINED} + 0 * x) * 1.0 - 0.0", MINED),
        ("torch.abs(torch.abs(x))", "torch.abs(x)"),
        ("x.abs().abs()", "x.abs()"),
        ("F.relu(torch.relu(x))", "torch.relu(x)"),
        ("torch.relu(torch.sigmoid(x))", "torch.sigmoid(x)"),
        ("torch.cos(-x) + x", "torch.cos(x) + x"),
        ("x + torch.square(torch.abs(x))", "x + torch.square(x)"),
        ("-(-x) * torch.sigmoid(x)", "x * torch.sigmoid(x)"),
        ("x / 1 * torch.sigmoid(x)", "x * torch.sigmoid(x)"),
        ("2 * (3 * torch.tanh(x))", "6 * torch.tanh(x)"),
        ("0.1 * torch.sin(x) + 0.2 * torch.sin(x)", "0.3 * torch.sin(x)"),
        ("x - 0.5 * torch.sin(x) + 0.5 * torch.sin(x) + x * x", "x ** 2 + x"),
        ("x * torch.tanh(x) / x", "torch.tanh(x)"),
        ("torch.sin(x * (2 * math.pi / math.pi))", "torch.sin(x * 2.0)"),
        ("torch.where(x > 0, F.gelu(x) + 0 * x, F.gelu(x))", "F.gelu(x)"),
        ("torch.maximum(torch.tanh(x), torch.tanh(x))", "torch.tanh(x)"),
    ],
)
def test_noise_goes_by_exact_rules(noisy, clean):
    by_rules = [source for source in simplified(body(noisy)) if EXACT in source]
    assert [source.rpartition("return ")[2].strip() for source in by_rules] == [clean]


@pytest.mark.parametrize(
    ("noisy", "clean"),
    [
        (f"{MINED} + 0.0001 * torch.sin(x)", MINED),
        ("F.gelu(x) * (1 + 0.0001 * torch.tanh(x)) + 0 * x", "F.gelu(x)"),
        ("torch.maximum(torch.tanh(x), torch.tanh(x) - 3)", "torch.tanh(x)"),
        ("-(0.0001 * torch.cos(x) - F.silu(x))", "F.silu(x)"),
        ("torch.relu(torch.relu(x) + 0.0001 * torch.sin(x))", "torch.relu(x)"),
        (MINED, MINED),
    ],
)
def test_a_caller_with_a_fingerprint_is_left_with_the_essence(noisy, clean):
    shortest = shortest_alike(body(noisy))
    assert shortest.rpartition("return ")[2].strip() == clean


def test_a_version_leaves_out_a_term_a_factor_or_a_call():
    assert formulas("F.gelu(x) - 0.3 * torch.sin(x)") == [
        "F.gelu(x)",
        "-(0.3 * torch.sin(x))",
        "F.gelu(x) - 0.3 * x",
        "x - 0.3 * torch.sin(x)",
        "F.gelu(x) - torch.sin(x)",
    ]


def test_a_branch_may_stand_for_the_whole():
    source = """
def activation(x):
    if x.shape[-1] > 2:
        y = torch.tanh(x)
    else:
        y = torch.sin(x)
    return y
"""
    versions = simplified(source)
    bodies = [one.rpartition('"')[2].strip() for one in versions]
    assert "y = torch.tanh(x)\n    return y" in bodies
    assert "y = torch.sin(x)\n    return y" in bodies


def test_a_loop_without_effect_goes_with_its_helpers():
    source = SOURCES["helpers"].replace("ALPHA = 0.35", "ALPHA = 0.00001")
    assert shortest_alike(source).endswith("    base = F.softplus(x)\n    return base\n")


def test_versions_are_admitted_shorter_different_and_in_order(source):
    trees = [admit(version) for version in simplified(source)]
    nodes = [size(tree) for tree in trees]
    assert nodes == sorted(nodes) and all(n < size(admit(source)) for n in nodes)
    assert len({ast.dump(tree) for tree in trees}) == len(trees) <= MAX_VERSIONS


def test_exact_rules_keep_the_behaviour(source):
    noisy = source.replace("return ", "return 1.0 * 2.0 * 0.5 * ", 1)
    versions = [one for one in simplified(noisy) if EXACT in one]
    assert len(versions) <= 1
    for version in versions:
        assert same_behaviour(behaviour(noisy), behaviour(version))


def test_the_same_source_gives_the_same_versions_in_any_process():
    source = SOURCES["methods"]
    code = (
        f"from actmine.mutation.simplification import simplified\nprint(simplified({source!r}))"
    )
    other = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout == f"{simplified(source)}\n"


def test_a_function_of_one_part_has_no_shorter_version():
    assert simplified(body("x")) == []


def test_the_docstring_tells_what_was_left_out():
    (first, *_) = simplified(body("F.gelu(x) + 0.3 * torch.sin(x)"), name="Wavy")
    assert '"""gelu(x). Changed: gelu(x) + 0.3 * sin(x) -> gelu(x)."""' in first


def test_nothing_newly_undefined_is_offered():
    assert formulas("torch.log(1 + torch.square(x))") == ["1 + torch.square(x)"]


def test_a_tensor_never_becomes_a_number():
    assert shortened(ast.parse("x - x", mode="eval").body) is None
    assert all("sin(0)" not in one for one in formulas("F.gelu(x) + torch.sin(0 * x)"))


@pytest.mark.parametrize(
    "text", ["((x ** 6) ** 6) ** 6", "(((2 ** 6) ** 6) ** 6) * x * 1", "1e300 * x * 1e300 * 1"]
)
def test_arithmetic_that_would_explode_is_left_alone(text):
    assert all(len(one) < 200 for one in formulas(text))


def test_of_a_long_program_fewer_versions_are_made(monkeypatch):
    source = SOURCES["recurrence"]
    assert len(simplified(source)) > 3
    monkeypatch.setattr(simplification, "MAX_WORK", 3 * size(admit(source)))
    assert len(simplified(source)) <= 3


def test_a_name_that_sympy_knows_stays_the_candidates_own():
    source = (
        "E = 0.5\nI = 2.0\ndef activation(x):\n    return E * x + I * torch.tanh(x) + 0 * x\n"
    )
    assert "return E * x + I * torch.tanh(x)" in simplified(source)[-1]


def test_a_refused_source_is_refused():
    with pytest.raises(Refusal):
        simplified("import os\n")


def test_the_modulus_of_a_complex_number_is_kept_under_an_even_function():
    spectral = by_name("fisg").source
    assert "torch.abs" in spectral
    kept = [one for one in simplified(spectral) if "torch.square" in one]
    assert all("abs" in one for one in kept)
    assert formulas("torch.square(torch.abs(x))")[-1] == "torch.square(x)"
