"""The report in a real browser: Debian's Chromium, without a network."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from actmine.report.lineage import nodes
from actmine.report.page import SECTIONS, render
from actmine.report.run_comparison import Compared, draw
from actmine.report.slots import Island, Slots
from actmine.settings.frozen import description
from actmine.tables.searched import searched
from configured import changed
from report_pages import DOWNLOADS, FINALISTS, HOSTILE, board, history, hostile_files, report
from report_slots import row, seen, slots

CHROMIUM = Path("/usr/bin/chromium")
LARGE = 20_000  # candidates
LARGEST = 15e6  # bytes of a large run's page
PATIENCE_S = 3.0  # until a large run's page answers

ROWS = [("leaky wave", "mined"), (HOSTILE, "mined"), ("ReLU", "catalog"), ("Tanh", "paper")]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not CHROMIUM.exists(), reason="no /usr/bin/chromium: apt install chromium"
    ),
]
playwright = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    """A page whose candidates all carry a script in their names, sources and summaries."""
    bad = slots(name=f"bad{HOSTILE}", summary=HOSTILE)
    source = f'def activation(x):\n    """{HOSTILE}"""\n    return x\n'
    bad = replace(bad, sources=dict.fromkeys(bad.sources, source))
    table = bad.table
    elites = history([0.0, 0.1, 0.2, 0.3], [0.0] * 4)
    island = Island(label="main, island 0", generations=elites, scored=table)
    champion = replace(report().champion, source=source, name=HOSTILE)
    told = report(
        champion=champion,
        champion_files=hostile_files(),
        slots=bad,
        islands=(island,),
        lineage=nodes(bad, FINALISTS),
        leaderboard=board(ROWS).assign(held_out_fitness=[0.3, 0.05, -0.02, -0.4]),
    )
    path = tmp_path_factory.mktemp("report") / "index.html"
    path.write_text(render(told), encoding="utf-8")
    return path


class Watched:
    """An open page with all that it said and asked for."""

    def __init__(self, browser, path, **context):
        self.page = browser.new_page(**context)
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: self.said.append(f"dialog {dialog.message}"))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(path.as_uri())

    def close(self):
        self.page.close()


@pytest.fixture
def opened(browser, page_file):
    watched = Watched(browser, page_file, viewport={"width": 1280, "height": 900})
    yield watched
    watched.close()


def test_every_section_is_seen_and_nothing_is_asked_of_a_network_or_said(opened):
    for anchor in SECTIONS:
        assert opened.page.locator(f"h3#{anchor}").is_visible()
    assert opened.said == []
    assert [url for url in opened.asked if not url.startswith(("file:", "data:"))] == []


def test_a_hostile_docstring_does_nothing(opened):
    page = opened.page
    assert page.locator("img").count() == 0 and page.locator("script").count() == 2
    assert "alert(2)" in page.locator("main").inner_text()
    page.evaluate("() => { document.body.insertAdjacentHTML('beforeend',"
                  " '<img src=x onerror=\"window.hurt = 1\">'); }")  # fmt: skip
    page.wait_for_timeout(100)
    assert page.evaluate("() => window.hurt") is None  # the policy holds what escaping let by
    assert not [text for text in opened.said if text.startswith("dialog")]


def test_what_is_to_be_taken_along_is_copied_as_it_stands(browser, page_file):
    watched = Watched(browser, page_file, permissions=["clipboard-read", "clipboard-write"])
    watched.page.get_by_text("Source", exact=True).click()
    box = watched.page.locator(".copyable", has=watched.page.get_by_label("Source"))
    box.get_by_role("button", name="Copy").click()
    box.get_by_text("Copied").wait_for()
    copied = watched.page.evaluate("() => navigator.clipboard.readText()")
    assert copied.splitlines()[1] == f'    """{HOSTILE}"""'
    assert watched.said == []
    watched.close()


def test_a_heading_sorts_its_table_both_ways(opened):
    column = opened.page.locator("#board-main thead th").nth(3)
    values = "() => [...document.querySelectorAll('#board-main tbody tr')].map(r => r.rowIndex"
    values += " && parseFloat(r.cells[3].textContent.replace('\u2212', '-')))"
    column.locator("button").click()
    rising = opened.page.evaluate(values)
    assert (
        min(rising) < 0
        and rising == sorted(rising)
        and column.get_attribute("aria-sort") == "ascending"
    )
    column.locator("button").press("Enter")
    assert opened.page.evaluate(values) == sorted(rising, reverse=True)


def test_a_filter_leaves_one_origin(opened):
    opened.page.get_by_role("group", name="Show").first.get_by_text("known before").click()
    shown = opened.page.locator("#board-main tbody tr:visible")
    assert [one.get_attribute("data-origin") for one in shown.all()] == ["catalog"]


def test_a_function_of_the_tree_shows_its_difference(opened):
    page = opened.page
    last = page.locator("#tree a.node").first
    one = last.get_attribute("data-id")
    last.focus()
    last.press("Enter")
    chosen = page.locator("#entries li.chosen")
    assert chosen.count() == 1 and chosen.get_attribute("id") == f"n-{one}"
    assert chosen.locator("pre").is_visible()
    assert last.get_attribute("aria-current") == "true"


def test_points_answer_to_the_pointer_and_to_arrow_keys(opened):
    plot = opened.page.locator("#map ~ figure .plot")
    plot.scroll_into_view_if_needed()
    plot.focus()
    plot.press("ArrowRight")
    card = opened.page.locator(".card-of-point")
    assert card.is_visible() and "fitness" in card.inner_text()
    first = card.inner_text()
    plot.press("ArrowRight")
    assert card.inner_text() != first
    plot.press("Escape")
    assert not card.is_visible()


def test_the_readers_choice_of_light_or_dark_wins(opened):
    ground = "() => getComputedStyle(document.body).backgroundColor"
    light = opened.page.evaluate(ground)
    opened.page.locator("#theme").click()
    assert opened.page.evaluate(ground) != light
    opened.page.emulate_media(color_scheme="light")
    assert opened.page.evaluate(ground) != light


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)]
)
def test_the_page_is_accessible_and_no_wider_than_its_screen(browser, page_file, scheme, width):
    size = {"width": width, "height": 844}
    watched = Watched(browser, page_file, viewport=size, color_scheme=scheme)
    found = axe.Axe().run(watched.page).response
    told = [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]]
    assert told == [] and len(found["passes"]) > 20
    assert watched.page.evaluate("() => document.documentElement.scrollWidth") <= width
    watched.close()


@pytest.fixture(scope="module")
def long_file(tmp_path_factory):
    """A page whose leaderboard, gallery and reasons are longer than what is shown of them."""
    known = [(f"known {n}", "catalog") for n in range(14)]
    told = report()
    path = tmp_path_factory.mktemp("long") / "index.html"
    page = report(
        leaderboard=board([("leaky wave", "mined"), *known]),
        gallery=told.gallery * 2,
        refusals=list(told.refusals) * 3,
    )
    path.write_text(render(page), encoding="utf-8")
    return path


ROWS_SEEN = "#board-main tbody tr:visible"


def test_ten_functions_are_shown_and_all_when_asked_without_a_script(browser, long_file):
    watched = Watched(browser, long_file, java_script_enabled=False)
    assert watched.page.locator(ROWS_SEEN).count() == 10
    watched.page.get_by_text("Show all 15 functions").click()
    assert watched.page.locator(ROWS_SEEN).count() == 15
    watched.close()


def test_a_filter_finds_what_ten_rows_leave_out(browser, long_file):
    watched = Watched(browser, long_file)
    watched.page.get_by_role("group", name="Show").first.get_by_text("known before").click()
    assert watched.page.locator(ROWS_SEEN).count() == 14
    watched.close()


# What lies in a closed element, or was scrolled or styled away.
UNSEEN = """() => [...document.querySelectorAll(
        'details > :not(summary), tbody tr, #entries li')]
    .filter(one => !one.closest('.all'))
    .filter(one => !one.checkVisibility({contentVisibilityAuto: true, opacityProperty: true})
                   || one.getBoundingClientRect().height === 0)
    .map(one => one.outerHTML.slice(0, 100))"""


def test_printing_loses_nothing(browser, long_file):
    watched = Watched(browser, long_file, viewport={"width": 720, "height": 1000})
    assert len(watched.page.evaluate(UNSEEN)) > 10  # on a screen much is folded
    watched.page.emulate_media(media="print")
    watched.page.wait_for_function(f"() => ({UNSEEN})().length === 0")  # folds open in a frame
    assert watched.page.locator(ROWS_SEEN).count() == 15
    assert watched.page.evaluate("() => document.documentElement.scrollWidth") <= 720
    cut = "() => [...document.querySelectorAll('.scroll, pre')].filter("
    cut += "one => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX"
    cut += " !== 'visible').map(one => one.outerHTML.slice(0, 100))"
    assert watched.page.evaluate(cut) == []
    watched.close()


def test_paper_is_light_whatever_the_reader_chose(browser, long_file):
    watched = Watched(browser, long_file, color_scheme="dark")
    ground = "() => getComputedStyle(document.body).backgroundColor"
    dark = watched.page.evaluate(ground)
    watched.page.emulate_media(media="print", color_scheme="dark")
    assert watched.page.evaluate(ground) != dark
    watched.close()


def test_a_file_that_the_page_holds_is_saved_with_its_name_and_bytes(browser, long_file):
    watched = Watched(browser, long_file)
    with watched.page.expect_download() as waiting:
        watched.page.get_by_role("link", name="leaderboard.csv").click()
    saved = waiting.value
    assert saved.suggested_filename == "leaderboard.csv"
    assert saved.path().read_bytes() == DOWNLOADS["leaderboard.csv"]
    assert watched.said == []
    watched.close()


def test_the_page_is_whole_without_a_script(browser, page_file):
    watched = Watched(browser, page_file, java_script_enabled=False)
    assert watched.page.locator(".verdicts li:visible").count() == 3
    assert watched.page.locator("#entries li").first.is_visible()
    assert watched.page.locator("#tree svg").is_visible()
    assert watched.page.locator("#board-main tbody tr").count() == len(ROWS)
    assert watched.page.locator("#theme").is_hidden()
    assert watched.page.locator(".costs tbody tr").count() == 2
    assert watched.page.locator("svg.columns title").count() == 6
    assert watched.page.get_by_role("button", name="Copy").count() == 0
    watched.close()


def test_a_comparison_of_runs_is_accessible_and_shows_every_run(browser, tmp_path, smoke):
    (first,) = board([(HOSTILE, "mined")]).to_dict("records")
    standings = {"one": {str(name): told for name, told in first.items()}, "two": None}
    standings["one"]["name"] = HOSTILE
    runs = [
        Compared(
            name=f"results/{name}",
            frozen=description(changed(smoke, run=name, seed=seed)),
            standing=standing,
            curve=report().champion.curve,
            formula=None,
            source=f'"""{HOSTILE}"""',
            slots=slots(20).table,
            candidates=searched(slots(20).table),
            cpu_s=60.0,
            suites={"search": "a", "held_out": "b"},
        )
        for seed, (name, standing) in enumerate(standings.items())
    ]
    path = tmp_path / "compare.html"
    path.write_text(draw(runs), encoding="utf-8")
    watched = Watched(browser, path)
    assert axe.Axe().run(watched.page).response["violations"] == []
    assert watched.page.locator("#champions ~ .scroll tbody tr").count() == 2
    assert watched.page.locator("#settings ~ .scroll tbody th").all_inner_texts() == ["seed"]
    assert watched.page.locator("img").count() == 0 and watched.said == []
    watched.close()


def rippled(frequency, x):
    return np.maximum(x, 0) + 0.1 * np.sin(frequency * x)


def large_report():
    """20,000 candidates on four islands."""
    rng = np.random.default_rng(0)
    shapes = [seen(partial(rippled, k)) for k in range(40)]
    rows: list[dict[str, Any]] = []
    sources, prints = {}, {}
    for number in range(LARGE):
        parent = rows[number - 200]["candidate_id"] if number >= 200 else ""
        made, source = row(number, parents=parent, fitness=float(rng.normal(0, 0.2)))
        made |= {"generation": number // 400, "island": number % 4}
        rows.append(made)
        sources[made["candidate_id"]] = source
        prints[made["candidate_id"]] = shapes[number % 40]
    table = pd.DataFrame(rows)
    islands = tuple(
        Island(
            label=f"main, island {island}",
            generations=history(np.linspace(0, 0.4, 50), np.linspace(-0.2, 0.2, 50)),
            scored=part,
        )
        for island, part in table.groupby("island")
    )
    all_slots = Slots(table=table, sources=sources, prints=prints)
    finalists = list(table["candidate_id"].tail(5))
    return report(slots=all_slots, islands=islands, lineage=nodes(all_slots, finalists))


def test_a_run_of_twenty_thousand_candidates_stays_small_and_quick(browser, tmp_path):
    path = tmp_path / "large.html"
    path.write_text(render(large_report()), encoding="utf-8")
    assert path.stat().st_size <= LARGEST
    watched = Watched(browser, path)
    watched.page.wait_for_selector("#tree a[aria-current]")  # the last thing the script does
    ready = "() => performance.getEntriesByType('navigation')[0].loadEventEnd / 1000"
    assert 0 < watched.page.evaluate(ready) <= PATIENCE_S
    assert watched.said == []
    watched.close()
