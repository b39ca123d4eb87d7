"""Snakemake's `--logger actmine`: a run's own lines in place of Snakemake's.

Every start of Snakemake imports this, before the Snakefile has said where the workflow's
library stands, so nothing of actmine is imported here. The Snakefile hands over a narrator
(`actmine.display.narrator`) as the attribute `narrator` of a log record.
"""

from snakemake_logger_plugin_actmine.handler import LogHandler, LogHandlerSettings

__all__ = ["LogHandler", "LogHandlerSettings"]
