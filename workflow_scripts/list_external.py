"""Lists the functions that are measured on external suites: known, mined, a user's files."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from actmine.commands.own_files import own_candidates, require_accepted
from actmine.evolution.reading import read_listed
from actmine.external.plan import known
from actmine.gate import handlers
from actmine.gate.examine import examination, examine, listed
from actmine.records.candidate import Candidate, Origin
from actmine.records.listed import Listed
from actmine.records.rows import write_records
from actmine.sandbox.host import Sandbox
from actmine.settings.configuration import with_execution
from actmine.settings.frozen import read_settings
from actmine.settings.sections import Settings
from actmine.stage import Json, run_stage


def main(
    run: Path,
    external: Json,
    catalog: Path,
    out: Path,
    champions: Path | None = None,
    files: Sequence[Path] = (),
) -> None:
    """Writes one line a function, each function once."""
    settings = with_execution(read_settings(run), {"external": external})
    wanted = [entry.candidate for entry in known(settings.external)]
    judged = {one.candidate_id: one for one in read_listed(catalog)}
    own = own_candidates(files, key="external.files")
    new = [one for one in (*wanted, *own) if one.candidate_id not in judged]
    judged |= {one.candidate_id: one for one in _judged(new, settings)}
    require_accepted(files, [judged[one.candidate_id] for one in own], key="external.files")
    ids = [one.candidate_id for one in (*wanted, *own)]
    found = [judged[name] for name in dict.fromkeys(ids)]
    mined = read_listed(champions) if champions else []
    found += [
        one for one in mined if one.origin is Origin.MINED and one.candidate_id not in ids
    ]
    write_records(out, found)


def _judged(candidates: Sequence[Candidate], settings: Settings) -> Iterator[Listed]:
    """With the gate's verdict: what the run's own catalog leaves out, and a user's files."""
    if not candidates:
        return
    with Sandbox(handlers, isolation=settings.sandbox.isolation) as sandbox:
        for one in candidates:
            verdict = examine(one.source, sandbox=sandbox, settings=examination(settings))
            yield listed(one, verdict)


if __name__ == "__main__":
    run_stage(main)
