"""Typesets a function as MathML, which browsers draw without a script or a font of ours.

The source's tree is read, never run: what has no place in a formula (loops, branches,
functions that are not known here) gives no formula, and the page shows the code alone.
"""

import ast
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from markupsafe import Markup

from actmine.champion.definitions import Definition
from actmine.champion.formula import NoFormulaError, formula
from actmine.champion.visible import visible
from actmine.gate.static import Refusal

MAX_NODES = 160  # a longer formula is harder to read than its code [ours]
DIGITS = 4  # significant ones of a constant; the code below the formula has them all

MINUS, SIGMA = "\N{MINUS SIGN}", "\N{GREEK SMALL LETTER SIGMA}"
_GREEK = {
    "sigmoid": SIGMA,
    "alpha": "\N{GREEK SMALL LETTER ALPHA}",
    "beta": "β",
    "gamma": "\N{GREEK SMALL LETTER GAMMA}",
    "pi": "π",
    **{"negative_slope": "\N{GREEK SMALL LETTER ALPHA}", "min_val": "a", "max_val": "b"},
}
_UPRIGHT = {
    **{name: name for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log")},
    **{name: name for name in ("erf", "erfc", "sinc", "softplus", "softsign", "sign")},
    **{"relu": "ReLU", "gelu": "GELU", "silu": "SiLU", "elu": "ELU", "selu": "SELU"},
    **{"mish": "Mish"},
    **{"sigmoid": SIGMA, "atan": "arctan", "arctan": "arctan", "log1p": "log1p", "sin_": "sin"},
    **{"maximum": "max", "minimum": "min", "logsigmoid": f"log {SIGMA}", "asinh": "arsinh"},
    **{"expm1": "expm1", "relu6": "ReLU6", "hardtanh": "hardtanh", "clamp": "clamp"},
    **{"celu": "CELU", "tanhshrink": "tanhshrink", "Max": "max", "Min": "min"},
    **{"hardswish": "hardswish", "hardsigmoid": "hardsigmoid", "leaky_relu": "LeakyReLU"},
}
_SIGNS: dict[type[ast.cmpop], str] = {ast.Lt: "<", ast.LtE: "≤", ast.Gt: ">", ast.GtE: "≥"}
# How tightly an expression binds.
_RELATION, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(6)


class _UnreadableError(ValueError):
    """No formula says this."""


def typeset(source: str) -> Markup | None:
    """The function as MathML, one row an assignment; none if no formula says it."""
    try:
        tree = ast.parse(source)
        if sum(1 for _ in ast.walk(tree)) > MAX_NODES:
            return None
        rows = [*_constants(tree), *_rows(_entry(tree))]
    except (SyntaxError, RecursionError, ValueError):  # of encoding too
        return None
    return _equations(rows)


def meanings(source: str) -> Markup | None:
    """What the named functions in it stand for, one row each; none if it names none."""
    try:
        used = formula(source).used
        rows = [_meaning(name, definition) for name, definition in used.items()]
    except (Refusal, NoFormulaError, _UnreadableError):
        return None
    return _equations(rows) if rows else None


def _meaning(name: str, definition: Definition) -> tuple[ET.Element, ET.Element]:
    """SymPy prints the definition, which is ours, as an expression of Python's."""
    import sympy  # type: ignore[import-untyped]

    text = str(definition.meaning(*map(sympy.Symbol, ["x", *definition.defaults])))
    arguments = [_name("x")]
    for one, default in definition.defaults.items():
        arguments += [_token("mo", ","), _name(one), _token("mo", "="), _number(default)[0]]
    head = _row(_token("mi", _UPRIGHT[name], mathvariant="normal"), _fenced(*arguments))
    return head, _expression(ast.parse(text, mode="eval").body)[0]


def _equations(rows: Sequence[tuple[ET.Element, ET.Element]]) -> Markup:
    math = ET.Element("math", {"display": "block"})
    table = ET.SubElement(math, "mtable", {"class": "equations"})
    for left, right in rows:
        row = ET.SubElement(table, "mtr")
        for cell in (left, _token("mo", "="), right):
            ET.SubElement(row, "mtd").append(cell)
    return Markup(ET.tostring(math, encoding="unicode"))


def _entry(tree: ast.Module) -> ast.FunctionDef:
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    if len(found) != 1 or found[0].name != "activation" or len(found[0].args.args) != 1:
        raise _UnreadableError
    return found[0]


def _constants(tree: ast.Module) -> list[tuple[ET.Element, ET.Element]]:
    """What the module assigns before its function."""
    return [_assignment(node) for node in tree.body if isinstance(node, ast.Assign)]


def _rows(function: ast.FunctionDef) -> list[tuple[ET.Element, ET.Element]]:
    argument = function.args.args[0].arg
    head = _row(_name("f"), _fenced(_name(argument)))
    rows: list[tuple[ET.Element, ET.Element]] = []
    for statement in function.body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue  # the docstring
        if isinstance(statement, ast.Return) and statement.value is not None:
            return [*rows, (head, _expression(statement.value)[0])]
        if not isinstance(statement, ast.Assign):
            break
        rows.append(_assignment(statement))
    raise _UnreadableError


def _assignment(node: ast.Assign) -> tuple[ET.Element, ET.Element]:
    target = node.targets[0]
    if len(node.targets) != 1 or not isinstance(target, ast.Name):
        raise _UnreadableError
    return _name(target.id), _expression(node.value)[0]


def _expression(node: ast.expr) -> tuple[ET.Element, int]:
    """An expression, and how tightly it binds."""
    match node:
        case ast.Constant(value=bool() | str() | bytes() | None):
            raise _UnreadableError
        case ast.Constant(value=int() | float() as value):
            return _number(value)
        case ast.Name(id=name):
            return _name(name), _ATOM
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _row(_token("mo", MINUS), _bound(operand, _SIGN)), _SIGN
        case ast.BinOp(left=left, op=operator, right=right):
            return _binary(left, operator, right)
        case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in _SIGNS:
            mark = _token("mo", _SIGNS[type(sign)])
            return _row(_expression(left)[0], mark, _expression(right)[0]), _RELATION
        case ast.Call(func=ast.Name(id="Piecewise"), args=cases):
            return _cases([pair.elts for pair in cases if isinstance(pair, ast.Tuple)])
        case ast.Call(func=function, args=arguments, keywords=[]) if arguments:
            return _call(_last(function), arguments)
        case ast.Attribute(value=ast.Name(id="math"), attr="pi" | "e" as name):
            return _name(name), _ATOM
    raise _UnreadableError


def _binary(left: ast.expr, operator: ast.operator, right: ast.expr) -> tuple[ET.Element, int]:
    match operator:
        case ast.Add():
            return _row(_bound(left, _SUM), _token("mo", "+"), _bound(right, _SUM)), _SUM
        case ast.Sub():
            return _row(_bound(left, _SUM), _token("mo", MINUS), _bound(right, _PRODUCT)), _SUM
        case ast.Mult():
            parts = (_bound(left, _PRODUCT), _token("mo", "·"), _bound(right, _PRODUCT))
            return _row(*parts), _PRODUCT
        case ast.Div():
            fraction = ET.Element("mfrac")
            fraction.extend([_expression(left)[0], _expression(right)[0]])
            return fraction, _PRODUCT
        case ast.Pow():
            return _power(_bound(left, _ATOM), _expression(right)[0]), _POWER
    raise _UnreadableError


def _call(name: str, arguments: list[ast.expr]) -> tuple[ET.Element, int]:
    first = arguments[0]
    if len(arguments) == 1:
        match name:
            case "square":
                return _power(_bound(first, _ATOM), _token("mn", "2")), _POWER
            case "exp":
                return _power(_token("mi", "e"), _expression(first)[0]), _POWER
            case "exp2":
                return _power(_token("mn", "2"), _expression(first)[0]), _POWER
            case "abs" | "Abs":
                bars = [_token("mo", "|") for _ in range(2)]
                return _row(bars[0], _expression(first)[0], bars[1]), _ATOM
            case "neg":
                return _row(_token("mo", MINUS), _bound(first, _SIGN)), _SIGN
            case "sqrt" | "rsqrt" | "reciprocal":
                return _inverted(name, _expression(first)[0])
    if name == "where" and len(arguments) == 3:
        condition, yes, no = arguments
        return _cases([[yes, condition], [no, ast.Constant(True)]])
    if name == "pow" and len(arguments) == 2:
        return _power(_bound(first, _ATOM), _expression(arguments[1])[0]), _POWER
    if name not in _UPRIGHT:
        raise _UnreadableError
    inner: list[ET.Element] = []
    for argument in arguments:
        inner += [*([_token("mo", ",")] if inner else []), _expression(argument)[0]]
    return _row(_token("mi", _UPRIGHT[name], mathvariant="normal"), _fenced(*inner)), _ATOM


def _cases(pairs: Sequence[Sequence[ast.expr]]) -> tuple[ET.Element, int]:
    """Values with their conditions behind a brace; the last one holds otherwise."""
    table = ET.Element("mtable")
    for value, condition in pairs:
        row = ET.SubElement(table, "mtr")
        ET.SubElement(row, "mtd").append(_expression(value)[0])
        otherwise = isinstance(condition, ast.Constant)
        when = [_token("mtext", "otherwise" if otherwise else "if\N{NO-BREAK SPACE}")]
        when += [] if otherwise else [_expression(condition)[0]]
        ET.SubElement(row, "mtd").append(_row(*when))
    return _row(_token("mo", "{"), table), _RELATION


def _inverted(name: str, inner: ET.Element) -> tuple[ET.Element, int]:
    """A root, an inverse, or both."""
    if name != "reciprocal":
        root = ET.Element("msqrt")
        root.append(inner)
        inner = root
    if name == "sqrt":
        return inner, _ATOM
    fraction = ET.Element("mfrac")
    fraction.extend([_token("mn", "1"), inner])
    return fraction, _PRODUCT


def _last(function: ast.expr) -> str:
    """The name at the end of `torch.special.erf`."""
    match function:
        case ast.Attribute(attr=name):
            return name
        case ast.Name(id=name):
            return name
    raise _UnreadableError


def _bound(node: ast.expr, tightness: int) -> ET.Element:
    """An operand, in parentheses if it binds less tightly than that."""
    element, own = _expression(node)
    return element if own >= tightness else _fenced(element)


def _number(value: float) -> tuple[ET.Element, int]:
    text = f"{value:.{DIGITS}g}"
    mantissa, _, exponent = text.partition("e")
    token = _token("mn", mantissa.replace("-", MINUS))
    if exponent:
        power = _power(_token("mn", "10"), _token("mn", str(int(exponent)).replace("-", MINUS)))
        return _row(token, _token("mo", "·"), power), _PRODUCT
    return token, _ATOM if value >= 0 else _SIGN


def _power(base: ET.Element, exponent: ET.Element) -> ET.Element:
    power = ET.Element("msup")
    power.extend([base, exponent])
    return power


def _fenced(*inner: ET.Element) -> ET.Element:
    return _row(_token("mo", "("), *inner, _token("mo", ")"))


def _row(*parts: ET.Element) -> ET.Element:
    row = ET.Element("mrow")
    row.extend(parts)
    return row


def _name(text: str) -> ET.Element:
    return _token("mi", _GREEK.get(text, text))


def _token(tag: str, text: str, **attributes: str) -> ET.Element:
    token = ET.Element(tag, attributes)
    token.text = visible(text)
    return token
