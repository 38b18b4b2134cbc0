"""Text files from outside: encoding, separator, rows. Every cell stays text.

Keys keep their leading zeros because nothing is converted here.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.csv as pa_csv

from sozialraum.errors import SourceError
from sozialraum.messages import text

SEPARATORS = ";,\t|"
BOM = b"\xef\xbb\xbf"


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
        The bytes are neither: not a text file, or UTF-16.
    """
    if b"\x00" in data[:4096]:
        raise SourceError("sources.not_text", path=where)
    for encoding in ("utf-8", "cp1252"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    raise SourceError("sources.not_text", path=where)


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
    names = next(csv.reader([line], delimiter=separator), [])
    if not any(name.strip() for name in names):
        raise SourceError("sources.empty_file", ids=[where])
    return Dialect(encoding, separator, tuple(names))


def rows_of(data: bytes, where: str, header: str) -> list[list[str]]:
    """Return all rows of a text file with title lines, as lists of differing length.

    The separator is the one that makes the text `header` a cell of its own, else that of
    the first line that holds it: titles, footers and numbers hold commas too.
    """
    decoded = data.removeprefix(BOM).decode(encoding_of(data, where))
    lines = [line for line in decoded.splitlines() if header.casefold() in line.casefold()]
    alone = (sign for line in lines for sign in SEPARATORS if _is_cell(header, line, sign))
    separator = next(alone, separator_of(lines[0] if lines else decoded))
    return list(csv.reader(io.StringIO(decoded, newline=""), delimiter=separator))


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
        It is no text, is empty, repeats a column name, or rows are cut off or too long.
    """
    dialect = dialect_of(data, where)
    return _table(pa.BufferReader(data), dialect, where)


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
    if faulty:
        raise SourceError("sources.rows_cut", ids=[row_name(n) for n in faulty], path=where)
    # a separator at the end of every line makes a column without a name
    named = [i for i, name in enumerate(table.column_names) if name.strip()]
    table = table.select(named)
    return table.rename_columns([name.strip() for name in table.column_names])


def row_name(number: int | None) -> str:
    """Return ``"Zeile 17"`` in the reader's language."""
    return text("sources.row", number="?" if number is None else number)
