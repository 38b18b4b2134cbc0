"""The numbers to show: counts as they are, or changed a little in a stable way."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sozialraum import schema
from sozialraum.disclosure.joint.ground import Ground
from sozialraum.errors import DisclosureError
from sozialraum.methods.perturbation import (
    Perturbed,
    cell_key,
    controlled_rounding,
    random_rounding,
    record_keys,
)
from sozialraum.model import Indicator
from sozialraum.model.policy import Protection


class Shown(NamedTuple):
    """What is shown, and which true counts it can stand for: all (tables, places)."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def among(self, tables: np.ndarray) -> "Shown":
        """Return the numbers of some tables."""
        return Shown(*(part[tables] for part in self))


def shown_numbers(
    ground: Ground,
    tables: Sequence[tuple[Indicator, str]],
    protection: Protection,
    key: bytes | None,
) -> Shown:
    """Return what is shown of every count, if it is.

    Parameters
    ----------
    ground, tables
        Places and tables.
    protection
        How counts are protected.
    key
        Secret behind changed counts; the same in every release.

    Raises
    ------
    DisclosureError
        There is no key although counts are changed, or counts of pieces are missing that
        controlled rounding needs.
    """
    counts = ground.cells.low
    if protection.method == "suppression":
        return Shown(counts, counts, counts)
    if key is None:
        raise DisclosureError("disclosure.no_key", method=protection.method)
    rows = [_changed(ground, t, table, protection, key) for t, table in enumerate(tables)]
    value = np.array([np.asarray(row.values) for row in rows])
    limits = [_limits(row) for row in rows]
    return Shown(
        value, np.array([low for low, _ in limits]), np.array([high for _, high in limits])
    )


def _changed(
    ground: Ground, t: int, table: tuple[Indicator, str], protection: Protection, key: bytes
) -> Perturbed:
    """Return the counts of one table, changed."""
    indicator, date = table
    name = schema.dated(indicator.id, date)
    counts = ground.cells.low[t]
    if protection.method == "random-rounding":
        named = zip(ground.geography, ground.keys, strict=True)
        cells = [f"{name}\n{geography}\n{place}" for geography, place in named]
        return random_rounding(counts, protection.base, cells, key)
    if protection.method == "cell-key":
        keys = np.zeros(ground.inside.shape[1], dtype=np.uint64)  # pyright: ignore[reportOptionalSubscript]
        blocks = [str(block) for block in ground.blocks.index]
        np.add.at(keys, ground.blocks.to_numpy(), record_keys(blocks, key))
        return cell_key(
            counts,
            ground.inside,
            keys,
            max_deviation=protection.max_deviation,
            variance=protection.variance,
            js=protection.js,
        )
    if not ground.known[t].all() or ground.residue[t].any():
        raise DisclosureError("disclosure.not_controllable", ids=[name])
    cells = [f"{name}\n{piece}" for piece in _names(ground)]
    found = controlled_rounding(ground.pieces.low[t], ground.inside, protection.base, cells, key)
    return Perturbed(ground.inside @ found.values, found.statement)


def _names(ground: Ground) -> list[str]:
    """Return a name of every piece that does not hang on the order: its first block."""
    first = ground.blocks.index.to_series().astype(str).groupby(ground.blocks).min()
    return [str(first[piece]) for piece in range(ground.pieces.low.shape[1])]


def _limits(changed: Perturbed) -> tuple[np.ndarray, np.ndarray]:
    """Return the true counts that a shown number can stand for."""
    value, how = changed.values, changed.statement
    if how["kind"] == "rounded":
        reach = int(str(how["base"])) - 1
        return np.maximum(value - reach, 0), value + reach
    reach = int(str(how["max_dev"]))
    # zeros stay zeros, so that a number above 0 says that somebody is there
    return np.maximum(value - reach, (value > 0).astype(np.int64)), value + reach
