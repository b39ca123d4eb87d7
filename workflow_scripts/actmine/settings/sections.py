"""The configuration as frozen records. What keys mean, and defaults: config/schema.yaml."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import inf
from typing import Any, Literal

from actmine.settings.models import BudgetSettings, MutationSettings
from actmine.settings.networks import NetworkSettings
from actmine.settings.suites import TaskSettings

Overrides = Mapping[str, Any]  # a part of a configuration as it was written


@dataclass(frozen=True, kw_only=True)
class DeviceSettings:
    """Where networks are trained.

    Attributes:
        device: processors, cards, or cards where there are any.
        side_by_side: functions that are trained on a card at a time.
    """

    device: Literal["cpu", "cuda", "auto"]
    side_by_side: int


@dataclass(frozen=True, kw_only=True)
class LabSettings(NetworkSettings, DeviceSettings):
    """The lab of the search.

    Attributes:
        replicates: networks per task that differ in initial weights and minibatches.
    """

    replicates: int

    @property
    def networks(self) -> dict[str, Any]:
        """The keys of what is trained, without where that is done and how often."""
        return {field.name: getattr(self, field.name) for field in fields(NetworkSettings)}


@dataclass(frozen=True, kw_only=True)
class Target:
    """What the search is paid for.

    Attributes:
        region: the inputs whose loss counts.
        weights: of a family's tasks; one that is not named weighs 1.
    """

    region: Literal["ood", "id"]
    weights: Mapping[str, float]

    @property
    def region_name(self) -> str:
        """For people."""
        return {"ood": "out-of-distribution", "id": "in-distribution"}[self.region]


@dataclass(frozen=True, kw_only=True)
class FitnessSettings:
    """How losses become one number. [ours]; the paper does not say how it aggregates.

    Attributes:
        aggregation: mean over tasks of the log loss ratio to the reference, or of the
            plain loss with its sign turned (the paper's probable choice).
        epsilon: added to both losses of a ratio, against targets that vanish outside.
        clip: largest absolute log ratio that one task may contribute.
        id_guard: the in-distribution loss may be this many times the reference's.
        mixed_devices: losses from one device are compared with those from another.
    """

    aggregation: Literal["mean_log_ratio", "mean_loss"]
    target: Target
    epsilon: float
    clip: float
    id_guard: float
    mixed_devices: bool

    @property
    def weighted(self) -> bool:
        """Whether means over tasks are weighted ones."""
        return not set(self.target.weights.values()) <= {1.0}

    @property
    def meaning(self) -> str:
        """What the number is, in words that follow "the"."""
        weighed = "weighted " if self.weighted else ""
        if self.aggregation == "mean_loss":
            return f"{weighed}mean {self.target.region_name} loss, negated"
        loss = f"ReLU's {self.target.region_name} loss to the function's"
        return f"{weighed}mean log ratio of {loss}"

    @property
    def limit(self) -> float:
        """The largest absolute mean that one task may contribute."""
        return self.clip if self.aggregation == "mean_log_ratio" else inf


@dataclass(frozen=True, kw_only=True)
class GateSettings:
    """What a candidate must keep to before it is trained.

    Attributes:
        max_flops: compute budget, FLOPs per input element.
        batch_coupled: functions that read the whole batch rank apart; `allow` lets one
            become champion, `flag` does not, `reject` refuses them at the gate.
    """

    max_flops: float
    batch_coupled: Literal["allow", "flag", "reject"]


@dataclass(frozen=True, kw_only=True)
class SandboxSettings:
    """What a candidate's process may use; limits of time are of the CPU's."""

    isolation: Literal["strict", "container", "gate-only"]
    memory_mb: int
    timeout_factor: float
    timeout_s: float


@dataclass(frozen=True, kw_only=True)
class Rung:
    """Stops a fit that is more than `margin` below the `keep`-th best elite after `steps`."""

    steps: int
    keep: int
    margin: float


@dataclass(frozen=True, kw_only=True)
class SearchSettings:
    """The evolution; see the schema for each key."""

    seed: int | None
    generations: int
    islands: int
    migration_every: int | None
    reset_every: int | None
    strategy: Literal["evolution", "best_of_n", "random_search"]
    candidates_per_island: int
    seeds: tuple[str, ...]
    allow_paper_seeds: bool
    elites: int
    per_niche: int | None
    evidence: float
    specialists: int
    remeasure_slots: int
    rotate_every: int | None
    immigrants: float
    ladder: tuple[Rung, ...]


@dataclass(frozen=True, kw_only=True)
class ValidationSettings:
    """The measurement on tasks that the search never saw; see the schema for each key."""

    fresh: int
    replicates: int
    finalists: int
    contrast: int
    leaders: int
    robustness: Mapping[str, Overrides]
    catalog: tuple[str, ...] | None


@dataclass(frozen=True, kw_only=True)
class BenchmarkSettings:
    """Benchmarks on real data; see the schema for each key."""

    tier: Literal["smoke", "offline", "full"]
    benchmarks: tuple[str, ...] | None
    clrs_algorithms: tuple[str, ...] | None
    catalog: tuple[str, ...]
    mined: Literal["champion", "finalists", "none"]
    files: tuple[str, ...]
    seeds: int
    learning_rates: tuple[float, ...]
    folders: Mapping[str, str | None]
    device: Literal["cpu", "cuda"]
    memory_mb: int
    cpu_s: float
    functions_per_job: int


@dataclass(frozen=True, kw_only=True)
class ExternalSettings:
    """Suites of tasks that others wrote; see the schema for each key."""

    tier: Literal["full", "smoke"]
    suites: tuple[str, ...] | None
    catalog: tuple[str, ...] | None
    mined: bool
    files: tuple[str, ...]
    draws: int
    functions_per_job: int


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A whole configuration, complete and checked, of a run or as one of its arms sees it."""

    run: str
    preset: str | None
    results: str
    accept_code_change: bool
    container: str | None
    seed: int
    candidates_per_job: int
    arms: Mapping[str, Overrides]
    tasks: TaskSettings
    lab: LabSettings
    fitness: FitnessSettings
    gate: GateSettings
    sandbox: SandboxSettings
    search: SearchSettings
    mutation: MutationSettings
    budget: BudgetSettings
    validation: ValidationSettings
    transfer: BenchmarkSettings
    external: ExternalSettings

    @property
    def search_seed(self) -> int:
        """The seed of the search: its own, or the run's."""
        return self.seed if self.search.seed is None else self.search.seed
