"""A lab outside a workflow: the suite drawn, the reference measured, on one store."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from actmine import layout
from actmine.functions.catalog import by_name
from actmine.lab.fitness import Fitness
from actmine.lab.measure import Lab, fit_limits, measurement, require_losses
from actmine.lab.scorer import REFERENCE, SECOND_REFERENCE, Scorer
from actmine.records.evaluation import Evaluation
from actmine.settings.configuration import families_of
from actmine.settings.measurements import suite_name
from actmine.settings.sections import Settings
from actmine.tasks.suite import draw_suite


@dataclass(frozen=True, kw_only=True)
class Session:
    """An open lab with a scorer of its measurement."""

    lab: Lab
    scorer: Scorer

    def score(self, source: str) -> tuple[Evaluation, Fitness | None]:
        """Measures a source, or takes what the store kept of it."""
        evaluation = self.lab.measure(source)
        return evaluation, self.scorer.fitness(evaluation)


@contextmanager
def open_session(config: Settings, name: str) -> Iterator[Session]:
    """Opens the lab of one measurement; what it measures is kept in the run's store.

    A later workflow of the same configuration finds it there, and the other way round.
    """
    drawn = suite_name(name)
    suite = draw_suite(
        drawn, families_of(config, drawn), samples=config.tasks.samples, seed=config.seed
    )
    kept = Path(config.results, config.run, layout.STORE)
    what = measurement(name, suite, config)
    references = [by_name(key).source for key in (REFERENCE, SECOND_REFERENCE)]
    isolation = config.sandbox.isolation
    with Lab(
        what, limits=fit_limits(config.sandbox, []), kept=kept, isolation=isolation
    ) as alone:
        reference = require_losses([alone.measure(source) for source in references])
        scorer = Scorer(reference, families=suite.families, rule=config.fitness)
        alone.limits = fit_limits(config.sandbox, reference)
        yield Session(lab=alone, scorer=scorer)
