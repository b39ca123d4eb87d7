"""Turns a candidate's source into a Python file that anyone can import."""

IMPORTS = {  # what each root of a dotted name needs
    "math": "import math",
    "torch": "import torch",
    "F": "import torch.nn.functional as F",
}


def module_text(source: str) -> str:
    """The source with the imports it needs; candidates run without, in a given namespace."""
    written = {line.strip() for line in source.splitlines()}
    needed = [
        line for name, line in IMPORTS.items() if f"{name}." in source and line not in written
    ]
    head = "\n".join(needed)
    return f"{head}\n\n\n{source.strip()}\n" if head else f"{source.strip()}\n"
