"""Every column of the tables in a run's folder `tables` as a page, from the code. [ours]"""

from actmine.tables.run_tables import TABLES

HEAD = """\
# Columns of the tables

A run writes these tables into its folder `tables`, each as CSV and as Parquet. This page is
made from the code that writes them; [Files of a run](../results/README.md) describes the
leaderboard and the tables of `validation`.
"""
ABOUT = {
    "candidates": "One row a slot of the search: what filled it, what became of it. "
    "Generation 0 is the known functions, once an island. What is counted as candidates is the "
    "rows of later generations whose `kind` is `new` and whose `status` is not `skipped`.",
    "evaluations": "One row a measurement of one function on one suite.",
    "generations": "One row a generation of an island.",
    "mutators": "One row a mutator and operator: what its children were worth, and cost.",
    "repetition": "What a search tried twice.",
    "tasks": "One row a held-out task: the champion beside ReLU, GELU and the best known.",
    "returns": "One row a mutator: what its children gained over their parents, by their cost.",
    "strategies": "Only where arms repeat a search under several seeds (`<strategy>-<seed>`).",
}


def columns_page() -> str:
    """The whole page: a section for each table."""
    sections = [HEAD]
    for name, columns in TABLES.items():
        rows = [f"| `{column}` | {meaning} |" for column, meaning in columns.items()]
        table = "\n".join(["| column | meaning |", "|---|---|", *rows])
        sections.append(f"## `tables/{name}`\n\n{ABOUT[name]}\n\n{table}\n")
    return "\n".join(sections)
