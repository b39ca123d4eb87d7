"""Imports a package without those that it would import for work that nobody asks of it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def absent(*packages: str) -> Iterator[None]:
    """Makes packages look as if they were not installed; those imported already stay.

    Only for a process in which nothing else imports them meanwhile.
    """
    # Only here: most of what imports this module never calls it, and starts the sooner.
    from importlib.metadata import Distribution, PackageNotFoundError
    from unittest.mock import patch

    hidden = [name for name in packages if name not in sys.modules]
    find = Distribution.from_name

    def from_name(name: str) -> Distribution:
        if name in hidden:
            raise PackageNotFoundError(name)
        return find(name)

    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: no such module
    try:
        with patch.object(Distribution, "from_name", from_name):
            yield
    finally:
        for name in hidden:
            del sys.modules[name]
