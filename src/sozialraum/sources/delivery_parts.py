"""Parts that descriptions of deliveries have in common: columns, files, from whom."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from sozialraum.model import Source
from sozialraum.sources.catalogue import Day

Texts = Annotated[tuple[str, ...], Field(strict=False)]


def listed(value: Any) -> Any:
    """Return a single text or day as a list of one."""
    return [value] if isinstance(value, str | date) else value


Days = Annotated[tuple[Day, ...], BeforeValidator(listed), Field(strict=False)]


class Strict(BaseModel):
    """A table of the file: no unknown keys, no silent conversions."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Columns(Strict):
    """``[delivery.columns]``: what the columns of the files are called."""

    key: str = ""
    municipality: str = ""
    date: str = ""
    gliederung: str = "Gliederung"
    key_format: str = ""


class Votes(Strict):
    """``[delivery.votes]``: how results of an election are laid out.

    As for :func:`sozialraum.sources.elections.read_election`: `form` is the kind of file
    where it cannot be seen from the file itself; `columns` name the columns of a city's own
    table; `county` is the beginning of the municipality keys to take; `postal_groups` says
    which polling districts a postal district stands for. `same_districts` states that the
    districts of several elections in one delivery are the same.
    """

    form: Literal["", "kerg2", "kerg", "wbz", "votemanager", "table"] = ""
    columns: dict[str, str] = Field(default_factory=dict)
    county: str = ""
    postal_groups: str | dict[str, str] = ""
    same_districts: bool = False


class Origin(Strict):
    """``[delivery.source]``: the fields of :class:`sozialraum.model.Source`."""

    provider: str = Field(min_length=1)
    title: str = Field(min_length=1)
    licence: str = ""
    attribution: str = ""
    url: str = ""
    reference_date: Day = ""
    territory_date: Day = ""
    changes: str = ""
    confidential: bool = False
    purpose: str = ""
    legal_basis: str = ""
    audiences: Texts = ()
    delete_by: Day = ""
    minimum: int = Field(default=0, ge=0)

    def source(self) -> Source:
        """Return the noun."""
        return Source(**self.model_dump())
