"""Mines activation functions that generalise out of distribution."""
