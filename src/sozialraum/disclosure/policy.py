"""Reading a policy: a preset by name, or the controller's own file."""

import tomllib
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from sozialraum.errors import ConfigError
from sozialraum.messages import default_language, text
from sozialraum.model import Policy
from sozialraum.model.definitions import Sensitivity

PRESETS = ("fein", "standard", "streng")


def _iso(value: Any) -> Any:
    """Return an ISO date as text; TOML may hold it as a date or as text."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and value:
        return date.fromisoformat(value).isoformat()
    return value


IsoDate = Annotated[str, BeforeValidator(_iso)]


class PolicyFile(BaseModel):
    """What a policy file may hold; the fields are those of the policy itself."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Annotated[str, Field(min_length=1)]
    residents: Annotated[int, Field(ge=0)]
    denominator: Annotated[int, Field(ge=0)]
    k: Annotated[int, Field(ge=1)]
    k_by_sensitivity: Mapping[Sensitivity, int] = {}
    minima: Mapping[str, float] = {}
    design: Annotated[
        tuple[str, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)
    ] = ()
    origin: Mapping[str, str] = {}
    decided_by: str = ""
    decided_on: IsoDate = ""
    dpo_consulted_on: IsoDate = ""
    valid_until: IsoDate = ""


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
        A value lies below what a policy may allow.

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
    return Policy(**parsed.model_dump())


def _fault(fault: Any, language: str) -> str:
    """Return one fault as a sentence in the reader's language."""
    place = ".".join(str(part) for part in fault["loc"] if part != "[key]")
    known = {"extra_forbidden": "disclosure.policy_unknown", "missing": "disclosure.policy_missing"}
    if fault["type"] in known:
        return text(known[fault["type"]], language, place=place)
    return text("disclosure.policy_wrong", language, place=place, reason=fault["msg"])
