"""What came out, in one sentence a noun, for the reader at the terminal."""

from typing import TYPE_CHECKING

from sozialraum import schema
from sozialraum.cli.speech import Speech
from sozialraum.files.wording import day, number, share
from sozialraum.schema import Grade, State

if TYPE_CHECKING:
    from sozialraum.model import Areas, Flags, Index, Release


def areas_line(areas: "Areas", speech: Speech) -> str:
    """Return how many areas there are, and how many fall short."""
    frame = areas.frame
    return speech(
        "told_areas",
        areas=number(len(frame), 0, speech.language),
        towns=frame[schema.MUNICIPALITY].nunique(),
        adopted=number(int((frame["origin"] == "adopted").sum()), 0, speech.language),
        below=int((~frame["passes"]).sum()),
    )


def release_line(release: "Release", speech: Speech) -> str:
    """Return how much of a release is published, and whether it is a draft."""
    small = release.areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL
    return speech(
        "told_draft" if release.draft else "told_release",
        areas=number(int(small.sum()), 0, speech.language),
        indicators=len(release.indicators),
        share=share(release.audit.share_published, speech.language),
    )


def index_line(index: "Index", speech: Speech) -> str:
    """Return the areas in every class of the status, and those without one."""
    sizes = index.table["status_class"].value_counts()
    classes = ", ".join(f"{name}: {sizes.get(name, 0)}" for name in index.method.classes)
    return speech(
        "told_index",
        method=index.method.label(speech.language),
        date=day(index.date, speech.language),
        classes=classes,
        missing=int((index.table["state"] != State.VALUE).sum()),
    )


def flags_line(flags: "Flags", speech: Speech) -> str:
    """Return how many areas are conspicuous, by strength of the evidence."""
    high = flags.areas[flags.areas["direction"] == "high"]["grade"]
    return speech(
        "told_flags",
        areas=number(len(flags.areas), 0, speech.language),
        confirmed=int((high == Grade.CONFIRMED).sum()),
        notable=int((high == Grade.NOTABLE).sum()),
        hint=int((high == Grade.HINT).sum()),
    )
