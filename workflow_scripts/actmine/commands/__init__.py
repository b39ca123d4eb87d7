"""What `python -m actmine` can do: a module a command, which parses, reads, calls and prints.

A command does no stage's work and changes no stage's file; what it trains, the store keeps.
"""
