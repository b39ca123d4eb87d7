"""Writes a finished run into a program that keeps experiments: MLflow."""

import argparse
from pathlib import Path

from actmine.evolution.reading import find_run
from actmine.export.exported import read_exported
from actmine.export.mlflow_store import export, open_client
from actmine.number_text import counted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the command line."""
    parser.add_argument("target", choices=["mlflow"], help="what it is written into")
    parser.add_argument("run_name", metavar="RUN", help="a run's name, or its folder")
    parser.add_argument("--results", type=Path, default=Path("results"), help="folder of runs")
    parser.add_argument(
        "--uri",
        help="of MLflow's store, e.g. sqlite:///mlflow.db or http://127.0.0.1:5000; "
        "MLFLOW_TRACKING_URI or MLflow's own default if not",
    )
    parser.add_argument("--experiment", default="actmine", help="its name there")


def run(args: argparse.Namespace) -> int:
    """Writes the run once; where it stands already, says so."""
    exported = read_exported(find_run(args.run_name, results=args.results))
    client = open_client(args.uri)
    run_id, new = export(exported, client, experiment=args.experiment)
    where = f"as run {run_id} of the experiment {args.experiment} in {client.tracking_uri}"
    functions = f"with {counted(len(exported.functions), 'function')} below it"
    told = f"stands {where}, {functions}" if new else f"stood there already, {where}"
    print(f"{exported.name} {told}")
    return 0
