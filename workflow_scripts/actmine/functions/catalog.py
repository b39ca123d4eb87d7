"""Lists the activations of the literature and of the paper: source, formula, origin.

The rows stand in `catalog.yaml`. Each is an ordinary candidate, so a known function passes
the same gate and the same lab as a mined one. Torch is not imported here: rows are text.
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from actmine.records.candidate import Candidate, Origin
from actmine.records.listed import Listed
from actmine.records.status import Status
from actmine.settings.mistakes import nearest
from actmine.yaml_text import parse_yaml

ROWS = Path(__file__).with_name("catalog.yaml")


@dataclass(frozen=True, kw_only=True)
class Known:
    """A known activation.

    Attributes:
        key: the name for configuration files, as in `hard_swish`.
        name: the name for people, as in `Hard Swish`.
        source: Python that defines `activation(x)` with a docstring.
        formula: the function as one line of text.
        origin: `paper` for the paper's own finds, which no search may start from unless it
            says so; `catalog` for everything older.
        reference: author and year, with arXiv's number or the DOI where there is one.
        provenance: who vouches for each part of the definition: [literature], [paper],
            [secondary] or [ours].
    """

    key: str
    name: str
    source: str
    formula: str
    origin: Origin
    reference: str
    provenance: str

    def __post_init__(self) -> None:
        if self.origin is Origin.MINED:
            raise ValueError(f"{self.key}: a known activation is of origin catalog or paper")
        if not self.summary:
            raise ValueError(f"{self.key}: `activation` is missing or has no docstring")

    @property
    def summary(self) -> str:
        """The first line of the docstring of `activation`, empty if there is none."""
        for node in ast.parse(self.source).body:
            if isinstance(node, ast.FunctionDef) and node.name == "activation":
                return (ast.get_docstring(node) or "").partition("\n")[0]
        return ""

    @property
    def spellings(self) -> set[str]:
        """How a configuration may call it."""
        return {fold(self.key), fold(self.name)}

    @property
    def candidate(self) -> Candidate:
        """The record under which the lab measures this function."""
        return Candidate(source=self.source, name=self.name, origin=self.origin)

    @property
    def listed(self) -> Listed:
        """A line of a list of candidates; the gate has nothing to examine there."""
        return Listed(
            candidate_id=self.candidate.candidate_id,
            name=self.name,
            source=self.source,
            origin=self.origin,
            status=Status.ACCEPTED,
        )


def read_rows(path: Path) -> tuple[Known, ...]:
    """Reads known activations from a YAML list with one mapping a function.

    Raises:
        ValueError: a row is incomplete, or two rows share a key or a name.
    """
    rows = parse_yaml(path.read_text(encoding="utf-8"))
    known = tuple(map(_known, rows))
    spellings = [spelling for entry in known for spelling in entry.spellings]
    twice = sorted({spelling for spelling in spellings if spellings.count(spelling) > 1})
    if twice:
        raise ValueError(f"{path}: names must be unique, these are not: {', '.join(twice)}")
    return known


def _known(row: dict[str, str]) -> Known:
    """A row, with what it leaves out as the head of the table says."""
    given = {"key": fold(row["name"]), "provenance": "[literature]", **row}
    if "returns" in given:
        summary, value = given.pop("summary"), given.pop("returns")
        given["source"] = f'def activation(x):\n    """{summary}"""\n    return {value}\n'
    origin = Origin(given.pop("origin", Origin.CATALOG))
    return Known(**given, origin=origin)


def fold(name: str) -> str:
    """One spelling of a name: `Hard Swish`, `hard-swish` and `hard_swish` are the same."""
    return name.strip().casefold().replace(" ", "_").replace("-", "_")


CATALOG: tuple[Known, ...] = read_rows(ROWS)

# The paper's claim: these keys, least OOD loss first. [paper]
PAPER_ORDER = ("gelusine", "gelu_sinc", "gelu", "relu")
KNOWN = "known"  # in `search.seeds`: what is published

BY_NAME = {spelling: entry for entry in CATALOG for spelling in entry.spellings}

# What the embedded mutator composes with. None is the paper's, and another list is another
# search: it draws from them by place.
VOCABULARY: tuple[Candidate, ...] = tuple(
    BY_NAME[key].candidate
    for key in (
        *("relu", "leaky_relu", "relu6", "hard_tanh", "hard_sigmoid", "hard_swish"),
        *("squared_relu", "elu", "selu", "celu", "gelu", "gelu_tanh", "silu", "mish"),
        *("softplus", "squareplus", "logish", "smish", "serf", "tanh_exp", "tanh", "sigmoid"),
        *("softsign", "arctan", "erf", "isru", "gaussian", "log_cosh", "sin", "siren"),
        *("snake", "growing_cosine"),
    )
)


def by_name(name: str) -> Known:
    """Finds a known activation by its key or its name, in any case.

    Raises:
        ValueError: there is none; the message lists the keys.
    """
    entry = BY_NAME.get(fold(name))
    if entry is None:
        keys = ", ".join(entry.key for entry in CATALOG)
        meant = nearest(fold(name), (entry.key for entry in CATALOG))
        raise ValueError(
            f"no known activation is called {name!r}{meant}; choose one of: {keys}"
        )
    return entry


def seed_functions(names: Iterable[str]) -> list[Known]:
    """The functions that `search.seeds` names, each once; KNOWN names all but the paper's."""
    named = (
        [entry for entry in CATALOG if entry.origin is Origin.CATALOG]
        if name == KNOWN
        else [by_name(name)]
        for name in names
    )
    return list({entry.key: entry for entries in named for entry in entries}.values())


def leader_count(names: Iterable[str] | None, *, leaders: int) -> int:
    """How many known functions are measured on held-out tasks, of those of these names.

    They are the paper's four, ReLU and GELU among them, and so many others.
    """
    known = compared(names)
    return min(len(known), leaders + sum(entry.key in PAPER_ORDER for entry in known))


def compared(names: Iterable[str] | None) -> list[Known]:
    """The known functions of these names, for comparison; all of them without any."""
    return list(CATALOG) if names is None else [by_name(name) for name in names]
