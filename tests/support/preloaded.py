"""Imported once by the process that clients are forked from: litellm takes seconds."""

from actmine.llm import gateway

gateway.load()
