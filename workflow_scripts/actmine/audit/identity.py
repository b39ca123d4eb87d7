"""The configuration that a run repeats is the one that it froze."""

from collections.abc import Iterator

from actmine.audit.audited import Audited
from actmine.audit.problem import Problem, reading
from actmine.files import parse_yaml
from actmine.settings import frozen as runs
from actmine.settings.configuration import differing_keys


def problems(run: Audited) -> Iterator[Problem]:
    """Keys of configuration.yaml that are not run.yaml's."""
    path = run.folder / "configuration.yaml"
    with reading(path, run.folder):
        repeated = parse_yaml(path.read_text(encoding="utf-8"))
        keys = differing_keys(run.config, repeated)
    if keys:
        what = f"differs from run.yaml in {', '.join(keys)}"
        yield Problem(file=run.relative(path), what=what)


def other_code(run: Audited) -> list[str]:
    """Modules and libraries that are not those which made the run."""
    today = runs.description(run.config)
    return [
        *runs.differing_modules(run.described["versions"], today["versions"]),
        *runs.differing_modules(run.described["code"], today["code"]),
    ]
