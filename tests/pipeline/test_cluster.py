"""Delineation on a real Dask cluster of processes: the same areas, whoever dies on the way."""

import builtins
import logging
import os
import signal

import numpy as np
import pytest

from sozialraum.cli.app import run as command
from sozialraum.errors import DelineationError
from sozialraum.methods.graph import adjacency_of, passages_inside, rook_edges
from sozialraum.methods.regionalise import batches, max_p_regions
from sozialraum.pipeline.cluster import cluster

distributed = pytest.importorskip("distributed")
TOWNS, SIDE = 24, 16


@pytest.fixture(scope="module")
def workers():
    """Two processes of one thread each, reachable from this machine only."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, memory_limit=0, dashboard_address="127.0.0.1:0"
        ) as made,
        distributed.Client(made, set_as_default=False) as client,
    ):
        yield client


def divided(effort: str = "fast") -> np.ndarray:
    """Return the areas of square municipalities of 256 cells each."""
    inside = np.ones((SIDE, SIDE * TOWNS), dtype=bool)
    cells = np.arange(inside.size).reshape(inside.shape)
    edges = rook_edges(cells, np.zeros_like(cells), passages_inside(inside))
    people = np.round(np.exp(np.random.default_rng(5).normal(2.8, 0.8, inside.size)))
    town = np.broadcast_to(np.arange(SIDE * TOWNS) // SIDE, inside.shape).ravel()
    return max_p_regions(
        adjacency_of(edges, inside.size),
        people,
        [100],
        units=np.char.zfill(town.astype(str), 8),
        features=100.0 * np.argwhere(inside),
        effort=effort,
    ).labels


@pytest.fixture(scope="module")
def expected():
    return divided("standard")


def test_a_cluster_gives_the_same_areas_as_threads(workers, expected):
    before = _executed(workers)
    with cluster(workers.scheduler.address):
        found = divided("standard")
    assert (found == expected).all()
    after = _executed(workers)
    # both took part, and the municipalities were packed
    assert all(after[name] > before[name] for name in before)
    assert sum(after.values()) - sum(before.values()) == 2 * batches.BATCHES_PER_WORKER


def _executed(workers) -> dict[str, int]:
    """Return how many tasks every worker has carried out."""
    return workers.run(lambda dask_worker: dask_worker.state.executed_count)


def test_a_worker_killed_on_the_way_changes_nothing(workers, expected):
    """SIGKILL while it computes: no goodbye, its work and what it held are lost."""
    processes = workers.run(os.getpid)
    shares, victims = [], []

    def kill_one(record: logging.LogRecord) -> None:
        shares.append(int(record.getMessage().removesuffix(" %")))
        busy = [name for name, tasks in workers.processing().items() if tasks]
        if busy and not victims:
            victims.append((busy[0], len(shares)))
            os.kill(processes[busy[0]], signal.SIGKILL)

    handler = logging.Handler()
    handler.emit = kill_one
    logger = logging.getLogger(batches.__name__)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        with cluster(workers.scheduler.address):
            found = divided("standard")
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    assert (found == expected).all()
    ((name, told_before),) = victims
    assert told_before < len(shares)
    assert shares[-1] == 100
    lost = [
        event
        for _, event in workers.get_events("all")
        if event["action"] == "remove-worker" and event["worker"] == name
    ]
    assert len(lost) == 1
    assert lost[0]["processing-tasks"]
    assert not lost[0]["expected"]


def test_without_an_address_nothing_is_started():
    with cluster(None):
        assert (divided() == divided()).all()


def test_the_command_line_draws_the_same_areas(workers, small_county, tmp_path, capsys):
    from sozialraum.config import read_config
    from sozialraum.pipeline import run

    config = read_config(small_county)
    here = run(config, until="areas", work=tmp_path / "here")
    before = sum(_executed(workers).values())
    output, work = tmp_path / "areas.gpkg", tmp_path / "there"
    arguments = ["areas", "adopt", str(small_county), "--output", str(output)]
    arguments += ["--work", str(work), "--cluster", workers.scheduler.address]
    assert command(arguments, "de") == 0
    assert capsys.readouterr().out == f"{output}\n"
    assert sum(_executed(workers).values()) > before
    there = run(config, until="areas", work=work)
    assert [step.status for step in there.steps] == ["unchanged", "unchanged"]
    assert here.areas.membership.equals(there.areas.membership)


@pytest.mark.parametrize("address", ["127.0.0.1:9", "tcp://127.0.0.1:9", "quatsch", "x://y:1"])
def test_a_silent_address_is_one_sentence(address):
    # port 9 (discard) is closed on any machine of today
    silent = pytest.raises(DelineationError, match="antwortet kein Rechenverbund")
    with silent as caught, cluster(address):
        pass
    assert caught.value.values == {"address": address}


def test_a_missing_package_says_what_to_install(monkeypatch):
    original = builtins.__import__

    def without(name, *args, **kwargs):
        if name.split(".")[0] == "distributed":
            raise ImportError(name)
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with (
        pytest.raises(DelineationError, match=r"pip install 'sozialraum\[cluster\]'"),
        cluster("local"),
    ):
        pass


def test_workers_of_another_version_are_refused(workers, monkeypatch):
    monkeypatch.setattr("sozialraum.__version__", "0.0.0")
    with pytest.raises(DelineationError) as caught, cluster(workers.scheduler.address):
        pass
    assert caught.value.message == "pipeline.cluster_version"
    assert caught.value.ids == tuple(sorted(workers.scheduler_info(n_workers=-1)["workers"]))


def test_a_cluster_without_workers_is_one_sentence(monkeypatch):
    monkeypatch.setattr("sozialraum.pipeline.cluster.PATIENCE", 1)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address="127.0.0.1:0") as empty,
        pytest.raises(DelineationError) as caught,
        cluster(empty.scheduler_address),
    ):
        pass
    assert caught.value.message == "pipeline.cluster_idle"
