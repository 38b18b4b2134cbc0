"""Which blocks an area of an earlier publication held: from a table or a GeoPackage."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from sozialraum import schema
from sozialraum.disclosure.register.places import Place, Places, named, of_membership
from sozialraum.disclosure.register.sheets import read_rows
from sozialraum.files import geopackage as layout
from sozialraum.files.proposal import read_proposal
from sozialraum.files.readback import read_release
from sozialraum.model.exact import Fault, raise_faults

COLUMNS = (schema.GEOGRAPHY, "area", schema.BLOCK_ID)
LABEL = "label"


def read_members(path: str | Path, *, geography: str = schema.AREAS_LEVEL) -> Places:
    """Return areas with the blocks they are made of.

    Parameters
    ----------
    path
        CSV with the columns geography, area, block_id (and perhaps label), one row a
        block of an area; or a GeoPackage: a release, or one of ``sozialraum areas``.
    geography
        What the areas of a GeoPackage of ``sozialraum areas`` are called.

    Raises
    ------
    SourceError
        Blank cells, or a block in two areas of one geography: every fault with row and
        column; or a file that is neither.
    """
    path = Path(path)
    if path.suffix.lower() != ".gpkg":
        return _of_table(path)
    with layout.reading(path) as connection:
        ours = layout.MEMBERSHIP in layout.table_names(connection)
    if ours:
        release = read_release(path)
        assert release.membership is not None
        labels = {str(key): str(name) for key, name in release.areas[schema.NAME].items()}
        return named(of_membership(release.membership, labels))
    found = read_proposal(path)
    names = found.areas[[schema.AREA_ID, schema.NAME]].itertuples(index=False, name=None)
    pairs = found.blocks[[schema.AREA_ID, schema.BLOCK_ID]].itertuples(index=False, name=None)
    triples = [(geography, str(area), str(block)) for area, block in pairs if area]
    return _joined(triples, {(geography, str(area)): str(name) for area, name in names})


def _of_table(path: Path) -> Places:
    faults: list[Fault] = []
    seen: dict[tuple[str, str], int] = {}
    labels: dict[tuple[str, str], str] = {}
    triples = []
    for row in read_rows(path, COLUMNS, (*COLUMNS, LABEL)):
        geography, area, block = (row.cells[name] for name in COLUMNS)
        blank = [name for name in COLUMNS if not row.cells[name]]
        faults += [row.fault(name, "ledger.blank") for name in blank]
        first = seen.setdefault((geography, block), row.line)
        if not blank and first != row.line:
            faults.append(row.fault(schema.BLOCK_ID, "ledger.block_twice", first=first))
        labels[geography, area] = row.cells.get(LABEL, "")
        triples.append((geography, area, block))
    raise_faults(faults, path)
    return _joined(triples, labels)


def _joined(
    triples: Iterable[tuple[str, str, str]], labels: Mapping[tuple[str, str], str]
) -> Places:
    """Return areas out of geography, area and block."""
    units: dict[tuple[str, str], set[str]] = {}
    for geography, area, block in triples:
        units.setdefault((geography, area), set()).add(block)
    return named(
        Place(*key, labels.get(key, ""), tuple(sorted(blocks))) for key, blocks in units.items()
    )
