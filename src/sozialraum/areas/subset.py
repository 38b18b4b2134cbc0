"""Blocks in another order or in some municipalities only."""

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from sozialraum import schema
from sozialraum.model import Blocks


def take(blocks: Blocks, positions: np.ndarray) -> Blocks:
    """Return some blocks, in the order of their positions."""
    adjacency = csr_array(blocks.adjacency[positions][:, positions])
    adjacency.sort_indices()
    return replace(
        blocks,
        frame=blocks.frame.iloc[positions],
        counts=blocks.counts.iloc[positions],
        adjacency=adjacency,
    )


def by_id(blocks: Blocks) -> Blocks:
    """Return the blocks sorted by id: what follows must not depend on the order of rows."""
    return take(blocks, np.argsort(blocks.frame.index.to_numpy(dtype=str), kind="stable"))


def in_units(blocks: Blocks, units: list[str]) -> Blocks:
    """Return the blocks of some municipalities."""
    return take(blocks, np.flatnonzero(blocks.frame[schema.MUNICIPALITY].isin(units)))
