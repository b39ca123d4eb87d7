"""Secrets are known by the names of their variables and leave no trace in any output."""

import subprocess
import sys

import pytest

from actmine.llm.redaction import redact, redact_json, secrets


def test_names_tell_secrets():
    environ = {
        "OPENAI_API_KEY": "sk-0123456789",
        "my_token": "tok-0123456789",
        "DB_PASSWORD": "correct horse",
        "AWS_SECRET": "s" * 20,
        "CREDENTIALS": "c" * 8,
        "HOME": "/home/somebody",
    }
    assert set(secrets(environ)) == set(environ.values()) - {"/home/somebody"}


def test_a_value_shorter_than_eight_characters_is_no_secret():
    assert secrets({"API_KEY": "seven77", "OTHER_KEY": ""}) == ()


def test_a_secret_inside_another_does_not_save_the_rest():
    hidden = ("sk-secret", "sk-secret-long-tail")
    assert redact("a sk-secret-long-tail b sk-secret", hidden) == "a [redacted] b [redacted]"


def test_every_text_of_a_document_is_redacted():
    document = {"a": ["x sk-secret"], "sk-secret": {"b": ("sk-secret", 1, None, 0.5, True)}}
    assert redact_json(document, ["sk-secret"]) == {
        "a": ["x [redacted]"],
        "[redacted]": {"b": ["[redacted]", 1, None, 0.5, True]},
    }


def test_nothing_is_replaced_by_an_empty_secret():
    assert redact("text", [""]) == "text"


@pytest.mark.parametrize(
    "fail",
    [
        "raise ValueError(key) from KeyError(key)",
        "import threading; t = threading.Thread(target=int, args=(key,)); t.start(); t.join()",
    ],
    ids=["main", "thread"],
)
def test_an_uncaught_error_is_printed_without_secrets(fail):
    program = (
        "from actmine.llm.redaction import redact_tracebacks\n"
        "key = 'sk-' + 'secret-0123'\n"
        f"redact_tracebacks([key])\n{fail}\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "[redacted]" in done.stderr
    assert "ValueError" in done.stderr
    assert "sk-secret-0123" not in done.stderr + done.stdout
