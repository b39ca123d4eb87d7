"""Replies in the manner of many language models: read as swish, or refused for a reason."""

import json
import textwrap

PLAIN = "def activation(x):\n    return x * torch.sigmoid(x)\n"
DRAFT = "def activation(x):\n    return torch.tanh(x)\n"
PARENT = "def activation(x):\n    return F.relu(x)\n"
NAMED = PLAIN.replace("activation", "swish")


def block(code: str, language: str = "python", fence: str = "```") -> str:
    """A fenced block of code."""
    return f"{fence}{language}\n{code.strip(chr(10))}\n{fence}"


def two(first: str, between: str, second: str) -> str:
    """Two blocks of code with a line between them."""
    return f"{block(first)}\n{between}\n{block(second)}"


def indent(code: str, spaces: int = 4) -> str:
    """Code as a part of something else."""
    return textwrap.indent(code, " " * spaces)


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
    "one_line": "activation = lambda x: x * torch.sigmoid(x)",
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
    # Thoughts, and tags that are none.
    "thought_tag_in_brackets": f"[THINK]Perhaps {DRAFT}[/THINK]\n{PLAIN}",
    "thought_tag_with_a_prefix": f"<seed:think>\n{block(DRAFT)}\n</seed:think>{block(PLAIN)}",
    "thought_tag_of_triangles": f"◁think▷{block(DRAFT)}◁/think▷{PLAIN}",
    "thought_tag_with_an_end": f"<|begin_of_thought|>{block(DRAFT)}<|end_of_thought|>{PLAIN}",
    "thought_tag_with_words": f'<thinking effort="high">{DRAFT}</thinking>\n{block(PLAIN)}',
    "thought_tag_with_wide_bars": "<\uff5cbegin▁of▁think\uff5c>"
    f"{DRAFT}<\uff5cend▁of▁think\uff5c>{PLAIN}",
    "thought_tag_of_two_words": f"<thought_process>\n{block(DRAFT)}</thought_process>{PLAIN}",
    "thought_tag_escaped": f"&lt;think&gt;{DRAFT}&lt;/think&gt;\n{PLAIN}",
    "thought_tag_in_a_channel": f"<|channel>thought\n{block(DRAFT)}<channel|>{PLAIN}",
    "thoughts_of_bare_channels": f"analysisWe try\n{DRAFT}assistantfinal{block(PLAIN)}",
    "thoughts_ended_twice": f"<think>tanh?</think>\n{block(PLAIN)}\n</think>\n",
    "thoughts_twice": f"<think>one</think>\n{block(DRAFT)}\nno.\n</think>\n{block(PLAIN)}",
    "thoughts_within_thoughts": f"<thinking><reflection>{DRAFT}</reflection>\n{block(DRAFT)}"
    f"</thinking>\n{block(PLAIN)}",
    "thought_tag_in_a_sentence": f"Nothing stands in <think> tags here.\n\n{block(PLAIN)}",
    "thought_tag_in_ticks": f"`</think>` would end my thoughts.\n\n{block(PLAIN)}",
    "thought_tag_in_a_comment": block(
        PLAIN.replace("\n    r", "\n    # a </think> too many\n    r")
    ),
    # Sentences about other functions, which are no headings.
    "parent_in_the_last_sentence": f"It bends. The parent's tails stay on.\n{block(PLAIN)}",
    "comparison_in_the_first_line": f"Compared with ReLU it has a slope.\n{block(PLAIN)}",
    "formula_in_a_line_of_prose": f"y = x² is too steep, so:\n\n{PLAIN}\nIt has a slope.",
    # What ends a turn.
    "stop_token_glued": f"{PLAIN.rstrip()}<|im_end|>",
    "stop_token_behind_a_fence": f"{block(PLAIN)}</s>",
    "next_turn": f"{block(PLAIN)}<|eot_id|>\nuser\nNow as tanh.\n{block(DRAFT)}",
    # Wrappings.
    "json_with_a_comma_too_many": '{"code": ' + json.dumps(PLAIN) + ', "name": "Swish",}',
    "json_cut_behind_the_code": '{"code": ' + json.dumps(PLAIN) + ', "rationale": "It is smo',
    "json_behind_other_json": 'With {"width": 32} in mind: ' + json.dumps({"code": PLAIN}),
    "json_with_code_in_a_sentence": json.dumps(
        {"rationale": f"Better than {DRAFT}; a lambda would do.", "code": PLAIN}
    ),
    "json_in_a_tool_call": f"<tool_call>{json.dumps({'args': {'code': PLAIN}})}</tool_call>",
    "yaml": f"name: Swish\ncode: |\n{indent(PLAIN)}rationale: smooth\n",
    "yaml_in_fence": block(f"- code: |-\n{indent(PLAIN, 8)}", "yaml"),
    "html": f'<pre><code class="language-python">{PLAIN}</code></pre>',
    "cdata": f"<activation><![CDATA[{PLAIN}]]></activation>",
    "answer_tag_left_open": f"<answer>\n{PLAIN}",
    "indented_by_markdown": f"The function:\n\n{indent(PLAIN)}\nThat is all.",
    "line_numbers": block("1 | def activation(x):\n2 |     return x * torch.sigmoid(x)"),
    "line_numbers_alone": block(" 9 def activation(x):\n10     return x * torch.sigmoid(x)"),
    "notebook_prompts": block(
        "In [1]: import torch\n\nIn [2]: def activation(x):\n"
        "   ...:     return x * torch.sigmoid(x)\n   ...:\n\n"
        "In [3]: activation(torch.zeros(1))\nOut[3]: tensor([0.])"
    ),
    "prompts_with_output": block(
        ">>> def activation(x):\n...     return x * torch.sigmoid(x)\n"
        ">>> activation(torch.zeros(1))\ntensor([0.])"
    ),
    "diff_of_whole_functions": block(
        "--- parent.py\n+++ child.py\n@@ -1,2 +1,2 @@\n-def activation(x):\n"
        "-    return F.relu(x)\n+def activation(x):\n+    return x * torch.sigmoid(x)",
        "diff",
    ),
}

# The code itself is more than a plain function.
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
    "imports_under_other_names": """
import torch.nn.functional as nnf
from torch import sigmoid as gate, Tensor
def activation(x: Tensor) -> Tensor:
    return x * gate(nnf.hardtanh(x, -1e9, 1e9))
""",
    "functions_in_a_tuple": """
def half(z):
    return 0.5 * z
def odd(z):
    return 0.5 * z * torch.tanh(0.5 * z)
def activation(x):
    y = torch.zeros_like(x)
    for f in (half, odd):
        y = y + f(x)
    return y
""",
    "tensor_of_a_mask": """
import torch
def activation(x):
    side = torch.as_tensor(x > 0, dtype=x.dtype)
    return x * torch.sigmoid(x) * (side + (1 - side))
""",
    "derivative_called_d": NAMED + "def dswish(x):\n    return torch.sigmoid(x)\n",
    "derivative_by_its_name": PLAIN + "def activation_prime(x):\n    return torch.sigmoid(x)\n",
    "loss_behind": NAMED + "def loss(prediction):\n    return (prediction - 1.0) ** 2\n",
    "evaluation_behind": NAMED
    + "def evaluate(n):\n    return swish(torch.linspace(-3, 3, n)).mean()\n",
    "plot_behind": "import matplotlib.pyplot as plt\n"
    + PLAIN
    + "plt.plot(activation(torch.linspace(-3, 3, 99)))\nplt.show()\n",
}

# Several programs, of which one is clearly the last word.
CHOSEN = {
    "parent_behind": f"{block(PLAIN)}\nFor comparison, the parent:\n{block(PARENT)}",
    "parent_behind_praise": "The best of either tail.\n\n"
    f"Here it is:\n{block(PLAIN)}\nParent:\n{block(PARENT)}",
    "parent_of_the_right_name": f"The parent:\n{block(PARENT)}\nI propose:\n{block(NAMED)}",
    "parent_under_a_heading": f"## Child\n{block(PLAIN)}\n\n## Parent\n{block(PARENT)}",
    "before_and_after": f"After:\n{block(PLAIN)}\nBefore:\n{block(PARENT)}",
    "json_behind_a_draft": f"First idea:\n{block(DRAFT)}\n{json.dumps({'code': PLAIN})}",
    "json_of_new_and_old": json.dumps({"new_code": PLAIN, "old_code": PARENT}),
    "json_of_child_and_parent": json.dumps({"code": PLAIN, "parentCode": PARENT}),
    "tags_of_child_and_parent": f"<child>\n{PLAIN}</child>\n<parent>\n{PARENT}</parent>",
    "yaml_of_parent_and_child": f"parent: |\n{indent(PARENT)}child: |\n{indent(PLAIN)}",
    "stub_behind": two(PLAIN, "The form:", "def activation(x):\n    ..."),
    "the_same_again": two(PLAIN, "With imports:", "import torch\n" + PLAIN),
    "an_excerpt_behind": two(PLAIN, "The gate:", "return x * torch.sigmoid(x)"),
    "draft_set_right": f"{block(DRAFT)}\nWait, let me fix it:\n{block(PLAIN)}",
}

_SEVERAL = "several programs that differ"
_CHANGES = "is only a part|changes the program|differs"

# What has no clear meaning here, with a word that the model is told.
REFUSED = {
    "refusal": ("I'm sorry, but I can't help with that.", "holds no Python code"),
    "empty": ("", "holds no Python code"),
    "only_latex": ("$$f(x) = x \\tanh(x)$$", "holds no Python code"),
    "only_usage": (block("y = model(x)\nprint(y)"), "holds no Python code"),
    "only_thoughts": ("<think>\nLet me think about this at length", "within its thoughts"),
    "thoughts_left_open": (f"<think>\n{block(DRAFT)}", "within its thoughts"),
    "second_thoughts": (
        f"{block(DRAFT)}\n<think>better: {block(PLAIN)}",
        "within its thoughts",
    ),
    "channels_without_a_last": (
        f"<|channel|>analysis<|message|>{PLAIN}",
        "within its thoughts",
    ),
    "cut_off": (block("def activation(x):\n    return x * torch.sig(")[:-4], "no valid Python"),
    "cut_off_behind_a_helper": (
        "```python\ndef gate(x):\n    return torch.sigmoid(x)\n\ndef activation(x):\n"
        "    y = gate(x\n",
        "no valid Python",
    ),
    "json_cut_in_the_code": ('{"code": ' + json.dumps(PLAIN)[:-9], "no Python code"),
    "prose_within_the_function": (
        "def activation(x):\n    y = x * 0.5\nNow we add the gate:\n    return torch.tanh(y)\n",
        "no valid Python",
    ),
    "broken_answer": (
        two(PARENT, "Now:", "def activation(x):\n    return ("),
        "line 2",
    ),
    "abridged": (
        block("def activation(x):\n    # ... as in the parent\n    return x"),
        "leaves",
    ),
    "line_missing": (block("1 def activation(x):\n3     return x"), "no valid Python"),
    "option_first": (f"Option A (best):\n{block(PLAIN)}\nOption B:\n{block(DRAFT)}", _SEVERAL),
    "newest_first": (f"Third, newest:\n{block(PLAIN)}\nSecond:\n{block(DRAFT)}", _SEVERAL),
    "no_word_on_either": (f"{block(PLAIN)}\n\n{block(DRAFT)}", _SEVERAL),
    "second_thoughts_in_prose": (
        f"Draft:\n{block(PLAIN)}\nNew:\n{block(DRAFT)}\n\nOn reflection, keep the first.",
        _SEVERAL,
    ),
    "json_with_candidates": (
        json.dumps({"tried": [{"code": PLAIN}, {"code": DRAFT}], "best": 0}),
        _SEVERAL,
    ),
    "captions_below": (
        f"{block(PLAIN)}\nThe child.\n{block(PARENT)}\nThe parent.\n",
        _SEVERAL,
    ),
    "both_in_one_line": (f"Child and parent:\n{block(NAMED)}\n{block(PARENT)}", _SEVERAL),
    "values_beside_the_code": (
        json.dumps({"code": "def activation(x, b=1.0):\n    return b * x", "with": {"b": 0.7}}),
        "b is 1.0 in the code and 0.7 beside it",
    ),
    "power_beside_the_code": (
        json.dumps(
            {"code": "def activation(x, b=1e-6):\n    return b * x", "with": {"b": 1e-3}}
        ),
        "b is 1e-06 in the code and 0.001 beside it",
    ),
    "function_of_a_constant": (
        block("def activation(b):\n    def f(x):\n        return b * x\n    return f"),
        "no function of x",
    ),
    "two_of_one_name": (block(f"{DRAFT}\n# better:\n{PLAIN}"), "twice"),
    "two_versions": (block(NAMED + DRAFT.replace("activation", "swish_v1")), "none calls"),
    "parent_under_its_name": (
        block(PARENT + DRAFT.replace("activation", "child")),
        "none calls",
    ),
    "parent_alone": (f"The parent:\n{block(PARENT)}\nMake it smooth.", "called the parent"),
    "chosen_elsewhere": (f"{block(NAMED)}\n{block('activation = swish')}", "no function here"),
    "new_constant": (
        two("B = 1.0\ndef activation(x):\n    return B * x", "with", "B = 2.0"),
        _CHANGES,
    ),
    "other_arguments": (
        two("def act(x, b=1.0):\n    return b * x", "Use:", "y = act(x, b=2.0)"),
        _CHANGES,
    ),
    "new_line": (f"{block(PARENT)}\nwith\n{block('    return torch.tanh(x)')}", _CHANGES),
    "new_line_in_prose": (f"{block(PARENT)}\nNow `return torch.tanh(x)`.", _CHANGES),
    "new_lambda_in_prose": (f"Parent:\n{block(PARENT)}\n`f = lambda x: x`", _CHANGES),
    "new_method": (
        two(PARENT, "with", "def forward(self, x):\n    return x"),
        _CHANGES,
    ),
    "search_and_replace": (
        two(PARENT, "", f"<<<<<<< SEARCH\n{PARENT}=======\n{PLAIN}>>>>>>> REPLACE"),
        _CHANGES,
    ),
    "replacement_in_json": (
        json.dumps({"old": "return F.relu(x)", "new": "return x"}) + block(PARENT),
        _CHANGES,
    ),
    "part_of_a_diff": (
        block(" def activation(x):\n-    return F.relu(x)\n+    return F.silu(x)", "diff"),
        "no valid Python",
    ),
    "list_that_grows": (
        block(
            "STEPS = [1.0]\nif True:\n    STEPS.append(2.0)\n"
            "def activation(x):\n    return sum(s * x for s in STEPS)"
        ),
        "static: line 2: .*stands outside",
    ),
    "list_that_a_call_fills": (
        block(
            "STEPS = []\ndef fill():\n    STEPS.append(2.0)\nfill()\n"
            "def activation(x):\n    return STEPS[0] * x"
        ),
        "static: line 2: `fill`",
    ),
    "constant_that_a_call_sets": (
        block(
            "B = 1.0\ndef double():\n    global B\n    B = 2.0\ndouble()\n"
            "def activation(x):\n    return B * x"
        ),
        "static: line 2: `double`",
    ),
    "function_replaced": (block("F.relu = torch.tanh\n" + PARENT), "static: line 1"),
    "answer_replaced": (block(PLAIN + "activation = torch.compile(activation)"), "twice"),
    "class": (
        block("class A(nn.Module):\n    def forward(self, x):\n        return torch.tanh(x)"),
        "A is a class; write one plain function",
    ),
    "class_with_a_function": (
        block(
            NAMED + "class A(nn.Module):\n    def forward(self, x):\n        return -swish(x)"
        ),
        "A is a class",
    ),
    "own_gradient": (
        block(PLAIN + "class G(torch.autograd.Function):\n    pass\n"),
        "G is a class",
    ),
    "object": (block("activation = nn.RReLU()"), "random"),
    "partial_application": (
        block("from functools import partial\nactivation = partial(F.elu, alpha=2.0)"),
        "write def activation",
    ),
    "numpy": (
        block("import numpy as np\n" + PLAIN.replace("torch.", "np.")),
        "torch.sigmoid|formula",
    ),
    "numpy_without_import": (block("def activation(x):\n    return np.tanh(x)"), "torch.tanh"),
    "numpy_as_a_type": (
        block("import numpy as np\ndef activation(x: np.ndarray):\n    return x / x.std(1)"),
        "np.ndarray",
    ),
    "numpy_as_a_quoted_type": (
        block("def activation(x) -> 'np.ndarray':\n    return x / x.std()"),
        "np.ndarray",
    ),
    "numpy_alone": (
        block("import numpy as np\ndef activation(x):\n    return x / x.std()"),
        "may mean either",
    ),
    "numpy_for_pi": (block("def activation(x):\n    return x.var() * np.pi"), "math.pi"),
    "numpy_called_torch": (
        block("import numpy as torch\ndef activation(x):\n    return torch.std(x)"),
        "divides by n - 1",
    ),
    "jax_gelu": (block("def activation(x):\n    return jax.nn.gelu(x)"), "approximate='tanh'"),
    "tensorflow_leaky_relu": (
        block("import tensorflow as tf\ndef activation(x):\n    return tf.nn.leaky_relu(x)"),
        r"slope is 0\.2",
    ),
    "keras_hard_sigmoid": (
        block("from keras import ops\ndef activation(x):\n    return ops.hard_sigmoid(x)"),
        r"0\.2 \* x \+ 0\.5",
    ),
    "everything_imported": (
        block("from math import *\ndef activation(x):\n    return x * tanh(x)"),
        r"torch\.tanh",
    ),
    "other_library_in_torch": (
        block("def activation(x):\n    return F.swish(x)"),
        "use F.silu",
    ),
    "branch_on_a_tensor": (
        block("def activation(x):\n    y = 2 * x\n    return y if y > 0 else x"),
        "torch.where",
    ),
    "bounds_of_a_tensor": (
        block("def activation(x):\n    return torch.where(0 < x < 1, x, 0)"),
        r"\(a > b\) & \(c > d\)",
    ),
    "number_of_a_tensor": (block("def activation(x):\n    return max(0, x)"), "torch.clamp"),
    "math_of_a_tensor": (
        block("def activation(x):\n    return math.tanh(2 * x)"),
        "torch.tanh",
    ),
    "conversion_of_a_tensor": (
        block("def activation(x):\n    return x * float(x)"),
        "line 2: `float\\(x\\)` is given a tensor; leave it out",
    ),
    "maximum_of_a_number": (
        block("def activation(x):\n    return torch.maximum(x, 0)"),
        "torch.clamp\\(x, min=number\\)",
    ),
    "torch_of_a_number": (
        block("def activation(x):\n    return x * torch.sqrt(2 / math.pi)"),
        "math.sqrt",
    ),
    "name_of_another_block": (
        two(
            "def gate(x):\n    return torch.sigmoid(x)",
            "then",
            "def activation(x):\n    return x * gate(x)",
        ),
        _SEVERAL,
    ),
    "no_argument": (block("def activation():\n    return 1.0"), "must take the tensor"),
    "other_language": (block("function activation(x) { return x; }", "js"), "no Python code"),
    "too_long": ("x" * 300_000, "300000 characters"),
    "too_many_blocks": ((block(PLAIN) + "\n") * 70, "over 64 blocks"),
}
