import base64
import json
import re
from dataclasses import replace
from math import nan

import numpy as np
import pandas as pd
import pytest

from actmine.champion.curves import Curve
from actmine.number_text import fixed, loss, signed, significant
from actmine.records.status import Status
from actmine.report.checks import Check
from actmine.report.content import Champion, Provenance
from actmine.report.lineage import nodes
from actmine.report.page import GROUPS, SECTIONS, render
from actmine.report.slots import Island
from actmine.report.task_outcomes import task_outcomes
from actmine.report.template import compact
from actmine.report.verdicts import Verdicts
from actmine.tables.mutator_table import MUTATORS
from actmine.tables.return_table import RETURNS
from configured import fitness
from report_pages import (
    DOWNLOADS,
    FINALISTS,
    GRID,
    HOSTILE,
    NAMES,
    SVG,
    Page,
    board,
    brief,
    curve,
    history,
    hostile_files,
    island,
    losses,
    mined,
    mutators,
    no_slots,
    report,
    returns,
    tasks,
    verdicts,
)
from report_slots import slots

DASH = "\N{EN DASH}"


COUPLED = ("Turbulent", "mined batch")


@pytest.fixture(scope="module")
def html():
    return render(report())


@pytest.fixture(scope="module")
def hostile_html():
    names = [(f"{HOSTILE}{n}", "mined") for n in range(2)] + NAMES
    shapes = tuple(
        replace(
            one,
            curve=replace(one.curve, name=HOSTILE),
            candidate_id=HOSTILE,
            formula=HOSTILE,
        )
        for one in report().gallery
    )
    bad = slots(name=HOSTILE, summary=HOSTILE)
    bad = replace(bad, sources=dict.fromkeys(bad.sources, f'"""{HOSTILE}"""\n'))
    table = board(names)
    return render(
        report(
            run=HOSTILE,
            summary=((HOSTILE, HOSTILE, HOSTILE),),
            champion=Champion(
                candidate_id=table["candidate_id"][0],
                name=HOSTILE,
                source=f'"""{HOSTILE}"""\n',
                formula=HOSTILE,
                description=HOSTILE,
                curve=replace(curve("", mined), name=HOSTILE),
            ),
            leaderboard=table.assign(coupling=HOSTILE, formula=HOSTILE),
            islands=(replace(island(0), label=HOSTILE),),
            search_references={HOSTILE: 0.1},
            gallery=shapes,
            refusals=(
                {
                    "reason": HOSTILE,
                    "status": Status.FAILED,
                    "count": 1,
                    "name": HOSTILE,
                    "source": HOSTILE,
                },
            ),
            champion_files=hostile_files(),
            mutators=mutators(HOSTILE),
            returns=returns(HOSTILE),
            task_figures={HOSTILE: SVG},
            paper_order=(HOSTILE,),
            sentences=(HOSTILE,),
            slots=bad,
            lineage=nodes(bad, FINALISTS),
            losses=losses([HOSTILE, "ReLU"]),
            tasks=tasks(formula=HOSTILE),
            verdicts=verdicts(HOSTILE),
            checks=(
                Check(title=HOSTILE, how=HOSTILE, table=pd.DataFrame({HOSTILE: [HOSTILE]})),
            ),
            isolation={HOSTILE: HOSTILE},
            provenance=Provenance(
                config=HOSTILE,
                versions={HOSTILE: HOSTILE},
                hashes={HOSTILE: HOSTILE},
                commands=(HOSTILE,),
            ),
        )
    )


def links_of(html):
    return [a["href"][1:] for tag, a in Page(html).elements if tag == "a"]


def test_every_section_has_a_heading_and_is_linked_from_the_top(html):
    headings = [(tag, a["id"]) for tag, a in Page(html).elements if tag in ("h2", "h3")]
    assert headings == [
        one
        for part, (_, sections) in GROUPS.items()
        for one in [("h2", part), *(("h3", anchor) for anchor in sections)]
    ]
    assert len(GROUPS) == 5 and links_of(html.split("<nav")[1].split("</nav>")[0]) == [*GROUPS]
    for part, (_, sections) in GROUPS.items():
        inside = html.split(f'<h2 id="{part}">')[1].split("</ul>")[0]
        assert links_of(inside) == list(sections)


def test_every_section_says_how_to_read_it(html):
    for section in html.split("<section>")[1:]:
        assert re.match(r'(\s|<div[^>]*>)*<p class="how">', section.split("</h3>")[1])


def test_of_many_operators_those_of_most_candidates_come_first_and_the_rest_is_not_hidden():
    lines = [
        dict.fromkeys(MUTATORS, 0)
        | {"arm": "main", "mutator": "embedded", "operator": f"edit {n}", "slots": n}
        for n in range(12)
    ]
    told = render(brief(mutators=pd.DataFrame(lines))).split('aria-label="Mutators"')[1]
    rows, after = told.split("</table>")[:2]
    assert re.findall(r"<td class=\"text\">(edit \d+)</td><td>(\d+)", rows) == [
        (f"edit {n}", str(n)) for n in range(11, -1, -1)
    ]
    assert "<summary>Show all 12 rows</summary>" in after


def test_the_answer_opens_the_page_and_the_champions_standing_follows(html):
    text = " ".join(Page(html.split("<main")[0]).text.split())
    assert "It was searched. It was found. It was doubted." in text
    standing = Page(html.split('class="facts-line"')[1].split("</dl>")[0]).text
    row = report().leaderboard.iloc[0]
    assert signed(row.held_out_fitness) in standing and "of 18" in standing


def test_three_verdicts_open_the_page_in_words_signs_and_figures(html):
    top = html.split('<ul class="verdicts"')[1].split("</ul>")[0]
    cards = [" ".join(Page(card).text.split()) for card in top.split("<li")[1:]]
    assert [card.partition(" times its OOD loss")[0].partition("> ")[2] for card in cards] == [
        "Better than ReLU? ✓ Yes 0.62",
        "Better than GELU? ? Not shown 1.01",
        "Better than SiLU? best known on the search tasks ✗ Worse 1.24",
    ]
    assert "95% interval 0.57 to 0.68, p = 1.2·10⁻⁹" in cards[0]
    assert re.findall('<li class="(.*?)"', top) == ["better", "open", "worse"]


def test_what_the_verdicts_leave_out_stands_below_them(html):
    below = html.split('<ul class="verdicts"')[1].split('<div class="hero">')[0]
    told = " ".join(Page(below.split('<div class="cautions">')[1]).text.split())
    assert told == "What these verdicts leave out Its plain mean is above SiLU's. It fits."
    plain = render(brief(verdicts=replace(verdicts(), cautions={})))
    assert '<ul class="verdicts"' in plain and "leave out" not in plain


def test_a_run_without_a_champion_asks_nothing():
    page = render(brief(champion=None, verdicts=Verdicts()))
    assert '<ul class="verdicts"' not in page and "No mined function qualified" in page


def test_files_go_where_the_page_goes(html):
    links = [a for tag, a in Page(html).elements if tag == "a" and "download" in a]
    assert {one["download"] for one in links} == set(DOWNLOADS)
    for one in links:
        head, _, content = one["href"].partition(",")
        assert head == "data:application/octet-stream;base64"
        assert base64.b64decode(content) == DOWNLOADS[one["download"]]


def test_formulas_stand_in_the_leaderboard_and_long_ones_open():
    long = " + ".join(f"{n} * sin({n} * x)" for n in range(12))
    table = board(NAMES[:3]).assign(formula=[long, "max(x, 0)", ""])
    page = render(brief(leaderboard=table))
    rows = page.split('id="board-main"')[1].split("</table>")[0].split("<tr data")[1:]
    assert "<summary><code><bdi>0 * sin(0 * x)" in rows[0] and f"<bdi>{long}</bdi>" in rows[0]
    assert "<code><bdi>max(x, 0)</bdi></code>" in rows[1] and "no formula" in rows[2]


def test_the_map_of_losses_names_the_task_and_its_formula_over_each_column(html):
    over = html.split('<svg class="columns"')[1].split("</svg>")[0]
    places = [a for tag, a in Page(over).elements if tag == "rect"]
    told = re.findall("<title>(.*?)</title>", over)
    assert told[:2] == ["sines_0 (sines): sin(x)", "sines_1 (sines): sin(x)"]
    assert len(told) == len(places) == 6
    left = [float(one["x"]) for one in places]
    wide = [float(one["width"]) for one in places]
    assert np.allclose(np.diff(left), wide[:-1], atol=0.02) and np.allclose(wide, wide[0], 0.01)


def test_where_the_champion_wins_is_told_by_family_and_by_task(html):
    section = html.split('<h3 id="losses">')[1].split("</section>")[0]
    families = section.split('aria-label="The champion by family"')[1].split("</table>")[0]
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in families.split("<tr>")[2:]]
    assert [row[:3] for row in rows] == [
        ["sines", "3", "100%"],
        ["&lt;b&gt;", "3", "33%"],
        ["all, alike", "6", "67%"],
    ]
    assert rows[0][3] == f"{np.exp(-0.8 / 3):.3f}"
    tasks = section.split('aria-label="All tasks"')[1].split("</table>")[0]
    names = re.findall(r'<th scope="row" class="text">(.*?)</th>', tasks)
    assert names[:3] == ["sines_0", "sines_2", "sines_1"] and len(names) == 6


@pytest.mark.parametrize(("best", "first"), [("gelu", "gelu"), ("relu", "relu")])
def test_a_best_known_function_that_is_relu_or_gelu_has_one_column(best, first):
    table = tasks()
    table["log_ratio_best_known"] = table[f"log_ratio_{best}"]
    found = task_outcomes(table)
    assert found is not None and (found.rivals, found.first) == (("relu", "gelu"), first)


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
            assert (attrs.get(name) or "#").startswith(("#", "data:"))
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
    main, apart = html.split("Batch-coupled functions</h4>")
    assert (
        "Turbulent" not in main.split('<table class="board sortable"')[1].split("</table>")[0]
    )
    table = apart.split('<table class="board sortable"')[1].split("</table>")[0]
    assert "Turbulent" in table and "mined batch" in table and "Mish" not in table


def test_a_run_in_which_nothing_was_scored_has_a_page():
    empty = Island(
        label="island 0",
        generations=history([nan, nan], [nan, nan]),
        scored=pd.DataFrame(columns=["generation", "fitness", "candidate_id"]),
    )
    page = render(
        report(
            champion=None,
            leaderboard=board([]),
            islands=(empty,),
            search_references={},
            gallery=(),
            status_counts=pd.DataFrame({Status.REJECTED: [4, 0]}),
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
            status_counts=pd.DataFrame(),
            refusals=(),
            mutators=pd.DataFrame(columns=list(MUTATORS)),
            returns=pd.DataFrame(columns=list(RETURNS)),
            sentences=(),
            slots=no_slots(),
            lineage=(),
            losses=None,
            tasks=tasks().iloc[:0],
            verdicts=Verdicts(),
            downloads={},
            fits={},
            task_figures={},
            paper_order=(),
            isolation={},
        )
    )
    assert [attrs["id"] for tag, attrs in Page(page).elements if tag == "h3"] == list(SECTIONS)


def test_who_proposed_is_told_with_its_acceptance_and_cost():
    page = render(brief())
    assert "openai/some-model" in page and "31245" in page and "0.0123" in page


def test_what_candidates_gained_is_told_by_cpu_hour_and_by_dollar_with_intervals():
    page = render(brief())
    told = page.split("What candidates gained for what they cost")[1]
    told = " ".join(told.split("</table>")[0].replace("<", " <").split())
    assert "90.00 (90.00 to 90.00)" in told  # .025 a second
    assert '>0.0123 </td> <td data-value="0.025">0.03 (' in told.replace(
        "</td>", " </td>"
    ).replace("  ", " ")
    assert f'<td data-value="">{DASH}' in told  # whom nobody pays


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
    renamed = replace(shape, curve=replace(shape.curve, name="漸近関数 🌊"))
    table = board([("漸近関数", "mined")])
    page = render(brief(gallery=(renamed,), leaderboard=table))
    assert "漸近関数 🌊" in page
    assert not [str(w.message) for w in recwarn.list]


def test_plain_losses_are_described_as_such():
    page = render(brief(fitness=fitness(aggregation="mean_loss")))
    assert "with its sign turned" in page and "worse than ReLU" not in page


def test_region_and_weights_of_the_fitness_are_told():
    target = {"region": "id", "weights": {"feynman": 0.0}}
    page = render(brief(fitness=fitness(target=target)))
    assert "the weighted mean over tasks of log(ReLU\u2019s in-distribution loss" in page
    assert "weighted" not in render(brief())


def test_a_drawing_that_is_no_svg_is_refused():
    with pytest.raises(ValueError, match="'tasks': not an SVG document"):
        render(brief(task_figures={"tasks": "<svg"}))


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
    assert significant(value) == text and loss(value) == text


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
