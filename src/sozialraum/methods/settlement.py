"""Towns and countryside: settlement types of areas by the density of people."""

import numpy as np
import numpy.typing as npt

URBAN, TOWN, RURAL = "urban", "town", "rural"
TYPES = (URBAN, TOWN, RURAL)
DENSE, SETTLED = 1_500.0, 300.0
"""Residents per km² from which a cell may belong to an urban centre or an urban cluster."""
CITY, CLUSTER = 50_000, 5_000
"""Residents that an urban centre or an urban cluster has at least."""


def settlement_classes(
    residents: npt.ArrayLike,
    square_km: npt.ArrayLike,
    left: npt.ArrayLike,
    right: npt.ArrayLike,
) -> np.ndarray:
    """Return the settlement type of every area, by its density and what surrounds it.

    Areas of at least 1,500 residents per km² that touch each other and hold 50,000 people
    together are ``"urban"``; areas of at least 300 per km² that hold 5,000 together are
    ``"town"`` (suburbs as well); all others are ``"rural"``.

    Parameters
    ----------
    residents, square_km
        (areas,) people, NaN where unknown, and size.
    left, right
        Positions of areas that touch each other, one pair a place.

    Returns
    -------
    ndarray of str
        ``""`` where the residents are not known; such areas join no cluster.

    Notes
    -----
    An approximation: the degree of urbanisation is defined on grid cells of 1 km², so
    that forest inside an area does not thin its people out, and clusters do not end at
    the county's border. Both make areas look more rural here.

    References
    ----------
    European Union, FAO, UN-Habitat, OECD, World Bank (2021), Applying the Degree of
    Urbanisation, chapter 7.

    Examples
    --------
    >>> settlement_classes([30_000, 30_000, 6_000, 400], [10, 10, 15, 20], [0, 1, 2], [1, 2, 3])
    array(['urban', 'urban', 'town', 'rural'], dtype=object)
    """
    people, size = (np.asarray(part, dtype=float) for part in (residents, square_km))
    known = ~np.isnan(people)
    density = np.where(known, people, 0.0) / size
    pairs = np.asarray(left, dtype=np.intp), np.asarray(right, dtype=np.intp)
    found = np.full(len(people), RURAL, dtype=object)
    for name, dense, least in ((TOWN, SETTLED, CLUSTER), (URBAN, DENSE, CITY)):
        inside = known & (density >= dense)
        found[inside & (_together(people, inside, *pairs) >= least)] = name
    found[~known] = ""
    return found


def _together(
    people: np.ndarray, inside: np.ndarray, left: np.ndarray, right: np.ndarray
) -> np.ndarray:
    """Return the people of the cluster of touching areas that every area belongs to."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    kept = inside[left] & inside[right]
    links = coo_array(
        (np.ones(int(kept.sum())), (left[kept], right[kept])), shape=(len(people), len(people))
    )
    _, home = connected_components(links, directed=False)
    return np.bincount(home, np.where(inside, people, 0.0))[home]
