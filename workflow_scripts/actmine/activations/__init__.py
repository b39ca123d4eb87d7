"""Functions that actmine found, as modules of torch, each with its figures and its card.

import actmine.activations

actmine.activations.names()                               # what there is
found = actmine.activations.leaky_softplus              # one of them
layer = found()                                           # a torch.nn.Module
layer = found(learnable=True)                             # its coefficients are parameters
found.formula, found.figures["ratio_gelu"], found.card()  # what it is worth

Each is a file in the folder `data`, which holds data alone: `actmine publish RUN NAME`
writes it from a finished run. Nothing here chooses or measures.
"""

from actmine.activations.published import Published, names, read_published

__all__ = ["Published", "names"]


def __getattr__(name: str) -> Published:
    """The published function of that name."""
    if name in names():
        return read_published(name)
    there = ", ".join(names())
    raise AttributeError(f"module {__name__!r} has no function {name!r}; there is {there}")


def __dir__() -> list[str]:
    return [*globals(), *names()]
