"""Proposes new candidates from old ones."""
