"""Azure's models are asked with the key that is meant, wherever address and key are named."""

import os

import pytest

from actmine.llm.budget import Limits
from actmine.llm.client import ask
from actmine.llm.journal import Journal
from actmine.llm.request import Reply
from actmine.settings.models import Endpoint
from asking import PRICE, SETTINGS, requests
from endpoint_cases import Case, plain

MODEL = "azure/own"
KEY = "k" * 40


@pytest.mark.filterwarnings("ignore::UserWarning:pydantic")
@pytest.mark.parametrize("key_env", [None, "MINE"])
@pytest.mark.parametrize("address", ["api_base", "AZURE_API_BASE"])
def test_the_key_arrives(server, tmp_path, monkeypatch, key_env, address):
    url = server.begin(Case(name="", answer=plain, becomes="read", sends=1, tokens=0, base=""))
    for name in ("AZURE_API_KEY", "AZURE_API_BASE", "AZURE_API_VERSION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(key_env or "AZURE_API_KEY", KEY)
    if address == "AZURE_API_BASE":
        monkeypatch.setenv(address, url)
    base = url if address == "api_base" else None
    way = Endpoint(model=MODEL, api_base=base, key_env=key_env, price=PRICE)
    (reply,) = ask(
        requests(1, model=MODEL),
        journal=Journal(tmp_path),
        endpoints={MODEL: [way]},
        client=SETTINGS,
        limits=Limits(),
        environ=os.environ,
    )
    assert isinstance(reply, Reply) and "def activation" in reply.text
    assert server.keys == [KEY, ""]
    path = server.requests[0]["path"].partition("?")[0]
    assert path.endswith("/openai/deployments/own/chat/completions")
