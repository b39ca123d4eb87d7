"""A document says one thing of each key, in numbers that JSON has, and its file is named."""

import json
from dataclasses import asdict, dataclass

import pytest

from actmine.files import (
    ContentError,
    json_rows_text,
    json_text,
    parse_json,
    read_json,
    read_jsonl,
)
from actmine.yaml_text import parse_yaml

WRONG = {
    '{"a": 1, "b": {"c": 1, "c": 2}}': "the key 'c' stands twice",
    '{"a": 1, "a": 1}': "the key 'a' stands twice",
    '{"a": NaN}': "NaN is no number of JSON",
    '{"a": [-Infinity]}': "-Infinity is no number of JSON",
    "[" * 100_000: "nested too deeply",
    '{"a": ': "Expecting value",
    '{"a": "\udcff"}': "can't decode byte",
}


@pytest.mark.parametrize("text", WRONG, ids=list(WRONG.values()))
def test_a_document_that_cannot_be_meant_is_refused_by_file_and_reason(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ValueError, match=rf"a\.json: not valid JSON \(.*{WRONG[text]}"):
        read_json(path)
    path.write_bytes(b"{}\n" + path.read_bytes())
    with pytest.raises(ValueError, match=rf"a\.json, line 2: not valid JSON \(.*{WRONG[text]}"):
        list(read_jsonl(path))


@pytest.mark.parametrize("text", ["[]", "5", "null", '"x"', '[{"a": 1}, 5]'])
def test_a_file_holds_objects(tmp_path, text):
    path = tmp_path / "a.json"
    for good in ('{"a": 1}', "{}", '[{"a": 1}, {}]'):
        path.write_text(good)
        assert read_json(path) == json.loads(good)
    path.write_text(text)
    with pytest.raises(ContentError, match=r"a\.json: .* is no JSON object; delete the file"):
        read_json(path)
    path.write_text("{}\n" + text)
    with pytest.raises(ContentError, match=r"a\.json, line 2: .* is no JSON object"):
        list(read_jsonl(path))


def test_a_key_that_is_missing_is_named_with_its_file_at_any_depth(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"a": [{"b": 1}]}')
    value = read_json(path)
    assert value == {"a": [{"b": 1}]} and value.get("c") is None and "c" not in value
    with pytest.raises(ContentError, match=r"a\.json: 'c' is missing; delete the file and run"):
        value["a"][0]["c"]
    (row,) = read_jsonl(path)
    with pytest.raises(ContentError, match=r"a\.json, line 1: 'b' is missing"):
        row["b"]


def test_equal_keys_in_different_objects_are_two_keys():
    text = '{"a": [{"a": 1}, {"a": 2}], "A": {"a": null}}'
    assert parse_json(text) == json.loads(text)


@pytest.mark.parametrize("text", ["a: 1\nb: 2\na: 1\n", "b: {a: 1, a: 2}", "- {a: , a: }"])
def test_a_key_that_stands_twice_in_yaml_is_refused(text):
    with pytest.raises(ValueError, match="the key 'a' stands twice"):
        parse_yaml(text)


def test_aliases_of_aliases_come_to_an_end():
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    with pytest.raises(ValueError, match="more than 1,000,000 values"):
        parse_yaml(f"a0: &a0 [1]\n{levels}")


def test_what_is_merged_may_be_overridden():
    text = "low: &low {a: 1, b: 1}\nhigh: {<<: *low, b: 2}\n"
    assert parse_yaml(text) == {"low": {"a": 1, "b": 1}, "high": {"a": 1, "b": 2}}


def test_rows_are_told_as_any_document_is():
    rows = [
        {"b": 1.5e-7, "a": 'x,\n "y": [1, {2}]\u2028ä', "c": None},
        {"a": True, "b": 10**20, "": ""},
    ]
    assert json_rows_text(rows) == json_text(rows)
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_rows_text([{"a": float("nan")}])


@dataclass
class Holder:
    held: dict


def test_objects_of_a_file_can_be_copied_as_any_can(tmp_path):
    path = tmp_path / "one.json"
    path.write_text('{"outer": {"inner": 1}}')
    found = read_json(path)
    copied = asdict(Holder(found))["held"]
    assert copied == found == {"outer": {"inner": 1}}
    with pytest.raises(ContentError, match=r"one.json: 'other' is missing"):
        found["outer"]["other"]
    with pytest.raises(KeyError, match="other"):
        copied["outer"]["other"]
