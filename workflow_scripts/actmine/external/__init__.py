"""Suites of tasks that others wrote, on which functions are measured as on held-out tasks."""
