"""Writes a candidate as a mathematical formula, where it is one.

SymPy reads what a candidate wrote, so it does that in a process of its own, whose time and
memory are bounded. Whatever goes wrong there leaves the candidate without a formula, unless the
machine is to blame.
"""

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from actmine.gate.patience import patiently
from actmine.machine import REMEDY, MachineError
from actmine.sandbox.reply import Reply
from actmine.sandbox.warm_process import ending

MAX_SECONDS = 20  # of the process's CPU: its start takes 0.3, a formula milliseconds [ours]
_WALL_PER_CPU = 4  # a machine may be shared by this many before its clock ends the process
_BEGIN, _IS, _BREAK, _END = "\\begin{aligned}\n", " &= ", " \\\\\n", "\n\\end{aligned}"
_ALONE = {"process": "its own"}
_PACKAGES = str(Path(__file__).resolve().parents[2])
# Imports leave next to no garbage, and looking for it takes a quarter of the process's time.
_BOOT = (
    "import gc, sys; gc.disable(); sys.path.insert(0, sys.argv[1]); "
    "from actmine.champion.equations import main; gc.freeze(); gc.enable(); "
    "main(int(sys.argv[2]))"
)


@dataclass(frozen=True, kw_only=True)
class Formula:
    """A function of one number, in LaTeX.

    Attributes:
        equations: left and right sides; f(x) first, then each function that is named.
        reason: why there are none, if there are none.
    """

    equations: tuple[tuple[str, str], ...] = ()
    reason: str = ""

    def latex(self) -> str:
        """The equations, aligned; empty if there are none."""
        lines = _BREAK.join(f"{left}{_IS}{right}" for left, right in self.equations)
        return f"{_BEGIN}{lines}{_END}\n" if lines else ""


def equations_in(latex: str) -> tuple[tuple[str, str], ...]:
    """The equations that `Formula.latex` wrote; none of an empty text.

    Raises:
        ValueError: it has not written this.
    """
    text = latex.strip()
    lines = text.removeprefix(_BEGIN).removesuffix(_END).split(_BREAK) if text else []
    sides = [line.partition(_IS) for line in lines]
    found = Formula(equations=tuple((left, right) for left, _, right in sides))
    if found.latex().strip() != text:
        raise ValueError("not the LaTeX of a formula")
    return found.equations


def formula(source: str) -> Formula:
    """Writes a candidate as a formula, if it is one that is short enough to be read.

    Raises:
        MachineError: the machine lets no formula be written.
    """
    reply = patiently(_ask, source)
    if not reply.ok:
        return Formula(reason=f"it could not be written: {reply.reason}")
    equations = tuple((left, right) for left, right in reply.header["equations"])
    return Formula(equations=equations, reason=reply.header["reason"])


def _ask(source: str) -> Reply:
    """What a process makes of one source."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _BOOT, _PACKAGES, str(MAX_SECONDS)],
            input=source.encode("utf-8", "surrogatepass"),
            capture_output=True,
            timeout=_WALL_PER_CPU * MAX_SECONDS,
        )
        return Reply(ok=True, header=json.loads(done.stdout))
    except subprocess.TimeoutExpired:
        reason = "it took too long on the clock"
    except OSError as error:
        raise MachineError(f"SymPy cannot be started ({error}); {REMEDY}") from None
    except ValueError:
        if done.returncode == -signal.SIGXCPU:
            reason = f"it takes more than {MAX_SECONDS} CPU seconds"
            return Reply(ok=False, reason=reason, timed_out=True)
        reason = f"SymPy ended ({ending(done.returncode)})"
    return Reply(ok=False, reason=reason, disturbed=True, layers=_ALONE)
