"""A project's register beside a file of official population."""

from pathlib import Path

import pandas as pd

from sozialraum import schema
from sozialraum.config import Config
from sozialraum.errors import ConfigError, SourceError
from sozialraum.pipeline.inputs import Inputs
from sozialraum.sources import read_table
from sozialraum.sources.reconcile import read_totals, reconcile


def reconcile_project(
    config: Config,
    *,
    official: str | Path,
    key: str,
    value: str,
    date: str | None = None,
    delivery: str = "register",
    variable: str = "residents",
) -> pd.DataFrame:
    """Return the totals of a delivery beside official figures.

    Parameters
    ----------
    config
        The project file; its policy says how small a municipality may be to be shown.
    official
        CSV or Excel table of official figures.
    key, value
        Its columns with the keys of municipalities and the figures.
    date
        Its reference date (ISO), or the column that holds it; the date in the name of the
        file when omitted.
    delivery, variable
        What is compared.

    Raises
    ------
    ConfigError
        The project has no deliveries.
    SourceError
        The table or the delivery cannot be read, or no date is in both.
    """
    part = config.deliveries
    if part is None:
        raise ConfigError("deliveries.none_described")
    ours = read_totals(config.path(part.file), delivery, variable)
    theirs = read_official(official, key, value, date)
    if not set(ours[schema.DATE]) & set(theirs[schema.DATE]):
        days = sorted(set(ours[schema.DATE]))
        raise SourceError("deliveries.no_common_date", ids=days, path=official)
    return reconcile(ours, theirs, residents=Inputs(config).policy.residents)


def read_official(path: str | Path, key: str, value: str, date: str | None = None) -> pd.DataFrame:
    """Return official figures of municipalities: `municipality`, `date`, `value`.

    Raises
    ------
    SourceError
        The table cannot be read, or holds several figures for a municipality and date.
    """
    one = {"official": value}
    is_day = date is None or date[:1].isdigit()
    dated = {"date": date} if is_day else {"date_column": date}
    found = read_table(path, key=key, variables=one, level="municipality", **dated).table  # type: ignore[arg-type]
    if not len(found):
        raise SourceError("sources.empty_file", ids=[path])
    table = found[["key", schema.DATE, "value"]]
    return table.rename(columns={"key": schema.MUNICIPALITY}).reset_index(drop=True)
