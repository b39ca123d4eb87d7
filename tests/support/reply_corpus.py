"""Replies in the manner of many language models; what they compute stands in `MEANINGS`."""

PLAIN = "def activation(x):\n    return x * torch.sigmoid(x)\n"


def block(code: str, language: str = "python", fence: str = "```") -> str:
    """A fenced block of code."""
    return f"{fence}{language}\n{code.strip(chr(10))}\n{fence}"


# The program is plain; what surrounds it is not.
LAYOUT = {
    "gpt": f"Here's an improved activation:\n\n{block(PLAIN)}\n\nLet me know if it helps!",
    "bare_fence": block(PLAIN, ""),
    "py_fence": block(PLAIN, "py"),
    "python3_fence": block(PLAIN, "python3"),
    "capital_fence": block(PLAIN, "Python"),
    "fence_with_file_name": block(PLAIN, 'python title="activation.py"'),
    "tilde_fence": "Sure.\n" + block(PLAIN, "python", "~~~"),
    "four_ticks": block(PLAIN, "python", "````"),
    "no_fence": PLAIN,
    "no_fence_with_prose": f"Here is the function.\n\n{PLAIN}\nIt is smooth everywhere.",
    "no_fence_prose_glued": f"Swish is a good choice:\n{PLAIN}This keeps gradients alive.",
    "unclosed_fence": f"Here you go:\n```python\n{PLAIN}",
    "unclosed_fence_then_prose": f"```python\n{PLAIN}\nThis function is smooth, odd near 0.",
    "fence_on_a_line_of_prose": f"The answer is: ```python\n{PLAIN}```",
    "code_on_the_fence": f"```python {PLAIN}```",
    "closed_on_the_last_line": "```python\n" + PLAIN.rstrip() + "```",
    "one_line": "`activation = lambda x: x * torch.sigmoid(x)`".strip("`"),
    "deepseek": f"<think>\nWhy not tanh:\n{block('def activation(x): return torch.tanh(x)')}"
    f"\nbut Swish is better.\n</think>\n\n{block(PLAIN)}",
    "thoughts_without_their_start": f"I think\n```python\ndef activation(x):\n    return x\n"
    f"```\n</think>\n{block(PLAIN)}",
    "thinking_tag": f"<thinking>Let me see…</thinking>{block(PLAIN)}",
    "reflection": f"<reasoning>gate x</reasoning>\n<answer>\n{block(PLAIN)}\n</answer>",
    "answer_tags": f"<answer>\n{PLAIN}</answer>",
    "harmony": "<|channel|>analysis<|message|>def activation(x): return x<|end|>"
    f"<|start|>assistant<|channel|>final<|message|>{block(PLAIN)}",
    "think_again_at_the_end": f"{block(PLAIN)}\n<think>Is it fine? I would say so",
    "windows_line_ends": block("import torch\n" + PLAIN).replace("\n", "\r\n"),
    "old_mac_line_ends": block(PLAIN).replace("\n", "\r"),
    "byte_order_mark": "\ufeff" + block(PLAIN),
    "no_break_spaces": block(PLAIN.replace("    ", "\u00a0\u00a0\u00a0\u00a0")),
    "zero_width_spaces": block(PLAIN.replace("x * ", "x\u200b * ")),
    "tabs": block(PLAIN.replace("    ", "\t")),
    "tabs_and_spaces": block(
        "def activation(x):\n\tgate = torch.sigmoid(x)\n        return x * gate"
    ),
    "indented": "1. The function:\n\n   " + block(PLAIN).replace("\n", "\n   "),
    "indented_code": block("    def activation(x):\n        return x * torch.sigmoid(x)"),
    "quoted": "> " + block(PLAIN).replace("\n", "\n> "),
    "prompts": block(">>> def activation(x):\n...     return x * torch.sigmoid(x)\n..."),
    "html_entities": block(
        "def activation(x):\n    return torch.where(x &lt; 0, x * torch.sigmoid(x), "
        "x * torch.sigmoid(x))"
    ),
    "times_sign": block(PLAIN.replace("*", "\u00d7")),
    "full_width": block(
        "def activation\uff08x\uff09\uff1a\n    return x * torch.sigmoid\uff08x\uff09"
    ),
    "escaped_line_ends": PLAIN.replace("\n", "\\n"),
    "markdown_in_markdown": block(f"# Answer\n\n{block(PLAIN)}\n", "markdown", "````"),
    "same_fence_within_markdown": f"```markdown\nAnswer:\n\n{block(PLAIN)}\n\nDone.\n```",
    "latex": "We take $f(x) = x \\sigma(x)$, i.e.\n\\[ f(x) = \\frac{x}{1 + e^{-x}} \\]\n"
    + block(PLAIN),
    "json": '{"name": "S", "code": "def activation(x):\\n    return x * torch.sigmoid(x)\\n"}',
    "json_in_fence": block(
        '{\n "rationale": "smooth",\n "code": "import torch\\ndef activation(x):\\n    '
        'return x * torch.sigmoid(x)"\n}',
        "json",
    ),
    "json_with_line_ends": '{"code": "def activation(x):\n    return x * torch.sigmoid(x)"}',
    "json_of_lines": '{"code": ["def activation(x):", "    return x * torch.sigmoid(x)"]}',
    "json_with_fence": '{"answer": {"code": "```python\\ndef activation(x):\\n    return x * '
    'torch.sigmoid(x)\\n```"}}',
    "fence_in_docstring": block(
        'def activation(x):\n    """Swish.\n\n    ```\n    x * sigmoid(x)\n    ```\n    """\n'
        "    return x * torch.sigmoid(x)"
    ),
    "latex_docstring": block(
        'def activation(x):\n    """Swish: $x \\sigma(x) = \\frac{x}{1+e^{-x}}$"""\n'
        "    return x * torch.sigmoid(x)"
    ),
    "usage_behind": f"{block(PLAIN)}\nUse it like this:\n"
    + block("x = torch.randn(4, 8)\nprint(activation(x))"),
    "model_behind": f"{block(PLAIN)}\nIn a network:\n"
    + block(
        "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.fc = nn.Linear(4, 4)\n    def forward(self, x):\n"
        "        return activation(self.fc(x))"
    ),
    "install_first": block("pip install torch", "bash") + "\n" + block(PLAIN),
    "parent_quoted_first": "The parent was\n"
    + block("def activation(x):\n    return F.relu(x)")
    + "\nand the child is\n"
    + block(PLAIN),
    "commands_fenced_and_code_loose": block("pip install torch", "bash") + "\n\n" + PLAIN,
    "draft_then_final": block("def activation(x):\n    return torch.tanh(x)")
    + "\nWait, better:\n"
    + block(PLAIN),
    "helper_in_a_block_of_its_own": "First a gate:\n"
    + block("import torch\nBETA = 1.0\ndef gate(x):\n    return torch.sigmoid(BETA * x)")
    + "\nThen:\n"
    + block("def activation(x):\n    return x * gate(x)"),
}

TOO_LONG = "Smooth. " * 300

# The code itself is not what the gate reads.
CODE = {
    "type_hints": """
import torch
from torch import Tensor
from jaxtyping import Float
def activation(x: Float[Tensor, 'b n']) -> Float[Tensor, 'b n']:
    y: Tensor = torch.sigmoid(x)
    return x * y
""",
    "unused_imports": """
import os, sys
import numpy as np
import torch
import torch.nn as nn
import matplotlib.pyplot as plt
def activation(x):
    return x * torch.sigmoid(x)
""",
    "decorated": """
import torch
@torch.jit.script
def activation(x):
    return x * torch.sigmoid(x)
""",
    "compiled": """
@torch.compile(fullgraph=True)
def activation(x):
    return x * torch.sigmoid(x)
""",
    "asserts": """
def activation(x):
    assert x.dim() == 2, 'shape'
    y = x * torch.sigmoid(x)
    assert y.shape == x.shape
    return y
""",
    "type_check": """
def activation(x):
    if not isinstance(x, torch.Tensor):
        x = torch.tensor(x)
    return x * torch.sigmoid(x)
""",
    "raises": """
def activation(x):
    if x.dim() < 1:
        raise ValueError('dim')
    return x * torch.sigmoid(x)
""",
    "prints": """
def activation(x):
    print(x.shape)
    return x * torch.sigmoid(x)
""",
    "main_guard": """
def activation(x):
    return x * torch.sigmoid(x)

if __name__ == '__main__':
    print(activation(torch.zeros(3)))
""",
    "tests_behind": """
def activation(x):
    return x * torch.sigmoid(x)

x = torch.linspace(-3, 3, 7)
y = activation(x)
print(y)
assert torch.allclose(y, y)
torch.manual_seed(0)
def test_activation():
    assert activation(torch.zeros(2)).sum() == 0
test_activation()
""",
    "derivative_behind": """
def swish(x):
    return x * torch.sigmoid(x)
def swish_derivative(x):
    s = torch.sigmoid(x)
    return s + x * s * (1 - s)
""",
    "other_name": """
def swish(x):
    return x * torch.sigmoid(x)
""",
    "forward_name": """
def forward(x):
    return x * torch.sigmoid(x)
""",
    "helper_and_other_name": """
def gate(z):
    return torch.sigmoid(z)
def swish(x):
    return x * gate(x)
""",
    "helper_behind": """
def swish(x):
    return x * gate(x)
def gate(z):
    return torch.sigmoid(z)
""",
    "local_called_activation": """
def swish(x):
    activation = torch.sigmoid(x)
    return x * activation
""",
    "local_like_itself": """
def swish(x):
    swish = x * torch.sigmoid(x)
    return swish
""",
    "lambda": """
import torch
activation = lambda x: x * torch.sigmoid(x)
""",
    "lambda_of_another_name": """
f = lambda x: x * torch.sigmoid(x)
""",
    "alias": """
def swish(x):
    return x * torch.sigmoid(x)
activation = swish
""",
    "alias_of_torch": """
import torch.nn.functional as F
activation = F.silu
""",
    "two_arguments": """
def swish(x, beta=1.0):
    return x * torch.sigmoid(beta * x)
""",
    "constants": """
import torch
BETA: float = 1.0
SCALE = BETA * 1.0
def activation(x):
    return SCALE * x * torch.sigmoid(BETA * x)
""",
    "two_versions": """
def activation(x):
    return torch.tanh(x)

# better:
def activation(x):
    return x * torch.sigmoid(x)
""",
    "module": """
class Swish(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(x)
""",
    "module_super": """
import torch
import torch.nn as nn
class Swish(nn.Module):
    '''Swish as a module.'''
    def __init__(self):
        super(Swish, self).__init__()
    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input * torch.sigmoid(input)
""",
    "module_attribute": """
class Swish(nn.Module):
    def __init__(self, beta=1.0):
        super().__init__()
        self.beta = beta
    def forward(self, x):
        return x * torch.sigmoid(self.beta * x)
""",
    "module_parameter": """
class Swish(torch.nn.Module):
    def __init__(self, beta: float = 1.0):
        super().__init__()
        self.beta = nn.Parameter(torch.tensor(beta), requires_grad=True)
    def forward(self, x):
        return x * torch.sigmoid(self.beta * x)
""",
    "module_ones": """
class Swish(nn.Module):
    def __init__(self):
        super().__init__()
        self.beta = nn.Parameter(torch.ones(1))
        self.shift = nn.Parameter(torch.zeros(1))
    def forward(self, x):
        return x * torch.sigmoid(self.beta * x + self.shift)
""",
    "module_inner_tensor": """
class Swish(nn.Module):
    def __init__(self):
        super().__init__()
        self.raw = nn.Parameter(torch.tensor(0.0))
    def forward(self, x):
        return x * torch.sigmoid(torch.exp(self.raw) * x)
""",
    "module_buffer": """
class Swish(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer('beta', torch.tensor(1.0))
    def forward(self, x):
        return x * torch.sigmoid(x * self.beta)
""",
    "module_of_modules": """
class Swish(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.SiLU()
    def forward(self, x):
        return self.act(x)
""",
    "module_sequential": """
class Swish(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Identity(), nn.SiLU())
    def forward(self, x):
        return self.net(x)
""",
    "module_helper": """
class Swish(nn.Module):
    def _gate(self, x):
        return torch.sigmoid(x)
    @staticmethod
    def scale(x):
        return 1.0 * x
    def forward(self, x):
        return self.scale(x) * self._gate(x)
""",
    "module_used": """
class Swish(nn.Module):
    def __init__(self, beta):
        super().__init__()
        self.beta = beta
    def forward(self, x):
        return x * torch.sigmoid(self.beta * x)

activation = Swish(1.0)
""",
    "module_used_in_function": """
class Swish(nn.Module):
    def __init__(self, beta=2.0):
        super().__init__()
        self.beta = beta
    def forward(self, x):
        return x * torch.sigmoid(self.beta * x)

swish = Swish(beta=1.0)
def activation(x):
    return swish(x)
""",
    "callable_class": """
class Activation:
    BETA = 1.0
    def __call__(self, x):
        return x * torch.sigmoid(self.BETA * x)
""",
    "layer_on_the_spot": """
import torch.nn as nn
def activation(x):
    return nn.SiLU()(x)
""",
    "layer_kept": """
gate = nn.Sigmoid()
def activation(x):
    return x * gate(x)
""",
    "layer_local": """
def activation(x):
    gate = torch.nn.Sigmoid()
    return x * gate(x)
""",
    "layer_alone": """
import torch
activation = torch.nn.SiLU()
""",
    "math_on_tensors": """
import math
def activation(x):
    return x * 0.5 * (1 + math.tanh(x / 2))
""",
    "torch_on_numbers": """
import torch
def activation(x):
    return x * torch.sigmoid(x * torch.sqrt(1.0))
""",
    "wrong_namespace": """
def activation(x):
    return 0.5 * torch.silu(x) + 0.5 * F.swish(x)
""",
    "jax": """
import jax.numpy as jnp
from jax import jit
@jit
def activation(x):
    return x / (1.0 + jnp.exp(-x))
""",
    "jax_nn": """
import jax
def activation(x: jax.Array) -> jax.Array:
    return jax.nn.swish(x)
""",
    "jax_nn_alias": """
from jax import nn
import jax.numpy as jnp
def activation(x):
    return jnp.multiply(x, nn.sigmoid(x))
""",
    "jax_partial": """
import functools, jax
@functools.partial(jax.jit, static_argnums=())
def swish(x):
    return x * jax.lax.logistic(x)
""",
    "flax": """
import flax.linen as nn
def activation(x):
    return nn.silu(x)
""",
    "numpy": """
import numpy as np
def activation(x):
    return x / (1 + np.exp(-x))
""",
    "numpy_asarray": """
import numpy as np
def swish(x):
    x = np.asarray(x, dtype=np.float32)
    return x * 0.5 * (1 + np.tanh(x / np.sqrt(4.0)))
""",
    "scipy": """
from scipy.special import expit
def activation(x):
    return x * expit(x)
""",
    "unicode_quotes": """
def activation(x):
    \u201c\u201d\u201cSwish.\u201d\u201d\u201d
    return x * torch.sigmoid(x)
""",
    "minus_sign": "def activation(x):\n    return x / (1 + torch.exp(\u2212x))\n",
    "comments": """
# --- activation ---
import torch  # needed


def activation(x):
    # the gate
    return x * torch.sigmoid(x)
""",
    "semicolons": """
import torch; import math
def activation(x): g = torch.sigmoid(x); return x*g
""",
    "keyword_only": """
def activation(x, *, beta=1.0):
    return x * torch.sigmoid(beta * x)
""",
    "docstring_far_too_long": PLAIN.replace("return", f"{TOO_LONG!r}\n    return"),
}

# name: (code as a model writes it, the same in plain torch).
MEANINGS = {
    "jax_gelu_is_the_tanh_form": (
        """
import jax
def activation(x):
    return jax.nn.gelu(x)
""",
        "F.gelu(x, approximate='tanh')",
    ),
    "jax_gelu_exact": (
        """
import jax
def activation(x):
    return jax.nn.gelu(x, approximate=False)
""",
        "F.gelu(x)",
    ),
    "torch_gelu": (
        """
activation = nn.GELU()
""",
        "F.gelu(x)",
    ),
    "torch_gelu_tanh": (
        """
activation = nn.GELU(approximate='tanh')
""",
        "F.gelu(x, approximate='tanh')",
    ),
    "jnp_where": (
        """
def activation(x):
    return jnp.where(x > 0, x, 0.1 * jnp.expm1(x))
""",
        "torch.where(x > 0, x, 0.1 * torch.expm1(x))",
    ),
    "jnp_maximum": (
        """
def activation(x):
    return jnp.maximum(x, 0) + jnp.minimum(0.0, x) * 0.1
""",
        "torch.clamp(x, min=0) + 0.1 * torch.clamp(x, max=0)",
    ),
    "jnp_maximum_of_two": (
        """
def activation(x):
    return jnp.maximum(x, 0.2 * jnp.sin(x))
""",
        "torch.maximum(x, 0.2 * torch.sin(x))",
    ),
    "numpy_leaky": (
        """
import numpy as np
def leaky(x, alpha=0.1):
    return np.maximum(alpha * x, x)
""",
        "torch.maximum(0.1 * x, x)",
    ),
    "numpy_clip": (
        """
def activation(x):
    return x * np.clip(x / 6 + 0.5, 0, 1)
""",
        "x * torch.clamp(x / 6 + 0.5, min=0, max=1)",
    ),
    "numpy_numbers": (
        """
def activation(x):
    c = np.sqrt(2 / np.pi)
    return 0.5 * x * (1 + torch.tanh(c * (x + 0.044715 * x**3)))
""",
        "F.gelu(x, approximate='tanh')",
    ),
    "scipy_erf": (
        """
from scipy.special import erf
import numpy as np
def gelu(x):
    return 0.5 * x * (1 + erf(x / np.sqrt(2)))
""",
        "F.gelu(x)",
    ),
    "scipy_normal": (
        """
from scipy.stats import norm
def gelu(x):
    return x * norm.cdf(x)
""",
        "x * torch.special.ndtr(x)",
    ),
    "lax_erf": (
        """
from jax import lax
def f(x):
    return 0.5 * x * (1 + lax.erf(x / jnp.sqrt(2.0)))
""",
        "F.gelu(x)",
    ),
    "math_erf": (
        """
import math
def activation(x):
    return 0.5 * x * (1 + math.erf(x / math.sqrt(2)))
""",
        "F.gelu(x)",
    ),
    "numpy_deviation": (
        """
def activation(x):
    m = np.mean(x, axis=-1, keepdims=True)
    return (x - m) / (x.std(axis=-1, keepdims=True) + 1e-5)
""",
        "(x - x.mean(-1, keepdim=True)) / (x.std(-1, correction=0, keepdim=True) + 1e-5)",
    ),
    "numpy_extremes": (
        """
def activation(x):
    return x - np.max(x, axis=-1, keepdims=True)
""",
        "x - torch.amax(x, dim=-1, keepdim=True)",
    ),
    "helper_on_numbers_and_tensors": (
        """
def bump(z):
    return np.exp(-z * z)
def width(a):
    return np.exp(a)
def activation(x):
    return x + bump(x / width(0.5))
""",
        "x + torch.exp(-(x / math.exp(0.5)) ** 2)",
    ),
    "softmax_default_axis": (
        """
def activation(x):
    return x * jax.nn.softmax(x)
""",
        "x * torch.softmax(x, dim=-1)",
    ),
    "jax_keywords": (
        """
def activation(x):
    return jax.nn.leaky_relu(x, negative_slope=0.3) + jax.nn.elu(x, alpha=0.5)
""",
        "F.leaky_relu(x, 0.3) + F.elu(x, alpha=0.5)",
    ),
    "logaddexp_with_zero": (
        """
def activation(x):
    return jnp.logaddexp(x, 0.0)
""",
        "F.softplus(x)",
    ),
    "prelu_starts_at_a_quarter": (
        """
activation = nn.PReLU()
""",
        "F.leaky_relu(x, 0.25)",
    ),
    "layer_arguments": (
        """
class A(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Hardtanh(max_val=2.0)
        self.b = nn.ELU(0.5)
    def forward(self, x):
        return self.a(x) + self.b(x)
""",
        "F.hardtanh(x, -1.0, 2.0) + F.elu(x, 0.5)",
    ),
    "module_with_two_parameters": (
        """
class SinGate(nn.Module):
    def __init__(self, a=0.3):
        super().__init__()
        self.a = nn.Parameter(torch.tensor([a]))
        self.w = nn.Parameter(torch.full((1,), 2.0))
        self.k = 1 / math.sqrt(2)
    def forward(self, x):
        return x * torch.sigmoid(x) + self.a * torch.sin(self.w * x) * self.k
""",
        "F.silu(x) + 0.3 * torch.sin(2.0 * x) / math.sqrt(2)",
    ),
    "stop_gradient": (
        """
def activation(x):
    return x * jax.lax.stop_gradient(jnp.tanh(x))
""",
        "x * torch.tanh(x)",
    ),
    "max_of_a_tensor_and_a_number": (
        """
def activation(x):
    return max(x, 0.0) + torch.maximum(x, -1.0)
""",
        "F.relu(x) + torch.clamp(x, min=-1.0)",
    ),
}

# What no reading can save, with a word that the model is told.
HOPELESS = {
    "refusal": ("I'm sorry, but I can't help with that.", "holds no Python code"),
    "empty": ("", "holds no Python code"),
    "only_thoughts": ("<think>\nLet me think about this at length", "within its thoughts"),
    "only_latex": ("$$f(x) = x \\tanh(x)$$", "holds no Python code"),
    "only_usage": (block("y = model(x)\nprint(y)"), "defines no function"),
    "cut_off": (block("def activation(x):\n    return x * torch.sig(")[:-4], "no valid Python"),
    "cut_off_behind_a_helper": (
        "```python\ndef gate(x):\n    return torch.sigmoid(x)\n\ndef activation(x):\n"
        "    y = gate(x\n",
        "no valid Python",
    ),
    "prose_within_the_function": (
        "def activation(x):\n    y = x * 0.5\nNow we add the gate:\n    return torch.tanh(y)\n",
        "breaks off within a function",
    ),
    "pseudo_code": (block("def activation(x):\n    return x if x > 0 else ???"), "no valid"),
    "other_language": (
        block("function activation(x) { return x; }", "js"),
        "holds no Python code",
    ),
    "linear_layer": (
        block(
            "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            "        self.fc = nn.Linear(4, 4)\n    def forward(self, x):\n"
            "        return self.fc(x)"
        ),
        "torch.nn.Linear",
    ),
    "function_that_calls_a_layer": (
        "class Gate(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.norm = nn.LayerNorm(8)\n    def forward(self, x):\n"
        "        return self.norm(x)\ngate = Gate()\n"
        "def activation(x):\n    return x * gate(x)\n",
        "torch.nn.LayerNorm, which holds state",
    ),
    "hidden_state": (
        block(
            "class A(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            "        self.n = 0\n    def forward(self, x):\n        self.n = 1\n"
            "        return x"
        ),
        "hidden state",
    ),
    "own_gradient": (
        block(
            "class F2(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n"
            "        return x\n    @staticmethod\n    def backward(ctx, g):\n        return g"
        ),
        "own gradient",
    ),
    "too_long": ("x" * 300_000, "characters"),
    "too_long_code": (block("def activation(x):\n    return x" + " + x" * 6000), "bytes"),
    "too_deep": (block("def activation(x):\n    return " + "-" * 150 + "x"), "deep"),
    "null_byte": (block("def activation(x):\n    return x\0"), "no"),
}

# Read, but left as they are where no counterpart means the same: the gate's word counts.
LEFT_ALONE = {
    "tensorflow": (
        """
import tensorflow as tf
def activation(x):
    return tf.nn.relu(x)
""",
        "tensorflow.nn.relu",
    ),
    "numpy_cbrt": (
        """
def activation(x):
    return np.cbrt(x)
""",
        "numpy.cbrt",
    ),
    "random": (
        """
def activation(x):
    return x + np.random.randn()
""",
        "numpy.random",
    ),
    "wandering_axis": (
        """
def activation(x):
    return np.cumsum(x)
""",
        "numpy.cumsum",
    ),
    "custom_decorator": (
        """
def twice(f):
    return lambda x: f(f(x))
@twice
def activation(x):
    return x
""",
        "@twice",
    ),
    "no_grad": (
        """
@torch.no_grad()
def activation(x):
    return torch.sin(x)
""",
        "no_grad",
    ),
    "files": (
        """
def activation(x):
    open('f')
    return x
""",
        "open",
    ),
    "in_place_layer": (
        """
def activation(x):
    return nn.ReLU(inplace=True)(x)
""",
        "inplace=True",
    ),
    "unknown_library": (
        """
from mylib import tanh
def activation(x):
    return tanh(x)
""",
        "mylib.tanh",
    ),
    "shadowed_builtin": (
        """
from mylib import abs
def activation(x):
    return abs(x)
""",
        "mylib.abs",
    ),
    "trained_tensor": (
        """
def activation(x, w):
    return x * w
""",
        "def activation(x, w)",
    ),
}

REPLIES = {
    **LAYOUT,
    **{name: block(code) for name, code in CODE.items()},
    **{name: block(code) for name, (code, _) in MEANINGS.items()},
}
