"""Says which functions the champion's files show: itself, GELU and ReLU."""

from collections.abc import Mapping
from typing import Any

from actmine.functions.catalog import by_name
from actmine.lab.scorer import REFERENCE, SECOND_REFERENCE
from actmine.records.candidate import Candidate, Origin


def references() -> list[Candidate]:
    """GELU and ReLU."""
    return [by_name(name).candidate for name in (SECOND_REFERENCE, REFERENCE)]


def champion_of(chosen: Mapping[str, Any]) -> list[Candidate]:
    """The champion of a champion.json, if there is one."""
    if chosen["candidate_id"] is None:
        return []
    # Under the name of a reference it would hide that.
    taken = chosen["name"] in [one.name for one in references()]
    title = chosen["candidate_id"] if taken else chosen["name"]
    return [Candidate(source=chosen["source"], name=title, origin=Origin.MINED)]
