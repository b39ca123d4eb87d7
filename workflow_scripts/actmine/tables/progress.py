"""Tells from a run's files alone how far it is: generations, best function, spending, time."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path

from actmine import layout
from actmine.files import read_json, read_jsonl
from actmine.llm.budget import Spent, total
from actmine.llm.journal import read_charge
from actmine.llm.queue import reminder
from actmine.records.proposal import Kind
from actmine.records.status import Status
from actmine.settings import frozen as run
from actmine.settings import run_plan
from actmine.settings.configuration import arm_settings
from actmine.settings.sections import Settings
from actmine.tables.time_left import Group, Left, groups, populations, time_left

_INTENT = ".intent.json"
_SEEDS = "gen_0000"  # holds known functions alone


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Jobs of one kind: how many have ended, of how many."""

    name: str
    done: int
    of: int


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a run stands.

    Attributes:
        plan: what the last invocation set out to do, if it said so.
        arms: arm: the youngest generation that all its islands have finished; none before
            the seeds are scored.
        best: fitness, name and where it was found; none before anything was scored.
        statuses: how many candidates ended so; slots that nobody filled are `skipped`.
        spent: on language models.
        queue: what waits there for somebody's reply; empty if nothing does.
        cpu_s: CPU seconds of training after the seeds, elites measured again included.
        left: none if it does not show yet, or there is no plan.
        trained: the jobs that train outside the search.
        stages: what follows the search, and runs beside it where cores are free.
        held: whether an invocation works on it, as far as is known.
    """

    name: str
    plan: run_plan.Plan | None
    arms: dict[str, int | None]
    best: tuple[float, str, str] | None
    statuses: Counter[str]
    spent: Spent
    queue: str
    cpu_s: float
    left: Left | None
    trained: tuple[Group, ...]
    stages: tuple[Stage, ...]
    held: bool


@dataclass(frozen=True, kw_only=True)
class _Slots:
    """An island's generation: its candidates by status, what training took, if some is due."""

    statuses: Counter[str]
    cpu_s: float
    untrained: bool


@dataclass
class Watcher:
    """Reads a run again and again; what cannot change any more is read once.

    Attributes:
        folder: of the run.
    """

    folder: Path
    _seen: dict[Path, _Slots] = field(default_factory=dict)
    _best: dict[Path, tuple[float, str, str]] = field(default_factory=dict)
    _spent: dict[Path, Spent] = field(default_factory=dict)

    def look(self) -> Progress:
        """The run as it stands now.

        Raises:
            ConfigError: there is no such run.
        """
        config = run.read_settings(self.folder / layout.RUN_FILE)
        planned = run_plan.read(self.folder)
        places = populations(self.folder, config.arms)
        slots = self._slots()
        trained = tuple(groups(self.folder, config))
        return Progress(
            name=config.run,
            plan=planned,
            arms={arm: self._generation(arm, config) for arm in config.arms},
            best=self._fittest(_youngest(places), config),
            statuses=sum((one.statuses for one in slots), Counter[str]()),
            spent=self._spending(),
            queue=reminder(self.folder / layout.QUEUE),
            cpu_s=sum(one.cpu_s for one in slots),
            left=time_left(self.folder, config, planned) if planned else None,
            trained=trained,
            stages=tuple(_stages(self.folder, trained)),
            held=run.is_held(self.folder),
        )

    def _generation(self, arm: str, config: Settings) -> int | None:
        finished = Counter(path.parent.parent.name for path in populations(self.folder, [arm]))
        islands = arm_settings(config, arm).search.islands
        whole = [name for name, count in finished.items() if count >= islands]
        return max((int(name.removeprefix("gen_")) for name in whole), default=None)

    def _fittest(
        self, places: Mapping[tuple[str, str], Path], config: Settings
    ) -> tuple[float, str, str] | None:
        """Of the last populations of the arms that are paid for what the run is, if any.

        What an earlier generation had may be of other tasks, or luck that was found out since.
        """
        for path in places.values():
            if path not in self._best:
                elites = read_json(path)["elites"]
                if elites:
                    where = ", ".join(path.parts[-4:-1]).replace("_", " ")
                    self._best[path] = (elites[0]["fitness"], elites[0]["name"], where)
        last = {place: self._best[path] for place, path in places.items() if path in self._best}
        paid = {
            arm for arm in config.arms if arm_settings(config, arm).fitness == config.fitness
        }
        alike = [best for (arm, _), best in last.items() if arm in paid]
        return max(alike or last.values(), key=itemgetter(0), default=None)

    def _slots(self) -> list[_Slots]:
        """Every island's generation after the seeds."""
        for path in self.folder.glob("*/gen_*/island_*/proposals.jsonl"):
            seeds = path.parent.parent.name == _SEEDS
            if not seeds and (path not in self._seen or self._seen[path].untrained):
                self._seen[path] = _read_slots(path)
        return list(self._seen.values())

    def _spending(self) -> Spent:
        """Replies are read once; intents, the sends in flight, every time."""
        in_flight = []
        for path in (self.folder / layout.JOURNAL).glob("[0-9a-f][0-9a-f]/*.json"):
            if path.name.startswith(".") or path.name.endswith(".skipped.json"):
                continue
            if path.name.endswith(_INTENT):
                # The reply may take the intent's place while this looks.
                with suppress(FileNotFoundError):
                    in_flight.append(read_charge(path).spent)
            elif path not in self._spent:
                self._spent[path] = read_charge(path).spent
        return total([*self._spent.values(), *in_flight])


def _read_slots(path: Path) -> _Slots:
    """What became of an island's generation so far; accepted ones are still to be trained."""
    proposed = list(read_jsonl(path))
    trained = [row for shard in layout.shards(path.parent) for row in read_jsonl(shard)]
    became = {row["slot"]["index"]: row["status"] for row in trained if row["slot"]}
    ended = [became.get(row["slot"]["index"], row["status"]) for row in proposed]
    return _Slots(
        statuses=Counter(
            status
            for row, status in zip(proposed, ended, strict=True)
            if row["kind"] == Kind.NEW
        ),
        cpu_s=sum(row["timings"].get("cpu_s", 0.0) for row in trained if row["slot"]),
        untrained=Status.ACCEPTED in ended,
    )


def _youngest(places: Iterable[Path]) -> dict[tuple[str, str], Path]:
    """Of populations, the last one of each (arm, island)."""
    by_age = sorted(places, key=lambda path: path.parent.parent.name)
    return {(path.parts[-4], path.parts[-2]): path for path in by_age}


def _stages(folder: Path, trained: Iterable[Group]) -> Iterator[Stage]:
    by_name: dict[str, list[Group]] = {}
    for group in trained:
        by_name.setdefault(group.name, []).append(group)
    for name, same in by_name.items():
        done, of = (sum(getattr(group, key) for group in same) for key in ("done", "of"))
        # Contrasts and the simplest forms may come to the finalists.
        yield Stage(name=name, done=done, of=max(done, of))
    for name, path in (
        ("leaderboard", "validation/leaderboard.csv"),
        ("report", "report/index.html"),
    ):
        yield Stage(name=name, done=int((folder / path).exists()), of=1)
