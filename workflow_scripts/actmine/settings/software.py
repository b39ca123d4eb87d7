"""Says which version of actmine is at work."""

import importlib.metadata

from actmine.code_hash import stage_hash
from actmine.settings.frozen import STAGES


def version() -> str:
    """The installed version; a checkout that was never installed has none."""
    try:
        return importlib.metadata.version("actmine")
    except importlib.metadata.PackageNotFoundError:
        return "of a checkout"


def code_digest() -> str:
    """One hash over the modules of all stages."""
    roots = {root for stage in STAGES.values() for root in stage}
    return stage_hash(tuple(sorted(roots)))
