"""Activations that the gate accepts and that are hard to read: they hang or break who tries.

What they do in the branch that no input takes is cheap to accept and may be endless to follow.
"""


def _function(body: str) -> str:
    return "def activation(x):\n" + "".join(f"    {line}\n" for line in body.split("\n"))


def _idle(body: str) -> str:
    """A body that is read and never runs, in front of a sine."""
    inner = "".join(f"    {line}\n" for line in body.split("\n"))
    return _function(f"if x.ndim > 5:\n{inner}return torch.sin(x) + 0.5 * x")


def _nested(inner: str, depth: int) -> str:
    lines = [f"{' ' * k}for k{k} in range(1):" for k in range(depth)]
    return "\n".join([*lines, " " * depth + inner])


def _helpers(count: int, call: str) -> str:
    rest = "".join(
        f"def f{k}(x):\n    return {call.replace('f', f'f{k - 1}')}\n" for k in range(1, count)
    )
    return f"def f0(x):\n    return x + 1\n{rest}"


HARD = {
    "a mask times the input": _function("return x * (x > 0) + torch.sin(x)"),
    "lines that double": _function(
        "y = x\n" + "y = torch.clamp(y + x, -1.0, 1.0) * y\n" * 12 + "return y"
    ),
    "powers of powers": _idle("a = 9\nb = a ** a\nreturn x * b ** b"),
    "a power below 1 of a whole number": _idle("a = 170\nreturn x * math.factorial(a) ** -9"),
    "squares of squares": _idle("n = 9\n" + "n = n * n\n" * 40 + "return n * x"),
    "a loop of squares": _idle("n = 9\nfor _ in range(64):\n    n = n * n\nreturn n * x"),
    "sums of factorials": _idle("n = math.factorial(170)\nreturn x * (n * n * n + n) ** 64"),
    "loops within loops": _idle(
        "n = 0\nfor a in range(32):\n    for b in range(32):\n        n = n + a * b + a - b\n"
        + _nested("n = n + 1", 14)
        + "\nreturn x * n"
    ),
    "pairs of pairs": _idle(
        "if x.ndim > 6:\n    y = (x, x)\n"
        + "    y = (y, y)\n" * 30
        + "else:\n    y = (x, x)\n"
        + "    y = (y, y)\n" * 30
        + "return y[0]"
    ),
    "lists of lists": _function("y = [x, x]\n" + "y = [y, y]\n" * 30 + "return torch.sin(x)"),
    "helpers that double": _helpers(40, "f(f(x))") + _idle("return f39(x)"),
    "a long row of helpers": _helpers(150, "f(x)") + _idle("return f149(x)"),
    "helpers of nested branches": "".join(
        f"def f{k}(x):\n"
        + "".join(f"{' ' * (j + 1)}if {j} < 99:\n" for j in range(15))
        + " " * 19
        + (f"return f{k - 1}(x)\n" if k else "return torch.sin(x)\n")
        for k in range(16)
    )
    + "def activation(x):\n    return f15(x)\n",
    "a hundred lines": _function(
        "y = x\n"
        + "\n".join(f"y = y + {k}.5 * x" for k in range(100))
        + "\nreturn torch.tanh(y)"
    ),
    "a branch of two hundred lines": _idle(
        "y = x\n" + "y = y * 0.5 + torch.sin(y - 0.25)\n" * 200 + "return y"
    ),
    "an infinite coefficient": _function("return torch.relu(x - 1e999) + torch.sin(x)"),
    "an infinite bound": _function("return torch.clamp(x, max=1e999) + torch.sin(x)"),
    "no number": _idle("return x * (1e999 - 1e999)"),
    "a division by zero": _idle("return x * (1 / (2 - 2)) - (x / 0) / (x / 0) + 1 % 0"),
    "a fraction of fractions": _function(
        "return torch.tanh(x + 1 / "
        + "/ (3.3 + 1 / ".join(["(x * x + 1)"] * 25)
        + ")" * 24
        + ")"
    ),
    "a power of a fraction": _function("return torch.sin((x / 7.3 - 1 / 3) ** 6)"),
    "masks as numbers": _function(
        "m = (x > 0) & ~(x > 1)\nreturn torch.sin(x) * 2 ** (x > 0) - (x > 2) / (2 + m) + x * m"
    ),
    "masks of masks": _function("return torch.sin(x) * ((x > 0) > (x > 1)) + x * (x != 0.5)"),
    "many pieces": _function(
        "return "
        + "".join(f"torch.where(x > {k}.5, torch.sin({k} * x), " for k in range(14))
        + "x"
        + ")" * 14
    ),
    "bounds within bounds": _function(
        "y = x\n"
        + "".join(
            f"y = torch.maximum(torch.minimum(y, {k}.5 + x), -{k}.25 * x)\n" for k in range(25)
        )
        + "return y + torch.sin(x)"
    ),
    "many signs": _function("return " + "-" * 60 + "x + torch.sin(x)"),
    "whole numbers of nineteen digits": _function(
        "return torch.sin(x) + x * 9223372036854775807 * 1e-30"
    ),
    "numbers at the edge": _function("return torch.sin(x) + 5e-324 * x + x * (1e308 * 1e-308)"),
}
