"""What was found: finalists on held-out tasks, tables, and the report."""


rule pick_finalists:
    """Pick the best mined functions of an arm."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
        populations=final_populations,
        catalog=f"{RUN}/catalog/candidates.jsonl",
    output:
        f"{VALIDATION}/candidates.jsonl",
    log:
        f"{VALIDATION}/pick_finalists.log",
    benchmark:
        f"{VALIDATION}/pick_finalists.tsv"
    params:
        code=code("finalists"),
    shell:
        "python workflow_scripts/pick_finalists.py --run {input.run:q}"
        " --populations {input.populations:q} --catalog {input.catalog:q}"
        " --out {output:q} > {log:q} 2>&1"
        " || (cat {log:q} >&2; exit 1)"


rule validate:
    """Rank finalists and catalog on held-out tasks; name the champion."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
        manifests=expand(f"{RUN}/suites/{{suite}}.json", suite=["search", "held_out"]),
        references=expand(
            f"{RUN}/reference/{{measurement}}/evaluations.jsonl",
            measurement=MEASUREMENTS,
        ),
        catalog=f"{RUN}/catalog/candidates.jsonl",
        catalog_measured=[*catalog_shards("search"), *catalog_shards("held_out")],
        finalists=expand(f"{VALIDATION}/candidates.jsonl", arm=ARMS),
        finalists_measured=[
            *finalist_shards("remeasured"),
            *finalist_shards("held_out"),
        ],
    output:
        leaderboard=report(
            f"{RUN}/validation/leaderboard.csv",
            caption="captions/leaderboard.rst",
            category="Findings",
            labels={"run": SETTINGS["run"], "what": "leaderboard"},
        ),
        champion=f"{RUN}/validation/champion.json",
        module=report(
            f"{RUN}/champion/activation.py",
            caption="captions/champion.rst",
            category="Findings",
            labels={"run": SETTINGS["run"], "what": "champion"},
        ),
        paper_order=f"{RUN}/validation/paper_order.json",
    log:
        f"{RUN}/logs/validate.log",
    benchmark:
        f"{RUN}/benchmarks/validate.tsv"
    params:
        code=code("leaderboard"),
        folder=folder_of_run,
    shell:
        "python workflow_scripts/validate.py --folder {params.folder:q}"
        " --leaderboard {output.leaderboard:q} --champion {output.champion:q}"
        " --module {output.module:q} --paper-order {output.paper_order:q} 2> {log:q}"
        " || (cat {log:q} >&2; exit 1)"


rule aggregate:
    """Collect every slot and measurement of all arms into tables and readable files."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
        populations=populations(),
        leaderboard=f"{RUN}/validation/leaderboard.csv",
    output:
        tables=multiext(
            f"{RUN}/tables/",
            "candidates.csv",
            "candidates.parquet",
            "evaluations.csv",
            "evaluations.parquet",
            "generations.parquet",
            "mutators.parquet",
        ),
        generations=report(
            f"{RUN}/tables/generations.csv",
            caption="captions/generations.rst",
            category="Search",
            labels={"run": SETTINGS["run"], "what": "generations"},
        ),
        mutators=report(
            f"{RUN}/tables/mutators.csv",
            caption="captions/mutators.rst",
            category="Search",
            labels={"run": SETTINGS["run"], "what": "who proposed"},
        ),
        candidates=directory(f"{RUN}/candidates"),
    log:
        f"{RUN}/logs/aggregate.log",
    benchmark:
        f"{RUN}/benchmarks/aggregate.tsv"
    params:
        code=code("aggregate"),
        folder=folder_of_run,
        tables=lambda wildcards, output: Path(output.tables[0]).parent,
        generations=GENERATIONS,
    shell:
        "python workflow_scripts/aggregate.py --folder {params.folder:q}"
        " --generations {params.generations} --tables {params.tables:q}"
        " --candidates {output.candidates:q} > {log:q} 2>&1"
        " || (cat {log:q} >&2; exit 1)"


rule fit_champion:
    """Train champion, GELU and ReLU on three tasks, to see how they extrapolate."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
        champion=f"{RUN}/validation/champion.json",
        arrays=f"{RUN}/suites/held_out.npz",
        manifest=f"{RUN}/suites/held_out.json",
        reference=f"{RUN}/reference/held_out/evaluations.jsonl",
    output:
        f"{RUN}/champion/fits.json",
    log:
        f"{RUN}/logs/fit_champion.log",
    benchmark:
        f"{RUN}/benchmarks/fit_champion.tsv"
    params:
        code=code("fits"),
    shell:
        "python workflow_scripts/fit_champion.py --run {input.run:q}"
        " --champion {input.champion:q} --arrays {input.arrays:q}"
        " --manifest {input.manifest:q} --reference {input.reference:q}"
        " --out {output:q} > {log:q} 2>&1"
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
        fits=f"{RUN}/champion/fits.json",
        paper_order=f"{RUN}/validation/paper_order.json",
    output:
        report(
            f"{RUN}/report/index.html",
            caption="captions/report.rst",
            category="Findings",
            labels={"run": SETTINGS["run"], "what": "report"},
        ),
    log:
        f"{RUN}/logs/report.log",
    benchmark:
        f"{RUN}/benchmarks/report.tsv"
    params:
        code=code("report"),
        folder=folder_of_run,
        generations=GENERATIONS,
        # A page shows what was measured on real data, and asks for none of it.
        transfer=lambda wildcards: transfer_digests(Path(RUN)),
    shell:
        "python workflow_scripts/write_report.py --folder {params.folder:q}"
        " --generations {params.generations} --out {output:q} 2> {log:q}"
        " || (cat {log:q} >&2; exit 1)"
