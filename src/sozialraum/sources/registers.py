"""Population registers of many senders, each in its own layout, as one delivery."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from sozialraum.errors import SourceError
from sozialraum.model import Delivery, Source
from sozialraum.sources.ages import Group, parts_of
from sozialraum.sources.archives import local_file
from sozialraum.sources.cells import summed
from sozialraum.sources.loaded import Place, places_in
from sozialraum.sources.long import Part, long_table, repeated
from sozialraum.sources.notes import note
from sozialraum.sources.registers_file import Registers, Sender, read_mapping, requests
from sozialraum.sources.registers_rows import NOWHERE, PLACE, WHOLE
from sozialraum.sources.registers_table import How, read_cube
from sozialraum.sources.registers_totals import HALF, Cube
from sozialraum.sources.symbols import Counts, combine


@dataclass(slots=True)
class Collected:
    """What was read from all senders.

    Parameters
    ----------
    areas
        Counts by area or cell, one part a table, and the municipality of each.
    units
        Counts by municipality.
    notes, faults
        What was found; groups that a sender cannot give.
    """

    areas: list[tuple[str, Part]] = field(default_factory=list)
    units: list[Part] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def parts(self) -> list[Part]:
        """Counts of areas and of municipalities."""
        return [*(part for _, part in self.areas), *self.units]


def read_registers(path: str | Path) -> Delivery:
    r"""Return population registers of many senders as one delivery.

    Parameters
    ----------
    path
        TOML file with one ``[[register]]`` table a sender and layout, and ``[variables]``
        that say what is asked for: ages and sex, in any spelling (``"0-2"``, ``"w 80+"``).

    Returns
    -------
    Delivery
        Counts of areas (or cells), and of municipalities: the row of totals where there
        is one, else the areas and the people without an area added up. Municipalities
        that sent something are its `covers`; those that did not are named in the notes.

    Raises
    ------
    SourceError
        Faults of the mapping (all at once); ages asked for that the groups of a sender
        cannot give (all at once, with sender and groups); columns, keys, ages or dates that
        cannot be read: with file, row and column. Nothing is read in part.
    DisclosureError
        A table holds records of single people.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> rows = "Bezirk;0 b.u. 3;3 u. älter\nB1;10;90\nkeine Angabe;0;4\n"
    >>> _ = (folder / "a_2025.csv").write_text(rows, encoding="utf-8")
    >>> mapping = '''[variables]
    ... u3 = "unter 3"
    ... residents = "0+"
    ... [[register]]
    ... municipality = "05999001"
    ... files = "a_2025.csv"
    ... layout = "wide"
    ... key = "Bezirk"
    ... groups = {"0 b.u. 3" = "0-2"}
    ... '''
    >>> _ = (folder / "melderegister.toml").write_text(mapping, encoding="utf-8")
    >>> register = read_registers(folder / "melderegister.toml")
    >>> register.table[["level", "key", "variable", "value"]].values.tolist()  # doctest: +ELLIPSIS
    [['area', 'B1', 'residents', 100.0], ['municipality', '05999001', 'residents', 104.0], ...
    """
    path = local_file(path)
    mapping = read_mapping(path)
    if not mapping.variables:
        raise SourceError("registers.nothing_asked", path=path)
    source = mapping.source
    collected = read_senders(path, mapping.variables, source.minimum if source else 0)
    return Delivery(
        mapping.name,
        long_table(collected.parts),
        source.source() if source else Source(provider=path.name, title=path.stem),
        geography=mapping.geography,
        covers=covered(collected),
        absent_is_zero=zero_for_all(mapping),
        notes=tuple(collected.notes),
    )


def read_senders(path: Path, variables: Mapping[str, str], minimum: int) -> Collected:
    """Return what all senders of a mapping sent.

    Raises
    ------
    SourceError
        As for :func:`read_registers`; or no file of any sender is there.
    """
    mapping = read_mapping(path)
    asked = requests(dict(variables))
    collected = Collected()
    for sender in mapping.register_:
        how = How(sender, minimum, mapping.is_zero(sender))
        for file, shown in mapping.files(sender, path):
            for place in places_in(file, sheet=sender.sheet or None, shown=shown):
                named = Place(place.path, place.member, place.sheet, place.shown, sender.encoding)
                cube, notes = read_cube(named, how)
                collected.notes += notes
                _collect(cube, asked, sender, collected)
    if collected.faults:
        lines = "\n  ".join(collected.faults)
        raise SourceError("registers.no_group", ids=collected.faults, path=path, faults=lines)
    if not collected.units:
        raise SourceError("sources.no_file", ids=[n for s in mapping.register_ for n in s.files])
    collected.notes += _missing(mapping, collected)
    _unite(collected)
    return collected


def covered(collected: Collected) -> tuple[str, ...]:
    """Return the municipalities that sent something."""
    return tuple(sorted({str(key) for part in collected.units for key in part.key}))


def zero_for_all(mapping: Registers) -> bool:
    """Return whether a key that is absent means nobody, with every sender."""
    return all(mapping.is_zero(sender) for sender in mapping.register_)


def _collect(cube: Cube, asked: Mapping[str, Group], sender: Sender, collected: Collected) -> None:
    """Add the counts of a table: those of its areas, and those of its municipality."""
    given, faults = _given(cube, asked, sender)
    collected.faults += faults
    if faults:
        return
    at = cube.kind == PLACE
    if at.any():
        level = repeated("cell" if sender.level == "cell" else "area", int(at.sum()))
        counts = {name: _rows(one, at) for name, one in given.items()}
        collected.areas.append(
            (sender.municipality, Part(level, cube.key[at], cube.date[at], counts))
        )
    unit, differing = _municipality(cube, given, sender)
    collected.units.append(unit)
    collected.notes += _told(cube, sender, differing)


def _given(
    cube: Cube, asked: Mapping[str, Group], sender: Sender
) -> tuple[dict[str, Counts], list[str]]:
    """Return the counts asked for, and those that the groups of a table cannot give."""
    given, faults = {}, []
    for name, group in asked.items():
        parts = parts_of(group, list(cube.counts))
        if parts is None:
            here = ", ".join(map(str, sorted(cube.counts, key=lambda g: (g.sex, g.ages))))
            faults.append(
                f"{sender.municipality} ({cube.where}): {name} = {group}; "
                + note("registers.groups_here", groups=here)
            )
            continue
        columns = {f"c{i}": cube.counts[part] for i, part in enumerate(parts)}
        given[name] = combine(" + ".join(columns), columns)
    return given, faults


def _rows(counts: Counts, at: np.ndarray) -> Counts:
    fields = (counts.value, counts.low, counts.high, counts.mark, counts.limited)
    return Counts(*(one[at] for one in fields))


def _municipality(
    cube: Cube, given: Mapping[str, Counts], sender: Sender
) -> tuple[Part, list[str]]:
    """Return counts of the municipality by date, and dates at which totals and sums differ."""
    days, at = np.unique(cube.date.astype(str), return_inverse=True)
    total = cube.kind == WHOLE
    has_total = np.zeros(len(days), dtype=bool)
    has_total[at[total]] = True
    counts, differing = {}, set()
    # dates with a row of totals take that row, others the sum of their parts
    taken = np.where(has_total[at], total, True)
    for name, one in given.items():
        counts[name] = summed([_rows(one, taken)], at[taken])
        parts = np.flatnonzero(~total)
        if has_total.any() and len(parts):
            sums = np.bincount(at[parts], one.value[parts], len(days))
            with_parts = np.bincount(at[parts], minlength=len(days)) > 0
            apart = has_total & with_parts & (np.abs(sums - counts[name].value) > HALF)
            differing |= {str(day) for day in days[apart]}
    key = repeated(sender.municipality, len(days))
    part = Part(repeated("municipality", len(days)), key, days.astype(object), counts)
    return part, sorted(differing)


def _told(cube: Cube, sender: Sender, differing: list[str]) -> list[str]:
    notes = []
    unit = {"unit": sender.municipality, "path": cube.where}
    if differing:
        notes.append(note("registers.note_totals_differ", ids=differing, **unit))
    if (cube.kind == NOWHERE).any() and sender.level != "municipality":
        notes.append(note("registers.note_nowhere", **unit))
    return notes


def _missing(mapping: Registers, collected: Collected) -> list[str]:
    """Return sentences about senders that sent nothing, or not for every reference date."""
    here = covered(collected)
    expected = {*mapping.municipalities, *(one.municipality for one in mapping.register_)}
    notes = []
    if absent := sorted(expected - set(here)):
        notes.append(note("registers.note_missing", ids=absent, count=len(absent)))
    days = {(str(k), str(d)) for p in collected.units for k, d in zip(p.key, p.date, strict=True)}
    for day in sorted({day for _, day in days}):
        late = [unit for unit in here if (unit, day) not in days]
        if late:
            notes.append(note("registers.note_not_at", ids=late, date=day))
    return notes


def _unite(collected: Collected) -> None:
    """Add up what several tables hold of one municipality or cell; refuse areas in two.

    Raises
    ------
    SourceError
        Areas of the same key in several senders, or twice at one date.
    """
    units = pd.Series([unit for unit, part in collected.areas for _ in part.key], dtype="str")
    parts = [part for _, part in collected.areas]
    if parts:
        frame = _places(parts).assign(unit=units)
        identity = ["level", "key", "date"]
        twice = frame.duplicated([*identity, "unit"])
        twice |= frame.duplicated(identity) & (frame["level"] == "area")
        if twice.any():
            ids = sorted(set(frame["key"][twice] + " (" + frame["unit"][twice] + ")"))
            raise SourceError("registers.keys_in_two", ids=ids)
        united = _united(parts)
        collected.areas = [("", united)]
    collected.units = [_united(collected.units)]


def _places(parts: list[Part]) -> pd.DataFrame:
    names = ("level", "key", "date")
    return pd.DataFrame({n: np.concatenate([getattr(p, n) for p in parts]) for n in names})


def _united(parts: list[Part]) -> Part:
    frame = _places(parts)
    group = frame.groupby(["level", "key", "date"], sort=False).ngroup().to_numpy()
    first = frame.drop_duplicates()
    counts = {n: summed([part.counts[n] for part in parts], group) for n in parts[0].counts}
    level, key, date = (first[name].to_numpy(dtype=object) for name in ("level", "key", "date"))
    return Part(level, key, date, counts)
