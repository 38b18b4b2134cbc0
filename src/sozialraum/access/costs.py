"""What the way from every origin to the supply costs: straight lines, or a table of pairs."""

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from sozialraum.access.places import Origins
from sozialraum.errors import IndicatorError
from sozialraum.methods import access
from sozialraum.model import TravelTimes


class Ways:
    """Costs between origins and destinations, computed once they are asked for.

    Parameters
    ----------
    origins
        Where people live.
    destinations
        (m, 2) coordinates of supply.
    keys
        Keys of supply.
    travel
        Costs somebody computed; straight lines in metres when None.
    """

    def __init__(
        self,
        origins: Origins,
        destinations: np.ndarray,
        keys: pd.Index,
        travel: TravelTimes | None,
    ) -> None:
        self.origins, self.destinations = origins, destinations
        self.unit = "metres" if travel is None else travel.unit
        self.unknown = np.zeros(len(origins.keys), dtype=bool)
        """True for origins that the table does not list at all."""
        self._table = None if travel is None else self._picked(travel, keys)

    def _picked(self, travel: TravelTimes, keys: pd.Index) -> csr_array:
        """Return the table's pairs in the order of origins and destinations."""
        what = travel.source.title
        column = travel.destinations.get_indexer(keys)
        if (column < 0).any():
            ids = keys[column < 0]
            raise IndicatorError("access.destinations_missing", ids=ids, what=what)
        row = travel.origins.get_indexer(self.origins.keys)
        if (row[: self.origins.blocks] < 0).all():
            known = ", ".join(map(str, self.origins.keys[:2]))
            ids = travel.origins[:2]
            raise IndicatorError("access.no_origin_matches", ids=ids, what=what, known=known)
        self.unknown = row < 0
        return csr_array(travel.pairs[np.maximum(row, 0)][:, column])

    def nearest(self) -> np.ndarray:
        """Return (blocks,) the lowest cost; infinite out of reach, NaN where not known."""
        blocks = self.origins.blocks
        if self._table is None:
            return access.nearest_straight(self.origins.points[:blocks], self.destinations)
        lowest = access.nearest_known(self._table)[:blocks]
        return np.where(self.unknown[:blocks], np.nan, lowest)

    def within(self, reach: float) -> csr_array:
        """Return (origins, destinations) costs of the pairs in reach."""
        if self._table is None:
            return access.straight_costs(self.origins.points, self.destinations, reach)
        return access.pairs_within(self._table, reach)
