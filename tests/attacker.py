"""An intruder: reads published files and narrows hidden counts by integer programming.

Knows nothing of how the files were made or checked. Background knowledge: which areas lie
in which municipality (it stands in the files), every denominator, which indicator counts
part of another, and that whole numbers of people add up.
"""

import csv
import json
import math
import re
import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from html.parser import HTMLParser

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

AREAS, TOWNS, COUNTY = "sozialraum", "gemeinde", "kreis"
SMALL = 200
"""Below this denominator rates are printed without decimals; the report says so."""


@dataclass
class Place:
    """An area as the files name it."""

    level: str
    name: str
    town: str
    town_name: str


@dataclass
class Attacker:
    """What has been read so far, and what is known besides."""

    denominators: dict
    parts: dict
    closed: frozenset
    """Municipality, indicator, date where the counts of areas add up to the total."""
    places: dict = field(default_factory=dict)
    indicators: dict = field(default_factory=dict)
    intervals: dict = field(default_factory=dict)

    def note(self, place, indicator, date, low, high):
        """Keep what a file says of a count; what contradicts the rest is newer and wins."""
        key = place, indicator, date
        old = self.intervals.get(key, (0, math.inf))
        both = max(low, old[0]), min(high, old[1])
        self.intervals[key] = both if both[0] <= both[1] else (low, high)

    def note_rate(self, place, indicator, date, rate, digits=None):
        size = self.denominators.get((place, indicator, date))
        if size is None or not size > 0:
            return
        whole = Fraction(int(size)) / self.indicators[indicator]["per"]
        digits = (0 if size < SMALL else 1) if digits is None else digits
        half, value = Fraction(1, 2 * 10**digits), Fraction(str(rate))
        low, high = (value - half) * whole, (value + half) * whole
        self.note(place, indicator, date, max(0, math.ceil(low)), math.floor(high))

    def read(self, folder):
        """Read every file of a folder that holds statements; the GeoPackage names the areas."""
        readers = {
            ".gpkg": read_geopackage,
            ".csv": read_csv,
            ".xlsx": read_workbook,
            ".html": read_page,
            ".pdf": read_pdf,
        }
        files = [p for p in sorted(folder.rglob("*")) if p.suffix in readers]
        for path in sorted(files, key=lambda p: (p.name != "sozialraum.gpkg", str(p))):
            readers[path.suffix](self, path)
        return self

    def named(self, name, town=None):
        return [
            key
            for key, place in self.places.items()
            if place.level == AREAS and place.name == name and town in (None, place.town_name)
        ]

    def narrow(self, town, date, wanted):
        """Return the least and the largest value of counts (area, indicator) of a municipality."""
        inside = [key for key, p in self.places.items() if p.level == AREAS and p.town == town]
        totals = {what: self._total(town, what, date) for what in {w for _, w in wanted}}
        names = sorted(self._family(totals))
        totals |= {name: self._total(town, name, date) for name in names if name not in totals}
        for name, (_, high) in totals.items():
            # elsewhere some cases could not be located
            totals[name] = totals[name] if (town, name, date) in self.closed else (0, high)
        return self._solve(inside, names, date, totals, wanted)

    def _total(self, town, indicator, date):
        """Return what is known of a municipality's count: its own, or the county's rest."""
        towns = [key for key, place in self.places.items() if place.level == TOWNS]
        (county,) = (key for key, place in self.places.items() if place.level == COUNTY)
        whole = self._interval(county, indicator, date)
        wanted = [(town, indicator)]
        return self._solve(towns, [indicator], date, {indicator: whole}, wanted)[town, indicator]

    def _family(self, names):
        """Return indicators with those they are part of, and the parts of these."""
        found = set(names)
        while True:
            more = {self.parts[n] for n in found if n in self.parts}
            more |= {n for n, whole in self.parts.items() if whole in found}
            if more <= found:
                return found
            found |= more

    def _interval(self, place, indicator, date):
        low, high = self.intervals.get((place, indicator, date), (0, math.inf))
        size = self.denominators.get((place, indicator, date), math.inf)
        share = self.indicators[indicator]["share"]
        return low, min(high, size) if share else high

    def _solve(self, places, names, date, totals, wanted):
        columns = [(place, name) for place in places for name in names]
        at = {column: i for i, column in enumerate(columns)}
        boxes = np.array([self._interval(*column, date) for column in columns], dtype=float)
        rows = [
            ([at[p, name] for p in places], [1.0] * len(places), *totals[name]) for name in names
        ]
        for part, whole in self.parts.items():
            if part in names and whole in names:
                rows += [([at[p, whole], at[p, part]], [1.0, -1.0], 0, math.inf) for p in places]
        matrix = coo_array(
            (
                np.concatenate([weights for _, weights, _, _ in rows]),
                (
                    np.concatenate([[i] * len(r[0]) for i, r in enumerate(rows)]),
                    np.concatenate([where for where, _, _, _ in rows]),
                ),
            ),
            shape=(len(rows), len(columns)),
        ).tocsc()
        limits = LinearConstraint(matrix, [r[2] for r in rows], [r[3] for r in rows])
        found = {}
        for target in wanted:
            ends = []
            for sign in (1.0, -1.0):
                cost = np.zeros(len(columns))
                cost[at[target]] = sign
                done = milp(
                    cost,
                    integrality=np.ones(len(columns)),
                    bounds=Bounds(*boxes.T),
                    constraints=limits,
                )
                assert done.status in (0, 3, 4), done.message
                ends.append(sign * round(done.fun) if done.status == 0 else sign * -math.inf)
            found[target] = tuple(ends)
        return found


def read_geopackage(attacker, path):
    with closing(sqlite3.connect(path)) as connection:
        tables = {n for (n,) in connection.execute("SELECT table_name FROM gpkg_contents")}
        if "werte" not in tables:
            return
        read_codebook(attacker, connection)
        for level in (AREAS, TOWNS, COUNTY):
            query = f"SELECT area_id, name, municipality, municipality_name FROM {level}"
            for key, *rest in connection.execute(query):
                attacker.places[key] = Place(level, *rest)
        query = "SELECT area_id, indicator, date, numerator, denominator, value FROM werte"
        for row in connection.execute(query):
            note_row(attacker, *row)
        for level in (AREAS, TOWNS, COUNTY):
            read_layer(attacker, connection, level)


def read_codebook(attacker, connection):
    dates = dict(connection.execute("SELECT indicator, max(date) FROM werte GROUP BY indicator"))
    query = "SELECT id, label_de, per, denominator, numerator FROM indikatoren"
    for name, label, per, below, above in connection.execute(query):
        # places in day care may outnumber the children
        share = below is not None and not str(above).startswith("kita")
        one = {"label": label, "per": per, "share": share, "date": dates.get(name)}
        attacker.indicators[name] = one


def read_layer(attacker, connection, level):
    columns = {row[1] for row in connection.execute(f"PRAGMA table_info({level})")}
    for name, one in attacker.indicators.items():
        if f"{name}_zaehler" in columns:
            query = f"SELECT area_id, {name}_zaehler, {name}_wert FROM {level}"
            for key, count, rate in connection.execute(query):
                note_row(attacker, key, name, one["date"], count, None, rate)


def note_row(attacker, place, indicator, date, count, size, rate):
    if size is not None:
        attacker.denominators.setdefault((place, indicator, date), size)
    if count is not None:
        attacker.note(place, indicator, date, int(count), int(count))
    if rate is not None:
        attacker.note_rate(place, indicator, date, rate)


def read_csv(attacker, path):
    with path.open(encoding="utf-8", newline="") as stream:
        read_rows(attacker, list(csv.DictReader(stream)))


def read_workbook(attacker, path):
    from openpyxl import load_workbook

    for sheet in load_workbook(path):  # hidden ones too
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        read_rows(attacker, [dict(zip(rows[0], row, strict=True)) for row in rows[1:]])


def read_rows(attacker, rows):
    names = ("numerator", "denominator", "value")
    for row in rows:
        numbers = [None if row[n] in ("", None) else float(row[n]) for n in names]
        note_row(attacker, row["area_id"], row["indicator"], row["date"], *numbers)


class Tables(HTMLParser):
    """Captions and rows of the tables of a page, and its data block."""

    def __init__(self):
        super().__init__()
        self.tables, self.data, self.lines, self.inside = [], "", [], []
        self.chip = False

    def handle_starttag(self, tag, attrs):
        self.inside.append((tag, dict(attrs)))
        if tag == "table":
            self.tables.append(["", []])
        elif tag == "tr":
            self.tables[-1][1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][1][-1].append("")
        for _, value in attrs:
            self.lines.append(value or "")

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop()[0] != tag:
            pass

    def handle_data(self, data):
        tags = [tag for tag, _ in self.inside]
        if tags and tags[-1] == "script" and "json" in self.inside[-1][1].get("type", ""):
            self.data = data
        elif any("chip" in (a.get("class") or "") for _, a in self.inside):
            return
        elif "caption" in tags:
            self.tables[-1][0] += data
        elif "td" in tags or "th" in tags:
            self.tables[-1][1][-1][-1] += data
        else:
            self.lines.append(data)

    def handle_comment(self, data):
        self.lines.append(data)


def read_page(attacker, path):
    page = Tables()
    page.feed(path.read_text(encoding="utf-8"))
    for caption, rows in page.tables:
        town = caption.partition(":")[0]
        for row in rows[1:]:
            keys = attacker.named(row[0].strip(), town)
            for heading, cell in zip(rows[0][1:], row[1:], strict=False):
                read_cell(attacker, keys, heading, cell)
    if page.data:
        read_block(attacker, json.loads(page.data))
    read_lines(attacker, page.lines)


def read_cell(attacker, keys, heading, cell):
    fitting = [
        (len(one["label"]), name)
        for name, one in attacker.indicators.items()
        if heading.startswith(one["label"])
    ]
    number = re.fullmatch(r"\s*(\d+)(?:,(\d+))?\s*", cell)
    if len(keys) == 1 and fitting and number:
        name = max(fitting)[1]
        digits = len(number.group(2) or "")
        rate = f"{number.group(1)}.{number.group(2) or 0}"
        attacker.note_rate(keys[0], name, attacker.indicators[name]["date"], rate, digits)


def read_block(attacker, data):
    for theme in data["themes"]:
        name, level = theme["what"], data["levels"][theme["level"]]
        if name not in attacker.indicators:
            continue
        towns = [level["towns"][i] for i in level["town"]]
        for area, town, value in zip(level["names"], towns, theme["value"], strict=True):
            read_cell(
                attacker, attacker.named(area, town), attacker.indicators[name]["label"], value
            )


def read_pdf(attacker, path):
    from pypdf import PdfReader

    for page in PdfReader(path).pages:
        read_lines(attacker, page.extract_text().splitlines())


def read_lines(attacker, lines):
    """Read sentences such as "Uferviertel: Personen in Bedarfsgemeinschaften (SGB II) 2"."""
    names = defaultdict(list)
    for key, place in attacker.places.items():
        names[place.name].append(key)
    labels = {one["label"]: name for name, one in attacker.indicators.items()}
    for line in lines:
        head, colon, rest = line.strip().partition(": ")
        keys = names.get(head, [])
        for label, name in labels.items():
            number = re.fullmatch(rf"{re.escape(label)} (\d+)", rest.strip())
            if colon and len(keys) == 1 and number:
                count = int(number.group(1))
                attacker.note(keys[0], name, attacker.indicators[name]["date"], count, count)
