"""The method of an index: which recipe, which weights, which classes. Declared, not coded."""

from dataclasses import dataclass
from typing import Literal

from sozialraum.errors import IndicatorError
from sozialraum.methods.composite import Recipe, Standardise
from sozialraum.methods.index_classes import DYNAMICS, Classes
from sozialraum.model.describe import fields_table


@dataclass(frozen=True, slots=True)
class Domain:
    """A part of an index.

    Parameters
    ----------
    id
        Short name, unique in its method.
    weight
        Weight in the index.
    label_de, label_en
        What a reader sees.
    indicators
        Ids of the indicators it is made of; empty: the indicator whose id it has.
    theme
        Id of a theme: the domain is made of the indicators of that theme; without any
        the domain drops out.
    """

    id: str
    weight: float = 1.0
    label_de: str = ""
    label_en: str = ""
    indicators: tuple[str, ...] = ()
    theme: str = ""


@dataclass(frozen=True, slots=True)
class Method:
    """How an index is computed.

    Parameters
    ----------
    id
        Short name; name of the file it is declared in.
    label_de, label_en
        What a reader sees.
    standardise, pca, restandardise
        See :class:`sozialraum.methods.composite.Recipe`.
    domains
        Parts with weights; empty: every indicator weighs the same.
    classes, breaks, by
        Classes of the status, see :class:`sozialraum.methods.index_classes.Classes`; without
        classes there is a score only.
    years
        Span of the dynamics; 0: the method has none.
    rates
        ``"raw"``, or ``"shrunk"``: rates of few people are drawn towards the county's
        (empirical Bayes) before they are standardised.
    missing
        What becomes of an area in which an indicator is missing: ``"exclude"``, no class;
        ``"centre"``, the indicator counts as average there.
    minimum_residents
        Areas with fewer people, mean of start and end of the dynamics, get no class.
    attention
        Combinations of status and dynamics that deserve particular attention.
    source
        Where the method is described.
    """

    id: str
    label_de: str
    label_en: str
    standardise: Standardise = "z"
    pca: bool = False
    restandardise: bool = True
    domains: tuple[Domain, ...] = ()
    classes: tuple[str, ...] = ()
    breaks: tuple[float, ...] = ()
    by: Literal["value", "quantile", "rank"] = "value"
    years: int = 2
    rates: Literal["raw", "shrunk"] = "raw"
    missing: Literal["exclude", "centre"] = "exclude"
    minimum_residents: int = 0
    attention: tuple[str, ...] = ()
    source: str = ""

    def __post_init__(self) -> None:
        ids = [domain.id for domain in self.domains]
        if len(set(ids)) < len(ids):
            raise IndicatorError("model.method_domains", ids=[self.id])
        if not all(domain.weight > 0 for domain in self.domains):
            raise IndicatorError("model.method_weights", ids=[self.id])
        if self.by == "value" and len(self.breaks) != max(len(self.classes) - 1, 0):
            raise IndicatorError("model.method_breaks", ids=[self.id])
        if list(self.breaks) != sorted(set(self.breaks)):
            raise IndicatorError("model.method_breaks", ids=[self.id])

    def _repr_html_(self) -> str:
        return fields_table(self)

    def label(self, language: str = "de") -> str:
        """Return the label in German or English."""
        return self.label_en if language == "en" else self.label_de

    def recipe(self, weights: tuple[float, ...] = ()) -> Recipe:
        """Return the arithmetic, with the weights of the indicators that are there."""
        return Recipe(self.standardise, weights, self.pca, self.restandardise)

    @property
    def status(self) -> Classes:
        """Classes of the status."""
        return Classes(self.classes, self.breaks, self.by)

    @property
    def dynamics(self) -> Classes:
        """Classes of the dynamics."""
        return DYNAMICS
