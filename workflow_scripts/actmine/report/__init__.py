"""Draws and writes the pages that show what a run found.

It reads a run's files and tables. It trains nothing and decides nothing: no figure here feeds
back into a file that another stage reads.
"""
