"""The champion's files are what its source and the run's figures give."""

from collections.abc import Iterator

from actmine.audit.audited import Audited
from actmine.audit.problem import Problem, reading
from actmine.champion.files import written
from actmine.files import read_json


def problems(run: Audited) -> Iterator[Problem]:
    """Texts that come out different. The figure is sealed alone: drawing it runs the source."""
    folder = run.folder / "champion"
    chosen = run.folder / "validation" / "champion.json"
    with reading(folder / "cost.json", run.folder):
        cost = read_json(folder / "cost.json")
    with reading(chosen, run.folder):
        expected = written(
            run.folder, read_json(chosen), generations=run.generations, cost=cost
        )
    for name, text in expected.items():
        with reading(folder / name, run.folder):
            same = (folder / name).read_bytes() == text.encode()
        if not same:
            what = "does not follow from the champion's source and the run's figures"
            yield Problem(file=run.relative(folder / name), what=what)
