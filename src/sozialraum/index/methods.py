"""Methods of an index, declared in TOML: presets of this library and a county's own."""

import tomllib
from importlib.resources import files

from sozialraum.model import Method
from sozialraum.model.method import Domain

PRESETS = ("mss",)


def preset(name: str) -> Method:
    """Return a preset."""
    content = files("sozialraum.index").joinpath("presets", f"{name}.toml").read_text("utf-8")
    table = tomllib.loads(content)
    domains = tuple(Domain(**one) for one in table.pop("domain", []))
    lists = {key: tuple(v) if isinstance(v, list) else v for key, v in table.items()}
    return Method(id=name, domains=domains, **lists)
