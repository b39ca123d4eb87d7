"""Takes Snakemake's log records, and shows what tells how a run goes.

Snakemake's own lines go to its log file all the same. Errors and warnings are always shown.
"""

import logging
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.settings import LogHandlerSettingsBase

from snakemake_logger_plugin_actmine.screen import Screen

# What Snakemake says at its level "info" and a user has to know; without an event of its own.
_KEPT = (
    "Nothing to be done",
    "Removing output files of failed job",
    "Terminating processes on user request",
    "Trying to restart job",
    "Will exit after finishing",
)
_NOTHING_TO_DO = _KEPT[0]
# And what it says before jobs are planned that nobody has to know.
_PREPARING = ("Config file ", "Assuming unrestricted shared filesystem")
_LOG_FILE = "Complete log"


@dataclass
class LogHandlerSettings(LogHandlerSettingsBase):
    """What `snakemake --help` lists for this logger."""

    snakemake: bool = field(
        default=False,
        metadata={"help": "Show Snakemake's own lines, job by job, in place of the run's."},
    )


class LogHandler(LogHandlerBase):
    """Shows a run's generations, stages and end; Snakemake calls it from one thread."""

    def __post_init__(self) -> None:
        """Snakemake's own display stands by: for a dry run, or when it was asked for."""
        from snakemake.logging import ColorizingTextHandler, DefaultFilter, DefaultFormatter
        from snakemake.settings.enums import Quietness

        asked = self.common_settings
        quiet = set(asked.quiet or ())
        stream = sys.stdout if asked.stdout else sys.stderr
        self._snakemakes = ColorizingTextHandler(
            nocolor=asked.nocolor,
            stream=stream,
            formatter=DefaultFormatter(quiet, asked.show_failed_logs),
            filter=DefaultFilter(
                quiet, asked.debug_dag, asked.verbose, asked.dryrun, asked.printshellcmds
            ),
        )
        own_settings = self.settings
        chosen = isinstance(own_settings, LogHandlerSettings) and own_settings.snakemake
        wanted = (asked.dryrun, asked.verbose, asked.debug_dag, asked.printshellcmds)
        self._own = not (chosen or any(wanted) or Quietness.ALL in quiet)
        self._telling = Quietness.PROGRESS not in quiet
        self._screen = Screen(stream)
        self._narrator: Any = None  # an `actmine.display.narrator.Narrator`
        self._executing = self._failed = False
        self._jobs = (0, 1)  # done, and of how many

    def emit(self, record: logging.LogRecord) -> None:
        """Shows a record, or what it is the occasion for; no fault here ends a run."""
        if not self._own:
            self._snakemakes.handle(record)
            return
        try:
            self._take(record)
        except Exception:
            self._own = False
            self._screen.close()
            self.handleError(record)
            self._snakemakes.handle(record)

    def close(self) -> None:
        """Takes the bar away."""
        self._screen.close()
        super().close()

    def _take(self, record: logging.LogRecord) -> None:
        event = getattr(record, "event", None)
        if narrator := getattr(record, "narrator", None):
            self._narrator = narrator
            if self._executing:
                self._print(narrator.begin(now=time.time()))
        elif event == LogEvent.WORKFLOW_STARTED:
            self._executing = True
        elif event == LogEvent.PROGRESS:
            self._jobs = (getattr(record, "done", 0), getattr(record, "total", 1))
            self._tell()
        elif event in (LogEvent.JOB_ERROR, LogEvent.GROUP_ERROR):
            self._failed = True
            self._screen.print(self._error(record))
        elif getattr(record, "closing", False):
            self._tell(last=True)
            self._screen.close()
            self._print(record.getMessage().splitlines())
        elif self._shows(record):
            self._screen.print(record.getMessage())
            if record.getMessage().startswith(_NOTHING_TO_DO) and self._narrator:
                self._print(self._narrator.closing(idle=True))

    def _shows(self, record: logging.LogRecord) -> bool:
        """Whether a record that tells of no job is for a user."""
        text = record.getMessage()
        if record.levelno >= logging.WARNING:
            return True
        if text in ("", "None") or record.levelno < logging.INFO:
            return False
        if self._executing:
            return text.startswith((*_KEPT, *([_LOG_FILE] if self._failed else [])))
        return not text.startswith(_PREPARING)

    def _tell(self, *, last: bool = False) -> None:
        """Prints the news, and moves the bar."""
        if not (self._narrator and self._telling):
            return
        now = time.time()
        self._print(self._narrator.news(*self._jobs, now=now, last=last))
        if last:
            return
        if self._screen.live:
            self._screen.show(self._narrator.standing)
        else:
            self._print(self._narrator.reminder(now=now))

    def _error(self, record: logging.LogRecord) -> str:
        """All that Snakemake tells of a failed job, and its log where that was not shown yet.

        A job prints its log as it fails; on a node that goes elsewhere, and a bar runs into it.
        """
        from snakemake.logging import DefaultFormatter

        unseen = self._screen.live or bool(getattr(record, "aux", None))
        shown = bool(self.common_settings.show_failed_logs) or unseen
        return str(DefaultFormatter(show_failed_logs=shown).format(record))

    def _print(self, lines: list[str]) -> None:
        for line in lines:
            self._screen.print(line)

    @property
    def writes_to_stream(self) -> bool:
        """True: Snakemake then adds no display of its own."""
        return True

    @property
    def writes_to_file(self) -> bool:
        """False: Snakemake's log file is not ours."""
        return False

    @property
    def has_filter(self) -> bool:
        """True: what is shown is decided here."""
        return True

    @property
    def has_formatter(self) -> bool:
        """True: as is how."""
        return True

    @property
    def needs_rulegraph(self) -> bool:
        """False."""
        return False
