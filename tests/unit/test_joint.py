"""The gate over overlapping geographies and over what is public already."""

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from test_geographies import further

from counts import make_areas, make_blocks
from sozialraum import schema
from sozialraum.disclosure import protect
from sozialraum.indicators import measure
from sozialraum.model import Indicator, Measures, Policy, Release
from sozialraum.schema import State

POLICY = Policy("house", residents=1, denominator=1, k=3, design=("residents",))


def overlapping(seed: int, sizes=(18, 14), per_area: int = 2, share: float = 0.05) -> Measures:
    """Return measures of small areas and of two further geographies that cut across them."""
    random = np.random.default_rng(seed)
    n = sum(sizes)
    people = random.integers(20, 60, n)
    poor = random.binomial(people, share)
    blocks = make_blocks(list(sizes), {"residents": people, "poor": poor})
    areas = make_areas(blocks, per_area=per_area)
    schools = further(blocks, [f"S{(i + 1) // 3}" for i in range(n)], "schools")
    votes = further(blocks, [f"W{(i + 2) // 5}" for i in range(n)], "votes")
    wanted = [Indicator("poverty", "poor", "residents", "Armut", "poverty")]
    return measure(blocks, areas, wanted, others=[schools, votes], residents="residents")


class Attacker:
    """Knows all published numbers, the residents of every block, and nothing else."""

    def __init__(self, measures: Measures, release: Release) -> None:
        overlay = measures.overlay
        self.blocks = list(overlay.index)
        shown = release.table[release.table["state"] == State.VALUE]
        self.rows, self.values = [], []
        for row in shown.itertuples():
            if row.geography == schema.COUNTY_LEVEL:
                inside = np.ones(len(self.blocks))
            else:
                inside = (overlay[row.geography] == row.area_id).to_numpy().astype(float)
            self.rows.append(inside)
            self.values.append(row.numerator)

    def range(self, inside: np.ndarray, most: np.ndarray) -> tuple[int, int]:
        """Return the smallest and the largest count that whole numbers allow."""
        known = LinearConstraint(np.array(self.rows), self.values, self.values)
        ends = []
        for sign in (1, -1):
            found = milp(
                sign * inside.astype(float),
                constraints=known,
                bounds=Bounds(0, most),
                integrality=np.ones(len(inside)),
            )
            assert found.success
            ends.append(round(sign * found.fun))
        return ends[0], ends[1]


@pytest.mark.parametrize("seed", range(4))
def test_nobody_gets_a_small_count_by_subtracting_geographies(seed):
    measures = overlapping(seed)
    release = protect(measures, POLICY)
    attacker = Attacker(measures, release)
    overlay = measures.overlay
    table = measures.table[measures.table["geography"] == schema.OVERLAY_LEVEL]
    counts = table.set_index("area_id")["numerator"]
    bases = table.set_index("area_id")["denominator"]
    atoms = measures.atoms
    from sozialraum.model.overlay import atom_ids

    piece = atom_ids(overlay).to_numpy()
    most = np.array([float(bases[p]) for p in piece])
    found = 0
    for geography in [*atoms.columns, None]:
        groups = piece if geography is None else overlay[geography].to_numpy()
        for name in sorted(set(groups)):
            inside = groups == name
            used = sorted(set(piece[inside]))
            count, base = int(counts[used].sum()), int(bases[used].sum())
            if 1 <= count < 3:
                low, high = attacker.range(_once(inside, piece), _spread(most, piece))
                assert high >= min(3, base), name
                assert high - low >= 2, name
                found += 1
    assert found > 3
    assert (release.table["state"] == State.VALUE).mean() > 0.3


def _once(inside: np.ndarray, piece: np.ndarray) -> np.ndarray:
    """Return the pieces' first blocks that lie inside: one unknown a piece is enough."""
    _, first = np.unique(piece, return_index=True)
    return inside & np.isin(np.arange(len(piece)), first)


def _spread(most: np.ndarray, piece: np.ndarray) -> np.ndarray:
    """Return the largest count of every piece at its first block, 0 at the others."""
    _, first = np.unique(piece, return_index=True)
    return np.where(np.isin(np.arange(len(piece)), first), most, 0.0)
