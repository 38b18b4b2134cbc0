"""The only readers of outside files: official formats and deliveries in, nouns out."""

from sozialraum.sources.addresses import read_addresses
from sozialraum.sources.catalogue import read_catalogue, read_indicators, shipped_indicators
from sozialraum.sources.catalogue_write import write_indicators
from sozialraum.sources.census import read_census_grid
from sozialraum.sources.deliveries import delivery_files, read_deliveries
from sozialraum.sources.described import Described, describe_deliveries
from sozialraum.sources.districts import read_background, read_districts, read_municipalities
from sozialraum.sources.elections import election_kind, read_election
from sozialraum.sources.elections_compare import same_districts
from sozialraum.sources.fetching import fetch
from sozialraum.sources.inspection import inspect_file
from sozialraum.sources.interventions import read_interventions
from sozialraum.sources.joins import join_report
from sozialraum.sources.lines import read_lines
from sozialraum.sources.points import read_points
from sozialraum.sources.raster import read_raster
from sozialraum.sources.registers import read_registers
from sozialraum.sources.street_compare import compare_streets
from sozialraum.sources.street_lists import read_street_list
from sozialraum.sources.tables import read_table
from sozialraum.sources.travel import read_travel_times

__all__ = [
    "Described",
    "compare_streets",
    "delivery_files",
    "describe_deliveries",
    "election_kind",
    "fetch",
    "inspect_file",
    "join_report",
    "read_addresses",
    "read_background",
    "read_catalogue",
    "read_census_grid",
    "read_deliveries",
    "read_districts",
    "read_election",
    "read_indicators",
    "read_interventions",
    "read_lines",
    "read_municipalities",
    "read_points",
    "read_raster",
    "read_registers",
    "read_street_list",
    "read_table",
    "read_travel_times",
    "same_districts",
    "shipped_indicators",
    "write_indicators",
]
