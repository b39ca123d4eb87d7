"""What `python -m actmine` can do: a module a command, which parses, reads, calls and prints.

A command decides and computes nothing that a stage or the audit does: it calls their functions.
Of a run's files it writes none.
"""
