"""XML of services and offices (GML, KML): a clean copy without anything that leads elsewhere.

Readers of GML look at schemas and references on the network, and write a file of their own
beside the one they read. So only a copy in a temporary folder is opened, and what could lead
out of it is not copied.
"""

from pathlib import Path
from typing import IO
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from sozialraum.errors import SourceError

DEEPEST = 200
"""Elements inside elements; official layouts need about twenty."""
LEADS_OUT = ("schemalocation", "nonamespaceschemalocation", "href", "base", "actuate")
GML = "http://www.opengis.net/gml"
OFFICIAL = ("http://www.opengis.net/", "https://www.opengis.net/")


class _Copier:
    """Writes an XML document again, element by element.

    Parameters
    ----------
    out
        Where to.
    where
        What to call the file in errors.
    """

    def __init__(self, out: IO[str], where: str) -> None:
        self.out, self.where = out, where
        self.root = ""
        self.depth = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _doctype(self, name: str, *_: object) -> None:
        # entities unfold to any size or name files; no official layout needs them
        page = name.casefold() == "html"
        raise SourceError("sources.not_shapes" if page else "shapes.doctype", path=self.where)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise SourceError("shapes.too_deep", path=self.where)
        kept = {n: v for n, v in attributes.items() if _stays(n, v)}
        if not self.root:
            self.root = name.rpartition(":")[2]
            self._check_root(attributes)
            kept.setdefault("xmlns:gml", GML)
        self.out.write(f"<{name}{''.join(f' {n}={quoteattr(v)}' for n, v in kept.items())}>")

    def _check_root(self, attributes: dict[str, str]) -> None:
        """Raise unless the document is a collection of features."""
        name = self.root.casefold()
        if name.endswith(("exceptionreport", "capabilities", "serviceexceptionreport")):
            raise SourceError("shapes.service_answer", path=self.where)
        if name != "kml" and not name.endswith(("featurecollection", "spatialdataset")):
            raise SourceError("sources.not_shapes", path=self.where)
        returned = attributes.get("numberReturned", "")
        matched = attributes.get("numberMatched", "")
        if returned.isdigit() and matched.isdigit() and int(matched) > int(returned) > 0:
            raise SourceError("shapes.first_page", path=self.where, found=returned, total=matched)

    def _end(self, name: str) -> None:
        self.depth -= 1
        self.out.write(f"</{name}>")

    def _text(self, data: str) -> None:
        self.out.write(escape(data))


def _stays(name: str, value: str) -> bool:
    """Return False for attributes that name a place elsewhere."""
    local = name.rpartition(":")[2].casefold()
    if local in LEADS_OUT:
        return False
    # a system may be named by the address of its official definition, and by no other
    return local != "srsname" or "://" not in value or value.startswith(OFFICIAL)


def clean_copy(path: Path, target: Path, where: str) -> str:
    """Write an XML file again without references, comments and instructions.

    Parameters
    ----------
    path, target
        File to read, and file to write in UTF-8.
    where
        What to call the file in errors.

    Returns
    -------
    str
        Name of the root element without its prefix: ``"kml"``, ``"FeatureCollection"`` …

    Raises
    ------
    SourceError
        No XML, a document type with entities, elements nested too deeply, or no
        collection of features (the error report of a service, a page of the web).
    """
    with path.open("rb") as stream, target.open("w", encoding="utf-8", newline="") as out:
        copier = _Copier(out, where)
        try:
            copier.parser.ParseFile(stream)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise SourceError("sources.not_shapes", path=where) from error
    return copier.root
