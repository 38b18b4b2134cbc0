"""A digest of this package's own files: what is kept depends on the code that made it."""

import json
from functools import cache
from pathlib import Path

import sozialraum
from sozialraum.files.manifest import digest


@cache
def code_stamp() -> str:
    """Return the version and a digest of every file: new code or sentence computes anew."""
    package = Path(sozialraum.__file__).parent
    apart = {"_sample", "__pycache__"}
    names = sorted(p for p in package.rglob("*") if p.is_file() and not apart & set(p.parts))
    return json.dumps([sozialraum.__version__, *(digest(name) for name in names)])
