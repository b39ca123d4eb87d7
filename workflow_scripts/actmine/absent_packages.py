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

    hidden = [name for name in packages if name not in sys.modules]
    find, own = Distribution.from_name, vars(Distribution)["from_name"]

    def from_name(name: str) -> Distribution:
        if name in hidden:
            raise PackageNotFoundError(name)
        return find(name)

    # By hand: unittest's patch has asyncio imported.
    Distribution.from_name = staticmethod(from_name)  # type: ignore[method-assign]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: no such module
    try:
        yield
    finally:
        Distribution.from_name = own  # type: ignore[method-assign]
        for name in hidden:
            del sys.modules[name]
