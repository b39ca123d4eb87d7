"""Measures whether functions help on real data: benchmarks, networks, comparison."""
