"""Freezes the identity of a run in its run.yaml."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from actmine.settings import configuration as config
from actmine.settings import frozen as run


def main(argv: Sequence[str] | None = None) -> None:
    """Writes run.yaml, and its configuration apart, from a configuration given as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--configuration", required=True, help="the configuration, as JSON")
    parser.add_argument("--run", type=Path, required=True, help="output, run.yaml")
    parser.add_argument("--rerun", type=Path, required=True, help="output, for --configfile")
    args = parser.parse_args(argv)
    frozen = run.description(config.resolve(json.loads(args.configuration)))
    run.write(args.run, frozen)
    run.write_configuration(args.rerun, frozen)


if __name__ == "__main__":
    main()
