"""Measurements of the delineation: made-up counties, real cells, other programs beside it."""
