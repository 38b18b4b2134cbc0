"""Numbers known by other places than the areas: other districts, points, rasters.

Each becomes a delivery on the areas, so that indicators name it like any other.
"""

from collections.abc import Sequence

from sozialraum.access import OTHER, SUM, counts_of, measure_access, measure_raster
from sozialraum.config import Config
from sozialraum.errors import ConfigError
from sozialraum.model import Areas, Blocks, Delivery
from sozialraum.pipeline.inputs import Inputs
from sozialraum.transfers import build_transfer, transfer


def deliveries_on_areas(
    config: Config, inputs: Inputs, blocks: Blocks, areas: Areas
) -> tuple[Delivery, ...]:
    """Return all deliveries, those of other districts carried over, and what is reached.

    Raises
    ------
    ConfigError
        A delivery to be carried over is not there.
    SozialraumError
        Shapes do not fit the delivery, or a count that weighs or demands is unknown.
    """
    check_carried(inputs)
    found = {delivery.name: delivery for delivery in inputs.deliveries}
    for part, shapes in zip(config.carried, inputs.carriers, strict=True):
        weights = {"by": blocks, "column": part.weight} if part.weight else {}
        over = build_transfer(shapes, areas, rule=part.rule, **weights)
        found[part.delivery] = transfer(found[part.delivery], over)
    return (
        *found.values(),
        *_reached(config, inputs, blocks, areas),
        *_seen(config, inputs, areas),
    )


def notes_of(deliveries: Sequence[Delivery], before: Sequence[Delivery]) -> tuple[str, ...]:
    """Return what is to be said of deliveries beyond what was said when they were read."""
    known = {note for delivery in before for note in delivery.notes}
    told = (note for delivery in deliveries for note in delivery.notes if note not in known)
    return tuple(dict.fromkeys(told))


def check_carried(inputs: Inputs) -> None:
    """Raise unless every delivery to be carried over is there."""
    known = [delivery.name for delivery in inputs.deliveries]
    unknown = [p.delivery for p in inputs.config.carried if p.delivery not in known]
    if unknown:
        raise ConfigError("pipeline.carried_unknown", ids=unknown, known=", ".join(known) or "–")


def _reached(config: Config, inputs: Inputs, blocks: Blocks, areas: Areas) -> Sequence[Delivery]:
    """Return how well people reach the points of a project."""
    return [
        measure_access(
            points,
            blocks,
            areas,
            name=part.name,
            demand=part.demand,
            method=part.method,
            reach=part.reach,
            supply=part.supply,
            decay=part.decay,
            enough=part.enough,
            travel=travel,
            around=around,
        )
        for part, points, travel, around in zip(
            config.access, inputs.points, inputs.travel, inputs.around, strict=True
        )
    ]


def _seen(config: Config, inputs: Inputs, areas: Areas) -> Sequence[Delivery]:
    """Return the hectares of every class of the rasters of a project."""
    return [
        measure_raster(
            raster,
            areas,
            name=part.name,
            classes=part.classes or None,
            unit=part.unit,
            gap=part.gap,
        )
        for part, raster in zip(config.rasters, inputs.rasters, strict=True)
    ]


def further_counts(config: Config) -> dict[str, str]:
    """Return the counts that access and rasters of a project will tell, with their date.

    Examples
    --------
    >>> from sozialraum.config import read_config
    >>> from sozialraum.datasets import sample_path
    >>> further_counts(read_config(sample_path()))["arzt.residents_beyond"]
    '2025-12-31'
    """
    found = {}
    for part in config.access:
        unit = part.travel.told_in if part.travel else "metres"
        names = counts_of(part.method, part.demand, unit, enough=part.enough is not None)
        date = part.source.reference_date if part.source else ""
        found |= {f"{part.name}.{name}": date for name in names}
    for part in config.rasters:
        names = (*part.classes, OTHER, part.unit) if part.classes else (SUM,)
        date = part.source.reference_date if part.source else ""
        found |= {f"{part.name}.{name}": date for name in names}
    return found
