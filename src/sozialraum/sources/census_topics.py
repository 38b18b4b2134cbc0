"""Topics of the census grids of 2022: their columns, and what may be summed.

Names of columns as the official CSV files write them (statistical offices of the Federation
and the Länder, grid cells of the census 2022). Files whose topic is not listed are read as
well; a listed topic with a column that stands in none of them is not what it is called.
"""

import re
from collections.abc import Sequence
from functools import cache

AGES = "Insgesamt_Bevoelkerung Unter10 a10bis19 a20bis29 a30bis39 a40bis49 a50bis59 a60bis69"
BUILDING_TYPES = (
    "FreiEFH EFH_DHH EFH_Reihenhaus Freist_ZFH ZFH_DHH ZFH_Reihenhaus MFH_3bis6Wohnungen "
    "MFH_7bis12Wohnungen MFH_13undmehrWohnungen AndererGebaeudetyp"
)
HEATING = (
    "Insgesamt_Heizungsart Fernheizung Etagenheizung Blockheizung Zentralheizung "
    "Einzel_Mehrraumoefen keine_Heizung"
)
ENERGY = (
    "Insgesamt_Energietraeger Gas Heizoel Holz_Holzpellets Biomasse_Biogas "
    "Solar_Geothermie_Waermepumpen Strom Kohle Fernwaerme kein_Energietraeger"
)
COUNTRIES = (
    "Insgesamt_Bevoelkerung Deutschland Ausland_Sonstige EU27_Land Sonstiges_Europa "
    "Sonstige_Welt Sonstige"
)
CHILDREN = "ohneKind mind_1Kind_unter18 Kinder_ab18"
TOPICS: dict[str, str] = {
    "Bevoelkerungszahl": "Einwohner",
    "Deutsche_Staatsangehoerige_ab18": "Deutsche_ab18",
    "Anteil_Auslaender": "AnteilAuslaender",
    "Auslaenderanteil_ab18": "AnteilAuslaenderAb18",
    "Auslaenderanteil_EU": "Auslaenderanteil_EU Auslaenderanteil_nichtEU",
    "Durchschnittsalter": "Durchschnittsalter",
    "Anteil_unter_18": "AnteilUnter18",
    "Anteil_ueber_65": "AnteilUeber65",
    "Alter_in_5_Altersklassen": (
        "Insgesamt_Bevoelkerung Unter18 a18bis29 a30bis49 a50bis64 a65undaelter"
    ),
    "Alter_in_10er-Jahresgruppen": f"{AGES} a70bis79 a80undaelter",
    "Alter_infr": (
        "Insgesamt_Bevoelkerung Unter3 a3bis5 a6bis9 a10bis15 a16bis18 a19bis24 a25bis39 "
        "a40bis59 a60bis66 a67bis74 a75undaelter"
    ),
    "Familienstand": (
        "Insgesamt_Bevoelkerung Ledig Verheiratet Verwitwet Geschieden "
        "EingetrLebenspartnerschaft EingetrLebenspartVerstorben EingetrLebenspartAufgehoben "
        "OhneAngabe"
    ),
    "Staatsangehoerigkeit": "Insgesamt_Bevoelkerung Deutschland Ausland_Sonstige",
    "Staatsangehoerigkeit_Gruppen": COUNTRIES,
    "Zahl_der_Staatsangehoerigkeiten": (
        "Insgesamt_Bevoelkerung EineStaatsang Mehrere_deutsch_und_auslaendisch "
        "Mehrere_nur_auslaendisch Nicht_bekannt"
    ),
    "Geburtsland_Gruppen": COUNTRIES,
    "Religion": "Insgesamt_Bevoelkerung Roemisch_katholisch Evangelisch Sonstige_keine_ohneAngabe",
    "Groesse_des_privaten_Haushalts": (
        "Insgesamt_Haushalte 1_Person 2_Personen 3_Personen 4_Personen 5_Personen "
        "6_Personen_und_mehr"
    ),
    "Durchschn_Haushaltsgroesse": "DurchschnHHGroesse",
    "Typ_priv_HH_Familie": (
        "Insgesamt_Haushalte EinpersHH_SingleHH Paare_ohneKind Paare_mitKind Alleinerziehende "
        "MehrpersHHohneKernfam"
    ),
    "Typ_priv_HH_Lebensform": (
        "Insgesamt_Haushalte EinpersHH_SingleHH Ehepaare EingetrLebensp NichtehelLebensg "
        "AlleinerzMuetter AlleinerzVaeter MehrpersHHohneKernfam"
    ),
    "Seniorenstatus_eines_privaten_Haushalts": (
        "Insgesamt_Haushalte HH_nurSenioren HH_mitSenioren HH_ohneSenioren"
    ),
    "Grosse_Kernfamilie_bis6undmehrPers": (
        "Insgesamt_Familien a2Personen a3Personen a4Personen a5Personen a6Pers_und_mehr"
    ),
    "Typ_der_Kernfamilie_nach_Kindern": " ".join(
        [
            "Insgesamt_Familie",
            *(f"{of}_{c}" for of in ("Ehep", "EingetrLP", "NichtehelLG") for c in CHILDREN.split()),
            *(f"{of}_{c}" for of in ("Vater", "Mutter") for c in CHILDREN.split()[1:]),
        ]
    ),
    "Durchschn_Nettokaltmiete": "durchschnMieteQM",
    "Durchschn_Nettokaltmiete_Anzahl_der_Wohnungen": "durchschnMieteQM AnzahlWohnungen",
    "Eigentuemerquote": "Eigentuemerquote",
    "Leerstandsquote": "Leerstandsquote",
    "Marktaktive_Leerstandsquote": "marktaktive_Leerstandsquote",
    "Durchschn_Flaeche_je_Bewohner": "durchschnFlaechejeBew",
    "Durchschn_Flaeche_je_Wohnung": "durchschnFlaechejeWohn",
    "Flaeche_der_Wohnung_10m2_Intervalle": (
        "Insgesamt_Wohnungen Unter30 30bis39 40bis49 50bis59 60bis69 70bis79 80bis89 90bis99 "
        "100bis109 110bis119 120bis129 130bis139 140bis149 150bis159 160bis169 170bis179 "
        "180undmehr"
    ),
    "Wohnungen_nach_Zahl_der_Raeume": (
        "Insgesamt_Wohnungen 1Raum 2Raeume 3Raeume 4Raeume 5Raeume 6Raeume 7undmehrRaeume"
    ),
    "Wohnung_Gebaeudetyp_Groesse": f"Insgesamt_Wohnungen {BUILDING_TYPES}",
    "Geb_Gebaeudetyp_Groesse": f"Insgesamt_Gebaeude {BUILDING_TYPES}",
    "Heizungsart": HEATING,
    "Gebaeude_nach_ueberwiegender_Heizungsart": HEATING,
    "Energietraeger": ENERGY,
    "Gebaeude_nach_Energietraeger_der_Heizung": ENERGY,
    "Gebaeude_nach_Baujahr_in_MZ_Klassen": (
        "Insgesamt_Gebaeude Vor1919 a1919bis1948 a1949bis1978 a1979bis1990 a1991bis2000 "
        "a2001bis2010 a2011bis2019 a2020undspaeter"
    ),
    "Baujahr_JZ": (
        "Insgesamt_Gebaeude Vor1919 a1919bis1949 a1950bis1959 a1960bis1969 a1970bis1979 "
        "a1980bis1989 a1990bis1999 a2000bis2009 a2010bis2015 a2016undspaeter"
    ),
    "Baujahresklassen": (
        "Insgesamt_Gebaeude a1859undfrueher a1860bis1918 a1919bis1948 a1949bis1957 a1958bis1968 "
        "a1969bis1978 a1979bis1983 a1984bis1994 a1995bis2001 a2002bis2009 a2010bis2022"
    ),
    "Gebaeude_nach_Anzahl_der_Wohnungen": (
        "Insgesamt_Gebaeude 1_Wohnung 2_Wohnungen 3bis6_Wohnungen 7bis12_Wohnungen "
        "13undmehr_Wohnungen"
    ),
}
"""Columns of a topic by the name its CSV files carry after ``Zensus2022_``."""

SHARE = re.compile(r"anteil|durchschn|quote|median|mittelwert|prozent|_[AD]$", re.IGNORECASE)
"""Names of shares and means in the grid files of both censuses."""
TOTAL = re.compile(r"^insgesamt_", re.IGNORECASE)
"""The published total of a topic: the denominator of its shares."""
ATTRIBUTE = re.compile(
    r"^(fid|ogc_fid|objectid|id|ags|ars|rs|agskey|nuts\w*|gem|gemeinde\w*|kreis\w*|krs|land|bundesland"
    r"|[xy](_mp)?(_(100m|1km|10km))?|lon|lat|name|gen|shape_+(area|length|leng)|ags_\w+|ars_\w+|index|__index_level_0__|unnamed\W*\d*)$",
    re.IGNORECASE,
)
"""Columns that programs add to the cells and that count nothing."""


def unknown_columns(topic: str, columns: Sequence[str]) -> list[str]:
    """Return the columns that stand in no topic, if the topic itself is a listed one.

    Examples
    --------
    >>> unknown_columns("Bevoelkerungszahl", ["Einwohner", "Traktoren"])
    ['Traktoren']
    >>> unknown_columns("Traktoren", ["Traktoren"])
    []
    """
    topics, known = _names()
    if _plain(topic) not in topics:
        return []
    return [name for name in columns if not TOTAL.match(name) and _plain(name) not in known]


def categories(columns: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
    """Return the total and the categories of a topic, if the columns are all of them.

    Examples
    --------
    >>> categories(["Insgesamt_Bevoelkerung", "Deutschland", "Ausland_Sonstige"])
    ('Insgesamt_Bevoelkerung', ('Deutschland', 'Ausland_Sonstige'))
    >>> categories(["Insgesamt_Bevoelkerung", "Deutschland"]) is None
    True
    """
    totals = [name for name in columns if TOTAL.match(name)]
    parts = tuple(name for name in columns if name not in totals)
    whole = {frozenset(names.split()) for names in TOPICS.values()}
    if len(totals) != 1 or frozenset(columns) not in whole:
        return None
    # these groups lie within "Ausland_Sonstige", which is listed beside them
    if "EU27_Land" in parts:
        parts = tuple(name for name in parts if name != "Ausland_Sonstige")
    return totals[0], parts


@cache
def _names() -> tuple[frozenset[str], frozenset[str]]:
    """Return the topics and all columns, as they are compared."""
    columns = {_plain(name) for names in TOPICS.values() for name in names.split()}
    return frozenset(_plain(topic) for topic in TOPICS), frozenset(columns)


def _plain(name: str) -> str:
    """Return a name without case, signs and the letters that programs put before digits."""
    plain = re.sub(r"[\W_]+", "", name.casefold())
    return re.sub(r"^[ax](?=\d)", "", plain)
