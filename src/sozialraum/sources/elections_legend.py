"""What the codes of election results mean: ``open_data.json``, or a mapping."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from sozialraum.errors import SourceError
from sozialraum.sources.archives import content
from sozialraum.sources.loaded import Place
from sozialraum.sources.naming import variable_name
from sozialraum.sources.notes import note

LEGEND = "open_data.json"
MAX_LEGEND = 8 * 1024**2
"""Bytes of the largest legend that is read."""


@dataclass(frozen=True, slots=True)
class Legend:
    """Names of lists and candidates by code: ``{"D1": "CDU"}``."""

    names: Mapping[str, str]
    notes: tuple[str, ...] = ()

    def meaning(self, code: str) -> str:
        """Return what a code means; first and second votes share the numbers of parties."""
        if code in self.names:
            return self.names[code]
        other = code[1:]
        return next((n for c, n in self.names.items() if c[1:] == other and c[0] in "DF"), "")


def legend_of(place: Place, given: Mapping[str, str], election: str) -> Legend:
    """Return the legend of a file: as given, else out of ``open_data.json`` beside it.

    Parameters
    ----------
    place
        The file.
    given
        Names by code; wins over the file.
    election
        What the file calls the election.

    Raises
    ------
    SourceError
        ``open_data.json`` is no such legend.
    """
    if given:
        return Legend(given)
    beside = place.path.parent / LEGEND
    if place.member is not None or not beside.is_file():
        return Legend({}, (note("elections.note_no_legend", path=place.where),))
    table = _chosen(_read(beside), place, election)
    if table is None:
        return Legend({}, (note("elections.note_which_legend", path=place.where),))
    return Legend(_parties(table))


def _read(path: Path) -> dict[str, Any]:
    try:
        data = content(path)
        if len(data) > MAX_LEGEND:
            raise SourceError("elections.not_a_legend", path=path)
        read = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise SourceError("elections.not_a_legend", path=path) from error
    if not isinstance(read, dict) or not _tables(read):
        raise SourceError("elections.not_a_legend", path=path)
    return read


def _tables(legend: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the descriptions of files that hold names of parties."""
    tables = legend.get("dateifelder")
    found = tables if isinstance(tables, list) else []
    return [t for t in found if isinstance(t, dict) and isinstance(t.get("parteien"), list)]


def _chosen(legend: Mapping[str, Any], place: Place, election: str) -> Mapping[str, Any] | None:
    """Return the description that belongs to a file, or None where that is not clear.

    Files are called by their election ("Stichwahl-des-Landrats"), and the election by the
    file's own column or by the list of files.
    """
    tables = _tables(legend)
    if len(tables) == 1:
        return tables[0]
    file = PurePath(place.path).name
    listed = [c for c in legend.get("csvs", []) if isinstance(c, dict) and c.get("url") == file]
    called = {variable_name(election)}
    for one in listed:
        part = str(one.get("ebene", "")).split(":")[0]
        called |= {
            variable_name(f"{one.get('wahl', '')}"),
            variable_name(f"{one.get('wahl')} {part}"),
        }
    exact = [t for t in tables if variable_name(str(t.get("name", ""))) in called]
    stem = variable_name(PurePath(file).stem)
    inside = [t for t in tables if variable_name(str(t.get("name", ""))) in stem]
    for found in (exact, inside, tables):
        if len({json.dumps(t["parteien"], sort_keys=True) for t in found}) == 1:
            return found[0]
    return None


def _parties(table: Mapping[str, Any]) -> dict[str, str]:
    """Return names by code; a field may name the codes of both votes."""
    names: dict[str, str] = {}
    for party in table["parteien"]:
        if isinstance(party, dict):
            for code in re.findall(r"[DEF]\d+", str(party.get("feld", ""))):
                names[code] = str(party.get("wert", "")).strip()
    return names
