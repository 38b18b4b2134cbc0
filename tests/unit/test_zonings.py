"""Other borders: zones of two neighbours, and which findings hold on them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from sozialraum.flags.borders import moran_over_zonings
from sozialraum.flags.samples import bounded, touching
from sozialraum.flags.zoning import kept_shares, statistic_range
from sozialraum.methods.funnel import funnel
from sozialraum.methods.graph import component_labels, within_groups
from sozialraum.methods.zonings import zone_adjacency, zone_spread, zone_sums, zonings
from support import make_flags, make_release


def lattice(rows, columns):
    """Return the rook neighbours of a lattice of areas."""
    n = rows * columns
    at = np.arange(n).reshape(rows, columns)
    one = np.concatenate([at[:, :-1].ravel(), at[:-1].ravel()])
    other = np.concatenate([at[:, 1:].ravel(), at[1:].ravel()])
    matrix = csr_array((np.ones(len(one)), (one, other)), shape=(n, n))
    return csr_array(matrix + matrix.T)


def high(count, base, touching):
    """Find zones above a tenth of their people."""
    return np.where(count / base > 0.1, "high", "")


COUNTY = lattice(10, 12)
UNITS = np.repeat(["a", "b"], 60)
SIZES = np.random.default_rng(3).integers(200, 900, 120)


class TestZonings:
    found = zonings(COUNTY, SIZES, UNITS)

    def test_twenty_four_different_ones(self):
        assert self.found.shape == (24, 120)
        assert len({tuple(zones) for zones in self.found.tolist()}) == 24

    def test_zones_are_pairs_and_few_threes(self):
        for zones in self.found:
            alone, pairs, threes = np.bincount(np.bincount(zones), minlength=4)[1:]
            assert alone + 2 * pairs + 3 * threes == 120
            assert alone <= 2
            assert pairs > 3 * threes

    def test_no_zone_leaves_its_municipality_or_falls_apart(self):
        for zones in self.found:
            inside = within_groups(COUNTY, zones)
            parts = component_labels(within_groups(inside, (UNITS == "a").astype(int)))
            assert len(np.unique(parts)) == zones.max() + 1

    def test_zones_are_more_equal_than_areas(self):
        before = SIZES.std() / SIZES.mean()
        spreads = [zone_spread(SIZES, zones) for zones in self.found]
        assert np.mean(spreads) < 0.75 * before

    def test_large_areas_are_joined_to_small_ones(self):
        """Pairs drawn without a look at sizes are less equal."""
        blind = zonings(COUNTY, np.ones(120), UNITS)
        spread = np.mean([zone_spread(SIZES, zones) for zones in self.found])
        assert spread < 0.9 * np.mean([zone_spread(SIZES, zones) for zones in blind])

    def test_areas_meet_several_partners(self):
        partners = [
            len({tuple(np.flatnonzero(zones == zones[area])) for zones in self.found})
            for area in range(120)
        ]
        assert min(partners) >= 3

    def test_the_order_of_rows_does_not_matter(self):
        keys = np.array([f"q{i:03d}" for i in range(120)])
        order = np.random.default_rng(1).permutation(120)
        shuffled = csr_array(COUNTY[order][:, order])
        again = zonings(shuffled, SIZES[order], UNITS[order], keys=keys[order])
        np.testing.assert_array_equal(again, self.found[:, order])

    def test_the_seed_matters(self):
        assert (zonings(COUNTY, SIZES, UNITS, seed=1) != self.found).any()
        np.testing.assert_array_equal(zonings(COUNTY, SIZES, UNITS), self.found)

    def test_nobody_to_join(self):
        alone = zonings(csr_array((3, 3)), [1, 2, 3], ["a", "a", "b"])
        assert alone.tolist() == [[0, 1, 2]]
        assert zonings(csr_array((0, 0)), [], []).shape == (1, 0)

    def test_people_may_be_missing_everywhere(self):
        assert zonings(lattice(2, 2), [0, 0, 0, 0], ["a"] * 4).shape[1] == 4

    def test_a_star_has_as_many_zonings_as_pairs_of_rays(self):
        """The centre and two rays make the one zone of three; the others stay alone."""
        star = csr_array(([1.0] * 8, ([0, 0, 0, 0, 1, 2, 3, 4], [1, 2, 3, 4, 0, 0, 0, 0])))
        found = zonings(star, [5, 1, 1, 1, 1], ["a"] * 5)
        assert len(found) == 6
        assert all(sorted(np.bincount(zones)) == [1, 1, 3] for zones in found)


def test_sums_and_neighbours_of_zones():
    zones = np.array([0, 0, 1, 1, 2])
    chain = csr_array(np.eye(5, k=1) + np.eye(5, k=-1))
    assert zone_sums([1, 2, 3, 4, 5], zones).tolist() == [3, 7, 5]
    touching = zone_adjacency(chain, zones)
    assert touching.toarray().tolist() == [[0, 1, 0], [1, 0, 1], [0, 1, 0]]


def test_stored_zeros_are_no_neighbours():
    stored = csr_array((np.zeros(2), ([0, 1], [1, 0])), shape=(2, 2))
    assert zone_adjacency(stored, np.array([0, 1])).nnz == 0
    assert zonings(stored, [1, 1], ["a", "a"]).tolist() == [[0, 1]]


class TestKept:
    def test_a_group_is_kept_and_a_single_area_is_not(self):
        count, base = np.full(120, 40.0), np.full(120, 800.0)
        group = [0, 1, 2, 12, 13, 14, 24, 25, 26]
        count[group], count[71] = 160, 100
        found = high(count, base, COUNTY)
        kept = kept_shares(count, base, COUNTY, UNITS, found, find=high)
        assert np.isnan(kept[found == ""]).all()
        assert kept[13] == 1
        assert kept[71] == 0
        assert (kept[group] >= 0.5).all()

    def test_a_finding_in_the_other_direction_is_not_kept(self):
        base = np.full(4, 100.0)
        count = np.array([1.0, 60.0, 1.0, 60.0])
        directed = lambda c, b, _: np.where(c / b > 0.2, "high", "low")  # noqa: E731
        chain = lattice(1, 4)
        found = directed(count, base, chain)
        kept = kept_shares(count, base, chain, ["a"] * 4, found, find=directed)
        assert kept[0] == 0
        assert kept[3] == 1

    def test_true_and_false_are_findings_too(self):
        chain, count = lattice(1, 4), np.array([9.0, 9, 0, 0])
        much = lambda c, b, _: c / b > 0.3  # noqa: E731
        kept = kept_shares(count, [10] * 4, chain, ["a"] * 4, [True, True, False, False], find=much)
        assert kept[0] == 1
        assert np.isnan(kept[2:]).all()

    def test_hidden_areas_take_no_part(self):
        """The neighbour of a hidden area has nobody to be joined to."""
        count = np.array([9.0, np.nan, 9.0, 9.0])
        seen = []

        def find(c, b, _):
            seen.append(c)
            return np.where(c / b > 0.3, "high", "")

        found = np.array(["high", "", "high", "high"])
        base = np.where(np.isnan(count), np.nan, 10.0)
        kept = kept_shares(count, base, lattice(1, 4), ["a"] * 4, found, find=find)
        assert np.isnan(kept[:2]).all()
        assert (kept[2:] == 1).all()
        assert [c.tolist() for c in seen] == [[9.0, 18.0]]

    def test_an_area_without_neighbours_cannot_be_tried(self):
        found = np.array(["high", "high"])
        kept = kept_shares([9, 9], [10, 10], csr_array((2, 2)), ["a", "a"], found, find=high)
        assert np.isnan(kept).all()

    def test_several_indicators_at_once(self):
        random = np.random.default_rng(2)
        base = np.column_stack([SIZES, SIZES]).astype(float)
        count = random.binomial(SIZES, 0.1, (2, 120)).T.astype(float)
        count[5, 1] = base[5, 1] = np.nan
        found = high(count, base, COUNTY)
        both = kept_shares(count, base, COUNTY, UNITS, found, find=high)
        for column in range(2):
            one = kept_shares(
                count[:, column], base[:, column], COUNTY, UNITS, found[:, column], find=high
            )
            np.testing.assert_array_equal(both[:, column], one)
        assert np.isfinite(both).any(axis=0).all()

    def test_fewer_zonings_if_asked(self):
        calls = []

        def find(count, base, touching):
            calls.append(touching.shape)
            return high(count, base, touching)

        found = high(SIZES / 5, SIZES, COUNTY)
        kept_shares(SIZES / 5, SIZES, COUNTY, UNITS, found, find=find, zonings=7)
        assert len(calls) == 7


class TestRange:
    def test_lowest_and_highest(self):
        largest = lambda count, base, _: float((count / base).max())  # noqa: E731
        count = np.where(np.arange(120) == 5, SIZES, 0.2 * SIZES)
        low, top = statistic_range(count, SIZES, COUNTY, UNITS, largest)
        assert 0.2 < low < top < 1

    @pytest.mark.parametrize("value", [np.nan, 1.0])
    def test_nothing_to_compute(self, value):
        nothing = statistic_range(
            [np.nan] * 4, [value] * 4, lattice(1, 4), ["a"] * 4, lambda *_: 1.0
        )
        assert np.isnan(nothing).all()
        assert np.isnan(
            statistic_range([1] * 4, [2] * 4, lattice(1, 4), ["a"] * 4, lambda *_: np.nan)
        ).all()


class TestGlobalMoran:
    flags = make_flags(make_release(25))

    def test_beside_the_value_of_the_areas(self):
        found = moran_over_zonings(self.flags)
        assert found["indicator"].tolist() == ["sgb2"]
        assert found["global_moran"].tolist() == [self.flags.global_moran["sgb2"]]
        assert (found["lowest"] < found["highest"]).all()

    def test_one_zoning_by_hand(self):
        found = moran_over_zonings(self.flags, zonings=1).iloc[0]
        frame = self.flags.release.frame("sgb2").dropna(subset="value").sort_index()
        graph = touching(frame)
        units = frame["municipality"].to_numpy()
        zones = zonings(graph, frame["denominator"], units, number=1)[0]
        rates = funnel(zone_sums(frame["numerator"], zones), zone_sums(frame["denominator"], zones))
        z = bounded(rates.z)
        z = z - z.mean()
        links = zone_adjacency(graph, zones).toarray()
        weights = links / links.sum(axis=1, keepdims=True)
        assert found["lowest"] == found["highest"]
        assert found["lowest"] == pytest.approx((z @ weights @ z) / (z @ z), rel=1e-9)

    def test_the_order_of_areas_does_not_matter(self):
        areas = self.flags.release.areas
        release = replace(self.flags.release, areas=areas.iloc[::-1])
        shuffled = replace(self.flags, release=release, areas=self.flags.areas.iloc[::-1])
        pd.testing.assert_frame_equal(
            moran_over_zonings(shuffled, zonings=4), moran_over_zonings(self.flags, zonings=4)
        )
