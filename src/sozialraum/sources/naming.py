"""Names of variables made of what files call things."""

import re
import unicodedata

LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "³": "3", "²": "2"})


def variable_name(label: str) -> str:
    """Return a label in lower-case letters, digits and single underscores.

    Examples
    --------
    >>> variable_name("Bevölkerung insgesamt (31.12.)"), variable_name("unter 3 Jahre")
    ('bevoelkerung_insgesamt_31_12', 'unter_3_jahre')
    """
    plain = label.casefold().translate(LETTERS)
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "x"
