"""The table of what was done where, as a planning office keeps it."""

from pathlib import Path

from musterkreis.truth import MEASURES, Planted
from musterkreis.writing import csv_text, write_text

START = "01.01.2022"
TOPICS = {"M1": "Familie und frühe Hilfen", "M2": "Beratung"}


def write_measures(path: Path, planted: tuple[Planted, ...], area_ids: dict[int, str]) -> None:
    """Write the measures with the agreed areas they were taken in; nothing of what came of it."""
    where = {one.plan.id: [area_ids[number] for number in one.quarters] for one in planted}
    rows = [
        (name, title, area, START, "", TOPICS[name])
        for name, place, _, title in MEASURES
        for area in sorted(where[place])
    ]
    names = ("Kennung", "Maßnahme", "Gebiet", "von", "bis", "Thema")
    columns = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    write_text(path, csv_text(columns))
