"""Reaches language models: writes prompts, keeps every reply, counts and bounds what is spent.

A request goes to the journal first, then to the budget, then over the network; a reply that
is in the journal is never paid again. It knows no population and examines no candidate: that
is for `evolution`. Only `gateway` imports litellm.
"""
