"""What is known of functions: the catalog of published activations, and torch's own functions.

Facts only, as text and tables: nothing here runs a function or imports torch.
"""
