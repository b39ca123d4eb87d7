"""The synthetic regression tasks: targets, regions, sampling, and a suite's two files.

Every task has disjoint training and OOD regions. Tasks know no function and no network: what is
learned on them is the lab's.
"""
