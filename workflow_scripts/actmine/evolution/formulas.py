"""Says in one line of text what a function computes, for tables and pages."""

from actmine.functions.catalog import CATALOG
from actmine.replies.description import formula_of

_KNOWN = {entry.candidate.candidate_id: entry.formula for entry in CATALOG}


def formula_line(candidate_id: str, source: str) -> str:
    """A known function's formula as the catalog has it; of another what its source returns.

    Empty if the source is no straight line of expressions, as one with a loop. Nothing runs.
    """
    return _KNOWN.get(candidate_id) or formula_of(source)
