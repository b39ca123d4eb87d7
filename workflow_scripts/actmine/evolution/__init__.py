"""Searches: what the next candidates are, and which of them an island keeps.

It trains nothing: fitness comes from the lab's evaluations.
"""
