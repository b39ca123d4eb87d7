"""Every slot and measurement of a run as tables, for aggregate, audit and report.

Reads what the stages wrote and derives nothing that they did not; draws and trains nothing.
"""
