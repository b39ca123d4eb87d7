"""What are the functions worth on tasks that others wrote? Suites, trainings, tables."""

from actmine.external import plan as external_plan
from actmine.records.rows import to_row
from actmine.settings.measurements import EXTERNAL

OTHERS = SETTINGS.external
OTHERS_FOLDER = layout.external(Path(RUN), OTHERS.tier)
OTHERS_SUITES = external_plan.suites(OTHERS)
OTHERS_PER_JOB = OTHERS.functions_per_job
OTHERS_SHARDS = ceil(external_plan.most_functions(SETTINGS) / OTHERS_PER_JOB)
OTHERS_SETTINGS = json.dumps(
    {key: value for key, value in to_row(OTHERS).items() if key != "functions_per_job"},
    sort_keys=True,
)


wildcard_constraints:
    others="|".join(external_plan.NAMES),


rule list_external:
    """List the functions that are measured on the suites of others."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
        catalog=f"{RUN}/catalog/candidates.jsonl",
        champions=[f"{RUN}/validation/compared.jsonl"] if OTHERS.mined else [],
        files=OTHERS.files,
    output:
        f"{OTHERS_FOLDER}/candidates.jsonl",
    log:
        f"{OTHERS_FOLDER}/logs/list_external.log",
    benchmark:
        f"{OTHERS_FOLDER}/benchmarks/list_external.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        settings=OTHERS_SETTINGS,
    shell:
        'python "$SCRIPTS"/list_external.py --run {input.run:q}'
        " --external {params.settings:q} --catalog {input.catalog:q}"
        " --champions {input.champions:q} --files {input.files:q} --out {output:q}"
        " > {log:q} 2>&1"
        " || (cat {log:q} >&2; exit 1)"


rule draw_external:
    """Draw one suite of others, or read its rows where a package keeps them."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
    output:
        arrays=f"{OTHERS_FOLDER}/{{others}}/suite.npz",
        manifest=f"{OTHERS_FOLDER}/{{others}}/suite.json",
    log:
        f"{OTHERS_FOLDER}/logs/draw_external_{{others}}.log",
    benchmark:
        f"{OTHERS_FOLDER}/benchmarks/draw_external_{{others}}.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        settings=OTHERS_SETTINGS,
    shell:
        'python "$SCRIPTS"/draw_external.py --run {input.run:q}'
        " --external {params.settings:q} --suite {wildcards.others}"
        " --arrays {output.arrays:q} --manifest {output.manifest:q} > {log:q} 2>&1"
        " || (cat {log:q} >&2; exit 1)"


use rule measure_reference as reference_external with:
    input:
        run=ancient(f"{RUN}/run.yaml"),
        arrays=f"{OTHERS_FOLDER}/{{others}}/suite.npz",
        manifest=f"{OTHERS_FOLDER}/{{others}}/suite.json",
    output:
        f"{OTHERS_FOLDER}/{{others}}/reference.jsonl",
    log:
        f"{OTHERS_FOLDER}/logs/reference_external_{{others}}.log",
    benchmark:
        f"{OTHERS_FOLDER}/benchmarks/reference_external_{{others}}.tsv"
    priority: 0
    params:
        measurement=f"{EXTERNAL}{{others}}",


use rule train as train_external with:
    input:
        run=ancient(f"{RUN}/run.yaml"),
        arrays=f"{OTHERS_FOLDER}/{{others}}/suite.npz",
        manifest=f"{OTHERS_FOLDER}/{{others}}/suite.json",
        reference=f"{OTHERS_FOLDER}/{{others}}/reference.jsonl",
        candidates=f"{OTHERS_FOLDER}/candidates.jsonl",
    output:
        f"{OTHERS_FOLDER}/{{others}}/shard_{{shard}}/evaluations.jsonl",
    log:
        f"{OTHERS_FOLDER}/{{others}}/shard_{{shard}}/train.log",
    benchmark:
        f"{OTHERS_FOLDER}/{{others}}/shard_{{shard}}/benchmark.tsv"
    priority: 0
    params:
        arm="",
        measurement=f"{EXTERNAL}{{others}}",
        per_job=OTHERS_PER_JOB,


rule aggregate_external:
    """Compare the functions over the suites of others: two tables and a page."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
        candidates=f"{OTHERS_FOLDER}/candidates.jsonl",
        suites=expand(f"{OTHERS_FOLDER}/{{name}}/suite.npz", name=OTHERS_SUITES),
        measured=expand(
            f"{OTHERS_FOLDER}/{{name}}/shard_{{k}}/evaluations.jsonl",
            name=OTHERS_SUITES,
            k=range(OTHERS_SHARDS),
        ),
    output:
        multiext(f"{OTHERS_FOLDER}/", "metrics.csv", "summary.md"),
        table=shown(
            f"{OTHERS_FOLDER}/table.csv", "external", "Tasks of others", "fitness"
        ),
    log:
        f"{OTHERS_FOLDER}/logs/aggregate_external.log",
    benchmark:
        f"{OTHERS_FOLDER}/benchmarks/aggregate_external.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        folder=OTHERS_FOLDER,
        suites=OTHERS_SUITES,
    shell:
        'python "$SCRIPTS"/aggregate_external.py --run {input.run:q}'
        " --candidates {input.candidates:q} --suites {params.suites:q}"
        " --out {params.folder:q} > {log:q} 2>&1"
        " || (cat {log:q} >&2; exit 1)"


rule seal_external:
    """Seal every file of the measurement with its hash, apart from the run's own seal."""
    input:
        findings=rules.aggregate_external.output,
    output:
        f"{OTHERS_FOLDER}/sha256sums.txt",
    log:
        f"{OTHERS_FOLDER}/logs/seal_external.log",
    benchmark:
        f"{OTHERS_FOLDER}/benchmarks/seal_external.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        folder=OTHERS_FOLDER,
    shell:
        'python "$SCRIPTS"/seal.py --folder {params.folder:q}'
        " --page {params.folder:q}/summary.md 2> {log:q}"
        " || (cat {log:q} >&2; exit 1)"
