"""A Dask cluster for the delineation: the same areas, computed by more processors.

The counts of the blocks travel to the workers, so a cluster is part of the protected
area: its machines are as confidential as this one, and between machines the connection
belongs encrypted (an address that begins with ``tls://``). What is computed locally stays
in memory: the processes started here never write data to disk.
"""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import sozialraum
from sozialraum.errors import DelineationError

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

LOCAL = "local"
"""The address that stands for processes on this machine, one a processor."""
PATIENCE = 10
"""Seconds to wait for a scheduler, and for its first worker."""


@contextmanager
def cluster(address: str | None) -> Iterator[None]:
    """Hand the parallel work of this block to a Dask cluster.

    The results are the same as without: every piece of work has a seed of its own. A
    worker that dies is replaced by the others; its pieces are computed again.

    Parameters
    ----------
    address
        Address of a running scheduler such as ``"tls://host:8786"``, ``"local"`` for
        processes on this machine, or None for no cluster.

    Raises
    ------
    DelineationError
        The package `distributed` is missing here, nobody answers at the address, or a
        worker has another version of this package.

    Examples
    --------
    >>> with cluster(None):
    ...     print("computed here")
    computed here
    """
    if address is None:
        yield
        return
    try:
        from distributed import Client
        from joblib import parallel_config
    except ImportError:
        raise DelineationError("pipeline.cluster_package") from None
    with ExitStack() as stack:
        if address == LOCAL:
            processes = stack.enter_context(_processes())
            client = stack.enter_context(Client(processes, set_as_default=False))
        else:
            _check_answers(address)
            client = stack.enter_context(Client(address, timeout=PATIENCE, set_as_default=False))
        _check_workers(client, address)
        stack.enter_context(parallel_config(backend="dask", client=client))
        yield


def _processes() -> "LocalCluster":
    """Start one process a processor, reachable from this machine only, nothing on disk."""
    from distributed import LocalCluster
    from joblib import cpu_count

    return LocalCluster(
        n_workers=cpu_count(),
        threads_per_worker=1,
        memory_limit=0,  # a limit would make workers spill counts to disk
        dashboard_address="127.0.0.1:0",  # the default port is open to other machines
    )


def _check_answers(address: str) -> None:
    """Raise unless something listens at an address; a client would leave threads behind."""
    from distributed.comm.addressing import get_address_host_port

    try:
        with socket.create_connection(get_address_host_port(address), timeout=PATIENCE):
            return
    except (OSError, ValueError):
        raise DelineationError("pipeline.cluster_silent", address=address) from None


def _check_workers(client: "Client", address: str) -> None:
    """Raise unless there are workers and all have this version of the package."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        raise DelineationError("pipeline.cluster_idle", address=address) from None
    found: Any = client.get_versions(packages=["sozialraum"])
    wanted = sozialraum.__version__
    other = [
        name for name, row in found["workers"].items() if row["packages"]["sozialraum"] != wanted
    ]
    if other:
        raise DelineationError("pipeline.cluster_version", ids=sorted(other), version=wanted)
