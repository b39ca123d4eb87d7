"""Freezes the identity of a run in its run.yaml."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from actmine import config, run


def main(argv: Sequence[str] | None = None) -> None:
    """Writes run.yaml from a configuration given as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--configuration", required=True, help="the configuration, as JSON")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    run.write(args.out, run.description(config.resolve(json.loads(args.configuration))))


if __name__ == "__main__":
    main()
