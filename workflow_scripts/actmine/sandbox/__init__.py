"""Runs what nobody trusts: a locked, disposable child answers one request about one source.

It knows no task and no candidate: the room that asks names the module that answers.
"""
