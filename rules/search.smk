"""The search: seeds, then propose, train and select, generation by generation."""


# No content hash of code here: a changed prompt or mutator must not ask, and pay, again.
# What models answer is kept in the run's journal, which is the output of no rule: neither a
# rerun nor --forceall asks for a reply twice.
rule propose:
    """Fill one island's next slots with children that the gate accepts; at first with seeds."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
        population=earlier_population,
        manifest=told_to_models(f"{RUN}/suites/search.json"),
        reference=told_to_models(layout.reference(Path(RUN), SEARCH)),
        known=told_to_models(*catalog_shards(SEARCH)),
    output:
        f"{ISLAND}/proposals.jsonl",
    log:
        f"{ISLAND}/propose.log",
    benchmark:
        f"{ISLAND}/propose.tsv"
    priority: SEARCH_FIRST
    localrule: True
    conda:
        ENVIRONMENT
    resources:
        llm=model_calls,
        # As a parameter it would count as a reason to run again, and pay again.
        execution=EXECUTION,
    shell:
        'python "$SCRIPTS"/propose.py --run {input.run:q} --arm {wildcards.arm}'
        " --generation {wildcards.gen} --island {wildcards.island}"
        " --population {input.population:q} --execution {resources.execution}"
        " --manifest {input.manifest:q} --reference {input.reference:q}"
        " --known {input.known:q} --out {output:q} > {log:q} 2>&1"
        " || (cat {log:q} >&2; exit 1)"


rule select:
    """Decide which candidates become an island's elites; say how the search stands."""
    input:
        run=ancient(f"{RUN}/run.yaml"),
        manifest=f"{RUN}/suites/search.json",
        reference=reference_of_generation,
        proposals=f"{ISLAND}/proposals.jsonl",
        evaluations=shards_of_generation,
        population=earlier_population,
        neighbours=neighbour_populations,
    output:
        f"{ISLAND}/population.json",
    log:
        f"{ISLAND}/select.log",
    benchmark:
        f"{ISLAND}/select.tsv"
    priority: SEARCH_FIRST
    localrule: True
    conda:
        ENVIRONMENT
    shell:
        'python "$SCRIPTS"/select_elites.py --run {input.run:q} --arm {wildcards.arm}'
        " --generation {wildcards.gen} --island {wildcards.island}"
        " --manifest {input.manifest:q} --reference {input.reference:q}"
        " --proposals {input.proposals:q} --evaluations {input.evaluations:q}"
        " --population {input.population:q} --neighbours {input.neighbours:q}"
        " --out {output:q} 2> {log:q}"
        " || (cat {log:q} >&2; exit 1)"
