"""Fetching official data: whole or not at all, with a record of where they come from."""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sozialraum.errors import SourceError
from sozialraum.files.archives import members
from sozialraum.files.atomic import writing
from sozialraum.files.local import local_file
from sozialraum.sources.archives import is_zip
from sozialraum.sources.fetch_record import Fetched, checksum, read_record, today, write_record
from sozialraum.sources.registry import Official, Remote, official, remotes

if TYPE_CHECKING:
    from requests import Response

type Progress = Callable[[str, int, int], None]
"""Takes the name of a file, bytes that came and bytes in all (0 unknown)."""
WAITS = (1.0, 3.0, 9.0)
"""Seconds before the second, third and fourth try."""
TIMEOUT = (10, 60)
"""Seconds until a connection stands, and between two pieces."""
PIECE = 1 << 16
BUSY = (408, 425, 429, 500, 502, 503, 504)
"""Answers of a server that may be another one the next time."""
PAGES = (b"<!doctype", b"<html", b"<?xml", b"<head")


def fetch(
    name: str,
    *,
    target: str | Path,
    year: int | None = None,
    topics: Sequence[str] | None = None,
    mirror: str | Path | None = None,
    base: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> tuple[Path, ...]:
    """Fetch official data into a folder.

    A file that is there already is not fetched again. A download that fails or is cut off
    leaves nothing behind. Beside the files stands ``SOURCES.toml`` with address, hash,
    date, licence and attribution of each.

    Parameters
    ----------
    name
        ``"zensus2022"``, ``"vg250"``, ``"dvg-nrw"``, ``"gebref-nrw"`` or ``"wahlkreise"``.
    target
        Folder to write to. An edition of a `year` has a folder of its own in it.
    year
        Year of the edition, where there are several; the current one when omitted.
    topics
        Topics or formats; the usual ones when omitted, all with ``["alle"]``.
    mirror
        Folder of copies laid out like the server, or with the files themselves; nothing is
        fetched from elsewhere then.
    base
        Address of another server with the same layout.
    overwrite
        Fetch files again that are there already.
    progress
        Told while a file comes in.

    Returns
    -------
    tuple of Path
        The files, in the order of the topics.

    Raises
    ------
    SourceError
        There is no such data or topic; the server cannot be reached or does not have the
        file (with what to do); what came is no archive, is cut off or has another hash; a
        file was changed since it was fetched.
    OutputError
        The folder cannot be written.

    Examples
    --------
    >>> fetch("vg250", year=2024, target="daten")  # doctest: +SKIP
    (PosixPath('daten/2024/vg250_01-01.utm32s.gpkg.ebenen.zip'),)
    """
    data = official(name)
    folder = Path(target) / str(year) if year is not None else Path(target)
    jobs = [
        _Job(data, remote, folder, _source_of(data, remote, mirror, base), data.credit(year))
        for remote in remotes(data, year=year, topics=topics)
    ]
    return tuple(_one(job, overwrite=overwrite, progress=progress) for job in jobs)


@dataclass(frozen=True, slots=True)
class _Job:
    """One file to fetch: what it is, the folder it goes to, and where it comes from."""

    data: Official
    remote: Remote
    folder: Path
    source: str | Path
    credit: str

    @property
    def path(self) -> Path:
        return self.folder / self.remote.name

    @property
    def origin(self) -> str:
        """Address to name as its origin; a copy has that of the official file."""
        return _address(self.data, self.remote) if isinstance(self.source, Path) else self.source

    def fetched(self, sha256: str, *, by_hand: bool) -> Fetched:
        """Return the record of the file, which says how it came."""
        via = "mirror" if isinstance(self.source, Path) else "download"
        rights = (self.data.licence, self.credit, self.data.provider)
        told = ("by hand" if by_hand else via, sha256, today())
        return Fetched(self.remote.name, self.origin, *told, *rights)

    def failed(self, message: str, where: object = None, **values: Any) -> SourceError:
        """Return an error that says what to do by hand; `where` the file lies if not there."""
        facts = {"page": self.data.page, "path": self.path, "name": self.data.name}
        return SourceError(message, address=where or self.source, **facts, **values)


def _source_of(
    data: Official, remote: Remote, mirror: str | Path | None, base: str | None
) -> str | Path:
    """Return where a file comes from: a copy on this machine, or an address."""
    if mirror is not None:
        folder = Path(mirror)
        copies = [folder / remote.path, folder / remote.name]
        found = next((copy for copy in copies if copy.is_file()), None)
        if found is None:
            named = {"mirror": mirror, "address": _address(data, remote)}
            raise SourceError("fetch.not_in_mirror", ids=[remote.path], **named)
        return local_file(found)
    server = (base or data.server).rstrip("/")
    if urlsplit(server).scheme not in ("http", "https"):
        raise SourceError("fetch.no_server", ids=[server])
    return f"{server}/{remote.path}"


def _address(data: Official, remote: Remote) -> str:
    return f"{data.server}/{remote.path}"


def _one(job: _Job, *, overwrite: bool, progress: Progress | None) -> Path:
    """Return a file, fetched unless it is there; its record is written."""
    record = read_record(job.folder)
    known = record.get(job.remote.name)
    by_hand = job.path.exists() and not overwrite
    if by_hand:
        sha256 = checksum(job.path)
        if known is not None and sha256 != known.sha256:
            raise SourceError("fetch.changed", path=job.path)
        if known is not None:
            return job.path
        # somebody put it there by hand
        _check(job.path, job, job.path)
    else:
        with writing(job.path, overwrite=overwrite) as temporary:
            if isinstance(job.source, Path):
                shutil.copyfile(job.source, temporary)
            else:
                _came(job, job.source, temporary, progress)
            _check(temporary, job, job.source)
            sha256 = checksum(temporary)
    write_record(job.folder, record | {job.remote.name: job.fetched(sha256, by_hand=by_hand)})
    return job.path


def _came(job: _Job, address: str, path: Path, progress: Progress | None) -> None:
    """Download a file to a temporary name, trying again what may be better the next time."""
    for wait in (*WAITS, None):
        with _understood(job, last=wait is None):
            _download(address, path, job.remote.name, progress)
            return
        if wait is not None:
            time.sleep(wait)


def _download(address: str, path: Path, name: str, progress: Progress | None) -> None:
    from pooch import HTTPDownloader

    # pooch takes any object that behaves like a progress bar
    shown: Any = _Shown(name, progress) if progress else False
    answers: list[Response] = []
    hooks = {"response": lambda answer, **_: answers.append(answer)}
    download = HTTPDownloader(progressbar=shown, chunk_size=PIECE, timeout=TIMEOUT, hooks=hooks)
    try:
        download(address, str(path), None)
    finally:
        # pooch leaves the connection of a download that failed open
        for answer in answers:
            answer.close()


@contextmanager
def _understood(job: _Job, *, last: bool) -> Iterator[None]:
    """Turn what can go wrong on the way into one error; pass over what may be better next time."""
    import requests

    try:
        yield
    except requests.HTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        if status not in BUSY:
            raise job.failed("fetch.not_there", status=status) from error
        if last:
            raise job.failed("fetch.busy", status=status) from error
    except requests.exceptions.ChunkedEncodingError as error:
        if last:
            raise job.failed("fetch.cut") from error
    except (requests.ConnectionError, requests.Timeout) as error:
        if last:
            raise job.failed("fetch.offline") from error
    except requests.RequestException as error:
        raise SourceError("fetch.no_server", ids=[job.origin]) from error


class _Shown:
    """What pooch wants of a progress bar, told on."""

    def __init__(self, name: str, progress: Progress) -> None:
        self.name, self.progress = name, progress
        self.total = self.done = 0

    def update(self, more: int) -> None:
        """Take note of bytes that came; pooch counts whole pieces."""
        self.done = min(self.done + more, self.total) if self.total else self.done + more
        self.progress(self.name, self.done, self.total)

    def reset(self) -> None:
        """Begin again."""
        self.done = 0

    def close(self) -> None:
        """End; nothing is left open."""


def _check(path: Path, job: _Job, where: object) -> None:
    """Raise unless a file is a whole archive, and the one that is known."""
    with path.open("rb") as stream:
        head = stream.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head.startswith(PAGES):
        raise job.failed("fetch.web_page", where)
    if not is_zip(path):
        raise job.failed("fetch.no_archive", where)
    try:
        members(path)
    except SourceError as error:
        raise job.failed("fetch.damaged", where) from error
    if job.remote.sha256 and checksum(path) != job.remote.sha256:
        raise job.failed("fetch.other_hash", where)
