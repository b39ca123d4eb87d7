"""A model's provider is known, or what to write instead is said, without loading litellm."""

import subprocess
import sys

import pytest

from actmine.llm.gateway import load
from actmine.llm.providers import ModelError, provider_of, require_provider
from actmine.settings.models import Endpoint

OWN = "http://127.0.0.1:8080/v1"


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("openai/own", "openai"),
        ("openai/Qwen/Qwen3-8B", "openai"),
        ("anthropic/claude-sonnet-4-5", "anthropic"),
        ("ollama_chat/qwen3", "ollama_chat"),
        ("hosted_vllm/q", "hosted_vllm"),
        ("abliteration/x", "abliteration"),
        ("gpt-4o", "openai"),
        ("claude-sonnet-4-5", "anthropic"),
        ("own", ""),
        ("foo/own", ""),
        ("Qwen/Qwen3-8B", ""),
        ("", ""),
        ("/own", ""),
    ],
)
def test_a_name_begins_with_its_provider_or_is_known(model, provider):
    assert provider_of(model) == provider


def test_every_provider_of_litellm_is_known():
    assert all(provider_of(f"{each.value}/x") for each in load().LlmProviders)


@pytest.mark.parametrize(
    ("model", "api_base", "meant"),
    [
        ("own", OWN, "openai/own for a server"),
        ("foo/own", OWN, "openai/foo/own for a server"),
        ("Qwen/Qwen3-8B", OWN, "openai/Qwen/Qwen3-8B for a server"),
        ("own", None, "ollama/own, or openai/own with api_base"),
        ("antropic/claude-x", None, "anthropic/claude-x, or"),
        ("OpenAI/gpt-x", None, "openai/gpt-x, or"),
        ("google/gemini-2.5-pro", None, "gemini/gemini-2.5-pro, or"),
        ("foo/", None, "PROVIDER/foo/"),
    ],
)
def test_a_name_without_one_is_refused_with_what_may_be_meant(model, api_base, meant):
    with pytest.raises(ModelError) as error:
        require_provider(Endpoint(model=model, api_base=api_base))
    assert f"model: {model!r} begins with no provider" in str(error.value)
    assert meant in str(error.value)


def test_providers_are_told_without_litellm():
    program = (
        "import sys; from actmine.llm.providers import provider_of; provider_of('own');"
        "assert 'litellm' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": ":".join(sys.path)}, check=True
    )
