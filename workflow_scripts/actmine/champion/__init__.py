"""Makes the champion of a run usable: a module, a formula, a figure, its cost, a card.

It chooses nothing, and measures nothing but what a call costs on this machine; a candidate's
source is run in the sandbox alone.
"""
