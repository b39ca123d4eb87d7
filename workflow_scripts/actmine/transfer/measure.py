"""Measures functions on one benchmark: static gate, store, a child of its own, scoring."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from actmine.gate.static import Refusal, admit
from actmine.lab import store, trial
from actmine.records.status import Status
from actmine.sandbox.host import Reply, Sandbox, patiently
from actmine.transfer import handlers
from actmine.transfer.benchmark import Benchmark, Data
from actmine.transfer.job import PREDICTED, Job, answer_name, request_arrays
from actmine.transfer.outcome import Outcome
from actmine.transfer.parts import VAL
from actmine.transfer.scoring import higher_is_better, score
from actmine.transfer.settings import TransferSettings


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
        self._training = benchmark.training[settings.tier]
        self._arrays = request_arrays(data.splits)
        # Started by the first fit: a shard whose work is all kept pays for none.
        self._sandbox = Sandbox(handlers, isolation=settings.isolation)
        self._limits = trial.training_limits(
            memory_mb=settings.memory_mb,
            cpu_s=settings.cpu_s,
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
            rejected = trial.without_scores(source, Status.REJECTED, str(refusal))
            return self._outcome(rejected, seed)
        address = self._address(source, seed)
        if kept := store.read(self.kept, address, Outcome):
            return kept
        tried = [self._train(source, seed, rate) for rate in self.settings.learning_rates]
        outcome = _best(tried, higher=higher_is_better(self.data))
        store.write(self.kept, address, outcome)
        return outcome

    def _address(self, source: str, seed: int) -> str:
        parts = {
            "data": self.data_hash,
            "training": asdict(self._training),
            "learning_rates": self.settings.learning_rates,
            "seed": seed,
            "device": self.settings.device,
        }
        return store.address(source, parts, measured_by=Path(__file__))

    def _train(self, source: str, seed: int, multiple: float) -> Outcome:
        training = self._training
        job = Job(
            **{
                **vars(training),
                "settings": {**training.settings, **self.data.network},
                "learning_rate": training.learning_rate * multiple,
            },
            outputs={name: output.kind.value for name, output in self.data.outputs.items()},
            seed=seed,
            device=self.settings.device,
        )
        header = job.header(source)
        reply = patiently(lambda: self._sandbox.run(header, self._arrays, limits=self._limits))

        def scores(reply: Reply) -> dict[str, Any]:
            values = {split: self._score(split, reply) for split in PREDICTED}
            rates = {f"{job.learning_rate:g}": values[VAL]}
            return {"scores": values, "learning_rate": job.learning_rate, "rates": rates}

        return self._outcome(trial.result(source, reply, scores), seed)

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

    def _outcome(self, fields: dict[str, Any], seed: int) -> Outcome:
        name = self.benchmark.name
        return Outcome(**fields, benchmark=name, data_hash=self.data_hash, seed=seed)


def _best(tried: list[Outcome], *, higher: bool) -> Outcome:
    """The rate with the best validation score, the first of equals; test scores decide nothing.

    Without any score, the first failure.
    """
    scored = [outcome for outcome in tried if outcome.status is Status.SCORED]
    if not scored:
        return tried[0]
    sign = 1 if higher else -1
    best = max(scored, key=lambda outcome: sign * outcome.scores[VAL])
    total = {
        name: round(sum(outcome.timings[name] for outcome in tried), 3)
        for name in ("cpu_s", "wall_s")
    }
    total["peak_mb"] = max(outcome.timings["peak_mb"] for outcome in tried)
    rates = {rate: value for outcome in scored for rate, value in outcome.rates.items()}
    return replace(best, rates=rates, timings=total)
