"""Configuration, paths, and the functions that give rules their inputs."""

import json
import os
import re
import sys
from math import ceil
from pathlib import Path
from shlex import quote

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake.settings.types import DeploymentMethod

SCRIPTS = str(Path(HERE, "workflow_scripts"))
# Instead of the checkout's own folder, in which a user's random.py may stand.
sys.path = [SCRIPTS, *(place for place in sys.path if place != HERE)]
# For jobs under `--sdm conda`; Snakemake would take a brace in the path for a wildcard.
ENVIRONMENT = (
    str(Path(HERE, "rules/envs/jobs.yaml")).replace("{", "{{").replace("}", "}}")
)
# What jobs import from; an empty entry would mean the folder in which they stand.
IMPORTED = filter(os.path.isabs, os.getenv("PYTHONPATH", "").split(os.pathsep))

from actmine import code_hash, layout
from actmine.display.narrator import Narrator
from actmine.evolution.islands import neighbours as islands_met
from actmine.evolution.islands import slots
from actmine.external.plan import digests as external_digests
from actmine.functions.catalog import KNOWN, compared, leader_count
from actmine.llm.access import require_keys, require_no_secrets, require_prices
from actmine.llm.prices import PriceError
from actmine.llm.providers import ModelError
from actmine.llm.queue import reminder
from actmine.machine import cards_asked
from actmine.settings import frozen as run
from actmine.settings import run_plan
from actmine.settings.arms import leaders_asked, repeated_groups
from actmine.settings.configuration import (
    ConfigError,
    arm_settings,
    execution,
    identity,
    preset_path,
    read_yaml,
)
from actmine.settings.embedding import layered
from actmine.settings.measurements import (
    HELD_OUT,
    LATER_DRAW,
    MEASUREMENTS,
    REMEASURED,
    SEARCH,
    further,
    search_draw,
    suite_name,
)
from actmine.tasks.named import require_drawable, resolve_named
from actmine.transfer.plan import digests as transfer_digests

# A chain of generations is one path through the DAG, which Snakemake walks recursively.
sys.setrecursionlimit(100_000)

PRESET = config.get("preset")
# A module of another workflow that is given a `config`: Snakemake adds no file to it.
GIVEN = workflow.modifier.skip_configfile

if not GIVEN and PRESET not in (None, "", "null"):
    try:
        preset_path(PRESET)
    except ConfigError as error:
        raise WorkflowError(str(error))

    # Loaded in this way, and not merged by hand, the command line wins over it.
    configfile: Path(HERE, f"config/presets/{PRESET}.yaml")


try:
    for path in () if GIVEN else workflow.overwrite_configfiles:
        read_yaml(Path(path))  # Snakemake's reader takes the last of two equal keys
    require_no_secrets(config, os.environ)
    SETTINGS = resolve_named(layered(config) if GIVEN else config)
    RUN = str(Path(SETTINGS.results, SETTINGS.run))
    run.require_writable(Path(RUN))
    run.require_same(Path(RUN, layout.RUN_FILE), SETTINGS)
    if not Path(RUN, layout.RUN_FILE).exists():
        require_drawable(SETTINGS)
    require_prices(SETTINGS)
    if workflow.is_main_process:  # jobs elsewhere that ask no model need no key
        require_keys(SETTINGS, Path(RUN))
    # What a few functions are measured on besides: the A/A control, other labs.
    FURTHER = further(SETTINGS.validation.robustness)
except (ConfigError, ModelError, PriceError) as error:
    raise WorkflowError(str(error))

if workflow.modifier.path_modifier.replace_prefix(RUN) != RUN:
    raise WorkflowError(
        "a module's prefix does not reach what actmine's jobs keep beside their outputs; set"
        " `results` in its config instead"
    )

# Jobs run with the Python that runs Snakemake, also where no environment is activated, unless
# they have another one, by conda or in an image.
OTHER = {
    DeploymentMethod.CONDA,
    *([DeploymentMethod.APPTAINER] if SETTINGS.container else []),
}
if OTHER & set(workflow.deployment_settings.deployment_method):
    PYTHON = ""
else:
    PYTHON = f"PATH={quote(str(Path(sys.executable).parent))}:$PATH "
# One thread each: OpenBLAS takes 0.1 s to start others, which no stage has work for.
PREFIX = (
    f"export {PYTHON}PYTHONPATH={quote(os.pathsep.join([SCRIPTS, *IMPORTED]))}"
    f" OMP_NUM_THREADS=1 SCRIPTS={quote(SCRIPTS)}; "
)


class shell(shell):
    """Snakemake's, under the name that rules call it by: the prefix is for our rules alone."""


shell.prefix(PREFIX.replace("{", "{{").replace("}", "}}"))

IDENTITY = json.dumps(identity(SETTINGS), sort_keys=True)
ARMS = list(SETTINGS.arms)
BY_ARM = {arm: arm_settings(SETTINGS, arm) for arm in ARMS}
GENERATIONS = SETTINGS.search.generations
# How models are reached and what they may cost is no part of a run's frozen identity.
EXECUTION = quote(
    json.dumps(
        {
            key: part
            for key, part in execution(SETTINGS).items()
            if key in ("arms", "budget", "mutation")
        },
        sort_keys=True,
    )
)
# Where networks are trained: a resource of rules, since a parameter would count as a reason to
# train again. Jobs that need a card say so to the scheduler.
TRAINED_ON = quote(json.dumps({"lab": execution(SETTINGS)["lab"]}, sort_keys=True))
CARDS = cards_asked(SETTINGS.lab.device)
NARRATOR = Narrator(folder=Path(RUN))
# Curves by seed, where arms repeat a search under several.
STRATEGY_TABLES = (
    ["strategies.csv", "strategies.parquet"] if repeated_groups(BY_ARM) else []
)
PER_JOB = SETTINGS.candidates_per_job
ISLAND = f"{RUN}/{{arm}}/gen_{{gen}}/island_{{island}}"
VALIDATION = f"{RUN}/{{arm}}/validation"
# The generations are one long chain; what stands beside it fills the cores it leaves free.
SEARCH_FIRST = 1
# A changed prompt or mutator must not ask, and pay, again: `propose` is guarded instead, see
# settings/frozen.py. What a run froze is compared there too.
WITHOUT_CODE = ("freeze_run.py", "propose.py")


wildcard_constraints:
    arm="|".join(ARMS),
    gen=r"\d{4}",
    island=r"\d+",
    shard=r"\d+",
    suite=f"search|{LATER_DRAW}|remeasured|held_out",
    measurement="|".join([*MEASUREMENTS, LATER_DRAW]),


def rerun_on_changed_code():
    """Makes a rule run again when its script, or what the script imports, has changed."""
    for (
        planned
    ) in workflow.modifier.rules:  # ours: a workflow around this one has others
        if planned.shellcmd:
            (script,) = re.findall(r"(\w+\.py) ", planned.shellcmd)
            if script not in WITHOUT_CODE:
                planned.set_params(code=code_hash.digest(script))


def hold_run():
    """Refuses to start beside another invocation on the same results."""
    try:
        run.hold(Path(RUN))
    except ConfigError as error:
        raise WorkflowError(str(error))


def hand_over_narrator():
    """Gives the logger `actmine` what tells of the run; to others the record is empty."""
    logger.info("", extra={"narrator": NARRATOR})


def tell_aim():
    """Has that logger tell of the run from now on."""
    NARRATOR.aims_at({job.rule.name for job in workflow.dag.needrun_jobs()})
    hand_over_narrator()


def tell_end():
    """Says what the run found, where it stands and what to do next."""
    if lines := NARRATOR.closing():
        logger.info("\n".join(lines), extra={"closing": True})


def remind_of_queue():
    """Says at the end what waits for somebody's reply: other jobs had the last word."""
    if told := reminder(Path(RUN, layout.QUEUE)):
        logger.warning(f"{told}; then run again to continue")


def rest_scheduler():
    """Lets Snakemake's scheduler sleep until a job has ended.

    By its default limit of 100 jobs a second, Snakemake 9.27 wakes it every second once more
    for each job that has ended while others wait, which after some hundred jobs takes a core.
    Any other limit was asked for, and stays.
    """
    limiter = workflow.scheduler.job_rate_limiter
    if limiter and (limiter.max_jobs, limiter.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None


def jobs_at_a_time():
    """How many jobs run together, here or on a cluster."""
    asked = workflow.resource_settings
    return int((asked.nodes if workflow.non_local_exec else asked.cores) or 1)


def shard_count(candidates):
    """How many jobs measure so many candidates."""
    return ceil(candidates / PER_JOB)


def islands(arm):
    """The numbers of an arm's islands."""
    return range(BY_ARM[arm].search.islands)


def model_calls(wildcards):
    """1 where a job sends requests, which few may do at once; seeds and queues send none."""
    return int(int(wildcards.gen) > 0 and BY_ARM[wildcards.arm].mutation.sends)


def told_to_models(*paths):
    """An input function: these files where a job tells models of the known functions."""

    def told(wildcards):
        tells = BY_ARM[wildcards.arm].mutation.tells_known
        return [str(path) for path in paths] if int(wildcards.gen) > 0 and tells else []

    return told


def populations():
    """Every island's archive in every generation, the oldest first.

    A target that named only the last ones would be resolved by a recursion as deep as
    the search is long.
    """
    return [
        str(layout.island(Path(RUN), arm, gen, island) / "population.json")
        for gen in range(GENERATIONS + 1)
        for arm in ARMS
        for island in islands(arm)
    ]


def final_populations(wildcards):
    """The archives of an arm's islands after the last generation."""
    folders = (
        layout.island(Path(RUN), wildcards.arm, GENERATIONS, island)
        for island in islands(wildcards.arm)
    )
    return [str(folder / "population.json") for folder in folders]


def earlier_population(wildcards):
    """The island's archive one generation before; nothing before the seeds."""
    gen = int(wildcards.gen)
    if gen == 0:
        return []
    folder = layout.island(Path(RUN), wildcards.arm, gen - 1, int(wildcards.island))
    return str(folder / "population.json")


def neighbour_populations(wildcards):
    """What the island reads of others one generation before; mostly nothing."""
    gen, island = int(wildcards.gen), int(wildcards.island)
    others = islands_met(BY_ARM[wildcards.arm].search, generation=gen, island=island)
    return [
        str(layout.island(Path(RUN), wildcards.arm, gen - 1, other) / "population.json")
        for other in others
    ]


def shards_of_generation(wildcards):
    """The evaluations of all slots of one island in one generation."""
    count = slots(BY_ARM[wildcards.arm].search, generation=int(wildcards.gen))
    island = ISLAND.format(**wildcards)
    return [f"{island}/shard_{k}/evaluations.jsonl" for k in range(shard_count(count))]


def seeds_measured(wildcards):
    """The catalog's evaluations, where the seeds are from it: the store keeps them for both."""
    seeded = int(wildcards.gen) == 0 and KNOWN in BY_ARM[wildcards.arm].search.seeds
    return catalog_shards(SEARCH) if seeded else []


def draw_of_generation(wildcards):
    """The suite that a generation is measured on, which is the name of its measurement."""
    search = BY_ARM[wildcards.arm].search
    return search_draw(int(wildcards.gen), search.rotate_every)


def reference_of_generation(wildcards):
    """ReLU and GELU on a generation's tasks."""
    return str(layout.reference(Path(RUN), draw_of_generation(wildcards)))


def catalog_shards(measurement):
    """The catalog's evaluations."""
    folder = layout.catalog_measured(Path(RUN), measurement)
    listed = SETTINGS.validation
    count = len(compared(listed.catalog))
    if measurement == HELD_OUT:
        count = leader_count(listed.catalog, leaders=leaders_asked(SETTINGS))
    return [f"{folder}/shard_{k}/evaluations.jsonl" for k in range(shard_count(count))]


def known_of(measurement):
    """The known functions of a measurement: all, or those that led there."""
    known = layout.catalog if measurement == SEARCH else layout.leaders
    return str(known(Path(RUN)))


def finalist_shards(measurement):
    """The evaluations of every arm's finalists."""
    return [
        f"{layout.finalists_measured(Path(RUN), arm, measurement)}/shard_{k}/evaluations.jsonl"
        for arm in ARMS
        for k in range(shard_count(validated(measurement)))
    ]


def validated(measurement):
    """The mined functions of an arm at most; those for contrast are not remeasured."""
    listed = SETTINGS.validation
    contrast = 0 if measurement == REMEASURED else listed.contrast
    return listed.finalists + contrast


def references(measurements):
    """ReLU and GELU on the tasks of some measurements."""
    return [str(layout.reference(Path(RUN), name)) for name in measurements]


def shown(path, caption, category, what):
    """A file that Snakemake's own report shows."""
    return report(
        path,
        caption=f"captions/{caption}.rst",
        category=category,
        labels={"run": SETTINGS.run, "what": what},
    )


def suite_of(measurement, kind):
    """The arrays ("npz") or the manifest ("json") that a measurement reads."""
    return f"{RUN}/suites/{suite_name(measurement)}.{kind}"
