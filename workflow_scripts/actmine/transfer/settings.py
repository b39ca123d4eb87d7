"""What a transfer measurement is asked to do, as its folder keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from actmine.settings.sections import Settings
from actmine.transfer.benchmark import Tier


@dataclass(frozen=True, kw_only=True)
class TransferSettings:
    """The part of a configuration that decides the figures.

    Attributes:
        tier: how large the measurement is.
        benchmarks: names, in order.
        seeds: trainings of a function on a benchmark; the same for every function.
        first_seed: of them.
        learning_rates: multiples of the benchmark's own rate; of several, the best on the
            validation split is taken, for each function and seed.
        folders: where users keep data sets, by benchmark.
        device: `cpu` or `cuda`.
        memory_mb, cpu_s: what one training may use.
        isolation: the sandbox's profile.
    """

    tier: Tier
    benchmarks: tuple[str, ...]
    seeds: int
    first_seed: int
    learning_rates: tuple[float, ...]
    folders: Mapping[str, str]
    device: str
    memory_mb: int
    cpu_s: float
    isolation: str

    @property
    def places(self) -> dict[str, Path]:
        """The folders as paths."""
        return {name: Path(folder) for name, folder in self.folders.items()}


def from_config(config: Settings, benchmarks: tuple[str, ...]) -> TransferSettings:
    """The settings that a resolved configuration asks for."""
    chosen = config.transfer
    return TransferSettings(
        tier=Tier(chosen.tier),
        benchmarks=benchmarks,
        seeds=chosen.seeds,
        first_seed=1000 * config.seed,
        learning_rates=tuple(float(rate) for rate in chosen.learning_rates),
        folders={name: folder for name, folder in chosen.folders.items() if folder},
        device=chosen.device,
        memory_mb=chosen.memory_mb,
        cpu_s=float(chosen.cpu_s),
        isolation=config.sandbox.isolation,
    )
