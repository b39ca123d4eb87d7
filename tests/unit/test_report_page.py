import json
from dataclasses import replace
from html.parser import HTMLParser
from math import nan

import numpy as np
import pandas as pd
import pytest

from actmine.candidate import Status, candidate_id
from actmine.fitness import FitnessSettings
from actmine.report.champion_files import FILES, ChampionFiles, Cost, Times
from actmine.report.checks import Check
from actmine.report.content import (
    Champion,
    Curve,
    IslandHistory,
    Number,
    Provenance,
    Refused,
    ReportData,
    Shape,
    TaskFigure,
    TaskLosses,
)
from actmine.report.lineage import ancestors
from actmine.report.mutator_table import MUTATORS
from actmine.report.page import SECTIONS, render
from actmine.report.slots import no_slots
from actmine.report.template import compact, digits, fixed, loss, signed
from actmine.validation.leaderboard import COLUMNS
from report_slots import slots

DASH = "\N{EN DASH}"
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


REFUSALS = (
    Refused(
        reason="line 3: `torch.std` of the batch is undefined for one row; give an eps",
        status=Status.REJECTED,
        count=7,
        name="normaliser",
        source="def activation(x):\n    return x / x.std(0)\n",
    ),
    Refused(
        reason="431 FLOPs per element, over the budget of 400",
        status=Status.REJECTED,
        count=3,
        name="tower",
        source=SOURCE,
    ),
)
PROVENANCE = Provenance(
    config="run: demo\nseed: 1\nsearch: {generations: 8, islands: 2}\n",
    versions={"python": "3.11.9", "torch": "2.13.0"},
    hashes={"suite search": "9f2c41d07ab35e18", "code actmine.lab": "11b0c9e4d2f7a865"},
    commands=("snakemake --config run=demo seed=1", "make audit RUN=demo"),
)


def gelu(x):
    return x / (1 + np.exp(-1.702 * x))


def curve(name, function):
    y = function(GRID)
    return Curve(name=name, grid=GRID, y=y, dy=np.gradient(y, GRID))


def mined(x):
    return gelu(x) + 0.12 * np.sin(2 * x) * np.exp(-0.1 * x * x) + 0.05 * x


SLOTS = slots()
FINALISTS = list(SLOTS.table["candidate_id"].iloc[[38, 37]])
FITS = {
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


def losses(names):
    ratios = np.random.default_rng(1).normal(0, 0.5, (len(names), 6))
    return TaskLosses(names=tuple(names), families=("sines",) * 3 + ("<b>",) * 3, ratios=ratios)


CHAMPION = Champion(
    candidate_id=candidate_id("leaky wave"),
    name="leaky wave",
    source=SOURCE,
    formula="x·sigmoid(1.7x) + 0.12·sin(2x)/exp(0.1x²) + 0.05x",
    description="Found in generation 6 of island 0 by a crossover of two elites.",
    curve=curve("leaky wave", mined),
)


TIMES = Times(median=4.5, least=4.25, most=4.75)
CHAMPION_FILES = ChampionFiles(
    latex=r"f(x) &= x \sigma{\left(1.7 x \right)} < 1",
    no_formula="",
    owner="Activation",
    coefficients={"c1": 1.7, "c2": -0.12},
    costs=(
        Cost(name="leaky wave", times={"forward": TIMES, "backward": TIMES}),
        Cost(
            name="GELU",
            times={
                "forward": Times(median=1.0, least=0.85, most=1.25),
                "backward": Times(median=2.0, least=2.0, most=3.0),
            },
        ),
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


def board(names):
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
        }
        for n, (name, origin) in enumerate(names)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


COUPLED = ("Turbulent", "mined batch")
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


def island(number):
    rng = np.random.default_rng(number)
    generations = np.arange(9)
    best = 0.5 * (1 - np.exp(-generations / 3)) + 0.02 * number
    scatter = [(g, rng.normal(best[g] - 0.25, 0.2)) for g in generations for _ in range(9)]
    return IslandHistory(
        label=f"island {number}",
        generations=generations,
        best=best,
        median=best - 0.15,
        points=np.array(scatter),
    )


def mutators(name):
    row = dict.fromkeys(MUTATORS, 0) | {
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


def report(**changes):
    shapes = [("leaky wave", mined), ("wave of GELU", lambda x: gelu(x) + 0.2 * np.sin(x))]
    shapes += [("bump", lambda x: np.exp(-x * x)), ("soft sine", np.sin), ("tanh", np.tanh)]
    made = ReportData(
        run="demo",
        fitness=FitnessSettings(),
        summary=(
            Number(label="candidates proposed", value="108", note="9 generations, 2 islands"),
            Number(label="scored", value="74"),
            Number(label="held-out tasks", value="48", note="3 replicates each"),
            Number(label="CPU time of the search", value="5 min 48 s"),
        ),
        champion=CHAMPION,
        references=(curve("GELU", gelu), curve("ReLU", lambda x: np.maximum(x, 0))),
        leaderboard=board(NAMES),
        islands=(island(0), island(1)),
        search_references={"ReLU": 0.0, "GELU": 0.21},
        gallery=tuple(
            Shape(
                candidate_id=candidate_id(name),
                name=name,
                fitness=0.6 - n / 10,
                grid=GRID,
                y=f(GRID),
            )
            for n, (name, f) in enumerate(shapes)
        ),
        status_counts={
            g: {Status.SCORED: 9 - g % 3, Status.REJECTED: 2 + g % 3, Status.DUPLICATE: 1}
            for g in range(9)
        },
        refusals=REFUSALS,
        mutators=mutators("openai/some-model"),
        task_figures=(
            TaskFigure(svg=SVG, caption="The search suite: train region blue, OOD region red."),
        ),
        paper_order=(
            "By mean log ratio of out-of-distribution losses, the paper's order holds.",
            "GELUSine < GELU: undecided, the interval includes 0.",
        ),
        isolation={"profile": "strict", "landlock": "on (abi 7)", "seccomp": "on"},
        provenance=PROVENANCE,
        sentences=("It was searched.", "It was found.", "It was doubted."),
        slots=SLOTS,
        found_as=FINALISTS[0],
        ancestors=ancestors(SLOTS, FINALISTS),
        losses=losses(["leaky wave", "ReLU"]),
        fits=FITS,
        champion_files=CHAMPION_FILES,
    )
    return replace(made, **changes)


def brief(**changes):
    """The same with few figures: each takes a tenth of a second to draw."""
    few = {"leaderboard": board(NAMES[:2]), "islands": (), "gallery": (), "status_counts": {}}
    few |= {"slots": no_slots(), "ancestors": (), "losses": None, "fits": {}}
    return report(**(few | changes))


class Page(HTMLParser):
    """The elements and attributes that a browser would see."""

    def __init__(self, html):
        super().__init__()
        self.elements = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def tags(self):
        return {tag for tag, _ in self.elements}


def hostile_files():
    """A folder `champion` whose every text would act if it were parsed."""
    costs = tuple(replace(one, name=HOSTILE) for one in CHAMPION_FILES.costs)
    machine = dict.fromkeys(CHAMPION_FILES.conditions["machine"], HOSTILE)
    return replace(
        CHAMPION_FILES,
        latex=HOSTILE,
        no_formula=HOSTILE,
        owner=HOSTILE,
        coefficients={HOSTILE: 1.0},
        costs=costs,
        conditions=CHAMPION_FILES.conditions | {"dtype": HOSTILE, "machine": machine},
    )


@pytest.fixture(scope="module")
def html():
    return render(report())


@pytest.fixture(scope="module")
def hostile_html():
    names = [(f"{HOSTILE}{n}", "mined") for n in range(2)] + NAMES
    shapes = tuple(replace(one, name=HOSTILE, candidate_id=HOSTILE) for one in report().gallery)
    bad = slots(name=HOSTILE, summary=HOSTILE)
    bad = replace(bad, sources=dict.fromkeys(bad.sources, f'"""{HOSTILE}"""\n'))
    table = board(names)
    return render(
        report(
            run=HOSTILE,
            summary=(Number(label=HOSTILE, value=HOSTILE, note=HOSTILE),),
            champion=Champion(
                candidate_id=table["candidate_id"][0],
                name=HOSTILE,
                source=f'"""{HOSTILE}"""\n',
                formula=HOSTILE,
                description=HOSTILE,
                curve=replace(curve("", mined), name=HOSTILE),
            ),
            leaderboard=table.assign(coupling=HOSTILE),
            islands=(replace(island(0), label=HOSTILE),),
            search_references={HOSTILE: 0.1},
            gallery=shapes,
            refusals=(
                Refused(
                    reason=HOSTILE,
                    status=Status.FAILED,
                    count=1,
                    name=HOSTILE,
                    source=HOSTILE,
                ),
            ),
            champion_files=hostile_files(),
            mutators=mutators(HOSTILE),
            task_figures=(TaskFigure(svg=SVG, caption=HOSTILE),),
            paper_order=(HOSTILE,),
            sentences=(HOSTILE,),
            slots=bad,
            ancestors=ancestors(bad, FINALISTS),
            losses=losses([HOSTILE, "ReLU"]),
            checks=(Check(title=HOSTILE, how=HOSTILE, columns=(HOSTILE,), rows=((HOSTILE,),)),),
            isolation={HOSTILE: HOSTILE},
            provenance=Provenance(
                config=HOSTILE,
                versions={HOSTILE: HOSTILE},
                hashes={HOSTILE: HOSTILE},
                commands=(HOSTILE,),
            ),
        )
    )


def test_every_section_has_a_heading_and_is_linked_from_the_top(html):
    page = Page(html)
    anchors = [attrs["id"] for tag, attrs in page.elements if tag == "h2"]
    links = [attrs["href"] for tag, attrs in page.elements if tag == "a"]
    assert anchors == list(SECTIONS)
    assert links[0] == "#content"
    assert links[1 : 1 + len(SECTIONS)] == [f"#{anchor}" for anchor in SECTIONS]


def test_every_section_says_how_to_read_it(html):
    for section in html.split("<section>")[1:]:
        assert section.split("</h2>")[1].lstrip().startswith('<p class="how">')


def test_the_answer_opens_the_page_and_the_champions_standing_follows(html):
    text = " ".join(Page(html.split("<main")[0]).text.split())
    assert "It was searched. It was found. It was doubted." in text
    row = report().leaderboard.iloc[0]
    standing = Page(html.split('class="facts-line"')[1].split("</dl>")[0]).text
    assert f"{row.ratio_relu:.2f}" in standing and "of 18" in standing


def test_hostile_text_is_shown_and_never_parsed(hostile_html):
    page = Page(hostile_html)
    assert not page.tags() & {"img", "iframe", "foreignobject", "object", "embed"}
    scripts = [attrs for tag, attrs in page.elements if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "records"}, {}]
    assert not [a for _, attrs in page.elements for a in attrs if a.startswith("on")]
    assert [tag for tag, _ in page.elements].count("style") == 1
    assert page.text.count("alert(2)") >= 15


def test_hostile_drawings_lose_what_could_act(html):
    page = Page(html)
    assert "alert" not in html and "evil" not in html
    assert page.tags().isdisjoint({"metadata", "foreignobject"})
    assert [tag for tag, _ in page.elements].count("script") == 2
    assert [tag for tag, _ in page.elements].count("style") == 1


@pytest.mark.parametrize("which", ["html", "hostile_html"])
def test_nothing_is_fetched(which, request):
    page = Page(request.getfixturevalue(which))
    for _, attrs in page.elements:
        for name in ("src", "href", "xlink:href", "action", "srcset", "data", "poster"):
            assert (attrs.get(name) or "#").startswith(("#", "data:", "../champion/"))
        assert "http" not in (attrs.get("style") or "")
    policy = [attrs for tag, attrs in page.elements if "http-equiv" in attrs]
    assert policy[0]["content"].startswith("default-src 'none'")
    css = request.getfixturevalue(which).split("<style>")[1].split("</style>")[0]
    assert "url(" not in css and "@import" not in css


def test_the_same_data_gives_the_same_bytes(html):
    assert render(report()) == html


def test_ids_are_unique_and_what_refers_to_them_finds_them(html):
    page = Page(html)
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    used = {attrs["href"][1:] for _, attrs in page.elements if attrs.get("href", "")[:1] == "#"}
    clips = {a["clip-path"][5:-1] for _, a in page.elements if "clip-path" in a}
    assert used | clips <= set(ids)


def test_figures_take_the_pages_colours(html):
    own = html.split('<figure class="own">')[1:]
    assert own
    for figure in own:
        drawing = figure.split("</svg>")[0]
        assert "var(--" in drawing and "#0072b2" not in drawing


def test_every_drawing_can_be_read_aloud(html):
    drawings = [attrs for tag, attrs in Page(html).elements if tag == "svg"]
    assert all(attrs["role"] in ("img", "group") for attrs in drawings)
    assert all(attrs["aria-label"] for attrs in drawings)


def test_batch_coupled_functions_rank_apart(html):
    main, apart = html.split("Batch-coupled functions</h3>")
    assert (
        "Turbulent" not in main.split('<table class="board sortable"')[1].split("</table>")[0]
    )
    table = apart.split('<table class="board sortable"')[1].split("</table>")[0]
    assert "Turbulent" in table and "mined batch" in table and "Mish" not in table


def test_a_run_in_which_nothing_was_scored_has_a_page():
    empty = IslandHistory(
        label="island 0",
        generations=np.arange(2),
        best=np.full(2, nan),
        median=np.full(2, nan),
        points=np.empty((0, 2)),
    )
    page = render(
        report(
            champion=None,
            leaderboard=board([]),
            islands=(empty,),
            search_references={},
            gallery=(),
            status_counts={0: {Status.REJECTED: 4}, 1: {}},
        )
    )
    assert "No mined function qualified" in page
    assert "nothing was scored" in page
    assert "Nothing was measured on the held-out tasks" in page
    assert "4 rejected</dt>" in page


def test_a_run_without_anything_has_a_page():
    page = render(
        report(
            summary=(),
            champion=None,
            references=(),
            leaderboard=board([]),
            islands=(),
            gallery=(),
            status_counts={},
            refusals=(),
            mutators=pd.DataFrame(columns=list(MUTATORS)),
            sentences=(),
            slots=no_slots(),
            ancestors=(),
            losses=None,
            fits={},
            task_figures=(),
            paper_order=(),
            isolation={},
        )
    )
    assert [attrs["id"] for tag, attrs in Page(page).elements if tag == "h2"] == list(SECTIONS)


def test_who_proposed_is_told_with_its_acceptance_and_cost():
    page = render(brief())
    assert "openai/some-model" in page and "31245" in page and "0.0123" in page


def test_curves_with_gaps_are_drawn():
    y = np.where(GRID > 1, np.inf, GRID)
    gaps = Curve(name="_pole $x$", grid=GRID, y=y, dy=np.full_like(y, nan))
    champion = replace(report().champion, curve=gaps)
    assert "_pole $x$" in render(brief(champion=champion))


def test_invisible_characters_of_a_name_become_visible():
    source = "x = 1  # \u202etxet\x00\ud800\n"
    page = render(brief(champion=replace(report().champion, source=source, name=source)))
    assert "[U+202E]txet[U+0000][U+D800]" in page
    page.encode()


def test_names_in_other_scripts_raise_no_warning(recwarn):
    shape = report().gallery[0]
    table = board([("漸近関数", "mined")])
    page = render(brief(gallery=(replace(shape, name="漸近関数 🌊"),), leaderboard=table))
    assert "漸近関数 🌊" in page
    assert not recwarn.list


def test_plain_losses_are_described_as_such():
    page = render(brief(fitness=FitnessSettings(aggregation="mean_loss")))
    assert "with its sign turned" in page and "worse than ReLU" not in page


def test_a_drawing_that_is_no_svg_is_refused():
    with pytest.raises(ValueError, match="'tasks': not an SVG document"):
        render(brief(task_figures=(TaskFigure(svg="<svg", caption="tasks"),)))


def test_a_leaderboard_with_other_columns_is_refused():
    with pytest.raises(ValueError, match="the leaderboard's columns are"):
        report(leaderboard=board(NAMES).drop(columns="flops"))


def test_a_curve_has_one_value_a_grid_point():
    with pytest.raises(ValueError, match="one value a grid point"):
        Curve(name="short", grid=GRID, y=GRID[1:], dy=GRID)


def test_data_in_a_page_cannot_end_its_element():
    told = compact({"a": "</script><!--'\"&\u2028"})
    assert not set("<>&'\u2028") & set(told)
    assert json.loads(told) == {"a": "</script><!--'\"&\u2028"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.347, "0.35"),
        (-0.347, "\N{MINUS SIGN}0.35"),
        (-0.001, "0.00"),
        (nan, DASH),
        (None, DASH),
    ],
)
def test_numbers_have_two_decimals_and_a_minus_sign(value, text):
    assert fixed(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.347, "+0.35"), (-0.347, "\N{MINUS SIGN}0.35"), (0.001, "0.00"), (nan, DASH)],
)
def test_a_fitness_bears_its_sign(value, text):
    assert signed(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(4.5, "4.50"), (0.2, "0.200"), (17.0, "17.0"), (156.2, "156")]
)
def test_figures_of_one_kind_have_as_many_digits(value, text):
    assert digits(value) == text and loss(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.01234, "0.0123"),
        (93.14, "93.1"),
        (1234.5, "1234"),
        (2.5e7, "2.5·10⁷"),
        (3e-5, "3.0·10⁻⁵"),
    ],
)
def test_losses_have_three_digits_whatever_their_size(value, text):
    assert loss(value) == text
