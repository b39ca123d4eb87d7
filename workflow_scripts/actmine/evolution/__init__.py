"""Searches: proposes an island's next candidates, and selects those that it keeps.

All that decides is a pure function of records, the settings and a seed; `reading` and `memory`
read the files of a run. It trains nothing: fitness comes from the lab's evaluations. It must
not see a held-out task, and runs a candidate in the sandbox alone.
"""
