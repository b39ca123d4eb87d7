"""What a running candidate raised comes as a whole sentence that says what to do."""

import pytest

from actmine.gate.contract import ContractError, check, loaded
from actmine.gate.probes import Probes
from actmine.gate.raised import LIMIT, sentence
from actmine.gate.scalars import explained
from actmine.gate.static import admit

PROBES = Probes(rows=64, width=8, key="", source="")
NUMBER = "is given a number; write "


def refused(expression: str) -> str:
    source = f"def activation(x):\n    return {expression}\n"
    with pytest.raises(ContractError) as caught:
        check(loaded(source), PROBES)
    return explained(str(caught.value), admit(source))


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("torch.max(0, x)", f"{NUMBER}torch.clamp(x, min=number)"),
        ("torch.min(0.5, x)", f"{NUMBER}torch.clamp(x, max=number)"),
        ("torch.clamp(0, x)", f"{NUMBER}what that gives, or torch.tensor(number)"),
        ("torch.pow(2, 3)", f"{NUMBER}math.pow"),
        ("F.logsigmoid(2)", f"{NUMBER}what that gives, or torch.tensor(number)"),
        ("torch.clamp(x, 0, 1) + torch.hypot(x, 1.0)", f"{NUMBER}what that gives"),
    ],
)
def test_a_number_where_a_tensor_is_wanted(expression, told):
    called = expression.rpartition(" + ")[2]
    assert refused(expression).startswith(f"line 2: `{called}` {told}")


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        (
            "torch.pow(x)",
            "pow() is given (Tensor); it takes (Tensor input, Tensor exponent) or ",
        ),
        ("torch.where(x > 0, x)", "(Tensor condition, Tensor input, Tensor other)"),
        ("x.clamp(x, x, x)", "or (Number min = None, Number max = None)"),
        ("torch.sin(x, x)", "2 were given (input shape (64, 8)); give it so many"),
        ("torch.softmax(x)", "; add what is missing"),
        ("F.gelu(x, beta=1)", "; leave that out"),
        ("sum(x, 1, 2)", "TypeError: sum() takes from 1 to 2"),
        ("F.pad(x)", "TypeError: pad() missing 1"),
        ("math.comb() * x", "TypeError: math.comb() missing 1"),
        ("math.log(-1) * x", "; keep to numbers for which it is defined"),
        ("x @ x", "; write what works on a float32 tensor of any number of rows and features"),
        ("F.softmax(x, dim=5)", "; keep to what is there: x has the dims 0 (rows) and 1 "),
        ("torch.max(x, 0)", "as y[0]; for a bound write torch.clamp(x, min=number)"),
    ],
)
def test_a_wrong_call_is_told_with_its_remedy(expression, told):
    reason = refused(expression)
    assert told in reason
    assert "\n" not in reason and "…" not in reason and " out = None" not in reason


def test_a_remedy_stands_at_the_end_of_the_longest_message():
    told = sentence(RuntimeError("long " * 1000), at=" (input shape (64, 8))")
    assert len(told) == LIMIT and told.endswith("of any number of rows and features")


def test_a_message_of_the_gate_has_its_own_remedy():
    assert refused("sum([], [1.0]) * x").endswith(
        "write a list comprehension (input shape (64, 8))"
    )


def test_forms_beyond_the_limit_are_left_out_whole():
    forms = "".join(f"\n * (Tensor input, Number value_{n})" for n in range(50))
    told = sentence(
        TypeError(
            f"f() received an invalid combination of arguments - got ({'int, ' * 200}int), but "
            f"expected one of:{forms}\n"
        )
    )
    assert len(told) <= LIMIT and told.endswith(")")
