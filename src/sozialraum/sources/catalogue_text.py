"""The catalogue as text for people: one line an indicator, or everything about one."""

from collections.abc import Mapping, Sequence

from sozialraum.errors import IndicatorError
from sozialraum.messages import text
from sozialraum.model import Indicator
from sozialraum.model.themes import THEMES
from sozialraum.sources.catalogue_checks import closest
from sozialraum.sources.catalogue_columns import BREAK_COLUMNS, COLUMNS, cell_of

LISTED = ("id", "label", "themes", "polarity", "kind", "smallest_level", "unit")
PER_LANGUAGE = ("label", "unit")
_BY_NAME = {column.name: column for column in COLUMNS}

type Themes = Mapping[str, tuple[str, str]]


def listed(indicators: Sequence[Indicator], themes: Themes, language: str) -> list[list[str]]:
    """Return a header and one row an indicator: what it is, which themes, which direction.

    Examples
    --------
    >>> one = Indicator("a65", "a65", "residents", "Alte", "Old people", themes=("pflege",))
    >>> listed([one], {}, "en")[1]
    ['a65', 'Old people', 'Long-term care', 'burden', '', 'area', '%']
    """
    names = [f"{name}_{language}" if name in PER_LANGUAGE else name for name in LISTED]
    rows = [[_shown(one, name, themes, language) for name in names] for one in indicators]
    return [[_BY_NAME[name].heading(language) for name in names], *rows]


def described(indicator: Indicator, themes: Themes, language: str) -> list[tuple[str, str]]:
    """Return heading and content of everything that is said about an indicator.

    Examples
    --------
    >>> one = Indicator("a65", "a65", "residents", "Alte", "Old people", themes=("pflege",))
    >>> dict(described(one, {}, "en"))["Themes"]
    'Long-term care'
    """
    rows = [(c.heading(language), _shown(indicator, c.name, themes, language)) for c in COLUMNS]
    heading = text("catalogue.sheet_breaks", language)
    effect = next(column for column in BREAK_COLUMNS if column.name == "effect")
    rows += [
        (heading, f"{one.date} ({effect.word(one.effect, language)}): {one.reason(language)}")
        for one in indicator.series_breaks
    ]
    return [(name, content) for name, content in rows if content]


def _shown(indicator: Indicator, name: str, themes: Themes, language: str) -> str:
    if name == "themes":
        place = 1 if language == "en" else 0
        known = {**THEMES, **themes}
        labels = (known.get(theme, (theme, theme)) for theme in indicator.themes)
        return ", ".join(label[place] for label in labels)
    shown = cell_of(_BY_NAME[name], getattr(indicator, name), language)
    return "" if shown is None else str(shown)


def of_theme(indicators: Sequence[Indicator], theme: str, themes: Themes) -> tuple[Indicator, ...]:
    """Return the indicators of a theme.

    Raises
    ------
    IndicatorError
        There is no such theme.
    """
    known = [*THEMES, *themes]
    if theme not in known:
        hint = closest(theme.casefold(), known)
        raise IndicatorError(
            "catalogue.unknown_theme", ids=[theme], known=", ".join(known), hint=hint
        )
    return tuple(one for one in indicators if theme in one.themes)


def find(indicators: Sequence[Indicator], name: str) -> Indicator:
    """Return one indicator by its id.

    Raises
    ------
    IndicatorError
        There is no such indicator; the closest one is named.
    """
    found = next((one for one in indicators if one.id == name), None)
    if found is None:
        hint = closest(name, [one.id for one in indicators])
        raise IndicatorError("catalogue.unknown_indicator", ids=[name], hint=hint)
    return found


def with_wholes(
    chosen: Sequence[Indicator], indicators: Sequence[Indicator]
) -> tuple[Indicator, ...]:
    """Return chosen indicators and those that they refer to, in the order of the catalogue.

    Examples
    --------
    >>> whole = Indicator("sgb2", "a", "b", "A", "A")
    >>> part = Indicator("children", "c", "d", "B", "B", part_of="sgb2")
    >>> [one.id for one in with_wholes([part], [whole, part])]
    ['sgb2', 'children']
    """
    known = {one.id: one for one in indicators}
    wanted, waiting = set[str](), [one.id for one in chosen]
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting += [*known[name].strata, *filter(None, [known[name].part_of])]
    return tuple(one for one in indicators if one.id in wanted)
