"""Prices come from litellm's bundled table or from the configuration, and from nowhere else."""

import subprocess
import sys

import pytest

from actmine.__main__ import main
from actmine.llm.prices import PriceError, price_of
from actmine.settings.models import Price


@pytest.mark.parametrize(
    ("model", "input_usd", "output_usd"),
    [
        ("gpt-4o", 2.5, 10.0),
        ("openai/gpt-4o", 2.5, 10.0),
        ("gemini/gemini-2.5-pro", 1.25, 10.0),
        ("anthropic/claude-sonnet-4-5", 3.0, 15.0),
        ("ollama/llama3", 0.0, 0.0),
        ("lemonade/gpt-oss-20b-mxfp4-GGUF", 0.0, 0.0),
    ],
)
def test_a_known_model_has_its_price_per_million(model, input_usd, output_usd):
    price = price_of(model)
    assert price.input == pytest.approx(input_usd)
    assert price.output == pytest.approx(output_usd)


@pytest.mark.parametrize(
    "model",
    [
        "openai/foo",
        "anthropic/gpt-4o",  # the name is another provider's
        "openai/gemini-2.5-pro",
        "hosted_vllm/qwen",
        "sample_spec",
        "text-embedding-3-small",
        "",
        # a price of 0 that nobody promised
        "vertex_ai/meta/llama3-405b-instruct-maas",
        "volcengine/kimi-k2-thinking-251104",
        "gigachat/GigaChat-2-Max",
        "azure_ai/model_router",
        "ollama/gpt-oss:120b-cloud",
        "perplexity/sonar-pro",  # each request has a fee of its own
    ],
)
def test_a_model_without_a_price_is_refused(model):
    with pytest.raises(PriceError, match=r"litellm knows no price of .*mutators\[\].price"):
        price_of(model)


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("gpt5", "; known are openai/gpt-5"),
        ("openai/gtp-5-mini", "; known are openai/gpt-5-mini,"),
        ("openai/my-own-model", ""),
    ],
)
def test_an_estimate_of_what_has_no_price_tells_how_a_model_is_written(wrong, near, capsys):
    """It reads no configuration in which a price could be set."""
    assert main(["estimate", wrong]) == 1
    told = capsys.readouterr().err
    start = f"actmine: litellm knows no price of '{wrong}'; write it as PROVIDER/NAME{near}"
    assert told.startswith(start) and ("known are" in told) is bool(near)
    assert told.count("\n") == 1 and "mutation.mutators" not in told


def test_an_override_wins():
    own = Price(input=0.0, output=0.0)
    assert price_of("openai/gpt-4o", override=own) is own


def test_a_cost_is_per_million_tokens():
    price = Price(input=2.0, output=8.0)
    assert price.usd(prompt_tokens=500_000, completion_tokens=250_000) == 3.0


def test_what_a_cache_served_has_its_own_price():
    listed = price_of("anthropic/claude-sonnet-4-5")
    assert listed.cached == pytest.approx(0.3)
    usd = listed.usd(prompt_tokens=1_000_000, completion_tokens=0, cached_tokens=900_000)
    assert usd == pytest.approx(0.1 * 3.0 + 0.9 * 0.3)
    same = Price(input=2.0, output=8.0)
    assert same.usd(prompt_tokens=10, completion_tokens=0, cached_tokens=10) == 20 / 1e6


def test_prices_do_not_import_litellm():
    program = (
        "import sys; from actmine.llm.prices import price_of; price_of('gpt-4o');"
        "import actmine.llm.client; assert 'litellm' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": ":".join(sys.path)}, check=True
    )
