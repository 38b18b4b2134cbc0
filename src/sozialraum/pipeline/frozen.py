"""Deliveries as they are frozen: small, in one order, with a keyed name for what they say."""

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sozialraum import schema
from sozialraum.files.vault import Keys, Vault
from sozialraum.model import Delivery
from sozialraum.pipeline.stamp import code_stamp
from sozialraum.sources.delivery_file import Resolved

STAGE = "counts"
"""What the entries of frozen deliveries are called in the work folder."""
TEXTS = ("variable", schema.DATE, "level", "key", "state")
NUMBERS = ("value", "low", "high")
ABOUT = frozenset(
    {"owner", "contact", "rhythm", "due", "received", "expected", "expected_since", "source"}
)
"""Fields of a description that change no count, but for the supplier's minimum."""


@dataclass(frozen=True, slots=True)
class Part:
    """One delivery in a base.

    Parameters
    ----------
    name
        As in the description.
    state
        Keyed hash (HMAC) of every count: equal exactly where the counts are equal.
    read_from
        Keyed hash of the files, of how they are described and of the code that read them.
    dates, variables
        What is in it.
    """

    name: str
    state: str
    read_from: str
    dates: tuple[str, ...]
    variables: tuple[str, ...]


def read_from(keys: Keys, resolved: Resolved) -> str:
    """Return the keyed hash of what a delivery is read from."""
    entry = resolved.entry
    files = [f"{shown}\n{keys.file_key(path)}" for path, shown in resolved.read]
    minimum = str(entry.source.minimum)
    described = entry.model_dump_json(exclude=set(ABOUT))
    return keys.key([code_stamp(), described, minimum, *files])


def part_of(keys: Keys, delivery: Delivery, origin: str) -> tuple[Part, pa.Table]:
    """Return a delivery as part of a base, and its counts in one order."""
    table = ordered(delivery.table)
    settings = (str(delivery.absent_is_zero), delivery.geography, *delivery.covers)
    state = keys.key(["delivery", delivery.name, *settings, *_digests(table)])
    return Part(delivery.name, state, origin, delivery.dates, delivery.variables), table


def ordered(table: pd.DataFrame) -> pa.Table:
    """Return the counts of a delivery as dictionaries and numbers, sorted by what they count.

    Two tables with the same rows give the same columns, whatever the order of the rows.
    """
    codes, names = {}, {}
    for column in TEXTS:
        codes[column], names[column] = pd.factorize(table[column], sort=True)
    order = np.lexsort([codes[column] for column in reversed(TEXTS[:-1])])
    columns: dict[str, pa.Array] = {
        column: pa.DictionaryArray.from_arrays(
            pa.array(codes[column][order].astype(np.int32)),
            pa.array(list(map(str, names[column])), pa.string()),
        )
        for column in TEXTS
    }
    for column in NUMBERS:
        numbers = table[column].to_numpy(dtype=np.float64)[order]
        columns[column] = pa.array(np.where(np.isnan(numbers), np.nan, numbers + 0.0))
    return pa.table(columns)


def _digests(table: pa.Table) -> Iterable[str]:
    """Yield a digest of each column; these never leave this process unkeyed."""
    for name in table.column_names:
        column = table[name].combine_chunks()
        digest = hashlib.blake2b(name.encode())
        if isinstance(column, pa.DictionaryArray):
            for text in column.dictionary.to_pylist():
                digest.update(len(text.encode()).to_bytes(8, "little") + text.encode())
            column = column.indices
        digest.update(np.ascontiguousarray(column.to_numpy(zero_copy_only=False)).tobytes())
        yield digest.hexdigest()


def store(vault: Vault, part: Part, table: pa.Table) -> None:
    """Keep the counts of a part in the private work folder."""
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    vault.store(STAGE, part.state, sink.getvalue(), alone=False)


def load(vault: Vault, part: Part) -> pd.DataFrame | None:
    """Return the counts of a part; None where they are gone or cannot be trusted."""
    content = vault.load(STAGE, part.state)
    if content is None:
        return None
    table = pq.read_table(io.BytesIO(content))
    columns = {
        name: table[name].combine_chunks().dictionary_decode()
        if pa.types.is_dictionary(table.schema.field(name).type)
        else table[name]
        for name in table.column_names
    }
    return pa.table(columns).to_pandas()
