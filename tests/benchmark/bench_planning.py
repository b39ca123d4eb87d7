"""Seconds and memory of a dry run of some six thousand jobs. Run: make bench"""

import argparse
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Prints the size of the plan, its seconds and its peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--generations", type=int, default=300)
    parser.add_argument("--candidates", type=int, default=18, help="one a job")
    args = parser.parse_args()
    search = (
        f"search={{generations: {args.generations}, candidates_per_island: {args.candidates}}}"
    )
    started = time.perf_counter()
    process = subprocess.run(
        [sys.executable, "-m", "snakemake", "--dry-run", "--config", "preset=smoke",
         "run=bench_planning", search],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    seconds = time.perf_counter() - started
    if process.returncode:
        sys.exit(process.stdout + process.stderr)
    jobs = re.findall(r"^total +(\d+)$", process.stdout + process.stderr, re.M)[-1]
    print(f"dry run of {jobs} jobs over {args.generations} generations: {seconds:.1f} s")


if __name__ == "__main__":
    main()
