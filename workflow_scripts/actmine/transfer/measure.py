"""Measures functions on one benchmark: static gate, store, a child of its own, scoring."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from actmine.gate.patience import patiently
from actmine.gate.static import Refusal, admit
from actmine.lab import store, trial
from actmine.records.status import Status
from actmine.records.training import CPU
from actmine.sandbox.host import Sandbox
from actmine.sandbox.protocol import ProtocolError
from actmine.sandbox.reply import Reply
from actmine.transfer import handlers
from actmine.transfer.benchmark import Benchmark, Data
from actmine.transfer.card import OnCard
from actmine.transfer.job import PREDICTED, Job, answer_name, request_arrays
from actmine.transfer.outcome import Outcome
from actmine.transfer.parts import VAL
from actmine.transfer.scoring import higher_is_better, score
from actmine.transfer.settings import TransferSettings


class TransferLab:
    """A warm sandbox with the data of one benchmark; a context manager.

    Attributes:
        device: the card on which it trains, or `cpu`.

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
        self._limits = trial.training_limits(memory_mb=settings.memory_mb, cpu_s=settings.cpu_s)
        self._card: OnCard | None = None
        if settings.device != CPU:
            work = data_hash, self._arrays
            self._card = OnCard(
                self._job(0, 1.0), work, isolation=settings.isolation, limits=self._limits
            )
        self.device = self._card.device if self._card else CPU

    def __enter__(self) -> "TransferLab":
        return self

    def __exit__(self, *exception: Any) -> None:
        self._sandbox.close()
        if self._card is not None:
            self._card.close()

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
        # Another invocation may have other limits, and what is kept is taken as it is.
        if outcome.is_scored and not any(one.machine_dependent for one in tried):
            store.write(self.kept, address, outcome)
        return outcome

    def _address(self, source: str, seed: int) -> str:
        parts = {
            "data": self.data_hash,
            "training": asdict(self._training),
            "learning_rates": self.settings.learning_rates,
            "seed": seed,
            "device": self.device,
        }
        return store.address(source, parts, measured_by=Path(__file__))

    def _job(self, seed: int, multiple: float) -> Job:
        training = self._training
        return Job(
            **{
                **vars(training),
                "settings": {**training.settings, **self.data.network},
                "learning_rate": training.learning_rate * multiple,
            },
            outputs={name: output.kind.value for name, output in self.data.outputs.items()},
            seed=seed,
        )

    def _train(self, source: str, seed: int, multiple: float) -> Outcome:
        job = self._job(seed, multiple)

        def ask(asked: str) -> Reply:
            if self._card is not None and self.device != CPU:
                return self._card.fit(asked, job)
            return self._sandbox.run(job.header(asked), self._arrays, limits=self._limits)

        def scores(reply: Reply) -> dict[str, Any]:
            values = self._scores(reply)
            rates = {f"{job.learning_rate:g}": values[VAL]}
            return {"scores": values, "learning_rate": job.learning_rate, "rates": rates}

        reply = patiently(ask, source)
        if trial.UNTRACEABLE in reply.header:
            remedy = "transfer.device: cpu trains all functions on processors"
            return self._outcome(trial.untraceable(source, reply, remedy), seed)
        return self._outcome(trial.result(source, reply, scores), seed)

    def _scores(self, reply: Reply) -> dict[str, float]:
        """By split, from the child's raw predictions, which are to be distrusted."""
        named = {
            split: [
                {name: answer_name(split, number, name) for name in self.data.outputs}
                for number in range(len(self.data.splits[split]))
            ]
            for split in PREDICTED
        }
        asked = {key for parts in named.values() for part in parts for key in part.values()}
        if reply.arrays.keys() != asked:
            raise ProtocolError("the reply has predictions of other parts than were asked for")
        return {
            split: score(
                self.data,
                split,
                [{name: reply.arrays[key] for name, key in part.items()} for part in parts],
            )
            for split, parts in named.items()
        }

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
