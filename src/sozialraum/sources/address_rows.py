"""The rows of a list of addresses, read in pieces: text file, archive or workbook."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.csv as pa_csv

from sozialraum.errors import SourceError
from sozialraum.sources.address_layouts import UPDATED, is_official, without_header
from sozialraum.sources.archives import is_zip, local_file, members, opened
from sozialraum.sources.loaded import Place, is_workbook, load, places_in
from sozialraum.sources.persons import refuse_persons
from sozialraum.sources.text import Dialect, check_header, dialect_of, row_name, string_types

HEAD = 64 * 1024
"""Bytes that tell how a file is written."""
ENDINGS = (".csv", ".txt")
EXPLAINS = ("schluessel", "schlüssel", "entschl", "umschl", "liesmich", "readme", "lizenz", "info")
"""Words in the names of files that explain a list of addresses and are none."""
DAYS = {"aud": UPDATED, "and": UPDATED, "datum": UPDATED}


@dataclass(frozen=True, slots=True)
class AddressRows:
    """Where the rows stand, and the names of their columns."""

    place: Place
    names: tuple[str, ...]
    dialect: Dialect | None
    header: bool = True

    @property
    def where(self) -> str:
        """What to call the file in errors."""
        return self.place.where

    def batches(self) -> Iterator[pa.Table]:
        """Yield the rows as tables of text, batch by batch.

        Raises
        ------
        SourceError
            Rows are cut off or too long, or the text is none.
        DisclosureError
            The list says who lives there.
        """
        if self.dialect is None:
            yield load(self.place).table
            return
        faulty: list[int | None] = []
        first = True
        with opened(self.place.path, self.place.member) as stream, _understood(self.where):
            for batch in self._reader(pa.PythonFile(stream, mode="r"), faulty):
                table = pa.Table.from_batches([batch])
                if first:
                    refuse_persons(_told_apart(table), self.where)
                first = False
                yield table
        if faulty:
            raise SourceError(
                "sources.rows_cut", ids=[row_name(n) for n in faulty], path=self.where
            )

    def _reader(self, stream: pa.NativeFile, faulty: list[int | None]) -> pa_csv.CSVStreamingReader:
        assert self.dialect is not None

        def remember(row: pa_csv.InvalidRow) -> str:
            faulty.append(row.number)
            return "skip"

        return pa_csv.open_csv(
            stream,
            # one thread: only then does pyarrow know the numbers of faulty rows
            read_options=pa_csv.ReadOptions(
                encoding=self.dialect.encoding,
                use_threads=False,
                column_names=None if self.header else list(self.names),
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=self.dialect.separator, invalid_row_handler=remember
            ),
            convert_options=string_types(self.names),
        )


def address_rows(path: str | Path, *, sheet: str | None = None) -> AddressRows:
    """Return where the rows of a list of addresses stand.

    Raises
    ------
    SourceError
        No such file, no list or several in an archive, or no text.
    """
    path = local_file(path)
    if is_workbook(path):
        place = places_in(path, sheet=sheet)[0]
        return AddressRows(place, tuple(load(place).names), None)
    place = Place(path, member=_member(path) if is_zip(path) else None)
    with opened(path, place.member) as stream:
        head = stream.read(HEAD)
    whole = head if len(head) < HEAD else head[: head.rfind(b"\n") + 1]
    encoding = _encoding(path, place)
    dialect = dialect_of(whole, place.where, encoding)
    named = without_header([cell.strip() for cell in dialect.header])
    if named is not None:
        return AddressRows(place, named, dialect, header=False)
    check_header(dialect.header, place.where)
    return AddressRows(place, dialect.header, dialect)


def _encoding(path: Path, place: Place) -> str:
    """Return ``"utf-8"``, or ``"cp1252"`` if any byte of the file is not; read in pieces."""
    import codecs

    decoder = codecs.getincrementaldecoder("utf-8")()
    with opened(path, place.member) as stream:
        try:
            while piece := stream.read(1 << 20):
                if b"\x00" in piece:
                    raise SourceError("sources.not_text", path=place.where)
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def _member(path: Path) -> str:
    """Return the list of addresses in an archive; beside it lie explanations."""
    names = members(path)
    lists = [n for n in names if PurePosixPath(n).suffix.lower() in ENDINGS]
    kept = [n for n in lists if not any(w in PurePosixPath(n).stem.lower() for w in EXPLAINS)]
    if len(kept) != 1:
        raise SourceError("addresses.which_member", ids=kept or names, path=path)
    return kept[0]


def _told_apart(table: pa.Table) -> pa.Table:
    """Return the rows with the day of the last change named as such: no day of birth."""
    if not is_official(table.column_names):
        return table
    return table.rename_columns([DAYS.get(name.casefold(), name) for name in table.column_names])


@contextmanager
def _understood(where: str) -> Iterator[None]:
    """Turn what pyarrow says of broken rows into one error: it quotes the data."""
    try:
        yield
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise SourceError("sources.not_a_table", path=where) from error
