"""The networks in which an activation is tried; what the locked child imports."""
