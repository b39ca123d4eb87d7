# actmine: mines activation functions that generalise out of distribution.
#
#   suites ─► reference ─┐
#   seeds ──────────────┴► gen 0: train ► select ─► gen g: propose ► train ► select ─► …
#   suites ─► catalog ────────► finalists ► validate ► aggregate ► report ◄──────────┘
#
# Every stage writes files that the next one reads; results/README.md says what stands where.


include: "rules/place.smk"


configfile: Path(HERE, "config/config.yaml")


report: "rules/captions/workflow.rst"


include: "rules/common.smk"


if SETTINGS.container:

    container: SETTINGS.container


include: "rules/suites.smk"
include: "rules/measure.smk"
include: "rules/search.smk"
include: "rules/findings.smk"
include: "rules/transfer.smk"
include: "rules/external.smk"


onstart:
    hold_run()
    rest_scheduler()
    run.accept_code(Path(RUN, layout.RUN_FILE), SETTINGS)
    run_plan.write(Path(RUN), SETTINGS, jobs=jobs_at_a_time())
    tell_aim()


onsuccess:
    tell_end()


onerror:
    remind_of_queue()


rule all:
    """The whole run, up to its report."""
    default_target: True
    input:
        populations(),
        rules.corroborate.output,
        f"{RUN}/report/index.html",
        rules.champion.output,
        rules.measure_champion.output,
        rules.seal.output,


rule search:
    """The search alone: every generation, no validation."""
    input:
        populations(),


rule transfer:
    """Known and mined functions on real data: benchmarks, table and figure."""
    input:
        rules.aggregate_transfer.output,
        rules.seal_transfer.output,


rule external:
    """Known and mined functions on tasks that others wrote: two tables and a page."""
    input:
        rules.aggregate_external.output,
        rules.seal_external.output,


rerun_on_changed_code()
hand_over_narrator()
