"""Measures functions on one benchmark: static gate, store, a child of its own, scoring."""

import hashlib
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from actmine import code_hash
from actmine.files import canonical_json
from actmine.gate.static import Refusal, admit
from actmine.records.candidate import candidate_id
from actmine.records.rows import read_record, write_record
from actmine.records.status import Status, require_step
from actmine.sandbox.host import Reply, Sandbox
from actmine.sandbox.layers import Limits
from actmine.transfer import handlers
from actmine.transfer.benchmark import VAL, Benchmark, Data, Training
from actmine.transfer.job import PREDICTED, Job, answer_name, request_arrays
from actmine.transfer.outcome import Outcome
from actmine.transfer.scoring import higher_is_better, score
from actmine.transfer.settings import TransferSettings

_WALL_PER_CPU = 4  # a machine may be shared by this many before its clock ends a training


class TransferLab:
    """A warm sandbox with the data of one benchmark; a context manager.

    Args:
        benchmark: what to train on.
        data: its data, and `data_hash` their content.
        settings: of the measurement.
        kept: folder of the store.
    """

    def __init__(
        self,
        benchmark: Benchmark,
        data: Data,
        *,
        data_hash: str,
        settings: TransferSettings,
        kept: Path,
    ) -> None:
        self.benchmark, self.data, self.data_hash = benchmark, data, data_hash
        self.settings, self.kept = settings, kept
        self._arrays = request_arrays(data)
        # Started by the first fit: a shard whose work is all kept pays for none.
        self._sandbox = Sandbox(handlers, isolation=settings.isolation)
        self._limits = Limits(
            memory_mb=settings.memory_mb,
            cpu_s=settings.cpu_s,
            wall_s=60 + _WALL_PER_CPU * settings.cpu_s,
            watch_resident=settings.device == "cuda",
        )

    def __enter__(self) -> "TransferLab":
        return self

    def __exit__(self, *exception: Any) -> None:
        self._sandbox.close()

    def measure(self, source: str, *, seed: int) -> Outcome:
        """One function's outcome; whatever it does, there is one.

        Raises:
            SandboxError: the sandbox itself does not work.
        """
        try:
            admit(source)
        except Refusal as refusal:
            return self._unscored(source, seed, Status.REJECTED, str(refusal))
        path = self._path(source, seed)
        if path.exists():
            return read_record(path, Outcome)
        tried = [self._train(source, seed, rate) for rate in self.settings.learning_rates]
        outcome = _best(tried, higher=higher_is_better(self.data))
        write_record(path, outcome)
        return outcome

    def _path(self, source: str, seed: int) -> Path:
        parts = {
            "candidate": candidate_id(source),
            "data": self.data_hash,
            "training": asdict(self._training),
            "learning_rates": self.settings.learning_rates,
            "seed": seed,
            "device": self.settings.device,
            "code": code_hash.digest(Path(__file__)),
        }
        address = hashlib.sha256(canonical_json(parts).encode()).hexdigest()
        return self.kept / address[:2] / f"{address}.json"

    @property
    def _training(self) -> Training:
        return self.benchmark.training[self.settings.tier]

    def _train(self, source: str, seed: int, multiple: float) -> Outcome:
        training = self._training
        job = Job(
            network=training.network,
            settings={**training.settings, **self.data.network},
            outputs={name: output.kind.value for name, output in self.data.outputs.items()},
            steps=training.steps,
            batch=training.batch,
            learning_rate=training.learning_rate * multiple,
            weight_decay=training.weight_decay,
            seed=seed,
            device=self.settings.device,
        )
        reply = self._ask(job.header(source))
        if reply.timed_out:
            reply = self._ask(job.header(source))  # once more: the machine may have been busy
        return self._outcome(source, job, reply)

    def _ask(self, header: dict[str, Any]) -> Reply:
        return self._sandbox.run(header, self._arrays, limits=self._limits)

    def _outcome(self, source: str, job: Job, reply: Reply) -> Outcome:
        if not reply.ok:
            status = Status.TIMEOUT if reply.timed_out else Status.FAILED
            return self._unscored(source, job.seed, status, reply.reason, reply)
        try:
            scores = {split: self._score(split, reply) for split in PREDICTED}
        except ValueError as error:
            return self._unscored(source, job.seed, Status.FAILED, str(error), reply)
        require_step(Status.ACCEPTED, Status.SCORED)
        return Outcome(
            **self._common(source, job.seed, reply),
            status=Status.SCORED,
            scores=scores,
            learning_rate=job.learning_rate,
            rates={f"{job.learning_rate:g}": scores[VAL]},
            cpu_capability=str(reply.header.get("cpu_capability", ""))[:40],
        )

    def _score(self, split: str, reply: Reply) -> float:
        """From the child's raw predictions, which are to be distrusted."""
        predicted = [
            {
                name: reply.arrays[key]
                for name in self.data.outputs
                if (key := answer_name(split, number, name)) in reply.arrays
            }
            for number in range(len(self.data.splits[split]))
        ]
        return score(self.data, split, predicted)

    def _unscored(
        self, source: str, seed: int, status: Status, reason: str, reply: Reply | None = None
    ) -> Outcome:
        require_step(Status.ACCEPTED, status)
        return Outcome(
            **self._common(source, seed, reply),
            status=status,
            reason=reason,
            machine_dependent=status is Status.TIMEOUT,
        )

    def _common(self, source: str, seed: int, reply: Reply | None) -> dict[str, Any]:
        timings = {}
        if reply is not None:
            timings = {"cpu_s": reply.cpu_s, "wall_s": reply.wall_s, "peak_mb": reply.peak_mb}
        return {
            "candidate_id": candidate_id(source),
            "benchmark": self.benchmark.name,
            "data_hash": self.data_hash,
            "seed": seed,
            "layers": {} if reply is None else reply.layers,
            "timings": {name: round(value, 3) for name, value in timings.items()},
        }


def _best(tried: list[Outcome], *, higher: bool) -> Outcome:
    """The rate with the best validation score, the first of equals; test scores decide nothing.

    Without any score, the first failure.
    """
    scored = [one for one in tried if one.status is Status.SCORED]
    if not scored:
        return tried[0]
    sign = 1 if higher else -1
    best = max(scored, key=lambda one: sign * one.scores[VAL])
    total = {
        name: round(sum(one.timings[name] for one in tried), 3) for name in ("cpu_s", "wall_s")
    }
    total["peak_mb"] = max(one.timings["peak_mb"] for one in tried)
    rates = {rate: value for one in scored for rate, value in one.rates.items()}
    return replace(best, rates=rates, timings=total)
