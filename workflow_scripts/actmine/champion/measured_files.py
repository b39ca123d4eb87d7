"""Makes the files that only a run of the champion gives: its figure, and what it costs."""

from collections.abc import Mapping
from typing import Any

from actmine.champion.cost import measure
from actmine.champion.curves import sample
from actmine.champion.plot import draw
from actmine.functions.catalog import by_name
from actmine.lab.scorer import REFERENCE, SECOND_REFERENCE
from actmine.sandbox.host import Sandbox


def measured(chosen: Mapping[str, Any], *, sandbox: Sandbox) -> tuple[bytes, dict[str, Any]]:
    """The figure, and the costs as `cost.measure` gives them, beside GELU and ReLU.

    Args:
        chosen: champion.json.
        sandbox: one with the champion's handlers.
    """
    gelu, relu = by_name(SECOND_REFERENCE), by_name(REFERENCE)
    sources = {gelu.name: gelu.source, relu.name: relu.source}
    if chosen["candidate_id"] is not None:
        # A name that a reference has too would hide it.
        taken = chosen["name"] in (gelu.name, relu.name)
        title = chosen["candidate_id"] if taken else chosen["name"]
        sources = {title: chosen["source"], **sources}
    (title, source), *others = sources.items()
    first = sample(title, source, sandbox=sandbox)
    limit = first.limit if first else None
    curves = [
        first,
        *(sample(name, text, sandbox=sandbox, limit=limit) for name, text in others),
    ]
    plot = draw([curve for curve in curves if curve is not None])
    return plot, measure(sources, sandbox=sandbox)
