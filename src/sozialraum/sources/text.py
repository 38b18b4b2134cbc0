"""Text files from outside: encoding, separator, rows. Every cell stays text.

Keys keep their leading zeros because nothing is converted here.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from sozialraum.errors import SourceError
from sozialraum.messages import text

SEPARATORS = ";,\t|"
BOM = b"\xef\xbb\xbf"
WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")
"""First bytes of UTF-16 and UTF-32."""
MAX_LINE = 1024**2
"""Bytes of the longest line."""
MAX_COLUMNS = 16_384
MAX_CELL = 32_767
"""Columns a sheet of Excel has, and characters a cell of it holds: no table needs more."""
HEAD = 4096
BINARY = bytes({*range(1, 32)} - set(b"\t\n\v\f\r\x1a\x1b"))
"""Control characters that no text holds."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file is written: encoding, separator and the names in its first line."""

    encoding: str
    separator: str
    header: tuple[str, ...]


def encoding_of(data: bytes, where: str) -> str:
    """Return ``"utf-8"`` (with or without byte-order mark) or ``"cp1252"``.

    Raises
    ------
    SourceError
        The bytes are neither: not a text file, UTF-16, or a text with bytes of zeros.
    """
    _check_zeros(data, where)
    for encoding in ("utf-8", "cp1252"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    raise SourceError("sources.not_text", path=where)


def _check_zeros(data: bytes, where: str) -> None:
    """Raise for bytes of zeros: UTF-16, another kind of file, or a damaged text."""
    if data.startswith(WIDE_BOMS):
        raise SourceError("limits.utf16", path=where)
    at = data.find(b"\x00")
    if at < 0:
        return
    head = data[:HEAD]
    # letters of our alphabet have a zero byte each in UTF-16, without a mark too
    if 2 * max(head[0::2].count(0), head[1::2].count(0)) >= 0.9 * len(head) and len(head) > 1:
        raise SourceError("limits.utf16", path=where)
    if head.translate(None, BINARY) != head or head.count(0) > len(head) // 10:
        raise SourceError("sources.not_text", path=where)
    row = data.count(b"\n", 0, at) + 1
    raise SourceError("limits.zero_byte", ids=[row_name(row)], path=where)


def _check_lines(data: bytes, where: str) -> None:
    """Raise for lines of absurd length."""
    if len(data) <= MAX_LINE:
        return
    long = [row_name(i + 1) for i, line in enumerate(data.split(b"\n")) if len(line) > MAX_LINE]
    if long:
        raise SourceError("limits.line_long", ids=long, path=where)


def separator_of(line: str) -> str:
    """Return the separator that occurs most often in a line.

    Examples
    --------
    >>> separator_of("AGS;Name;Personen, insgesamt")
    ';'
    """
    return max(SEPARATORS, key=line.count)


def first_line(data: bytes) -> bytes:
    """Return the first line of some bytes, without byte-order mark and line end."""
    return data.removeprefix(BOM).split(b"\n", 1)[0].rstrip(b"\r")


def dialect_of(data: bytes, where: str, encoding: str | None = None) -> Dialect:
    """Return how a text file with a header in its first line is written."""
    encoding = encoding or encoding_of(data, where)
    line = first_line(data).decode(encoding)
    separator = separator_of(line)
    names = next(iter(_records(line, separator, where)), [])
    if not any(name.strip() for name in names):
        raise SourceError("sources.empty_file", ids=[where])
    return Dialect(encoding, separator, tuple(names))


def rows_of(data: bytes, where: str, header: str) -> list[list[str]]:
    """Return all rows of a text file with title lines, as lists of differing length.

    The separator is the one that makes the text `header` a cell of its own, else that of
    the first line that holds it: titles, footers and numbers hold commas too.

    Raises
    ------
    SourceError
        It is no text, lines or cells are absurdly long, a quote is never closed, or the last
        line ends in the middle of its row.
    """
    decoded = data.removeprefix(BOM).decode(encoding_of(data, where))
    _check_lines(data, where)
    lines = [line for line in decoded.splitlines() if header.casefold() in line.casefold()]
    alone = (sign for line in lines for sign in SEPARATORS if _is_cell(header, line, sign))
    separator = next(alone, separator_of(lines[0] if lines else decoded))
    rows = _records(decoded, separator, where)
    check_cells(rows, where)
    if _swallows(data, (cell for row in rows for cell in row)):
        raise SourceError("limits.quote_open", path=where)
    ends = decoded.endswith(("\n", "\r"))
    if len(rows) > 1 and not ends and 1 < len(rows[-1]) < len(rows[-2]):
        raise SourceError("sources.rows_cut", ids=[row_name(len(rows))], path=where)
    return rows


def _records(decoded: str, separator: str, where: str) -> list[list[str]]:
    """Return a text as rows of cells."""
    try:
        return list(csv.reader(io.StringIO(decoded, newline=""), delimiter=separator))
    except csv.Error as error:
        # a cell of more than 131,072 characters, or line ends of old computers
        raise SourceError("sources.not_a_table", path=where) from error


def check_cells(rows: Sequence[Sequence[str]], where: str) -> None:
    """Raise for absurdly many columns and absurdly long cells.

    Raises
    ------
    SourceError
        Names the rows; never a cell.
    """
    wide = [row_name(i + 1) for i, row in enumerate(rows) if len(row) > MAX_COLUMNS]
    if wide:
        raise SourceError("limits.columns_many", ids=wide, path=where, limit=f"{MAX_COLUMNS}")
    long = [row_name(i + 1) for i, row in enumerate(rows) if any(len(c) > MAX_CELL for c in row)]
    if long:
        raise SourceError("limits.cell_long", ids=long, path=where, limit=f"{MAX_CELL}")


def _swallows(data: bytes, cells: Iterable[str]) -> bool:
    """Return True if a quote that is never closed took several lines into one cell."""
    return data.count(b'"') % 2 == 1 and any("\n" in cell for cell in cells)


def squeezed(cell: str) -> str:
    """Return a text in lower case with single blanks, as headers are compared."""
    return " ".join(cell.split()).casefold()


def _is_cell(text: str, line: str, separator: str) -> bool:
    cells = line.split(separator)
    return len(cells) > 1 and squeezed(text) in {squeezed(cell.strip(' "')) for cell in cells}


def string_table(data: bytes, where: str) -> pa.Table:
    """Return a table of text columns from a text file with a header in its first line.

    Parameters
    ----------
    data
        The whole file.
    where
        What to call it in errors.

    Raises
    ------
    SourceError
        It is no text, is empty, repeats a column name, a quote is never closed, or rows are
        cut off or too long.
    """
    dialect = dialect_of(data, where)
    _check_lines(data, where)
    check_cells([dialect.header], where)
    table = _table(pa.BufferReader(data), dialect, where)
    _check_columns(table, where)
    if _swallows(data, (c for c in table.columns for c in c.to_pylist() if c)):
        raise SourceError("limits.quote_open", path=where)
    return table


def _check_columns(table: pa.Table, where: str) -> None:
    """Raise for columns with absurdly long cells."""
    lengths = {n: pc.call_function("binary_length", [table[n]]) for n in table.column_names}
    longest = {n: pc.call_function("max", [found]).as_py() for n, found in lengths.items()}
    long = [name for name, length in longest.items() if (length or 0) > MAX_CELL]
    if long:
        raise SourceError("limits.cell_long", ids=long, path=where, limit=f"{MAX_CELL}")


def string_types(names: Sequence[str]) -> pa_csv.ConvertOptions:
    """Return options that keep every column as text, blanks as empty text."""
    return pa_csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
    )


def check_header(names: Sequence[str], where: str) -> None:
    """Raise if a column name occurs twice: nobody could say which one is meant."""
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise SourceError("sources.columns_repeated", ids=twice, path=where)


def _table(source: pa.NativeFile, dialect: Dialect, where: str) -> pa.Table:
    check_header(dialect.header, where)
    faulty: list[int | None] = []

    def remember(row: pa_csv.InvalidRow) -> str:
        faulty.append(row.number)
        return "skip"

    try:
        table = pa_csv.read_csv(
            source,
            # one thread: only then does pyarrow know the numbers of faulty rows
            read_options=pa_csv.ReadOptions(encoding=dialect.encoding, use_threads=False),
            parse_options=pa_csv.ParseOptions(
                delimiter=dialect.separator, newlines_in_values=True, invalid_row_handler=remember
            ),
            convert_options=string_types(dialect.header),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        # the message of pyarrow quotes the data, which may be confidential
        raise SourceError("sources.not_a_table", path=where) from error
    if any(field.type != pa.string() for field in table.schema):
        # a header that pyarrow reads otherwise than we do: its keys would lose their zeros
        raise SourceError("sources.not_a_table", path=where)
    if faulty:
        raise SourceError("sources.rows_cut", ids=[row_name(n) for n in faulty], path=where)
    # a separator at the end of every line makes a column without a name
    named = [i for i, name in enumerate(table.column_names) if name.strip()]
    table = table.select(named)
    return table.rename_columns([name.strip() for name in table.column_names])


def row_name(number: int | None) -> str:
    """Return ``"Zeile 17"`` in the reader's language."""
    return text("sources.row", number="?" if number is None else number)
