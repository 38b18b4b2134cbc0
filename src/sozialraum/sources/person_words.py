"""Words in column names that speak of single people, and words that speak of places instead.

German and English, with the abbreviations offices use. Names are compared without case,
umlauts and punctuation: ``"Geb.-Datum"`` and ``"GEBDATUM"`` are one.
"""

import re
import unicodedata

UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
COUNTED = re.compile(r"(anzahl|zahl|summe|anteil|quote|number of|share)\b")
"""Beginnings of names that count what follows: "Anzahl Telefonberatungen"."""

DIRECT = {
    "birth_date": re.compile(
        r"geburts?dat|gebdat|geburtstag|geborenam|gebam$|dateofbirth|birthdat|birthday"
        r"|^(geb|dob|gebd|gebtag)$"
    ),
    "name": re.compile(
        r"vorname|nachname|familienname|geburtsname|rufname|zuname$|maedchenname|firstname"
        r"|lastname|surname|forename|givenname|familyname|fullname|vollername|^vorundzuname$"
        r"|namede[rs](person|kind|klient|patient|schueler|versichert|mutter|vater|eltern)"
        r"|^(kind|kindes|klienten|patienten|schueler|eltern|mutter|vater|versicherten)s?name$"
        r"|^name(kind|mutter|vater|eltern|person|patient|klient)"
    ),
    "case_number": re.compile(
        r"aktenzeichen|akten(nr|nummer)|geschaeftszeichen|pseudonym|ordnungsmerkmal"
        r"|^fall(nr|nummer|id|kennung)|^case(id|nr|no|number)$|personenkenn"
        r"|(kunden|klienten|patienten|schueler|personen|bewohner|teilnehmer|mitglieds)(nr|nummer|id)$"
        r"|(person|patient|client|pupil|child|customer)(id|no|number)$|^kind(es)?(nr|id|nummer)$"
        r"|^(bg|bedarfsgemeinschafts)(nr|nummer)$|^(az|gz|pkz)$|^(personal|matrikel)(nr|nummer)$"
    ),
    "insurance_number": re.compile(
        r"versicherten(nr|nummer)|versicherungs(nr|nummer)|^(sv|rv|kv|vs|vers)(nr|nummer)$"
        r"|(sozial|kranken|renten)vers\w*(nr|nummer)$|sozialversicherungsn|insurancen(o|umber)|socialsecurity|^(ssn|kvnr|egk)$"
    ),
    "identity_number": re.compile(
        r"steuer(id|nr|nummer)|taxid|taxnumber|ausweis(nr|nummer)|^personalausweis|pass(nr|nummer)$"
        r"|passportn"
    ),
    "bank_account": re.compile(r"^iban|iban$|^konto(nr|nummer|verbindung)$|bankverbindung"),
    "home_address": re.compile(r"wohn(anschrift|adresse)|meldeadresse|meldeanschrift|homeaddress"),
}
"""Columns that name a person wherever they stand; matched against the name without blanks."""

PHONE = re.compile(
    r"\b(telefon(nummer|nr)?|tel|handy(nummer|nr)?|mobil(nummer|nr|telefon)?|rufnummer|fax|phone)\b"
)
STREET = re.compile(r"\b(strasse|str|strassenname|street|anschrift|adresse|address)\b")
HOUSE_NUMBER = re.compile(
    r"\b(hausnummer|hausnr|haus nr|haus nummer|hnr|hsnr|hs nr|house (number|no))\b"
)
SHORT_NUMBER = re.compile(r"nr|nummer|no|number")
"""What a house number is called only where it stands beside the street."""
RANGE = re.compile(r"\b(von|bis|ab|from|to|gerade|ungerade|even|odd|bereich|range)\b")

CORE = re.compile(
    r"geschlecht|geschl|sex|gender|anrede|geburtsjahr|geb jahr|gebjahr|geburtsmonat|year of birth"
    r"|birth year|alter|alter in jahren|lebensalter|age|staatsangehoerigkeit|nationalitaet"
    r"|citizenship|nationality|familienstand|marital status|religion|konfession|geburtsort"
    r"|geburtsland|country of birth|gebj|jahrgang|staatsang"
)
"""Features by which people are told apart; the whole name must say so and no more."""
FURTHER = re.compile(
    r"herkunft|herkunftsland|muttersprache|familiensprache|beruf|schulabschluss|bildungsabschluss"
    r"|pflegegrad|pflegestufe|diagnose|icd|icd 10|befund|behinderung|gdb|grad der behinderung"
    r"|einkommen|income|leistungsart|hilfeart|massnahme|bezugsbeginn|leistungsbeginn|zuzugsdatum"
    r"|einzugsdatum|gewicht|groesse|koerpergroesse|bmi|impfstatus|aufenthaltsstatus|zahl der kinder"
    r"|migrationshintergrund|diagnosis|occupation|altersgruppe|altersklasse|age group"
)
PERSON = re.compile(
    r"\b(kind|schueler|schuelerin|patient|patientin|klient|klientin|kunde|kundin|bewohner"
    r"|bewohnerin|teilnehmer|teilnehmerin|antragsteller|antragstellerin|versicherter|versicherte"
    r"|leistungsberechtigter|leistungsberechtigte|hilfeempfaenger|mutter|vater|elternteil|person"
    r"|child|pupil|client|resident|parent)\b"
)
NAME = re.compile(r"(name|namen|bezeichnung)")
PEOPLE = re.compile(
    r"\b(personen|einwohner|bewohner|kinder|faelle|fallzahl|haushalte|bg|bedarfsgemeinschaften"
    r"|leistungsempfaenger|leistungsbeziehende|schueler|persons|people|residents|children|cases"
    r"|households|bevoelkerung|population)\b"
)
COUNT = re.compile(
    r"\b(anzahl|zahl|insgesamt|gesamt|summe|total|count|n|wert|value|haeufigkeit|absolut|bestand)\b"
)
OF_BUILDINGS = re.compile(r"wohnung|gebaeude|wohneinheit|adressen|stellplaetze|dwelling|building")
NUMBERING = re.compile(r"(lfd|laufende)? ?(nr|nummer|no|id|index)|lfd|zeile|row")
INSTITUTION = re.compile(
    r"\b(einrichtung(en)?|einrichtungsname|institution|kita|kitas|kindergarten|kindertages\w*|schule"
    r"|schulen|schulname|schulform|schulart|schulnummer|traeger|betreiber|praxis|arztpraxis"
    r"|apotheke|krankenhaus|klinik|heim|pflegeheim|pflegedienst|fachrichtung|firma|unternehmen"
    r"|verein|angebot|wahllokal|wahlraum|bibliothek|standort|facility|school|provider|company)\b"
)
CAPACITY = re.compile(r"\b(\w*plaetze|platzzahl|kapazitaet|betten|gruppen|places|capacity|beds)\b")
PLACE = re.compile(
    r"\b(\w*gebiet\w*|quartier\w*|gemeinde\w*|\w*bezirk\w*|stadtteil\w*|ort|ortsteil\w*|sozialraum\w*"
    r"|\w*schluessel|ags|ars|kreis\w*|stadt|block\w*|zelle\w*|gitter\w*|\w*raum|plz|postleitzahl"
    r"|area\w*|district\w*|municipality|county|cell|region\w*|wohnplatz\w*|viertel)\b"
)
EVENT = re.compile(
    r"\b(stand|stichtag|gueltig\w*|von|bis|ab|beginn|ende|berichts\w*|monat|zeit\w*|tag|jahr|quartal"
    r"|aktualisiert|erstellt|aenderung|eroeffnung\w*|eroeffnet|inbetriebnahme\w*|gruendung\w*|baujahr"
    r"|wahltag|termin|veranstaltung\w*|import|export|lieferdatum|date|opened|founded|valid|updated)\b"
)
"""Dates that are no birthdays."""

INSIDE_NAMES = re.compile(
    r"kita|kindergarten|kindertages|schule|gymnasium|kolleg|haus\b|zentrum|heim\b|verein|e\.\s?v\."
    r"|gmbh|\bst\.|sankt|\bawo\b|caritas|diakonie|\bdrk\b|praxis|klinik|krankenhaus|apotheke|amt\b"
    r"|treff|stiftung|kirche|tagespflege|gruppe|school|centre|center",
    re.IGNORECASE,
)
"""What names of institutions hold and names of people do not."""


def plain(name: str) -> str:
    """Return a column name in small letters without umlauts and punctuation.

    Examples
    --------
    >>> plain("Geb.-Datum"), plain("NachName_Kind"), plain("Straße/Haus-Nr.")
    ('geb datum', 'nach name kind', 'strasse haus nr')
    """
    apart = re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])", " ", unicodedata.normalize("NFC", name))
    # "Schüler:in" and "Klient*in" are the word before
    apart = re.sub(r"[:*_/](in|innen)\b", "", apart, flags=re.IGNORECASE)
    return " ".join(re.sub(r"[\W_]+", " ", apart.casefold().translate(UMLAUTS)).split())


def direct_kind(name: str) -> str | None:
    """Return which kind of personal record a column name speaks of by itself, if any.

    Examples
    --------
    >>> direct_kind(plain("Vorname (Kind)")), direct_kind(plain("Fallzahl"))
    ('name', None)
    """
    if COUNTED.match(name):
        return None
    joined = re.sub(r"\d+$", "", name.replace(" ", ""))
    return next((kind for kind, pattern in DIRECT.items() if pattern.search(joined)), None)
