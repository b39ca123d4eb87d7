"""What the documents say in figures is what the code and the demo's own files say.

`docs/demo` holds files of the default run; a long test makes that run again and compares.
"""

import argparse
import csv
import os
import re
import shlex
import subprocess
from dataclasses import replace
from math import exp, log

import pytest
import yaml
from scipy.stats import t as student

from actmine.commands import estimate
from actmine.files import read_json
from actmine.functions.catalog import by_name, compared, leader_count, seed_functions
from actmine.number_text import fixed, loss, signed
from actmine.settings.configuration import (
    DEMO_TAKES,
    arm_settings,
    families_of,
    load,
    presets,
)
from actmine.validation.statistics import detectable
from prose import ROOT, cells, page, quoted, said

DEMO = ROOT / "docs/demo"
TIMES = "\N{MULTIPLICATION SIGN}"
WORDS = 1_200  # of README.md, at most, bars of tables aside: all else has a page


README = page("README.md")
MAKEFILE = page("Makefile")
START, CONCEPTS, VALIDATION, MODELS, REPLICATION = (
    page(f"docs/{name}.md")
    for name in ("start", "concepts", "validation", "models", "replication")
)
CONFIGURE = page("config/README.md")


def test_the_readme_is_short():
    assert len([word for word in README.split() if re.search(r"\w", word)]) <= WORDS


def test_every_page_is_linked_from_the_readme_or_from_another_page():
    pages = {path.name: path.read_text("utf-8") for path in (ROOT / "docs").glob("*.md")}
    linked = set(re.findall(r"\]\(docs/([^)#]+)", README))
    for name, text in pages.items():
        linked |= set(re.findall(r"\]\(([^)#/]+\.md)", text)) - {name}
    assert pages.keys() <= linked


@pytest.fixture(scope="module")
def board():
    with (DEMO / "leaderboard.csv").open(newline="", encoding="utf-8") as file:
        return {row["candidate_id"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def champion(board):
    found = read_json(DEMO / "champion.json")
    return found | {
        key: float(value)
        for key, value in board[found["candidate_id"]].items()
        if key.startswith(("ratio", "held_out", "ci"))
    }


def named(board, name):
    (row,) = [row for row in board.values() if row["name"] == name]
    return row


def by_family(folder, candidate, other):
    """The OOD loss of a function over another one's on each family of held-out tasks."""
    gains = {
        (row["candidate_id"], row["family"]): float(row["log_ratio_relu"])
        for row in quoted(f"{folder}/families.csv")
    }
    return {
        family: exp(gains[other, family] - gain)
        for (one, family), gain in gains.items()
        if one == candidate
    }


def on_family(folder, family, column):
    """A column of a run's families on one of them, by candidate id."""
    rows = [row for row in quoted(f"{folder}/families.csv") if row["family"] == family]
    return {row["candidate_id"]: float(row[column]) for row in rows}


def tasks(settings, suite):
    families = families_of(settings, suite)
    drawn = sum(
        getattr(families, name).count
        for name in ("polynomial", "harmonic", "spherical")
        if getattr(families, name)
    )
    feynman = families.feynman
    return drawn + (len(feynman.equations) * feynman.boxes if feynman else 0)


def test_the_demos_answer_is_that_of_its_files(champion):
    search = load().search
    candidates = search.candidates_per_island * search.generations * search.islands
    formula = re.search(r"return (.*)", champion["source"])[1]
    for module in ("F.", "torch."):
        formula = formula.replace(module, "")
    comparison = read_json(DEMO / "comparison.json")
    beside = comparison["versus"][comparison["best_known"]["name"]]
    ends = f"(95% {beside['low']:.2f} to {beside['high']:.2f}, p {beside['p']:.0e})"
    relu, gelu = (comparison["versus"][name]["ratio"] for name in ("ReLU", "GELU"))
    assert beside["p"] < 0.05 and said(
        f"its {candidates} candidates end with the champion `{formula}`. On the held-out tasks "
        f"its OOD loss is {relu:.2f} times ReLU's, {gelu:.2f} times GELU's and "
        f"{beside['ratio']:.2f} times that of {comparison['best_known']['name']}, the best "
        f"known function on the search tasks {ends}, of which it is better on "
        f"{beside['won']:.0%}",
        START,
    )
    assert said(
        f"The demo's {candidates} candidates end at {beside['ratio']:.2f} times the loss of "
        f"the best known function {ends}, by sums of sines too.",
        README,
    )


def test_what_a_constant_would_do_is_that_of_the_demos_files(champion):
    waves, powers = (
        on_family("demo", family, "ratio_constant") for family in ("harmonic", "polynomial")
    )
    mine = champion["candidate_id"]
    relu = by_name("relu").candidate.candidate_id
    best = read_json(DEMO / "comparison.json")["best_known"]
    assert said(
        f"On sums of sines beyond their range it is {loss(waves[mine])} for the demo's "
        f"champion, {loss(waves[relu])} for ReLU and {loss(waves[best['candidate_id']])} for "
        f"{best['name']}; on polynomials the champion's is {loss(powers[mine])}.",
        VALIDATION,
    )


def test_where_the_demos_gain_lies_is_that_of_its_files(champion):
    comparison = read_json(DEMO / "comparison.json")
    best = comparison["best_known"]["candidate_id"]
    harmonic, polynomial, feynman = (
        by_family("demo", champion["candidate_id"], best)[family]
        for family in ("harmonic", "polynomial", "feynman")
    )
    assert said(
        f"lies in these tasks ({harmonic:.2f} times; polynomials {polynomial:.2f}, physics "
        f"{feynman:.2f})",
        VALIDATION,
    )


def test_what_the_demos_gain_costs_is_that_of_its_files(board, champion):
    """By the plain mean of losses, and inside the training region."""
    mined, relu = board[champion["candidate_id"]], named(board, "ReLU")
    ood, relus = (float(row["mean_ood_loss"]) for row in (mined, relu))
    inside = on_family("demo", "harmonic", "id_loss")
    fitted, well = inside[mined["candidate_id"]], inside[relu["candidate_id"]]
    assert said(
        f"mean OOD loss is {ood:.1f}, ReLU's {relus:.1f} and GELU's "
        f"{float(named(board, 'GELU')['mean_ood_loss']):.1f}",
        VALIDATION,
    )
    assert said(
        f"its in-distribution loss on sums of sines is {fitted:.2f}, where ReLU has {well:.2f}",
        VALIDATION,
    )
    matched = float(mined["ood_at_matched_id"])
    assert said(f"`ood_at_matched_id` is {matched:.2f} for it", VALIDATION)


def test_the_power_of_the_demo_is_that_of_its_comparison(board):
    comparison = read_json(DEMO / "comparison.json")
    gelu = comparison["versus"]["GELU"]
    ratio, sd, count = gelu["detectable_ratio"], gelu["sd"], gelu["tasks"]
    assert said(
        f"On the demo's {count:,} tasks a ratio of {ratio:.2f} to GELU is found with "
        f"{comparison['power']:.0%} power",
        CONCEPTS,
    )
    many, few = (detectable(1.0, freedom=freedom) for freedom in (79, 40))
    assert said(
        f"A paired test finds, with 80% power, a mean log ratio of {many:.2f} of its standard "
        f"errors at 79 degrees of freedom, of {few:.2f} at 40.",
        VALIDATION,
    )
    assert said(
        f"this deviation was {sd:.2f} for the champion against GELU: its test finds a true "
        f"ratio of {ratio:.2f}.",
        VALIDATION,
    )
    best = comparison["versus"][comparison["best_known"]["name"]]
    assert {tasks(load(preset), "held_out") for preset in ("demo", "overnight", "paper")} == {
        best["tasks"]
    }
    assert round(best["detectable_ratio"], 2) >= 0.93
    assert said(
        f"Against the best known function the champion's deviation was {best['sd']:.2f}: a "
        f"ratio of {best['detectable_ratio']:.2f} is found, for which the demo and the presets "
        f"`overnight` and `paper` have {best['tasks']:,} held-out tasks.",
        VALIDATION,
    )
    silu = named(board, "SiLU")
    reach = log(float(silu["ratio_gelu_high"])) - log(float(silu["ratio_gelu_low"]))
    error = reach / 2 / student.ppf(0.975, gelu["freedom"])
    found = exp(-detectable(error, freedom=gelu["freedom"]))
    assert reach < log(gelu["high"]) - log(gelu["low"])
    assert said(f"Functions more alike vary less (SiLU against GELU: {found:.2f})", VALIDATION)


def test_the_papers_order_in_the_demos_lab_is_that_of_its_file():
    sentences = read_json(DEMO / "paper_order.json")["sentences"]
    holds = {line.split(": ")[0] for line in sentences if ": holds" in line}
    assert holds == {"GELUSine < GELU-Sinc-Perturbation", "GELU < ReLU"}
    for text in (README, REPLICATION):
        assert said(
            "GELUSine < GELU-Sinc and GELU < ReLU do, but GELU's OOD loss is below", text
        )
    orders = [line.split("ours is ")[1] for line in sentences if "ours is" in line]
    assert len(orders) == 2 and all(order.startswith("GELU < ") for order in orders)


def test_every_page_has_the_time_that_the_demo_says_it_takes():
    others = ("docs/faq.md", "config/config.yaml", "examples/explore.ipynb")
    for text in (MAKEFILE, *map(page, others)):
        assert said(DEMO_TAKES, text)
    for text in (README, START):
        assert said(f"the demo {DEMO_TAKES.partition(' minutes')[0]}", text)


def test_the_demo_has_the_size_that_is_told():
    settings = load("demo")
    count = {suite: tasks(settings, suite) for suite in ("search", "held_out")}
    known = len(compared(settings.validation.catalog))
    assert said(f"It draws {count['search']} regression tasks to search on and", START)
    assert said(f"search on and {count['held_out']:,} others to validate on", START)
    assert said(f"the activation of {count['search']} networks", START)
    assert said(f"over {count['search']} regression tasks whose training and test", README)
    lab = settings.lab
    assert (lab.depth, lab.optimizer) == (2, "adam") and said(
        f"in the demo {count['search']} multilayer perceptrons of two hidden layers of "
        f"{lab.width} units, trained for {lab.steps} steps of Adam",
        CONCEPTS,
    )
    fresh = count["search"] * settings.validation.fresh
    assert said(f"trained again on {fresh} fresh tasks of the search's kinds", START)
    leaders = leader_count(None, leaders=settings.validation.leaders)
    assert said(f"the {leaders} known functions that lead or are named by a comparison", START)
    published = len(seed_functions(("known",)))
    assert said(f"Generation 0 is the {published} known functions of", START)
    assert said(f"among {known} known functions, next above", README.replace("\n", " "))
    written = re.search(r"\*\*Ladder\.\*\* `(.*?)`", CONCEPTS, re.S)[1]
    ladder = yaml.safe_load(written.removeprefix("search: "))["ladder"]
    assert [vars(rung) for rung in load("survival").search.ladder] == ladder
    assert not settings.search.ladder


@pytest.mark.parametrize("name", presets())
def test_the_table_of_presets_has_their_sizes(name):
    settings = load(name)
    (row,) = [line for line in CONFIGURE.splitlines() if re.match(rf"\|[^|]*`{name}`", line)]
    of_arms = [arm_settings(settings, arm).search for arm in settings.arms]
    sizes = {(one.generations, one.candidates_per_island) for one in of_arms}
    if name == "biases":
        assert f"{len(of_arms)} arms" in row
    elif name == "transfer-smoke":
        assert "no search" in row
    else:
        ((generations, candidates),) = sizes
        islands = f"{of_arms[0].islands} islands {TIMES} " if of_arms[0].islands > 1 else ""
        assert f"{islands}{generations} {TIMES} {candidates}" in row
    if name == "confirmation":
        seeds = re.search(r"^SEEDS \?= (.*)$", MAKEFILE, re.M)[1].split()
        assert f"{len(seeds)} runs of {len(of_arms)} arms" in row and "make confirmation" in row
    if len(of_arms) > 4:
        seeds = {one.seed for one in of_arms}
        groups = len(of_arms) // len(seeds)
        assert f"{len(of_arms)} arms" in row
        assert groups == 3 and len(seeds) == 5
    if row.endswith("tasks |"):
        assert row.endswith(f", {tasks(settings, 'search')} tasks |")


def dry_run_of(target):
    """The commands of a target that makes a run a seed, for the seeds 7 and 8, one a line.

    Each run is preceded by a line that lets the seed's other run serve it.
    """
    asked = ("make", "-n", "-o", "env", target, "SEEDS=7 8", "CORES=3")
    # Beside `make test`, whose own variables would make it say more.
    apart = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    dry = subprocess.run(
        asked, cwd=ROOT, capture_output=True, text=True, check=True, env=apart
    ).stdout
    return dry.replace("\\\n", "").splitlines()


def test_the_confirmation_is_a_run_a_seed_of_its_preset_and_then_all_of_them():
    *runs, pooling = dry_run_of("confirmation")
    runs = runs[1::2]
    assert [re.search(r"--cores 3 --config (.*)$", line)[1] for line in runs] == [
        f"preset=confirmation seed={seed} run=confirmation-{seed}" for seed in (7, 8)
    ]
    assert pooling.endswith(" strategies --of evolution confirmation-7 confirmation-8")
    (told,) = re.findall(r"^make confirmation.*$", VALIDATION, re.M)
    assert told.startswith('make confirmation SEEDS="')


@pytest.mark.parametrize(
    ("target", "run", "other"),
    [("seeds", "demo-7", "confirmation-7"), ("confirmation", "confirmation-7", "demo-7")],
)
def test_what_a_seeds_other_run_trained_serves_a_new_run(target, run, other, tmp_path):
    line = dry_run_of(target)[0]
    kept = tmp_path / f"results/{other}/store/ab/ab12.json"
    subprocess.run(["bash", "-ec", line], cwd=tmp_path, check=True)
    assert not list(tmp_path.iterdir())
    kept.parent.mkdir(parents=True)
    kept.write_text("{}")
    (tmp_path / f"results/.{run}/left").mkdir(parents=True)  # by a copy that was cut off
    subprocess.run(["bash", "-ec", line], cwd=tmp_path, check=True)
    copied = tmp_path / f"results/{run}"
    assert [path.relative_to(copied).as_posix() for path in copied.rglob("*.*")] == [
        "store/ab/ab12.json"
    ]
    (kept.parent / "cd34.json").write_text("{}")
    subprocess.run(["bash", "-ec", line], cwd=tmp_path, check=True)
    assert not list(copied.rglob("cd34.json"))  # a run that is there is left alone
    assert {path.name for path in (tmp_path / "results").iterdir()} == {run, other}


def test_the_other_seeds_are_the_demo_with_the_confirmations_validation():
    *runs, pooling = dry_run_of("seeds")
    runs = runs[1::2]
    assert pooling.endswith(" strategies --of main demo-7 demo-8")
    for seed, line in zip((7, 8), runs, strict=True):
        words = shlex.split(line.partition("--config ")[2])
        assert words == ["preset=seeds", f"seed={seed}", f"run=demo-{seed}"]
    seeds, confirmation = load("seeds"), load("confirmation")
    assert (seeds.validation, seeds.tasks) == (confirmation.validation, confirmation.tasks)
    assert (seeds.search, seeds.arms) == (load("demo").search, load("demo").arms)


def test_the_confirmation_is_the_demo_with_three_strategies():
    """Tasks, lab and budget of each arm are the demo's; seeds were never looked at before."""
    demo, settings = load("demo"), load("confirmation")
    arms = [arm_settings(settings, arm) for arm in settings.arms]
    assert [one.search.strategy for one in arms] == ["evolution", "best_of_n", "random_search"]
    for one in arms:
        assert replace(one.search, strategy="evolution") == demo.search
        assert (one.tasks.search, one.lab, one.gate, one.fitness, one.mutation) == (
            demo.tasks.search, demo.lab, demo.gate, demo.fitness, demo.mutation
        )  # fmt: skip
    assert tasks(settings, "held_out") >= 600
    assert not settings.search.ladder and set(settings.search.seeds) == {"known"}


@pytest.mark.parametrize("name", [name for name in presets() if name.startswith("bias-")])
def test_the_table_of_biases_has_their_sizes(name):
    ((*_, searched, held_out),) = cells(VALIDATION, rf"\| `{name}`")
    settings = load(name)
    for told, suite in ((searched, "search"), (held_out, "held_out")):
        families = families_of(settings, suite)
        if families.custom:
            (boxes,) = {task.boxes for task in families.custom}
            sizes = [len(families.custom), boxes]
        elif families.feynman:
            sizes = [len(families.feynman.equations), families.feynman.boxes]
        else:
            drawn = (families.polynomial, families.harmonic, families.spherical)
            sizes = [family.count for family in drawn if family]
        assert list(map(int, re.findall(r"\d+", told))) == sizes


@pytest.mark.slow
def test_the_table_of_prices_is_what_estimate_prints(capsys):
    columns = r"^\| `(\w+/.*?)` \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|$"
    rows = re.findall(columns, MODELS, re.M)
    parser = argparse.ArgumentParser()
    estimate.add_arguments(parser)
    assert len(rows) == 3
    assert estimate.run(parser.parse_args([model for model, *_ in rows])) == 0
    told = capsys.readouterr().out
    for model, tokens_in, tokens_out, usd, cached in rows:
        assert f"{tokens_in} tokens in, {tokens_out} out" in told, told
        assert re.search(rf"{model}: {usd} USD .*, {cached} USD with what is the same", told)


@pytest.mark.slow
def test_the_parts_of_a_prompt_have_the_tokens_that_are_told():
    parts = estimate.prompt_tokens(load(), "openai/gpt-5-mini")
    section = MODELS.partition("## What a prompt tells\n")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| (\w[\w ]+) \| [^|]* \| ([\d,]+) \|", section, re.M))
    told = {name: int(tokens.replace(",", "")) for name, tokens in rows.items()}
    assert told == {
        "system message": parts.same,
        "what was tried": parts.memory,
        "the question": parts.own,
    }
    assert said(f"{parts.known:,} of them the table of known functions", MODELS)
    assert said(f"of {parts.all:,} tokens {parts.same / parts.all:.0%} are the same", MODELS)
    assert parts.same > 0.7 * parts.all


def ends(row, digits):
    return f"({fixed(float(row['low']), digits)} to {fixed(float(row['high']), digits)})"


def test_what_the_biases_found_is_that_of_their_files():
    cross = quoted("biases/cross.csv")
    section = VALIDATION.split("### What four runs found")[1].split("\n- ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")]
    head, *told = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    runs = head[1:]
    assert [row["measured_on"] for row in cross] == runs * len(told)
    assert [cell.replace("*", "") for _, *row in told for cell in row] == [
        f"{signed(float(one['fitness']))} ({signed(float(one['low']))} to "
        f"{signed(float(one['high']))})"
        for one in cross
    ]


def test_the_biases_champions_stand_as_their_files_say():
    versus = [row for row in quoted("biases/versus.csv") if row["by"] == "task"]
    assert versus
    for row in versus:
        assert said(
            f"| {row['bias']} | {row['best_known']} | {fixed(float(row['ratio']), 2)} "
            f"{ends(row, 2)} | {float(row['p']):.1g} |",
            README,
        )
        assert said(
            f"{row['bias']}: against {row['best_known']}, the known function that was best on "
            f"its search tasks, {fixed(float(row['ratio']), 3)} times",
            VALIDATION,
        )
    assert said(f"In {sum(float(row['high']) < 1 for row in versus)} of these four", README)
    (parity,) = [
        row
        for row in quoted("biases/versus.csv")
        if (row["bias"], row["by"]) == ("parity", "formula")
    ]
    assert said(
        f"Parity's tasks come from {parity['sample']} formulas; with formulas as the sample "
        f"its p is {float(parity['p']):.3f}.",
        README,
    )


NUMBERS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
)  # fmt: skip


def figure(row, key, digits):
    return signed(float(row[key]), digits)


def gain(row, key):
    return f"{figure(row, key, 3)} ({figure(row, 'low', 3)} to {figure(row, 'high', 3)})"


def test_what_other_seeds_found_is_that_of_their_files():
    runs = quoted("confirmation/runs.csv")
    (over_runs,) = quoted("confirmation/differences.csv")
    assert cells(VALIDATION, r"\| 20\d\d ") == [
        [
            row["seed"],
            row["known"],
            *(figure(row, key, 2) for key in ("searched", "remeasured", "held_out")),
            gain(row, "gain"),
            f"{float(row['p']):.1g}",
            fixed(float(row["survival"]), 2),
        ]
        for row in runs
    ]
    seeds = " ".join(row["seed"] for row in runs)
    assert said(f'`make seeds SEEDS="{seeds}"`', VALIDATION)
    assert set(seeds.split()) <= set(re.search(r"^SEEDS \?= (.*)$", MAKEFILE, re.M)[1].split())
    above, shown, reverse = (over_runs[key] for key in ("above", "shown", "reversed"))
    assert said(f"{gain(over_runs, 'difference')} above the best known function", VALIDATION)
    assert said(
        f"in {above} of {len(runs)} runs it is above, in {shown} its own test shows it "
        f"(p < 0.05), in {reverse} the reverse",
        VALIDATION,
    )
    assert said(f"a median of {fixed(float(over_runs['survival']), 2)} survives", VALIDATION)
    ratio = f"loss some {exp(-float(over_runs['difference'])):.2f} times as high"
    assert said(ratio, VALIDATION)
    assert said(
        f"{gain(over_runs, 'difference')} above the best known function's, over runs, so its "
        f"{ratio}; in {shown} of {len(runs)} its own test shows it",
        README,
    )


def test_what_evolution_has_over_sampling_is_that_of_its_files():
    arms = ("evolution", "best-of-n", "random-search")
    rows = quoted("confirmation/arms/runs.csv")
    by_run = {(row["run"], row["arm"]): row for row in rows}
    runs = list(dict.fromkeys(row["run"] for row in rows))
    assert cells(VALIDATION, r"\| confirmation-") == [
        [run, *(gain(by_run[run, arm], "gain") for arm in arms)] for run in runs
    ]
    evolved = [by_run[run, "evolution"] for run in runs]
    seeds = " ".join(row["seed"] for row in evolved)
    assert said(f'`make confirmation SEEDS="{seeds}"`', VALIDATION)
    searches = {row["seed"]: row for row in quoted("confirmation/runs.csv")}
    for row in evolved:  # the search of the same seed
        search = searches[row["seed"]]
        assert (row["champion"], gain(row, "gain")) == (
            search["champion"],
            gain(search, "gain"),
        )
    spent = [sum(float(by_run[run, arm]["candidates_cpu_s"]) for run in runs) for arm in arms]
    assert said(
        f"{spent[1] / spent[0]:.2f} and {spent[2] / spent[0]:.2f} times evolution's CPU "
        "seconds",
        VALIDATION,
    )
    over_runs = {
        (row["better"], row["worse"]): row
        for row in quoted("confirmation/arms/differences.csv")
    }
    found = {arm: over_runs["evolution", arm] for arm in arms[1:]}
    keys = ("above", "shown", "reversed")
    above, shown, reverse = (found["best-of-n"][key] for key in keys)
    ahead = {arm: gain(row, "difference") for arm, row in found.items()}
    champion = f"evolution's champion is {ahead['best-of-n']} above best-of-"
    assert said(
        f"{champion}n's, in {above} of {len(runs)} runs above, in {shown} shown to be and in "
        f"{reverse} shown to be below",
        VALIDATION,
    )
    assert said(
        f"{champion}N's over runs; {shown} runs show it by themselves, {reverse} the reverse",
        README,
    )
    assert said(f"champion was better in {above} of {len(runs)} runs", CONCEPTS)
    number = NUMBERS[len(runs)]
    assert set(searches) == {row["seed"] for row in evolved}
    assert said("Sampling got as many candidates on each", README)
    assert said(
        f"in {NUMBERS[int(shown)]} runs of {number} evolution's champion is shown to be better "
        f"on held-out tasks than that of best-of-N, in {NUMBERS[int(reverse)]} worse",
        REPLICATION,
    )
    above, shown, reverse = (found["random-search"][key] for key in keys)
    assert said(
        f"{ahead['random-search']} above random search's, in {above} above, "
        f"in {shown} shown to be and in {reverse} shown to be below",
        VALIDATION,
    )
    assert shown == str(len(runs))
    assert said(f"in all {number} better than that of random", REPLICATION)
    for arm, sentence in (
        ("best-of-n", "{} above the"),
        ("random-search", "random search's {}"),
    ):
        of_arm = gain(over_runs[arm, "best known"], "difference")
        assert said(sentence.format(of_arm), VALIDATION)


def test_the_catalog_in_other_labs_is_that_of_its_files():
    labs = [row["lab"] for row in quoted("labs/labs.csv")]
    ranked = quoted("labs/functions.csv")
    told = cells(VALIDATION, r"\| \d{1,2} \|")
    for place, name, mean_rank, *by_lab in told:
        row = ranked[int(place) - 1]
        assert name.removesuffix(", the paper's") == row["name"]
        assert mean_rank == f"{float(row['mean_rank']):.1f}"
        assert by_lab == [
            f"{signed(float(row[f'{lab}_fitness']))} ({row[f'{lab}_rank']})" for lab in labs
        ]
    paper = {row["name"] for row in ranked if row["origin"] == "paper"}
    assert {name.removesuffix(", the paper's") for _, name, *_ in told} >= paper
    assert [int(place) for place, *_ in told[:20]] == list(range(1, 21))


def test_the_agreement_of_labs_and_the_papers_order_there_are_those_of_their_files():
    outcomes = {"holds": "holds", "does not hold": "no", "undecided": "open"}
    found = quoted("labs/paper_order.csv")
    labs = quoted("labs/labs.csv")
    for lab, (name, _, agreement, *held) in zip(
        labs, cells(VALIDATION, r"\| `(lab|long|slow|fast|wide|deep)`"), strict=True
    ):
        assert name == f"`{lab['lab']}`"
        if lab["spearman"]:
            rho, low, high = (f"{float(lab[key]):.2f}" for key in ("spearman", "low", "high"))
            assert agreement == f"{rho} ({low} to {high})"
        here = [outcomes[row["outcome"]] for row in found if row["lab"] == lab["lab"]]
        assert held == [
            f"{ratio} / {loss}" for ratio, loss in zip(here[:3], here[3:], strict=True)
        ]
