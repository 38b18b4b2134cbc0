"""Which indicators a project can compute: its own and those of the shipped catalogue."""

from collections.abc import Sequence

import pandas as pd

from sozialraum.config import Config
from sozialraum.indicators.computable import check_indicators
from sozialraum.model import Indicator
from sozialraum.pipeline.further import further_counts
from sozialraum.pipeline.inputs import Inputs
from sozialraum.sources import shipped_indicators


def check_computable(
    config: Config, *catalogues: Sequence[Indicator], language: str | None = None
) -> list[pd.DataFrame]:
    """Return which indicators can be computed with the counts of a project.

    Parameters
    ----------
    config
        The project; its deliveries are read once.
    *catalogues
        Any catalogues.
    language
        Language of the reasons; the reader's when omitted.

    Returns
    -------
    list of DataFrame
        One a catalogue, as :func:`sozialraum.indicators.computable.check_indicators`.

    Raises
    ------
    SourceError
        A delivery cannot be read.
    """
    deliveries = Inputs(config).deliveries
    blocks = block_counts(config) | further_counts(config)
    register = next((d for d in deliveries if d.name == config.blocks.register_), None)
    if register is not None:
        blocks |= dict.fromkeys(register.variables, register.dates[-1])
    return [
        check_indicators(one, deliveries, blocks=blocks, language=language) for one in catalogues
    ]


def check_county(
    config: Config, indicators: Sequence[Indicator], *, language: str | None = None
) -> pd.DataFrame:
    """Return what a project can compute of its own catalogue and of the shipped one.

    Returns
    -------
    DataFrame
        `own` (True for the project's catalogue) and the columns of
        :func:`sozialraum.indicators.computable.check_indicators`; own indicators first.

    Raises
    ------
    SourceError
        A delivery cannot be read.
    """
    own, shipped = check_computable(config, indicators, shipped_indicators(), language=language)
    own.insert(0, "own", value=True)
    shipped.insert(0, "own", value=False)
    return pd.concat([own, shipped], ignore_index=True)


def block_counts(config: Config) -> dict[str, str]:
    """Return the counts that a project file takes from census grids, or derives, by name.

    Returns
    -------
    dict
        Date of each count; ``""`` where the project file does not say it.

    Examples
    --------
    >>> from sozialraum.config import read_config
    >>> from sozialraum.datasets import sample_path
    >>> block_counts(read_config(sample_path()))
    {'residents_census': '2022-05-15', 'households': '2022-05-15'}
    """
    found = {
        name: part.source.reference_date if part.source else ""
        for part in config.blocks.cells
        for name in part.variables
    }
    return found | dict.fromkeys(config.blocks.derived, "")
