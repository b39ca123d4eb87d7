"""Makes a candidate a torch.nn.Module of this process."""

from typing import TYPE_CHECKING, Any

from actmine.champion.module_text import champion_text, interface

if TYPE_CHECKING:
    import torch


def torch_module(
    source: str, *, title: str, origin: str, learnable: bool = False
) -> "torch.nn.Module":
    """What the champion's file would give; the source's code runs here, as an import's would.

    The static gate looks at it before: it names nothing but allowed functions of torch.

    Args:
        title, origin: what it is called and where it comes from, for its docstring.
        learnable: whether its coefficients are parameters.

    Raises:
        Refusal: the gate does not admit the source.
    """
    text = champion_text(source, title=title, origin=origin)
    names: dict[str, Any] = {"__name__": f"{__name__}.made"}
    exec(compile(text, f"<{title}>", "exec"), names)
    made: torch.nn.Module = names[interface(source)[0]](learnable=learnable)
    return made
