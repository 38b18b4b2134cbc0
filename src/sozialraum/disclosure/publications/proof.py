"""A leak as a sentence: what is published, added up, and what follows from it."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from sozialraum.messages import listing, text
from sozialraum.model.audited import AuditReport, Grounds, Leak, Piece
from sozialraum.model.statement import Statement

MOST_PIECES = 12
"""A longer sum is told by its length and its first parts."""
FEW = 4
"""How many units, terms or parts are named before the rest is counted."""


def sentence(leak: Leak, language: str = "de", *, numbers: bool = True) -> str:
    """Return the proof of a leak in words.

    Parameters
    ----------
    leak
        The leak.
    language
        ``"de"`` or ``"en"``.
    numbers
        Whether to tell what can be derived; else only from what it can be.

    Examples
    --------
    >>> large = Statement("count", "S", "x", value=Fraction(20))
    >>> small = Statement("count", "W", "x", value=Fraction(18))
    >>> pieces = (
    ...     Piece(Fraction(1), Fraction(20), large, exact=True),
    ...     Piece(Fraction(-1), Fraction(18), small, exact=True),
    ... )
    >>> grounds = Grounds(2, 2, upper=pieces, lower=pieces)
    >>> print(sentence(Leak(("u",), "x", 2, 2, "exact", ("minus", "S", "W"), grounds), "en"))
    S − W = 20 − 18 = 2: x in S without W (units u) is exactly 2.
    """
    if leak.reason == "dominance":
        return text("audit.claim_dominance", language, id=leak.variable)
    where = place(leak.name, language, units=leak.units)
    values = {"variable": leak.variable, "where": where}
    if numbers:
        span = _span(leak, language)
        claim = text(f"audit.claim_{leak.reason}", language, span=span, **values)
    else:
        claim = text(f"audit.hint_{leak.reason}", language, **values)
    ground = "" if leak.grounds is None else _ground(leak, leak.grounds, language, numbers=numbers)
    return text("audit.because", language, ground=ground, claim=claim) if ground else claim


def _span(leak: Leak, language: str) -> str:
    """Return the limits of a leak in words."""
    if leak.lo == leak.hi:
        return str(leak.lo)
    top = text("audit.no_limit", language) if leak.hi is None else str(leak.hi)
    return text("audit.span", language, low=leak.lo, high=top)


def place(name: tuple[str, ...], language: str, units: tuple[str, ...] = ()) -> str:
    """Return the name of a target in words.

    Examples
    --------
    >>> place(("minus", "S1", "W1", "W2"), "en")
    'S1 without W1, W2'
    """
    kind, *areas = name
    first = areas[0] if areas else ""
    others = ", ".join(areas[1:])
    found = text(f"audit.place_{kind}", language, first=first, others=others)
    if kind == "area" or not units:
        return found
    return text("audit.of_units", language, where=found, units=listing(units, FEW, language))


def record(report: AuditReport, language: str) -> dict[str, Any]:
    """Return a report as JSON knows it, proofs in a language.

    Parameters
    ----------
    report
        The report.
    language
        ``"de"`` or ``"en"``.
    """
    return {
        "verdict": report.verdict,
        "leaks": [
            {
                "units": list(leak.units),
                "variable": leak.variable,
                "lo": leak.lo,
                "hi": leak.hi,
                "reason": leak.reason,
                "proof": sentence(leak, language),
            }
            for leak in report.leaks
        ],
        "unresolved": [place(name, language) for name in report.unresolved],
        "checked": dict(report.checked),
        "model": text("audit.model", language),
        "earlier": "with" if report.earlier else "without",
    }


def _ground(leak: Leak, grounds: Grounds, language: str, *, numbers: bool) -> str:
    """Return what is added up, after what is less than obvious about it."""
    speech = _Speech(leak.variable, language, numbers=numbers)
    pieces = dict.fromkeys((*grounds.upper, *grounds.lower))
    told = [speech.note(piece) for piece in pieces if numbers and len(pieces) <= MOST_PIECES]
    if not grounds.summed:
        names = speech.names(grounds.upper)
        told.append(text("audit.together", language, names=names) if names else "")
    elif grounds.upper == grounds.lower and all(piece.exact for piece in grounds.upper):
        told.append(speech.side(grounds.upper, "=", grounds.known))
    else:
        told.append(speech.side(grounds.lower, "≥", grounds.known))
        told.append(speech.side(grounds.upper, "≤", grounds.known))
    if any(piece.about[:1] == ("least",) and not piece.amount for piece in pieces):
        told.append(text("audit.never_negative", language))
    if grounds.rest:
        told.append(text("audit.about_rest", language, universe=grounds.rest))
    if grounds.whole:
        told.append(text("audit.whole_numbers", language))
    return "; ".join(dict.fromkeys(part for part in told if part))


class _Speech:
    """The words for the pieces of a proof about one variable."""

    def __init__(self, variable: str, language: str, *, numbers: bool) -> None:
        self.variable = variable
        self.language = language
        self.numbers = numbers

    def side(self, pieces: Iterable[Piece], sign: str, known: int) -> str:
        """Return a sum of pieces: names, numbers and the total; nothing for an empty sum."""
        added = [piece for piece in pieces if piece.amount or piece.about[:1] != ("least",)]
        if not added:
            return ""
        if len(added) > MOST_PIECES:
            formula = text("audit.many", self.language, count=len(added), names=self.names(added))
        else:
            formula = _joined((piece.factor, self.name(piece)) for piece in added)
        if not self.numbers:
            return formula
        total = sum((piece.factor * piece.amount for piece in added), Fraction(known))
        shown = steps = self.figure(total)
        if len(added) <= MOST_PIECES:
            steps = _joined((piece.factor, self.figure(piece.amount)) for piece in added)
        if known:
            formula, steps = f"{formula} + {known}", f"{steps} + {known}"
        return f"{formula} {sign} {steps}" + ("" if steps == shown else f" = {shown}")

    def names(self, pieces: Iterable[Piece]) -> str:
        """Return the names of pieces, the first few."""
        named = dict.fromkeys(self.name(piece) for piece in pieces)
        return listing(tuple(named), FEW, self.language)

    def name(self, piece: Piece) -> str:
        """Return what a piece is called in a sum."""
        statement = piece.statement
        if statement is None:
            return self._limit(piece.about)
        if statement.kind == "linear":
            return statement.label or f"({_joined(self._terms(statement))})"
        if statement.kind == "order":
            return statement.label or self.say("name_order", areas=", ".join(statement.areas))
        own = self.say("name_other", variable=statement.var, area=statement.area)
        return statement.area if statement.var == self.variable else own

    def _limit(self, about: tuple[str, ...]) -> str:
        kind, *rest = about
        if kind == "alone":
            return rest[0]
        variable, universe, *units = rest
        where = listing(tuple(units), FEW, self.language)
        return self.say(f"name_{kind}", variable=variable, universe=universe, where=where)

    def _terms(self, statement: Statement) -> Iterable[tuple[Fraction, str]]:
        for factor, area, variable in statement.terms[:FEW]:
            own = self.say("name_other", variable=variable, area=area)
            yield factor, area if variable == self.variable else own
        if len(statement.terms) > FEW:
            yield Fraction(1), "…"

    def note(self, piece: Piece) -> str:
        """Return what is published, where it is not simply a number of cases."""
        statement = piece.statement
        if statement is None:
            return self.say("note_alone", area=piece.about[1]) if piece.about[0] == "alone" else ""
        if statement.kind in ("count", "linear", "order"):
            return ""
        shown = {
            "value": "" if statement.value is None else self.figure(statement.value),
            "lo": self._end(statement.lo),
            "hi": self._end(statement.hi),
            "base": statement.base,
            "deviation": statement.max_dev,
            "of": statement.of,
            "per": self.figure(statement.per),
        }
        if statement.known_range is not None:
            shown |= {"lo": self._end(statement.known_range[0])}
            shown |= {"hi": self._end(statement.known_range[1])}
        return self.say(f"note_{statement.kind}", area=statement.area, **shown)

    def _end(self, limit: Fraction | None) -> str:
        return text("audit.no_limit", self.language) if limit is None else self.figure(limit)

    def figure(self, value: Fraction) -> str:
        """Return a number as people write it: whole, else with up to six decimals."""
        if value.denominator == 1:
            return str(int(value))
        shown = f"{float(value):.6f}".rstrip("0")
        if Fraction(shown) != value:
            return str(value)
        return shown.replace(".", ",") if self.language == "de" else shown

    def say(self, name: str, **values: Any) -> str:
        """Return one of the audit's sentences."""
        return text(f"audit.{name}", self.language, **values)


def _joined(parts: Iterable[tuple[Fraction, str]]) -> str:
    """Return ``"2 × A − B"``."""
    told = ""
    for factor, what in parts:
        size = abs(factor)
        shown = what if size == 1 else f"{size} × {what}"
        if told:
            told += f" − {shown}" if factor < 0 else f" + {shown}"
        else:
            told = f"−{shown}" if factor < 0 else shown
    return told
