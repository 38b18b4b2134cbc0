"""Local statistics against esda, on the data libpysal ships with; and what esda does wrong.

Everything that runs esda's compiled permutations stands in this one file: it compiles them
anew in every process.
"""

import subprocess
import sys
import warnings

import geopandas as gpd
import numpy as np
import pytest
from libpysal import examples
from libpysal.graph import Graph
from scipy.sparse import csr_array

from sozialraum.methods.local import (
    local_g,
    local_geary,
    local_join_count,
    local_moran,
    local_moran_bivariate,
)

DRAWS = 99_999
DATA = {
    "columbus": ("columbus.shp", "CRIME", "INC"),
    "sids2": ("sids2.shp", "SIDR74", "SIDR79"),
    "stl": ("stl_hom.shp", "HR8893", "HR8488"),
    "georgia": ("G_utm.shp", "PctBach", "PctPov"),
}
QUADRANTS = np.array(["high-high", "low-high", "low-low", "high-low"])


class County:
    """One of the data sets, and esda's local Moran of it."""

    def __init__(self, name):
        from esda import Moran_Local

        file, first, second = DATA[name]
        (path,) = [p for p in examples.load_example(name).get_file_list() if p.endswith(file)]
        table = gpd.read_file(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.graph = Graph.build_contiguity(table, rook=False)
        self.x = table[first].to_numpy(dtype=float)
        self.y = table[second].to_numpy(dtype=float)
        self.peer = Moran_Local(
            self.x, self.graph, permutations=DRAWS, seed=5, alternative="two-sided"
        )


@pytest.fixture(scope="module", params=DATA)
def county(request):
    return County(request.param)


def test_local_moran_equals_esda(county):
    found = local_moran(county.x, county.graph)
    np.testing.assert_allclose(found.statistic, county.peer.Is, rtol=1e-12, atol=1e-12)
    assert (found.quadrant == QUADRANTS[county.peer.q - 1]).all()


def test_p_is_within_the_error_of_esdas_draws(county):
    """Both tails of every area, and the two-sided p counted from the same draws."""
    own = (county.x - county.x.mean()) * np.sqrt(len(county.x))
    drawn, observed = county.peer.sim * np.sign(own), county.peer.Is * np.sign(own)
    off = 1e-9 * np.abs(observed)
    tails = {
        "greater": (drawn >= observed - off).mean(axis=0),
        "less": (drawn <= observed + off).mean(axis=0),
    }
    at = county.graph.cardinalities.to_numpy() > 0
    for alternative, share in tails.items():
        p = local_moran(county.x, county.graph, alternative=alternative).p[at]
        error = np.sqrt(p * (1 - p) / DRAWS) + 1 / DRAWS
        assert (np.abs(p - share[at]) < 5 * error).all()
    both = np.minimum(1, 2 * np.minimum(*tails.values()))[at]
    p = local_moran(county.x, county.graph).p[at]
    assert (np.abs(p - both) < 10 * np.sqrt(p / DRAWS) + 4 / DRAWS).all()


@pytest.mark.parametrize("star", [False, True])
def test_getis_ord_equals_esda(county, star):
    from esda import G_Local

    peer = G_Local(county.x, county.graph, transform="B", star=star, permutations=0)
    found = local_g(county.x, county.graph, star=star)
    at = county.graph.cardinalities.to_numpy() > 0
    np.testing.assert_allclose(found.statistic[at], peer.Zs[at], rtol=1e-9, atol=1e-12)


def test_the_others_equal_esda(county):
    from esda import Geary_Local, Join_Counts_Local, Moran_Local_BV

    at = county.graph.cardinalities.to_numpy() > 0
    pair = Moran_Local_BV(county.x, county.y, county.graph, permutations=0)
    found = local_moran_bivariate(county.x, county.y, county.graph)
    np.testing.assert_allclose(found.statistic[at], pair.Is[at], rtol=1e-12, atol=1e-12)
    assert (found.quadrant == QUADRANTS[pair.q - 1])[at].all()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        likeness = Geary_Local(connectivity=county.graph, permutations=0).fit(county.x).localG
        marks = (county.x > np.median(county.x)).astype(int)
        joins = Join_Counts_Local(connectivity=county.graph, seed=3, alternative="greater").fit(
            marks
        )
    found = local_geary(county.x, county.graph, permutations=9)
    np.testing.assert_allclose(found.statistic[at], likeness[at], rtol=1e-11)
    found = local_join_count(marks, county.graph)
    np.testing.assert_array_equal(found.statistic[at], joins.LJC[at])
    known = at & ~np.isnan(joins.p_sim)
    error = np.sqrt(found.p[known] * (1 - found.p[known]) / 999) + 1 / 999
    assert (np.abs(found.p[known] - joins.p_sim[known]) < 5 * error).all()


@pytest.fixture(scope="module")
def chain():
    """Thirty areas in a row and one that nobody touches."""
    names = np.array([f"a{i:02d}" for i in range(31)])
    pairs = [(a, b) for i in range(29) for a, b in ((i, i + 1), (i + 1, i))]
    one, other = (np.array(side) for side in zip(*pairs, strict=True))
    one, other = np.append(one, 30), np.append(other, 30)
    graph = Graph.from_arrays(names[one], names[other], (one != other).astype(float))
    return np.random.default_rng(6).normal(size=31), graph


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_esda_finds_islands_significant(chain):
    from esda import Moran_Local

    x, graph = chain
    with pytest.warns(DeprecationWarning, match="two-sided"):
        default = Moran_Local(x, graph, permutations=999, seed=1)
    assert default.p_sim[30] == 0.001
    two_sided = Moran_Local(x, graph, permutations=999, seed=1, alternative="two-sided")
    assert two_sided.p_sim[30] > 1.9  # no probability at all
    found = local_moran(x, graph)
    assert np.isnan([found.p[30], found.statistic[30], found.lag[30]]).all()
    assert found.quadrant[30] == ""
    assert not np.isnan(found.p[:30]).any()


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_esda_gives_half_of_the_two_sided_p(chain):
    """Its default is the smaller tail; at 0.05 that flags 10 % of structureless areas."""
    from esda import Moran_Local

    x, graph = chain
    with pytest.warns(DeprecationWarning, match="two-sided"):
        directed = Moran_Local(x, graph, permutations=9_999, seed=1).p_sim[:30]
    ours = local_moran(x, graph).p[:30]
    assert np.abs(np.minimum(1, 2 * directed) - ours).max() < 0.04
    assert np.abs(directed - ours).max() > 0.3


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_esdas_default_score_of_gi_is_too_small(chain):
    from esda import G_Local

    x, graph = chain
    inner = np.arange(1, 29)
    default = G_Local(x, graph, permutations=0).Zs[inner]
    ours = local_g(x, graph, star=False).statistic[inner]
    # two neighbours each: almost the square root of two
    assert 1.3 < np.median(ours / default) < 1.5


def test_esda_ignores_how_often_join_counts_are_drawn(chain):
    from esda import Join_Counts_Local

    x, graph = chain
    marks, graph = (x[:30] > 0).astype(int), graph.subgraph(graph.unique_ids[:30])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = Join_Counts_Local(connectivity=graph, permutations=99, seed=1).fit(marks)
    assert peer.rjoins.shape[1] == 999
    assert not np.isnan(local_join_count(marks, graph).p[marks == 1]).any()


def test_nothing_is_compiled():
    """No process waits for a compiler before its first p."""
    program = """
import sys
import numpy as np
from scipy.sparse import csr_array
from sozialraum.methods.local import local_moran
ring = np.roll(np.eye(99), 1, axis=1)
for method in ("exact", "pool"):
    local_moran(np.arange(99.0) ** 2, csr_array(ring + ring.T), method=method)
print(*{"numba", "esda", "libpysal", "pandas"} & set(sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_weights_of_a_graph_are_read_as_such(chain):
    x, graph = chain
    plain = local_moran(x, graph)
    for other in (graph.transform("r"), csr_array(graph.sparse), graph.to_W()):
        again = local_moran(x, other)
        np.testing.assert_array_equal(plain.p, again.p)
        np.testing.assert_array_equal(plain.statistic, again.statistic)
