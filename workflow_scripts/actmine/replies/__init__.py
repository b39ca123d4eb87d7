"""Reads the program out of a language model's reply, as written, or says what to send instead.

Nothing is compiled, run or translated here: the gate examines what was read. The room knows no
mutator and no model; only the gate's rules for a source.
"""
