import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from actmine.functions.catalog import CATALOG, VOCABULARY, by_name
from actmine.gate.static import admit, load
from actmine.mutation.embedded import (
    BASE_WEIGHTS,
    OPERATORS,
    Child,
    MutationError,
    compound,
    mutate,
    slot_rng,
)
from actmine.mutation.inference import infer
from actmine.mutation.parameters import numbers_of
from actmine.mutation.trees import size
from actmine.records.candidate import Candidate, Origin, candidate_id
from mutation_sources import SOURCES, WRITTEN, parent

GELU = parent("GELU", by_name("gelu").source)
TANH = parent("Tanh", by_name("tanh").source)
GOLDEN = '''\
ALPHA = 0.274
COEFFS = (0.559, 0.268, 0.174)


def _bump(z, width=1.51):
    return torch.exp(-(z / width) ** 2)


def activation(x):
    """A child of helpers. Changed: 5 constants moved."""
    base = F.softplus(x)
    wave = torch.zeros_like(x)
    for k, c in enumerate(COEFFS, start=1):
        wave = wave + c * torch.sin(k * x)
    return base + ALPHA * wave * _bump(x)
'''
CLASHING = """
K = {constant}
def f(x):
    return K {operator} x
def activation(x):
    y = f(x)
    return f(y) * y
"""
PAPER = [known.candidate for known in CATALOG if known.origin is Origin.PAPER]


def child_of(*parents: Candidate, operator: str = "", attempt: int = 0) -> Child:
    weights = {operator: 1.0} if operator else BASE_WEIGHTS
    rng = slot_rng(7, 1, 2, 3, attempt)
    return mutate(parents, rng=rng, vocabulary=VOCABULARY, weights=weights)


def docstring(source: str) -> str:
    (activation,) = (
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name == "activation"
    )
    return ast.get_docstring(activation) or ""


def test_one_seed_gives_one_child_to_the_byte():
    child = child_of(WRITTEN[0], WRITTEN[1], attempt=2)
    assert child.source == GOLDEN
    assert child_of(WRITTEN[0], WRITTEN[1], attempt=2) == child


def test_streams_differ_by_every_coordinate_of_a_slot():
    base = (1, 2, 3, 4, 5)
    slots = [base] + [tuple(n + (i == k) for i, n in enumerate(base)) for k in range(5)]
    assert len({slot_rng(*slot).integers(2**62) for slot in slots}) == len(slots)


def test_child_is_named_after_its_first_parent_and_its_own_id():
    child = child_of(GELU)
    assert child.name == f"GELU-{candidate_id(child.source)[1:5]}"
    grandchild = child_of(parent(child.name, child.source))
    assert grandchild.name == f"GELU-{candidate_id(grandchild.source)[1:5]}"


def test_stem_of_a_name_keeps_its_own_hyphen():
    assert child_of(parent("Log-Cosh", GELU.source)).name.startswith("Log-Cosh-")


def test_docstring_is_one_line_with_formula_and_change():
    child = child_of(GELU, operator="term")
    line = docstring(child.source)
    assert "\n" not in line
    assert line.startswith("gelu(x") and f"Changed: {child.summary.rstrip('.')}." in line


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_every_operator_makes_children(operator):
    first = WRITTEN[0]
    for attempt in range(5):
        child = child_of(first, WRITTEN[4], operator=operator, attempt=attempt)
        assert child.operator == operator
        assert child.summary
        admit(child.source)


def test_what_follows_long_loops_over_whole_numbers_is_edited_all_the_same():
    source = """def activation(x):
    chosen = []
    for k in range(24):
        c = 1
        for j in range(32):
            c = c * (24 - j) // (j + 1) if j < k else c
        chosen.append(c)
    t = torch.sigmoid(x)
    return x * t + t * (1 - t) * chosen[2] / chosen[3]
"""
    for slot in range(5):
        child = mutate(
            [parent("Bernstein", source)], rng=slot_rng(0, 1, 0, slot, 0), vocabulary=VOCABULARY
        )
        admit(child.source)


def test_every_operator_has_a_base_weight():
    assert BASE_WEIGHTS.keys() == OPERATORS.keys()


def test_paper_functions_are_never_vocabulary():
    rng = np.random.default_rng(0)
    weights = {"compose": 1.0, "mix": 1.0}
    with pytest.raises(MutationError, match="no operator"):
        mutate([GELU], rng=rng, vocabulary=PAPER, weights=weights)


def test_paper_functions_are_left_out_of_a_mixed_vocabulary():
    marked = Candidate(
        source="def activation(x):\n    return 0.12345 * torch.tanh(x)\n",
        name="Marked",
        origin=Origin.PAPER,
    )
    for seed in range(60):
        rng = np.random.default_rng(seed)
        weights = {"compose": 1.0, "mix": 1.0}
        vocabulary = (marked, by_name("relu").candidate)
        child = mutate([GELU], rng=rng, vocabulary=vocabulary, weights=weights)
        assert "0.12345" not in child.source and "Marked" not in child.summary


@pytest.mark.parametrize("operator", ["splice", "blend"])
def test_crossover_takes_from_both_parents(operator):
    sine = parent("Sine", "def activation(x):\n    return torch.sin(0.777 * x) + x\n")
    bump = parent("Bump", "def activation(x):\n    return torch.tanh(0.555 * x) * x\n")
    taken = 0
    for attempt in range(20):
        child = child_of(sine, bump, operator=operator, attempt=attempt)
        assert child.parents == (sine.candidate_id, bump.candidate_id)
        taken += "0.777" in child.source and "0.555" in child.source
    assert taken >= 5  # a spliced part need not hold the constant


def test_crossover_needs_a_second_program():
    with pytest.raises(MutationError, match="no operator"):
        child_of(GELU, GELU, operator="splice")


def test_edit_of_one_parent_names_one_parent():
    assert child_of(GELU, TANH, operator="term").parents == (GELU.candidate_id,)


def test_helpers_that_clash_get_a_free_name():
    first = parent("A", CLASHING.format(constant=0.5, operator="*"))
    second = parent("B", CLASHING.format(constant=0.25, operator="+"))
    child = child_of(first, second, operator="blend")
    names = [n.name for n in ast.parse(child.source).body if isinstance(n, ast.FunctionDef)]
    assert names == ["f", "f_2", "_b", "activation"]
    assert "K = 0.5" in child.source and "K_2 = 0.25" in child.source


def test_ranges_dims_and_whole_numbers_stay():
    source = """
def activation(x):
    y = torch.roll(x, 2, dims=-1)
    for k in range(3):
        y = y + torch.sin(x)
    return y + x.mean(dim=-1, keepdim=True)
"""
    with pytest.raises(MutationError, match="no child"):
        child_of(parent("whole", source), operator="constant")


def test_new_constants_have_three_significant_digits():
    for attempt in range(60):
        child = child_of(TANH, operator="term", attempt=attempt)
        for node in ast.walk(admit(child.source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, float | int):
                assert float(f"{node.value:.3g}") == node.value


def test_stretch_leaves_a_scaled_and_shifted_parent():
    x = torch.linspace(-4, 4, 41, dtype=torch.float64)
    design = torch.stack([x, torch.ones_like(x)], dim=1)
    straight = parent("Straight", "def activation(x):\n    return 0.7 * x + 0.2\n")
    for attempt in range(20):
        child = child_of(straight, operator="stretch", attempt=attempt)
        y = load(child.source)(x)
        slope, shift = torch.linalg.lstsq(design, y[:, None]).solution.ravel().tolist()
        assert torch.allclose(slope * x + shift, y)
        assert 0.2 < slope < 2.5 and abs(shift) < 2
        assert (slope, shift) != (0.7, 0.2)


def test_tilt_adds_a_line_through_the_origin():
    x = torch.linspace(-4, 4, 41, dtype=torch.float64)
    bump = parent("Bump", "def activation(x):\n    return torch.exp(-x * x)\n")
    slopes = []
    for attempt in range(20):
        added = load(child_of(bump, operator="tilt", attempt=attempt).source)(x) - torch.exp(
            -x * x
        )
        slope = float(added @ x / (x @ x))
        assert torch.allclose(added, slope * x)
        slopes.append(slope)
    assert min(slopes) < 0 < max(slopes) and max(map(abs, slopes)) < 1.5


def test_an_input_stretched_everywhere_is_the_same_wherever_it_is_read():
    twice = parent("Twice", "def activation(x):\n    return x * torch.sigmoid(x)\n")
    everywhere = [
        child
        for attempt in range(40)
        if (child := child_of(twice, operator="stretch", attempt=attempt)).summary.endswith(
            "wherever it is read"
        )
    ]
    assert everywhere
    for child in everywhere:
        (product,) = (n for n in ast.walk(admit(child.source)) if isinstance(n, ast.Return))
        match product.value:
            case ast.BinOp(left=left, right=ast.Call(args=[argument])):
                assert ast.dump(left) == ast.dump(argument)
            case _:
                raise AssertionError(child.source)


def test_constants_move_together_and_nothing_else_does():
    source = "def activation(x):\n    return 0.5 * torch.sin(1.5 * x) + 0.25 * x ** 2\n"
    for attempt in range(20):
        child = child_of(parent("Three", source), operator="constants", attempt=attempt)
        old, new = numbers_of(source), numbers_of(child.source)
        assert len(old) == len(new) and new[3] == 2
        assert sum(a != b for a, b in zip(old[:3], new[:3], strict=True)) >= 2


def test_one_constant_is_left_to_the_operator_of_one():
    lone = parent("Lone", "def activation(x):\n    return torch.sin(1.5 * x)\n")
    with pytest.raises(MutationError, match="no child"):
        child_of(lone, operator="constants")


def test_large_parents_only_shrink_or_change_constants():
    body = " + ".join(f"0.{k} * torch.sin({k} * x)" for k in range(1, 31))
    large = parent("Large", f"def activation(x):\n    return {body}\n")
    nodes = size(admit(large.source))
    for attempt in range(20):
        child = child_of(large, TANH, attempt=attempt)
        assert child.operator in ("constant", "constants", "simplify", "function")
        assert size(admit(child.source)) <= nodes


def test_edits_add_no_overflow_and_no_division_by_zero():
    source = "def activation(x):\n    return torch.exp(-x * x) / (1.0 + torch.abs(x))\n"
    for attempt in range(100):
        child = child_of(parent("Safe", source), TANH, attempt=attempt)
        assert infer(admit(child.source)).hazards == 0


def test_features_may_be_coupled_but_never_the_batch():
    for attempt in range(30):
        child = child_of(GELU, operator="couple", attempt=attempt)
        assert "dim=-1" in child.source or "dims=-1" in child.source


def test_compound_makes_several_edits_in_a_row():
    rng = slot_rng(0, 0, 0, 0, 0)
    child = compound([GELU, TANH], rng=rng, vocabulary=VOCABULARY, edits=4)
    assert child.operator.count("+") == 3 and child.summary.count("; then ") == 3
    assert set(child.parents) <= {GELU.candidate_id, TANH.candidate_id}
    assert child.parents[0] == GELU.candidate_id
    admit(child.source)


def test_wrong_requests_are_refused_with_the_remedy():
    rng = np.random.default_rng(0)
    with pytest.raises(MutationError, match="give one or two"):
        mutate([], rng=rng, vocabulary=())
    with pytest.raises(MutationError, match=r"no operators \['warp'\]; choose from"):
        mutate([GELU], rng=rng, vocabulary=(), weights={"warp": 1.0})
    with pytest.raises(MutationError, match="edits is 0"):
        compound([GELU], rng=rng, vocabulary=(), edits=0)


def test_language_model_sources_are_understood():
    assert {p.name for p in WRITTEN} == SOURCES.keys()
    for source in SOURCES.values():
        admit(source)


def test_mutation_leaves_torch_unloaded():
    code = (
        "import sys, numpy; from actmine.functions.catalog import VOCABULARY;"
        "from actmine.mutation.embedded import mutate;"
        "from actmine.records.candidate import Candidate;"
        "source = 'def activation(x):\\n    return torch.tanh(x)\\n';"
        "mutate([Candidate(source=source, name='T', origin='mined')],"
        " rng=numpy.random.default_rng(0), vocabulary=VOCABULARY);"
        "assert 'torch' not in sys.modules"
    )
    path = str(Path(__file__).parents[3] / "workflow_scripts")
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": path})
