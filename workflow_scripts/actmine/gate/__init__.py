"""Decides what a candidate may contain, and what it turns out to do.

Only its handlers compile or run a source, and only in the locked child. It trains nothing.
"""
