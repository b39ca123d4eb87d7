"""Checks every link and number of a finished run from its files, and seals them.

It repeats what the stages decide and derives, by their own functions, and writes nothing but
the seal and the description. Nothing of a candidate runs but what `--retrain` trains, locked.
"""
