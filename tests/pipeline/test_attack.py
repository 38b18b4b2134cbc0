"""An intruder against the sample county: nothing hidden comes out of what is published."""

import shutil
import sqlite3
from contextlib import closing

import openpyxl
import pandas as pd
import pytest

from attacker import AREAS, TOWNS, Attacker
from sozialraum import schema
from sozialraum.files.scan import scan_file
from sozialraum.maps import draw_map
from sozialraum.maps.sheet import save
from sozialraum.report.told import told_of_outputs

KEYS = ["area_id", "indicator", "date"]
DELIVERED = schema.State.VALUE


@pytest.fixture(scope="module")
def published(made, tmp_path_factory):
    """Return the output folder, with tables as a planner would pass them on."""
    folder = tmp_path_factory.mktemp("published") / "out"
    shutil.copytree(made.output, folder)
    table = made.first.release.table
    table.to_csv(folder / "werte.csv", index=False)
    book = openpyxl.Workbook()
    write_sheet(book.active, table)
    book.save(folder / "werte.xlsx")
    return folder


def write_sheet(sheet, table):
    sheet.append(list(table.columns))
    for row in table.astype(object).where(table.notna(), None).itertuples(index=False):
        sheet.append(list(row))


def intruder(made):
    """Return an attacker with background knowledge and nothing read yet."""
    table = made.first.measures.table
    known = table[table["denominator_state"] == DELIVERED]
    sizes = dict(zip(map(tuple, known[KEYS].to_numpy()), known["denominator"], strict=True))
    parts = {one.id: one.part_of for one in made.first.measures.indicators if one.part_of}
    small = table[table["geography"] == AREAS]
    small = small.assign(area_id=small["area_id"].map(made.first.areas.frame["municipality"]))
    sums = small.groupby(KEYS)[["numerator_low", "numerator_high"]].sum(min_count=1)
    towns = table[(table["geography"] == TOWNS) & (table["numerator_state"] == DELIVERED)]
    both = sums.join(towns.set_index(KEYS)["numerator"], how="inner")
    fits = both["numerator"].between(both["numerator_low"], both["numerator_high"])
    return Attacker(sizes, parts, frozenset(both.index[fits]))


@pytest.fixture(scope="module")
def hidden(made):
    """Return the counts of areas that are known to the house and hidden, at two dates each."""
    release, measures = made.first.release, made.first.measures
    states = release.table[[*KEYS, "state"]]
    table = measures.table.merge(states, on=KEYS)
    table = table[(table["geography"] == AREAS) & (table["numerator_state"] == DELIVERED)]
    ranks = table.groupby("indicator")["date"].rank(method="dense", ascending=False)
    table = table[(table["state"] == schema.State.SUPPRESSED) & (ranks <= 2)]
    kinds = {one.id: one.sensitivity for one in measures.indicators}
    k = [
        release.policy.k_for(kinds[indicator], int(minimum))
        for indicator, minimum in zip(table["indicator"], table["supplier_minimum"], strict=True)
    ]
    towns = table["area_id"].map(made.first.areas.frame["municipality"])
    # of an area without anybody everyone knows that nobody is counted
    return table.assign(k=k, town=towns)[table["denominator"] != 0]


def recovered(attacker, hidden):
    """Return the hidden counts that the attacker knows exactly or proves below k."""
    found = []
    for (town, date), rows in hidden.groupby(["town", "date"]):
        wanted = list(zip(rows["area_id"], rows["indicator"], strict=True))
        bounds = attacker.narrow(town, date, wanted)
        for row in rows.itertuples():
            low, high = bounds[row.area_id, row.indicator]
            assert low <= row.numerator <= high, "the attacker reasons wrongly"
            size = row.denominator if pd.notna(row.denominator) else high
            small = 1 <= row.numerator < row.k and high < min(row.k, size)
            if low == high or small:
                found.append((row.area_id, row.indicator, date))
    return found


def test_no_hidden_count_is_recovered(made, published, hidden):
    attacker = intruder(made).read(published)
    assert len(attacker.intervals) > 2_000
    assert len(hidden) > 800
    assert (hidden["numerator"].between(1, hidden["k"] - 1)).sum() > 50
    assert recovered(attacker, hidden) == []


def test_everything_published_passes_the_scan(made, published):
    release = made.first.release
    files = [path for path in sorted(published.rglob("*")) if path.is_file()]
    assert len(files) > 15
    derived = told_of_outputs(made.first.flags, made.first.evaluation)
    found = {path.name: scan_file(path, release, derived=derived) for path in files}
    assert found == {path.name: () for path in files}


@pytest.fixture(scope="module")
def victim(made, hidden):
    """Return the hidden small count that is planted, of an area with a name of its own."""
    names = made.first.release.areas["name"]
    single = hidden["area_id"].map(names.map(names.value_counts()) == 1)
    latest = hidden.groupby("indicator")["date"].transform("max") == hidden["date"]
    small = hidden["numerator"].between(1, hidden["k"] - 1) & (hidden["indicator"] == "kinderarmut")
    return next(hidden[single & latest & small].itertuples())


def plant_in_csv(made, path, victim):
    pattern = f",{victim.area_id},{victim.indicator},{victim.date},"
    lines = path.read_text(encoding="utf-8").splitlines()
    at = next(i for i, line in enumerate(lines) if pattern in line)
    lines[at] = f"{AREAS}{pattern}{victim.numerator},,,suppressed"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def plant_in_workbook(made, path, victim):
    book = openpyxl.load_workbook(path)
    for row in book.active.iter_rows(min_row=2):
        if [cell.value for cell in row[1:4]] == [victim.area_id, victim.indicator, victim.date]:
            row[4].value = victim.numerator
    book.save(path)


def plant_in_geopackage(made, path, victim):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "UPDATE werte SET numerator = ? WHERE area_id = ? AND indicator = ? AND date = ?",
            (victim.numerator, victim.area_id, victim.indicator, victim.date),
        )
        connection.commit()
        connection.execute("VACUUM")


def sentence(made, victim):
    name = made.first.release.areas.loc[victim.area_id, "name"]
    label = made.first.release.indicator(victim.indicator).label("de")
    return f"{name}: {label} {int(victim.numerator)}"


def plant_in_page(made, path, victim):
    page = path.read_text(encoding="utf-8")
    planted = f'<p title="{sentence(made, victim)}">Hinweis</p></main>'
    assert "</main>" in page
    path.write_text(page.replace("</main>", planted), encoding="utf-8")


def plant_in_pdf(made, path, victim):
    figure = draw_map(made.first.release, victim.indicator)
    figure.text(0.1, 0.5, sentence(made, victim), parse_math=False)
    save(figure, path, title="Karte")


@pytest.mark.parametrize(
    ("name", "plant"),
    [
        ("werte.csv", plant_in_csv),
        ("werte.xlsx", plant_in_workbook),
        ("sozialraum.gpkg", plant_in_geopackage),
        ("bericht.html", plant_in_page),
        ("webkarte.html", plant_in_page),
        ("karten/kinderarmut.pdf", plant_in_pdf),
    ],
)
def test_a_planted_count_is_recovered_and_the_scan_refuses_its_file(
    made, published, tmp_path, hidden, victim, name, plant
):
    leaky = tmp_path / name
    leaky.parent.mkdir(exist_ok=True)
    # the areas are named by the GeoPackage, the file is the only other one
    shutil.copy(published / "sozialraum.gpkg", tmp_path / "sozialraum.gpkg")
    if leaky.name != "sozialraum.gpkg":
        shutil.copy(published / name, leaky)
    place = (victim.area_id, victim.indicator, victim.date)
    here = hidden[(hidden["town"] == victim.town) & (hidden["date"] == victim.date)]
    assert place not in recovered(intruder(made).read(tmp_path), here)
    derived = told_of_outputs(made.first.flags, made.first.evaluation)
    assert scan_file(leaky, made.first.release, derived=derived) == ()
    plant(made, leaky, victim)
    assert place in recovered(intruder(made).read(tmp_path), here)
    found = scan_file(leaky, made.first.release, derived=derived)
    assert {one.fault for one in found} & {"values", "beside"}


def test_numbers_of_the_index_excuse_no_hidden_count_beside_an_area(made, tmp_path):
    """An area may have an index and yet hide a count that does not enter it."""
    release, index = made.first.release, made.first.index
    derived = told_of_outputs(made.first.flags, made.first.evaluation)
    table = release.table
    hidden = table[(table["state"] == schema.State.SUPPRESSED) & (table["geography"] == AREAS)]
    hidden = hidden[~hidden["indicator"].isin(index.indicators)]
    hidden = hidden[hidden["area_id"].isin(index.table["status_index"].dropna().index)]
    rows = hidden.drop_duplicates(["area_id"]).head(25)
    assert len(rows) > 10
    for row in rows.itertuples():
        name, label = release.areas.loc[row.area_id, "name"], release.indicator(row.indicator)
        for count in (1, 2, 3, 4, 7):
            page = tmp_path / "leak.html"
            page.write_text(f"<html><body><p>{name}: {label.label('de')} {count}</p></body></html>")
            # what is refused without the index stays refused with it
            assert bool(scan_file(page, release)) == bool(scan_file(page, release, derived=derived))
