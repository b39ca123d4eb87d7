"""What is counted as a candidate, and what its training took."""

import pandas as pd
import pytest

from actmine.tables.searched import searched, training_cpu_s
from report_slots import row


def test_candidates_are_the_new_functions_of_later_generations():
    new, refused = row(10)[0], row(11, status="rejected", fitness=None)[0]
    others = [row(0)[0], row(12, kind="remeasure")[0], row(13, status="skipped")[0]]
    table = pd.DataFrame([others[0], new, *others[1:], refused])
    assert list(searched(table)["candidate_id"]) == [
        new["candidate_id"],
        refused["candidate_id"],
    ]
    assert searched(table.iloc[:0]).empty


def test_the_time_of_training_is_without_that_of_the_seeds():
    """A seed that two islands begin with, a candidate, and the candidate measured again."""
    seed, child = row(0)[0], row(10)[0]
    table = pd.DataFrame([seed, seed | {"island": 1}, child, child | {"kind": "remeasure"}])
    spent = [(seed, 5.0), (seed, 5.0), (child, 3.0), (child, 4.0)]
    rows = [
        {"measurement": m, "set": s, "candidate_id": one["candidate_id"], "cpu_s": cpu_s}
        for m, s, some in (
            ("search", "main", spent),
            ("search", "catalog", [(seed, 50.0)]),
            ("held_out", "main", [(child, 90.0)]),
        )
        for one, cpu_s in some
    ]
    assert training_cpu_s(table, pd.DataFrame(rows), ["main"]) == pytest.approx(7.0)
