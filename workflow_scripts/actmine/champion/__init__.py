"""Makes what a run found usable: a module, a formula, a figure, a card."""
