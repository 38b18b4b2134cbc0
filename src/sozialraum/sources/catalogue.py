"""The indicator catalogue: definitions in TOML, read whole or not at all."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from sozialraum.errors import IndicatorError
from sozialraum.model import Indicator
from sozialraum.model.definitions import Sensitivity
from sozialraum.sources.dates import iso_date
from sozialraum.sources.settings import fault, raise_faults, read_toml, tables_of, validated

ALTERNATIVES = "|"
"""Joins the names of counts of which the first that an area has is taken."""


def _joined(value: Any) -> Any:
    """Return a list of names as one text, first choice first."""
    if isinstance(value, list | tuple) and value and all(isinstance(v, str) for v in value):
        return ALTERNATIVES.join(value)
    return value


def _day(value: Any) -> Any:
    """Return a TOML date as text, so that it may be written with or without quotes."""
    return value.isoformat() if isinstance(value, date) else value


Count = Annotated[str, BeforeValidator(_joined), Field(min_length=1, pattern=r"^[^\s|][^\s]*$")]
OptionalCount = Annotated[str, BeforeValidator(_joined), Field(pattern=r"^[^\s]*$")]
Day = Annotated[str, BeforeValidator(_day)]


class Definition(BaseModel):
    """One ``[[indicator]]`` table: every field of :class:`sozialraum.model.Indicator`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: str = Field(min_length=1)
    numerator: Count
    denominator: OptionalCount = ""
    label_de: str = Field(min_length=1)
    label_en: str = Field(min_length=1)
    per: int = 100
    polarity: Literal[-1, 0, 1] = 1
    sensitivity: Sensitivity = "general"
    zero_sensitive: bool = False
    part_of: str = ""
    behind: OptionalCount = ""
    denominator_date: Day = "same"
    themes: Annotated[tuple[str, ...], Field(strict=False)] = ()
    breaks: Annotated[tuple[float, ...], Field(strict=False)] = ()
    unit_de: str = "%"
    unit_en: str = "%"
    note_de: str = ""
    note_en: str = ""
    estimate: bool = False
    adopted_by: str = ""
    adopted_on: Day = ""


def read_indicators(path: str | Path) -> tuple[Indicator, ...]:
    """Return the indicators of a catalogue.

    Parameters
    ----------
    path
        TOML file with one ``[[indicator]]`` table an indicator; the keys are the fields of
        :class:`sozialraum.model.Indicator`. `numerator`, `denominator` and `behind` may be
        lists: per area the first delivery that has the count is taken.

    Returns
    -------
    tuple of Indicator
        In the order of the file.

    Raises
    ------
    SourceError
        Unknown keys, missing keys, values of the wrong kind, repeated ids, references to
        indicators that are not there: all of them at once.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "indicators.toml"
    >>> _ = file.write_text('''
    ... [[indicator]]
    ... id = "sgb2"
    ... numerator = ["sgb2.persons", "office.persons"]
    ... denominator = "register.u65"
    ... label_de = "Grundsicherung"
    ... label_en = "Basic income support"
    ... ''')
    >>> read_indicators(file)[0].numerator
    'sgb2.persons|office.persons'
    """
    tables, faults = tables_of(read_toml(path), "indicator")
    made: list[Indicator] = []
    for i, table in enumerate(tables):
        indicator, found = _indicator(table, _place(i, table))
        faults += found
        made += [indicator] if indicator else []
    raise_faults([*faults, *_cross_faults(tables)], path)
    return tuple(made)


def _place(position: int, table: dict[str, Any]) -> str:
    return f"indicator[{position + 1}] „{table.get('id', '?')}“"


def _indicator(table: dict[str, Any], place: str) -> tuple[Indicator | None, list[str]]:
    definition, faults = validated(Definition, table, place)
    if definition is None:
        return None, faults
    values = definition.model_dump()
    for name in ("denominator", "part_of", "behind"):
        values[name] = values[name] or None
    for name, free in (("denominator_date", "same"), ("adopted_on", "")):
        if values[name] != free and iso_date(values[name]) != values[name]:
            faults.append(fault("no_date", f"{place}.{name}"))
    try:
        return Indicator(**values), faults
    except IndicatorError as error:
        return None, [*faults, str(error)]


def _cross_faults(tables: list[dict[str, Any]]) -> list[str]:
    """Return faults that show only when all indicators are seen together."""
    ids = [str(table.get("id", "")) for table in tables]
    faults = [
        fault("repeated", _place(i, table))
        for i, table in enumerate(tables)
        if ids[i] and ids[i] in ids[:i]
    ]
    for i, table in enumerate(tables):
        whole = table.get("part_of", "")
        if whole and (whole not in ids or whole == ids[i]):
            faults.append(fault("no_such_indicator", f"{_place(i, table)}.part_of", str(whole)))
    return faults
