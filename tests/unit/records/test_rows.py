"""Every record survives its file, byte by byte, and what is no such record is refused."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actmine.evolution.bandit import Returns
from actmine.evolution.population import (
    Addition,
    Credit,
    Elite,
    Population,
    Promise,
    Refinement,
    from_json,
    rank,
    to_json,
)
from actmine.files import canonical_json, json_text, write_json, write_jsonl
from actmine.lab.fitness import Contribution, FamilyLoss
from actmine.mutation.adaptation import OperatorCredit
from actmine.mutation.parameters import Constant
from actmine.mutation.tuning import Measured, TuningState
from actmine.records.advice import Advice
from actmine.records.candidate import Coupling, Failure
from actmine.records.evaluation import Evaluation, Rung
from actmine.records.listed import Listed
from actmine.records.proposal import VERDICTS, Attempt, Kind, Proposal
from actmine.records.rows import (
    from_row,
    read_record,
    read_records,
    to_row,
    write_record,
    write_records,
)
from actmine.records.slot import Slot
from actmine.records.status import Status
from actmine.records.threshold import Threshold
from actmine.records.training import MEASURED
from actmine.records.tried import Tried
from actmine.settings.run_plan import Plan
from actmine.transfer.outcome import Outcome
from actmine.transfer.settings import TransferSettings
from evolution_records import elite, evaluation, proposal

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
NUMBERS = FLOATS | st.integers(-5, 5)  # as a source may spell them
TABLES = st.lists(st.lists(NUMBERS, min_size=1, max_size=3).map(tuple), min_size=1, max_size=3)
RATIOS = st.floats(0, 1e9)
TEXTS = st.text(max_size=6)
SLOTS = st.builds(Slot)


def tuples(one, **limits):
    return st.lists(one, max_size=3, **limits).map(tuple)


TABLE = TABLES.map(tuple)
RUNGS = tuples(st.builds(Rung, id=TABLE, ood=TABLE) | st.builds(Rung), min_size=1)


@st.composite
def evaluations(draw):
    status = draw(st.sampled_from(sorted(MEASURED)))
    scored = status is Status.SCORED
    return Evaluation(
        candidate_id=draw(TEXTS),
        status=status,
        suite=draw(TEXTS),
        suite_hash=draw(TEXTS),
        replicates=draw(tuples(st.integers())),
        slot=draw(st.none() | SLOTS),
        reason="" if scored else "it broke",
        curve=draw(st.just(()) | TABLE),
        rungs=draw(RUNGS),
        layers=draw(st.dictionaries(TEXTS, TEXTS, max_size=2)),
        machine_dependent=draw(st.booleans()),
        timings=draw(st.dictionaries(TEXTS, FLOATS, max_size=2)),
        **({region: draw(TABLE) for region in ("train", "id", "ood")} if scored else {}),
    )


ADVICE = st.builds(Advice, text=st.just(""), reason=st.just("why"), usd=NUMBERS)


@st.composite
def proposals(draw):
    status = draw(st.sampled_from(sorted(VERDICTS)))
    kind = draw(st.sampled_from(Kind))
    return draw(
        st.builds(
            Proposal,
            slot=SLOTS,
            status=st.just(status),
            kind=st.just(kind),
            repeat=st.just(0 if kind is Kind.NEW else 2),
            reason=st.just("" if status is Status.ACCEPTED else "why"),
            source=TEXTS,
            formula=TEXTS,
            parents=tuples(TEXTS),
            flops=NUMBERS,
            coupling=st.sampled_from(Coupling),
            fingerprint=st.just("print"),
            attempts=tuples(st.builds(Attempt, usd=NUMBERS)),
            thresholds=tuples(st.builds(Threshold, steps=st.just(3), fitness=FLOATS)),
            advice=st.none() | ADVICE,
        )
    )


ELITES = st.builds(
    Elite,
    fitness=FLOATS,
    standard_error=NUMBERS,
    id_ratio=FLOATS,
    flops=NUMBERS,
    contributions=tuples(st.builds(Contribution, share=FLOATS, fitness=FLOATS)),
    families=tuples(st.builds(FamilyLoss, train=RATIOS, id=RATIOS, ood=RATIOS)),
    scores=st.just(()) | TABLE,
    rungs=tuples(st.tuples(st.integers(1, 9), NUMBERS)),
    newcomer_fitness=st.none() | FLOATS,
)
TUNING = st.builds(
    TuningState,
    batch=st.integers(3, 9),
    constants=st.builds(Constant, index=st.just(0), value=st.sampled_from([2, -0.5])).map(
        lambda one: (one,)
    ),
    measured=tuples(
        st.builds(Measured, values=st.tuples(NUMBERS), fitness=st.none() | NUMBERS)
    ),
)
POPULATIONS = st.builds(
    Population,
    elites=st.lists(ELITES, max_size=3, unique_by=lambda one: one.candidate_id).map(
        lambda found: tuple(sorted(found, key=rank))
    ),
    history=tuples(TEXTS, unique=True),
    failures=tuples(st.builds(Failure)),
    credit=tuples(st.builds(Credit)),
    additions=tuples(st.builds(Addition)),
    operators=tuples(st.builds(OperatorCredit, children=st.just(4), improved=st.just(1))),
    refinement=st.builds(Refinement, state=st.none() | TUNING, done=tuples(TEXTS)),
    pool=tuples(ELITES),
    returns=tuples(st.builds(Returns, gain=NUMBERS, usd=NUMBERS)),
    tried=tuples(
        st.builds(Tried, fitness=st.none() | NUMBERS, gain=st.none() | NUMBERS, steps=st.none())
    ),
    promising=st.just(()) | st.tuples(st.builds(Promise, fitness=NUMBERS, state=TUNING)),
    advice=st.none() | ADVICE,
)
SCORES = st.dictionaries(TEXTS, FLOATS, min_size=1, max_size=2)
RECORDS = {
    Evaluation: evaluations(),
    Proposal: proposals(),
    Listed: st.builds(Listed, flops=st.none() | NUMBERS, coupling=st.sampled_from(Coupling)),
    Population: POPULATIONS,
    Outcome: st.builds(
        Outcome,
        status=st.just(Status.SCORED),
        scores=SCORES,
        learning_rate=NUMBERS,
        rates=SCORES,
    ),
    Plan: st.builds(Plan, started=FLOATS, usd=st.none() | NUMBERS, tokens=st.integers()),
    TransferSettings: st.builds(
        TransferSettings,
        learning_rates=tuples(NUMBERS),
        folders=st.dictionaries(TEXTS, TEXTS, max_size=2),
        cpu_s=NUMBERS,
    ),
}
OUTCOME = Outcome(
    candidate_id="c1",
    benchmark="co2",
    data_hash="0",
    seed=0,
    status=Status.FAILED,
    reason="it broke",
)
VERSIONED = [
    evaluation(proposal(0)),
    proposal(0),
    Population(generation=0, island=0, elites=(elite("c1", 0.5),), history=()),
    OUTCOME,
    Plan(generations=3, started=0.5),
]


@pytest.mark.parametrize("kind", RECORDS)
@given(data=st.data())
def test_every_record_survives_its_file_and_gives_the_same_bytes_again(kind, data):
    one = data.draw(RECORDS[kind])
    told = canonical_json(to_row(one))
    again = from_row(json.loads(told), kind)
    assert again == one
    assert canonical_json(to_row(again)) == told


def test_an_optional_field_stands_in_a_row_only_where_it_says_something():
    plain = proposal(0)
    assert "formula" not in to_row(plain)
    assert to_row(replace(plain, formula="x"))["formula"] == "x"


@given(island=POPULATIONS, before=st.lists(TEXTS, unique=True, max_size=4))
def test_a_population_tells_of_its_history_what_was_not_told_before(island, before):
    history = (*before, *(one for one in island.history if one not in before))
    remembering = replace(island, history=history)
    row = json.loads(json_text(to_json(remembering, before=before)))
    assert row["first_seen"] == list(history[len(before) :])
    assert from_json(row, before=before) == remembering


@pytest.mark.parametrize("one", VERSIONED, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("step", [-1, 1, None])
def test_another_schema_version_is_refused_with_the_remedy(one, step):
    row = to_row(one)
    version = row["schema_version"]
    row["schema_version"] = other = None if step is None else version + step
    told = f"schema version {other}, not {version}; use the actmine that wrote it"
    with pytest.raises(ValueError, match=f"^{type(one).__name__}.*: {told}$"):
        from_row(row, type(one))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"status": "fine"}, "status: 'fine' is not a valid Status"),
        ({"reason": None}, "reason: None is no str"),
        ({"machine_dependent": 1}, "machine_dependent: 1 is no bool"),
        ({"replicates": [0, True]}, r"replicates\[1\]: True is no int"),
        ({"timings": {"cpu_s": "1"}}, r"timings\['cpu_s'\]: '1' is no float"),
        ({"curve": [["1.0"]]}, "curve: a value of the table is no number"),
        ({"curve": 3}, "curve: 'int' object is not iterable"),
        ({"rungs": [3]}, r"rungs\[0\]: 3 is no object"),
        ({"rungs": [{"steps": 1, "wood": 2}]}, r"rungs\[0\]: unknown wood"),
        ({"losses": {"train": [[1.0]], "id": [[1.0]]}}, "ood losses if scored, else none"),
        ({"colour": "red", "taste": 1}, "unknown colour, taste"),
    ],
)
def test_a_bad_row_is_refused_with_its_name_and_its_field(changes, told):
    one = evaluation(proposal(0))
    with pytest.raises(ValueError, match=f"^Evaluation {one.candidate_id}: .*{told}$"):
        from_row({**json.loads(json_text(to_row(one))), **changes}, Evaluation)


@pytest.mark.parametrize("key", ["status", "suite", "losses"])
def test_a_missing_key_is_named(key):
    row = to_row(evaluation(proposal(0)))
    del row[key]
    with pytest.raises(ValueError, match=f"'{key}' is missing"):
        from_row(row, Evaluation)


@pytest.mark.parametrize("row", [None, [], "c1", 3])
def test_what_is_no_object_is_no_record(row):
    with pytest.raises(ValueError, match=r"Evaluation: .* is no JSON object"):
        from_row(row, Evaluation)


def test_rows_from_before_there_were_rungs_have_none():
    measured, proposed = to_row(evaluation(proposal(0))), to_row(proposal(0))
    del measured["rungs"], proposed["thresholds"]
    assert from_row(measured, Evaluation).rungs == ()
    assert from_row(proposed, Proposal).thresholds == ()


def test_a_proposal_whose_source_was_changed_is_refused():
    row = {**to_row(proposal(0)), "source": "def activation(x):\n    return x"}
    with pytest.raises(ValueError, match=r"candidate_id: the other fields give c\w+, not c"):
        from_row(row, Proposal)


def test_a_bad_line_is_named_with_its_file(tmp_path):
    path = tmp_path / "proposals.jsonl"
    good = [proposal(0), proposal(1)]
    write_records(path, good)
    assert read_records(path, Proposal) == good
    write_jsonl(path, [to_row(good[0]), {**to_row(good[1]), "flops": "many"}])
    with pytest.raises(ValueError, match=r"proposals\.jsonl, line 2: .*flops: 'many' is no"):
        read_records(path, Proposal)


def test_a_bad_document_is_named_with_its_file(tmp_path):
    path = tmp_path / "outcome.json"
    write_record(path, OUTCOME)
    assert read_record(path, Outcome) == OUTCOME
    write_json(path, {**to_row(OUTCOME), "seed": 0.5})
    with pytest.raises(ValueError, match=r"outcome\.json: Outcome c1: seed: 0\.5 is no int"):
        read_record(path, Outcome)


def test_sandboxed_processes_pay_for_no_converter():
    rooms = ("gate", "lab", "champion", "transfer")
    modules = ", ".join(f"actmine.{room}.handlers" for room in rooms)
    path = f"import sys; sys.path[:0] = {[each for each in sys.path if each]!r}"
    code = f"{path}; import {modules}; sys.exit('cattrs' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
