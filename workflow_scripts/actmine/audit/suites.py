"""Suites regenerate from the configuration to the same hash, and hold what they say."""

from collections.abc import Iterator

from actmine import layout
from actmine.audit.audited import Audited
from actmine.audit.problem import Problem, reading
from actmine.settings.configuration import suite_settings
from actmine.settings.measurements import HELD_OUT
from actmine.tasks.suite import draw_suite, load_suite


def problems(run: Audited) -> Iterator[Problem]:
    """A suite whose arrays, manifest or hash are not what its seed gives."""
    for name in [path.parent.name for path in layout.search_references(run.folder)] + [
        HELD_OUT
    ]:
        arrays, manifest = layout.arrays(run.folder, name), layout.manifest(run.folder, name)
        with reading(manifest, run.folder):
            stored = load_suite(arrays, manifest)
        drawn = draw_suite(name, suite_settings(run.config, name), seed=run.config["seed"])
        file = run.relative(manifest)
        if (stored.name, stored.seed) != (drawn.name, drawn.seed):
            yield Problem(file=file, what=f"is the suite {stored.name} of seed {stored.seed}")
        elif stored.settings != drawn.settings:
            yield Problem(file=file, what="has other settings than run.yaml")
        elif stored.hash != drawn.hash:
            what = f"drawn again from its seed it has the hash {drawn.hash}, not {stored.hash}"
            yield Problem(file=file, what=what)
