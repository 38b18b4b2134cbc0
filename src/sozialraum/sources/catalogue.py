"""The indicator catalogue: definitions in TOML or a workbook, read whole or not at all."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from sozialraum.errors import IndicatorError
from sozialraum.model import Indicator
from sozialraum.model.definitions import Kind, Level, Rhythm, Sensitivity, SeriesBreak
from sozialraum.sources.catalogue_checks import (
    cross_faults,
    date_faults,
    rule_faults,
    text_faults,
    theme_faults,
)
from sozialraum.sources.settings import raise_faults, read_toml, tables_of, validated

ALTERNATIVES = "|"
"""Joins the names of counts of which the first that an area has is taken."""
WORKBOOK = ".xlsx"


def _joined(value: Any) -> Any:
    """Return a list of names as one text, first choice first."""
    if isinstance(value, list | tuple) and value and all(isinstance(v, str) for v in value):
        return ALTERNATIVES.join(value)
    return value


def _day(value: Any) -> Any:
    """Return a TOML date as text, so that it may be written with or without quotes."""
    return value.isoformat() if isinstance(value, date) else value


COUNT = r"[^\s|]+(\|[^\s|]+)*"
Count = Annotated[str, BeforeValidator(_joined), Field(min_length=1, pattern=f"^{COUNT}$")]
OptionalCount = Annotated[str, BeforeValidator(_joined), Field(pattern=f"^({COUNT})?$")]
Day = Annotated[str, BeforeValidator(_day)]
Names = Annotated[tuple[str, ...], Field(strict=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, str_strip_whitespace=True)


class Break(BaseModel):
    """One ``[[indicator.series_break]]`` table."""

    model_config = STRICT

    date: Day = Field(min_length=1)
    effect: Literal["block", "mark"] = "block"
    reason_de: str = ""
    reason_en: str = ""


class OwnTheme(BaseModel):
    """One ``[[theme]]`` table: a theme that a county adds to the known ones."""

    model_config = STRICT

    id: str = Field(pattern=r"^[^\W\d]\w*$")
    label_de: str = Field(min_length=1)
    label_en: str = Field(min_length=1)


class Definition(BaseModel):
    """One ``[[indicator]]`` table: every field of :class:`sozialraum.model.Indicator`."""

    model_config = STRICT

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
    themes: Names = ()
    breaks: Annotated[tuple[Finite, ...], Field(strict=False)] = ()
    unit_de: str = "%"
    unit_en: str = "%"
    note_de: str = ""
    note_en: str = ""
    estimate: bool = False
    adopted_by: str = ""
    adopted_on: Day = ""
    numerator_de: str = ""
    numerator_en: str = ""
    denominator_de: str = ""
    denominator_en: str = ""
    numerator_source: str = ""
    denominator_source: str = ""
    numerator_day: str = ""
    denominator_day: str = ""
    smallest_level: Level = "area"
    pool: int = 1
    standard: Literal["", "direct", "indirect"] = ""
    strata: Names = ()
    standard_population: str = ""
    kind: Kind = ""
    goal_de: str = ""
    goal_en: str = ""
    target: Finite | None = None
    target_on: Day = ""
    rhythm: Rhythm = ""
    next_due: Day = ""
    series_breaks: Annotated[
        tuple[Break, ...],
        Field(strict=False, validation_alias=AliasChoices("series_break", "series_breaks")),
    ] = ()


type Place = Callable[[int, Mapping[str, Any]], str]
"""What to call an entry of a file in errors: from its position and content."""


def read_indicators(path: str | Path) -> tuple[Indicator, ...]:
    """Return the indicators of a catalogue.

    Parameters
    ----------
    path
        TOML file with one ``[[indicator]]`` table an indicator, or a workbook (``.xlsx``)
        as :func:`sozialraum.sources.write_indicators` writes it. The keys are the fields of
        :class:`sozialraum.model.Indicator`; breaks of the series are tables
        ``[[indicator.series_break]]``. `numerator`, `denominator` and `behind` may be
        lists: per area the first delivery that has the count is taken. Themes are those of
        :data:`sozialraum.model.themes.THEMES` and those that ``[[theme]]`` tables add.

    Returns
    -------
    tuple of Indicator
        In the order of the file.

    Raises
    ------
    SourceError
        Unknown keys, missing keys, values of the wrong kind, repeated ids, references to
        indicators or themes that are not there, a share used as a count, a target without
        goal or day: all of them at once, each with its place.

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
    return read_catalogue(path)[0]


def read_catalogue(path: str | Path) -> tuple[tuple[Indicator, ...], dict[str, tuple[str, str]]]:
    """Return the indicators of a catalogue and the themes it adds, by id with both labels.

    Parameters
    ----------
    path
        As for :func:`read_indicators`.

    Raises
    ------
    SourceError
        As :func:`read_indicators`.
    """
    if Path(path).suffix.casefold() == WORKBOOK:
        from sozialraum.sources.catalogue_sheet import read_sheets

        read = read_sheets(path)
        found = checked(read.tables, read.themes.tables, read.place, read.theme_place)
        raise_faults([*read.faults, *map(read.shown, found[2])], path)
        return found[0], found[1]
    content = dict(read_toml(path))
    themes, above = [], []
    if "theme" in content:
        themes, above = tables_of({"theme": content.pop("theme")}, "theme")
    tables, more = tables_of(content, "indicator")
    indicators, own, faults = checked(tables, themes, entry_place, theme_place)
    raise_faults([*above, *more, *faults], path)
    return indicators, own


@cache
def shipped_indicators() -> tuple[Indicator, ...]:
    """Return the catalogue that comes with the library: what counties usually measure.

    It covers the nine themes and the cross-cutting topics in German and English. Counts are
    called by canonical names (``"register.u15"``, ``"sgb2.children"``, ``"seu.speech"``): a
    county whose deliveries carry these names can use an entry as it is.

    Examples
    --------
    >>> {"sgb2", "kinderarmut", "sprache"} <= {i.id for i in shipped_indicators()}
    True
    """
    return read_indicators(Path(__file__).with_name("indicators") / "katalog.toml")


def checked(
    tables: Sequence[dict[str, Any]],
    themes: Sequence[dict[str, Any]],
    place: Place,
    place_of_theme: Place,
) -> tuple[tuple[Indicator, ...], dict[str, tuple[str, str]], list[str]]:
    """Return indicators and own themes out of raw tables, and every fault of them."""
    own, faults = _own_themes(themes, place_of_theme)
    made: list[Indicator] = []
    for i, table in enumerate(tables):
        indicator, found = _indicator(table, place(i, table))
        faults += found
        made += [indicator] if indicator else []
    places = [place(i, table) for i, table in enumerate(tables)]
    return tuple(made), own, [*faults, *cross_faults(tables, places, own)]


def entry_place(position: int, table: Mapping[str, Any]) -> str:
    """Return what to call an ``[[indicator]]`` table."""
    return f"indicator[{position + 1}] „{table.get('id', '?')}“"


def theme_place(position: int, table: Mapping[str, Any]) -> str:
    """Return what to call a ``[[theme]]`` table."""
    return f"theme[{position + 1}] „{table.get('id', '?')}“"


def _own_themes(
    tables: Sequence[dict[str, Any]], place_of: Place
) -> tuple[dict[str, tuple[str, str]], list[str]]:
    own: dict[str, tuple[str, str]] = {}
    faults: list[str] = []
    for i, table in enumerate(tables):
        place = place_of(i, table)
        theme, found = validated(OwnTheme, table, place)
        faults += found
        if theme is not None:
            faults += theme_faults(theme.model_dump(), place, own)
            own[theme.id] = theme.label_de, theme.label_en
    return own, faults


def _indicator(table: dict[str, Any], place: str) -> tuple[Indicator | None, list[str]]:
    definition, faults = validated(Definition, table, place)
    if definition is None:
        return None, faults
    values = definition.model_dump()
    faults += [
        *date_faults(values, place),
        *text_faults(values, place),
        *rule_faults(values, place),
    ]
    for name in ("denominator", "part_of", "behind"):
        values[name] = values[name] or None
    values["series_breaks"] = tuple(SeriesBreak(**one) for one in values["series_breaks"])
    try:
        return Indicator(**values), faults
    except IndicatorError as error:
        field = error.message.rpartition("indicator_")[2]
        return None, [*faults, f"{place}.{field}: {error}"]
