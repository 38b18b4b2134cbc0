"""Settlement types of the areas of a release: from published residents, or as given."""

import numpy as np
import pandas as pd
import shapely

from sozialraum import schema
from sozialraum.errors import IndicatorError, StatisticsError
from sozialraum.index.values import Published, residents_of, small_areas
from sozialraum.messages import default_language, text
from sozialraum.methods.contiguity import TOUCH, contiguity
from sozialraum.methods.graph import edges_of
from sozialraum.methods.settlement import TYPES, settlement_classes
from sozialraum.model import Release
from sozialraum.model.publishable import require_publishable


def settlement_types(
    release: Release,
    *,
    residents: str | pd.Series | None = None,
    given: pd.Series | None = None,
    date: str | None = None,
) -> pd.Series:
    """Return the settlement type of every small area.

    Parameters
    ----------
    release
        Its published residents and shapes are looked at.
    residents
        Id of the indicator that counts residents, or their numbers by `area_id`; what the
        release counts as residents when omitted.
    given
        Types decided elsewhere, by `area_id`: ``"urban"``, ``"town"``, ``"rural"``, or
        ``""`` for not known; then nothing is computed.
    date
        ISO date of the residents; the latest when omitted.

    Returns
    -------
    Series
        ``"urban"``, ``"town"``, ``"rural"`` by `area_id`; ``""`` where residents are not
        published.

    Raises
    ------
    IndicatorError
        `given` has other types, or lacks areas.
    StatisticsError
        The release does not tell how many people live anywhere.

    Notes
    -----
    Thresholds of the degree of urbanisation on areas instead of grid cells, see
    :func:`sozialraum.methods.settlement.settlement_classes`: an approximation.
    """
    require_publishable(release, "settlement_types")
    areas = small_areas(release)
    if given is not None:
        return _given(given, areas)
    people = _people(release, residents, date, areas)
    shapes = release.areas.geometry.loc[areas]
    edges = edges_of(contiguity(shapes.to_numpy(), tolerance=TOUCH))
    size = shapely.area(shapes.to_numpy()) / 1e6
    found = settlement_classes(people, size, edges.left, edges.right)
    return pd.Series(found, index=areas, name="settlement", dtype=object)


def settlement_label(settlement: str, language: str | None = None) -> str:
    """Return a settlement type in words, German or English.

    Examples
    --------
    >>> settlement_label("town", "de"), settlement_label("", "en")
    ('Kleinstadt, Vorort', 'not known')
    """
    return text(f"explain.settlement_{settlement or 'unknown'}", language or default_language())


def _given(given: pd.Series, areas: pd.Index) -> pd.Series:
    strange = sorted(set(given.astype(str)) - {*TYPES, ""})
    if strange:
        raise IndicatorError("explain.settlement_strange", ids=strange, known=", ".join(TYPES))
    absent = areas.difference(given.index)
    if len(absent):
        raise IndicatorError("explain.settlement_absent", ids=absent)
    return given.reindex(areas).astype(object).rename("settlement")


def _people(
    release: Release, residents: str | pd.Series | None, date: str | None, areas: pd.Index
) -> np.ndarray:
    if isinstance(residents, pd.Series):
        return residents.reindex(areas).to_numpy(dtype=float)
    if isinstance(residents, str):
        return release.frame(residents, date)["numerator"].reindex(areas).to_numpy(dtype=float)
    for one in [date] if date else sorted(Published.of(release).dates, reverse=True):
        found = residents_of(release, one, areas)
        if found is not None:
            return found
    raise StatisticsError("explain.residents_unknown", what=schema.AREAS_LEVEL)
