"""Tests what a search found on tasks that it never saw, and says how sure that is.

It picks the finalists, names the champion, and draws a run's conclusions with their intervals.
It changes no population, and the champion is chosen without a look at held-out results;
figures and pages are drawn elsewhere.
"""
