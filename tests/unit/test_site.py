"""The site has every page, key and column, needs no network, and is built strictly."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from actmine.files import read_json
from actmine.settings.configuration import load
from actmine.tables.run_tables import TABLES

ROOT = Path(__file__).parents[2]
SCHEMA = yaml.safe_load((ROOT / "config/schema.yaml").read_text(encoding="utf-8"))
HOSTED = re.compile(r"^(https?:)?//")
pytestmark = pytest.mark.slow


class Asked(HTMLParser):
    """What a browser fetches by itself to show a page."""

    def __init__(self, text):
        super().__init__()
        self.addresses = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag in ("script", "img", "iframe", "source", "video"):
            self.addresses.append(given.get("src"))
        if tag == "link" and given.get("rel") not in ("next", "prev", "canonical"):
            self.addresses.append(given.get("href"))


def built(folder):
    command = (sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder))
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    done = built(folder)
    assert done.returncode == 0, done.stderr
    return folder


def text_of(path):
    return path.read_text(encoding="utf-8")


def test_every_page_of_the_documentation_has_an_address(site):
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")}
    elsewhere = {"index", "configure", "results", "contributing", "changelog"}
    made = {"keys", "columns", "404"}
    assert {path.stem for path in site.glob("*.html")} == pages | elsewhere | made


def test_no_page_needs_the_network(site):
    for path in site.glob("*.html"):
        asked = [address for address in Asked(text_of(path)).addresses if address]
        assert asked and not list(filter(HOSTED.match, asked)), path.name


def leaves(part, path=()):
    """The paths of all keys of resolved settings, down to lists and single values."""
    if not isinstance(part, dict):
        yield ".".join(path)
    else:
        for name, value in part.items():
            yield from leaves(value, (*path, name))


def test_every_key_of_a_resolved_configuration_has_its_row(site):
    """What a run knows, not what the schema was read as."""
    from actmine.records.rows import to_row

    page = text_of(site / "keys.html")
    told = set(re.findall(r"<code>([a-z0-9_.\[\]<>&;]+)</code>", page))
    free = ("arms.", "fitness.target.weights.", "validation.robustness.", "mutation.mutators")
    keys = [key for key in leaves(to_row(load("smoke"))) if not key.startswith(free)]
    assert len(keys) > 100 and [key for key in keys if key not in told] == []
    for key in ("mutation.mutators[].fallbacks[].model", "search.ladder[].steps"):
        assert key in told


def test_every_column_of_the_tables_has_its_row(site):
    page = text_of(site / "columns.html")
    for name, columns in TABLES.items():
        section = page.split(f"tables/{name}</code>")[1].split("<h2")[0]
        assert re.findall(r"<td><code>(\w+)</code></td>", section) == list(columns)


def test_a_link_to_a_file_of_the_repository_leads_to_its_copy(site):
    page = text_of(site / "validation.html")
    (address,) = set(re.findall(r'href="([^"]*comparison\.json)"', page))
    assert read_json(site / address) == read_json(ROOT / "docs/demo/comparison.json")
    (schema,) = set(re.findall(r'href="([^"]*schema\.yaml)"', text_of(site / "keys.html")))
    assert yaml.safe_load(text_of(site / schema)) == SCHEMA


def test_python_is_described_by_its_own_docstrings(site):
    page = text_of(site / "api.html")
    for name in ("load", "Run", "score", "Standing", "leaderboard", "within_guard"):
        assert name in page
    assert "the message names those that there are" in " ".join(page.split())


def test_the_figure_of_the_stages_names_rules():
    figure = text_of(ROOT / "docs/figures/workflow.svg")
    named = set(re.findall(r'class="rule">(\w+)<', figure))
    files = [ROOT / "Snakefile", *(ROOT / "rules").glob("*.smk")]
    rules = {
        name
        for path in files
        for name in re.findall(r"^(?:rule (\w+):|use rule \w+ as (\w+))", text_of(path), re.M)
        for name in name
        if name
    }
    assert len(named) > 15 and named <= rules


def test_a_link_that_leads_nowhere_ends_the_build(tmp_path):
    """What the other tests rest on: strictness covers links out of the documentation."""
    (tmp_path / "docs").mkdir()
    for name in ("hooks", "figures"):
        (tmp_path / "docs" / name).symlink_to(ROOT / "docs" / name)
    page = "# Lost\n\n[gone](../rules/gone.smk), [page](gone.md), [place](#gone)\n"
    (tmp_path / "docs/lost.md").write_text(page)
    settings = text_of(ROOT / "mkdocs.yml")
    settings = re.sub(r"^nav:.*", "nav: [lost.md]\n", settings, flags=re.M | re.S)
    (tmp_path / "mkdocs.yml").write_text(settings)
    command = (sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", "site")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode != 0
    for told in ("links to rules/gone.smk", "'gone.md'", "'#gone'"):
        assert told in done.stderr, done.stderr
