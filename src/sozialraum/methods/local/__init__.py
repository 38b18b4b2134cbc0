"""Local autocorrelation with exact p-values, many indicators at once.

Given its own value, an area's neighbours are a draw without replacement from the other areas
(conditional permutation). Where all neighbours of an area weigh the same, the distribution of
their sum depends on the area through their number and through its own absence only, so one
engine answers local Moran's I, Gi, Gi*, bivariate local Moran and local join counts, and it
answers them without draws.
"""

from sozialraum.methods.local.geary import local_geary
from sozialraum.methods.local.getis import local_g
from sozialraum.methods.local.joins import local_join_count
from sozialraum.methods.local.moran import local_moran, local_moran_bivariate
from sozialraum.methods.local.result import LocalResult

__all__ = [
    "LocalResult",
    "local_g",
    "local_geary",
    "local_join_count",
    "local_moran",
    "local_moran_bivariate",
]
