"""What is wrong with a model's key is said before anything is sent."""

import pytest

from actmine.llm.access import require_keys, require_prices
from actmine.llm.keys import key_fault
from actmine.llm.providers import ModelError
from actmine.settings.models import Endpoint
from configured import changed

KEY = "k" * 40
AZURE = {"model": "azure/own", "api_base": "https://own.openai.azure.com"}


@pytest.mark.parametrize(
    ("way", "environ", "told"),
    [
        ({"model": "openai/gpt-4o"}, {"OPENAI_API_KEY": KEY}, ""),
        ({"model": "openai/own", "api_base": "http://127.0.0.1:1/v1"}, {}, ""),
        ({"model": "openai/gpt-4o", "key_env": "MINE"}, {"MINE": KEY}, ""),
        ({"model": "openai/gpt-4o", "key_env": "MINE"}, {"OPENAI_API_KEY": KEY}, "needs MINE,"),
        ({"model": "openai/gpt-4o"}, {"OPENAI_API_KEY": KEY, "MY_API_KEY": "a\nb"}, ""),
        ({"model": "openai/gpt-4o"}, {}, "needs OPENAI_API_KEY,"),
        ({"model": "openai/gpt-4o"}, {"OPENAI_API_KEY": " \n"}, "needs OPENAI_API_KEY,"),
        ({"model": "gpt-4o"}, {}, "needs OPENAI_API_KEY,"),
        ({"model": "anthropic/claude-sonnet-4-5"}, {}, "needs ANTHROPIC_API_KEY,"),
        ({"model": "gemini/gemini-2.5-pro"}, {}, "needs GEMINI_API_KEY,"),
        ({"model": "gemini/gemini-2.5-pro"}, {"GEMINI_API_KEY": KEY}, ""),
        (
            {"model": "gemini/gemini-2.5-pro"},
            {"GEMINI_API_KEY": KEY, "GOOGLE_API_KEY": "a\nb"},
            "GOOGLE_API_KEY holds",
        ),
        ({"model": "ollama/qwen3"}, {}, ""),
        (AZURE, {}, "needs AZURE_API_KEY,"),
        (AZURE, {"AZURE_API_KEY": KEY}, ""),
        (AZURE, {"AZURE_API_KEY": KEY + "\u00e9"}, "AZURE_API_KEY holds"),
        ({**AZURE, "key_env": "MINE"}, {"MINE": KEY}, ""),
        ({**AZURE, "key_env": "MINE"}, {"AZURE_API_KEY": KEY}, "needs MINE,"),
        ({"model": "azure/own"}, {"AZURE_API_KEY": KEY}, "needs AZURE_API_BASE,"),
        ({"model": "azure/own"}, {}, "needs AZURE_API_KEY, AZURE_API_BASE,"),
        ({"model": "azure/own"}, {"AZURE_API_KEY": KEY, "AZURE_API_BASE": "https://a"}, ""),
        ({"model": "azure/own", "key_env": "MINE"}, {"MINE": KEY}, "needs AZURE_API_BASE,"),
        (
            {"model": "azure/own", "key_env": "MINE"},
            {"MINE": KEY, "AZURE_API_BASE": "https://a"},
            "",
        ),
        ({"model": "azure_ai/own", "api_base": "https://a"}, {}, "needs AZURE_AI_API_KEY,"),
    ],
)
def test_a_key_that_is_missing_is_named(monkeypatch, way, environ, told):
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    fault = key_fault(Endpoint(**way), environ)
    assert told in fault and bool(told) == bool(fault)


@pytest.fixture
def asking(smoke):
    def go(replay="prefer", model="openai/gpt-4o", **entry):
        mutator = {"kind": "llm", "model": model, "key_env": "MINE", **entry}
        return changed(smoke, mutation={"mutators": [mutator], "replay": replay})

    return go


def test_a_run_that_is_to_ask_needs_its_keys(asking, smoke, tmp_path):
    with pytest.raises(ModelError, match=r"needs MINE, .*replay: only"):
        require_keys(asking(), tmp_path, {})
    require_keys(asking(), tmp_path, {"MINE": KEY})
    require_keys(asking(replay="only"), tmp_path, {})
    require_keys(smoke, tmp_path, {})


def test_a_queue_needs_neither_key_nor_price_nor_provider(smoke, tmp_path):
    for name in (None, "me"):
        config = changed(smoke, mutation={"mutators": [{"kind": "queue", "name": name}]})
        require_keys(config, tmp_path, {})
        require_prices(config)


def test_a_run_whose_proposals_are_all_made_needs_no_key(asking, tmp_path):
    config = asking()
    for generation in range(1, config.search.generations + 1):
        with pytest.raises(ModelError):
            require_keys(config, tmp_path, {})
        for island in range(config.search.islands):
            folder = tmp_path / f"main/gen_{generation:04d}/island_{island}"
            folder.mkdir(parents=True)
            (folder / "proposals.jsonl").touch()
    require_keys(config, tmp_path, {})


def test_a_fallback_needs_its_key_and_its_provider_too(asking, tmp_path):
    with pytest.raises(ModelError, match="needs OTHER,"):
        require_keys(
            asking(fallbacks=[{"model": "openai/gpt-4o-mini", "key_env": "OTHER"}]),
            tmp_path,
            {"MINE": KEY},
        )
    own = {"model": "own", "api_base": "http://127.0.0.1:1", "price": {"input": 0, "output": 0}}
    with pytest.raises(ModelError, match="write openai/own"):
        require_prices(asking(fallbacks=[own]))
    require_prices(asking(fallbacks=[own], replay="only"))
