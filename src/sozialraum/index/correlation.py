"""Which indicators of an index measure the same thing."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.files.wording import number
from sozialraum.index.chain import chain_of
from sozialraum.messages import default_language, text
from sozialraum.methods.correlation import pearson, spearman, variance_inflation
from sozialraum.model import Index
from sozialraum.model.describe import html_table, one_line
from sozialraum.model.publishable import require_publishable

HIGH_R = 0.9
HIGH_VIF = 10.0
"""Beyond these, indicators count as measuring one thing."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Correlation:
    """How the indicators of an index hang together.

    Parameters
    ----------
    index
        The index.
    areas
        Number of areas with all values; nothing else was looked at.
    pearson, spearman
        Correlations (indicators × indicators) of oriented rates (high = burden), and of
        their ranks.
    vif
        Variance inflation of every indicator by all others.
    groups
        Indicators that measure one thing: linked by a correlation beyond
        :data:`HIGH_R`.
    """

    index: Index
    areas: int
    pearson: pd.DataFrame
    spearman: pd.DataFrame
    vif: pd.Series
    groups: tuple[tuple[str, ...], ...]

    def __repr__(self) -> str:
        worst = f"largest VIF {self.vif.max():.1f}"
        return one_line("Correlation", [f"{len(self.vif)} indicators", worst])

    def _repr_html_(self) -> str:
        rows = [(str(name), f"{value:.1f}") for name, value in self.vif.items()]
        return html_table("Correlation: variance inflation", rows)

    def table(self) -> pd.DataFrame:
        """Return one row a pair of indicators, and the VIF of both.

        Returns
        -------
        DataFrame
            `indicator`, `other`, `pearson`, `spearman`, `vif`, `vif_other`; strongest
            correlation first.
        """
        names = list(self.vif.index)
        linear, ranks = self.pearson.to_numpy(), self.spearman.to_numpy()
        rows = [
            (a, b, linear[i, j], ranks[i, j], self.vif[a], self.vif[b])
            for i, a in enumerate(names)
            for j, b in enumerate(names)
            if i < j
        ]
        columns = [schema.INDICATOR, "other", "pearson", "spearman", "vif", "vif_other"]
        frame = pd.DataFrame(rows, columns=columns)
        order = frame["pearson"].abs().sort_values(ascending=False, kind="stable").index
        return frame.loc[order].reset_index(drop=True)

    def warnings(self, language: str | None = None) -> tuple[str, ...]:
        """Return a sentence for every group, and for indicators the others determine."""
        language = language or default_language()
        found = [
            text(
                "explain.same_thing",
                language,
                labels=self._labels(group, language),
                number=len(group),
                weakest=number(self._weakest(group), 2, language),
            )
            for group in self.groups
        ]
        grouped = {name for group in self.groups for name in group}
        alone = tuple(str(n) for n, v in self.vif.items() if v > HIGH_VIF and n not in grouped)
        if alone:
            labels = self._labels(alone, language)
            limit = number(HIGH_VIF, 0, language)
            found.append(text("explain.determined", language, labels=labels, limit=limit))
        return tuple(found)

    def _labels(self, names: tuple[str, ...], language: str) -> str:
        labels = [self.index.release.indicator(name).label(language) for name in names]
        return "; ".join(labels)

    def _weakest(self, group: tuple[str, ...]) -> float:
        """Return the weakest of the correlations by which a group hangs together."""
        part = np.abs(self.pearson.loc[list(group), list(group)].to_numpy())
        return float(part[part > HIGH_R].min())


def correlate(index: Index) -> Correlation:
    """Return how the indicators of an index hang together, and which count one thing twice.

    Parameters
    ----------
    index
        From :func:`sozialraum.index.score`; only published values are looked at.

    Returns
    -------
    Correlation
        Of the areas with all values. Correlations of areas say nothing about persons.

    Examples
    --------
    ::

        found = correlate(index)
        found.table()
        found.warnings("de")
    """
    require_publishable(index, "correlate")
    inputs = chain_of(index)
    standing = list(inputs.chain.standing)
    values = inputs.now[:, standing] * inputs.chain.orientation[standing]
    values = values[~np.isnan(values).any(axis=1)]
    names = pd.Index(index.indicators, name=schema.INDICATOR)
    nothing = np.full((len(names), len(names)), np.nan)
    several = len(values) > 1
    linear = pearson(values) if several else nothing
    ranks = spearman(values) if several else nothing
    inflation = variance_inflation(values) if several else nothing[0]
    return Correlation(
        index=index,
        areas=len(values),
        pearson=pd.DataFrame(linear, index=names, columns=list(names)),
        spearman=pd.DataFrame(ranks, index=names, columns=list(names)),
        vif=pd.Series(inflation, index=names, name="vif"),
        groups=_groups(linear, list(names)),
    )


def _groups(matrix: np.ndarray, names: list[str]) -> tuple[tuple[str, ...], ...]:
    from scipy.sparse.csgraph import connected_components

    linked = np.abs(np.nan_to_num(matrix)) > HIGH_R
    _, home = connected_components(linked, directed=False)
    found = [
        tuple(n for n, h in zip(names, home, strict=True) if h == one) for one in range(len(names))
    ]
    return tuple(group for group in found if len(group) > 1)
