"""How counts are carried from one set of shapes to another: the shares, and what they lose."""

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from sozialraum import schema
from sozialraum.errors import GeometryError
from sozialraum.model.describe import html_table, names, one_line


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Transfer:
    """Which share of every source shape's counts goes to which target shape.

    Parameters
    ----------
    shares
        (sources, targets) shares of a source's counts; a row adds up to 1 at most, and what
        it lacks belongs to no target.
    sources
        Keys of the rows.
    shapes
        Target shapes by key, in the order of the columns.
    rule
        How the shares came about: ``"area"``, ``"within"``, ``"touching"``, ``"centre"``,
        ``"most"``, or what the counts were weighted by, such as ``"residents"``.
    estimated
        True where counts are estimates: a source is divided by weights, or counted in
        several targets, or moved as a whole though it lies across targets (cells of a
        grid excepted). Sources whole in one target are exact.
    outside
        Share of every source that lies in no target, where there is any; index: keys.
    uncovered
        Share of every target that lies in no source, where there is any; index: keys.
    geography
        Name of the areas the targets are.
    notes
        What was found and done, as finished sentences.
    """

    shares: csr_array
    sources: pd.Index
    shapes: gpd.GeoSeries
    rule: str
    estimated: bool
    outside: pd.Series = field(default_factory=lambda: pd.Series(dtype=float))
    uncovered: pd.Series = field(default_factory=lambda: pd.Series(dtype=float))
    geography: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        schema.check_keys(self.sources, "Transfer.sources")
        schema.check_keys(self.targets, "Transfer.targets")
        fits = self.shares.shape == (len(self.sources), len(self.targets))
        total = np.asarray(self.shares.sum(axis=1)).ravel()
        negative = self.shares.nnz and self.shares.data.min() < 0
        if not fits or negative:
            raise GeometryError("model.transfer", ids=[self.rule])
        # rules that count a source in every target it touches may exceed 1 on purpose
        if self.rule != "touching" and (total > 1 + 1e-9).any():
            ids = self.sources[total > 1 + 1e-9]
            raise GeometryError("model.transfer", ids=ids)

    @property
    def targets(self) -> pd.Index:
        """Keys of the columns."""
        return self.shapes.index

    @property
    def split(self) -> pd.Index:
        """Keys of the sources that lie in several targets, or in part outside all of them."""
        total = np.asarray(self.shares.sum(axis=1)).ravel()
        several = np.diff(self.shares.indptr) > 1
        return self.sources[several | ((total > 0) & (total < 1 - 1e-6))]

    def __repr__(self) -> str:
        kind = "estimated" if self.estimated else "whole"
        facts = [f"{len(self.sources)} → {len(self.targets)}", self.rule, kind]
        return one_line("Transfer", facts)

    def _repr_html_(self) -> str:
        rows = [
            ("sources", str(len(self.sources))),
            ("targets", str(len(self.targets))),
            ("split", names(map(str, self.split))),
            ("rule", self.rule),
            ("outside", names(map(str, self.outside.index))),
        ]
        return html_table("Transfer", rows)
