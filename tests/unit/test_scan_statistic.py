"""The scan statistic against every zone written out, its p, and planted clusters."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import kstest

from sozialraum.errors import IndicatorError, StatisticsError
from sozialraum.flags.clusters import CLUSTER_COLUMNS, cluster_sentences, find_clusters
from sozialraum.methods.circles import circles
from sozialraum.methods.scan import count_dispersion, scan
from sozialraum.methods.scan_ratio import log_ratio, needed_cases, null_of
from sozialraum.methods.scan_replicas import LANES, ScanOptions
from sozialraum.schema import State
from support import make_release

GRID = np.array([[x, y] for y in range(8) for x in range(8)], dtype=float)


def every_zone(points, population, share):
    """Return (zones, areas) which areas lie in every circle."""
    found = []
    for centre in points:
        apart = np.round(np.hypot(*(points - centre).T), 9)
        found.append(apart <= np.unique(apart)[:, None])
    inside = np.concatenate(found)
    return inside[inside @ population <= share * population.sum() * (1 + 1e-12)]


def by_hand(cases, population, points, options):
    """Return the largest ratio of all circles and intervals, and the areas behind it."""
    cases, people = (np.reshape(part, (len(points), -1)) for part in (cases, population))
    measures = people * (cases.sum(axis=0) / people.sum(axis=0)) if options.by_date else people
    total, whole, best = cases.sum(), measures.sum(), (0.0, set(), 0, 0)
    zones = every_zone(points, people.sum(axis=1), options.share)
    dates = cases.shape[1]
    for s in range(dates):
        for e in range(s + 1, min(dates, s + (options.longest or dates)) + 1):
            count, size = (zones @ part[:, s:e].sum(axis=1) for part in (cases, measures))
            value = log_ratio(count, size, total, whole, binomial=options.binomial)
            high = count * whole > size * total
            wanted = np.where(high, *options.ways) & (size < whole * (1 - 1e-9))
            at = int(np.where(wanted, value, 0.0).argmax())
            if wanted[at] and value[at] > best[0] + 1e-9:
                best = (float(value[at]), set(np.flatnonzero(zones[at]).tolist()), s, e - 1)
    return best


@pytest.mark.parametrize("direction", ["high", "low", "both"])
@pytest.mark.parametrize("model", ["poisson", "binomial"])
@pytest.mark.parametrize("share", [0.5, 0.15])
def test_the_most_likely_cluster_and_every_replica_as_by_hand(model, direction, share):
    random = np.random.default_rng(5)
    points = random.random((30, 2)) * 1e4
    population = random.integers(5, 60, 30)
    cases = random.binomial(population, 0.3)
    options = ScanOptions(model=model, direction=direction, share=share)
    found = scan(cases, population, points, options=options, replicas=2 * LANES + 5, seed=3)
    ratio, areas, _, _ = by_hand(cases, population, points, options)
    assert found.clusters[0].statistic == pytest.approx(ratio, abs=1e-9)
    assert set(found.clusters[0].areas.tolist()) == areas
    stream = np.random.Generator(np.random.Philox(3))
    for begin in range(0, len(found.replicas), LANES):
        if model == "poisson":
            drawn = stream.multinomial(cases.sum(), population / population.sum(), LANES)
        else:
            drawn = stream.multivariate_hypergeometric(
                population, cases.sum(), LANES, method="marginals"
            )
        part = found.replicas[begin : begin + LANES]
        known = [by_hand(row, population, points, options)[0] for row in drawn[: len(part)]]
        assert part == pytest.approx(known, abs=1e-9)


@pytest.mark.parametrize("by_date", [False, True])
@pytest.mark.parametrize("longest", [None, 2])
def test_space_and_time_as_by_hand(by_date, longest):
    random = np.random.default_rng(6)
    points = random.random((16, 2)) * 1e4
    population = random.integers(20, 200, (16, 4))
    cases = random.binomial(population, [0.05, 0.05, 0.1, 0.2])
    options = ScanOptions(direction="both", longest=longest, by_date=by_date)
    found = scan(cases, population, points, options=options, replicas=20, seed=1)
    ratio, areas, first, last = by_hand(cases, population, points, options)
    best = found.clusters[0]
    assert best.statistic == pytest.approx(ratio, abs=1e-9)
    assert (set(best.areas.tolist()), best.first, best.last) == (areas, first, last)
    stream = np.random.Generator(np.random.Philox(1))
    if by_date:
        then = [population[:, t] / population[:, t].sum() for t in range(4)]
        drawn = [stream.multinomial(cases[:, t].sum(), then[t], LANES) for t in range(4)]
        drawn = np.stack(drawn, axis=2)
    else:
        flat = population.ravel() / population.sum()
        drawn = stream.multinomial(cases.sum(), flat, LANES).reshape(LANES, 16, 4)
    for k in range(5):
        known = by_hand(drawn[k], population, points, options)[0]
        assert found.replicas[k] == pytest.approx(known, abs=1e-9)


def test_what_a_cluster_is():
    cases = np.full(64, 2)
    cases[[0, 1, 8, 9]] = 11
    found = scan(cases, np.full(64, 100.0), GRID * 1000, replicas=99).clusters[0]
    assert sorted(found.areas.tolist()) == [0, 1, 8, 9]
    assert (found.observed, found.population) == (44, 400.0)
    assert found.expected == pytest.approx(164 * 4 / 64)
    assert found.relative_risk == pytest.approx((44 / 400) / (120 / 6000))
    assert found.radius == pytest.approx(1000 * np.sqrt(2))
    assert found.p == 0.01


def test_clusters_share_no_area_and_come_in_order():
    random = np.random.default_rng(2)
    cases = random.poisson(5, 64)
    cases[[0, 1, 8]] += 12
    cases[[62, 63, 55]] += 9
    found = scan(cases, np.full(64, 100.0), GRID, replicas=199).clusters
    assert {0, 1, 8} <= set(found[0].areas.tolist())
    assert {62, 63, 55} <= set(found[1].areas.tolist())
    members = np.concatenate([cluster.areas for cluster in found])
    assert len(members) == len(set(members.tolist()))
    assert all(a.statistic >= b.statistic and a.p <= b.p for a, b in pairwise(found))


def test_areas_equally_far_enter_together():
    zones = circles(GRID, np.ones(64), 0.5)
    at = slice(zones.starts[27], zones.starts[28])
    ends = np.flatnonzero(zones.closed[at])[:3]
    assert ends.tolist() == [0, 4, 8]
    assert zones.order[at][:5].tolist() == [27, 19, 26, 28, 35]


def test_the_share_counts_people_not_areas():
    people = np.ones(64)
    people[0] = 500
    zones = circles(GRID, people, 0.5)
    assert zones.starts[1] == zones.starts[0]  # too many live there for any circle
    assert 0 not in zones.order


def test_the_order_of_areas_changes_nothing_but_positions():
    random = np.random.default_rng(4)
    points, cases = random.random((50, 2)) * 1e4, random.poisson(4, 50)
    order, people = random.permutation(50), random.uniform(60, 90, 50)
    here = scan(cases, people, points, replicas=9).clusters
    there = scan(cases[order], people[order], points[order], replicas=9).clusters
    assert [c.statistic for c in here] == pytest.approx([c.statistic for c in there])
    assert [set(c.areas.tolist()) for c in here] == [set(order[c.areas].tolist()) for c in there]


def test_the_seed_decides_and_more_replicas_go_on():
    cases = np.random.default_rng(1).poisson(3, 64)
    people = np.full(64, 50.0)
    one, same = (scan(cases, people, GRID, replicas=50, seed=7).replicas for _ in range(2))
    assert one.tolist() == same.tolist()
    assert scan(cases, people, GRID, replicas=90, seed=7).replicas[:50].tolist() == one.tolist()
    assert scan(cases, people, GRID, replicas=50, seed=8).replicas.tolist() != one.tolist()


def test_p_is_uniform_where_nothing_is():
    random = np.random.default_rng(9)
    people = random.integers(50, 500, 64).astype(float)
    p = []
    for round_ in range(150):
        cases = random.multinomial(600, people / people.sum())
        p.append(scan(cases, people, GRID, replicas=99, seed=round_, most=1).clusters[0].p)
    assert kstest(p, "uniform").pvalue > 0.01
    assert np.mean(np.array(p) <= 0.05) < 0.11


def test_households_are_no_clusters():
    random = np.random.default_rng(13)
    people = random.integers(600, 3000, 64).astype(float)
    wrong = {"plain": 0, "worth less": 0}
    for round_ in range(60):
        homes = random.poisson(people * 0.045)
        cases = np.array([random.choice([1, 1, 2, 4], n).sum() for n in homes])
        factor = count_dispersion(cases, people)
        assert 1.2 < factor < 5  # E(size²) / E(size) = 2.75
        for name, dispersion in (("plain", 1.0), ("worth less", factor)):
            options = ScanOptions(model="binomial", dispersion=dispersion)
            found = scan(cases, people, GRID, options=options, replicas=99, seed=round_, most=1)
            wrong[name] += found.clusters[0].p <= 0.05
    assert wrong["plain"] > 40
    assert wrong["worth less"] <= 8


def test_ten_times_the_counts_of_ten_are_worth_the_same():
    random = np.random.default_rng(3)
    people = random.integers(50, 200, 64)
    cases = random.binomial(people, 0.2)
    plain = scan(cases, people, GRID, replicas=99)
    options = ScanOptions(dispersion=10)
    tenfold = scan(10 * cases, 10 * people, GRID, options=options, replicas=99)
    assert tenfold.replicas.tolist() == plain.replicas.tolist()
    for one, ten in zip(plain.clusters, tenfold.clusters, strict=True):
        assert ten.statistic == pytest.approx(10 * one.statistic)
        assert (ten.p, ten.areas.tolist()) == (one.p, one.areas.tolist())


def test_few_or_even_areas_scatter_as_chance_does():
    assert count_dispersion([1, 50, 3], [100, 100, 100]) == 1.0
    assert count_dispersion([10] * 20, [100] * 20) == 1.0
    assert count_dispersion([10] * 20 + [0], [100] * 20 + [0]) == 1.0
    assert count_dispersion([0] * 20, [100] * 20) == 1.0


def test_a_planted_cluster_is_found():
    random = np.random.default_rng(11)
    inside = np.hypot(*(GRID - [2, 2]).T) <= 1.5
    hits, shared = 0, []
    for round_ in range(30):
        cases = random.poisson(np.where(inside, 16.0, 8.0))
        best = scan(cases, np.full(64, 100.0), GRID, replicas=99, seed=round_, most=1).clusters[0]
        hits += best.p <= 0.05
        shared.append(np.isin(np.flatnonzero(inside), best.areas).mean())
    assert hits >= 28
    assert np.mean(shared) > 0.9


@pytest.mark.parametrize("binomial", [False, True])
@pytest.mark.parametrize("ratio", [0.0, 2.5, 8.0])
def test_no_zone_below_what_is_needed_reaches_a_ratio(binomial, ratio):
    null = null_of(60, 400.0, binomial=binomial)
    grid = np.arange(41) ** 2 * 200.0 / 40**2
    needed = needed_cases(ratio, grid, null)
    for step in range(40):
        sizes = np.linspace(grid[step], grid[step + 1], 4)[:-1]
        for size in np.unique(np.floor(sizes)) if binomial else sizes:
            if not grid[step] <= size < grid[step + 1]:
                continue
            counts = np.arange(min(60, size if binomial else 60) + 1)
            value = log_ratio(counts, size, 60, 400.0, binomial=binomial)
            above = counts * 400 > size * 60
            reached = value >= max(ratio, 1e-9)
            assert (counts[reached & above] >= needed[0, step]).all()
            assert (counts[reached & ~above] <= needed[1, step]).all()
    if ratio:
        assert needed[0, 20] > 60 * grid[20] / 400 + 1


def test_faults_are_told():
    ones, points = np.ones(4), GRID[:4]
    for cases, people, message in [
        (ones[:3], ones, "dieselben Gebiete"),
        ([1, np.nan, 1, 1], ones, "keine Lücken"),
        ([1, 0.5, 1, 1], ones, "ganze Zahlen"),
        ([1, -1, 1, 1], ones, "ganze Zahlen"),
        ([1, 1, 1, 1], [1, 0, 1, 1], "mehr Fälle als Menschen"),
        ([0, 0, 0, 0], ones, "nichts zu vergleichen"),
    ]:
        with pytest.raises(StatisticsError, match=message):
            scan(cases, people, points)
    with pytest.raises(StatisticsError, match="mehr Fälle als Menschen"):
        scan([3, 1, 1, 1], [2, 2, 2, 2], points, options=ScanOptions(model="binomial"))
    with pytest.raises(StatisticsError, match="zu viele"):
        scan([3, 1, 1, 1], [1e9] * 4, points, options=ScanOptions(model="binomial"))
    with pytest.raises(StatisticsError, match="Bitte die Angaben prüfen"):
        ScanOptions(share=0)
    with pytest.raises(StatisticsError, match="Streuung"):
        ScanOptions(dispersion=0.5)
    with pytest.raises(StatisticsError, match="mindestens einen"):
        scan(ones, ones, points, replicas=0)
    with pytest.raises(StatisticsError, match="Poisson-Modell"):
        ScanOptions(model="binomial", by_date=True)


def planted(start=0):
    """Return a release whose first areas around one have twice the rate, from a date on."""
    release = make_release(60, nasty=False)
    small = release.areas[release.areas["geography"] == "sozialraum"]
    centres = small.geometry.centroid
    inside = small.index[centres.distance(centres.iloc[5]).rank() <= 6]
    table = release.table.copy()
    rows = (table["geography"] == "sozialraum") & (table["indicator"] == "sgb2")
    shown = rows & (table["state"] == State.VALUE)
    hot = table["area_id"].isin(inside) & (table["date"] >= release.dates("sgb2")[start])
    table.loc[shown, "numerator"] = np.round(table["denominator"] * np.where(hot, 0.2, 0.1))
    table.loc[shown, "value"] = (100 * table["numerator"] / table["denominator"]).round(1)
    kept = {name: getattr(release, name) for name in ("areas", "indicators", "policy", "audit")}
    return type(release)(table=table, **kept), set(inside)


def test_a_cluster_in_a_release_is_named_with_its_areas_and_people():
    release, inside = planted()
    found = find_clusters(release, "sgb2", replicas=99)
    assert tuple(found.columns) == CLUSTER_COLUMNS
    frame = release.frame("sgb2").sort_index()
    shown = set(frame.index[frame["state"] == State.VALUE])
    assert set(found["areas"][0]) == inside & shown
    assert found.attrs["left_out"] == tuple(sorted(set(frame.index) - shown))
    assert found["observed"][0] == frame.loc[list(found["areas"][0]), "numerator"].sum()
    assert found["persons"][0] == frame.loc[list(found["areas"][0]), "denominator"].sum()
    assert (found["direction"][0], found["p"][0]) == ("high", 0.01)
    assert found["end"][0] == found["start"][0] == release.dates("sgb2")[-1]
    for language, words in (("de", "höchstens 1 von 100 Fällen"), ("en", "at most 1 of 100 cases")):
        told = cluster_sentences(release, found, language)
        assert len(told) == len(found)
        assert words in told[0]
        assert str(found["name"][0]) in told[0]


def test_a_cluster_that_begins_later_is_dated():
    release, inside = planted(start=1)
    found = find_clusters(release, "sgb2", dates="all", replicas=99)
    assert set(found["areas"][0]) <= inside
    assert found["start"][0] == release.dates("sgb2")[1]
    assert found["end"][0] == release.dates("sgb2")[-1]
    assert "31.12.2024 bis 31.12.2025" in cluster_sentences(release, found, "de")[0]


def test_a_strength_is_searched_for_where_it_lacks():
    release = make_release(40)
    assert set(find_clusters(release, "daycare", replicas=9)["direction"]) == {"low"}
    both = find_clusters(release, "daycare", direction="both", replicas=9)
    assert set(both["direction"]) == {"high", "low"}


def test_the_order_of_rows_does_not_matter():
    release, _ = planted()
    turned = type(release)(
        table=release.table.iloc[::-1],
        areas=release.areas.iloc[::-1],
        indicators=release.indicators,
        policy=release.policy,
        audit=release.audit,
    )
    here, there = (find_clusters(one, "sgb2", replicas=19) for one in (release, turned))
    assert here.equals(there)


def test_what_cannot_be_searched_is_told():
    release = make_release(40)
    with pytest.raises(IndicatorError, match="Anteilen"):
        find_clusters(release, "residents")
    with pytest.raises(IndicatorError, match="Stichtage gehen nicht: 1999"):
        find_clusters(release, "sgb2", date="1999-12-31")
    with pytest.raises(IndicatorError, match="Stichtage gehen nicht"):
        find_clusters(release, "sgb2", date=release.dates("sgb2")[0], dates="all")


def test_shares_without_counts_are_left_out():
    release, _ = planted()
    area = find_clusters(release, "sgb2", replicas=9)["areas"][0][-1]
    table = release.table.copy()
    bare = (table["area_id"] == area) & (table["geography"] == "sozialraum")
    table.loc[bare, "numerator"] = np.nan
    found = find_clusters(replace(release, table=table), "sgb2", replicas=9)
    assert area in found.attrs["left_out"]
    assert area not in found["areas"][0]
    everywhere = release.table.assign(denominator=np.nan)
    with pytest.raises(IndicatorError, match="veröffentlichtem Zähler und Nenner"):
        find_clusters(replace(release, table=everywhere), "sgb2")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"municipalities": tuple("ABCD")}, "(A, B, C und eine weitere Gemeinde)"),
        ({"municipalities": tuple("ABCDE")}, "(A, B, C und 2 weitere Gemeinden)"),
        ({"relative_risk": 1.04}, "das 1,04-Fache"),
        ({"relative_risk": 0.95}, "das 0,95-Fache"),
        ({"relative_risk": 1.84}, "das 1,8-Fache"),
        ({"p": 0.001}, "in höchstens 1 von 1\u202f000 Fällen vor."),
        ({"p": 0.05}, "in höchstens 1 von 20 Fällen vor."),
        ({"p": 0.003}, "in höchstens 1 von 200 Fällen vor."),
        ({"p": 0.65}, "in etwa 65 von 100 Fällen vor."),
    ],
)
def test_words_about_clusters(changes, words):
    release, _ = planted()
    found = find_clusters(release, "sgb2", replicas=9).iloc[[0]].copy()
    for name, value in changes.items():
        found[name] = [value]
    assert words in cluster_sentences(release, found, "de")[0]
