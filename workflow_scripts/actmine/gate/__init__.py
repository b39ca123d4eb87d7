"""Decides what a candidate may contain, and what it turns out to do."""
