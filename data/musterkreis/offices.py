"""Deliveries as offices send them: register, employment agency, health and youth office."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from musterkreis.hardship import Hardship
from musterkreis.people import AGES, SEXES, Housing, People
from musterkreis.places import COUNTY_NAME, TOWNS, YEARS, Town
from musterkreis.registry import Registry
from musterkreis.settlements import ALL_TOWNS
from musterkreis.truth import BESIDE
from musterkreis.writing import csv_text, write_text, write_workbook, write_zip

COUNTS = ("PERS_SGB2", "KIND_SGB2", "BG")
AGENCY_MINIMUM = 10
HEALTH_MINIMUM = 5
NO_ADDRESS = "999999999"
ENCODINGS = {2016: "cp1252", 2017: "utf-8", 2018: "utf-8"}
"""How the agency's file of a year is encoded; later years carry a byte order mark."""


@dataclass(frozen=True)
class Office:
    """What the offices know: residents, benefit households, planted clusters, keys."""

    people: People
    hardship: Hardship
    housing: Housing
    lasting: np.ndarray
    registry: Registry


def write_deliveries(folder: Path, office: Office) -> None:
    """Write every delivery of the county."""
    _write_register(folder / "melderegister", office.people)
    _write_agency(folder / "sgb2", office)
    _write_statistics_office(folder / "statistikstelle", office)
    _write_households(folder / "statistikstelle", office)
    _write_health_office(folder / "schuleingang", office)
    _write_day_care(folder / "betreuung", office)
    _write_nursing(folder / "pflege", office.people)


def _of(people: People, number: int) -> np.ndarray:
    """Return the cells of a municipality in the order of their ids."""
    own = np.flatnonzero(people.cells["owner"] == number)
    return own[np.argsort(people.ids[own], kind="stable")]


def _write_register(folder: Path, people: People) -> None:
    names = [f"{sex}_{age}" for sex in SEXES for age in AGES]
    for number, town in enumerate(TOWNS):
        own = _of(people, number)
        members = {}
        for position, year in enumerate(YEARS):
            counts = people.register[position, own].transpose(0, 2, 1).reshape(len(own), -1)
            lived = counts.sum(axis=1) > 0
            head = {
                "Gitter_ID_100m": people.ids[own][lived],
                "AGS": town.ags,
                "Stichtag": f"{year}-12-31",
            }
            columns = dict(zip(names, counts[lived].T, strict=True))
            members[f"{town.ags}_{year}.csv"] = csv_text(head | columns)
        write_zip(folder / f"{town.ags}.zip", members)


def marked(count: int) -> str:
    """Return a count as the employment agency shows it: 1 to 9 as an asterisk."""
    return "*" if 0 < count < AGENCY_MINIMUM else str(count)


def _write_agency(folder: Path, office: Office) -> None:
    rng = office.people.frame.rng(15)
    for position, year in enumerate(YEARS):
        lines = [f"Berichtsmonat;Gemeindeschlüssel;Gliederung;Name;{';'.join(COUNTS)}"]
        for town in TOWNS:
            if town.quarters:
                rows = _agency_rows(office, town, position, rng)
                lines += [
                    ";".join([f"{year}12", town.ags, key, name, *map(marked, counts)])
                    for key, name, counts in rows
                ]
        text = "\n".join(lines) + "\n"
        write_text(folder / f"sgb2_{year}.csv", text, ENCODINGS.get(year, "utf-8-sig"))


def _agency_rows(
    office: Office, town: Town, position: int, rng: np.random.Generator
) -> list[tuple[str, str, list[int]]]:
    """Return rows of one municipality: areas, sub-totals, people without address, total."""
    own = office.registry.quarters[office.registry.quarters["ags"] == town.ags]
    hardship, quarter = office.hardship, office.people.cells["quarter"].to_numpy()
    counts = {
        row.key: [int(values[position, quarter == number].sum()) for values in _three(hardship)]
        for number, row in zip(own.index, own.itertuples(), strict=True)
    }
    names = dict(zip(own["key"], own["name"], strict=True))
    persons = int(rng.poisson(0.005 * sum(c[0] for c in counts.values())))
    lost = [persons, int(rng.binomial(persons, 0.25)), (persons + 1) // 2]
    rows: list[tuple[str, str, list[int]]] = []
    for district in sorted({key[:3] for key in counts}):
        inside = {key: c for key, c in counts.items() if key[:3] == district}
        rows += [(key, names[key], c) for key, c in sorted(inside.items())]
        for part in sorted({key[:6] for key in inside}):
            below = [c for key, c in inside.items() if key[:6] == part]
            if len(below) > 1:
                rows.append((f"{part}SUM", "Insgesamt", np.sum(below, axis=0).tolist()))
        total = np.sum(list(inside.values()), axis=0).tolist()
        rows.append((f"{district}SUMSUM", "Insgesamt", total))
    whole = np.sum([*counts.values(), lost], axis=0).tolist()
    return [*rows, (NO_ADDRESS, "keine Angabe", lost), ("SUMSUMSUM", town.name, whole)]


def _three(hardship: Hardship) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return hardship.persons, hardship.children, hardship.households


def _write_statistics_office(folder: Path, office: Office) -> None:
    people = office.people
    without = [number for number, town in enumerate(TOWNS) if not town.quarters]
    own = np.concatenate([_of(people, number) for number in without])
    keys = np.array([town.ags for town in TOWNS])[people.cells["owner"].to_numpy()[own]]
    members = {}
    for position, year in enumerate(YEARS):
        counts = [values[position, own] for values in _three(office.hardship)]
        some = counts[0] > 0
        head = {
            "Gitter_ID_100m": people.ids[own][some],
            "Gemeindeschlüssel": keys[some],
            "Stichtag": f"{year}-12-31",
        }
        columns = {name: values[some] for name, values in zip(COUNTS, counts, strict=True)}
        members[f"sgb2_zellen_{year}.csv"] = csv_text(head | columns)
    write_zip(folder / "sgb2_zellen.zip", members)


def _write_households(folder: Path, office: Office) -> None:
    """Write the households that the register's households are generated into."""
    people, types = office.people, office.housing.types
    own = np.concatenate([_of(people, number) for number in range(len(TOWNS))])
    own = own[types[own].sum(axis=1) > 0]
    table = csv_text(
        {
            "Gitter_ID_100m": people.ids[own],
            "Gemeindeschlüssel": np.array([town.ags for town in TOWNS])[
                people.cells["owner"].to_numpy()[own]
            ],
            "Stichtag": f"{YEARS[-1]}-12-31",
            "HH": types[own].sum(axis=1),
            "HH_KIND": types[own][:, 2:4].sum(axis=1),
            "HH_ALLEIN": types[own, 3],
        }
    )
    write_zip(folder / "haushalte_zellen.zip", {f"haushalte_zellen_{YEARS[-1]}.csv": table})


def _by_quarter(office: Office, values: np.ndarray) -> np.ndarray:
    """Return sums per agreed area, in the order of the registry's keys."""
    quarter = office.people.cells["quarter"].to_numpy()
    own = quarter >= 0
    total = np.bincount(quarter[own], values[own], quarter.max() + 1)
    return total[office.registry.quarters.index]


SCHOOL_COLUMNS = ("Gebietsschlüssel", "Gebiet", "Untersuchte", "Sprache_untersucht",
                  "Sprache_auffällig", "Gewicht_untersucht", "Adipositas")  # fmt: skip
SCHOOL_YEARS = (2021, 2022, 2023, 2024, 2025)
POOLED = "2023-2025"


def _write_health_office(folder: Path, office: Office) -> None:
    rng = office.people.frame.rng(16)
    hit = _by_quarter(office, office.people.residents(YEARS[-1]) * office.lasting)
    burden = hit / np.maximum(_by_quarter(office, office.people.residents(YEARS[-1])), 1)
    cohorts = {}
    for year in SCHOOL_YEARS:
        children = _by_quarter(office, office.people.count(year, 1, 2)) / 12
        seen = rng.poisson(children * 1.02)
        speech = rng.binomial(seen, 0.965)
        weight = rng.binomial(seen, 0.985)
        poor_speech = rng.binomial(speech, 0.20 * (1 + (BESIDE["sprache"] - 1) * burden))
        obese = rng.binomial(weight, 0.047 * (1 + (BESIDE["adipositas"] - 1) * burden))
        cohorts[str(year)] = np.column_stack([seen, speech, poor_speech, weight, obese])
    cohorts[POOLED] = np.sum([cohorts[str(year)] for year in SCHOOL_YEARS[2:]], axis=0)
    sheets = {name: _school_sheet(office, name, counts) for name, counts in cohorts.items()}
    write_workbook(folder / "SEU_2021_2025.xlsx", sheets)


def _school_sheet(office: Office, cohort: str, counts: np.ndarray) -> list[list[object]]:
    """Return a sheet with title lines, a header further down, symbols and a footer."""
    quarters = office.registry.quarters
    blank, not_examined = quarters["ags"].iloc[-1], quarters["id"].iloc[len(quarters) // 2]
    rows: list[list[object]] = [
        ["Schuleingangsuntersuchung – Ergebnisse nach Quartieren"],
        [f"Einschulungsjahrgang {cohort}" if len(cohort) == 4 else f"Jahrgänge {cohort} zusammen"],
        [f"Gesundheitsamt {COUNTY_NAME}, vertraulich"],
        [],
        list(SCHOOL_COLUMNS),
    ]
    for row, values in zip(quarters.itertuples(), counts.tolist(), strict=True):
        shown: list[object] = ["." if 0 < v < HEALTH_MINIMUM else v for v in values]
        if cohort == "2022" and row.ags == blank:
            shown[1:] = [None] * 4
        if cohort == "2021" and row.id == not_examined:
            shown[3:] = ["x", "x"]
        rows.append([row.id, row.name, *shown])
    return [
        *rows,
        [],
        ["Zeichenerklärung: . = weniger als 5 Kinder; x = nicht erhoben; leer = nicht geliefert"],
        ["Auffällig ist ein Befund in mindestens einem Teilbereich der Sprachprüfung."],
    ]


def day_care_places(office: Office) -> pd.DataFrame:
    """Return places for 0–2 and 3–5 by agreed area, and by municipality where there is none.

    Indexed by key, with the columns `name`, `ags`, `under_3` and `from_3`.
    """
    rng = office.people.frame.rng(17)
    people, year = office.people, YEARS[-1]
    small, large = people.count(year, 0, 0), people.count(year, 1, 1)
    quarters = office.registry.quarters
    owner = people.cells["owner"].to_numpy()
    without = [number for number, town in enumerate(TOWNS) if not town.quarters]
    inside = [[values[owner == number].sum() for number in without] for values in (small, large)]
    keys = [*quarters["id"], *(TOWNS[number].ags for number in without)]
    under_3 = np.concatenate([_by_quarter(office, small), inside[0]])
    from_3 = np.concatenate([_by_quarter(office, large), inside[1]])
    rate = np.clip(rng.normal(0.36, 0.07, len(keys)), 0.12, 0.6)
    table = {
        "name": [*quarters["name"], *(TOWNS[number].name for number in without)],
        "ags": [key[:8] for key in keys],
        "under_3": np.round(under_3 * rate / 2).astype(int) * 2,
        "from_3": np.round(from_3 * np.clip(rate + 0.56, 0.6, 1.0) / 5).astype(int) * 5,
    }
    return pd.DataFrame(table, index=keys)


def area_keys(office: Office) -> np.ndarray:
    """Return for every cell the key of its agreed area, else of its municipality."""
    ags = np.array([town.ags for town in ALL_TOWNS])[office.people.cells["owner"]]
    named = office.people.cells["quarter"].map(office.registry.quarters["id"])
    return named.fillna(pd.Series(ags)).to_numpy()


def _write_day_care(folder: Path, office: Office) -> None:
    """Write places by agreed area with title and footer, and all municipalities plainly."""
    places, year = day_care_places(office), YEARS[-1]
    own = places[places.index.str.len() > 8]
    head = f"Plätze in Kindertageseinrichtungen, Stand 31.12.{year};;;\n;;;\n"
    foot = f"Quelle: Jugendamt {COUNTY_NAME};;;\n"
    columns = {"Gebietsschlüssel": own.index, "Gebiet": own["name"],
               "Plätze_U3": own["under_3"], "Plätze_Ü3": own["from_3"]}  # fmt: skip
    write_text(folder / f"kitaplaetze_{year}.csv", head + csv_text(columns) + foot, "utf-8-sig")
    total = places.groupby("ags")[["under_3", "from_3"]].sum()
    names = [town.name for town in TOWNS]
    columns = {"Gemeindeschlüssel": total.index, "Gemeinde": names,
               "Plätze_U3": total["under_3"], "Plätze_Ü3": total["from_3"]}  # fmt: skip
    write_text(folder / f"kitaplaetze_gemeinden_{year}.csv", csv_text(columns))


def _write_nursing(folder: Path, people: People) -> None:
    rng = people.frame.rng(18)
    owner = people.cells["owner"].to_numpy()
    very_old = people.count(YEARS[-1], 7, 7)
    base = np.array([very_old[owner == number].sum() for number in range(len(TOWNS))])
    full = np.round(base * np.clip(rng.normal(0.13, 0.035, len(base)), 0.04, 0.25)).astype(int)
    day = np.round(base * np.clip(rng.normal(0.018, 0.006, len(base)), 0, 0.05)).astype(int)
    text = csv_text(
        {
            "Gemeindeschlüssel": [town.ags for town in TOWNS],
            "Gemeinde": [town.name for town in TOWNS],
            "Plätze_vollstationär": full,
            "Plätze_Tagespflege": day,
        }
    )
    write_text(folder / f"pflegeplaetze_{YEARS[-1]}.csv", text)
