"""What a prompt tells of earlier ideas: the most telling, in groups, within a budget."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from actmine.llm.recall import (
    BYTES_PER_TOKEN,
    CHILDREN,
    REFUSED,
    child_line,
    children,
    outcome,
    recall,
    signed,
    told,
)
from actmine.records.status import Status
from actmine.records.tried import Tried

SMOOTH = "flat|linear|monotone|smooth|pointwise"
WAVY = "wave|wave|wavy|pointwise"


def tried(name: str, **changes: Any) -> Tried:
    fields: dict[str, Any] = {
        "candidate_id": name,
        "name": name,
        "formula": "x",
        "generation": 1,
        "parents": ("p",),
        "parent": "GELU",
        "status": Status.SCORED,
        "shape": SMOOTH,
    }
    return Tried(**{**fields, **changes})


def gained(name: str, gain: float, **changes: Any) -> Tried:
    return tried(name, fitness=gain + 0.2, gain=gain, gain_error=0.1, **changes)


def names(groups):
    return [line.partition(" | ")[2].partition(":")[0] for g in groups for line in g.lines]


def test_an_idea_is_told_with_what_it_gained_or_where_it_ended():
    assert outcome(gained("a", 0.05)) == "+.05 ± .10 on GELU, fitness +.25"
    stopped = tried("b", status=Status.PRUNED, fitness=-0.314, steps=25)
    assert outcome(stopped) == "stopped at 25 with -.31, from GELU"
    without = tried("b", status=Status.PRUNED, steps=25, parent="")
    assert outcome(without) == "stopped at 25"
    refused = tried("c", status=Status.REJECTED, reason="static: no", shape="")
    assert outcome(refused) == "no result: static: no"
    again = tried("d", status=Status.DUPLICATE, reason="behaves like")
    assert outcome(again) == "repeats an earlier function, from GELU"
    alone = tried("e", fitness=0.0, parent="")
    assert outcome(alone) == "fitness 0"
    odd = gained("f", 0.5, reason="its ID loss is 3 times ReLU's")
    assert outcome(odd).endswith("fitness +.70, dropped: its ID loss is 3 times ReLU's")


def test_a_figure_has_two_decimals_and_no_needless_sign():
    assert list(map(signed, (0.214, -0.006, -0.004, 0.0, -13.756, 1.0))) == [
        "+.21",
        "-.01",
        "0",
        "0",
        "-13.76",
        "+1.00",
    ]


def test_like_ideas_stand_together_best_first_and_the_refused_last():
    groups = recall(
        [
            gained("worse", -0.3),
            tried("refused", status=Status.REJECTED, reason="static: no", shape=""),
            gained("wave", 0.4, shape=WAVY),
            gained("better", 0.1),
            tried("stopped", status=Status.PRUNED, steps=5, shape=WAVY),
        ],
        tokens=1000,
    )
    assert [group.shape for group in groups] == [
        "wave tails, wavy",
        "flat and linear tails, monotone, smooth",
        REFUSED,
    ]
    assert names(groups) == ["wave", "stopped", "better", "worse", "refused"]
    # 0.1 is less than two standard errors.
    assert [(group.count, group.improved) for group in groups] == [(2, 1), (2, 0), (1, 0)]


def test_where_not_all_fit_the_youngest_the_best_and_the_worst_are_told():
    some = [gained(f"{k}", -0.01) for k in range(100)]
    some[7], some[20] = gained("best", 0.9), gained("worst", -1.9)
    (group,) = recall(some, tokens=200)
    assert group.count == 100 and 4 < len(group.lines) < 12
    told_of = names([group])
    assert {"best", "worst", "99", "98"} <= set(told_of) and "0" not in told_of


def test_what_has_no_line_of_its_own_is_named_beside_its_like():
    some = [tried(f"wave {k}", status=Status.PRUNED, fitness=-0.3, steps=25) for k in range(99)]
    (group,) = recall(some, tokens=400)
    others = group.others.split("; ")
    assert len(group.lines) > 4 and len(others) > 5
    assert others[0].startswith("wave ") and others[0].endswith(" stopped at 25 with -.30")
    shown = [*names([group]), *(other.partition(" stopped")[0] for other in others)]
    assert len(set(shown)) == len(shown) and "wave 98" in shown
    roomy = recall(some[:4], tokens=400)
    assert [one.others for one in roomy] == [""]


def test_nothing_is_told_without_a_budget():
    assert recall([gained("a", 0.1)], tokens=0) == ()


@given(st.lists(st.floats(-2, 2), max_size=60), st.integers(0, 400))
def test_what_is_told_stays_within_the_budget(gains, tokens):
    groups = recall([gained(f"f{k}", g) for k, g in enumerate(gains)], tokens=tokens)
    lines = [line for group in groups for line in (*group.lines, group.others) if line]
    assert sum(len(line.encode()) + 1 for line in lines) <= tokens * BYTES_PER_TOKEN
    shown = names(groups)
    assert len(shown) == len(set(shown))


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=200))
def test_an_idea_is_one_line_whatever_it_is_called(name, formula, reason):
    one = tried(name, formula=formula, parent=name, reason=reason, fitness=0.1)
    for text in (told(one), child_line(one)):
        assert len(text.splitlines()) == 1 and "`" not in text.replace(formula, "")


def test_a_parent_is_told_its_best_and_its_youngest_children():
    some = [gained(f"{k}", -0.1 * k) for k in range(8)]
    strange = gained("strange", 0.7, parents=("other", "p"))
    own = [one.name for one in children([*some, strange], "p")]
    assert own == ["0", "7", "1", "6"] and len(own) == CHILDREN
    assert child_line(some[0]) == "0 0 ± .10"
    stopped = tried("wave", status=Status.PRUNED, steps=25, fitness=-0.5)
    assert child_line(stopped) == "wave stopped at 25 with -.50"
