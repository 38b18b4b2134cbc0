"""Census cells written as text: separator, header, midpoints and rows."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from sozialraum.errors import SourceError
from sozialraum.sources.archives import is_zip, members, opened
from sozialraum.sources.census_table import ID_COLUMN, SIGNS, GridTable, edition_of
from sozialraum.sources.text import dialect_of, first_line, row_name

HEAD = 1 << 16
BLOCK = 1 << 24
SEPARATOR_LINE = re.compile(rb"sep=.\r?\n", re.IGNORECASE)
"""First line that Excel writes and reads to name the separator."""
CUT = re.compile(r"(?:Row #(\d+): )?Expected \d+ columns, got \d+")
"""How pyarrow says that a row has too few or too many cells."""
SHEET_ROWS = 1_048_575
"""Rows below the header that a sheet of Excel holds: a file of just so many was cut."""


@dataclass(frozen=True, slots=True)
class CsvGrid(GridTable):
    """A table written as text.

    Parameters
    ----------
    separator
        What sets cells apart.
    skipped
        Lines up to and with the header.
    sample
        The first rows, for looks at the content.
    """

    separator: str
    skipped: int
    sample: tuple[tuple[str, ...], ...]

    def type_of(self, name: str) -> pa.DataType:
        """Return bytes: dashes come in several encodings."""
        del name
        return pa.binary()

    def looks_classed(self, columns: Sequence[str]) -> bool:
        """Return True if the first rows hold whole numbers only in columns of means."""
        places = [self.header.index(name) for name in columns]
        cells = [row[i] for row in self.sample for i in places if len(row) > i]
        return bool(cells) and not any("," in cell or "." in cell for cell in cells)

    def batches(self, types: Mapping[str, pa.DataType]) -> Iterator[pa.RecordBatch]:
        """Yield the table in pieces, holding only the columns named, as the types named."""
        rows = 0
        options = {
            "read_options": pa_csv.ReadOptions(
                block_size=BLOCK, column_names=list(self.header), skip_rows=self.skipped
            ),
            "parse_options": pa_csv.ParseOptions(delimiter=self.separator),
            "convert_options": pa_csv.ConvertOptions(
                include_columns=list(types), column_types=dict(types), strings_can_be_null=False
            ),
        }
        with opened(self.path, self.member) as stream:
            try:
                for batch in pa_csv.open_csv(pa.PythonFile(stream, mode="r"), **options):
                    rows += batch.num_rows
                    yield batch
            except pa.ArrowInvalid as error:
                # a handler of faulty rows would have to decode them, and fails where it cannot
                cut = CUT.search(str(error))
                if cut:
                    ids = [row_name(int(cut[1]) if cut[1] else None)]
                    raise SourceError("sources.rows_cut", ids=ids, path=self.where) from error
                raise SourceError("sources.not_a_grid_table", path=self.where) from error
        if rows == SHEET_ROWS:
            raise SourceError("census.cut_by_sheet", path=self.where, rows=SHEET_ROWS + 1)


def csv_files(path: Path) -> list[CsvGrid]:
    """Return the grid tables of a text file or of an archive, by their headers.

    Members of official archives differ from their archive in name, may lie in folders, and
    files passed on are called anything, so only what stands in them counts.

    Raises
    ------
    SourceError
        There is none; names what was found instead.
    """
    if not is_zip(path):
        return [_csv_grid(path, None)]
    names = members(path)
    tables = [name for name in names if name.lower().endswith((".csv", ".txt"))]
    if not tables:
        raise SourceError("sources.no_such_member", ids=names, path=path, wanted="CSV")
    found: list[CsvGrid] = []
    first: SourceError | None = None
    for name in tables:
        try:
            found.append(_csv_grid(path, name))
        except SourceError as error:
            if error.message == "sources.zip_damaged":
                raise
            first = first or error
    if not found and first:
        raise first
    return found


def _csv_grid(path: Path, member: str | None) -> CsvGrid:
    where = f"{path}/{member}" if member else str(path)
    with opened(path, member) as stream:
        head = stream.read(HEAD)
    line = SEPARATOR_LINE.match(head)
    head = head[line.end() :] if line else head
    dialect = dialect_of(first_line(head), where)
    header = _named([name.strip() for name in dialect.header], where)
    keys = [name for name in header if ID_COLUMN.match(name)]
    if not keys:
        known = ", ".join(header[:12])
        raise SourceError("sources.not_a_grid_file", path=where, present=known)
    # the last line of the piece may be cut
    lines = head.decode("utf-8", errors="replace").splitlines()[1:]
    complete = lines if len(head) < HEAD else lines[:-1]
    try:
        sample = tuple(tuple(row) for row in csv.reader(complete, delimiter=dialect.separator))
    except csv.Error as error:
        raise SourceError("sources.not_a_grid_table", path=where) from error
    return CsvGrid(
        path=path,
        member=member,
        where=where,
        header=header,
        key=keys[0],
        resolution=_resolution_named(keys[0]),
        axes=_axes(header, sample),
        edition=edition_of(keys[0], member or path.name, header),
        decimal=_decimal(dialect.separator, sample),
        separator=dialect.separator,
        skipped=2 if line else 1,
        sample=sample,
    )


def _named(header: Sequence[str], where: str) -> tuple[str, ...]:
    """Return the header with a number after a repeated column of warnings.

    Raises
    ------
    SourceError
        Any other column is repeated: nobody could say which one is meant.
    """
    twice = {name for name in header if name and header.count(name) > 1}
    faulty = sorted(name for name in twice if not name.casefold().startswith(SIGNS))
    if faulty:
        raise SourceError("sources.columns_repeated", ids=faulty, path=where)
    return tuple(f"{name}#{i}" if name in twice else name for i, name in enumerate(header))


def _axes(header: Sequence[str], sample: Sequence[Sequence[str]]) -> tuple[str, str] | None:
    """Return the columns of midpoints, unless a spreadsheet wrote them in another way."""
    found = [next((n for n in header if n.casefold().startswith(a)), "") for a in ("x_mp", "y_mp")]
    if not all(found):
        return None
    places = [header.index(name) for name in found]
    cells = [row[i] for row in sample for i in places if len(row) > i]
    plain = all(re.fullmatch(r"\d+(\.\d+)?", cell.strip()) for cell in cells)
    return (found[0], found[1]) if plain else None


def _decimal(separator: str, sample: Sequence[Sequence[str]]) -> str:
    """Return the decimal sign: a comma, unless commas separate and no cell holds one."""
    if separator != ",":
        return ","
    return "," if any("," in cell for row in sample for cell in row) else "."


def _resolution_named(key: str) -> str:
    match = ID_COLUMN.match(key)
    return match[1].lower() if match else ""
