"""Lists the functions that are taken to the benchmarks, and settles how they are measured."""

from collections.abc import Sequence
from pathlib import Path

from actmine.commands.own_files import own_candidates, require_accepted
from actmine.evolution.reading import read_listed
from actmine.files import read_json
from actmine.functions.catalog import by_name
from actmine.gate import handlers
from actmine.gate.examine import examination
from actmine.records.listed import Listed
from actmine.records.rows import write_record, write_records
from actmine.sandbox.host import Sandbox
from actmine.settings.configuration import with_execution
from actmine.settings.frozen import read_settings
from actmine.stage import Json, run_stage
from actmine.transfer.functions import judged, mined_functions
from actmine.transfer.plan import benchmark_names, known_names
from actmine.transfer.settings import from_config


def main(
    run: Path,
    transfer: Json,
    settings: Path,
    out: Path,
    champion: Path | None = None,
    finalists: Sequence[Path] = (),
    files: Sequence[Path] = (),
) -> None:
    """Writes one line a function, and the settings."""
    asked = with_execution(read_settings(run), {"transfer": transfer})
    measured = from_config(asked, tuple(benchmark_names(asked.transfer)))
    wanted = [by_name(name).candidate for name in known_names(asked.transfer)]
    own = own_candidates(files, key="transfer.files")
    with Sandbox(handlers, isolation=measured.isolation) as sandbox:
        asked_for = judged([*wanted, *own], sandbox=sandbox, settings=examination(asked))
    require_accepted(files, asked_for[len(wanted) :], key="transfer.files")
    champion_id = read_json(champion)["candidate_id"] if champion else None
    validated = [listed for path in finalists for listed in read_listed(path)]
    mined = mined_functions(validated, champion_id=champion_id, mined=asked.transfer.mined)
    found: dict[str, Listed] = {}
    for function in (*asked_for, *mined):
        found.setdefault(function.candidate_id, function)
    write_record(settings, measured)
    write_records(out, found.values())


if __name__ == "__main__":
    run_stage(main)
