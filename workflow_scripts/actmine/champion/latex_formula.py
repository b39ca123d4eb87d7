"""Writes a candidate as a mathematical formula, where it is one.

SymPy reads what a candidate wrote, so it does that in a process of its own, whose time and
memory are bounded. Whatever goes wrong there leaves the candidate without a formula.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MAX_SECONDS = 20  # of the process: its start takes 1, a formula some milliseconds [ours]
_PACKAGES = str(Path(__file__).resolve().parents[2])
_BOOT = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from actmine.champion.equations import main; main(int(sys.argv[2]))"
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
        lines = " \\\\\n".join(rf"{left} &= {right}" for left, right in self.equations)
        return f"\\begin{{aligned}}\n{lines}\n\\end{{aligned}}\n" if lines else ""


@cache  # a page asks for the same function several times
def formula(source: str) -> Formula:
    """Writes a candidate as a formula, if it is one that is short enough to be read."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", _BOOT, _PACKAGES, str(MAX_SECONDS)],
            input=source.encode("utf-8", "surrogatepass"),
            capture_output=True,
            timeout=MAX_SECONDS,
        )
        answer = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, OSError, ValueError):
        return Formula(reason="it could not be written in the time that a formula has")
    equations = tuple((left, right) for left, right in answer["equations"])
    return Formula(equations=equations, reason=answer["reason"])
