"""Access measured: how many people reach what they need, how far it is, what they get of it."""

import numpy as np

from sozialraum.access import edge, places
from sozialraum.access.costs import Ways
from sozialraum.access.kinds import MEASURED, PLACES
from sozialraum.access.scene import Asked, Method, Scene, checked, supply_of
from sozialraum.access.table import combined, counts_by_area
from sozialraum.access.told import told
from sozialraum.errors import GeometryError
from sozialraum.messages import default_language, text
from sozialraum.methods.access import Decay, supply_within
from sozialraum.model import Areas, Blocks, Delivery, Layer, TravelTimes


def measure_access(  # noqa: PLR0913 - one option for each decision of the planner
    points: Layer,
    blocks: Blocks,
    areas: Areas,
    *,
    name: str,
    demand: str = "residents",
    method: Method = "within",
    reach: float | None = None,
    supply: str | None = None,
    travel: TravelTimes | None = None,
    decay: Decay = None,
    enough: float | None = None,
    around: Layer | None = None,
) -> Delivery:
    """Return how well the people of every area reach points of supply, as counts.

    Shares and means are made of the counts by the indicators, after disclosure control: every
    block is measured by itself and weighs as many people as live there.

    Parameters
    ----------
    points
        Supply, from :func:`read_points`; also beyond the county's border.
    blocks, areas
        Where people live, and the areas to tell it for.
    name
        Name of the delivery; the catalogue refers to its counts as ``"name.variable"``.
    demand
        Block variable of the people who need it, such as ``"u3"`` for day-care.
    method
        ``"within"``: people with supply in reach. ``"nearest"``: the way to the nearest.
        ``"supply"``: all supply in reach, shared with nobody. ``"2sfca"``: two-step floating
        catchment areas; every facility divides its places among those who reach it.
    reach
        Longest way that counts, in metres (with travel times in their unit).
    supply
        Additive column of `points` that counts places; the only one when omitted, and 1 each
        where there is none. Who has none to give is not reached.
    travel
        Costs of the way from block ids to keys of the points; straight lines when None. An
        origin that is listed reaches what it has pairs for; of one that is not listed nothing
        is known.
    decay
        For ``"2sfca"``: how much a way counts, see
        :func:`sozialraum.methods.access.decay_weights`.
    enough
        For ``"2sfca"``: supply for each person that is called enough, such as 0.35 places; tells
        how many live where there is as much.
    around
        For ``"2sfca"``: cells with the same demand beyond the county's border. Without it the
        notes name the areas whose supply people from there may share.

    Returns
    -------
    Delivery
        Level ``area``, geography and keys of `areas`. With demand ``residents``:
        ``residents`` always; ``residents_within`` and ``residents_beyond``;
        ``residents_reached`` and ``residents_metres`` (or ``_minutes``: people times their way
        to the nearest, a whole number in every block); ``residents_supply`` (people times
        supply in reach); ``places`` (supply that the area gets, an estimate) and
        ``residents_served`` (people where there is `enough`, an estimate).

    Raises
    ------
    IndicatorError
        An unknown demand, method or decay; no `reach`; travel times without some destination.
    GeometryError
        No points, or cells beyond the border without a number.

    Examples
    --------
    >>> import geopandas as gpd
    >>> import pandas as pd
    >>> from shapely import Point
    >>> from sozialraum import adopt_areas
    >>> from sozialraum.datasets import load_town
    >>> from sozialraum.model import Policy, Source
    >>> blocks = load_town()
    >>> town = blocks.units.rename(index="{}-1".format).rename_axis("quartier")
    >>> town = Layer(town, "quartier", Source("", "Quartiere"))
    >>> areas = adopt_areas(blocks, town, policy=Policy("muster", 1, 1, 3))
    >>> doctor = gpd.GeoDataFrame(
    ...     index=pd.Index(["P1"], name="id"), geometry=[Point(380_150, 5_630_250)], crs=25832
    ... )
    >>> found = measure_access(
    ...     Layer(doctor, "id", Source("", "Praxen")), blocks, areas, name="praxis", reach=150
    ... )
    >>> found.variables
    ('residents', 'residents_beyond', 'residents_within')
    """
    asked = checked(Asked(name, demand, method, reach, decay, enough))
    offered = supply_of(points, supply)
    stops = places.destinations_of(points, blocks)
    # who has no place to give is nothing to reach; shares of nothing are nothing anyway
    closed = offered.eq(0).to_numpy() & (method in ("within", "nearest"))
    closed_ones, offered, stops = offered.index[closed], offered[~closed], stops[~closed]
    if not len(stops):
        raise GeometryError("access.no_points", ids=[points.source.title])
    county = edge.county_of(blocks.units)
    origins = places.origins_of(blocks, demand, around if method == "2sfca" else None, county)
    owner = places.area_of_blocks(blocks, areas)
    ways = Ways(origins, stops, offered.index, travel)
    scene = Scene(asked, origins, ways, offered, owner, areas)
    numbers, notes = MEASURED[method](scene)
    beyond = ~edge.inside(stops, county)
    notes += scene.told("access.note_closed", closed_ones)
    notes += _edge(scene, edge.border(county), beyond, open_demand=around is None)
    own = origins.people[: origins.blocks]
    date = blocks.dates.get(demand, "")
    others = [*blocks.sources, *([around.source] if around and method == "2sfca" else [])]
    changes = text("access.changes", default_language())
    uncertain = set(numbers) if PLACES in numbers or demand in blocks.estimates else set()
    return Delivery(
        name=name,
        table=counts_by_area(areas, owner, {demand: own, **numbers}, date),
        source=combined(points.source, others, changes=changes, date=date),
        geography=areas.geography,
        notes=(*_told(scene, travel, around), *notes),
        estimates=tuple(sorted(uncertain | ({demand} & set(blocks.estimates)))),
    )


def _told(scene: Scene, travel: TravelTimes | None, around: Layer | None) -> list[str]:
    """Return how ways were measured, and who else counts."""
    name = scene.asked.name
    if travel is None:
        notes = [told("access.note_straight", name)]
    else:
        notes = [told("access.note_travel", name, what=travel.source.title)]
    cells = len(scene.origins.keys) - scene.origins.blocks
    if cells and around is not None:
        notes.append(told("access.note_around", name, count=cells, what=around.source.title))
    return notes


def _edge(scene: Scene, pieces: np.ndarray, beyond: np.ndarray, *, open_demand: bool) -> list[str]:
    """Return which areas could look different if more were known of what lies beyond."""
    blocks, method = scene.origins.blocks, scene.asked.method
    shares = method == "2sfca" and open_demand
    notes = []
    if beyond.any():
        count = int(beyond.sum())
        note = "access.note_all_beyond" if beyond.all() else "access.note_beyond"
        notes.append(told(note, scene.asked.name, count=count))
    elif scene.ways.unit == "metres":
        away = edge.distance_to(pieces, scene.origins.points[:blocks])
        notes += scene.told("access.note_edge_supply", scene.named(_could_gain(scene, away)))
    if shares and scene.ways.unit == "metres":
        reach = scene.asked.reach or 0.0
        crossing = beyond | (edge.distance_to(pieces, scene.ways.destinations) <= reach)
        costs = scene.ways.within(reach)
        touched = supply_within(costs, crossing.astype(float))[:blocks] > 0
        notes += scene.told("access.note_edge_demand", scene.named(touched))
    if scene.ways.unit != "metres" and (shares or not beyond.any()):
        notes += scene.told("access.note_edge_minutes", edge.at_edge(pieces, scene.areas))
    return notes


def _could_gain(scene: Scene, away: np.ndarray) -> np.ndarray:
    """Return which blocks supply right beyond the border could serve better than what is known."""
    cost, reach = scene.ways.nearest(), scene.asked.reach
    if scene.asked.method == "nearest":
        return away < cost
    within = away <= (reach or 0.0)
    return within & (cost > (reach or 0.0)) if scene.asked.method == "within" else within
