"""What a catalogue holds and what of it can be computed, as tables for people and programs."""

import json
from typing import TYPE_CHECKING

from sozialraum.cli.deliveries_table import Format, columns, csv_text
from sozialraum.cli.speech import Speech
from sozialraum.messages import text

if TYPE_CHECKING:
    import pandas as pd

type Themes = dict[str, tuple[str, str]]


def _shown(table: "pd.DataFrame", labels: dict[str, str], speech: Speech) -> list[list[str]]:
    """Return the cells of a table with words for themes, levels, yes and no."""
    words = {True: speech("indicators_yes"), False: speech("indicators_no"), "": ""}
    names = {
        level: text(f"catalogue.word_smallest_level_{level}", speech.language)
        for level in ("area", "municipality", "county")
    }
    said = {"theme": labels, "level": names | {"": ""}, "own": words, "computable": words}
    shown = table.copy()
    for name in shown.columns.intersection(list(said)):
        shown[name] = shown[name].map(said[name])
    return shown.astype(str).to_numpy().tolist()


def as_text(tables: "dict[str, pd.DataFrame]", themes: Themes, form: Format, speech: Speech) -> str:
    """Return tables one below the other; as CSV only what can be computed, where known."""
    if form == "json":
        records = {name: json.loads(t.to_json(orient="records")) for name, t in tables.items()}
        return json.dumps(records, ensure_ascii=False, indent=1)
    from sozialraum.model.themes import THEMES

    known = {**THEMES, **themes}
    labels = {name: both[speech.language == "en"] for name, both in known.items()} | {"": ""}
    shown = []
    for name, table in tables.items():
        heads = speech(f"indicators_columns_{name}").split("|")
        rows = [heads, *_shown(table, labels, speech)]
        shown.append(columns(rows) if form == "table" else csv_text(rows))
    return shown[-1] if form == "csv" else "\n\n".join(shown)
