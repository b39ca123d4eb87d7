"""What was found: finalists on held-out tasks, tables, and the report."""


rule pick_finalists:
    """Pick the best mined functions of an arm, and some others for contrast."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
        manifest=f"{RUN}/suites/search.json",
        reference=f"{RUN}/reference/search/evaluations.jsonl",
        populations=final_populations,
        catalog=f"{RUN}/catalog/candidates.jsonl",
    output:
        f"{VALIDATION}/candidates.jsonl",
    log:
        f"{VALIDATION}/pick_finalists.log",
    benchmark:
        f"{VALIDATION}/pick_finalists.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    shell:
        'python "$SCRIPTS"/pick_finalists.py --run {input.run:q} --arm {wildcards.arm:q}'
        " --populations {input.populations:q} --catalog {input.catalog:q}"
        " --out {output:q} > {log:q} 2>&1"
        " || (cat {log:q} >&2; exit 1)"


rule pick_leaders:
    """Name the known functions that are measured on held-out tasks."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
        manifest=f"{RUN}/suites/search.json",
        references=references(["search"]),
        catalog=f"{RUN}/catalog/candidates.jsonl",
        catalog_measured=catalog_shards("search"),
    output:
        f"{RUN}/catalog/leaders.jsonl",
    log:
        f"{RUN}/logs/pick_leaders.log",
    benchmark:
        f"{RUN}/benchmarks/pick_leaders.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    shell:
        'python "$SCRIPTS"/pick_leaders.py --run {input.run:q}'
        " --out {output:q} > {log:q} 2>&1"
        " || (cat {log:q} >&2; exit 1)"


rule pick_champions:
    """Name every arm's champion, and the known functions to compare it with further on."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
        manifests=expand(f"{RUN}/suites/{{suite}}.json", suite=["search", "remeasured"]),
        references=references(["search", "remeasured"]),
        catalog=f"{RUN}/catalog/candidates.jsonl",
        catalog_measured=catalog_shards("search"),
        finalists=expand(f"{VALIDATION}/candidates.jsonl", arm=ARMS),
        finalists_measured=finalist_shards("remeasured"),
    output:
        f"{RUN}/validation/compared.jsonl",
    log:
        f"{RUN}/logs/pick_champions.log",
    benchmark:
        f"{RUN}/benchmarks/pick_champions.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    shell:
        'python "$SCRIPTS"/pick_champions.py --run {input.run:q}'
        " --out {output:q} > {log:q} 2>&1"
        " || (cat {log:q} >&2; exit 1)"


rule validate:
    """Rank finalists and catalog on held-out tasks; name the champion."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
        manifests=expand(f"{RUN}/suites/{{suite}}.json", suite=MEASUREMENTS),
        arrays=f"{RUN}/suites/held_out.npz",
        references=references(MEASUREMENTS),
        catalog=f"{RUN}/catalog/candidates.jsonl",
        catalog_measured=[*catalog_shards("search"), *catalog_shards("held_out")],
        finalists=expand(f"{VALIDATION}/candidates.jsonl", arm=ARMS),
        finalists_measured=[
            *finalist_shards("remeasured"),
            *finalist_shards("held_out"),
        ],
    output:
        leaderboard=shown(
            f"{RUN}/validation/leaderboard.csv",
            "leaderboard",
            "Findings",
            "leaderboard",
        ),
        comparison=f"{RUN}/validation/comparison.json",
        champion=f"{RUN}/validation/champion.json",
        paper_order=f"{RUN}/validation/paper_order.json",
    log:
        f"{RUN}/logs/validate.log",
    benchmark:
        f"{RUN}/benchmarks/validate.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    shell:
        'python "$SCRIPTS"/validate.py --run {input.run:q}'
        " --leaderboard {output.leaderboard:q} --champion {output.champion:q}"
        " --comparison {output.comparison:q} --paper-order {output.paper_order:q} 2> {log:q}"
        " || (cat {log:q} >&2; exit 1)"


rule measure_champion:
    """Run the champion and what stands beside it: what it costs, curves, three tasks."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
        populations=populations(),
        catalog=f"{RUN}/catalog/candidates.jsonl",
        comparison=f"{RUN}/validation/comparison.json",
        champion=f"{RUN}/validation/champion.json",
        arrays=f"{RUN}/suites/held_out.npz",
        manifest=f"{RUN}/suites/held_out.json",
        reference=f"{RUN}/reference/held_out/evaluations.jsonl",
    output:
        multiext(f"{RUN}/champion/", "cost.json", "curves.jsonl", "fits.json"),
    log:
        f"{RUN}/logs/measure_champion.log",
    benchmark:
        f"{RUN}/benchmarks/measure_champion.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        generations=GENERATIONS,
        out=lambda wildcards, output: Path(output[0]).parent,
    shell:
        'python "$SCRIPTS"/measure_champion.py --run {input.run:q}'
        " --generations {params.generations} --arrays {input.arrays:q}"
        " --manifest {input.manifest:q} --reference {input.reference:q}"
        " --out {params.out:q} > {log:q} 2>&1"
        " || (cat {log:q} >&2; exit 1)"


rule champion:
    """Make the champion usable: module, formula, figure, card."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
        manifests=expand(f"{RUN}/suites/{{suite}}.json", suite=["search", "held_out"]),
        reference=f"{RUN}/reference/search/evaluations.jsonl",
        populations=populations(),
        catalog=f"{RUN}/catalog/candidates.jsonl",
        finalists=expand(f"{VALIDATION}/candidates.jsonl", arm=ARMS),
        leaderboard=f"{RUN}/validation/leaderboard.csv",
        comparison=f"{RUN}/validation/comparison.json",
        champion=f"{RUN}/validation/champion.json",
        measured=rules.measure_champion.output,
    output:
        shown(f"{RUN}/champion/activation.py", "champion", "Findings", "champion"),
        multiext(
            f"{RUN}/champion/",
            "formula.tex",
            "plot.svg",
            "CARD.md",
        ),
    log:
        f"{RUN}/logs/champion.log",
    benchmark:
        f"{RUN}/benchmarks/champion.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        generations=GENERATIONS,
        out=lambda wildcards, output: Path(output[0]).parent,
    shell:
        'python "$SCRIPTS"/champion.py --run {input.run:q}'
        " --generations {params.generations} --out {params.out:q} > {log:q} 2>&1"
        " || (cat {log:q} >&2; exit 1)"


rule corroborate:
    """Test the findings: by family, in other labs, against themselves, for other biases."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
        leaderboard=f"{RUN}/validation/leaderboard.csv",
        arrays=f"{RUN}/suites/held_out.npz",
        compared=f"{RUN}/validation/compared.jsonl",
        measured=expand(
            f"{RUN}/validation/{{measurement}}/evaluations.jsonl", measurement=FURTHER
        ),
    output:
        families=f"{RUN}/validation/families.csv",
        robustness=f"{RUN}/validation/robustness.csv",
        control=f"{RUN}/validation/control.json",
        cross=f"{RUN}/validation/cross.csv",
    log:
        f"{RUN}/logs/corroborate.log",
    benchmark:
        f"{RUN}/benchmarks/corroborate.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    shell:
        'python "$SCRIPTS"/corroborate.py --run {input.run:q}'
        " --families {output.families:q} --robustness {output.robustness:q}"
        " --control {output.control:q} --cross {output.cross:q} 2> {log:q}"
        " || (cat {log:q} >&2; exit 1)"


rule aggregate:
    """Collect every slot and measurement of all arms into tables and readable files."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
        populations=populations(),
        leaderboard=f"{RUN}/validation/leaderboard.csv",
        champion=f"{RUN}/validation/champion.json",
        comparison=f"{RUN}/validation/comparison.json",
    output:
        tables=multiext(
            f"{RUN}/tables/",
            "candidates.csv",
            "candidates.parquet",
            "evaluations.csv",
            "evaluations.parquet",
            "generations.parquet",
            "mutators.parquet",
            "repetition.csv",
            "repetition.parquet",
            "tasks.csv",
            "tasks.parquet",
            "returns.csv",
            "returns.parquet",
            *STRATEGY_TABLES,
        ),
        generations=shown(
            f"{RUN}/tables/generations.csv", "generations", "Search", "generations"
        ),
        mutators=shown(
            f"{RUN}/tables/mutators.csv", "mutators", "Search", "who proposed"
        ),
        candidates=directory(f"{RUN}/candidates"),
    log:
        f"{RUN}/logs/aggregate.log",
    benchmark:
        f"{RUN}/benchmarks/aggregate.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        tables=lambda wildcards, output: Path(output.tables[0]).parent,
        generations=GENERATIONS,
    shell:
        'python "$SCRIPTS"/aggregate.py --run {input.run:q}'
        " --generations {params.generations} --tables {params.tables:q}"
        " --candidates {output.candidates:q} > {log:q} 2>&1"
        " || (cat {log:q} >&2; exit 1)"


rule report:
    """Draw the page that tells what was found."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
        tables=rules.aggregate.output.tables,
        populations=populations(),
        figures=expand(f"{RUN}/suites/{{suite}}.svg", suite=["search", "held_out"]),
        leaderboard=f"{RUN}/validation/leaderboard.csv",
        champion=f"{RUN}/validation/champion.json",
        usable=rules.champion.output,
        measured=rules.measure_champion.output,
        checks=rules.corroborate.output,
        paper_order=f"{RUN}/validation/paper_order.json",
    output:
        shown(f"{RUN}/report/index.html", "report", "Findings", "report"),
    log:
        f"{RUN}/logs/report.log",
    benchmark:
        f"{RUN}/benchmarks/report.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        generations=GENERATIONS,
        # A page shows what was measured on data of others, and asks for none of it.
        transfer=lambda wildcards: transfer_digests(Path(RUN)),
        external=lambda wildcards: external_digests(Path(RUN)),
    shell:
        'python "$SCRIPTS"/write_report.py --run {input.run:q}'
        " --generations {params.generations} --out {output:q} 2> {log:q}"
        " || (cat {log:q} >&2; exit 1)"


rule seal:
    """Describe the run for deposit, and seal every file with its hash."""
    input:
        # Not ancient: that accepted code rewrites it is a reason to seal again.
        run=f"{RUN}/run.yaml",
        populations=populations(),
        report=rules.report.output,
        champion=rules.champion.output,
        candidates=rules.aggregate.output.candidates,
    output:
        crate=f"{RUN}/ro-crate-metadata.json",
        sums=f"{RUN}/sha256sums.txt",
    log:
        f"{RUN}/logs/seal.log",
    benchmark:
        f"{RUN}/benchmarks/seal.tsv"
    localrule: True
    conda:
        ENVIRONMENT
    params:
        folder=lambda wildcards, output: Path(output.sums).parent,
        # It rewrites run.yaml when the jobs are planned already.
        accepted=SETTINGS.accept_code_change,
    shell:
        'python "$SCRIPTS"/seal.py --folder {params.folder:q} 2> {log:q}'
        " || (cat {log:q} >&2; exit 1)"
