"""Write a catalogue: as TOML for the project, as a workbook to work in."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

from sozialraum.errors import IndicatorError, OutputError
from sozialraum.files import writing
from sozialraum.files.workbook import write_workbook
from sozialraum.model import Indicator
from sozialraum.model.definitions import SeriesBreak
from sozialraum.sources.catalogue import ALTERNATIVES, WORKBOOK, checked, entry_place, theme_place
from sozialraum.sources.catalogue_sheet import Themes, sheets_of

ALWAYS = ("id", "numerator", "label_de", "label_en", "polarity")
"""What every entry says, also where it is the default."""


def write_indicators(
    path: str | Path,
    indicators: Sequence[Indicator],
    *,
    language: Literal["de", "en"] = "de",
    themes: Themes | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a catalogue as TOML or as a workbook; :func:`read_indicators` gives it back.

    Parameters
    ----------
    path
        File ending in ``.toml`` or ``.xlsx``.
    indicators
        The catalogue.
    language
        Language of headings, drop-downs and explanations of a workbook; either is read.
    themes
        Themes of the county's own: German and English label by id.
    overwrite
        Replace an existing file.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    IndicatorError
        The catalogue could not be read back: all faults at once.
    OutputError
        The file exists, cannot be written or has another ending, or a text does not fit
        into a cell.

    Examples
    --------
    >>> import tempfile
    >>> from sozialraum.sources import read_indicators, shipped_indicators
    >>> file = Path(tempfile.mkdtemp()) / "katalog.xlsx"
    >>> read_indicators(write_indicators(file, shipped_indicators())) == shipped_indicators()
    True
    """
    path, own = Path(path), dict(themes or {})
    tables = [as_table(one) for one in indicators]
    made = [{"id": id_, "label_de": de, "label_en": en} for id_, (de, en) in own.items()]
    sound, own, faults = checked(tables, made, entry_place, theme_place)
    if faults:
        listed = "\n  ".join(faults)
        raise IndicatorError("catalogue.not_writable", count=len(faults), faults=listed)
    kind = path.suffix.casefold()
    if kind not in (".toml", WORKBOOK):
        raise OutputError("catalogue.no_format", path=path)
    with writing(path, overwrite=overwrite) as temporary:
        if kind == WORKBOOK:
            write_workbook(temporary, sheets_of(sound, own, language))
        else:
            temporary.write_text(_toml(made, tables), encoding="utf-8", newline="\n")
    return path


def as_table(indicator: Indicator | SeriesBreak) -> dict[str, Any]:
    """Return an indicator as its table in TOML; what is default is left out.

    Examples
    --------
    >>> as_table(Indicator("u15", "a|b", None, "Kinder", "children"))["numerator"]
    ['a', 'b']
    """
    table: dict[str, Any] = {}
    for field in fields(indicator):
        value = getattr(indicator, field.name)
        if value is None or (value == field.default and field.name not in (*ALWAYS, "effect")):
            continue
        if field.name in ("numerator", "denominator", "behind") and ALTERNATIVES in value:
            table[field.name] = value.split(ALTERNATIVES)
        elif field.name == "series_breaks":
            table["series_break"] = [as_table(one) for one in value]
        else:
            table[field.name] = list(value) if isinstance(value, tuple) else value
    return table


def _toml(themes: Sequence[Mapping[str, Any]], tables: Sequence[Mapping[str, Any]]) -> str:
    parts = [("theme", one) for one in themes] + [("indicator", one) for one in tables]
    return "\n".join(_entry(name, table) for name, table in parts)


def _entry(name: str, table: Mapping[str, Any]) -> str:
    breaks = table.get("series_break", [])
    lines = [f"[[{name}]]"]
    lines += [f"{key} = {_value(v)}" for key, v in table.items() if key != "series_break"]
    for one in breaks:
        lines += [f"[[{name}.series_break]]", *(f"{key} = {_value(v)}" for key, v in one.items())]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    """Return a value in TOML; its basic strings are written like those of JSON."""
    if isinstance(value, list):
        return f"[{', '.join(_value(one) for one in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
