"""Harmless-looking habits of language models that the gate must not accept, and why.

Each is (source, line of the refusal, why it must not be accepted, words of the remedy).
"""


def _body(text: str) -> str:
    lines = "".join(f"    {line}\n" for line in text.split("\n"))
    return f"def activation(x):\n{lines}    return x\n"


REFUSED = {
    "numpy_for_pi": (
        "import numpy as np\ndef activation(x):\n    return x * np.pi\n",
        1,
        "numpy leaves the graph, and np.tanh(x) is the next thing to be written",
        r"`import numpy as np` is not offered; write math\.pi",
    ),
    "numpy_names": (
        "from numpy import pi\n" + _body("y = pi"),
        1,
        "as above",
        r"write math\.pi and math\.sqrt for numbers",
    ),
    "star_import": (
        "from torch.nn.functional import *\n" + _body("y = gelu(x)"),
        1,
        "the text would no longer tell what a name means",
        "call their functions by full name",
    ),
    "layer_import": (
        "from torch.nn import GELU\n" + _body("y = GELU()(x)"),
        1,
        "a layer holds state and hooks",
        r"is a layer, which holds state; use the function .*use F\.gelu",
    ),
    "functools": (
        "from functools import partial\n" + _body("y = x"),
        1,
        "partial calls hide which keywords a function is given",
        "torch, math and F .* are at hand",
    ),
    "imported_name_rebound": (
        "from math import pi\ndef activation(x, pi=3.0):\n    return pi * x\n",
        2,
        "one name would have two meanings",
        "gives `pi`, which is imported, another meaning; rename it",
    ),
    "imported_twice": (
        "from math import sin\nfrom torch import sin\n" + _body("y = x"),
        2,
        "which one holds depends on where it is called",
        "imports `sin` a second time; give each its own name",
    ),
    "main_block": (
        _body("x = x") + "if __name__ == '__main__':\n    print(activation(1.0))\n",
        4,
        "it would run unread as soon as somebody saves the winner and starts it",
        "is a script's block, .*leave it out",
    ),
    "print_call": (
        _body("print(x.shape)"),
        2,
        "output is a channel, and floods",
        "writes text; an activation returns a tensor",
    ),
    "jit_script": (
        "import torch\n@torch.jit.script\n" + _body("y = x"),
        2,
        "compiles at import, keeps caches, and starts compilers",
        "`torch.jit.script` decorates a function; .*leave it out",
    ),
    "no_grad_around_statistics": (
        _body("with torch.no_grad():\n    m = x.mean()"),
        2,
        "a switch of the whole process, which an error would leave as it is",
        r"with \.detach\(\) on what should have no gradient",
    ),
    "item": (
        _body("scale = x.abs().max().item()"),
        2,
        "cuts the gradient silently and lets data steer the control flow",
        "`x.abs.*item.*` takes numbers out of the graph; keep them a tensor",
    ),
    "moved_by_name": (
        _body("y = x.to('cpu')"),
        2,
        "the device is the lab's choice",
        r"use x\.float\(\) or .* x\.to\(other\.dtype\)",
    ),
    "moved_by_tensor_or_number": (
        _body("y = x.to(0)"),
        2,
        "the device is the lab's choice",
        r"x\.to\(other\.dtype\)",
    ),
    "data": (
        _body("y = x.data"),
        2,
        "writes through it are not seen by autograd",
        r"reaches into autograd; .*use x\.detach\(\)",
    ),
    "element_store": (
        _body("y = torch.zeros_like(x)\ny[x > 0] = 1.0"),
        3,
        "in place: changes tensors that others hold",
        r"build the result with torch\.where or torch\.cat",
    ),
    "in_place": (
        _body("y = x.clone().clamp_(min=0)"),
        2,
        "in place: changes tensors that others hold",
        r"changes a tensor in place; use x\.clamp",
    ),
    "inplace_option": (
        _body("y = F.relu(x, inplace=True)"),
        2,
        "in place: changes tensors that others hold",
        "`inplace=True` is not among the keyword arguments offered; leave it out",
    ),
    "dictionary_of_constants": (
        "P = {'alpha': 0.5}\n" + _body("y = P['alpha'] * x"),
        1,
        "it can be changed from call to call, and its keys are free text",
        "is a dictionary; give each constant a name, or use a tuple",
    ),
    "formatted_docstring": (
        _body('f"""Scaled by {1 + 1}."""'),
        2,
        "formatting calls methods of what it prints",
        "is a formatted string; an activation needs no text",
    ),
    "text_option_in_a_name": (
        "MODE = 'tanh'\n" + _body("y = F.gelu(x, approximate=MODE)"),
        1,
        "text is the way to name what the gate hides",
        "strings are offered as listed keyword values only",
    ),
    "global_constant": (
        "ALPHA = 0.5\n" + _body("global ALPHA\ny = ALPHA * x"),
        3,
        "declares that the call will change it",
        "a constant of the module can be read without it",
    ),
    "assertion": (
        _body("assert x.dim() == 2"),
        2,
        "raises for some inputs; dropped silently it would say what is not checked",
        "the gate checks shapes itself, leave it out",
    ),
    "type_check": (
        _body("if not isinstance(x, torch.Tensor):\n    return x"),
        2,
        "the input never is anything else",
        r"x is always a float32 \(batch, feature\) tensor",
    ),
    "try": (
        _body("try:\n    y = x\nexcept ValueError:\n    y = x"),
        2,
        "would hide the limits that stop a loop",
        "write a formula that is finite everywhere",
    ),
    "raising": (
        _body("if x.dim() != 2:\n    raise ValueError('2-D only')"),
        3,
        "an activation has a value for every input",
        "return a tensor for every input",
    ),
    "while_loop": (
        _body("k = 0\nwhile k < 3:\n    k += 1"),
        3,
        "its end cannot be read from the text",
        "has no bound; use `for _ in range",
    ),
    "loop_over_features": (
        _body("for i in range(x.shape[1]):\n    y = x[:, i]"),
        2,
        "as many calls as the input has features; tensors do it at once",
        "loop over a range of constants",
    ),
    "loop_over_rows": (
        _body("for row in x:\n    y = row"),
        2,
        "as many calls as the batch has rows",
        "use tensor operations instead",
    ),
    "starred_target": (
        _body("first, *rest = (1.0, 2.0, 3.0)"),
        2,
        "makes a list whose length the text does not tell",
        "unpacks a rest; name every part instead",
    ),
    "starred_list": (
        _body("y = torch.cat([*x.chunk(2, -1), x], -1)"),
        2,
        "makes a list whose length the text does not tell",
        "unpacks with a star; write the arguments or elements out",
    ),
    "starred_parameters": (
        "def activation(x, *args, **kwargs):\n    return x\n",
        1,
        "hides what a function takes",
        "collects arguments with a star; name each argument",
    ),
    "recursion": (
        "def power(x, n):\n    return x if n == 0 else x * power(x, n - 1)\n"
        "def activation(x):\n    return power(x, 3)\n",
        2,
        "its depth cannot be read from the text",
        "recursion is not supported",
    ),
    "mutual_recursion_below": (
        "def activation(x):\n    return even(x, 4)\n"
        "def even(x, n):\n    return x if n == 0 else odd(x, n - 1)\n"
        "def odd(x, n):\n    return x if n == 0 else even(x, n - 1)\n",
        2,
        "functions may stand below their use only where the uses are not circular",
        "recursion is not supported",
    ),
    "local_named_range": (
        _body("range = x.amax() - x.amin()"),
        2,
        "the gate reads the length of loops from this name",
        "gives `range` another meaning; choose another name",
    ),
    "spectrum_named_f": (
        _body("F = torch.fft.rfft(x)"),
        2,
        "the library would be hidden behind a value",
        "gives `F` another meaning; choose another name",
    ),
    "class_with_forward": (
        "import torch.nn as nn\nclass Act(nn.Module):\n"
        "    def forward(self, x):\n        return x\n",
        2,
        "classes bring hooks, attributes and metaclasses",
        "is a class; write a plain function",
    ),
    "trained_parameter": (
        "A = torch.nn.Parameter(torch.tensor(0.5))\n" + _body("y = A * x"),
        1,
        "state that training would change; the lab compares fixed functions",
        "holds a trained value; write the constant as a number",
    ),
    "tensor_type_called": (
        _body("y = torch.Tensor([0.5]) * x"),
        2,
        "torch.Tensor(3) is uninitialised memory",
        r"is a type, not a function; use torch\.tensor",
    ),
    "empty": (
        _body("y = torch.empty_like(x)"),
        2,
        "uninitialised memory is not a function of x",
        r"use torch\.zeros_like",
    ),
    "noise": (
        _body("y = x + 0.01 * torch.randn_like(x)"),
        2,
        "chance: no two evaluations would agree",
        "draws random numbers; an activation must be deterministic",
    ),
    "batch_norm": (
        _body("y = F.batch_norm(x, None, None, training=True)"),
        2,
        "keeps running statistics",
        r"use F\.layer_norm, or write \(x - mean\) / std",
    ),
    "convolution": (
        _body("y = F.conv1d(x.unsqueeze(1), torch.ones(1, 1, 3), padding=1)"),
        2,
        "its kernels choose threads and scratch memory of their own",
        r"write the sum of torch\.roll",
    ),
    "map": (
        _body("y = sum(map(torch.sin, (x, x)))"),
        2,
        "an iterator remembers how far it was read",
        "is an iterator; write a list comprehension",
    ),
    "large_factorial": (
        _body("y = x / math.factorial(500)"),
        2,
        "the number outgrows a float, and a larger one hangs",
        "can hang on a large number; at most 170",
    ),
    "equation_in_a_name": (
        "EQUATION = 'bi,bi->b'\n" + _body("y = torch.einsum(EQUATION, x, x)"),
        1,
        "text is the way to name what the gate hides",
        "strings are offered as listed keyword values only",
    ),
}
