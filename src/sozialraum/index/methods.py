"""Methods of an index, declared in TOML: presets of this library and a county's own."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import fields
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from sozialraum.errors import IndicatorError, StatisticsError
from sozialraum.files.settings import fault, raise_faults, read_toml, tables_of, validated
from sozialraum.messages import default_language, text
from sozialraum.methods.composite import Standardise
from sozialraum.methods.index_classes import DYNAMICS
from sozialraum.model import Method
from sozialraum.model.method import Domain

PRESETS = ("mss", "imd", "simd", "gisd-class", "county")
"""Names of the methods that come with the library."""
SUFFIX = ".toml"

Name = Annotated[str, Field(pattern=r"^\w[\w-]*$")]
Number = Annotated[float, Field(ge=-100, le=100, allow_inf_nan=False)]
type Several[Item] = Annotated[
    tuple[Item, ...], BeforeValidator(lambda value: tuple(value) if _is_list(value) else value)
]


def _is_list(value: object) -> bool:
    return isinstance(value, list)


class Table(BaseModel):
    """A table of the file: frozen, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class DomainTable(Table):
    """One ``[[domain]]`` table."""

    id: Name
    weight: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] = 1.0
    label_de: str = ""
    label_en: str = ""
    indicators: Several[Name] = ()
    theme: str = ""


class MethodTable(Table):
    """The keys above the domains: the fields of :class:`sozialraum.model.Method`."""

    label_de: Annotated[str, Field(min_length=1)]
    label_en: Annotated[str, Field(min_length=1)]
    standardise: Standardise = "z"
    pca: bool = False
    restandardise: bool = True
    classes: Several[str] = ()
    breaks: Several[Number] = ()
    by: Literal["value", "quantile", "rank"] = "value"
    years: Annotated[int, Field(ge=0)] = 2
    rates: Literal["raw", "shrunk"] = "raw"
    missing: Literal["exclude", "centre"] = "exclude"
    minimum_residents: Annotated[int, Field(ge=0)] = 0
    attention: Several[str] = ()
    source: str = ""


def read_method(method: str | Path) -> Method:
    r"""Return a method: a preset by name, or one declared in a TOML file.

    Parameters
    ----------
    method
        ``"mss"`` (Berlin), ``"imd"`` (England), ``"simd"`` (Scotland), ``"gisd-class"``
        (Robert Koch Institute), ``"county"``, or a file. Its keys are the fields of
        :class:`sozialraum.model.Method`; every ``[[domain]]`` table is a
        :class:`sozialraum.model.method.Domain`. The id is the name of the file.

    Raises
    ------
    StatisticsError
        No preset of that name.
    SourceError
        No such file, or it is faulty: all faults at once, with their places.

    Examples
    --------
    >>> read_method("imd").domains[0].weight
    0.225
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "kreis.toml"
    >>> _ = file.write_text('label_de = "Lage"\nlabel_en = "Situation"\nyears = 3\n')
    >>> read_method(file).id, read_method(file).years
    ('kreis', 3)
    """
    if isinstance(method, str) and not method.lower().endswith(SUFFIX):
        return preset(method)
    return _read(Path(method))


def preset(name: str) -> Method:
    """Return a preset.

    Raises
    ------
    StatisticsError
        There is none of that name.
    """
    if name not in PRESETS:
        close = difflib.get_close_matches(name, PRESETS, n=1)
        hint = text("sources.fault_meant", default_language(), key=close[0]) if close else ""
        known = ", ".join(PRESETS)
        raise StatisticsError("index.unknown_preset", ids=[name], known=known, hint=hint)
    with as_file(files("sozialraum.index").joinpath("presets", name + SUFFIX)) as path:
        return _read(path)


def _read(path: Path) -> Method:
    content = read_toml(path)
    listed = content.pop("domain", None)
    own, faults = validated(MethodTable, content, path.name)
    tables, found = tables_of({"domain": listed}, "domain") if listed is not None else ([], [])
    domains, more = _domains(tables)
    faults += [*found, *more]
    if own is not None and not faults:
        values = {f.name: getattr(own, f.name) for f in fields(Method) if hasattr(own, f.name)}
        faults += _stray_groups(values, path.name)
        try:
            made = Method(id=_id(path), domains=domains, **values)
        except IndicatorError as error:
            faults.append(str(error))
        else:
            raise_faults(faults, path)
            return made
    raise_faults(faults, path)
    raise AssertionError("a method without faults is returned")


def _id(path: Path) -> str:
    """Return the name of a file as an id: letters, digits and hyphens."""
    return re.sub(r"[\W_]+", "-", path.stem).strip("-")


def _domains(tables: list[dict[str, Any]]) -> tuple[tuple[Domain, ...], list[str]]:
    """Return the domains of a method and their faults; an indicator is in one domain only."""
    made: list[Domain] = []
    faults: list[str] = []
    seen: set[str] = set()
    for i, table in enumerate(tables):
        place = f"domain[{i + 1}] „{table.get('id', '?')}“"
        domain, found = validated(DomainTable, table, place)
        faults += found
        if domain is None:
            continue
        twice = [name for name in domain.indicators if name in seen]
        faults += [text("score.fault_two_domains", place=place, name=name) for name in twice]
        if domain.indicators and domain.theme:
            faults.append(text("score.fault_theme_or_list", place=place))
        seen |= set(domain.indicators)
        made.append(Domain(**domain.model_dump()))
    return tuple(made), faults


def _stray_groups(values: Mapping[str, Any], place: str) -> list[str]:
    """Return faults of groups that deserve attention but can never occur."""
    groups = {one + other for one in values["classes"] for other in DYNAMICS.labels}
    known = ", ".join(sorted(groups))
    return [
        fault("not_one_of", f"{place}.attention „{group}“", known)
        for group in values["attention"]
        if group not in groups
    ]
