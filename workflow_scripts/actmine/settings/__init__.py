"""What a run is asked to do: schema, presets, resolution, rules, and the frozen identity.

A rule that needs only the configuration lives here. Settings look at no task, no function and
no result.
"""
