"""What a run tells whoever started it: lines while it goes, five lines at its end.

It reads the files that stages wrote; it trains, draws and decides nothing.
"""
