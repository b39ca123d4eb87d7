"""What the tests of language models share."""

import pytest

from endpoint_server import CaseServer


@pytest.fixture
def server():
    """An endpoint on loopback that answers as a case says."""
    with CaseServer() as started:
        yield started
