"""Hands a finished run to programs that keep experiments; it changes no file of the run."""
