"""The report: complete, accessible, escaped, closed, the same every time."""

import base64
import dataclasses
import hashlib
import re
import sys
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from types import SimpleNamespace

import pandas as pd
import pytest
from markupsafe import escape

from sozialraum import schema
from sozialraum.errors import DisclosureError, OutputError
from sozialraum.evaluation import evaluation_sentences
from sozialraum.messages import text
from sozialraum.report import write_report
from sozialraum.report.html import render
from sozialraum.schema import Grade, State
from sozialraum.themes import choices
from support import NASTY, make_evaluation, make_flags, make_index, make_release

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
"""The smallest picture."""


CHARTS_OF_INDEX = ("spread", "moves")


class Outline(HTMLParser):
    """What a reader without a screen gets: headings, tables, pictures."""

    VOID = ("meta", "img", "br", "link")

    def __init__(self, document: str) -> None:
        super().__init__()
        self.headings: list[tuple[int, str]] = []
        self.pictures: list[dict] = []
        self.heads: list[dict] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(document)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append(tag)
        self.ids += [values["id"]] if "id" in values else []
        self.targets += [values["href"]] if tag == "a" else []
        if tag not in self.VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), ""))
        if tag == "img":
            self.pictures.append(values)
        if tag == "th":
            self.heads.append(values)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and re.fullmatch("h[1-6]", self.open[-1]):
            level, words = self.headings[-1]
            self.headings[-1] = (level, words + data)
        if self.open and self.open[-1] != "style":
            self.words.append(data)


@pytest.fixture(autouse=True)
def stand_ins(monkeypatch):
    """Stand in for the sentences of the flags and for the pictures."""

    def say(flags, area, language):
        return f"Auffällig <{area}> {language}"

    monkeypatch.setitem(sys.modules, "sozialraum.flags", SimpleNamespace(sentence=say))
    # the maps themselves are drawn once, for `document`
    monkeypatch.setattr("sozialraum.report.html.draw_panel", lambda *_args, **_options: None)
    monkeypatch.setattr("sozialraum.report.pictures.small_png", lambda *_args, **_options: PIXEL)


@pytest.fixture(scope="module")
def flags():
    release = make_release()
    return make_flags(release, make_index(release))


@pytest.fixture(scope="module")
def document(flags) -> str:
    stand_in = SimpleNamespace(sentence=lambda _, a, g: f"Auffällig <{a}> {g}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "sozialraum.flags", stand_in)
        return render(flags)


@pytest.fixture(scope="module")
def outline(document) -> Outline:
    return Outline(document)


def test_only_released_data_are_reported(tmp_path):
    with pytest.raises(DisclosureError):
        write_report(tmp_path / "a.html", pd.DataFrame())  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_headings_descend_one_level_at_a_time(outline):
    levels = [level for level, _ in outline.headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    assert all(words.strip() for _, words in outline.headings)


def test_every_link_of_the_contents_has_its_target(outline):
    # index, findings, what is missing, and three municipalities have places of their own
    assert len(outline.targets) == 11
    assert {target.removeprefix("#") for target in outline.targets} <= set(outline.ids)
    assert len(outline.ids) == len(set(outline.ids))


def test_every_map_is_there_with_words_for_those_who_do_not_see_it(outline, flags):
    maps = [picture for picture in outline.pictures if picture["alt"].startswith("Karte")]
    charts = [picture for picture in outline.pictures if picture not in maps]
    assert len(maps) == len(choices(flags))
    assert len(charts) == len(CHARTS_OF_INDEX)
    assert all(picture["alt"].startswith("Abbildung: ") for picture in charts)
    for picture in maps:
        assert picture["src"].startswith("data:image/png;base64,")
        assert picture["alt"].startswith("Karte: ")
        assert "geschützt" in picture["alt"] or "Einwohner" in picture["alt"]


def test_every_table_head_has_its_scope(outline):
    assert {head.get("scope") for head in outline.heads} == {"col", "row"}
    assert outline.tags.count("table") == outline.tags.count("caption") == 1 + 2 * 3 + 4


def test_every_municipality_has_its_areas_with_values(outline, flags):
    words = [word.strip() for word in outline.words]
    for name in ("Auental", "Königsbrück", "Talheim <b>Süd</b>"):
        assert name in words
    for name in flags.release.areas["name"]:
        assert name in words
    frame = flags.release.frame("residents")
    assert f"{frame['value'].iloc[0]:,.0f}".replace(",", "\u202f") in words


def test_names_are_escaped(document, outline):
    assert "<img src=x" not in document
    assert "window.attacked" not in re.sub(r"&[#\w]+;", "", re.sub(r">[^<]*<", "><", document))
    assert set(NASTY) <= {word.strip() for word in outline.words}
    assert "b" not in outline.tags
    assert "script" not in outline.tags


def test_protected_values_are_marks_and_explained(outline, flags):
    words = [word.strip() for word in outline.words]
    hidden = flags.release.table
    hidden = hidden[(hidden["state"] == State.SUPPRESSED) & (hidden["date"] == "2025-12-31")]
    assert words.count("•") >= len(hidden)
    assert "geschützt (Datenschutz)" in words
    assert "keine Angabe geliefert" in words


def test_burdened_and_favourable_areas_are_listed_apart_strongest_first(outline, flags):
    words = [word.strip() for word in outline.words]
    assert "Gebiete, die einen genaueren Blick verdienen" in words
    assert "Auffällig günstige Gebiete" in words
    told = [w for w in words if w.startswith("Auffällig <")]
    high = flags.areas[(flags.areas["direction"] == "high")]
    flagged = flags.areas["grade"].isin([Grade.CONFIRMED, Grade.NOTABLE, Grade.HINT])
    assert len(told) == flagged.sum()
    order = [word.split("<")[1].split(">")[0] for word in told]
    grades = [flags.areas["grade"][a] for a in order if a in high.index and a[:8] == "05999003"]
    ranks = [["confirmed", "notable", "hint"].index(grade) for grade in grades]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) > 1


def test_policy_audit_draft_and_sources_are_printed(outline):
    words = " ".join(outline.words)
    for expected in (
        "Entwurf",
        "standard",
        "300",
        text("disclosure.model", "de"),
        "dl-de/by-2-0",
        "Nicht zur Veröffentlichung",
    ):
        assert expected in words


def test_the_page_is_closed(document):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', document)
    assert policy
    style = document.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    rules = unescape(policy.group(1))
    assert f"style-src 'sha256-{digest}'" in rules
    assert "default-src 'none'" in rules
    assert "style=" not in document.replace("<style>", "")


def test_equal_input_gives_equal_bytes(tmp_path, flags):
    one = write_report(tmp_path / "a.html", flags.index).read_bytes()
    assert write_report(tmp_path / "b.html", flags.index).read_bytes() == one
    with pytest.raises(OutputError):
        write_report(tmp_path / "a.html", flags.index)


def test_a_release_alone_has_no_judgements():
    release = make_release(20, draft=False)
    outline = Outline(render(release))
    assert len(outline.pictures) == 4
    assert outline.tags.count("table") == 1 + 3 + 1
    words = " ".join(outline.words)
    assert "Auffällig" not in words
    assert "Entwurf" not in words


def test_many_indicators_are_split_into_tables_that_fit():
    release = make_release(20)
    more = [dataclasses.replace(release.indicator("sgb2"), id=f"more{i}") for i in range(5)]
    rows = release.table[release.table["indicator"] == "sgb2"]
    table = pd.concat([release.table, *(rows.assign(indicator=one.id) for one in more)])
    wide = dataclasses.replace(
        release, table=table.reset_index(drop=True), indicators=(*release.indicators, *more)
    )
    outline = Outline(render(wide))
    assert outline.tags.count("table") == 1 + 3 * 2 + 1


def test_indicators_of_municipalities_have_a_table_of_their_own(flags):
    table = flags.release.table
    coarse = table[
        (table["indicator"] != "daycare") | (table[schema.GEOGRAPHY] != schema.AREAS_LEVEL)
    ]
    outline = Outline(render(dataclasses.replace(flags.release, table=coarse)))
    words = " ".join(outline.words)
    assert "Indikatoren, die es nur für ganze Gemeinden gibt" in words


def test_english_reports_are_english(flags):
    document = render(flags, language="en")
    assert '<html lang="en">' in document
    assert "Areas that deserve a closer look" in document
    assert "Gemeinde" not in re.sub(r"alt=\"[^\"]*\"", "", document)


def test_findings_stand_beside_what_chance_explains(document, flags):
    chapter = document.split('<section id="found">')[1].split("</section>")[0]
    assert f"{flags.tests}-mal" in chapter
    assert "durch Zufall zu erwarten" in chapter
    firm = flags.warnings["grade"].isin(["confirmed", "notable"])
    warned = flags.warnings.loc[firm & (flags.warnings["direction"] != ""), "area_id"].nunique()
    assert warned > 0
    assert chapter.count("<li>") == warned


def test_interventions_are_told_with_their_pictures(flags):
    evaluation = make_evaluation(flags.release)
    whole = render(flags, evaluations=[evaluation])
    chapter = whole.split('<section id="effects">')[1].split("</section>")[0]
    told = evaluation_sentences(evaluation, "de")
    assert len(told) > 1
    for sentence in told.values():
        assert str(escape(sentence)) in chapter
    assert 0 < chapter.count("<figure>") <= len(told)
    assert '<section id="effects">' not in render(flags)
