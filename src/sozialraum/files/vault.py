"""The private work folder: confidential intermediates, signed, readable by one user only.

Entries are named by stage and content key; an entry whose key no longer fits is simply
not found. Keys are keyed hashes (HMAC) with a secret that lies outside the project, so
that a small confidential table cannot be guessed from the name of its cache entry, and
an entry that somebody else wrote is not loaded.
"""

import hashlib
import hmac
import os
import pickle
import re
import secrets
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from sozialraum.errors import OutputError
from sozialraum.files.private import IGNORED, check_place, check_private, is_work_folder

SIGNATURE_SIZE = 32
ENTRY = re.compile(r"\w+-\w+\.(entry|\d+)")
"""Names of entries, and of those that a killed run left half-written."""
CHUNK = 1 << 20


def secret_path() -> Path:
    """Return where this user's secret lies: ``SOZIALRAUM_HOME`` or the user's settings."""
    home = os.environ.get("SOZIALRAUM_HOME")
    if home:
        return Path(home) / "secret"
    if os.name == "nt":
        return Path(os.environ["APPDATA"]) / "sozialraum" / "secret"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "sozialraum/secret"


def _secret() -> bytes:
    """Return this user's secret, made on first use (mode 0600)."""
    path = secret_path()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(secrets.token_bytes(32))
    return path.read_bytes()


def stored_entries(folder: Path) -> list[Path]:
    """Return every entry of a work folder, half-written ones included; none elsewhere."""
    if not folder.is_dir() or not is_work_folder(folder):
        return []
    return sorted(path for path in folder.iterdir() if ENTRY.fullmatch(path.name))


class Keys:
    """Names for what is confidential: keyed hashes (HMAC) with this user's own secret.

    Without the secret nobody can tell from a name which content it stands for, not even by
    trying all contents a small table could have.
    """

    def __init__(self) -> None:
        self._key = _secret()

    def key(self, parts: Iterable[str]) -> str:
        """Return the keyed hash of some texts, in order."""
        mac = hmac.new(self._key, digestmod=hashlib.blake2b)
        for part in parts:
            encoded = part.encode()
            mac.update(len(encoded).to_bytes(8, "big") + encoded)
        return mac.hexdigest()[:32]

    def secret(self, purpose: str) -> bytes:
        """Return a secret of this user for one purpose, 32 bytes; the same for ever."""
        return hmac.new(self._key, purpose.encode(), hashlib.blake2b).digest()[:SIGNATURE_SIZE]

    def file_key(self, path: Path) -> str:
        """Return the keyed hash of a file's content."""
        mac = hmac.new(self._key, digestmod=hashlib.blake2b)
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                mac.update(chunk)
        return mac.hexdigest()[:32]


class Vault(Keys):
    """A private folder of signed intermediates, one entry a stage.

    Parameters
    ----------
    folder
        Created with mode 0700 when missing; refused when others may read it.
    published
        The output folder of the run: what lies in it is passed on.

    Raises
    ------
    DisclosureError
        The folder cannot be made private, is copied elsewhere by another program, lies on
        a share or in a folder of results, or holds files that are not ours.
    OutputError
        It cannot be written.
    """

    def __init__(self, folder: str | Path, *, published: Path | None = None) -> None:
        self.folder = Path(folder)
        check_place(self.folder, published)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.folder.chmod(0o700)
            (self.folder / ".gitignore").write_text(IGNORED, encoding="utf-8")
            super().__init__()
        except OSError as error:
            raise OutputError(
                "files.not_writable", path=self.folder, reason=error.strerror
            ) from error
        check_private(self.folder)

    def load(self, stage: str, key: str) -> Any:
        """Return the stored noun of a stage, or None if there is none that can be trusted."""
        path = self.folder / f"{stage}-{key}.entry"
        if not path.is_file():
            return None
        content = path.read_bytes()
        signature, body = content[:SIGNATURE_SIZE], content[SIGNATURE_SIZE:]
        if not hmac.compare_digest(signature, self._sign(body)):
            return None
        return pickle.loads(body)  # noqa: S301 - signed with this user's own secret above

    def store(self, stage: str, key: str, noun: object, *, alone: bool = True) -> None:
        """Store a noun and drop the stage's older entries; keep them where it is not alone."""
        body = pickle.dumps(noun, protocol=pickle.HIGHEST_PROTOCOL)
        path = self.folder / f"{stage}-{key}.entry"
        temporary = path.with_suffix(f".{os.getpid()}")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(self._sign(body) + body)
        temporary.replace(path)
        if alone:
            self.keep_only(stage, (key,))

    def keep_only(self, stage: str, keys: Collection[str]) -> None:
        """Drop the entries of a stage with any other key."""
        names = {f"{stage}-{key}.entry" for key in keys}
        for other in self.folder.glob(f"{stage}-*.entry"):
            if other.name not in names:
                other.unlink(missing_ok=True)

    def _sign(self, body: bytes) -> bytes:
        return hmac.new(self._key, body, hashlib.blake2b).digest()[:SIGNATURE_SIZE]
