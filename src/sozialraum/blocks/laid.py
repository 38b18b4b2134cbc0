"""What laying out blocks gives: their shapes, owners and neighbours."""

from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from sozialraum.methods.graph import Edges

PRECISION = 1e-4
"""Coordinates of cut shapes are whole tenths of a millimetre, so that neighbours meet exactly."""


class Laid(NamedTuple):
    """Blocks without counts.

    Parameters
    ----------
    frame
        Indexed by `block_id`, sorted; `municipality` and geometry.
    edges
        Neighbours by position, with their distance in metres.
    outside
        Ids that lie in no municipality.
    step
        Distance of two cells side by side in metres; 0 for districts.
    notes
        What was found, as finished sentences.
    """

    frame: gpd.GeoDataFrame
    edges: Edges
    outside: pd.Index
    step: float
    notes: tuple[str, ...]
