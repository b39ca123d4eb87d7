"""Tests what a search found on tasks that it never saw, and says how sure that is.

It changes no population; figures and pages are drawn elsewhere.
"""
