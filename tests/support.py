"""A small made-up county beyond the gate, built in code, for tests of the outputs.

The shapes are a valid coverage: cells of a bent lattice are joined to the nearest of
`n` seeds inside one of three municipalities. Names are as nasty as data can be.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sozialraum import schema
from sozialraum.index.methods import preset
from sozialraum.model import (
    Audit,
    Evaluation,
    Flags,
    Index,
    Indicator,
    Intervention,
    Policy,
    Release,
    Source,
)
from sozialraum.model.effects import (
    EFFECT_COLUMNS,
    MATCH_COLUMNS,
    OVERLAP_COLUMNS,
    PATH_COLUMNS,
)
from sozialraum.model.judged import (
    FALLING,
    INDEX_COLUMNS,
    RISING,
    TOO_SHORT,
    WARNING_COLUMNS,
)
from sozialraum.schema import Grade, State

NASTY = (
    '<img src=x onerror="window.attacked=1">',
    "${window.attacked=1}${1+1}",
    "`+(window.attacked=1)+`",
    "</script><script>window.attacked=1</script>",
    "=1+1",
    "Straße & Söhne „Süd“ ’s",
    "{{ 7*7 }}{% raise %}",
    "{name} %s %(x)d $x^2$",
)
DATES = ("2023-12-31", "2024-12-31", "2025-12-31")
TOWNS = (("05999001", "Auental"), ("05999002", "Königsbrück"), ("05999003", "Talheim <b>Süd</b>"))
COUNTY = "05999"
INDICATORS = (
    Indicator(
        "sgb2",
        "sgb2.persons",
        "register.u65",
        "Leistungsbezug nach SGB II unter 65 Jahren",
        "Recipients of basic income support under 65",
        sensitivity="social",
        note_de="Personen in Bedarfsgemeinschaften je 100 unter 65-Jährige.",
        note_en="Persons in benefit units per 100 persons under 65.",
    ),
    Indicator(
        "children",
        "register.u18",
        "residents",
        "Anteil der unter 18-Jährigen",
        "Share of persons under 18",
        polarity=0,
        breaks=(12.0, 15.0, 18.0, 21.0),
    ),
    Indicator(
        "daycare",
        "office.children",
        "register.u6",
        "Kinder in Tagesbetreuung",
        "Children in day care",
        polarity=-1,
        estimate=True,
    ),
    Indicator(
        "residents",
        "residents",
        None,
        "Einwohnerinnen und Einwohner",
        "Residents",
        polarity=0,
        unit_de="Personen",
        unit_en="persons",
    ),
)


def make_areas(n: int = 40, seed: int = 1) -> gpd.GeoDataFrame:
    """Return `n` areas in three municipalities of one county, with all three levels."""
    rng = np.random.default_rng(seed)
    columns, rows = int(9 * np.sqrt(n)) + 8, int(7 * np.sqrt(n)) + 8
    x, y = np.meshgrid(np.linspace(0, 1, columns + 1), np.linspace(0, 1, rows + 1))
    jitter = rng.normal(0, 0.09 / columns, (2, *x.shape))
    bent = np.stack(
        [
            350_000 + 30_000 * (x + jitter[0] + 0.05 * np.sin(5 * y + 1) + 0.008 * np.sin(19 * y)),
            5_620_000 + 22_000 * (y + jitter[1] + 0.06 * np.sin(6 * x) + 0.008 * np.sin(23 * x)),
        ],
        axis=-1,
    )
    corners = np.stack([bent[:-1, :-1], bent[:-1, 1:], bent[1:, 1:], bent[1:, :-1]], axis=2)
    cells = shapely.polygons(corners.reshape(-1, 4, 2))
    centres = shapely.get_coordinates(shapely.centroid(cells))
    towns = np.array([[360_000, 5_635_000], [372_000, 5_640_000], [371_000, 5_627_000]])
    town = ((centres[:, None] - towns) ** 2).sum(axis=2).argmin(axis=1)
    share = np.bincount(town, minlength=3) / len(town)
    counts = np.maximum(1, np.round(share * n).astype(int))
    counts[0] += n - counts.sum()
    shapes, of_town = [], []
    for index, count in enumerate(counts):
        inside = np.flatnonzero(town == index)
        seeds = centres[rng.choice(inside, count, replace=False)]
        nearest = ((centres[inside][:, None] - seeds) ** 2).sum(axis=2).argmin(axis=1)
        shapes += [shapely.coverage_union_all(cells[inside[nearest == s]]) for s in range(count)]
        of_town += [index] * count
    return _levels(shapes, of_town)


def _levels(shapes: list[shapely.Geometry], of_town: list[int]) -> gpd.GeoDataFrame:
    records = []
    for index, (shape, town) in enumerate(zip(shapes, of_town, strict=True)):
        key, name = TOWNS[town]
        area = NASTY[index] if index < len(NASTY) else f"{name.split()[0]} {index:02d}"
        records.append((f"{key}-Q{index:03d}", schema.AREAS_LEVEL, area, key, name, shape))
    for index, (key, name) in enumerate(TOWNS):
        parts = [s for s, t in zip(shapes, of_town, strict=True) if t == index]
        union = shapely.coverage_union_all(parts)
        records.append((key, schema.MUNICIPALITY_LEVEL, name, key, name, union))
    union = shapely.coverage_union_all(shapes)
    records.append((COUNTY, schema.COUNTY_LEVEL, "Musterkreis", "", "", union))
    columns = [schema.AREA_ID, schema.GEOGRAPHY, "name", "municipality", "municipality_name"]
    frame = gpd.GeoDataFrame(records, columns=[*columns, "geometry"], crs="EPSG:25832")
    frame = frame.set_index(schema.AREA_ID)
    frame["origin"] = "adopted"
    frame["status"] = "accepted"
    return frame[
        [
            schema.GEOGRAPHY,
            "name",
            "municipality",
            "municipality_name",
            "origin",
            "status",
            "geometry",
        ]
    ]


def make_table(areas: gpd.GeoDataFrame, seed: int = 1) -> pd.DataFrame:
    """Return protected values: some cells hidden, some not delivered, one true zero."""
    rng = np.random.default_rng(seed)
    small = areas[areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL]
    centre = shapely.get_coordinates(shapely.centroid(small.geometry.to_numpy()))
    slope = (centre - centre.mean(axis=0)) / centre.std(axis=0)
    residents = rng.integers(600, 5_000, len(small)).astype(float)
    level = {
        "sgb2": 9 + 3 * slope[:, 0] - 2 * slope[:, 1] + rng.gamma(2, 1.5, len(small)),
        "children": 16.5 + 2 * slope[:, 1] + rng.normal(0, 1.5, len(small)),
        "daycare": 62 - 5 * slope[:, 0] + rng.normal(0, 5, len(small)),
    }
    share = {"sgb2": 0.8, "children": 1.0, "daycare": 0.06}
    rows = []
    for step, date in enumerate(DATES):
        for name, rates in level.items():
            denominator = np.round(residents * share[name])
            rate = np.clip(rates + step * rng.normal(0.3, 0.6, len(small)), 0, 95)
            numerator = np.round(denominator * rate / 100)
            numerator[9] = 0.0 if name == "sgb2" else numerator[9]
            rows += _rows(areas, name, date, numerator, denominator)
        rows += _rows(areas, "residents", date, residents + 10 * step, None)
    table = pd.DataFrame(
        rows,
        columns=[
            *(schema.GEOGRAPHY, schema.AREA_ID, schema.INDICATOR, schema.DATE),
            *("numerator", "denominator", "value"),
        ],
    )
    table["state"] = pd.Series(str(State.VALUE), index=table.index, dtype="str")
    return _hide(table)


def _rows(
    areas: gpd.GeoDataFrame,
    name: str,
    date: str,
    numerator: np.ndarray,
    denominator: np.ndarray | None,
) -> list[tuple[object, ...]]:
    small = areas[areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL]
    counts = pd.DataFrame({"n": numerator, "town": small["municipality"].to_numpy()})
    counts["d"] = np.nan if denominator is None else denominator
    totals = counts.groupby("town")[["n", "d"]].sum(min_count=1)
    whole = totals.sum(min_count=1)
    levels = [
        *zip([schema.AREAS_LEVEL] * len(small), small.index, counts["n"], counts["d"], strict=True),
        *((schema.MUNICIPALITY_LEVEL, key, row["n"], row["d"]) for key, row in totals.iterrows()),
        (schema.COUNTY_LEVEL, COUNTY, whole["n"], whole["d"]),
    ]
    return [
        (geography, area, name, date, float(n), float(d), _rate(float(n), float(d)))
        for geography, area, n, d in levels
    ]


def _rate(numerator: float, denominator: float) -> float:
    if np.isnan(denominator):
        return numerator
    return round(100 * numerator / denominator, 0 if denominator < 200 else 1)


def _hide(table: pd.DataFrame) -> pd.DataFrame:
    """Hide every 13th small cell, leave one municipality's day care undelivered."""
    small = table[schema.GEOGRAPHY] == schema.AREAS_LEVEL
    order = np.arange(len(table))
    table.loc[small & (order % 13 == 3) & (table[schema.INDICATOR] != "residents"), "state"] = str(
        State.SUPPRESSED
    )
    absent = small & (table[schema.INDICATOR] == "daycare")
    absent &= table[schema.AREA_ID].str.startswith(TOWNS[1][0])
    table.loc[absent, "state"] = str(State.NOT_DELIVERED)
    hidden = table["state"] != State.VALUE
    table.loc[hidden, ["numerator", "denominator", "value"]] = np.nan
    return table


def make_release(n: int = 40, seed: int = 1, *, draft: bool = True, nasty: bool = True) -> Release:
    """Return a small release of four indicators at three dates."""
    areas = make_areas(n, seed)
    if not nasty:
        names = [f"{t} {i + 1:02d}" for i, t in enumerate(areas["municipality_name"])]
        small = areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL
        areas["name"] = areas["name"].where(~small, pd.Series(names, index=areas.index))
        plain = areas[["name", "municipality_name"]].replace(" <b>Süd</b>", "", regex=True)
        areas[["name", "municipality_name"]] = plain
    table = make_table(areas, seed)
    return Release(
        table=table,
        areas=areas,
        indicators=INDICATORS,
        policy=Policy("standard", residents=300, denominator=30, k=3, decided_by="Kreistag"),
        audit=Audit(
            model="differences and sums over all published geographies",
            checks={"targets": 120},
            cells=len(table),
            published=int((table["state"] == State.VALUE).sum()),
            primary=20,
            secondary=11,
            passed=True,
        ),
        title="Musterkreis",
        draft=draft,
        sources=(
            Source(
                "Statistikstelle Musterkreis",
                "Melderegister (erfunden)",
                licence="dl-de/by-2-0",
                reference_date="2025-12-31",
                changes="Daten zusammengefasst",
            ),
            Source("Jobcenter", "SGB-II-Bestand <erfunden>", confidential=True, minimum=3),
        ),
    )


def make_index(release: Release) -> Index:
    """Return an index with every class and three kinds of missing areas."""
    first, last = release.dates("sgb2")[0], release.dates("sgb2")[-1]
    now, then = release.frame("sgb2", last), release.frame("sgb2", first)
    score = (now["value"] - now["value"].mean()) / now["value"].std(ddof=0)
    change = now["value"] - then["value"]
    change = (change - change.mean()) / change.std(ddof=0)
    status = pd.cut(score, [-np.inf, -1, 1, 1.5, np.inf], labels=["1", "2", "3", "4"])
    dynamics = pd.cut(change, [-np.inf, -1, 1, np.inf], labels=["+", "+/-", "-"])
    table = pd.DataFrame(
        {
            "status_sum": 2.5 * score,
            "status_index": score,
            "status_class": status.astype("str"),
            "status_stability": (0.5 + score.abs().clip(upper=2) / 4.3).round(3),
            "dynamics_index": change,
            "dynamics_class": dynamics.astype("str"),
            "dynamics_stability": (0.5 + change.abs().clip(upper=2) / 4.3).round(3),
            "baseline_index": change + 0.3,
            "baseline_class": dynamics.astype("str"),
        }
    )
    missing = score.isna() | change.isna()
    table["group"] = (table["status_class"] + table["dynamics_class"]).where(~missing)
    table["status_class"] = table["status_class"].where(~missing)
    table["dynamics_class"] = table["dynamics_class"].where(~missing)
    table["state"] = now["state"].where(~missing, str(State.SUPPRESSED)).astype("str")
    out = table.index[[11, 17]]
    numbers = [name for name in table if table[name].dtype == float]
    table.loc[out, numbers] = np.nan
    table.loc[out, ["status_class", "dynamics_class", "baseline_class", "group"]] = None
    table.loc[out, "state"] = str(State.EXCLUDED)
    hidden = table["state"] != State.VALUE
    table.loc[hidden, numbers] = np.nan
    return Index(
        release=release,
        method=preset("mss"),
        date=last,
        start=first,
        indicators=("sgb2",),
        table=table[list(INDEX_COLUMNS)],
        scores=pd.DataFrame({"sgb2": table["status_index"]}),
        weights={"sgb2": 1.0},
    )


def like_neighbours(z, shapes):
    """Return local Moran's I and quadrants of what is known, by hand."""
    known = z.notna().to_numpy()
    x = z.clip(-2.5, 2.5).to_numpy()[known]
    x = x - x.mean()
    places = shapes.to_numpy()[known]
    near = shapely.distance(places[:, None], places[None]) <= 1.0
    np.fill_diagonal(near, val=False)
    lag = np.array([x[row].mean() if row.any() else np.nan for row in near])
    local, quadrant = np.full(len(z), np.nan), np.full(len(z), "", dtype=object)
    local[known] = (len(x) - 1) / (x @ x) * x * lag
    ways = [
        ("high" if a else "low", "high" if b else "low")
        for a, b in zip(x > 0, lag > 0, strict=True)
    ]
    quadrant[known] = [
        "" if np.isnan(b) else "-".join(way) for way, b in zip(ways, lag, strict=True)
    ]
    return local, quadrant


def make_flags(release: Release, index: Index | None = None) -> Flags:
    """Return flags with every grade, in both directions."""
    frame = release.frame("sgb2")
    z = (frame["value"] - frame["value"].mean()) / frame["value"].std(ddof=0)
    grade = pd.Series(str(Grade.NONE), index=frame.index, dtype="str")
    grade[abs(z) > 0.9] = str(Grade.HINT)
    grade[abs(z) > 1.2] = str(Grade.NOTABLE)
    grade[abs(z) > 1.5] = str(Grade.CONFIRMED)
    grade[z.isna()] = str(Grade.NOT_PUBLISHED)
    grade.iloc[20] = str(Grade.NO_NEIGHBOURS)
    flagged = grade.isin([Grade.CONFIRMED, Grade.NOTABLE, Grade.HINT])
    local, quadrant = like_neighbours(z, frame.geometry)
    table = pd.DataFrame(
        {
            schema.AREA_ID: frame.index,
            schema.INDICATOR: "sgb2",
            schema.DATE: release.dates("sgb2")[-1],
            "z": z.to_numpy(),
            "local_moran": local,
            "gi_star": z.to_numpy(),
            "p_rate": np.exp(-3 * abs(z)).to_numpy(),
            "p_moran": np.exp(-2 * abs(z)).to_numpy(),
            "p_gi": np.exp(-2.5 * abs(z)).to_numpy(),
            "p": np.exp(-3 * abs(z)).to_numpy(),
            "q": np.exp(-2 * abs(z)).to_numpy(),
            "quadrant": quadrant,
            "evidence": np.where(z.isna(), "", "rate"),
            "grade": grade.to_numpy(),
            "knn_grade": grade.to_numpy(),
            "stability": (200 * (1 - np.exp(-abs(z)))).round().where(flagged).to_numpy() / 200,
            "kept": (24 * (1 - np.exp(-2 * abs(z)))).round().where(flagged).to_numpy() / 24,
        }
    )
    direction = pd.Series(np.where(z > 0, "high", "low"), index=frame.index, dtype="str")
    direction = direction.where(flagged, "")
    direction[z.idxmax()] = "mixed"
    areas = pd.DataFrame({"grade": grade, "direction": direction})
    areas["indicators"] = np.where(flagged, "sgb2", "")
    areas["indicators"] = areas["indicators"].astype("str")
    judged = table.set_index(schema.AREA_ID)
    areas[["stability", "kept"]] = judged[["stability", "kept"]]
    warnings = make_warnings(release)
    moving = warnings.set_index(schema.AREA_ID)
    warned = moving["grade"].isin([Grade.CONFIRMED, Grade.NOTABLE])
    areas["warning"] = moving["direction"].where(warned, "").reindex(areas.index)
    return Flags(
        release=release,
        index=index,
        rate=0.05,
        tests=len(frame),
        table=table,
        areas=areas,
        global_moran={"sgb2": 0.41},
        islands=(str(frame.index[20]),),
        warnings=warnings,
        zonings=24,
    )


def make_warnings(release: Release) -> pd.DataFrame:
    """Return early warnings of the first indicator, in both directions and of every grade."""
    dates = release.dates("sgb2")
    first, last = (release.frame("sgb2", date)["value"] for date in (dates[0], dates[-1]))
    shown = (first.notna() & last.notna()).to_numpy()
    years = int(dates[-1][:4]) - int(dates[0][:4])
    steps = np.linspace(-1, 1, len(last))
    p = np.exp(-6 * abs(steps))
    grades = np.select(
        [abs(steps) > 0.8, abs(steps) > 0.6, abs(steps) > 0.4],
        [str(Grade.CONFIRMED), str(Grade.NOTABLE), str(Grade.HINT)],
        str(Grade.NONE),
    ).astype(object)
    numbers = {"trend_p": p, "change_z": np.pi * steps, "ewma": np.e * steps}
    numbers |= {"p": p, "q": np.minimum(1.0, 2 * p)}
    table = pd.DataFrame({name: np.where(shown, v, np.nan) for name, v in numbers.items()})
    table["slope"] = ((last - first) / years).to_numpy()
    table[schema.AREA_ID], table[schema.INDICATOR] = last.index.astype("str"), "sgb2"
    table["start"], table[schema.DATE] = dates[0], dates[-1]
    table["points"] = sum(release.frame("sgb2", d)["value"].notna().to_numpy() for d in dates)
    texts = {
        "signal": np.where(shown & (abs(steps) > 0.8), dates[-1], ""),
        "pattern": np.where(shown & (steps > 0.8), "new hot spot", ""),
        "direction": np.where(~shown, "", np.where(steps > 0, RISING, FALLING)),
        "grade": np.where(shown, grades, TOO_SHORT),
    }
    table = table.assign(**texts).astype(dict.fromkeys(("indicator", "start", "date"), "str"))
    table = table.astype(dict.fromkeys(texts, "str"))
    return table[list(WARNING_COLUMNS)]


def make_evaluation(release: Release, verdict: str = "effect") -> Evaluation:
    """Return what two interventions are found to have changed, the second without an effect."""
    small = release.areas.index[release.areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL]
    started = ("2024-07-01", "2025-01-01")
    done = (
        Intervention("M1", "Stadtteilbüro Nord", tuple(small[:3]), started[0]),
        Intervention("M2", "=1+1 <b>Süd</b> ${x}", tuple(small[3:4]), started[1]),
    )
    found = (-1.84, -2.61, -1.07, 0.001, 1.1)
    told = (0.4, 0.1, 0.8, -0.2, 0.7)
    none = (0.12, -1.9, 2.1, 0.9, 2.9)
    effects = [
        ("M1", 3, 12, 1, 2, *found, *told, verdict),
        ("M2", 1, 4, 2, 1, *none, *told, "too small"),
    ]
    paths = [
        (one.id, date, 14.2 + gap, 13.9, gap, gap - 0.7, gap + 0.8)
        for one in done
        for gap, date in zip((0.0, -0.45, -1.95), release.dates("sgb2"), strict=True)
    ]
    return Evaluation(
        release=release,
        indicator="sgb2",
        interventions=done,
        effects=pd.DataFrame(effects, columns=list(EFFECT_COLUMNS)),
        paths=pd.DataFrame(paths, columns=list(PATH_COLUMNS)),
        matches=pd.DataFrame(columns=list(MATCH_COLUMNS)),
        overlaps=pd.DataFrame(columns=list(OVERLAP_COLUMNS)),
    )
