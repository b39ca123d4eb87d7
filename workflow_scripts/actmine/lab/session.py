"""A lab outside a workflow: the suite drawn, the reference measured, on one store."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from actmine import layout
from actmine.files import read_json
from actmine.functions.catalog import by_name
from actmine.lab.fitness import Fitness
from actmine.lab.measure import Lab, fit_limits, measurement, require_losses
from actmine.lab.scorer import REFERENCE, SECOND_REFERENCE, Scorer
from actmine.records.evaluation import Evaluation
from actmine.settings import frozen
from actmine.settings.configuration import ConfigError, families_of, load
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
def open_session(
    config: Settings, name: str, *, before: Callable[[Lab], None] | None = None
) -> Iterator[Session]:
    """Opens the lab of one measurement; what it measures is kept in the run's store.

    A later workflow of the same configuration finds it there, and the other way round. Under
    another isolation than the run's it is kept apart.

    Args:
        before: is called before anything is trained; what it raises ends the matter.
    """
    drawn = suite_name(name)
    suite = draw_suite(
        drawn, families_of(config, drawn), samples=config.tasks.samples, seed=config.seed
    )
    what = measurement(name, suite, config)
    references = [by_name(key).source for key in (REFERENCE, SECOND_REFERENCE)]
    isolation = config.sandbox.isolation
    with Lab(
        what,
        limits=fit_limits(config.sandbox, []),
        kept=store_folder(config),
        isolation=isolation,
    ) as alone:
        if before is not None:
            before(alone)
        reference = require_losses([alone.measure(source) for source in references])
        scorer = Scorer(reference, families=suite.families, rule=config.fitness)
        alone.limits = fit_limits(config.sandbox, reference)
        yield Session(lab=alone, scorer=scorer)


def store_folder(config: Settings) -> Path:
    """Where measurements under these settings are kept: in the run's store, or apart in it.

    An address in the store says nothing of isolation. A measurement under another one than
    the run's would be taken by a rerun, and is damage to an audit: it has a folder of its own.
    """
    run = Path(config.results, config.run)
    path = run / layout.RUN_FILE
    configured = frozen.read_settings(path) if path.exists() else load()
    isolation = config.sandbox.isolation
    kept = run / layout.STORE
    return kept if isolation == configured.sandbox.isolation else kept / isolation


def require_tasks(lab: Lab, run: Path) -> None:
    """Refuses a lab whose tasks are not those that a run was measured on.

    Raises:
        ConfigError: today's code draws others.
    """
    suite = lab.measurement.suite
    manifest = layout.manifest(run, suite.name)
    if suite.hash != read_json(manifest)["hash"]:
        raise ConfigError(
            f"{manifest}: this version of actmine draws other tasks; go back to the one that "
            "made the run, or run it again under another `run`"
        )
