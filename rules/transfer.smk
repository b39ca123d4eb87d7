"""Do the functions help on real data? Benchmarks, trainings, comparison."""

from actmine.records.rows import to_row
from actmine.transfer.plan import benchmark_names, most_functions

ASKED = SETTINGS.transfer
TRANSFER = layout.transfer(Path(RUN), ASKED.tier)
BENCHMARKS = benchmark_names(ASKED)
FUNCTIONS_PER_JOB = ASKED.functions_per_job
TRANSFER_SHARDS = ceil(most_functions(SETTINGS) / FUNCTIONS_PER_JOB)
# What of the search is measured, if anything is.
MINED = ASKED.mined != "none"
# How jobs are cut decides no figure, and would count as a reason to train again.
TRANSFER_SETTINGS = json.dumps(
    {key: value for key, value in to_row(ASKED).items() if key != "functions_per_job"},
    sort_keys=True,
)


wildcard_constraints:
    benchmark="[a-z0-9_]+",


rule list_transfer:
    """List the functions that go to the benchmarks; settle how they are measured."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
        champion=[f"{RUN}/validation/champion.json"] if MINED else [],
        finalists=expand(f"{VALIDATION}/candidates.jsonl", arm=ARMS if MINED else []),
        files=ASKED.files,
    output:
        candidates=f"{TRANSFER}/candidates.jsonl",
        settings=f"{TRANSFER}/settings.json",
    log:
        f"{TRANSFER}/logs/list_transfer.log",
    benchmark:
        f"{TRANSFER}/benchmarks/list_transfer.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        settings=TRANSFER_SETTINGS,
    shell:
        'python "$SCRIPTS"/list_transfer.py --run {input.run:q}'
        " --transfer {params.settings:q} --champion {input.champion:q}"
        " --finalists {input.finalists:q} --files {input.files:q}"
        " --settings {output.settings:q} --out {output.candidates:q} > {log:q} 2>&1"
        " || (cat {log:q} >&2; exit 1)"


rule load_benchmark:
    """Read a benchmark's data where packages or users keep them."""
    input:
        settings=f"{TRANSFER}/settings.json",
    output:
        arrays=f"{TRANSFER}/data/{{benchmark}}.npz",
        manifest=f"{TRANSFER}/data/{{benchmark}}.json",
    log:
        f"{TRANSFER}/logs/load_benchmark_{{benchmark}}.log",
    benchmark:
        f"{TRANSFER}/benchmarks/load_benchmark_{{benchmark}}.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    shell:
        'python "$SCRIPTS"/load_benchmark.py --settings {input.settings:q}'
        " --benchmark {wildcards.benchmark} --arrays {output.arrays:q}"
        " --manifest {output.manifest:q} > {log:q} 2>&1"
        " || (cat {log:q} >&2; exit 1)"


rule train_transfer:
    """Train a shard of functions on one benchmark, with every seed."""
    input:
        settings=f"{TRANSFER}/settings.json",
        candidates=f"{TRANSFER}/candidates.jsonl",
        arrays=f"{TRANSFER}/data/{{benchmark}}.npz",
        manifest=f"{TRANSFER}/data/{{benchmark}}.json",
    output:
        f"{TRANSFER}/{{benchmark}}/shard_{{shard}}/outcomes.jsonl",
    log:
        f"{TRANSFER}/{{benchmark}}/shard_{{shard}}/transfer.log",
    benchmark:
        f"{TRANSFER}/{{benchmark}}/shard_{{shard}}/benchmark.tsv"
    conda:
        ENVIRONMENT
    resources:
        gpu=cards_asked(ASKED.device),
    params:
        store=f"{RUN}/store/transfer",
        per_job=FUNCTIONS_PER_JOB,
    shell:
        'python "$SCRIPTS"/transfer.py --settings {input.settings:q}'
        " --candidates {input.candidates:q} --benchmark {wildcards.benchmark}"
        " --arrays {input.arrays:q} --manifest {input.manifest:q}"
        " --shard {wildcards.shard} --per-job {params.per_job} --store {params.store:q}"
        " --out {output:q} > {log:q} 2>&1"
        " || (cat {log:q} >&2; exit 1)"


rule aggregate_transfer:
    """Compare the functions over all benchmarks: table, figure, findings."""
    input:
        settings=f"{TRANSFER}/settings.json",
        candidates=f"{TRANSFER}/candidates.jsonl",
        manifests=[f"{TRANSFER}/data/{name}.json" for name in BENCHMARKS],
        outcomes=expand(
            f"{TRANSFER}/{{name}}/shard_{{k}}/outcomes.jsonl",
            name=BENCHMARKS,
            k=range(TRANSFER_SHARDS),
        ),
        leaderboard=[f"{RUN}/validation/leaderboard.csv"] if MINED else [],
    output:
        multiext(
            f"{TRANSFER}/",
            "outcomes.csv",
            "summary.md",
            "summary.json",
        ),
        table=shown(f"{TRANSFER}/table.csv", "transfer", "Real data", "differences"),
        figure=shown(f"{TRANSFER}/figure.svg", "transfer", "Real data", "figure"),
    log:
        f"{TRANSFER}/logs/aggregate_transfer.log",
    benchmark:
        f"{TRANSFER}/benchmarks/aggregate_transfer.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        folder=TRANSFER,
    shell:
        'python "$SCRIPTS"/aggregate_transfer.py --settings {input.settings:q}'
        " --candidates {input.candidates:q} --data {params.folder:q}/data"
        " --outcomes {input.outcomes:q} --leaderboard {input.leaderboard:q}"
        " --out {params.folder:q} > {log:q} 2>&1"
        " || (cat {log:q} >&2; exit 1)"


rule seal_transfer:
    """Seal every file of the measurement with its hash, apart from the run's own seal."""
    input:
        findings=rules.aggregate_transfer.output,
        arrays=expand(f"{TRANSFER}/data/{{name}}.npz", name=BENCHMARKS),
    output:
        f"{TRANSFER}/sha256sums.txt",
    log:
        f"{TRANSFER}/logs/seal_transfer.log",
    benchmark:
        f"{TRANSFER}/benchmarks/seal_transfer.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        folder=TRANSFER,
    shell:
        'python "$SCRIPTS"/seal.py --folder {params.folder:q}'
        " --page {params.folder:q}/summary.md 2> {log:q}"
        " || (cat {log:q} >&2; exit 1)"
