"""Measurements of the spatial statistics, other programs beside them."""
