"""Every status that a candidate can come to is named, explained and coloured wherever it is."""

import json
import re
from typing import Any

import pandas as pd
import pytest

from actmine.records.status import Status
from actmine.report.costs import by_proposer
from actmine.report.lineage import nodes
from actmine.report.page import render
from actmine.report.slots import Slots, refusals, status_counts
from actmine.report.spots import records
from actmine.report.statuses import STATUSES
from actmine.tables.mutator_table import MUTATORS
from report_pages import brief
from report_slots import row, seen


@pytest.fixture(scope="module")
def slots():
    """A slot of every status, each the child of the one before; a generation each."""
    rows: list[dict[str, Any]] = []
    sources = {}
    for number, status in enumerate(Status):
        told: dict[str, Any] = {
            "status": status.value,
            "reason": f"budget: {status.name}",
            "generation": number + 1,
        }
        if status is not Status.SCORED:
            told["fitness"] = None
        parent = rows[-1]["candidate_id"] if rows else ""
        made, source = row(number, parents=parent, **told)
        if status is Status.SKIPPED:
            made["name"] = source = ""
        rows.append(made)
        sources[made["candidate_id"]] = source
    prints = {made["candidate_id"]: seen(lambda x: x) for made in rows}
    return Slots(table=pd.DataFrame(rows), sources=sources, prints=prints)


@pytest.fixture(scope="module")
def page(slots):
    line = dict.fromkeys(MUTATORS, 0) | {
        "arm": "main", "mutator": "embedded", "operator": "term", "slots": len(Status),
    }  # fmt: skip
    return render(
        brief(
            slots=slots,
            status_counts=status_counts(slots.table),
            refusals=refusals(slots),
            lineage=nodes(slots, [slots.table["candidate_id"].iloc[-1]]),
            mutators=pd.DataFrame([line]),
        )
    )


def section(page, anchor):
    return page.split(f'<h3 id="{anchor}">')[1].split("</section>")[0]


def test_every_status_has_a_word_a_meaning_and_a_colour_of_its_own():
    assert set(STATUSES) == set(Status)
    told = list(STATUSES.values())
    assert len({one.word for one in told}) == len({one.colour for one in told}) == len(Status)
    assert all(one.meaning and one.property.startswith("var(--") for one in told)


@pytest.mark.parametrize("status", Status)
def test_a_status_that_occurs_is_counted_drawn_and_explained(page, status):
    told, text = STATUSES[status], section(page, "candidates")
    swatch = f'<span class="swatch" style="background:{told.property}"></span>'
    assert f"<dt>{swatch}1 {told.word}</dt><dd>{told.meaning}</dd>" in text
    assert f'<th scope="col">{told.word}</th>' in text
    drawing = text.split("</svg>")[0]
    assert f"fill: {told.property}" in drawing
    assert f"{swatch}{told.word}: budget: {status.name}" in text


def test_a_slot_without_a_source_has_no_example(page):
    refused = section(page, "candidates").split("Why candidates were not scored")[1]
    assert refused.count("<li>") == len(Status)
    assert refused.count("<li><details>") == len(Status) - 1


@pytest.mark.parametrize("status", Status)
def test_a_function_of_the_tree_without_a_fitness_tells_its_status(page, slots, status):
    one = slots.table["candidate_id"][list(Status).index(status)]
    text = section(page, "lineage")
    node = text.split(f'data-id="{one}"')[1].split("</a>")[0]
    entry = text.split(f'id="n-{one}"')[1].split("</summary>")[0]
    if status is Status.SCORED:
        assert "<circle" not in node and re.search(r"fitness [+\N{MINUS SIGN}]", entry)
    else:
        assert f">{STATUSES[status].word}</text>" in node
        assert f"fill:{STATUSES[status].property}" in node
        assert f"· {STATUSES[status].word}</span>" in entry


def test_who_proposed_is_told_with_every_status(page, slots):
    table = section(page, "mutators").split("</table>")[0]
    heads = re.findall(r'<th scope="col">([^<]+)</th>', table)
    assert [one for one in heads if one in {told.word for told in STATUSES.values()}] == [
        told.word for told in STATUSES.values()
    ]
    line = dict.fromkeys(MUTATORS, 0) | {
        "arm": "main", "mutator": "embedded", "operator": "term",
    }  # fmt: skip
    (told,) = by_proposer(pd.DataFrame([line]), slots)
    assert told["ended"] == dict.fromkeys(Status, 1)


def test_a_point_tells_its_status_in_the_same_word(slots):
    told = records(slots, list(slots.table["candidate_id"]))
    assert [one["t"] for one in told.values()] == [STATUSES[one].word for one in Status]
    json.dumps(told)
