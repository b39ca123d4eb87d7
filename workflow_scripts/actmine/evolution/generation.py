"""Proposes one generation of an island, from files to a file."""

from argparse import Namespace

from actmine import layout
from actmine.evolution.memory import read_population
from actmine.evolution.propose import propose, seeds
from actmine.gate import handlers
from actmine.llm.access import connect
from actmine.records.rows import write_records
from actmine.sandbox.host import Sandbox
from actmine.sandbox.warm_process import WarmProcess
from actmine.settings import frozen as run
from actmine.settings.configuration import arm_settings, asks_models, with_execution


def propose_generation(args: Namespace, process: WarmProcess) -> None:
    """Writes one line a slot.

    Args:
        args: the command line of the stage `propose`.
        process: for the gate.

    Raises:
        ClientError, ReplayError: a language model was needed, and did not answer.
    """
    whole = with_execution(run.configuration(args.run), args.execution)
    config = arm_settings(whole, args.arm)
    sandbox = Sandbox(handlers, isolation=config["sandbox"]["isolation"], process=process)
    if args.population is None:
        proposals = seeds(config, island=args.island, sandbox=sandbox)
    else:
        journal = args.run.parent / layout.JOURNAL
        asked = asks_models(config)
        proposals = propose(
            read_population(args.population),
            config,
            arm=args.arm,
            generation=args.generation,
            sandbox=sandbox,
            ask=connect(whole, arm=args.arm, journal=journal) if asked else None,
        )
    write_records(args.out, proposals)
