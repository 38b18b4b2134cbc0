"""Registers beside official figures: the totals of the municipalities."""

from pathlib import Path

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import SourceError
from sozialraum.sources.cells import municipal_totals
from sozialraum.sources.deliveries import read_delivery
from sozialraum.sources.delivery_file import Resolved, read_entries

TOLERANCE = 2.0
"""Percent by which a register may differ: official population is updated from the census,
registers hold who is registered."""
COLUMNS = (schema.MUNICIPALITY, schema.DATE, "register", "official", "difference", "flagged")


def read_totals(path: str | Path, name: str, variable: str = "residents") -> pd.DataFrame:
    """Return the totals of a delivery by municipality and date.

    Parameters
    ----------
    path
        The description of the deliveries.
    name
        Which delivery. Cells are added up by the municipality their file names; of other
        deliveries the rows of level ``municipality`` are taken.
    variable
        Which count.

    Returns
    -------
    pandas.DataFrame
        `municipality`, `date`, `value`. Confidential where municipalities are small.

    Raises
    ------
    SourceError
        There is no such delivery or count, or it cannot be read.
    """
    entries = {one.entry.name: one for one in read_entries(path)}
    if name not in entries:
        raise SourceError("deliveries.no_delivery", ids=[name], known=", ".join(entries))
    one = entries[name]
    if variable not in one.entry.variables:
        known = ", ".join(one.entry.variables)
        raise SourceError("deliveries.no_variable", ids=[variable], name=name, known=known)
    if one.entry.kind in ("register", "cells"):
        return municipal_totals(one, variable)
    return _of_municipalities(one, variable)


def _of_municipalities(one: Resolved, variable: str) -> pd.DataFrame:
    table = read_delivery(one).table
    rows = table[(table["variable"] == variable) & (table["level"] == "municipality")]
    named = {"key": schema.MUNICIPALITY}
    return rows[["key", schema.DATE, "value"]].rename(columns=named).reset_index(drop=True)


def reconcile(
    register: pd.DataFrame,
    official: pd.DataFrame,
    *,
    residents: float,
    tolerance: float = TOLERANCE,
) -> pd.DataFrame:
    """Return totals of a register beside official ones, municipality by municipality.

    Parameters
    ----------
    register, official
        `municipality`, `date` and `value`; one row a municipality and date. Dates must be
        the same days.
    residents
        Threshold of the policy (rule R1): municipalities that are smaller in either
        source, or unknown in one, are left out.
    tolerance
        Difference in percent from which on a row is flagged.

    Returns
    -------
    pandas.DataFrame
        `municipality`, `date`, `register`, `official`, `difference` (percent of the
        official figure) and `flagged`; sorted.

    Examples
    --------
    >>> here = pd.DataFrame({"municipality": ["05999001"], "date": ["2025-12-31"], "value": [980]})
    >>> there = here.assign(value=1000)
    >>> reconcile(here, there, residents=300)[["difference", "flagged"]].to_dict("list")
    {'difference': [-2.0], 'flagged': [False]}
    """
    keys = [schema.MUNICIPALITY, schema.DATE]
    found = register.merge(official, on=keys, suffixes=("_register", "_official"))
    ours = found["value_register"].to_numpy(dtype=float, na_value=np.nan)
    theirs = found["value_official"].to_numpy(dtype=float, na_value=np.nan)
    large = (ours >= max(residents, 1)) & (theirs >= max(residents, 1))
    table = found.loc[large, keys].assign(register=ours[large], official=theirs[large])
    difference = (table["register"] / table["official"] - 1) * 100
    table = table.assign(
        difference=difference.round(2), flagged=difference.abs() > tolerance + 1e-9
    )
    return table.sort_values(keys, ignore_index=True)[list(COLUMNS)]
