"""Definitions in TOML, as the readers of this room take them (:mod:`sozialraum.files.settings`)."""

from sozialraum.files.settings import fault, raise_faults, read_toml, tables_of, validated

__all__ = ["fault", "raise_faults", "read_toml", "tables_of", "validated"]
