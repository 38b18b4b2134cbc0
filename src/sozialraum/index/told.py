"""The numbers that sentences about an index may tell: for the check of finished files."""

import numpy as np

from sozialraum import schema
from sozialraum.index.contributions import contributions
from sozialraum.model import Index


def told_numbers(index: Index) -> dict[str, list[float]]:
    """Return by area the numbers that :func:`sozialraum.index.why.explain_area` may tell about it.

    Parameters
    ----------
    index
        From :func:`sozialraum.index.score`.

    Returns
    -------
    dict of str to list of float
        For every area with an index: what its indicators contribute, how far the next
        class is, its index, class, rank and stability in percent, and the number of areas.
        All of it is computed from the release.
    """
    table = contributions(index)
    usual = table.groupby(schema.INDICATOR)["points"].transform("mean")
    table["apart"] = table["points"] - usual
    status = index.table["status_index"].dropna()
    stable = index.table["status_stability"].astype(float)
    ranks = status.rank(method="min", ascending=False)
    classes = [float(code) for code in index.method.classes if code.isdecimal()]
    found = {}
    for area, own in table.groupby(schema.AREA_ID, sort=False):
        if area in status.index:
            numbers = own.select_dtypes("number").to_numpy(dtype=float).ravel()
            facts = [status[area], ranks[area], float(len(status)), *classes]
            facts.append(100 * stable[area])
            told = [*numbers.tolist(), *map(float, facts)]
            found[str(area)] = [value for value in told if not np.isnan(value)]
    return found
