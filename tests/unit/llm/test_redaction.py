"""Secrets are known by the names of their variables and leave no trace in any output."""

import subprocess
import sys
import time

import pytest

from actmine.llm.redaction import redact, redact_json, secrets, strip_secrets
from key_spellings import WAYS, letters, spellings

KEYS = (
    "sk-planted-0123456789abcdef",
    "k3y/Ab9x",  # the shortest there is
    "a+b/c-d_e.f=g==",
    "7S=3ebBD-0xCafe42",  # signs that elsewhere begin an escape
    "sk-proj-" + "aZ09_-qW7x" * 16,
    "correct horse battery",
    "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----",
)


def test_names_tell_secrets():
    environ = {
        "OPENAI_API_KEY": "sk-0123456789",
        "my_token": "tok-0123456789",
        "DB_PASSWORD": "correct horse",
        "DB_PASS": "correct mule",
        "MYSQL_PASSWD": "correct donkey",
        "AWS_SECRET": "s" * 20,
        "CREDENTIALS": "c" * 8,
        "HOME": "/home/somebody",
        "GOOGLE_APPLICATION_CREDENTIALS": sys.executable,  # where they are, not what
        "PWD": "/somewhere/else",
    }
    told = set(environ.values()) - {"/home/somebody", "/somewhere/else", sys.executable}
    assert set(secrets(environ)) == told


@pytest.mark.parametrize(
    "address",
    [
        "http://user:pl%40nted-word@proxy.example:3128",
        "user:pl%40nted-word@proxy.example:3128",
        "http://pl%40nted-word@proxy.example/path",
    ],
)
def test_the_account_in_an_address_is_a_secret(address):
    hidden = secrets({"HTTPS_PROXY": address})
    for told in (address, "407 for pl%40nted-word", "407 for pl@nted-word"):
        assert "nted-word" not in redact(told, hidden)


def test_a_short_password_is_hidden_with_its_user():
    hidden = secrets({"https_proxy": "http://me:pw@proxy:3128"})
    assert redact("no proxy at http://me:pw@proxy:3128", hidden) == (
        "no proxy at http://[redacted]"
    )


def test_what_an_entry_names_for_its_key_is_a_secret_whatever_it_is_called():
    environ = {"MY_MODEL": " m-0123456789\n", "OTHER": "o-0123456789"}
    assert secrets(environ, keys=["MY_MODEL"]) == ("m-0123456789",)


def test_a_value_shorter_than_eight_characters_is_no_secret():
    assert secrets({"API_KEY": "seven77", "OTHER_KEY": ""}) == ()


def test_secrets_are_stripped_and_nothing_else():
    environ = {"API_KEY": " sk-0123456789\r\n", "GREETING": " hello\n"}
    assert secrets(environ) == ("sk-0123456789",)
    strip_secrets(environ)
    assert environ == {"API_KEY": "sk-0123456789", "GREETING": " hello\n"}


def test_a_secret_inside_another_does_not_save_the_rest():
    hidden = ("sk-secret", "sk-secret-long-tail")
    assert redact("a sk-secret-long-tail b sk-secret", hidden) == "a [redacted] b [redacted]"


@pytest.mark.parametrize("way", WAYS)
def test_a_key_is_found_however_it_is_spelled(way):
    for key in KEYS:
        told = spellings(key)[way]
        left = redact(f"Your key is ({told}), of course.", ["another-key-0123", key])
        assert "[redacted]" in left
        assert left.startswith(("Your key is (", "Your key is [redacted]"))
        assert left.endswith("), of course.")
        # What is left has no run of the key's letters: a block's filling, an escaped dot.
        half = max(4, len(letters(key)) // 2)
        for whole in (letters(key), letters(key)[::-1], key.encode().hex()):
            for first in range(len(whole) - half):
                assert whole[first : first + half] not in letters(left), key


@pytest.mark.parametrize("key", [key for key in KEYS if len(key) > 24], ids=lambda key: key[:8])
def test_a_key_that_a_server_has_cut_is_found(key):
    for part in (key[:-1], key[1:], key[: len(key) // 2 + 2], key[len(key) // 2 - 2 :]):
        left = redact(f"Your key: {part}!", [key])
        assert letters(left) == "yourkeyredacted"


def test_several_keys_are_found_in_one_text():
    told = " and ".join(way for key in KEYS for way in spellings(key).values())
    left = redact(told, KEYS)
    assert not any(letters(key)[2:-2] in letters(left) for key in KEYS)


def test_ordinary_text_and_code_stay_as_they_are():
    hidden = [*KEYS, "10000000", "1234567890", "aaaaaaaaaaaa", "functional-7", "torch-nn"]
    code = "import torch.nn.functional as F\n\n\ndef activation(x):\n    return x * 0.1000000\n"
    signs = "0.12345678 * torch.sin(x) % 0x2d, sk-proj- and %20 &amp; \\u002d <b>."
    for text in (code, signs, "A correct answer; a key, a secret."):
        assert redact(text, hidden) == text


@pytest.mark.parametrize(
    "flood",
    ["\\", "\\\\x", "%25", "%", "&amp;", "&", "&#0", "\\u{0", "<", "<a", "=", "0x", "//a@"],
)
def test_no_flood_takes_long(flood):
    """A server may send it: half a million of them would take hours in quadratic time."""
    text = flood * (100_000 // len(flood))
    began = time.process_time()
    assert redact(f"a{text}!", KEYS) == f"a{text}!"
    assert time.process_time() - began < 5


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
        "import warnings; warnings.warn('ValueError ' + key)",
        "import logging; logging.error('ValueError %r', key + chr(10))",
        "sys.stderr.write('ValueError ' + key[:8]); sys.stderr.write(key[8:])",
        "print('ValueError', key.encode().hex(), flush=True)",
        "sys.exit('ValueError ' + key)",
    ],
    ids=["main", "thread", "warning", "log", "halves", "output", "exit"],
)
def test_whatever_is_printed_has_no_secrets(fail):
    program = (
        "import sys\n"
        "from actmine.llm.redaction import redact_output\n"
        "key = 'sk-' + 'secret-0123'\n"
        f"redact_output([key])\n{fail}\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stderr + done.stdout
    assert "[redacted]" in said
    assert "ValueError" in said
    assert "secret-0123" not in said and b"secret-0123".hex() not in said
