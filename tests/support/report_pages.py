"""A report of made-up numbers, and readers of its page."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from actmine.champion.curves import Curve
from actmine.records.candidate import candidate_id
from actmine.records.status import Status
from actmine.report.champion_files import FILES, ChampionFiles
from actmine.report.content import Champion, Provenance, ReportData
from actmine.report.lineage import nodes
from actmine.report.slots import Island, Shape, Slots
from actmine.report.verdicts import Verdict, Verdicts
from actmine.tables.held_out_tasks import RIVALS, TASKS
from actmine.tables.mutator_table import MUTATORS
from actmine.tables.return_table import RETURNS
from actmine.tables.table_rows import CANDIDATES
from actmine.validation.cautions import Caution
from actmine.validation.leaderboard_rows import COLUMNS
from actmine.validation.paired_comparison import Comparison
from configured import fitness
from report_slots import slots

HOSTILE = "\"'></script></style></svg><img src=x onerror=alert(1)><script>alert(2)</script>"


SOURCE = '''def activation(x):
    """Leaky wave: GELU on a slope, with a ripple that fades."""
    gate = torch.sigmoid(1.7 * x)
    return x * gate + 0.12 * torch.sin(2.0 * x) * torch.exp(-0.1 * x * x) + 0.05 * x
'''


GRID = np.linspace(-5.0, 5.0, 201)


SVG = """<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 width="972pt" height="200pt" viewBox="0 0 972 200" onload="alert(3)">
<metadata><a href="http://purl.org/dc">x</a></metadata>
<style>* { fill: red }</style><script>alert(4)</script>
<defs><path id="a" d="M0 0h9v9z"/><clipPath id="c"><path d="M0 0h972v200H0z"/></clipPath></defs>
<g clip-path="url(#c)"><use xlink:href="#a" x="30" y="90"/><use xlink:href="http://evil/x"/>
<path d="M20 180 L300 20 L600 150 L950 40" style="fill:none;stroke:#0072b2"/></g>
<foreignObject><iframe src="http://evil"></iframe></foreignObject>
<a href="javascript:alert(5)"><text x="1" y="9">link</text></a></svg>"""


REFUSALS: tuple[dict[str, Any], ...] = (
    {
        "reason": "line 3: `torch.std` of the batch is undefined for one row; give an eps",
        "status": Status.REJECTED,
        "count": 7,
        "name": "normaliser",
        "source": "def activation(x):\n    return x / x.std(0)\n",
    },
    {
        "reason": "431 FLOPs per element, over the budget of 400",
        "status": Status.REJECTED,
        "count": 3,
        "name": "tower",
        "source": SOURCE,
    },
)


PROVENANCE = Provenance(
    config="run: demo\nseed: 1\nsearch: {generations: 8, islands: 2}\n",
    versions={"python": "3.11.9", "torch": "2.13.0"},
    hashes={"suite search": "9f2c41d07ab35e18", "code actmine.lab": "11b0c9e4d2f7a865"},
    commands=("snakemake --config run=demo seed=1", "make audit RUN=demo"),
)


def gelu(x: Any) -> Any:
    return x / (1 + np.exp(-1.702 * x))


def curve(name: str, function: Callable[[Any], Any]) -> Curve:
    y = function(GRID)
    return Curve(name=name, grid=GRID, y=y, dy=np.gradient(y, GRID))


def mined(x: Any) -> Any:
    return gelu(x) + 0.12 * np.sin(2 * x) * np.exp(-0.1 * x * x) + 0.05 * x


SLOTS = slots()


FINALISTS = list(SLOTS.table["candidate_id"].iloc[[38, 37]])


FITS: dict[str, Any] = {
    "replicates": 2,
    "functions": [{"candidate_id": "c0", "name": "leaky wave", "role": "champion"}],
    "tasks": [
        {
            "name": "harmonic_00",
            "family": "harmonic",
            "formula": "sin(x)",
            "variable": "x",
            "train": [[-1.0, 1.0]],
            "ood": [[-2.0, -1.0], [1.0, 2.0]],
            "x": list(np.linspace(-2, 2, 21)),
            "target": [*np.sin(np.linspace(-2, 2, 20)), None],
            "predictions": {"c0": [list(np.linspace(-1, 1, 21))] * 2},
        }
    ],
}


def tasks(formula: str = "sin(x)") -> pd.DataFrame:
    """A table of six held-out tasks of two families; the champion wins the first four."""
    families = ["sines"] * 3 + ["<b>"] * 3
    gains = np.array([0.5, 0.1, 0.2, 1.0, -0.4, -1.5])
    table = pd.DataFrame({"task": [f"{f}_{n}" for n, f in enumerate(families)]})
    rows: dict[str, Any] = {
        "family": families,
        "formula": formula,
        "inputs": 1,
        "champion_ood_loss": 0.5,
    }
    for n, name in enumerate(RIVALS):
        rows |= {f"{name}_ood_loss": 0.5 * np.exp(gains + n), f"log_ratio_{name}": gains + n}
        rows |= {f"{name}_id_loss": 0.01}
    return table.assign(**rows, champion_id_loss=0.01)[list(TASKS)]


def losses(names: Sequence[str]) -> pd.DataFrame:
    ratios = np.random.default_rng(1).normal(0, 0.5, (len(names), 6))
    return pd.DataFrame(ratios, index=list(names), columns=list(tasks()["task"]))


def verdict(
    against: str, low: float, high: float, *, p: float, best_known: bool = False
) -> Verdict:
    """One whose ratio lies in the middle of its interval, in logs."""
    return Verdict(
        against=against,
        best_known=best_known,
        comparison=Comparison(
            ratio=float(np.sqrt(low * high)), low=low, high=high, p=p, won=0.5, sd=0.9,
            tasks=48, freedom=40.0,
        ),
    )  # fmt: skip


def verdicts(best: str = "SiLU") -> Verdicts:
    """Better than ReLU, not shown to differ from GELU, worse than the best known function."""
    return Verdicts(
        each=(
            verdict("ReLU", 0.57, 0.68, p=1.2e-9),
            verdict("GELU", 0.91, 1.12, p=0.6),
            verdict(best, 1.1, 1.4, p=0.004, best_known=True),
        ),
        best_known={"candidate_id": "c5", "name": best, "search_fitness": 0.31},
        finalists=5,
        cautions={
            "plain_mean": Caution(sentence=f"Its plain mean is above {best}'s.", briefly="no"),
            "worse_fit": Caution(sentence="It fits.", briefly="yes"),
        },
    )


# Files whose bytes an encoding could break.
DOWNLOADS = {
    **{name: f"{name}: \u00e9\n".encode() for name in FILES},
    "leaderboard.csv": b'"name"\r\n"\xef\xbc\x9d1+1"\n',
    "tasks.csv": bytes(range(256)),
}


CHAMPION = Champion(
    candidate_id=candidate_id("leaky wave"),
    name="leaky wave",
    source=SOURCE,
    formula="x·sigmoid(1.7x) + 0.12·sin(2x)/exp(0.1x²) + 0.05x",
    description="Found in generation 6 of island 0 by a crossover of two elites.",
    curve=curve("leaky wave", mined),
)


TIMES = {"median": 4.5, "least": 4.25, "most": 4.75}


CHAMPION_FILES = ChampionFiles(
    latex=r"f(x) &= x \sigma{\left(1.7 x \right)} < 1",
    no_formula="",
    equations=((r"f{\left(x \right)}", r"x \sigma{\left(1.7 x \right)}"),),
    owner="Activation",
    coefficients={"c1": 1.7, "c2": -0.12},
    costs=(
        {"name": "leaky wave", "forward": TIMES, "backward": TIMES},
        {
            "name": "GELU",
            "forward": {"median": 1.0, "least": 0.85, "most": 1.25},
            "backward": {"median": 2.0, "least": 2.0, "most": 3.0},
        },
    ),
    conditions={
        "rounds": 7,
        "dtype": "float32",
        "shape": [1024, 256],
        "threads": 1,
        "machine": {"processor": "some CPU", "cpu_capability": "AVX2", "torch": "2.13.0"},
    },
    names=tuple(FILES),
)


def board(names: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """A leaderboard of made-up numbers, best first."""
    rng = np.random.default_rng(0)
    fitness = np.sort(rng.normal(0.1, 0.35, len(names)))[::-1]
    half = rng.uniform(0.05, 0.2, len(names))
    rows = [
        {
            "candidate_id": candidate_id(name),
            "name": name,
            "origin": origin,
            "search_fitness": fitness[n] + 0.1 if origin == "mined" else nan,
            "held_out_fitness": fitness[n],
            "ci_low": fitness[n] - half[n],
            "ci_high": fitness[n] + half[n],
            "ratio_relu": np.exp(-fitness[n]),
            "ratio_gelu": np.exp(0.2 - fitness[n]),
            "mean_ood_loss": 10 ** (3 - 2 * fitness[n]),
            "id_loss": 0.01 * np.exp(fitness[n]),
            "flops": 10.0 + n,
            "coupling": "batch-coupled"
            if name in ("Turbulent", "mined batch")
            else "pointwise",
            "formula": f"{name}(x)",
        }
        for n, (name, origin) in enumerate(names)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


KNOWN = "SiLU Mish GELU ELU SELU Tanh Softplus Sine Snake ReLU Squareplus Hard_Swish Gaussian"


NAMES = [
    ("leaky wave", "mined"),
    ("wave of GELU", "mined"),
    ("GELUSine", "paper"),
    ("Turbulent", "paper"),
    ("mined batch", "mined"),
    ("tilted Mish", "mined"),
    *((name.replace("_", " "), "catalog") for name in KNOWN.split()),
    ("GELU-Sinc-Perturbation", "paper"),
]


def no_slots() -> Slots:
    """Of a search in which nothing was proposed."""
    columns = [*CANDIDATES, "cpu_s"]
    return Slots(table=pd.DataFrame(columns=columns), sources={}, prints={})


def history(best: Any, median: Any) -> pd.DataFrame:
    """The fitness of an island's elites by generation."""
    return pd.DataFrame(
        {"generation": range(len(best)), "best_fitness": best, "median_fitness": median}
    )


def island(number: int) -> Island:
    rng = np.random.default_rng(number)
    generations = np.arange(9)
    best = 0.5 * (1 - np.exp(-generations / 3)) + 0.02 * number
    scatter = [(g, rng.normal(best[g] - 0.25, 0.2)) for g in generations for _ in range(9)]
    scored = pd.DataFrame(scatter, columns=["generation", "fitness"])
    return Island(
        label=f"island {number}",
        generations=history(best, best - 0.15),
        scored=scored.assign(candidate_id="of no slot"),
    )


def mutators(name: str) -> pd.DataFrame:
    row: dict[str, Any] = dict.fromkeys(MUTATORS, 0) | {
        "arm": "main",
        "mutator": name,
        "operator": "rewrite",
        "slots": 9,
        "accepted_first": 3,
        "accepted": 7,
        "replies": 14,
        "tokens": 31245,
        "usd": 0.0123,
        "seconds": 65.25,
    }
    return pd.DataFrame([row], columns=list(MUTATORS))


def returns(name: str) -> pd.DataFrame:
    """Of a model, and of the embedded mutator, whom nobody pays."""
    rates = ("gain_per_cpu_s", "gain_per_usd")
    rows: list[dict[str, Any]] = [
        {"arm": "main", "mutator": one, "children": 9, "gained": 3, "gain": 0.45}
        | {"cpu_s": 18.0, "usd": usd}
        | {f"{rate}{end}": worth for rate in rates for end in ("", "_low", "_high")}
        for one, usd, worth in ((name, 0.0123, 0.025), ("embedded", 0.0, nan))
    ]
    return pd.DataFrame(rows, columns=list(RETURNS))


def report(**changes: Any) -> ReportData:
    shapes: list[tuple[str, Callable[[Any], Any]]] = [
        ("leaky wave", mined),
        ("wave of GELU", lambda x: gelu(x) + 0.2 * np.sin(x)),
    ]
    shapes += [("bump", lambda x: np.exp(-x * x)), ("soft sine", np.sin), ("tanh", np.tanh)]
    made = ReportData(
        run="demo",
        fitness=fitness(),
        summary=(
            ("candidates proposed", "108", "9 generations, 2 islands"),
            ("scored", "74", ""),
            ("held-out tasks", "48", "3 replicates each"),
            ("CPU time of the search", "5 min 48 s", ""),
        ),
        champion=CHAMPION,
        references=(curve("GELU", gelu), curve("ReLU", lambda x: np.maximum(x, 0))),
        leaderboard=board(NAMES),
        islands=(island(0), island(1)),
        search_references={"ReLU": 0.0, "GELU": 0.21},
        gallery=tuple(
            Shape(
                candidate_id=candidate_id(name),
                fitness=0.6 - n / 10,
                curve=curve(name, f),
                formula=f"{name}(x)",
                beside=curve("SiLU", lambda x: x / (1 + np.exp(-x))),
            )
            for n, (name, f) in enumerate(shapes)
        ),
        status_counts=pd.DataFrame(
            {Status.SCORED: 9 - g % 3, Status.REJECTED: 2 + g % 3, Status.DUPLICATE: 1}
            for g in range(9)
        ),
        refusals=REFUSALS,
        mutators=mutators("openai/some-model"),
        returns=returns("openai/some-model"),
        task_figures={"The search suite: train region blue, OOD region red.": SVG},
        paper_order=(
            "By mean log ratio of out-of-distribution losses, the paper's order holds.",
            "GELUSine < GELU: undecided, the interval includes 0.",
        ),
        isolation={"profile": "strict", "landlock": "on (abi 7)", "seccomp": "on"},
        provenance=PROVENANCE,
        sentences=("It was searched.", "It was found.", "It was doubted."),
        slots=SLOTS,
        found_as=FINALISTS[0],
        lineage=nodes(SLOTS, FINALISTS),
        losses=losses(["leaky wave", "ReLU"]),
        tasks=tasks(),
        verdicts=verdicts(),
        downloads=DOWNLOADS,
        fits=FITS,
        champion_files=CHAMPION_FILES,
    )
    return replace(made, **changes)


def brief(**changes: Any) -> ReportData:
    """The same with few figures: each takes a tenth of a second to draw."""
    few: dict[str, Any] = {
        "leaderboard": board(NAMES[:2]),
        "islands": (),
        "gallery": (),
        "status_counts": pd.DataFrame(),
    }
    few |= {"slots": no_slots(), "lineage": (), "losses": None, "fits": {}}
    return report(**(few | changes))


class Page(HTMLParser):
    """The elements and attributes that a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, Any]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def tags(self) -> set[str]:
        return {tag for tag, _ in self.elements}


def hostile_files() -> ChampionFiles:
    """A folder `champion` whose every text would act if it were parsed."""
    costs = tuple({**one, "name": HOSTILE} for one in CHAMPION_FILES.costs)
    machine = dict.fromkeys(CHAMPION_FILES.conditions["machine"], HOSTILE)
    return replace(
        CHAMPION_FILES,
        latex=HOSTILE,
        no_formula=HOSTILE,
        owner=HOSTILE,
        coefficients={HOSTILE: 1.0},
        costs=costs,
        conditions={**CHAMPION_FILES.conditions, "dtype": HOSTILE, "machine": machine},
    )
