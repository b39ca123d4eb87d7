"""Reaching language models: prompts, journal, budget, client."""
