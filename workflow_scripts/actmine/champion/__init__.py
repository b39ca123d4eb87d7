"""Makes what a run found usable: a module, a formula, a figure, a card.

It chooses and measures nothing but what a call costs on this machine.
"""
