"""One table of grid cells in a file, however it is written."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pyarrow as pa

from sozialraum.errors import SourceError
from sozialraum.sources.census_topics import ATTRIBUTE
from sozialraum.sources.grid import SIZES

ID_COLUMN = re.compile(r"gitter_id_(100m|1km|10km)(_neu)?$", re.IGNORECASE)
LONG_COLUMNS = ("Merkmal", "Auspraegung_Code", "Anzahl")
SIGNS = "werterl"
"""How the names of columns with a file's own warnings begin."""
YEAR = re.compile(r"(?:zensus|census|z)[-_ ]?(?:20)?(11|22)(?!\d)", re.IGNORECASE)
FEATURE_2011 = re.compile(r"(^|_)[A-Z]+(_[A-Z0-9]+)*_\d+$")
"""Names of the categories of 2011, such as ``HEIZTYP_1``, where they became columns."""


@dataclass(frozen=True, slots=True)
class GridFile:
    """One table of a census file.

    Parameters
    ----------
    path, member
        The file, and the member if it is an archive.
    where
        What to call it in errors and notes.
    header
        Column names.
    key, resolution
        Column that holds the cell keys (blank: midpoints only), and the size of the cells.
    axes
        Columns that hold the midpoints, x and y; None where there are none to be read.
    edition
        Year of the census; blank where nothing tells.
    decimal
        Decimal sign of numbers written as text.
    """

    path: Path
    member: str | None
    where: str
    header: tuple[str, ...]
    key: str
    resolution: str
    axes: tuple[str, str] | None
    edition: str
    decimal: str

    @property
    def is_long(self) -> bool:
        """True for the 2011 layout with one row a cell × characteristic × category."""
        return set(LONG_COLUMNS) <= set(self.header)

    @property
    def topic(self) -> str:
        """Topic as the file name calls it."""
        stem = PurePosixPath(self.member or self.path.name).stem
        stem = re.sub(r"[-_ ]?(100m|10km|1km)([-_ ]?gitter)?", "", stem, flags=re.IGNORECASE)
        stem = re.sub(r"[-_ ]in[-_ ]gitterzellen$", "", stem, flags=re.IGNORECASE)
        return re.sub(r"^(csv_|zensus(2022|2011)?_)+", "", stem, flags=re.IGNORECASE)

    @property
    def signs(self) -> tuple[str, ...]:
        """Columns with the file's own warnings."""
        return tuple(n for n in self.header if n.casefold().startswith(SIGNS))

    @property
    def values(self) -> tuple[str, ...]:
        """Columns that hold numbers about the cells."""
        other = {self.key, *self.signs, *(self.axes or ())}
        return tuple(
            n
            for n in self.header
            if n and n not in other and not ATTRIBUTE.match(n) and not ID_COLUMN.match(n)
        )

    def column(self, start: str) -> str | None:
        """Return the first column whose name starts so, whatever its case."""
        found = (n for n in self.header if n.casefold().startswith(start.casefold()))
        return next(found, None)


@dataclass(frozen=True, slots=True)
class GridTable(GridFile, ABC):
    """A table of cells that is read in pieces, column by column."""

    @abstractmethod
    def type_of(self, name: str) -> pa.DataType:
        """Return the type in which a column of numbers is asked for."""

    def blank_is_zero(self, name: str) -> bool:
        """Return True if blank cells of a column stand for rows that the census left out."""
        del name
        return False

    @abstractmethod
    def looks_classed(self, columns: Sequence[str]) -> bool:
        """Return True if the first rows hold whole numbers only in columns of means."""

    @abstractmethod
    def batches(self, types: Mapping[str, pa.DataType]) -> Iterator[pa.RecordBatch]:
        """Yield the table in pieces, holding only the columns named, as the types named.

        Raises
        ------
        SourceError
            Rows are cut off, or a column does not hold what its type says.
        """


def edition_of(key: str, name: str, header: Sequence[str]) -> str:
    """Return the year of the census: files of 2022 write the key column in capitals."""
    if key.startswith("GITTER_ID"):
        return "2022"
    if key.startswith("Gitter_ID"):
        return "2011"
    year = YEAR.search(name)
    if year:
        return f"20{year[1]}"
    return "2011" if any(FEATURE_2011.search(column) for column in header) else ""


def chosen_table(tables: Sequence[GridTable], resolution: str | None, path: Path) -> GridTable:
    """Return the table at a resolution; without one the finest, else the next finer one.

    Raises
    ------
    SourceError
        Only larger cells are there, or several tables of one size.
    """
    by_size = {size: [t for t in tables if t.resolution == size] for size in SIZES}
    present = [size for size, found in by_size.items() if found]
    finer = [s for s in present if resolution is None or SIZES[s] <= SIZES[resolution]]
    if not finer:
        found = ", ".join(present)
        raise SourceError("sources.other_resolution", path=path, asked=resolution, found=found)
    wanted = finer[0] if resolution is None else finer[-1]
    if len(by_size[wanted]) > 1:
        listed = [table.member or table.where for table in by_size[wanted]]
        raise SourceError("sources.no_such_member", ids=listed, path=path, wanted=wanted)
    return by_size[wanted][0]
