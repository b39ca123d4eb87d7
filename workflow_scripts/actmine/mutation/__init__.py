"""Makes new candidates from old ones: it edits, shortens and tunes their syntax trees.

It compiles and runs nothing, reads no file and asks no language model. What it knows of a
function stands in the table of functions, and the gate admits whatever it makes.
"""
