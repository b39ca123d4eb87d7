"""A sandbox whose children run any Python without the gate, as if the gate had a hole.

What opens it is another start-up command of the warm process: no request to a real sandbox
can ask for it.
"""

from pathlib import Path
from typing import Any

from actmine.sandbox.host import Sandbox

_HERE = str(Path(__file__).resolve().parent)


class Ungated(Sandbox):
    """Answers the request "attack" by executing its source with everything Python has."""

    boot = (
        "import sys; sys.path.insert(0, sys.argv[1]); "
        f"sys.path.insert(1, {_HERE!r}); import ungated; ungated.open_the_gate(); "
        "from actmine.sandbox.zygote import main; main(int(sys.argv[2]), *sys.argv[3:])"
    )


def open_the_gate() -> None:
    """Lets this warm process's children execute the source of an attack."""
    from actmine.sandbox import worker

    gated = worker.answer_request

    def answer(handlers: Any, header: Any, arrays: Any, ask: Any) -> Any:
        if header["kind"] != "attack":
            return gated(handlers, header, arrays, ask)
        import numpy as np
        import torch

        # `ask` is how an honest fit sends predictions at a rung.
        scope = {"np": np, "torch": torch, "header": header, "arrays": arrays}
        scope.update(answer={}, results={}, ask=ask)
        exec(header["source"], scope)
        return scope["answer"], scope["results"]

    worker.answer_request = answer
