"""The option with which a call says how candidates are locked in."""

import argparse

from actmine.sandbox.layers import Isolation


def add_isolation_option(parser: argparse.ArgumentParser) -> None:
    """Declares --isolation, none if it is not given."""
    parser.add_argument(
        "--isolation",
        choices=[profile.value for profile in Isolation],
        help="instead of the sandbox.isolation of the configuration",
    )
