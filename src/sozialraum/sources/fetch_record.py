"""The record beside fetched files: where they come from, their hash, date and licence."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sozialraum.errors import SourceError
from sozialraum.files.atomic import writing

RECORD = "SOURCES.toml"


@dataclass(frozen=True, slots=True)
class Fetched:
    """One fetched file.

    Parameters
    ----------
    path
        Name of the file.
    origin
        Address it came from, or at which it is official.
    via
        ``"download"`` from this address, ``"mirror"`` for a copy on this machine or
        ``"by hand"`` for a file that somebody put there.
    sha256, date
        Its hash, and the day on which it was fetched.
    licence, attribution, provider
        What must be printed with it.
    """

    path: str
    origin: str
    via: str
    sha256: str
    date: str
    licence: str
    attribution: str
    provider: str


def today() -> str:
    """Return the day as ISO date."""
    return datetime.now(UTC).date().isoformat()


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file."""
    from pooch import file_hash

    return str(file_hash(str(path), alg="sha256"))


def read_record(folder: Path) -> dict[str, Fetched]:
    """Return what was fetched into a folder, by name of the file.

    Raises
    ------
    SourceError
        A file called SOURCES.toml stands there that is no such record.
    """
    path = folder / RECORD
    if not path.exists():
        return {}
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        listed = [Fetched(**entry) for entry in content["file"]]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise SourceError("fetch.other_record", path=path) from error
    return {one.path: one for one in listed}


def write_record(folder: Path, fetched: Mapping[str, Fetched]) -> None:
    """Write the record of a folder anew, in the order of the names."""
    entries = []
    for _, one in sorted(fetched.items()):
        # a JSON text is a TOML text
        lines = [
            f"{key} = {json.dumps(text, ensure_ascii=False)}" for key, text in asdict(one).items()
        ]
        entries.append("\n".join(["[[file]]", *lines]))
    with writing(folder / RECORD, overwrite=True) as temporary:
        temporary.write_text("\n\n".join(entries) + "\n", encoding="utf-8")
