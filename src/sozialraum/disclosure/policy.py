"""Reading a policy: a preset by name, or the controller's own file."""

import tomllib
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from sozialraum.errors import ConfigError
from sozialraum.messages import default_language, text
from sozialraum.model.definitions import Sensitivity
from sozialraum.model.policy import Amounts, Policy, Protection

PRESETS = ("fein", "standard", "streng")


def _iso(value: Any) -> Any:
    """Return an ISO date as text; TOML may hold it as a date or as text."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and value:
        return date.fromisoformat(value).isoformat()
    return value


def _listed(value: Any) -> Any:
    """Return an array of the file as the tuple that a frozen model holds."""
    return tuple(value) if isinstance(value, list) else value


IsoDate = Annotated[str, BeforeValidator(_iso)]
Number = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Percent = Annotated[Number, Field(le=100)]
Whole = Annotated[int, Field(ge=0)]
type Several[Item] = Annotated[tuple[Item, ...], BeforeValidator(_listed)]


class Table(BaseModel):
    """A table of the file: frozen, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class ProtectionPart(Table):
    """How counts are protected."""

    method: Literal["suppression", "random-rounding", "controlled-rounding", "cell-key"]
    base: Whole = 0
    max_deviation: Whole = 0
    variance: Number = 0.0
    js: Whole = 0


class AmountsPart(Table):
    """When sums of money may be published."""

    p: Percent = 0.0
    n: Whole = 0
    share: Percent = 0.0


class PolicyFile(Table):
    """What a policy file may hold; the fields are those of the policy itself."""

    name: Annotated[str, Field(min_length=1)]
    residents: Annotated[int, Field(ge=0)]
    denominator: Annotated[int, Field(ge=0)]
    k: Annotated[int, Field(ge=1)]
    k_by_sensitivity: Mapping[Sensitivity, int] = {}
    minima: Mapping[str, float] = {}
    design: Several[str] = ()
    origin: Mapping[str, str] = {}
    decided_by: str = ""
    decided_on: IsoDate = ""
    dpo_consulted_on: IsoDate = ""
    valid_until: IsoDate = ""
    min_width: Annotated[int, Field(ge=1)] | None = None
    zero_sensitive: Several[Sensitivity] = ()
    coarse_below: Whole = 200
    protection: ProtectionPart | None = None
    amounts: AmountsPart = AmountsPart()
    audiences: Mapping[str, Several[str]] = {}
    insiders: bool = False
    override: Several[str] = ()


def read_policy(name_or_path: str | Path) -> Policy:
    """Return a policy: a preset, or the controller's own `policy.toml`.

    Parameters
    ----------
    name_or_path
        ``"fein"``, ``"standard"``, ``"streng"``, or the path of a TOML file with the
        fields of :class:`sozialraum.model.Policy`. Presets are unsigned: they make
        drafts only.

    Raises
    ------
    ConfigError
        There is no such preset or file, or the file is faulty; all faults are named.
    DisclosureError
        A value lies below what a policy may allow, or fields contradict each other.

    Examples
    --------
    >>> policy = read_policy("standard")
    >>> policy.residents, policy.denominator, policy.k, policy.k_for("health")
    (300, 30, 3, 5)
    """
    if str(name_or_path) in PRESETS:
        preset = files(__package__).joinpath("presets", f"{name_or_path}.toml")
        return _policy(preset.read_text(encoding="utf-8"), str(name_or_path))
    path = Path(name_or_path)
    if not path.is_file():
        raise ConfigError("disclosure.no_policy", ids=[str(path)], known=", ".join(PRESETS))
    return _policy(path.read_text(encoding="utf-8-sig"), str(path))


def _policy(content: str, where: str) -> Policy:
    try:
        parsed = PolicyFile.model_validate(tomllib.loads(content))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("disclosure.policy_not_toml", path=where, reason=error) from error
    except ValidationError as error:
        language = default_language()
        faults = "\n  ".join(_fault(fault, language) for fault in error.errors())
        raise ConfigError(
            "disclosure.policy_faulty", path=where, count=error.error_count(), faults=faults
        ) from None
    held: dict[str, Any] = parsed.model_dump()
    held["protection"] = Protection(**(held["protection"] or {}))
    held["amounts"] = Amounts(**held["amounts"])
    return Policy(**held)


def _fault(fault: Any, language: str) -> str:
    """Return one fault as a sentence in the reader's language."""
    place = ".".join(str(part) for part in fault["loc"] if part != "[key]")
    known = {"extra_forbidden": "disclosure.policy_unknown", "missing": "disclosure.policy_missing"}
    if fault["type"] in known:
        return text(known[fault["type"]], language, place=place)
    if fault["type"] == "literal_error":
        expected = fault["ctx"]["expected"].replace(" or ", ", ")
        return text("disclosure.policy_one_of", language, place=place, expected=expected)
    return text("disclosure.policy_wrong", language, place=place, reason=fault["msg"])
