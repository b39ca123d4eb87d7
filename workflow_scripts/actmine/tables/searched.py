"""Tells candidates, new functions that a search tried, from other slots of its table."""

from collections.abc import Collection

import pandas as pd

from actmine.records.searched import is_candidate


def searched(slots: pd.DataFrame) -> pd.DataFrame:
    """The rows of tables/candidates that hold a candidate."""
    places = zip(slots["generation"], slots["kind"], slots["status"], strict=True)
    held = [is_candidate(generation=g, kind=k, status=s) for g, k, s in places]
    return slots[pd.Series(held, index=slots.index, dtype=bool)]


def training_cpu_s(
    slots: pd.DataFrame, evaluations: pd.DataFrame, arms: Collection[str]
) -> float:
    """CPU seconds of a search's training after its seeds; elites measured again count.

    Args:
        slots: tables/candidates.
        evaluations: tables/evaluations, which have a row a trained slot under its arm's name.
    """
    spent = evaluations[evaluations["measurement"] == "search"]
    spent = spent[spent["set"].isin(arms)]
    own = spent.drop_duplicates(["set", "candidate_id"]).set_index(["set", "candidate_id"])
    seeds = slots[slots["generation"] == 0]
    of_seeds = own["cpu_s"].reindex(pd.MultiIndex.from_frame(seeds[["arm", "candidate_id"]]))
    return float(spent["cpu_s"].sum() - of_seeds.sum())
