"""Themes of a county's social planning: nine fields of action and what runs across them."""

THEMES: dict[str, tuple[str, str]] = {
    "betreuung": ("Betreuung", "Care and support"),
    "wohnen": ("Wohnen", "Housing"),
    "pflege": ("Pflege", "Long-term care"),
    "bildung": ("Bildung", "Education"),
    "mobilitaet": ("Mobilität", "Mobility"),
    "sicherheit": ("Materielle und soziale Sicherheit", "Material and social security"),
    "demografie": ("Demografie", "Demography"),
    "laendlich": ("Ländlicher Raum", "Rural areas"),
    "gesundheit": ("Gesundheit", "Health"),
    "inklusion": ("Inklusion", "Inclusion"),
    "kinderarmut": ("Kinderarmut", "Child poverty"),
    "altersarmut": ("Altersarmut", "Poverty in old age"),
    "ehrenamt": ("Ehrenamt", "Volunteering"),
}
"""German and English label of every theme by its id: nine themes, then cross-cutting topics."""


def theme_label(theme: str, language: str = "de") -> str:
    """Return what a reader calls a theme; a theme of a county's own goes by its id.

    Examples
    --------
    >>> theme_label("laendlich"), theme_label("laendlich", "en"), theme_label("weinbau")
    ('Ländlicher Raum', 'Rural areas', 'weinbau')
    """
    labels = THEMES.get(theme, (theme, theme))
    return labels[1] if language == "en" else labels[0]
