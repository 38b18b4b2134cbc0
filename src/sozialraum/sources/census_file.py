"""Which table in a census file is meant."""

from pathlib import Path

from sozialraum.sources.census_csv import csv_files
from sozialraum.sources.census_parquet import is_parquet, parquet_file
from sozialraum.sources.census_table import GridTable, chosen_table


def grid_file(path: Path, resolution: str | None) -> GridTable:
    """Return the table of a census file at a resolution (None: the finest present).

    Without a table at this resolution it is the next finer one, whose cells can be added up.

    Raises
    ------
    SourceError
        No table, or several, or only larger cells.
    """
    tables = [parquet_file(path)] if is_parquet(path) else csv_files(path)
    return chosen_table(tables, resolution, path)
