"""What each part of a prompt is worth to a model that can only use what it is told.

Small searches by the project's own stages, each with a scripted model behind OpenAI's protocol
(tests/support/scripted_model.py): one that is told everything, others that lack one part each
or have one more; and mixtures of it with the embedded mutator, by weight and as a bandit. All
searches of a seed have the same tasks, the same start and as many candidates. Prints the
held-out fitness of what each found, differences paired by seed with 95% intervals, and tokens.
Run: python tests/benchmark/bench_prompt.py --out FOLDER [--seeds 10] [--generations 3]
A second call with the same folder goes on where the first one ended.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

import numpy as np
import torch
from scripted_search import PROMPTS, Searched, begin, opened, search, tiny

from actmine.files import read_json, write_atomically
from actmine.functions.catalog import by_name
from actmine.llm import gateway
from actmine.settings.measurements import HELD_OUT, SEARCH
from actmine.validation.statistics import mean_interval
from scripted_model import DEAF

PRICE = {"input": 0.25, "output": 2.0}  # of a small model, US dollars a million tokens
COUNTED_AS = "gpt-4o"  # whose tokens are counted
ASKS_ADVICE = "What do these ideas teach?"
MODEL = {"model": "openai/scripted", "price": PRICE}
DEAF_MODEL = {**MODEL, "model": f"{MODEL['model']}-{DEAF}"}
EMBEDDED = {"kind": "embedded"}
# Arm: what it is, in words, and its section `mutation`.
ARMS: dict[str, tuple[str, dict[str, Any]]] = {
    "told": ("told everything", {"mutators": [MODEL]}),
    "unknowing": ("no known functions", {"mutators": [MODEL], "known_functions": 0}),
    "forgetful": ("no memory", {"mutators": [MODEL], "memory": 0}),
    "deaf": ("no focus", {"mutators": [DEAF_MODEL]}),
    "bare": (
        "none of the three",
        {"mutators": [DEAF_MODEL], "known_functions": 0, "memory": 0},
    ),
    "advised": ("advised too", {"mutators": [MODEL], "advice": {"every": 1}}),
    "tuned": ("constants tuned too", {"mutators": [MODEL], "tune_children": 2}),
    "embedded": ("the embedded mutator", {"mutators": [EMBEDDED]}),
    "fixed": ("both, fixed", {"mutators": [MODEL, EMBEDDED]}),
    "bandit": ("both, bandit", {"mutators": [MODEL, EMBEDDED], "adapt": "bandit"}),
}
COMPARED = (
    *(("told", arm) for arm in ("unknowing", "forgetful", "deaf", "bare", "embedded")),
    ("advised", "told"),
    ("tuned", "told"),
    *(("bandit", arm) for arm in ("fixed", "told", "embedded")),
)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one search found and took, as `Searched` says it.

    Attributes:
        held_out: fitness on tasks that the search never saw.
        best_known: the same of the known function that was best on the search tasks.
    """

    name: str
    search: float
    held_out: float
    best_known: float
    accepted: int
    asked: int
    usd: float
    cpu_s: float


def all_arms(seed: int, args: argparse.Namespace) -> Mapping[str, Found]:
    """Every search of a seed; what is there already is read."""
    files = {arm: args.out / f"seed-{seed}" / arm / "found.json" for arm in args.arms}
    if missing := [arm for arm, path in files.items() if not path.exists()]:
        config = tiny(seed, args.generations, args.out)
        session, others = opened(config, SEARCH), opened(config, HELD_OUT)
        start = begin(config, session)
        known = by_name(start.known[0].name).source
        for arm in missing:
            one = search(config, ARMS[arm][1], start, session, place=files[arm].parent)
            worth = [others.score(source)[1] for source in (one.best.source, known)]
            found = _found(one, *(fit.value if fit else np.nan for fit in worth))
            write_atomically(files[arm], json.dumps(asdict(found)).encode())
    print(f"seed {seed}: {process_time():.0f} CPU s so far", file=sys.stderr, flush=True)
    return {arm: Found(**read_json(path)) for arm, path in files.items()}


def _found(one: Searched, held_out: float, best_known: float) -> Found:
    return Found(
        name=one.best.name,
        search=one.best.fitness,
        held_out=held_out,
        best_known=best_known,
        accepted=one.accepted,
        asked=one.asked,
        usd=one.usd,
        cpu_s=one.cpu_s,
    )


def tell_searches(found: Sequence[Mapping[str, Found]], arms: Sequence[str]) -> None:
    """A row an arm: means over seeds."""
    print("| told | held-out fitness | accepted | of the model | USD | training, CPU s |")
    print("|---|---|---|---|---|---|")
    for arm in arms:
        own = [one[arm] for one in found]
        keys = ("held_out", "accepted", "asked", "usd", "cpu_s")
        mean = {key: np.mean([getattr(one, key) for one in own]) for key in keys}
        print(
            f"| {ARMS[arm][0]} | {mean['held_out']:+.3f} | {mean['accepted']:.1f} "
            f"| {mean['asked']:.1f} | {mean['usd']:.4f} | {mean['cpu_s']:.1f} |"
        )
    known = np.mean([one[arms[0]].best_known for one in found])
    print(f"| (the best known function) | {known:+.3f} | | | | |\n")


def tell_differences(found: Sequence[Mapping[str, Found]], arms: Sequence[str]) -> None:
    """Of held-out fitness, paired by seed."""
    print("| difference | mean | 95% interval | ahead in |\n|---|---|---|---|")
    for one, other in COMPARED:
        if {one, other} <= set(arms) and len(found) > 1:
            gain = np.array([each[one].held_out - each[other].held_out for each in found])
            over = mean_interval(gain)
            print(
                f"| {ARMS[one][0]}, over {ARMS[other][0]} | {over.mean:+.3f} "
                f"| {over.low:+.3f} to {over.high:+.3f} "
                f"| {np.sum(gain > 0)} of {len(gain)} seeds |"
            )
    print()


def tell_tokens(folder: Path, found: Mapping[str, Found], arms: Sequence[str]) -> None:
    """Of one seed's prompts: their size, and how much of it is the same in all of a run."""
    litellm = gateway.load()

    def count(text: str) -> int:
        return int(litellm.token_counter(model=COUNTED_AS, text=text))

    print("| told | tokens a prompt | tokens an accepted candidate | the same in all |")
    print("|---|---|---|---|")
    for arm in arms:
        if prompts := read_json(folder / arm / PROMPTS):
            sizes = {prompt: count(prompt) for prompt in prompts}
            each = sum(map(sizes.__getitem__, prompts)) / found[arm].accepted
            # A request for advice has a system message of its own.
            slots = [prompt for prompt in prompts if ASKS_ADVICE not in prompt]
            mean = float(np.mean([sizes[prompt] for prompt in slots]))
            same = count(common_start(slots)) / mean
            print(f"| {ARMS[arm][0]} | {mean:,.0f} | {each:,.0f} | {same:.0%} |")


def common_start(texts: Sequence[str]) -> str:
    """What all begin with."""
    first, last = min(texts), max(texts)
    differ = (
        place for place, pair in enumerate(zip(first, last, strict=False)) if len({*pair}) > 1
    )
    return first[: next(differ, len(first))]


def main() -> None:
    """Carries out what is missing, and compares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder that holds all of it")
    parser.add_argument("--seeds", type=int, default=10, help="how many, from 1 on")
    parser.add_argument("--generations", type=int, default=3, help="of eight candidates")
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    args = parser.parse_args()
    args.out = args.out.resolve()
    torch.set_num_threads(1)
    found = [all_arms(seed, args) for seed in range(1, args.seeds + 1)]
    tell_searches(found, args.arms)
    tell_differences(found, args.arms)
    tell_tokens(args.out / "seed-1", found[0], args.arms)


if __name__ == "__main__":
    main()
