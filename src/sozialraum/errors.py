"""Everything this package raises or warns.

An error is a message id plus the values its sentence needs; the sentence itself
lives in :mod:`sozialraum.messages` in German and English. Nothing in the library
branches on message text, and no error ever carries a count below a threshold.
"""

from collections.abc import Iterable
from typing import Any

FIRST = 5
"""How many offending ids a message names; the rest is counted."""


class SozialraumError(Exception):
    """Root of all errors. Carries a message id, its values and the ids concerned.

    Parameters
    ----------
    message
        Id of the sentence, such as ``"sources.no_file"``.
    ids
        Keys, rows or file names concerned; the first five are named.
    **values
        What the sentence needs. Never a count that a policy protects.

    Examples
    --------
    >>> from sozialraum.errors import SourceError
    >>> error = SourceError("sources.no_file", ids=["a.csv"])
    >>> error.message
    'sources.no_file'
    """

    def __init__(self, message: str, /, ids: Iterable[object] = (), **values: Any) -> None:
        self.message = message
        self.ids = tuple(str(i) for i in ids)
        self.values = values
        super().__init__(message)

    def text(self, language: str | None = None) -> str:
        """Return the sentence in ``"de"`` or ``"en"`` (default: the reader's language)."""
        from sozialraum.messages import default_language, listing, text

        language = language or default_language()
        return text(self.message, language, ids=listing(self.ids, FIRST, language), **self.values)

    def __str__(self) -> str:
        return self.text()


class SourceError(SozialraumError):
    """A file from outside cannot be read as what it claims to be."""


class GeometryError(SozialraumError):
    """Shapes that do not form what a stage needs (overlaps, holes, wrong CRS)."""


class DelineationError(SozialraumError):
    """Areas cannot be formed or adopted under the policy."""


class IndicatorError(SozialraumError):
    """An indicator cannot be computed as the catalogue defines it."""


class DisclosureError(SozialraumError):
    """Refused on disclosure grounds. Never caught inside the library."""


class StatisticsError(SozialraumError):
    """A statistic is undefined on this input."""


class OutputError(SozialraumError):
    """A file or folder cannot be written as asked."""


class ConfigError(SozialraumError):
    """The project file is faulty; all faults are collected."""


class SozialraumWarning(UserWarning):
    """Something a reader should know that does not stop the work."""
