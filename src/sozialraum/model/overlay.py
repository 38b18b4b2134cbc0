"""The pieces that overlapping geographies cut each other into.

Whoever knows the counts of two geographies can subtract one from the other. What can be
got that way is made of pieces: sets of blocks that no geography divides.
"""

import json
from collections.abc import Sequence
from hashlib import blake2b

import pandas as pd

from sozialraum import schema

SIZE = 16
"""Bytes of the id of a piece."""


def atom_id(pairs: Sequence[tuple[str, str]]) -> str:
    """Return the id of the piece that lies in these areas.

    It depends on the areas alone: not on their order, nor on geographies the piece does
    not lie in.

    Parameters
    ----------
    pairs
        Geography and area id; an area ``""`` means that the piece lies in none.

    Examples
    --------
    >>> one = atom_id([("school", "S1"), ("sozialraum", "Q7")])
    >>> one, one == atom_id([("sozialraum", "Q7"), ("votes", ""), ("school", "S1")])
    ('5223b5323fe970fcd4f2a1805a388130', True)
    """
    named = sorted((geography, area) for geography, area in pairs if area)
    text = json.dumps(named, ensure_ascii=False, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=SIZE).hexdigest()


def atom_ids(overlay: pd.DataFrame) -> pd.Series:
    """Return the id of the piece that every block belongs to.

    Parameters
    ----------
    overlay
        Area of every block (index) in every geography (columns), ``""`` where none.

    Examples
    --------
    >>> overlay = pd.DataFrame({"a": ["1", "1", "2"], "b": ["x", "x", "x"]}, index=["p", "q", "r"])
    >>> ids = atom_ids(overlay)
    >>> bool(ids["p"] == ids["q"]), bool(ids["p"] == ids["r"])
    (True, False)
    """
    groups = overlay.groupby(list(overlay.columns), sort=True).ngroup().to_numpy()
    first = pd.Series(range(len(overlay))).groupby(groups).first()
    columns = [str(name) for name in overlay.columns]
    rows = overlay.iloc[first].itertuples(index=False, name=None)
    ids = [atom_id(list(zip(columns, row, strict=True))) for row in rows]
    named = pd.Series(ids, dtype="str").take(groups).to_numpy()
    return pd.Series(named, index=overlay.index, name=schema.AREA_ID, dtype="str")


def atoms_of(overlay: pd.DataFrame | None) -> pd.DataFrame:
    """Return the areas of every piece, indexed by its id and sorted; empty without overlay.

    Examples
    --------
    >>> overlay = pd.DataFrame({"a": ["1", "1", "2"]}, index=["p", "q", "r"])
    >>> sorted(atoms_of(overlay)["a"])
    ['1', '2']
    """
    if overlay is None:
        return pd.DataFrame(index=pd.Index([], name=schema.AREA_ID, dtype="str"))
    table = overlay.set_axis(pd.Index(atom_ids(overlay)), axis=0)
    table.index.name = schema.AREA_ID
    return table[~table.index.duplicated()].sort_index()
