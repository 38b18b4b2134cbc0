"""The list of files in an output folder: says that a folder is ours and what is in it."""

import hashlib
import json
from pathlib import Path

MANIFEST = "sozialraum-manifest.json"


def digest(path: Path) -> str:
    """Return the SHA-256 of a file as hex. For outputs only, never for confidential inputs."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_manifest(folder: Path) -> Path:
    """Write the manifest of all files below `folder` and return its path."""
    names = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != MANIFEST)
    listed = {p.relative_to(folder).as_posix(): digest(p) for p in names}
    target = folder / MANIFEST
    content = {"made_by": "sozialraum", "files": listed}
    target.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return target


def is_ours(folder: Path) -> bool:
    """Return True if the folder carries our manifest and nothing that it does not list."""
    target = folder / MANIFEST
    if not target.is_file():
        return False
    try:
        content = json.loads(target.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if not isinstance(content, dict) or content.get("made_by") != "sozialraum":
        return False
    present = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    return present - {MANIFEST} <= set(content.get("files", {}))
