"""Postal votes: kept apart, left out, or shared out to the polling districts.

Whoever votes by post is counted in postal districts, which have no eligible voters and no
shape on the ground. Turnout by polling district therefore needs a decision, and this is where
it is made. Shared votes are estimates: who voted by post lives somewhere among the
polling districts that a postal district stands for, nobody knows where.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sozialraum.errors import SourceError
from sozialraum.sources.elections_rows import (
    CARDS,
    ELIGIBLE,
    VOTERS,
    WITH_CARD,
    Districts,
    positions,
)
from sozialraum.sources.notes import note
from sozialraum.sources.symbols import Counts, Mark

type Postal = Literal["separate", "drop", "share"]
type Groups = str | Mapping[str, str]
POLICIES = ("separate", "drop", "share")
AT_POLL, BY_POST = "voters_at_poll", "voters_by_post"
NOT_SHARED = (ELIGIBLE, CARDS)
FEW = 0.5
"""Share of polling cards that must come back as votes; postal votes are missing below it."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Districts after the decision, and which of their variables are estimates."""

    districts: Districts
    estimates: tuple[str, ...] = ()


def settled(districts: Districts, postal: str | None, groups: Groups | None) -> Settled:
    """Return the districts with their postal votes treated as asked.

    Parameters
    ----------
    districts
        All districts of the election.
    postal
        What to do; None is an error where there are postal districts.
    groups
        Which polling districts a postal district stands for (:func:`group_names`);
        all of its municipality when omitted.

    Raises
    ------
    SourceError
        Postal districts and no decision; a decision that does not exist; nobody to share
        postal votes out to.
    """
    if postal is not None and postal not in POLICIES:
        raise SourceError("elections.no_such_policy", ids=[postal], known=", ".join(POLICIES))
    if not districts.postal.any():
        return Settled(_without_postal(districts))
    if postal is None:
        ids = [districts.shown[i] for i in np.flatnonzero(districts.postal)]
        raise SourceError("elections.postal_needed", ids=ids, path=districts.where, count=len(ids))
    if postal == "share":
        return _shared(districts, groups)
    return Settled(_dropped(districts) if postal == "drop" else _apart(districts))


def _without_postal(districts: Districts) -> Districts:
    """Return districts of a file without postal ones; votes by post may be missing in it."""
    counts = districts.counts
    if not {CARDS, VOTERS, WITH_CARD} <= counts.keys():
        return districts
    cards, returned = np.nansum(counts[CARDS].value), np.nansum(counts[WITH_CARD].value)
    if not cards or returned >= FEW * cards:
        return districts
    told = note("elections.note_no_postal", path=districts.where, variable=AT_POLL)
    return _renamed(districts, told)


def _renamed(districts: Districts, told: str) -> Districts:
    """Return districts whose voters are called what they are: those who came to the poll."""
    counts = {AT_POLL if name == VOTERS else name: c for name, c in districts.counts.items()}
    return replace(districts, counts=counts, notes=(*districts.notes, told))


def _dropped(districts: Districts) -> Districts:
    left = int(districts.postal.sum())
    told = note("elections.note_dropped", path=districts.where, count=left, variable=AT_POLL)
    return _renamed(districts.taken(~districts.postal), told)


def _apart(districts: Districts) -> Districts:
    """Return polling and postal districts side by side, their voters under two names."""
    counts = dict(districts.counts)
    postal = districts.postal
    if VOTERS in counts:
        voters = counts.pop(VOTERS)
        counts[AT_POLL] = voters.marked(postal, Mark.NOT_APPLICABLE)
        counts[BY_POST] = voters.marked(~postal, Mark.NOT_APPLICABLE)
    for name in NOT_SHARED:
        if name in counts:
            counts[name] = counts[name].marked(postal, Mark.NOT_APPLICABLE)
    notes = [
        note(
            "elections.note_apart",
            path=districts.where,
            count=int(postal.sum()),
            at_poll=AT_POLL,
            by_post=BY_POST,
        )
    ]
    number = districts.number
    polled = set(zip(districts.unit[~postal], number[~postal], strict=True))
    if polled & set(zip(districts.unit[postal], number[postal], strict=True)):
        number = np.where(postal, number + "-B", number).astype(object)
        notes.append(note("elections.note_suffix", path=districts.where))
    return replace(districts, number=number, counts=counts, notes=(*districts.notes, *notes))


def group_names(districts: Districts, groups: Groups | None) -> np.ndarray:
    r"""Return which districts belong together inside a municipality.

    Parameters
    ----------
    districts
        Polling and postal districts.
    groups
        A regular expression over the number of a district, of which what the brackets
        catch is the name of the group (``r"(\d{3})"``: the first three digits), or a
        mapping of numbers to names.

    Raises
    ------
    SourceError
        The expression is faulty, or it fits some numbers not; names them.
    """
    if groups is None:
        return districts.unit
    found = [_group(str(number), groups, districts.where) for number in districts.number]
    missing = [districts.shown[i] for i, name in enumerate(found) if name is None]
    if missing:
        raise SourceError("elections.no_group", ids=missing, path=districts.where)
    return districts.unit + "/" + np.array([str(name) for name in found], dtype=object)


def _group(number: str, groups: Groups, where: str) -> str | None:
    if not isinstance(groups, str):
        return groups.get(number)
    try:
        found = re.match(groups, number)
    except re.error as error:
        raise SourceError("elections.bad_groups", path=where, groups=groups) from error
    if found is None:
        return None
    return "".join(part or "" for part in found.groups()) if found.groups() else found[0]


def _shared(districts: Districts, groups: Groups | None) -> Settled:
    """Return the polling districts with the postal votes they probably cast."""
    own = group_names(districts, groups)
    jointly = districts.postal & (districts.joint != "")
    source = np.where(jointly, "+" + districts.joint, own)[districts.postal]
    polls, posts = districts.taken(~districts.postal), districts.taken(districts.postal)
    targets = own[~districts.postal], "+" + polls.joint
    shares, basis = _shares(polls, posts, source, targets)
    names = [name for name in districts.counts if name not in NOT_SHARED]
    counts = dict(polls.counts)
    if VOTERS in counts:
        counts[AT_POLL] = counts[VOTERS]
    for name in names:
        counts[name] = _added(polls.counts[name], posts.counts[name], shares)
    result = replace(
        polls, counts=counts, notes=(*polls.notes, *_told(polls, posts, basis, counts))
    )
    return Settled(result, tuple(names))


def _shares(
    polls: Districts,
    posts: Districts,
    source: np.ndarray,
    targets: tuple[np.ndarray, np.ndarray],
) -> tuple[list[tuple[np.ndarray, np.ndarray, np.ndarray]], dict[str, int]]:
    """Return, for every group: its postal districts, its polling districts, their weights.

    Weights are the eligible voters with a polling card, or else all eligible voters, of
    each polling district; they add up to 1.

    Raises
    ------
    SourceError
        Groups without polling districts, or without anybody eligible; names them all.
    """
    own, joint = (positions(names) for names in targets)
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    basis = {CARDS: 0, ELIGIBLE: 0}
    alone: list[str] = []
    for name, members in sorted(positions(source).items()):
        places = own.get(name, joint.get(name, np.empty(0, dtype=int)))
        for kind in basis:
            weight = _weights(polls, kind, places)
            if weight is not None:
                found.append((members, places, weight))
                basis[kind] += 1
                break
        else:
            alone += [posts.shown[i] for i in members]
    if alone:
        raise SourceError("elections.nobody_to_share", ids=alone, path=posts.where)
    return found, basis


def _weights(polls: Districts, name: str, places: np.ndarray) -> np.ndarray | None:
    """Return how much of a group's votes each place takes, or None where that is not known."""
    if name not in polls.counts or not len(places):
        return None
    counts = polls.counts[name].value[places]
    total = counts.sum()
    return counts / total if np.isfinite(total) and total > 0 else None


def _added(
    polls: Counts, posts: Counts, shares: list[tuple[np.ndarray, np.ndarray, np.ndarray]]
) -> Counts:
    """Return counts of polling districts with their part of the postal ones.

    A party that does not run has no postal votes; any other missing part makes the sum missing.
    """
    more = np.zeros(len(polls.value))
    mark = polls.mark.astype(int).copy()
    for members, places, weight in shares:
        marks = posts.mark[members]
        known = marks == Mark.VALUE
        missing = marks[~known & (marks != Mark.NOT_APPLICABLE)]
        if len(missing):
            mark[places] = np.maximum(mark[places], missing.max())
        more[places] += posts.value[members][known].sum() * weight
    value = np.where(mark == Mark.VALUE, polls.value + more, np.nan)
    return Counts(value, value.copy(), value.copy(), mark.astype(np.int8), polls.limited)


def _told(
    polls: Districts, posts: Districts, basis: Mapping[str, int], counts: Mapping[str, Counts]
) -> list[str]:
    """Return notes: what was shared out, by what, and whether the total stayed."""
    notes = [
        note(
            "elections.note_shared",
            path=polls.where,
            posts=len(posts.rows),
            polls=len(polls.rows),
            by_cards=basis[CARDS],
            by_eligible=basis[ELIGIBLE],
        )
    ]
    if VOTERS in counts:
        before = np.nansum(polls.counts[VOTERS].value) + np.nansum(posts.counts[VOTERS].value)
        after = np.nansum(counts[VOTERS].value)
        notes.append(note("elections.note_total", before=f"{before:.0f}", after=f"{after:.0f}"))
    if VOTERS in counts and ELIGIBLE in counts:
        beyond = counts[VOTERS].value > counts[ELIGIBLE].value
        beyond &= counts[ELIGIBLE].value > 0
        if beyond.any():
            ids = [polls.shown[i] for i in np.flatnonzero(beyond)]
            notes.append(note("elections.note_beyond", ids=ids, path=polls.where))
    return notes
