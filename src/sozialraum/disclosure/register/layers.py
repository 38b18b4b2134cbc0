"""Areas of all earlier publications as geographies that can be laid over today's blocks."""

from collections.abc import Iterable

import pandas as pd

from sozialraum import schema
from sozialraum.disclosure.register.book import TELLING, Ledger
from sozialraum.disclosure.register.places import Place


def earlier_areas(ledger: Ledger) -> pd.DataFrame | None:
    """Return the area of every block in every geography that was ever published.

    Parameters
    ----------
    ledger
        The register; publications to all audiences count.

    Returns
    -------
    DataFrame or None
        Indexed by `block_id`, one column a geography such as ``"früher 1: sozialraum"``,
        ``""`` where a block lay in no area of it; None where nothing was published. A
        geography that was redrawn has several columns.
    """
    told = [ledger.told(entry.number) for entry in ledger.entries if entry.kind in TELLING]
    places = {name: place for one in told for name, place in one.places.items()}
    if not places:
        return None
    columns: dict[str, dict[str, str]] = {}
    for geography in sorted({place.geography for place in places.values()}):
        own = [place for place in places.values() if place.geography == geography]
        for number, layer in enumerate(_layers(own), start=1):
            columns[f"früher {number}: {geography}"] = layer
    table = pd.DataFrame(columns).fillna("").astype("str").sort_index()
    table.index = pd.Index(table.index, name=schema.BLOCK_ID, dtype="str")
    return table


def _layers(places: Iterable[Place]) -> list[dict[str, str]]:
    """Return the areas by block, in as many layers as areas of one geography overlap."""
    layers: list[dict[str, str]] = []
    for place in sorted(places, key=lambda one: one.name):
        free = next((x for x in layers if not any(unit in x for unit in place.units)), None)
        if free is None:
            layers.append({})
            free = layers[-1]
        free.update(dict.fromkeys(place.units, place.name))
    return layers
