"""Outlines that look drawn by a person: coverages whose inner borders are smoothed.

Areas made of cells have borders like stairs. Here the borders of a coverage are taken
apart into arcs, drawn taut inside a tube around the stairs, laid onto given lines where
these run near, thinned out, and put together again. Every step keeps neighbours on the
same arc; what cannot be guaranteed beforehand is checked exactly on the result, and
where a check fails the arcs concerned are drawn closer to the stairs, at last as given.
"""

from sozialraum.methods.outline.coverage import common_coverage, matched_units
from sozialraum.methods.outline.smooth import smooth_coverage

__all__ = ["common_coverage", "matched_units", "smooth_coverage"]
