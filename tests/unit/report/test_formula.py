"""The page shows the formula that the champion's folder holds, as MathML."""

import re
import xml.etree.ElementTree as ET
from html import unescape

import pytest

from actmine.champion.equations import equations_of
from actmine.champion.latex_formula import formula
from actmine.functions.catalog import CATALOG
from actmine.functions.symbols import NoFormulaError
from actmine.functions.table import TABLE
from actmine.report.mathml import LONGEST, mathml, typeset

MINUS, ALPHA, SIGMA = (
    "\N{MINUS SIGN}",
    "\N{GREEK SMALL LETTER ALPHA}",
    "\N{GREEK SMALL LETTER SIGMA}",
)
NAMED = {name: one for name, one in TABLE.items() if one.latex and one.spelled}


def written(body):
    return f"def activation(x):\n    {body}\n"


def text_of(made):
    """What a reader sees, without the elements."""
    return "".join(unescape(re.sub(r"<[^>]+>", "", made)).split())


def assert_clean(made):
    """It is one formula, well-formed, and no command of LaTeX is left in it."""
    assert "\\" not in made
    root = ET.fromstring(made)
    assert root.tag == "math" and root.get("display") == "block"
    assert {token.text for token in root.iter("mi")} <= set(f"fxeabπβλΦ{ALPHA}{SIGMA}")


@pytest.mark.parametrize("key", [one.key for one in CATALOG])
def test_every_formula_of_the_catalog_is_typeset(key):
    source = next(one.source for one in CATALOG if one.key == key)
    try:
        equations = equations_of(source)
    except NoFormulaError:
        assert key in ("turbulent", "fisg", "phase_flipped")
        return
    assert_clean(mathml(equations))


@pytest.mark.parametrize("name", NAMED)
def test_every_named_function_has_its_meaning_typeset(name):
    one = NAMED[name]
    further = ", 0.25" * (len(one.arguments) - 1 - len(one.defaults))
    _, *rest = equations_of(written(f"return {one.spelled[0]}(x{further})"))
    assert len(rest) == 1
    assert_clean(mathml(rest))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return F.gelu(x) + 0.1 * torch.sin(x)", "f(x)=GELU(x)+0.1sin(x)"),
        ("return (x + 1) * (x - -2)", "f(x)=(x+1)(x+2)"),
        ("g = torch.sigmoid(x)\n    return x * g", f"f(x)=x{SIGMA}(x)"),
        ("return torch.maximum(x, 0.5 * x)", "f(x)=max(0.5x,x)"),
        ("return 1.5e-7 * torch.abs(x)", f"f(x)=1.5·10{MINUS}7|x|"),
        ("return 2 * torch.where(x > 0, x, 0.1 * x)", "f(x)=2({xforx>00.1xotherwise)"),
        ("return x * (x > 0)", "f(x)=x({1forx>00otherwise)"),
        ("return torch.remainder(x, 2)", "f(x)=xmod2"),
    ],
)
def test_a_formula_reads_as_mathematics(body, told):
    assert text_of(mathml(equations_of(written(body))[:1])) == told


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return 2 * F.silu(x)", f"SiLU(x)=x1+e{MINUS}x"),
        ("return F.elu(x)", f"ELU(x,{ALPHA})={{xforx>0{ALPHA}(ex{MINUS}1)otherwise"),
        ("return F.relu(x) - torch.sigmoid(x)", f"ReLU(x)=max(0,x){SIGMA}(x)=11+e{MINUS}x"),
    ],
)
def test_meanings_are_those_of_the_table(body, told):
    assert text_of(mathml(equations_of(written(body))[1:])) == told


def test_names_of_functions_stand_apart_from_what_is_before_them():
    made = typeset(written("return x * torch.sin(x)"))
    assert '<mo form="prefix" lspace="0.17em" rspace="0">sin</mo>' in made
    assert made == mathml(formula(written("return x * torch.sin(x)")).equations[:1])


@pytest.mark.parametrize(
    "source",
    [
        *map(written, ["return torch.roll(x, 1)", "return x.mean(0)", "pass"]),
        written("for _ in range(2):\n        x = torch.tanh(x)\n    return x"),
        *("import os\n", "def activation(x:\n", "\ud800", ""),
    ],
)
def test_what_is_no_formula_has_none(source):
    assert typeset(source) is None


def test_a_long_sum_has_lines_that_begin_with_a_sign():
    terms = " + ".join(f"{k}.125 * torch.sin({k} * x)" for k in range(2, 7))
    made = mathml(equations_of(written(f"return x - {terms}"))[:1])
    first, *others = ["".join(row.itertext()) for row in ET.fromstring(made).iter("mtr")]
    assert first.startswith("f(x)=") and len(others) >= 2
    assert all(line[0] in "+\u2212" and len(line) <= LONGEST for line in others)
