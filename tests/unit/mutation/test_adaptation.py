import json
from dataclasses import asdict

import pytest

from actmine.mutation.adaptation import OperatorCredit, adapted
from actmine.mutation.embedded import BASE_WEIGHTS


def credit(operator: str, improved: int, children: int) -> OperatorCredit:
    return OperatorCredit(operator=operator, children=children, improved=improved)


def shares(weights: dict[str, float]) -> dict[str, float]:
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def test_without_a_record_the_weights_stay():
    assert adapted(BASE_WEIGHTS, []) == pytest.approx(dict(BASE_WEIGHTS))


def test_equal_success_keeps_the_weights():
    record = [credit(name, 30, 100) for name in BASE_WEIGHTS]
    assert adapted(BASE_WEIGHTS, record) == pytest.approx(dict(BASE_WEIGHTS))


def test_the_more_successful_operator_is_drawn_more_often():
    record = [credit("term", 30, 100), credit("wrap", 2, 100)]
    new = adapted({"term": 1.0, "wrap": 1.0, "mix": 1.0}, record)
    assert new["term"] > new["mix"] > new["wrap"]


def test_the_sum_of_the_weights_stays():
    record = [credit("term", 30, 40), credit("constant", 0, 400)]
    assert sum(adapted(BASE_WEIGHTS, record).values()) == pytest.approx(
        sum(BASE_WEIGHTS.values())
    )


@pytest.mark.parametrize("children", [10, 1000, 10**6])
def test_no_operator_falls_below_a_quarter_of_its_share(children):
    record = [credit("term", children, children)]
    record += [credit(name, 0, children) for name in BASE_WEIGHTS if name != "term"]
    new, old = shares(adapted(BASE_WEIGHTS, record)), shares(dict(BASE_WEIGHTS))
    assert all(new[name] >= old[name] / 4 for name in BASE_WEIGHTS)
    assert new["term"] > old["term"]


def test_failure_of_all_leaves_the_better_tried_lower_but_alive():
    new = adapted({"term": 1.0, "wrap": 1.0}, [credit("term", 0, 500), credit("wrap", 0, 5)])
    assert 0 < new["term"] < new["wrap"]


def test_few_children_move_a_weight_little():
    few = adapted({"term": 1.0, "wrap": 1.0}, [credit("wrap", 20, 200), credit("term", 1, 1)])
    many = adapted(
        {"term": 1.0, "wrap": 1.0}, [credit("wrap", 20, 200), credit("term", 100, 100)]
    )
    assert few["term"] / few["wrap"] < 2 < many["term"] / many["wrap"]


def test_a_weight_of_zero_stays_zero():
    new = adapted({"term": 1.0, "couple": 0.0}, [credit("couple", 9, 9)])
    assert new == pytest.approx({"term": 1.0, "couple": 0.0})


def test_weights_of_zero_alone_stay():
    assert adapted({"term": 0.0}, [credit("term", 1, 2)]) == {"term": 0.0}


def test_a_compound_edit_or_an_unknown_operator_is_passed_over():
    record = [credit("term+wrap", 9, 9), credit("forgotten", 0, 90)]
    assert adapted(BASE_WEIGHTS, record) == pytest.approx(dict(BASE_WEIGHTS))


def test_order_and_division_of_the_record_do_not_matter():
    whole = [credit("term", 3, 9), credit("wrap", 1, 20)]
    parts = [credit("wrap", 1, 12), credit("term", 3, 9), credit("wrap", 0, 8)]
    assert adapted(BASE_WEIGHTS, whole) == adapted(BASE_WEIGHTS, parts)


def test_a_record_survives_json():
    one = credit("term", 3, 9)
    assert OperatorCredit(**json.loads(json.dumps(asdict(one)))) == one


@pytest.mark.parametrize(("improved", "children"), [(2, 1), (-1, 3)])
def test_a_record_cannot_improve_more_children_than_it_has(improved, children):
    with pytest.raises(ValueError, match=r"'term'.*count each child once"):
        credit("term", improved, children)
