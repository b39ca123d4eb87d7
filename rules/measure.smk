"""Training: each job measures a shard of candidates. These are the jobs for a cluster."""


rule measure_reference:
    """Train ReLU and GELU, against which every loss is taken."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
        arrays=lambda w: suite_of(w.measurement, "npz"),
        manifest=lambda w: suite_of(w.measurement, "json"),
    output:
        f"{RUN}/reference/{{measurement}}/evaluations.jsonl",
    log:
        f"{RUN}/logs/measure_reference_{{measurement}}.log",
    benchmark:
        f"{RUN}/benchmarks/measure_reference_{{measurement}}.tsv"
    priority: SEARCH_FIRST
    conda:
        ENVIRONMENT
    resources:
        gpu=CARDS,
        execution=TRAINED_ON,
    params:
        store=f"{RUN}/store",
        measurement="{measurement}",
    shell:
        'python "$SCRIPTS"/train.py --run {input.run:q} --names relu gelu'
        " --measurement {params.measurement} --arrays {input.arrays:q}"
        " --manifest {input.manifest:q} --store {params.store:q}"
        " --execution {resources.execution} --out {output:q}"
        " > {log:q} 2>&1"
        " || (cat {log:q} >&2; exit 1)"


rule train:
    """Train a shard of one island's candidates on the search tasks."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
        arrays=lambda w: suite_of(draw_of_generation(w), "npz"),
        manifest=lambda w: suite_of(draw_of_generation(w), "json"),
        reference=reference_of_generation,
        candidates=f"{ISLAND}/proposals.jsonl",
        seeds=seeds_measured,
    output:
        f"{ISLAND}/shard_{{shard}}/evaluations.jsonl",
    log:
        f"{ISLAND}/shard_{{shard}}/train.log",
    benchmark:
        f"{ISLAND}/shard_{{shard}}/benchmark.tsv"
    priority: SEARCH_FIRST
    conda:
        ENVIRONMENT
    resources:
        gpu=CARDS,
        execution=TRAINED_ON,
    params:
        store=f"{RUN}/store",
        per_job=PER_JOB,
        arm="--arm {arm}",
        measurement=draw_of_generation,
    shell:
        'python "$SCRIPTS"/train.py --run {input.run:q} --candidates {input.candidates:q}'
        " --measurement {params.measurement} --arrays {input.arrays:q}"
        " --manifest {input.manifest:q} --reference {input.reference:q} {params.arm}"
        " --shard {wildcards.shard} --per-job {params.per_job} --store {params.store:q}"
        " --execution {resources.execution} --out {output:q} > {log:q} 2>&1"
        " || (cat {log:q} >&2; exit 1)"


use rule train as measure_catalog with:
    input:
        run=ancient(f"{RUN}/run.yaml"),
        arrays=lambda w: suite_of(w.measurement, "npz"),
        manifest=lambda w: suite_of(w.measurement, "json"),
        reference=f"{RUN}/reference/{{measurement}}/evaluations.jsonl",
        candidates=lambda w: known_of(w.measurement),
    output:
        f"{RUN}/catalog/{{measurement}}/shard_{{shard}}/evaluations.jsonl",
    log:
        f"{RUN}/catalog/{{measurement}}/shard_{{shard}}/train.log",
    benchmark:
        f"{RUN}/catalog/{{measurement}}/shard_{{shard}}/benchmark.tsv"
    priority: 0
    params:
        arm="",
        measurement="{measurement}",


use rule measure_catalog as measure_finalists with:
    input:
        run=ancient(f"{RUN}/run.yaml"),
        arrays=lambda w: suite_of(w.measurement, "npz"),
        manifest=lambda w: suite_of(w.measurement, "json"),
        reference=f"{RUN}/reference/{{measurement}}/evaluations.jsonl",
        candidates=f"{VALIDATION}/candidates.jsonl",
    output:
        f"{VALIDATION}/{{measurement}}/shard_{{shard}}/evaluations.jsonl",
    log:
        f"{VALIDATION}/{{measurement}}/shard_{{shard}}/train.log",
    benchmark:
        f"{VALIDATION}/{{measurement}}/shard_{{shard}}/benchmark.tsv"


rule measure_compared:
    """Train champions and references again: for the A/A control, or in another lab."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
        arrays=lambda w: suite_of(w.measurement, "npz"),
        manifest=lambda w: suite_of(w.measurement, "json"),
        candidates=f"{RUN}/validation/compared.jsonl",
    output:
        f"{RUN}/validation/{{measurement}}/evaluations.jsonl",
    log:
        f"{RUN}/logs/measure_compared_{{measurement}}.log",
    benchmark:
        f"{RUN}/benchmarks/measure_compared_{{measurement}}.tsv"
    wildcard_constraints:
        measurement="|".join(FURTHER),
    conda:
        ENVIRONMENT
    resources:
        gpu=CARDS,
        execution=TRAINED_ON,
    params:
        store=f"{RUN}/store",
    shell:
        'python "$SCRIPTS"/train.py --run {input.run:q} --candidates {input.candidates:q}'
        " --measurement {wildcards.measurement} --arrays {input.arrays:q}"
        " --manifest {input.manifest:q} --store {params.store:q}"
        " --execution {resources.execution} --out {output:q}"
        " > {log:q} 2>&1"
        " || (cat {log:q} >&2; exit 1)"
