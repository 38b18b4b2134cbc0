"""What is invented by hand: municipalities, their place on the map, their neighbours."""

from dataclasses import dataclass

COUNTY = "05999"
NEIGHBOUR_COUNTY = "05998"
COUNTY_NAME = "Musterkreis"
WIDTH_KM, HEIGHT_KM, MARGIN_KM = 35.0, 33.0, 10.0
YEARS = tuple(range(2016, 2026))
RIVER, TRIBUTARY, MOTORWAY = "Aue", "Silber", "A 599"


@dataclass(frozen=True)
class Town:
    """A municipality: key, name, place in kilometres, residents and how they live.

    `x` counts from the main river where `riverside` is on, else from the western edge.
    `per_cell` is the mean number of residents of an inhabited cell, `core` the share of
    the residents in the main town, `quarters` the number of agreed areas (0: none).
    """

    ags: str
    name: str
    x: float
    y: float
    residents: int
    per_cell: float
    core: float
    quarters: int
    kind: str = "Stadt"
    riverside: bool = False

    @property
    def ars(self) -> str:
        """Twelve-digit key; its first five and last three digits are the eight-digit key."""
        return f"{self.ags[:5]}0{self.ags[5:]}{self.ags[5:]}"


TOWNS = (
    Town("05999001", "Auenfurt", 3.0, 19.6, 70_000, 37.0, 0.72, 33, riverside=True),
    Town("05999002", "Bärenscheid", 32.0, 3.6, 3_000, 7.5, 0.42, 4, "Gemeinde"),
    Town("05999003", "Birkenhoven", 19.6, 26.0, 18_000, 18.5, 0.45, 0, "Gemeinde"),
    Town("05999004", "Buchenscheid", 25.6, 16.2, 14_000, 14.5, 0.40, 0, "Gemeinde"),
    Town("05999005", "Dornsiepen", 24.6, 6.4, 12_000, 13.5, 0.42, 0, "Gemeinde"),
    Town("05999006", "Eichenfurt", 12.6, 30.4, 26_000, 24.0, 0.55, 0),
    Town("05999007", "Fährhoven", 2.2, 26.2, 45_000, 34.0, 0.68, 9, riverside=True),
    Town("05999008", "Falkenrath", 26.4, 28.0, 10_000, 12.0, 0.40, 0, "Gemeinde"),
    Town("05999009", "Grünscheid", 31.6, 22.0, 7_000, 9.5, 0.40, 8, "Gemeinde"),
    Town("05999010", "Königsauel", 4.6, 13.2, 53_000, 35.0, 0.66, 23, riverside=True),
    Town("05999011", "Lindenscheid", 18.6, 11.0, 23_000, 22.5, 0.52, 12),
    Town("05999012", "Mühlhoven", 16.0, 19.0, 42_000, 32.0, 0.66, 8),
    Town("05999013", "Niederauel", -3.6, 30.0, 20_000, 22.0, 0.50, 0, "Gemeinde", riverside=True),
    Town("05999014", "Silberauel", -3.4, 21.4, 39_000, 33.0, 0.64, 8, riverside=True),
    Town("05999015", "Steinhoven", 2.8, 5.8, 33_000, 30.0, 0.62, 7, riverside=True),
    Town("05999016", "Straßhoven", -4.4, 4.6, 28_000, 25.0, 0.52, 0, riverside=True),
    Town("05999017", "Tannscheid", 32.2, 12.2, 5_000, 8.5, 0.40, 6, "Gemeinde"),
    Town("05999018", "Weidenhoven", -4.2, 12.8, 36_000, 30.0, 0.58, 7, riverside=True),
    Town("05999019", "Weißenrath", 16.4, 3.6, 16_000, 17.5, 0.42, 6, "Gemeinde"),
)
"""The nineteen municipalities; residents are those of the last year."""

NEIGHBOURS = (
    Town("05998004", "Ginsterrath", 3.0, 37.8, 9_000, 16.0, 0.6, 0, "Gemeinde"),
    Town("05998008", "Hagenfurt", 14.5, 38.2, 11_000, 18.0, 0.6, 0),
    Town("05998012", "Quellscheid", 25.6, 37.6, 5_000, 12.0, 0.5, 0, "Gemeinde"),
    Town("05998016", "Ulmenrath", 39.8, 27.0, 4_000, 11.0, 0.5, 0, "Gemeinde"),
    Town("05998020", "Wolfsiepen", 39.8, 13.5, 4_000, 11.0, 0.5, 0, "Gemeinde"),
)
"""Municipalities of the neighbouring county, so that a selection by county means something."""

BEYOND = (
    *((x, -5.6) for x in (-6.0, 2.0, 10.0, 18.0, 26.0, 34.0, 42.0)),
    *((-6.6, y) for y in (1.0, 8.0, 15.0, 22.0, 29.0, 36.0)),
    *((x, 43.0) for x in (-6.0, 0.0, 6.0, 12.0, 18.0, 24.0, 30.0, 36.0, 43.0)),
    *((44.6, y) for y in (2.0, 7.0, 12.0, 20.0, 26.0, 33.0)),
    (40.5, 1.0),
    (-3.0, 41.0),
    (36.5, 38.5),
)
"""Centres of land nobody draws: it gives the outer border a natural course."""

EXCLAVE_OF, EXCLAVE_IN = "05999019", "05999005"
EXCLAVE_RESIDENTS = 1_500
LAKES = (("05999004", "Buchensee"), ("05999008", "Falkenteich"))
SCHOOL_DISTRICTS_IN = (
    "05999001",
    "05999003",
    "05999006",
    "05999010",
    "05999011",
    "05999012",
    "05999015",
    "05999018",
)
ADDRESSES_IN = ("05999008", "05999009")

_FIRST = (
    "Ahl Amsel Birk Bram Brenn Dahl Dohr Dorn Eber Eich Erlen Esch Fink Ginster Gries Hahn Hasel"
    " Heid Hers Hirz Höh Holder Hüls Imm Kalk Kald Kiebitz Kreuz Kuhl Lehm Lerch Lich Linden Löh"
    " Lüt Möh Neun Öl Ohl Pütz Quer Ramers Röts Sand Schlad Schnepp Süls Theis Ücken Viel Wahl"
    " Weiden Wint Wolfs Zeit"
)
_LAST = (
    "broich busch furth höhe hoven kotten kuhl lehn mühle rath siefen seifen strauch wiese winkel"
    " wisch"
)
VILLAGE_FIRST, VILLAGE_LAST = tuple(_FIRST.split()), tuple(_LAST.split())
_QUARTERS = (
    "Altstadt Bahnhofsviertel Lerchenfeld Mühlenviertel Am_Stadtwald Rosental Dichterviertel"
    " Weststadt Nordstadt Südstadt Oststadt Am_Deich Hafenviertel Marienviertel Schlossviertel"
    " Gartenstadt Weiherfeld Komponistenviertel Am_Kreuzberg Sonnenhang Neue_Mitte Tannenbusch"
    " Am_Wasserturm Burgviertel Ziegelei Malerviertel Am_Klosterhof Hangviertel Uferviertel"
    " Kirschallee Am_Schlachthof Blumenviertel Vogelsiedlung Klinikviertel Messplatz Lindenhof"
    " Am_Gaswerk Fliederbusch Eisenbahnersiedlung Kasernenviertel Am_Rosengarten Steinkuhle"
    " Obstwiesen Turmviertel Am_Volkspark Waldsiedlung Inselviertel Postviertel"
)
QUARTER_NAMES = tuple(name.replace("_", " ") for name in _QUARTERS.split())
_STREETS = (
    "Ahornweg Am_Bach Am_Hang Amselweg An_der_Kirche Auf_dem_Berg Bachstraße Bergstraße"
    " Birkenweg Brunnenstraße Buchenweg Dorfstraße Drosselweg Eichenweg Erlenweg Feldstraße"
    " Finkenweg Gartenstraße Gartenweg Grüner_Weg Hauptstraße Heideweg Höhenstraße Im_Tal"
    " Im_Winkel Kapellenweg Kirchstraße Lindenstraße Mittelstraße Mühlenweg Raiffeisenstraße"
    " Ringstraße Rosenweg Schlehenweg Schulstraße Sonnenstraße Talstraße Tannenweg Waldstraße"
    " Weiherstraße Wiesenstraße Zum_Sportplatz Zur_Mühle"
)
STREET_NAMES = tuple(name.replace("_", " ") for name in _STREETS.split())
STREET_ENDINGS = ("weg", "straße", "pfad", "gasse")
