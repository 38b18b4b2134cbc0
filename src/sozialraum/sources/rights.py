"""Who made a file with shapes, and what must be printed beside it."""

import re
from pathlib import PurePosixPath

from sozialraum.model import Source
from sozialraum.sources.shapes import Shapes

BKG = "Bundesamt für Kartographie und Geodäsie"
VG250 = re.compile(
    r"(de_)?vg(250|25|1000|2500)([-_.](\d|ew|gem|krs|vwg|rbz|lan|sta|ebenen|kompakt).*)?",
    re.IGNORECASE,
)
"""File names of the Federal Agency; a county's own extract is called otherwise."""
DVG = re.compile(r"dvg\d?(bld|rbz|krs|gem)?_nw.*", re.IGNORECASE)
DVG_SERVICE = re.compile(r"nw_dvg\d_(bld|rbz|krs|gem)", re.IGNORECASE)
"""Names of its layers in answers of the service."""
YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")


def shape_source(shapes: Shapes, title: str | None = None) -> Source:
    """Return the source of a file with shapes, as far as its names tell it.

    Official files of VG250 (BKG) and DVG NRW are recognised; for anything else the file's
    name is all that is known, and the caller should say more.
    """
    path = PurePosixPath(shapes.where)
    stem = path.name.split(".")[0]
    year = YEAR.search(path.name)
    if VG250.fullmatch(path.name.rsplit(".", 1)[0]):
        dated = f" ({year[1]})" if year else ""
        return Source(
            provider=BKG,
            title=title or "VG250",
            licence="dl-de/by-2-0",
            attribution=f"© GeoBasis-DE / BKG{dated}",
            url="https://gdz.bkg.bund.de/",
        )
    if DVG.fullmatch(stem) or DVG_SERVICE.fullmatch(shapes.layer):
        return Source(
            provider="Land NRW / Geobasis NRW", title=title or "DVG", licence="dl-de/zero-2-0"
        )
    return Source(provider=path.name, title=title or stem)
