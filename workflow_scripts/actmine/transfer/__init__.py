"""Measures whether functions help on real data: benchmarks, networks, comparison.

It trains as the lab does, chooses no champion and changes nothing of a search.
"""
