"""Makes the champion usable: a module, its formula, a figure, what it costs, and its card."""

from pathlib import Path

from actmine.champion import handlers
from actmine.sandbox.warm_process import WarmProcess
from actmine.stage import run_stage


def main(run: Path, generations: int, out: Path) -> None:
    """Writes five files into one folder."""
    with WarmProcess(handlers) as process:
        # After the start: torch is imported over there while this is imported here.
        from actmine.champion.derived_files import written
        from actmine.champion.measured_files import measured
        from actmine.files import read_json, write_atomically, write_json
        from actmine.sandbox.host import Sandbox
        from actmine.settings.frozen import read_settings

        chosen = read_json(run.parent / "validation" / "champion.json")
        isolation = read_settings(run).sandbox.isolation
        plot, cost = measured(
            chosen, sandbox=Sandbox(handlers, isolation=isolation, process=process)
        )
    texts = written(run.parent, chosen, generations=generations, cost=cost)
    write_json(out / "cost.json", cost)
    write_atomically(out / "plot.svg", plot)
    for name, text in texts.items():
        write_atomically(out / name, text.encode())


if __name__ == "__main__":
    run_stage(main)
