"""What a run is asked to do: schema, presets, resolution, rules, and the frozen identity.

A rule that needs only the configuration lives here. Tasks, functions and results are not
looked at.
"""
