"""Put the report together and write it as one self-contained page."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from sozialraum import schema
from sozialraum.files import writing
from sozialraum.files.provenance import footer
from sozialraum.files.scan import check_file
from sozialraum.flags.told import told_by
from sozialraum.index.targets import target_sentences
from sozialraum.index.told import derived_from
from sozialraum.maps import draw_panel
from sozialraum.messages import text
from sozialraum.methods.palettes import ink
from sozialraum.model import Evaluation, Flags, Index, Layer, Release
from sozialraum.model.publishable import (
    Publishable,
    release_of,
    require_publishable,
    require_shapes,
)
from sozialraum.report import facts
from sozialraum.report.explained import attention, explained, missing_table
from sozialraum.report.found import findings, told_of_findings
from sozialraum.report.pictures import embedded
from sozialraum.report.style import security, template
from sozialraum.themes import Theme, choices, theme
from sozialraum.themes.background import sources_of


def write_report(
    path: str | Path,
    noun: Publishable,
    *,
    language: str = "de",
    background: Sequence[Layer] = (),
    evaluations: Sequence[Evaluation] = (),
    overwrite: bool = False,
) -> Path:
    """Write a report on a noun as one HTML file and return its path.

    Parameters
    ----------
    path
        File to write.
    noun
        What came through the gate: indicators; with an index status and dynamics; with
        flags the areas that deserve a closer look, each in a sentence.
    language
        ``"de"`` or ``"en"``.
    background
        Local layers drawn with the maps; their sources are printed.
    evaluations
        What interventions changed; told only together with flags.
    overwrite
        Replace an existing file.

    Returns
    -------
    Path
        The file: summary, method, maps with texts for those who do not see them, tables
        for every municipality, sources. No script, no request; prints on A4.

    Raises
    ------
    DisclosureError
        `noun` did not come through the gate, or the page fails the scan.
    OutputError
        The file exists and `overwrite` is off.
    """
    require_publishable(noun, "write_report")
    require_shapes(noun, "write_report")
    document = render(noun, language=language, background=background, evaluations=evaluations)
    derived = derived_from(noun) | told_by(noun) | told_of_findings(noun, evaluations)
    with writing(path, overwrite=overwrite) as temporary:
        temporary.write_text(document, encoding="utf-8", newline="\n")
        check_file(temporary, release_of(noun), derived=derived)
    return Path(path)


def render(
    noun: Publishable,
    *,
    language: str = "de",
    background: Sequence[Layer] = (),
    evaluations: Sequence[Evaluation] = (),
) -> str:
    """Return the whole document; names and other data are escaped by the template."""
    release = release_of(noun)
    themes = {what: theme(noun, what, language=language) for what in choices(noun)}
    style = template("report.css") + _class_colours(list(themes.values()))
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(template("report.html")).render(
        language=language,
        say=lambda name, **values: text(f"report.{name}", language, **values),
        policy=security(style),
        style=Markup(style),  # noqa: S704 - our own file and hex colours
        release=release,
        summary=facts.summary(noun, themes, language),
        overview=facts.overview(release, language),
        policy_rows=facts.policy_rows(release, language),
        marks=facts.marks(release, themes, language),
        notes=_notes(themes),
        maps=[_map(shown, language, background) for shown in themes.values()],
        towns=_towns(noun, release, themes, language),
        index=explained(index, language) if (index := index_of(noun)) else None,
        found=findings(noun, evaluations, language) if isinstance(noun, Flags) else None,
        missing=missing_table(release, language),
        aims=target_sentences(release, language=language),
        footer=footer(noun, language, background=sources_of(background)),
    )


def index_of(noun: Publishable) -> Index | None:
    """Return the index behind a noun, if there is one."""
    if isinstance(noun, Flags):
        return noun.index
    return noun if isinstance(noun, Index) else None


def _class_colours(themes: Sequence[Theme]) -> str:
    """Return one style a class, so that no element needs a style of its own."""
    return "".join(
        f".c{k}-{i}{{background:{entry.colour};color:{ink(entry.colour)}}}\n"
        for k, shown in enumerate(themes)
        for i, entry in enumerate(shown.entries)
    )


def _notes(themes: dict[str, Theme]) -> list[str]:
    """Return the notes of judgements, each once; those of indicators stand at their map."""
    judged = [shown for shown in themes.values() if shown.kind == "classes"]
    return list(dict.fromkeys(note for shown in judged for note in shown.notes))


def _map(shown: Theme, language: str, background: Sequence[Layer]) -> dict[str, Any]:
    figure = draw_panel(shown, language=language, background=background)
    return {
        "what": shown.what,
        "title": shown.title,
        "caption": shown.subtitle,
        "alt": facts.alternative(shown, language),
        "picture": embedded(figure),
    }


def _towns(
    noun: Publishable, release: Release, themes: dict[str, Theme], language: str
) -> list[dict[str, Any]]:
    """Return one section a municipality, in the order of their names."""
    small = release.areas[release.areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL]
    names = small.groupby(schema.MUNICIPALITY, sort=True)["municipality_name"].first()
    sections = []
    for key, town in sorted(names.items(), key=lambda pair: (pair[1].casefold(), pair[0])):
        areas = small.index[small[schema.MUNICIPALITY] == key]
        tables = [
            facts.judgement_table(town, areas, themes, small[schema.NAME], language),
            *facts.value_tables(release, town, str(key), themes, language),
            facts.coarse_table(release, town, str(key), themes, language),
        ]
        sections.append(
            {
                "key": str(key),
                "name": town,
                "areas": len(areas),
                "tables": [table for table in tables if table is not None],
                "flagged": facts.flagged(noun, areas, language),
                "attention": attention(index_of(noun), areas, language),
            }
        )
    return sections
