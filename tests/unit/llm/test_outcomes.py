"""Errors of endpoints as they are worded, and what each of them means."""

import json
from pathlib import Path

import pytest

from actmine.llm.gateway import refusal
from actmine.llm.http_watch import SendRecord
from actmine.llm.outcome import Fate
from actmine.llm.outcomes import FILTERED, FINISHES, TABLE, ending, unfinished

ACCOUNT, DOWN, REFUSED = Fate.ACCOUNT, Fate.DOWN, Fate.REFUSED
REJECTED, TRANSIENT = Fate.REJECTED, Fate.TRANSIENT


def failed(status, body, headers=None):
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return refusal(SendRecord(timeout_s=1, sent=True, status=status, headers=headers, body=raw))


def error(message, **more):
    return {"error": {"message": message, **more}}


@pytest.mark.parametrize(
    ("status", "body", "fate"),
    [
        # keys
        (401, error("Incorrect API key provided: sk-x. You can find your key at …"), ACCOUNT),
        (401, {"detail": "Unauthorized"}, ACCOUNT),
        (401, {"message": "invalid x-api-key", "type": "authentication_error"}, ACCOUNT),
        (400, error("API key expired. Please renew the API key.", code=400), ACCOUNT),
        (403, error("Method doesn't allow unregistered callers (no API Key)"), ACCOUNT),
        (403, {"error": "Project does not have access to model gpt-9"}, ACCOUNT),
        (400, {"code": 400, "error": "Incorrect API key provided: x"}, ACCOUNT),
        (400, {"success": False, "errors": [{"message": "Authentication error"}]}, ACCOUNT),
        # accounts
        (402, {"error": "exceeded your monthly included credits"}, ACCOUNT),
        (402, error("Insufficient Balance"), ACCOUNT),
        (429, error("no", type="insufficient_quota", code="insufficient_quota"), ACCOUNT),
        (429, error("on requests per day (RPD): Limit 200, Used 200"), ACCOUNT),
        (429, error("You have reached your specified API usage limits", type="x"), ACCOUNT),
        (400, error("Your credit balance is too low to access the API"), ACCOUNT),
        (403, error("Your team has either used all available credits"), ACCOUNT),
        (403, error("Your account is not active, please check your billing"), ACCOUNT),
        (400, {"code": "Arrearage", "message": "Access denied, account overdue"}, ACCOUNT),
        (429, error("Your account org-x has been suspended"), ACCOUNT),
        # regions
        (403, error("Country, region, or territory not supported"), ACCOUNT),
        (400, error("User location is not supported for the API use."), ACCOUNT),
        (403, error("This model is not available in your region."), ACCOUNT),
        # come again
        (
            429,
            error("Rate limit reached for gpt-4 on tokens per min (TPM): Limit 9"),
            TRANSIENT,
        ),
        (429, error("quota: RequestsPerMinutePerProject, check your billing"), TRANSIENT),
        (429, {"message": "Too many tokens, please wait before trying again."}, TRANSIENT),
        (400, {"message": "ThrottlingException: Too many tokens, please wait"}, TRANSIENT),
        (429, error("Tokens per minute limit exceeded - too many tokens"), TRANSIENT),
        (429, error("exceed your rate limit of 9 tokens per minute, reduce it"), TRANSIENT),
        (429, error("quota exceeded: max RPM 3, try again after 1 seconds"), TRANSIENT),
        (500, error("too many tokens in flight"), TRANSIENT),
        (429, {"message": "Too many tokens per day, please wait before …"}, ACCOUNT),
        (429, error("Request too large for x on tokens per min (TPM)"), REFUSED),
        (429, "", TRANSIENT),
        (429, "<html>429 Too Many Requests</html>", TRANSIENT),
        (403, error("Rate limit exceeded, please wait"), TRANSIENT),
        (529, error("Overloaded", type="overloaded_error"), TRANSIENT),
        (503, error("Loading model", type="unavailable_error"), TRANSIENT),
        (503, {"error": "Model x is currently loading", "estimated_time": 20.0}, TRANSIENT),
        (500, error("model requires more system memory than is available"), TRANSIENT),
        (522, "<html>522: Connection timed out</html>", TRANSIENT),
        (999, "", TRANSIENT),
        (425, "Too Early", TRANSIENT),
        (409, error("Conflict"), TRANSIENT),
        # too long
        (400, error("This model's maximum context length is 8192 tokens."), REFUSED),
        (400, error("prompt is too long: 210000 tokens > 200000 maximum"), REFUSED),
        (400, error("The input token count (1200000) exceeds the maximum"), REFUSED),
        (400, error("Input is too long for requested model."), REFUSED),
        (413, error("Request too large for model `x` on tokens per minute"), REFUSED),
        (422, {"error": "Input validation error: `inputs` tokens + …"}, REFUSED),
        (400, error("Please reduce the length of the messages."), REFUSED),
        (400, {"message": "too many tokens: size limit exceeded"}, REFUSED),
        (500, error("the request exceeds the available context size"), REFUSED),
        # unwanted
        (400, error("The response was filtered", code="content_filter"), REFUSED),
        (400, error("triggering Azure's content management policy", code="x"), REFUSED),
        (400, {"code": "DataInspectionFailed", "message": "Input data …"}, REFUSED),
        (400, error("Content Exists Risk"), REFUSED),
        (400, error("Your request was rejected by our safety system"), REFUSED),
        (403, error("Your input was flagged", metadata={"reasons": ["x"]}), REFUSED),
        # addresses
        (404, {"detail": "Not Found"}, DOWN),
        (404, "404 page not found", DOWN),
        (404, "", DOWN),
        (405, {"detail": "Method Not Allowed"}, DOWN),
        (404, error("Invalid URL (POST /v1/v1/chat/completions)"), DOWN),
        (404, {"error": {"code": 404, "message": "File Not Found"}}, DOWN),
        (301, "", DOWN),
        (501, "<html>Unsupported method ('POST')</html>", DOWN),
        (403, "<html>Access denied | Cloudflare</html>", DOWN),
        (403, "<!doctype html><title>Unauthorized network</title>", DOWN),
        (400, "<html>The plain HTTP request was sent to HTTPS port</html>", DOWN),
        (407, "", DOWN),
        # models
        (404, error("The model `gpt-9.1` does not exist", code="model_not_found"), DOWN),
        (404, {"error": "model 'qwen3' not found"}, DOWN),
        (404, error("models/gemini-x is not found for API version v1beta"), DOWN),
        (400, error("x is not a valid model ID"), DOWN),
        (400, error("The model `llama3-8b` has been decommissioned"), DOWN),
        (400, {"error": "No models loaded. Please load a model"}, DOWN),
        (404, error("The API deployment for this resource does not exist"), DOWN),
        # the prompt's or everybody's
        (400, error("Unsupported value: 'temperature' does not support 1 with it"), REJECTED),
        (400, error("'max_tokens' is not supported with this model. Use 'x'"), REJECTED),
        (422, {"detail": [{"loc": ["body", "seed"], "msg": "no", "input": "key"}]}, REJECTED),
        (400, error("Conversation roles must alternate user/assistant/…"), REJECTED),
        (413, "<html>413 Request Entity Too Large</html>", REJECTED),
        (400, "", REJECTED),
        (418, "I'm a teapot", REJECTED),
        (400, {"message": ["a", "list"]}, REJECTED),
        (400, "[1, 2]", REJECTED),
    ],
)
def test_an_error_means_what_its_words_and_its_status_say(status, body, fate):
    failure = failed(status, body)
    assert failure.outcome.fate is fate, failure
    assert failure.said and not failure.charged


def test_waits_are_read_in_every_form():
    def wait(body="{}", **headers):
        return failed(
            429, body, {key.replace("_", "-"): v for key, v in headers.items()}
        ).wait_s

    assert wait(retry_after="7") == 7
    assert wait(retry_after="0.5") == 0.5
    assert wait(retry_after="-3") == wait(retry_after="soon") == wait(retry_after="nan") == 0
    assert wait(retry_after="Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert wait(retry_after_ms="250", retry_after="7") == 0.25
    assert wait(error("x", details=[{"retryDelay": "26.5s"}])) == 26.5
    assert wait(retry_after="86400") == 86400


@pytest.mark.parametrize(
    "header",
    [
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Mon, 01 Jan 2026 00:00:99999999999999999999 GMT",
        "Mon, 01 Jan 2026 00:00:00 +99999999999999",
        "Mon, 01 Jan 2026 00:00:00 +9999",
    ],
)
def test_a_date_that_is_none_asks_for_no_wait(header):
    failure = failed(429, error("busy"), {"retry-after": header})
    assert failure.wait_s == 0 and failure.outcome.fate is TRANSIENT


@pytest.mark.parametrize(
    "more",
    [
        {"code": "4" * 5000},
        {"status": "\u0664\u0662\u0669"},
        {"details": [{"retryDelay": "1.5.0s"}]},
        {"details": [{"retryDelay": ".s"}]},
        {"details": [{"retryDelay": "9" * 5000 + "s"}]},
    ],
)
def test_a_number_that_is_none_hides_no_error(more):
    failure = failed(503, error("overloaded", **more))
    assert failure.said == "overloaded" and failure.outcome.fate is TRANSIENT


def test_every_finish_has_one_meaning_in_any_case():
    words = [word for listed in FINISHES.values() for word in listed.split()]
    assert len(words) == len(set(words))
    assert ending("MAX_TOKENS") == ending("length (cut from 9 bytes)") == "cut"
    assert ending("SAFETY") == FILTERED
    assert ending("stop") == ending("") == ending("eos_token") == ""


def test_the_page_for_users_has_every_message():
    page = " ".join(Path("docs/models.md").read_text(encoding="utf-8").split())
    for row in TABLE:
        assert row.what.partition(" (")[0] in page, row
    assert unfinished("length", tokens=5, limit=9).partition(" (")[0] in page
    assert unfinished("safety", tokens=5, limit=9).partition(" (")[0] in page
