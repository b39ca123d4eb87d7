"""Continues a run's search with generations that were never trained, to see how it scales.

Proposals and losses are drawn; their records have the real formats, and every population
follows from them by the real select. Whatever else a run holds stays as it is.
Run: python tests/benchmark/synthetic_run.py results/RUN --generations 100
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

import numpy as np
from numpy.random import Generator, default_rng

from actmine import layout
from actmine.evolution.islands import neighbours
from actmine.evolution.memory import read_population
from actmine.evolution.population import Population, to_json
from actmine.evolution.reading import read_evaluations, read_scorer
from actmine.evolution.selection import succeed
from actmine.files import canonical_json, json_text
from actmine.gate.fingerprint import LENGTH, encode
from actmine.records.candidate import Coupling
from actmine.records.evaluation import Evaluation, table
from actmine.records.proposal import Attempt, Proposal
from actmine.records.rows import to_row
from actmine.records.slot import Slot
from actmine.records.status import Status
from actmine.settings import frozen as run
from actmine.settings.configuration import arm_settings
from actmine.settings.measurements import SEARCH
from actmine.settings.sections import Settings

ARM = "main"
REFUSED, FAILED = 0.1, 0.05  # shares of slots
OPERATORS = ("constant", "function", "graft", "crossover")


def extend(folder: Path, *, generations: int) -> None:
    """Writes the generations that a run lacks, up to the one named.

    Args:
        folder: of a run whose reference is measured and whose generation 0 is finished.
    """
    config = arm_settings(run.read_settings(folder / layout.RUN_FILE), ARM)
    scorer = read_scorer(folder, config, SEARCH)
    relu = read_evaluations([layout.reference(folder, SEARCH)])[0]
    islands = range(config.search.islands)
    finished = _finished(folder)
    latest = {
        number: read_population(_population_path(folder, finished, number))
        for number in islands
    }
    for generation in range(finished + 1, generations + 1):
        before = dict(latest)
        for number in islands:
            rng = default_rng([config.seed, generation, number])
            proposals = _proposals(before[number], config, generation=generation, rng=rng)
            evaluations = _evaluations(proposals, relu, rng=rng)
            met = neighbours(config.search, generation=generation, island=number)
            latest[number] = succeed(
                before[number],
                proposals,
                evaluations,
                generation=generation,
                island=number,
                scorer=scorer,
                config=config,
                others=[before[other] for other in met],
            )
            place = layout.island(folder, ARM, generation, number)
            _write(place, proposals, evaluations, per_job=config.candidates_per_job)
            told = to_json(latest[number], before=before[number].history)
            (place / "population.json").write_bytes(json_text(told))


def _finished(folder: Path) -> int:
    generations = [int(path.name.removeprefix("gen_")) for path in (folder / ARM).glob("gen_*")]
    if not generations:
        sys.exit(f"{folder}: its generation 0 is not there; let Snakemake make it first")
    return max(generations)


def _population_path(folder: Path, generation: int, number: int) -> Path:
    return layout.island(folder, ARM, generation, number) / "population.json"


def _proposals(
    previous: Population, config: Settings, *, generation: int, rng: Generator
) -> list[Proposal]:
    count = config.search.candidates_per_island
    prints = rng.normal(size=(count, LENGTH)).astype(np.float32)
    refused = rng.random(count) < REFUSED
    made = []
    for index in range(count):
        a, b = rng.uniform(-1, 1), rng.uniform(0.1, 3)
        formula = f"{a:.8f} * torch.sin({b:.8f} * x)"
        status = Status.REJECTED if refused[index] else Status.ACCEPTED
        reason = f"static: line {index % 3 + 1}: no import of os" if refused[index] else ""
        operator = OPERATORS[index % len(OPERATORS)]
        proposal = Proposal(
            slot=Slot(generation=generation, island=previous.island, index=index),
            status=status,
            reason=reason,
            name=f"GELU-{generation}-{index}",
            source=f"def activation(x):\n    return F.gelu(x) + {formula}\n",
            parents=(previous.elites[index % len(previous.elites)].candidate_id,),
            mutator="embedded",
            operator=operator,
            summary=f"1.0 -> {a:.8f} in {formula}",
            flops=None if refused[index] else 24.0,
            coupling=None if refused[index] else Coupling.POINTWISE,
            fingerprint="" if refused[index] else encode(prints[index]),
        )
        tried = Attempt(
            operator=operator,
            candidate_id=proposal.candidate_id,
            status=status,
            reason=reason,
        )
        made.append(replace(proposal, attempts=(tried,)))
    return made


def _evaluations(
    proposals: Sequence[Proposal], relu: Evaluation, *, rng: Generator
) -> list[Evaluation]:
    """What was measured of those accepted: ReLU's losses, better or worse by some factor."""
    accepted = [one for one in proposals if one.status is Status.ACCEPTED]
    shape = (len(accepted), len(relu.ood), len(relu.replicates))
    factors = np.exp(rng.normal(0.2, 0.3, (len(accepted), 1, 1)) + rng.normal(0, 0.3, shape))
    ood = factors * np.array(relu.ood)
    found = []
    for place, proposal in enumerate(accepted):
        of_it = replace(relu, candidate_id=proposal.candidate_id, slot=proposal.slot)
        if rng.random() < FAILED:
            failed = replace(
                of_it, status=Status.FAILED, reason="a prediction is not finite",
                train=(), id=(), ood=(), curve=(),
            )  # fmt: skip
            found.append(failed)
        else:
            found.append(replace(of_it, ood=table(ood[place])))
    return found


def _write(
    place: Path,
    proposals: Sequence[Proposal],
    evaluations: Sequence[Evaluation],
    *,
    per_job: int,
) -> None:
    """Files as the stages write them, but not one by one onto the disk."""
    place.mkdir(parents=True, exist_ok=True)
    lines = [canonical_json(to_row(one)) + "\n" for one in proposals]
    (place / "proposals.jsonl").write_text("".join(lines), encoding="utf-8")
    for shard in range(-(-len(proposals) // per_job)):
        own = range(shard * per_job, (shard + 1) * per_job)
        path = place / f"shard_{shard}" / "evaluations.jsonl"
        path.parent.mkdir(exist_ok=True)
        lines = [
            canonical_json(to_row(one)) + "\n"
            for one in evaluations
            if one.slot is not None and one.slot.index in own
        ]
        path.write_text("".join(lines), encoding="utf-8")


def main() -> None:
    """Extends a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of a run with a finished generation 0")
    parser.add_argument("--generations", type=int, required=True)
    args = parser.parse_args()
    extend(args.folder, generations=args.generations)


if __name__ == "__main__":
    main()
