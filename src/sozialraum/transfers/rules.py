"""What the rules for cells and districts on a border make of a sum."""

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import union_all

from sozialraum.errors import GeometryError
from sozialraum.methods.dasymetric import carried
from sozialraum.model import Areas, Layer
from sozialraum.transfers.build import RULES, shares_by_rule

TOGETHER = ""


def compare_rules(source: Layer, target: Layer | Areas, column: str) -> pd.DataFrame:
    """Return the sum of a count in every target, by rule for what lies on a border.

    Parameters
    ----------
    source
        Cells or districts with the count.
    target
        Shapes such as the municipalities.
    column
        Additive column of `source`; cells without a number count as nobody.

    Returns
    -------
    DataFrame
        A row a target, and the row ``""`` for all of them together as one shape; columns
        ``within``, ``centre``, ``most``, ``area``, ``touching``, and ``spread``: the range
        of these as a share of ``area``.

    Raises
    ------
    GeometryError
        There is no such count, or nothing of the source lies in any target.

    Examples
    --------
    >>> from shapely import box
    >>> from sozialraum.model import Source
    >>> def layer(key, ids, shapes, **columns):
    ...     index = pd.Index(ids, name=key)
    ...     frame = gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:25832", index=index)
    ...     return Layer(frame, key, Source("town", key), additive=tuple(columns))
    >>> cells = layer("cell", ["c1", "c2"], [box(0, 0, 2, 1), box(2, 0, 4, 1)], people=[10, 20])
    >>> town = layer("town", ["t"], [box(-1, 0, 2.5, 1)])
    >>> compare_rules(cells, town, "people").loc["t"].round(2).to_dict()
    {'within': 10.0, 'centre': 10.0, 'most': 10.0, 'area': 15.0, 'touching': 30.0, 'spread': 1.33}
    """
    if column not in source.additive:
        known = ", ".join(source.additive)
        raise GeometryError("transfers.no_weight", ids=[column], known=known)
    values = source.frame[column].to_numpy(dtype=float, na_value=0.0)
    frame = target.frame
    whole = gpd.GeoSeries([union_all(np.asarray(frame.geometry))], crs=frame.crs)
    table = pd.DataFrame(index=pd.Index([*frame.index, TOGETHER], name=frame.index.name))
    for rule in RULES:
        shares = [shares_by_rule(source.frame, aims, rule) for aims in (frame.geometry, whole)]
        table[rule] = np.concatenate([carried(one, values) for one in shares])
        if rule == "touching" and not shares[-1].nnz:
            raise GeometryError("transfers.nothing_inside", ids=[source.source.title])
    sums = table[list(RULES)]
    return table.assign(spread=(sums.max(axis=1) - sums.min(axis=1)) / sums["area"])
