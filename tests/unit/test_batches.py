"""Components solved side by side: packed evenly, the same result wherever they are solved."""

import logging
from pathlib import Path

import joblib
import numpy as np
import pytest

from sozialraum.methods.graph import adjacency_of, passages_inside, rook_edges
from sozialraum.methods.regionalise import batches, max_p_regions
from sozialraum.methods.regionalise.batches import Part, component_of, packed, solve_components
from sozialraum.methods.regionalise.problem import Problem


class County:
    """Square municipalities in a row, of different sizes; every cell is inhabited."""

    def __init__(self, sides: tuple[int, ...], seed: int = 5) -> None:
        rng = np.random.default_rng(seed)
        inside = np.zeros((max(sides), sum(sides)), dtype=bool)
        town = np.zeros(inside.shape, dtype=int)
        column = 0
        for number, side in enumerate(sides):
            inside[:side, column : column + side] = True
            town[:side, column : column + side] = number
            column += side
        cells = np.full(inside.shape, -1)
        n = int(inside.sum())
        cells[inside] = np.arange(n)
        edges = rook_edges(cells, np.zeros_like(cells), passages_inside(inside))
        self.adjacency = adjacency_of(edges, n)
        self.units = np.array([f"{number:08d}" for number in town[inside]])
        self.counts = np.round(np.exp(rng.normal(2.8, 0.8, n)))
        self.features = 100.0 * np.argwhere(inside)

    def divided(self, **options) -> np.ndarray:
        settings = {"units": self.units, "features": self.features, "effort": "fast"}
        return max_p_regions(self.adjacency, self.counts, [100], **settings | options).labels


@pytest.fixture(scope="module")
def county() -> County:
    return County((30, 8, 25, 12, 3, 20))


@pytest.fixture(scope="module")
def expected(county) -> np.ndarray:
    return county.divided()


@pytest.mark.parametrize(("pieces", "number"), [(1, 4), (7, 3), (500, 12), (3, 8)])
def test_work_is_packed_once_and_evenly(pieces, number):
    sizes = np.random.default_rng(pieces).integers(1, 2_000, pieces)
    found = packed(sizes, number)
    assert sorted(np.concatenate(found).tolist()) == list(range(pieces))
    assert len(found) == min(pieces, max(number, -(-sizes.sum() // batches.BATCH_BLOCKS)))
    assert all((np.diff(sizes[batch]) <= 0).all() for batch in found)
    # origin: Graham (1969), the longest-processing-time rule is within 4/3 of the optimum
    best_possible = max(sizes.max(), sizes.sum() / len(found))
    assert max(sizes[batch].sum() for batch in found) <= 4 / 3 * best_possible


def test_the_largest_piece_begins():
    assert packed(np.array([3, 50, 7]), 2)[0][0] == 1


def test_large_batches_are_packed_smaller():
    sizes = np.full(40, batches.BATCH_BLOCKS // 4)
    assert len(packed(sizes, 2)) == 10


def test_nothing_to_do_is_no_batch():
    assert packed(np.array([], dtype=int), 6) == []


@pytest.mark.parametrize("n_jobs", [2, 3, -1])
def test_threads_do_not_matter(county, expected, n_jobs):
    assert (county.divided(n_jobs=n_jobs) == expected).all()


@pytest.mark.parametrize(("a_worker", "blocks"), [(1, 10**9), (50, 10**9), (6, 100)])
def test_packing_does_not_matter(county, expected, monkeypatch, a_worker, blocks):
    monkeypatch.setattr(batches, "BATCHES_PER_WORKER", a_worker)
    monkeypatch.setattr(batches, "BATCH_BLOCKS", blocks)
    assert (county.divided(n_jobs=2) == expected).all()


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
@pytest.mark.parametrize("n_jobs", [1, -1])
def test_the_backend_of_the_caller_wins_and_does_not_matter(
    county, expected, monkeypatch, backend, n_jobs
):
    used = []
    original = joblib.Parallel

    def watched(**options):
        used.append(original(**options))
        return used[-1]

    monkeypatch.setattr(joblib, "Parallel", watched)
    with joblib.parallel_config(backend=backend, n_jobs=2):
        assert (county.divided(n_jobs=n_jobs) == expected).all()
    assert [type(run._backend).__name__ for run in used] == [f"{backend.title()}Backend"]
    assert used[0].n_jobs == (2 if n_jobs == 1 else -1)


def test_progress_is_a_share_and_nothing_else(county, caplog):
    with caplog.at_level(logging.INFO, logger=batches.__name__):
        county.divided(n_jobs=2)
    told = [record.getMessage() for record in caplog.records if record.name == batches.__name__]
    shares = [int(message.removesuffix(" %")) for message in told]
    assert shares == sorted(shares)
    assert len(shares) > 2
    # the municipality of 3 × 3 cells may be out of reach: what is skipped is not worked on
    assert 99 <= shares[-1] <= 100


def test_no_count_is_written_to_a_temporary_folder(tmp_path):
    # joblib would put arrays above 1 MB into files for its processes
    row = County((60,))
    wide = np.repeat(row.counts[:, None], 40, axis=1)
    assert wide.nbytes > 2**20
    seen: list[Path] = []
    handler = logging.Handler()
    handler.emit = lambda _record: seen.extend(p for p in tmp_path.rglob("*") if p.is_file())
    logger = logging.getLogger(batches.__name__)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        with joblib.parallel_config(backend="loky", n_jobs=2, temp_folder=str(tmp_path)):
            found = max_p_regions(row.adjacency, wide, np.full(40, 100.0), effort="fast")
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    assert found.n_regions > 1
    assert seen == []


def test_what_travels_says_nothing_when_it_is_logged():
    secret = np.full((1, 1), 4711.0)
    problem = Problem(np.zeros(2), np.zeros(0), secret, secret[0], secret, np.zeros(0))
    assert repr((Part(3, problem, 1, None),)) == "(<component 3>,)"


def test_a_component_is_cut_out_of_the_whole():
    whole = Problem(
        indptr=np.array([0, 1, 2, 3, 4]),
        indices=np.array([1, 0, 3, 2]),
        counts=np.arange(4.0)[:, None],
        need=np.array([1.0]),
        features=np.arange(8.0).reshape(4, 2),
        edge_cost=np.array([1.0, 1.0, 7.0, 7.0]),
    )
    part = component_of(whole, 2, 4)
    assert part.indptr.tolist() == [0, 1, 2]
    assert part.indices.tolist() == [1, 0]
    assert part.indices.dtype == part.indptr.dtype == np.int32
    assert part.counts.tolist() == [[2.0], [3.0]]
    assert part.edge_cost.tolist() == [7.0, 7.0]


@pytest.mark.parametrize("dear", [False, True])
def test_a_worker_gets_whole_writable_problems(monkeypatch, dear):
    """Kernels are compiled for writable arrays; costs of 0 everywhere need not travel."""
    row = Problem(
        indptr=np.array([0, 1, 2, 3, 4], np.int32),
        indices=np.array([1, 0, 3, 2], np.int32),
        counts=np.full((4, 1), 60.0),
        need=np.array([100.0]),
        features=np.zeros((4, 0)),
        edge_cost=np.array([0.0, 0.0, 7.0, 7.0]) * dear,
    )
    for column in row:
        column.flags.writeable = False
    given = []

    def solve(problem, plan, seed, start):
        given.append((problem, seed, start.tolist()))
        return np.zeros(2, np.int64), np.array([True])

    monkeypatch.setattr(batches, "solve", solve)
    begin = np.array([5, 5, 6, -1])
    labels, proven = solve_components(row, np.array([0, 2]), [11, 12], "fast", 1, begin=begin)
    assert labels.tolist() == [0, 0, 1, 1]
    assert proven.tolist() == [True, True]
    assert [(seed, start) for _, seed, start in given] == [(11, [5, 5]), (12, [6, -1])]
    assert [problem.edge_cost.tolist() for problem, _, _ in given] == [[0, 0], [7 * dear] * 2]
    assert all(column.flags.writeable for problem, _, _ in given for column in problem)
