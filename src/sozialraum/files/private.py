"""Where confidential intermediates may lie.

On this machine, for one user, outside of everything that is copied, shared or published.
There is no switch that turns these refusals off: another folder is always at hand.
"""

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath

from sozialraum.errors import DisclosureError
from sozialraum.files.manifest import MANIFEST

IGNORED = "*\n"
"""Content of the ``.gitignore`` that we put into a work folder: the mark that it is one."""

SERVICES = {
    "OneDrive": r"onedrive( - .*)?",
    "Dropbox": r"dropbox( \(.*\))?",
    "Google Drive": r"google ?drive|googledrive-.*|my drive|meine ablage",
    "iCloud": r"icloud ?drive( .*)?|mobile documents|com~apple~clouddocs",
    "Nextcloud": r"nextcloud\d*",
    "ownCloud": r"owncloud\d*",
    "Seafile": r"seafile",
    "Box": r"box( sync)?|box-box",
    "pCloud": r"pcloud ?drive",
    "MEGA": r"mega(sync)?",
    "HiDrive": r"hidrive",
    "MagentaCLOUD": r"magentacloud",
    "CloudStorage": r"cloudstorage",
}
"""Names that programs give to the folders they copy to other machines."""

MARKERS = {
    "Dropbox": (".dropbox", ".dropbox.cache"),
    "Syncthing": (".stfolder", ".stignore"),
    "Nextcloud": (".nextcloudsync.log", ".sync_*.db", "._sync_*.db"),
    "ownCloud": (".owncloudsync.log", ".csync_journal.db"),
    "Resilio Sync": (".sync",),
    "Google Drive": (".tmp.drivedownload", ".tmp.driveupload"),
}
"""What such programs leave in the uppermost folder that they copy."""

VARIABLES = ("OneDrive", "OneDriveCommercial", "OneDriveConsumer")
"""Environment variables in which OneDrive names its folders."""

NETWORK_DRIVE = 4
"""Answer of Windows for a drive letter that stands for a share (GetDriveTypeW)."""


def check_place(folder: Path, published: Path | None = None) -> None:
    """Raise unless a folder is a place for confidential intermediates.

    Parameters
    ----------
    folder
        The work folder; need not exist yet.
    published
        The output folder of the run.

    Raises
    ------
    DisclosureError
        The folder is, or lies in, one that another program copies to other machines, a
        network share, a folder of results, or holds files that are not ours; the message
        names which, and what to do.

    Examples
    --------
    >>> check_place(Path("Nextcloud/projekt/.sozialraum"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    sozialraum.errors.DisclosureError: Der Arbeitsordner Nextcloud/projekt/.sozialraum liegt ...
    """
    if share := network_share(str(folder)):
        raise DisclosureError("privacy.work_share", path=folder, share=share)
    # both as named and as it really lies: either may pass through a link
    for place in dict.fromkeys((Path(os.path.abspath(folder)), folder.resolve())):  # noqa: PTH100
        if found := next(_copied(place), None):
            service, where = found
            raise DisclosureError("privacy.work_copied", path=folder, service=service, where=where)
        for results in _results(place, published):
            raise DisclosureError("privacy.work_published", path=folder, where=results)
    if folder.is_dir() and any(folder.iterdir()) and not is_work_folder(folder):
        raise DisclosureError("privacy.work_foreign", path=folder)


def check_private(folder: Path) -> None:
    """Raise unless an existing work folder is closed to others and not in a git history.

    Raises
    ------
    DisclosureError
        Others may read or own the folder, or git already keeps files of it.
    """
    if os.name != "nt":
        status = folder.stat()
        if stat.S_IMODE(status.st_mode) & 0o077 or status.st_uid != os.geteuid():
            raise DisclosureError("files.not_private", path=folder)
    if kept := _in_git(folder):
        raise DisclosureError("privacy.work_in_git", path=folder, where=kept)


def is_work_folder(folder: Path) -> bool:
    """Return True if a folder carries the mark of a work folder."""
    mark = folder / ".gitignore"
    return mark.is_file() and mark.read_bytes().split() == IGNORED.encode().split()


def network_share(path: str) -> str | None:
    r"""Return the share on which a Windows path lies, or None.

    Examples
    --------
    >>> network_share(r"\\server\amt\projekt"), network_share(r"C:\projekt")
    ('\\\\server\\amt', None)
    """
    drive = PureWindowsPath(path).drive
    if drive.startswith("\\\\") and not drive.startswith(("\\\\?\\", "\\\\.\\")):
        return drive
    if drive.upper().startswith("\\\\?\\UNC\\"):
        return drive
    if os.name == "nt" and drive:
        import ctypes

        kind = ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\")  # type: ignore[attr-defined]
        return drive if kind == NETWORK_DRIVE else None
    return None


def _copied(place: Path) -> Iterator[tuple[str, Path]]:
    """Yield the programs that copy a folder elsewhere, and the folder they copy."""
    for variable in VARIABLES:
        root = os.environ.get(variable)
        if root and place.is_relative_to(Path(root).resolve()):
            yield "OneDrive", Path(root)
    for above in (place, *place.parents):
        for service, pattern in SERVICES.items():
            if re.fullmatch(pattern, above.name, re.IGNORECASE):
                yield service, above
        for service, names in MARKERS.items():
            if any(_is_marker(found) for name in names for found in _named(above, name)):
                yield service, above


def _named(folder: Path, name: str) -> list[Path]:
    if "*" not in name:
        return [folder / name] if (folder / name).exists() else []
    try:
        return list(folder.glob(name))
    except OSError:  # a folder above that this user may pass but not list
        return []


def _is_marker(path: Path) -> bool:
    """Return True unless it is the settings folder that Dropbox keeps in everybody's home."""
    return path.name != ".dropbox" or path.is_file()


def _results(place: Path, published: Path | None) -> Iterator[Path]:
    """Yield folders of results that a place is or lies in."""
    for above in (place, *place.parents):
        if (above / MANIFEST).is_file() or (published and above == published.resolve()):
            yield above


def _in_git(folder: Path) -> str:
    """Return a file of the folder that a git history keeps, or nothing.

    Our ``.gitignore`` keeps the folder out of new histories; what was added before stays.
    """
    above = next((f for f in folder.resolve().parents if (f / ".git").exists()), None)
    git = shutil.which("git")
    if above is None or git is None:
        return ""
    done = subprocess.run(  # noqa: S603 - a fixed command on our own folder
        [git, "-C", str(folder), "ls-files", "--cached", "--", "."],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    kept = [name for name in done.stdout.splitlines() if name != ".gitignore"]
    return kept[0] if kept else ""
