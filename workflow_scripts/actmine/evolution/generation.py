"""Proposes one generation of an island from the files of a run."""

from pathlib import Path

from actmine import layout
from actmine.evolution.memory import read_population
from actmine.evolution.proposals import propose, seeds
from actmine.gate import handlers
from actmine.llm.access import connect
from actmine.records.proposal import Proposal
from actmine.sandbox.host import Sandbox
from actmine.sandbox.warm_process import WarmProcess
from actmine.settings import frozen as run
from actmine.settings.configuration import Values, arm_settings, with_execution


def propose_generation(
    run_file: Path,
    *,
    arm: str,
    generation: int,
    island: int,
    population: Path | None,
    execution: Values,
    process: WarmProcess,
) -> list[Proposal]:
    """The proposals of one island, a slot each; of generation 0 its seeds.

    Args:
        run_file: the run's run.yaml.
        population: of the generation before; none for the seeds.
        execution: keys that run.yaml leaves out.
        process: for the gate.

    Raises:
        ClientError, ReplayError: a language model was needed, and did not answer.
    """
    whole = with_execution(run.read_settings(run_file), execution)
    config = arm_settings(whole, arm)
    sandbox = Sandbox(handlers, isolation=config.sandbox.isolation, process=process)
    if population is None:
        return seeds(config, island=island, sandbox=sandbox)
    journal = run_file.parent / layout.JOURNAL
    return propose(
        read_population(population),
        config,
        arm=arm,
        generation=generation,
        sandbox=sandbox,
        ask=connect(whole, arm=arm, journal=journal) if config.mutation.asks_models else None,
    )
