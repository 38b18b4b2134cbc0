"""No plain hash of a confidential file, or of a short one's lines, in anything that is kept.

A small table can be guessed from its hash: hash every table it could be and compare. So
every output and every intermediate is searched for hashes of the deliveries, also inside
archives, tables, pictures, PDF streams and embedded data.
"""

import base64
import binascii
import hashlib
import io
import re
import sqlite3
import zipfile
import zlib
from contextlib import closing

import numpy as np
import pytest

from sozialraum.config import read_config
from sozialraum.pipeline.purge import described

ALGORITHMS = ("md5", "sha1", "sha256", "sha512", "blake2b", "blake2s", "sha3_256")
SHORT = 300
"""Lines of files with fewer of them are searched for, too."""
HEAD = 16
"""Signs of a hash that are searched for: shortened hashes give away as much."""
BITS = 24
DEEP = 3


def digests(content):
    for name in ALGORITHMS:
        yield hashlib.new(name, content).digest()
    for size in (8, 16, 20, 32):
        yield hashlib.blake2b(content, digest_size=size).digest()


def confidential(folder):
    """Return name and content of every confidential file and archive member."""
    found = {}
    for delivery in described(read_config(folder)):
        if not delivery.source.confidential:
            continue
        for path in delivery.files:
            found[path.name] = path.read_bytes()
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    for member in archive.namelist():
                        found[f"{path.name}/{member}"] = archive.read(member)
    return found


def layers(content, depth=DEEP):
    """Yield a file's bytes and everything that is packed into them."""
    yield content
    if depth == 0:
        return
    for inner in packed(content):
        yield from layers(inner, depth - 1)


def packed(content):
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
    if content[:15] == b"SQLite format 3":
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(content)
            yield "\n".join(connection.iterdump()).encode()
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for (name,) in names.fetchall():
                for row in connection.execute(f'SELECT * FROM "{name}"'):
                    yield from (cell for cell in row if isinstance(cell, bytes))
    for found in re.finditer(rb"stream\r?\n", content):
        yield from inflated(content[found.end() :])
    if content[:2] == b"\x1f\x8b" or content[:1] == b"\x78":
        yield from inflated(content)
    if content[:8] == b"\x89PNG\r\n\x1a\n":
        texts = rb"zTXt[^\0]*\0\0|iTXt[^\0]*\0\x01\0[^\0]*\0[^\0]*\0"
        for found in re.finditer(texts, content):
            yield from inflated(content[found.end() :])
    for found in re.finditer(rb"base64,([A-Za-z0-9+/=]{16,})", content):
        yield base64.b64decode(found[1])


def inflated(content):
    try:
        yield zlib.decompressobj(47).decompress(content)
    except zlib.error:
        return


class Needles:
    """Everything a plain hash of some contents could look like: the first bytes of each."""

    def __init__(self, contents):
        self.sums = {f"{binascii.crc32(c):08x}".encode(): name for name, c in contents.items()}
        self.names = {}
        for name, content in contents.items():
            self._add(name, content)
            lines = content.splitlines()
            for line in map(bytes.strip, lines if len(lines) < SHORT else []):
                if line:
                    self._add(f"{name}: a line", line)
        starts = np.frombuffer(b"".join(needle[:8] for needle in self.names), "<u8")
        self.marked = np.zeros(1 << BITS, bool)
        self.marked[self._mixed(starts)] = True

    def _add(self, name, content):
        for digest in digests(content):
            coded = (base64.b64encode(digest), base64.urlsafe_b64encode(digest))
            for needle in (digest.hex().encode(), *coded, digest):
                if len(needle) >= HEAD:
                    self.names.setdefault(needle[:HEAD], name)

    @staticmethod
    def _mixed(words):
        return (words * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - BITS)

    def found_in(self, content):
        """Return the names of the contents whose hash stands in some bytes."""
        found = set()
        low = content.lower()
        for text in (content, low) if low != content else (content,):
            if len(text) >= HEAD:
                # eight bytes at every place, looked up at once; the few hits are compared
                words = np.ndarray((len(text) - 7,), "<u8", text, strides=(1,))
                for at in np.flatnonzero(self.marked[self._mixed(words)]):
                    found.add(self.names.get(text[at : at + HEAD]))
        for run in re.findall(rb"(?<![0-9a-f])[0-9a-f]{8}(?![0-9a-f])", low):
            found.add(self.sums.get(run))
        return found - {None}


@pytest.fixture(scope="module")
def needles(made):
    contents = confidential(made.project)
    assert {"sgb2_2025.csv", "SEU_2021_2025.xlsx"} <= set(contents)
    assert any(name.startswith("05999001.zip/") for name in contents)
    return Needles(contents)


def test_outputs_and_intermediates_hold_no_plain_hash_of_a_delivery(made, needles):
    kept = [p for folder in (made.output, made.work) for p in folder.rglob("*") if p.is_file()]
    assert len(kept) > 20
    found = {}
    for path in kept:
        assert needles.found_in(path.name.encode()) == set(), path.name
        seen = set()
        for layer in layers(path.read_bytes()):
            if layer not in seen:
                seen.add(layer)
                found[path.name] = found.get(path.name, set()) | needles.found_in(layer)
    assert {name: names for name, names in found.items() if names} == {}


def planted(digest):
    """Return the same hash in the ways in which a file may hold it."""
    text = digest.hex()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("xl/worksheets/sheet1.xml", f"<v>{text}</v>" * 3)
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE quellen (pruefsumme TEXT)")
        connection.execute("INSERT INTO quellen VALUES (?)", (text,))
        connection.commit()
        geopackage = connection.serialize()
    stream = b"%PDF-1.4\nstream\n" + zlib.compress(text.encode()) + b"\nendstream"
    return {
        "text": f'{{"sha": "{text}"}}'.encode(),
        "capitals": text.upper().encode(),
        "shortened": text[:20].encode(),
        "base64": base64.b64encode(digest),
        "urlsafe": base64.urlsafe_b64encode(digest),
        "raw": b"\0\1" + digest,
        "xlsx": archive.getvalue(),
        "gpkg": geopackage,
        "pdf": stream,
        "page": b'<img src="data:text/plain;base64,' + base64.b64encode(text.encode()) + b'">',
    }


@pytest.mark.parametrize("way", list(planted(b"0" * 32)))
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_planted_hash_is_found(made, needles, way, algorithm):
    content = next((made.project / "lieferungen/sgb2").glob("sgb2_2025.csv")).read_bytes()
    hidden = planted(hashlib.new(algorithm, content).digest())[way]
    found = set().union(*map(needles.found_in, layers(hidden)))
    assert found == {"sgb2_2025.csv"}


def test_a_planted_checksum_and_the_hash_of_a_line_are_found(made, needles):
    content = (made.project / "lieferungen/sgb2/sgb2_2025.csv").read_bytes()
    lines = content.splitlines()
    assert len(lines) < SHORT
    assert needles.found_in(f"crc {binascii.crc32(content):08X}.".encode()) == {"sgb2_2025.csv"}
    line = hashlib.sha256(lines[3].strip()).hexdigest()
    assert needles.found_in(f"row-{line}".encode()) == {"sgb2_2025.csv: a line"}
