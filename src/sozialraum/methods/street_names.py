"""Names of streets, compared however they are spelt."""

import re
import unicodedata

UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
ENDINGS = (
    (re.compile(r"str(asse)?(\.|\b)"), "str "),
    (re.compile(r"pl\.|\bpl\b"), "platz "),
    (re.compile(r"\bst\.|\bst\b"), "sankt "),
    (re.compile(r"\bprof\."), "professor "),
    (re.compile(r"\bdr\."), "doktor "),
)
"""What is written in short and in full."""


def plain_street(name: str) -> str:
    """Return the name of a street as it is compared: no case, umlauts, blanks or short forms.

    Examples
    --------
    >>> [plain_street(n) for n in ("Mühlenstr.", "Muehlen-Straße", "MÜHLENSTRASSE")]
    ['muehlenstr', 'muehlenstr', 'muehlenstr']
    >>> plain_street("Kölner Str. "), plain_street("St.-Anna-Pl.")
    ('koelnerstr', 'sanktannaplatz')
    """
    plain = unicodedata.normalize("NFC", name).casefold().translate(UMLAUTS)
    for pattern, full in ENDINGS:
        plain = pattern.sub(full, plain)
    return re.sub(r"[\W_]+", "", plain)
