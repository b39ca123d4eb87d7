"""Evaluates one program as OpenEvolve asks for it: trained by a plain loop, in a process."""

import json
import resource
import subprocess
from pathlib import Path


def evaluate(
    program_path: str, *, python: str, tasks: str, log: str, trained: int
) -> dict[str, float]:
    """The program's score.

    Args:
        python: the interpreter that has torch.
        tasks: what `plain_loop.py` reads.
        log: gets a line a training: what the loop prints, with CPU seconds of its process.
        trained: as many programs are; a further one costs nothing and scores 0.
    """
    told = Path(log)
    told.touch()
    if len(told.read_text().splitlines()) >= trained:
        return {"combined_score": 0.0}
    loop = str(Path(__file__).with_name("plain_loop.py"))
    before = _cpu_s()
    done = subprocess.run(
        [python, loop, program_path, tasks], stdout=subprocess.PIPE, check=True, text=True
    )
    answer = {**json.loads(done.stdout), "cpu_s": _cpu_s() - before}
    with told.open("a") as file:
        file.write(json.dumps(answer) + "\n")
    return {"combined_score": answer["score"]}


def _cpu_s() -> float:
    """CPU seconds of the processes that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
