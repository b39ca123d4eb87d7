"""The identity of the run, and the tasks."""


rule freeze_run:
    """Write down the configuration, versions and code that make up this run."""
    output:
        run=f"{RUN}/run.yaml",
        rerun=f"{RUN}/configuration.yaml",
    log:
        f"{RUN}/logs/freeze_run.log",
    benchmark:
        f"{RUN}/benchmarks/freeze_run.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        configuration=IDENTITY,
    shell:
        'python "$SCRIPTS"/freeze_run.py --configuration {params.configuration:q}'
        " --run {output.run:q} --rerun {output.rerun:q} > {log:q} 2>&1"
        " || (cat {log:q} >&2; exit 1)"


rule draw_suite:
    """Draw the tasks of one suite."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
    output:
        arrays=f"{RUN}/suites/{{suite}}.npz",
        manifest=f"{RUN}/suites/{{suite}}.json",
    log:
        f"{RUN}/logs/draw_suite_{{suite}}.log",
    benchmark:
        f"{RUN}/benchmarks/draw_suite_{{suite}}.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    shell:
        'python "$SCRIPTS"/draw_suite.py --run {input.run:q} --suite {wildcards.suite}'
        " --arrays {output.arrays:q} --manifest {output.manifest:q} > {log:q} 2>&1"
        " || (cat {log:q} >&2; exit 1)"


rule plot_tasks:
    """Show every task with one or two inputs, its training and its test region."""
    input:
        arrays=f"{RUN}/suites/{{suite}}.npz",
        manifest=f"{RUN}/suites/{{suite}}.json",
    output:
        shown(f"{RUN}/suites/{{suite}}.svg", "tasks", "Tasks", "{suite} tasks"),
    log:
        f"{RUN}/logs/plot_tasks_{{suite}}.log",
    benchmark:
        f"{RUN}/benchmarks/plot_tasks_{{suite}}.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    shell:
        'python "$SCRIPTS"/plot_tasks.py --arrays {input.arrays:q}'
        " --manifest {input.manifest:q} --out {output:q} > {log:q} 2>&1"
        " || (cat {log:q} >&2; exit 1)"


rule list_catalog:
    """List the known activations, each judged by the gate."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
    output:
        f"{RUN}/catalog/candidates.jsonl",
    log:
        f"{RUN}/logs/list_catalog.log",
    benchmark:
        f"{RUN}/benchmarks/list_catalog.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    shell:
        'python "$SCRIPTS"/list_catalog.py --run {input.run:q}'
        " --out {output:q} > {log:q} 2>&1"
        " || (cat {log:q} >&2; exit 1)"
