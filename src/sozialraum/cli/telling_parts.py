"""What a project is made of, one line a part, for the reader at the terminal."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sozialraum.cli.speech import Speech
from sozialraum.files.wording import day, number
from sozialraum.model import (
    Assignment,
    Delivery,
    Indicator,
    Layer,
    Method,
    Policy,
    Raster,
    TravelTimes,
)

if TYPE_CHECKING:
    from sozialraum.pipeline.checking import Noun


def part_lines(part: str, nouns: Sequence["Noun"], speech: Speech) -> Iterator[str]:
    """Yield what was read of a part of the project: names, dates and shapes, no count of people."""
    indicators = [noun.id for noun in nouns if isinstance(noun, Indicator)]
    if indicators:
        yield speech("check_indicators", count=len(indicators), names=", ".join(indicators))
    for noun in nouns:
        match noun:
            case Policy():
                yield _policy(noun, speech)
            case Layer():
                yield _layer(speech(f"check_part_{part}"), noun, speech)
            case Raster():
                rows, columns = noun.values.shape
                size = {"rows": rows, "columns": columns, "side": f"{noun.width:g}"}
                yield speech("check_raster", title=noun.source.title, **size)
            case TravelTimes():
                pairs = {"origins": len(noun.origins), "places": len(noun.destinations)}
                yield speech("check_travel", title=noun.source.title, **pairs)
            case Assignment():
                tally = {"count": len(noun.blocks), "changed": noun.changed}
                yield speech("check_assignment", title=noun.title, **tally)
            case Delivery():
                yield _delivery(noun, speech)
            case Method():
                yield speech("check_method", label=noun.label(speech.language), id=noun.id)


def _policy(policy: Policy, speech: Speech) -> str:
    decided = ""
    if policy.decided_by and policy.decided_on:
        on = day(policy.decided_on, speech.language)
        decided = speech("check_decided", day=on, by=policy.decided_by)
    return speech("check_policy", name=policy.name, decided=decided)


def _layer(part: str, layer: Layer, speech: Speech) -> str:
    columns = [name for name in layer.frame.columns if name != layer.frame.geometry.name]
    return speech(
        "check_layer",
        part=part,
        title=layer.source.title,
        count=number(len(layer.frame), 0, speech.language),
        key=layer.key,
        columns=speech("check_columns", names=", ".join(columns)) if columns else "",
    )


def _delivery(delivery: Delivery, speech: Speech) -> str:
    days = [day(one, speech.language) for one in delivery.dates]
    told = ", ".join(days)
    if len(days) > 1:
        told = speech("check_dates", count=len(days), first=days[0], last=days[-1])
    return speech(
        "check_delivery",
        name=delivery.name,
        title=delivery.source.title,
        dates=told,
        variables=", ".join(delivery.variables),
    )
