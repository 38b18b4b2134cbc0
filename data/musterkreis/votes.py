"""What is known by other districts: an election by polling district, schools by catchment."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from musterkreis.offices import Office
from musterkreis.places import COUNTY_NAME, YEARS
from musterkreis.writing import csv_text, write_text

DAY = "14.09.2025"
ELECTION = "Kreistagswahl 2025"
PARTIES = ("Liste Mitte", "Bündnis Kreis", "Freie Gemeinden", "Soziale Liste")
TURNOUT, HOLD_CARD, RETURNED = 0.61, 0.31, 0.94
"""Share of the eligible who vote and who ask for a polling card; share of cards used by post."""
CITIZENS = 0.9
ALL_DAY = 0.55
"""Share of primary-school children who stay until the afternoon."""
AT_SCHOOL = 4 / 9
"""Share of the children of 6 to 14 who go to a primary school."""


def write_votes(folder: Path, office: Office) -> None:
    """Write the election as the results software of the municipalities gives it out.

    Polling districts count those who came to the poll; who voted by post is counted in
    postal districts, one for each ten polling districts, which have no eligible voters.
    """
    rng = office.people.frame.rng(31)
    wards = _wards(office, rng)
    shares = rng.dirichlet(np.array([9.0, 7.0, 5.0, 6.0]), len(wards))
    at_poll = _counted(wards["at_poll"].to_numpy(), shares, rng)
    by_post = _counted(wards["by_post"].to_numpy(), shares, rng)
    polls = pd.DataFrame(
        {
            "ags": wards["ags"],
            "gebiet-nr": wards["id"].str[9:],
            "gebiet-name": wards["name"],
            "A1": wards["eligible"] - wards["cards"],
            "A2": wards["cards"],
            "A3": 0,
            "A": wards["eligible"],
            "B": wards["at_poll"],
            "B1": 0,
        }
    ).join(at_poll)
    table = pd.concat([polls, _postal(wards, by_post)]).sort_values(["ags", "gebiet-nr"])
    head = {
        "datum": DAY,
        "wahl": ELECTION,
        "ags": table.pop("ags"),
        "gebiet-nr": table.pop("gebiet-nr"),
        "gebiet-name": table.pop("gebiet-name"),
        "max-schnellmeldungen": 1,
        "anz-schnellmeldungen": 1,
    }
    columns = {**head, **table.to_dict("series")}
    write_text(folder / "kreistagswahl_2025.csv", csv_text(columns), "utf-8-sig")
    write_text(folder / "open_data.json", _legend())


def _wards(office: Office, rng: np.random.Generator) -> pd.DataFrame:
    """Return eligible voters, cards, votes at the poll and by post of every polling district.

    Where more people live on benefits, fewer vote.
    """
    people, year = office.people, YEARS[-1]
    listed = office.registry.wards
    ward = people.cells["ward"].to_numpy()
    own = ward >= 0
    adults, under_65, poor = (
        np.bincount(ward[own], values[own], ward.max() + 1)[listed.index]
        for values in (
            people.count(year, 4, 7),
            people.count(year, 0, 5),
            office.hardship.persons[-1],
        )
    )
    eligible = np.round(adults * CITIZENS * rng.uniform(0.97, 1.02, len(adults))).astype(int)
    burden = poor / np.maximum(under_65, 1)
    wish = TURNOUT - 1.3 * (burden - 0.08) + rng.normal(0, 0.025, len(burden))
    wish = np.clip(wish, 0.25, 0.85)
    cards = rng.binomial(eligible, HOLD_CARD * wish / TURNOUT)
    by_post = rng.binomial(cards, RETURNED)
    rest = eligible - cards
    share = (wish * eligible - by_post) / np.maximum(rest, 1)
    at_poll = rng.binomial(rest, np.clip(share, 0, 1))
    found = listed.assign(eligible=eligible, cards=cards, at_poll=at_poll, by_post=by_post)
    return found.reset_index(drop=True)


def _counted(voters: np.ndarray, shares: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Return invalid (C) and valid votes (D), and those of every list (D1 …)."""
    invalid = rng.binomial(voters, 0.012)
    votes = rng.multinomial(voters - invalid, shares)
    columns = {f"D{i + 1}": votes[:, i] for i in range(len(PARTIES))}
    return pd.DataFrame({"C": invalid, "D": voters - invalid, **columns})


def _postal(wards: pd.DataFrame, by_post: pd.DataFrame) -> pd.DataFrame:
    """Return the postal districts of all municipalities."""
    first = wards["id"].str[9:11]
    keys = [wards["ags"], first.rename("first")]
    votes = by_post.groupby(keys).sum().reset_index()
    voters = wards["by_post"].groupby(keys).sum().to_numpy()
    number = votes.pop("first")
    head = {
        "ags": votes.pop("ags"),
        "gebiet-nr": "9" + number + "0",
        "gebiet-name": "Briefwahlbezirk " + number.astype(int).astype(str),
        **dict.fromkeys(("A1", "A2", "A3", "A"), 0),
        "B": voters,
        "B1": voters,
    }
    return pd.DataFrame(head).join(votes)


def _legend() -> str:
    """Return the file that says what the columns of votes mean."""
    named = {f"D{i + 1}": name for i, name in enumerate(PARTIES)}
    fields = {
        "A": "Wahlberechtigte insgesamt",
        "A1": "Wahlberechtigte ohne Sperrvermerk",
        "A2": "Wahlberechtigte mit Sperrvermerk „W“",
        "B": "Wähler",
        "B1": "Wähler mit Wahlschein",
        "C": "Ungültige Stimmen",
        "D": "Gültige Stimmen",
    }
    parties = [{"feld": key, "wert": name} for key, name in named.items()]
    general = [{"feld": key, "wert": name} for key, name in fields.items()]
    table = {"dateifelder": [{"name": ELECTION, "parteien": parties, "felder": general}]}
    return json.dumps(table, ensure_ascii=False, indent=1) + "\n"


def write_schools(folder: Path, office: Office) -> None:
    """Write all-day care of primary schools by catchment, as the school boards send it."""
    rng = office.people.frame.rng(32)
    people, listed = office.people, office.registry.catchments
    catchment = people.cells["catchment"].to_numpy()
    own = catchment >= 0
    children = np.bincount(catchment[own], people.count(YEARS[-1], 2, 2)[own], catchment.max() + 1)
    pupils = rng.binomial(children[listed.index].astype(int), AT_SCHOOL)
    until_afternoon = rng.binomial(
        pupils, np.clip(rng.normal(ALL_DAY, 0.08, len(pupils)), 0.3, 0.8)
    )
    columns = {"Schulbezirk": listed["id"], "Grundschule": listed["name"],
               "Kinder": pupils, "davon_Ganztag": until_afternoon}  # fmt: skip
    title = f"Offener Ganztag nach Grundschulbezirken, {COUNTY_NAME}, Schuljahr 2025/26;;;\n"
    order = np.argsort(listed["id"].to_numpy(), kind="stable")
    table = csv_text({name: np.asarray(values)[order] for name, values in columns.items()})
    write_text(folder / "ganztag_2025.csv", title + table, "utf-8-sig")
