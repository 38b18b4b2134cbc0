"""Travel times or distances between places, as a table of pairs."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from sozialraum import schema
from sozialraum.errors import GeometryError
from sozialraum.model.definitions import Source
from sozialraum.model.describe import html_table, one_line


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TravelTimes:
    """Costs of the way from origins to destinations, as far as somebody computed them.

    Parameters
    ----------
    origins, destinations
        Keys of where people live and of where they go.
    pairs
        (origins, destinations) sparse costs; a pair that is not stored is not known, and a
        stored 0 is a cost of 0.
    unit
        ``"minutes"`` or ``"metres"``.
    source
        Who computed them, for which means of transport and hour.
    notes
        What the reader found and did, as finished sentences.
    """

    origins: pd.Index
    destinations: pd.Index
    pairs: csr_array
    unit: str
    source: Source
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        what = self.source.title
        schema.check_keys(self.origins, what)
        schema.check_keys(self.destinations, what)
        costs = self.pairs.data
        fits = self.pairs.shape == (len(self.origins), len(self.destinations))
        if not fits or self.unit not in ("minutes", "metres"):
            raise GeometryError("model.travel", ids=[what])
        if not np.isfinite(costs).all() or (costs < 0).any():
            raise GeometryError("model.travel", ids=[what])

    def __repr__(self) -> str:
        facts = [f"{len(self.origins)} → {len(self.destinations)}", self.unit, self.source.title]
        return one_line("TravelTimes", facts)

    def _repr_html_(self) -> str:
        rows = [
            ("origins", str(len(self.origins))),
            ("destinations", str(len(self.destinations))),
            ("unit", self.unit),
            ("source", self.source.line()),
        ]
        return html_table("TravelTimes", rows)
