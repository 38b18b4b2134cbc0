"""Print what is said of typical areas of a finished run, or write it into docs/hinweise.md."""

import argparse
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pandas as pd

from sozialraum.files.readback import read_flags
from sozialraum.files.wording import number
from sozialraum.flags import explain_flags
from sozialraum.flags.borders import moran_over_zonings
from sozialraum.index.coverage_words import coverage_sentences
from sozialraum.model import Flags
from sozialraum.schema import Grade

PAGE = Path(__file__).parents[1] / "docs" / "hinweise.md"
BEGIN, END = "<!-- Musterkreis -->", "<!-- Ende des Musterkreises -->"
WIDTH = 118
SHAKY = 0.5

GRADES = {Grade.CONFIRMED: "gesichert", Grade.NOTABLE: "bemerkenswert", Grade.HINT: "Hinweis"}

type Pick = Callable[[pd.DataFrame], pd.Series]


def _is(column: str, *values: str) -> Pick:
    return lambda table: table[column].isin(list(values))


def _all(*picks: Pick) -> Pick:
    return lambda table: pd.concat([pick(table) for pick in picks], axis=1).all(axis=1)


HIGH, QUIET = _is("direction", "high"), _is("warning", "")
CONFIRMED = _is("grade", Grade.CONFIRMED)
CASES: tuple[tuple[str, Pick], ...] = (
    ("gesichert, der eigene Wert", _all(CONFIRMED, HIGH, QUIET, lambda t: ~t["around"])),
    ("gesichert, hier und nebenan", _all(CONFIRMED, HIGH, QUIET, lambda t: t["around"])),
    ("gesichert, aber wenig fest", _all(CONFIRMED, lambda t: t["stability"] < SHAKY)),
    ("gesichert, günstiger als üblich", _all(CONFIRMED, _is("direction", "low"))),
    ("anders als die Nachbarn", _is("direction", "mixed")),
    ("bemerkenswert", _all(_is("grade", Grade.NOTABLE), HIGH, QUIET)),
    ("Hinweis", _all(_is("grade", Grade.HINT), HIGH, QUIET)),
    ("steigt, noch kein Befund", _all(_is("warning", "rising"), _is("grade", Grade.NONE))),
    ("steigt", _is("warning", "rising")),
    ("sinkt", _is("warning", "falling")),
    ("kein Befund, viele Betroffene", _all(_is("grade", Grade.NONE), QUIET)),
    ("teilweise nicht veröffentlicht", lambda t: t["hidden"] & (t["grade"] != "not published")),
    ("ohne Nachbargebiete", _is("grade", Grade.NO_NEIGHBOURS)),
    ("nicht veröffentlicht", _is("grade", Grade.NOT_PUBLISHED)),
)


def typical(flags: Flags, language: str) -> Iterator[tuple[str, pd.Series]]:
    """Yield the kinds of areas there are, and the first area of every kind."""
    table = explain_flags(flags, language=language).set_index("area_id")
    facts = table.assign(**{name: flags.areas[name] for name in ("grade", "direction", "warning")})
    findings = flags.table.set_index("area_id")
    own = findings["evidence"].eq("rate") | ~findings["grade"].isin(["confirmed", "notable"])
    facts["around"] = ~own.groupby(level=0).all()
    facts["hidden"] = findings["grade"].eq(str(Grade.NOT_PUBLISHED)).groupby(level=0).any()
    told: set[str] = set()
    for kind, pick in CASES:
        found = [area for area in facts.index[pick(facts)] if area not in told]
        if found:
            told.add(found[0])
            yield kind, table.loc[found[0]]


def summary(flags: Flags) -> Iterator[str]:
    """Yield tables of how many findings there are and how firm they are, in German."""
    heads = ("Gebiete", "davon höhere Belastung", "neue Zählung", "andere Grenzen")
    yield "| | " + " | ".join((*heads, "dort unter der Hälfte")) + " |"
    yield "|---|---|---|---|---|---|"
    for grade, name in GRADES.items():
        rows = flags.areas[flags.areas["grade"] == grade]
        high = int((rows["direction"] == "high").sum())
        firm = [number(rows[column].median(), 2, "de") for column in ("stability", "kept")]
        lost = int((rows["kept"] < SHAKY).sum())
        yield f"| {name} | {len(rows)} | {high} | {firm[0]} | {firm[1]} | {lost} |"
    yield ""
    yield "| Indikator | Morans I der Gebiete | in anderen Zuschnitten |"
    yield "|---|---|---|"
    for row in moran_over_zonings(flags).to_dict("records"):
        own, low, high = (number(row[c], 2, "de") for c in ("global_moran", "lowest", "highest"))
        label = flags.release.indicator(row["indicator"]).label_de
        yield f"| {label} | {own} | {low} bis {high} |"
    yield ""


def page_part(flags: Flags, indicator: str, language: str) -> str:
    """Return tables, kinds of areas, their sentences and whom they reach, as Markdown."""
    lines = list(summary(flags))
    for kind, row in typical(flags, language):
        lines += [
            f"**{row['name']}** ({row['municipality']}), {kind}:",
            "",
            _quote(row["sentence"]),
        ]
    reached = coverage_sentences(flags, indicator, language)
    lines += ["**Wen die Hinweise erreichen:**", "", _quote(next(iter(reached.values())))]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the part of the page, or write it where it belongs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path, help="GeoPackage of a run with flags")
    parser.add_argument("--language", choices=("de", "en"), default="de")
    parser.add_argument("--indicator", default="kinderarmut", help="whose people are counted")
    parser.add_argument("--write", action="store_true", help="replace the part of the page")
    chosen = parser.parse_args(arguments)
    flags = read_flags(chosen.package)
    if flags is None:
        parser.error("the GeoPackage holds no flags")
    told = page_part(flags, chosen.indicator, chosen.language)
    if not chosen.write:
        print(told)
        return
    page = PAGE.read_text(encoding="utf-8")
    part = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    PAGE.write_text(
        part.sub(lambda _: f"{BEGIN}\n{told}{END}", page), encoding="utf-8", newline="\n"
    )


def _quote(told: str) -> str:
    lines = textwrap.wrap(told, WIDTH, break_on_hyphens=False, break_long_words=False)
    return "\n".join(f"> {line}" for line in lines) + "\n"


if __name__ == "__main__":
    main()
