"""The only readers of outside files: official formats and deliveries in, nouns out."""

from sozialraum.sources.catalogue import read_catalogue, read_indicators, shipped_indicators
from sozialraum.sources.catalogue_write import write_indicators
from sozialraum.sources.census import read_census_grid
from sozialraum.sources.deliveries import delivery_files, read_deliveries
from sozialraum.sources.described import Described, describe_deliveries
from sozialraum.sources.districts import read_background, read_districts, read_municipalities
from sozialraum.sources.inspection import inspect_file
from sozialraum.sources.interventions import read_interventions
from sozialraum.sources.lines import read_lines
from sozialraum.sources.tables import read_table

__all__ = [
    "Described",
    "delivery_files",
    "describe_deliveries",
    "inspect_file",
    "read_background",
    "read_catalogue",
    "read_census_grid",
    "read_deliveries",
    "read_districts",
    "read_indicators",
    "read_interventions",
    "read_lines",
    "read_municipalities",
    "read_table",
    "shipped_indicators",
    "write_indicators",
]
