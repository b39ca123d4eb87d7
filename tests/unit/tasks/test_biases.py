"""The presets that mine for one bias each: how many tasks they have, and which."""

from dataclasses import replace

import numpy as np

from actmine.settings.configuration import families_of, load, presets
from actmine.settings.suites import Samples
from actmine.tasks.formula import parse_formula
from actmine.tasks.suite import draw_suite

BIASES = {
    "bias-growth": {"polynomial"},
    "bias-parity": {"custom"},
    "bias-periodic": {"harmonic", "spherical"},
    "bias-physics": {"feynman"},
}


def test_each_bias_is_mined_for_and_validated_on_enough_tasks_of_its_own():
    assert [name for name in presets() if name.startswith("bias-")] == list(BIASES)
    for name, families in BIASES.items():
        asked = load(name)
        least = {"search": 80, "held_out": 300}
        for suite in least:
            drawn = draw_suite(
                suite,
                families_of(asked, suite),
                samples=Samples(train=64, id_test=8, ood_test=8),
                seed=asked.seed,
            )
            assert set(drawn.families) == families and len(drawn.tasks) >= least[suite]
        assert asked.fitness == replace(load().fitness, clip=8, id_guard=4)
        assert asked.lab == load().lab and asked.validation == load().validation
        assert asked.search == replace(load().search, generations=asked.search.generations)


def test_no_formula_of_parity_is_both_searched_on_and_held_out():
    """Up to an affine map, that is: standardised, x and 2*x + 1 are the same target."""
    x = np.linspace(0, 3, 50)

    def values(task):
        found = parse_formula(task.formula).evaluate({"x": x})
        mirrored = parse_formula(task.formula).evaluate({"x": -x})
        np.testing.assert_allclose(
            mirrored, found if "even" in task.name else -found, atol=1e-9
        )
        return (found - found.mean()) / found.std()

    asked = load("bias-parity")
    searched, held_out = (
        np.array([values(task) for task in families_of(asked, suite).custom])
        for suite in ("search", "held_out")
    )
    alike = np.abs(searched @ held_out.T) / len(x)
    assert alike.shape == (16, 24) and alike.max() < 0.9999
