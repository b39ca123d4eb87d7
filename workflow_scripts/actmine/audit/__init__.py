"""Checks every link and number of a run from its files."""
