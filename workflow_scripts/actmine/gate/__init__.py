"""Examines a candidate: what its text may contain, and what it does when it runs.

Only its handlers compile or run a source, and only in the locked child. It trains nothing.
"""
