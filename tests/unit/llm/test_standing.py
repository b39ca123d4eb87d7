"""Where a function stands among the known ones, and on which family it is behind."""

from actmine.lab.fitness import Contribution
from actmine.llm.known import KnownScore
from actmine.llm.standing import best_known, lead, most_to_gain, standing


def adding(first: float, second: float) -> tuple[Contribution, ...]:
    """A heavy family and a light one, by what each adds to the fitness."""
    return (
        Contribution(family="heavy", share=0.8, fitness=first / 0.8),
        Contribution(family="light", share=0.2, fitness=second / 0.2),
    )


def known(name: str, *worths: float) -> KnownScore:
    return KnownScore(
        name=name,
        formula="x",
        fitness=sum(worths),
        standard_error=0.1,
        contributions=adding(*worths),
        within_guard=True,
    )


TABLE = (known("A", 0.3, 0.1), known("B", -0.1, 0.15), known("ReLU", 0.0, 0.0))


def test_a_fitness_is_called_what_it_is():
    assert standing(0.5, TABLE, relative=True) == "above all 3 known functions"
    assert standing(0.2, TABLE, relative=True) == "below 1 of 3 known functions"
    assert standing(-0.2, TABLE, relative=True) == (
        "below all 3 known functions; worse than ReLU"
    )
    assert standing(-13.0, TABLE, relative=False) == "below all 3 known functions"
    assert standing(-0.2, (), relative=True) == "worse than ReLU"
    assert standing(0.2, (), relative=True) == ""


def test_what_a_family_weighs_decides_where_most_is_to_be_gained():
    # A fifth of the tasks: its loss ratio is far worse than that of the heavy family.
    behind = adding(0.15, 0.03)
    found = most_to_gain(behind, best_known(TABLE))
    assert found is not None and found.family == "heavy"
    assert behind[1].fitness < behind[0].fitness
    ahead = most_to_gain(adding(0.4, 0.05), best_known(TABLE))
    assert ahead is not None and ahead.family == "light"
    assert most_to_gain(adding(0.4, 0.2), best_known(TABLE)) is None
    assert most_to_gain((), best_known(TABLE)) is None


def test_the_lead_is_what_one_adds_more_the_largest_first():
    first, second = adding(0.3, 0.2), adding(0.1, -0.2)
    assert [family for family, *_ in lead(first, second)] == ["light", "heavy"]
    assert lead(second, first) == []
