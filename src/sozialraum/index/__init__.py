"""Status and dynamics of areas, computed from a release only."""

from sozialraum.index.chain import BASELINE_BREAK, Chain, Inputs, chain_of
from sozialraum.index.choice import years_before
from sozialraum.index.methods import PRESETS, read_method
from sozialraum.index.scoring import score

__all__ = [
    "BASELINE_BREAK",
    "PRESETS",
    "Chain",
    "Inputs",
    "chain_of",
    "read_method",
    "score",
    "years_before",
]
