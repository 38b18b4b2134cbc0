"""Rows of totals among the districts of an election: known by their numbers, not by a name."""

from dataclasses import replace

import numpy as np
import pandas as pd

from sozialraum.sources.elections_rows import Districts
from sozialraum.sources.notes import note

FEWEST_DISTRICTS, FEWEST_COUNTS = 3, 2
"""Below these a district may be the sum of all others by chance."""


def without_totals(districts: Districts) -> Districts:
    """Return the districts without those that are the sum of all others in every count.

    First those of a municipality, then those of the whole file: a total would take its part
    of the postal votes.
    """
    for whole in (False, True):
        unit = np.full(len(districts.unit), "", dtype=object) if whole else districts.unit
        total = _are_totals(districts, unit)
        if total.any():
            ids = [districts.shown[i] for i in np.flatnonzero(total)]
            told = note("elections.note_sums", ids=ids, path=districts.where)
            districts = replace(districts.taken(~total), notes=(*districts.notes, told))
    return districts


def _are_totals(districts: Districts, unit: np.ndarray) -> np.ndarray:
    """Return which districts are the sum of the others of a unit, or of those of their kind."""
    values = pd.DataFrame({name: counts.value for name, counts in districts.counts.items()})
    enough = ((values > 0).sum(axis=1) >= FEWEST_COUNTS).to_numpy()
    found = np.zeros(len(unit), dtype=bool)
    for group in ([unit], [unit, districts.postal]):
        rows = values.groupby(group, sort=False)
        size = rows.ngroup().map(rows.ngroup().value_counts()).to_numpy()
        # what is missing in a row says nothing about it
        same = (2 * values == rows.transform("sum")) | values.isna()
        found |= same.all(axis=1).to_numpy() & enough & (size >= FEWEST_DISTRICTS)
    return found
