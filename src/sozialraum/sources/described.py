"""What a description says about deliveries, without reading a single count."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sozialraum.model import Source
from sozialraum.sources.delivery_file import described_entries


@dataclass(frozen=True, slots=True)
class Described:
    """A delivery as its description calls it.

    Parameters
    ----------
    name, kind, geography
        As in the description.
    variables
        Names of the counts that are taken from it.
    source
        Supplier, purpose, legal basis, audiences, day by which it must be deleted.
    files
        Its files that are there, sorted; none once they are deleted.
    """

    name: str
    kind: str
    geography: str
    variables: tuple[str, ...]
    source: Source
    files: tuple[Path, ...]

    def is_overdue(self, on: date) -> bool:
        """Return True if files are there after the day by which they must be deleted."""
        by = self.source.delete_by
        return bool(self.files and by) and on > date.fromisoformat(by)


def describe_deliveries(path: str | Path) -> tuple[Described, ...]:
    """Return what a file says about its deliveries; their files may be gone.

    Parameters
    ----------
    path
        TOML file as for :func:`sozialraum.read_deliveries`.

    Raises
    ------
    SourceError
        Faults of the description, all at once.

    Examples
    --------
    >>> from sozialraum.datasets import sample_path
    >>> described = describe_deliveries(sample_path() / "deliveries.toml")
    >>> described[1].name, described[1].source.delete_by, len(described[1].files)
    ('sgb2', '2030-12-31', 10)
    """
    return tuple(
        Described(
            name=one.entry.name,
            kind=one.entry.kind,
            geography=one.entry.geography,
            variables=tuple(one.entry.variables),
            source=one.entry.source.source(),
            files=tuple(file for file, _ in one.files),
        )
        for one in described_entries(path)
    )
