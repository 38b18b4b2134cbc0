"""Which table in a census file is meant, and how it is written."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.csv as pa_csv

from sozialraum.errors import SourceError
from sozialraum.sources.archives import is_zip, members, opened
from sozialraum.sources.grid import SIZES
from sozialraum.sources.text import dialect_of, first_line, row_name

HEAD = 1 << 16
BLOCK = 1 << 24
OFFICIAL_NAME = re.compile(r"(100m|10km|1km)[-_ ]?gitter", re.IGNORECASE)
OLD_NAME = re.compile(r"(100m|1km)[^/]*\.csv$", re.IGNORECASE)
ID_COLUMN = re.compile(r"gitter_id_(100m|1km|10km)$", re.IGNORECASE)
LONG_COLUMNS = ("Merkmal", "Auspraegung_Code", "Anzahl")


@dataclass(frozen=True, slots=True)
class GridFile:
    """One table of a census file.

    Parameters
    ----------
    path, member
        The file, and the member if it is an archive.
    where
        What to call it in errors and notes.
    header, separator
        Column names and separator.
    key, resolution
        Column that holds the cell keys, and the resolution it names.
    sample
        The first lines after the header, for looks at the content.
    """

    path: Path
    member: str | None
    where: str
    header: tuple[str, ...]
    separator: str
    key: str
    resolution: str
    sample: tuple[tuple[str, ...], ...]

    @property
    def is_long(self) -> bool:
        """True for the 2011 layout with one row a cell × characteristic × category."""
        return set(LONG_COLUMNS) <= set(self.header)

    @property
    def edition(self) -> str:
        """Year of the census: the files of 2022 write the key column in capitals."""
        return "2022" if self.key.startswith("GITTER_ID") else "2011"

    @property
    def topic(self) -> str:
        """Topic as the file name calls it."""
        stem = PurePosixPath(self.member or self.path.name).stem
        stem = re.sub(r"[-_ ]?(100m|10km|1km)([-_ ]?gitter)?", "", stem, flags=re.IGNORECASE)
        return re.sub(r"^(csv_|zensus(2022|2011)?_)+", "", stem, flags=re.IGNORECASE)

    def column(self, start: str) -> str | None:
        """Return the first column whose name starts so, whatever its case."""
        found = (n for n in self.header if n.casefold().startswith(start.casefold()))
        return next(found, None)

    def batches(self, types: Mapping[str, pa.DataType]) -> Iterator[pa.RecordBatch]:
        """Yield the table in pieces, holding only the columns named, as the types named.

        Raises
        ------
        SourceError
            Rows are cut off, or a column does not hold what its type says.
        """
        cut: list[int | None] = []

        def remember(row: pa_csv.InvalidRow) -> str:
            cut.append(row.number)
            return "skip"

        options = {
            "read_options": pa_csv.ReadOptions(
                block_size=BLOCK, column_names=list(self.header), skip_rows=1
            ),
            "parse_options": pa_csv.ParseOptions(
                delimiter=self.separator, invalid_row_handler=remember
            ),
            "convert_options": pa_csv.ConvertOptions(
                include_columns=list(types), column_types=dict(types), strings_can_be_null=False
            ),
        }
        with opened(self.path, self.member) as stream:
            try:
                yield from pa_csv.open_csv(pa.PythonFile(stream, mode="r"), **options)
            except pa.ArrowInvalid as error:
                raise SourceError("sources.not_a_grid_table", path=self.where) from error
        if cut:
            raise SourceError("sources.rows_cut", ids=map(row_name, cut), path=self.where)


def grid_file(path: Path, resolution: str | None) -> GridFile:
    """Return the table of a census file at a resolution (None: the finest present).

    Raises
    ------
    SourceError
        No table, or several, or none at this resolution.
    """
    member = _member(path, members(path), resolution) if is_zip(path) else None
    where = f"{path}/{member}" if member else str(path)
    with opened(path, member) as stream:
        head = stream.read(HEAD)
    dialect = dialect_of(first_line(head), where)
    header = tuple(name.strip() for name in dialect.header)
    keys = [name for name in header if ID_COLUMN.match(name)]
    if not keys:
        known = ", ".join(header[:12])
        raise SourceError("sources.not_a_grid_file", path=where, present=known)
    found = _resolution_named(keys[0], ID_COLUMN)
    if resolution not in (None, found):
        raise SourceError("sources.other_resolution", path=where, asked=resolution, found=found)
    # a look at the content: the last line of the piece may be cut
    lines = head.decode("utf-8", errors="replace").splitlines()[1:-1]
    sample = tuple(tuple(line.split(dialect.separator)) for line in lines)
    return GridFile(path, member, where, header, dialect.separator, keys[0], found or "", sample)


def _resolution_named(name: str, pattern: re.Pattern[str]) -> str | None:
    match = pattern.search(name)
    return match[1].lower() if match else None


def _member(path: Path, names: Sequence[str], resolution: str | None) -> str:
    """Return the member that holds the table.

    Members differ from their archive in name and may lie in a folder, so only the end of
    the name counts.
    """
    tables = [name for name in names if name.lower().endswith((".csv", ".txt"))]
    by_size = {
        size: [
            name
            for name in tables
            if (_resolution_named(name, OFFICIAL_NAME) or _resolution_named(name, OLD_NAME)) == size
        ]
        for size in SIZES
    }
    present = [size for size, found in by_size.items() if found]
    if not present and len(tables) == 1:
        return tables[0]
    wanted = resolution or (present[0] if present else "")
    found = by_size.get(wanted, [])
    if len(found) != 1:
        listed = found or tables or names
        raise SourceError("sources.no_such_member", ids=listed, path=path, wanted=wanted or "CSV")
    return found[0]
