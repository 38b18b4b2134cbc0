"""What every election file comes down to: districts, who may vote, who did, and for whom."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sozialraum.errors import SourceError
from sozialraum.sources.loaded import Loaded
from sozialraum.sources.naming import variable_name
from sozialraum.sources.symbols import Counts, Mark

ELIGIBLE, CARDS, VOTERS, WITH_CARD = "eligible", "cards", "voters", "voters_with_card"
INVALID, VALID, BALLOTS = "invalid", "valid", "valid_ballots"
SPECIAL = re.compile(
    r".*(sonder|anstalt|klinik|krankenh|altenh|senioren|pflege).*|s|sw|swb|6", re.IGNORECASE
)
"""What names and kinds of special districts say."""
VOTES, FIRST = "votes_", "first_"
"""Beginnings of the names of votes by party, and of everything about first votes."""

SHOWN = 40
"""Columns that an error lists: some files have hundreds."""
SHORT = {
    "christlich_demokratische_union_deutschlands": "cdu",
    "christlich_soziale_union_in_bayern_e_v": "csu",
    "christlich_soziale_union_in_bayern": "csu",
    "sozialdemokratische_partei_deutschlands": "spd",
    "freie_demokratische_partei": "fdp",
    "buendnis_90_die_gruenen": "gruene",
    "alternative_fuer_deutschland": "afd",
    "die_linke": "linke",
    "die_linke_nordrhein_westfalen": "linke",
    "partei_mensch_umwelt_tierschutz": "tierschutzpartei",
    "partei_fuer_arbeit_rechtsstaat_tierschutz_elitenfoerderung"
    "_und_basisdemokratische_initiative": "die_partei",
    "piratenpartei_deutschland": "piraten",
    "oekologisch_demokratische_partei": "oedp",
    "oekologisch_demokratische_partei_die_naturschutzpartei": "oedp",
    "nationaldemokratische_partei_deutschlands": "npd",
    "marxistisch_leninistische_partei_deutschlands": "mlpd",
    "buendnis_sahra_wagenknecht_vernunft_und_gerechtigkeit": "bsw",
    "volt_deutschland": "volt",
    "buergerrechtsbewegung_solidaritaet": "bueso",
    "basisdemokratische_partei_deutschland": "diebasis",
    "gruene_b_90": "gruene",
}
"""Short names of parties by their full ones: files of one election use either."""


@dataclass(frozen=True, slots=True)
class Districts:
    """The districts of one election, polling and postal ones, as their file lists them.

    Parameters
    ----------
    unit, number
        Municipality key and number of every district; the key is blank where the file
        names no municipality.
    postal
        True for postal districts.
    joint
        Name of the group of municipalities whose postal votes are counted together, else
        blank.
    counts
        Numbers by variable: :data:`ELIGIBLE`, :data:`VOTERS` and so on.
    labels
        What the file calls a variable, where that says more than its name.
    rows, where
        Row of every district in its file, and what to call the file.
    date
        Day of the election (ISO 8601); blank where the file does not say.
    notes
        What the reader found and did.
    """

    unit: np.ndarray
    number: np.ndarray
    postal: np.ndarray
    joint: np.ndarray
    counts: Mapping[str, Counts]
    labels: Mapping[str, str]
    rows: np.ndarray
    where: str
    date: str = ""
    notes: tuple[str, ...] = ()

    def taken(self, mask: np.ndarray) -> "Districts":
        """Return the districts for which a mask is True."""
        return Districts(
            self.unit[mask],
            self.number[mask],
            self.postal[mask],
            self.joint[mask],
            {name: counts.taken(mask) for name, counts in self.counts.items()},
            self.labels,
            self.rows[mask],
            self.where,
            self.date,
            self.notes,
        )

    @property
    def shown(self) -> list[str]:
        """Municipality and number of every district, for messages."""
        pairs = zip(self.unit, self.number, strict=True)
        return [f"{unit}-{number}" if unit else str(number) for unit, number in pairs]


def party_name(label: str) -> str:
    """Return the name of a party as part of the name of a variable.

    Examples
    --------
    >>> [party_name(x) for x in ("BÜNDNIS 90/DIE GRÜNEN", "GRÜNE", "Die PARTEI", "V-Partei³")]
    ['gruene', 'gruene', 'die_partei', 'v_partei3']
    """
    name = variable_name(label)
    return SHORT.get(name, name)


def named_parties(labels: Iterable[str], prefix: str) -> dict[str, str]:
    """Return variables by what the file calls the parties; no two share a name.

    Examples
    --------
    >>> named_parties(["CDU", "Die Linke", "DIE LINKE"], "votes_")
    {'CDU': 'votes_cdu', 'Die Linke': 'votes_linke', 'DIE LINKE': 'votes_linke_2'}
    """
    taken: set[str] = set()
    found: dict[str, str] = {}
    for label in labels:
        name = base = f"{prefix}{party_name(label)}"
        number = 1
        while name in taken:
            number += 1
            name = f"{base}_{number}"
        taken.add(name)
        found[label] = name
    return found


def require(loaded: Loaded, choices: Iterable[Sequence[str]]) -> None:
    """Raise unless a table has one column of each choice; names all that are missing.

    Case does not matter.
    """
    present = {name.casefold() for name in loaded.names}
    missing = [" / ".join(c) for c in choices if not present & {name.casefold() for name in c}]
    if missing:
        shown = ", ".join(loaded.names[:SHOWN])
        raise SourceError("sources.columns_missing", ids=missing, path=loaded.where, present=shown)


def counts_of(loaded: Loaded, columns: Mapping[str, str]) -> dict[str, Counts]:
    """Return the counts of columns by variable; `columns` maps variables to columns.

    Raises
    ------
    SourceError
        Cells are no counts; names all of them.
    """
    if not columns or not len(loaded.rows):
        raise SourceError("elections.no_results", path=loaded.where)
    parsed = loaded.counts(list(dict.fromkeys(columns.values())))
    return {variable: parsed[column] for variable, column in columns.items()}


def withheld(counts: Mapping[str, Counts], where: np.ndarray) -> dict[str, Counts]:
    """Return the counts as not delivered where a district has not reported."""
    return {name: c.marked(where, Mark.NOT_DELIVERED) for name, c in counts.items()}


def padded(loaded: Loaded, column: str, width: int) -> np.ndarray:
    """Return a part of a key with its leading zeros."""
    return loaded.texts(column).str.zfill(width).to_numpy(dtype=object)


def positions(names: np.ndarray) -> dict[str, np.ndarray]:
    """Return where each name stands."""
    found = pd.Series(names, dtype="str").groupby(names).indices
    return {str(name): np.asarray(at) for name, at in found.items()}


def is_zero(counts: Counts) -> np.ndarray:
    """Return where a count is exactly 0."""
    return counts.value == 0


def nobody_eligible(counts: Mapping[str, Counts], districts: int) -> np.ndarray:
    """Return where people voted and nobody is eligible: 0, or a sign for "there is none".

    So it is in postal districts, and in special ones such as hospitals.
    """
    if not {ELIGIBLE, VOTERS} <= counts.keys():
        return np.zeros(districts, dtype=bool)
    eligible = counts[ELIGIBLE]
    none = np.isin(eligible.mark, (Mark.NOT_DELIVERED, Mark.NOT_APPLICABLE))
    return (is_zero(eligible) | none) & (counts[VOTERS].value > 0)
