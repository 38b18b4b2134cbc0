"""What a project file answers of the questions that data-protection law asks.

German only: the documents belong to German proceedings. What the project does not know is
left open by :func:`gap` for people to fill in.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sozialraum.files.wording import day
from sozialraum.model import Indicator, Policy
from sozialraum.sources import Described

LEVELS = {"register": "Gitterzelle", "cells": "Gitterzelle", "areas": "Gebiet"}
REGISTERS = ("register", "registers")
"""Deliveries about everybody who is registered."""
PROTECTIONS = {
    "health": "Gesundheitsdaten (Art. 9 DSGVO)",
    "care": "Pflege: Sozialdaten, Gesundheitsbezug (Art. 9 DSGVO)",
    "youth": "Sozialdaten der Jugendhilfe (SGB VIII)",
    "social": "Sozialdaten (§ 67 Abs. 2 SGB X)",
    "general": "allgemein",
}
"""What each class of sensitivity stands for, most sensitive first."""
BASES = {
    "health": "z. B. Landesgesetz über den öffentlichen Gesundheitsdienst mit Art. 9 Abs. 2 DSGVO",
    "care": "z. B. Landespflegegesetz, § 75 SGB X",
    "youth": "z. B. § 80 SGB VIII, § 67c SGB X",
    "social": "z. B. § 75 SGB X, Vertrag mit dem Lieferanten",
    "general": "z. B. Art. 6 Abs. 1 Buchst. e DSGVO mit Landesrecht",
}


def gap(what: str) -> str:
    """Return the mark of something that only people can fill in.

    Examples
    --------
    >>> gap("Anschrift")
    '[bitte ergänzen: Anschrift]'
    """
    return f"[bitte ergänzen: {what}]"


@dataclass(frozen=True)
class Processing:
    """What a project says about the data it processes; no count of it.

    Parameters
    ----------
    title, county
        As in the project file.
    policy
        What may be published.
    deliveries
        What was delivered, as described; their files need not be there.
    indicators
        What is measured.
    output, work
        Names of the output and work folder.
    today
        The day of the draft.
    """

    title: str
    county: str
    policy: Policy
    deliveries: tuple[Described, ...]
    indicators: tuple[Indicator, ...]
    output: str
    work: str
    today: date

    @cached_property
    def values(self) -> dict[str, Any]:
        """What the templates ask for, by name."""
        supplies = [self._supply(one) for one in self.deliveries]
        days = [o.source.delete_by for o in self.deliveries if o.source.confidential]
        classes = sorted(PROTECTIONS[name] for name in self._classes - {"general"})
        audiences = list(self._audiences())
        return {
            "title": self.title,
            "county": self.county,
            "policy": self.policy,
            "k_classes": ", ".join(
                f"{PROTECTIONS[name].split(' (')[0].split(':')[0]}: ab {k}"
                for name, k in self.policy.k_by_sensitivity.items()
            ),
            "signed": self._signed(),
            "supplies": supplies,
            "audiences": audiences,
            "audience_names": ", ".join(name for name, _ in audiences),
            "earliest": day(min(filter(None, days)), "de") if any(days) else "",
            "output": self.output,
            "work": self.work,
            "today": day(self.today.isoformat(), "de"),
            "classes": ", ".join(classes),
            "health": bool(self._classes & {"health", "care"}),
            "register": any(one.kind in REGISTERS for one in self.deliveries),
            "confidential": sum(one.source.confidential for one in self.deliveries),
            "likely": self._likely,
        }

    def _supply(self, delivery: Described) -> dict[str, Any]:
        sensitivity = self._sensitivity(delivery)
        source = delivery.source
        late = delivery.is_overdue(self.today)
        state = "überfällig" if late else "in der Frist" if source.delete_by else "ohne Frist"
        everybody = delivery.kind in REGISTERS
        return {
            "name": delivery.name,
            "source": source,
            "level": LEVELS.get(delivery.kind, "Gebiet oder Gemeinde"),
            "variables": delivery.variables,
            "people": "alle Einwohnerinnen und Einwohner" if everybody else "",
            "protection": PROTECTIONS[sensitivity] if source.confidential else "nicht vertraulich",
            "basis": BASES[sensitivity],
            "date": day(source.reference_date, "de") if source.reference_date else "",
            "delete_by": day(source.delete_by, "de") if source.delete_by else "",
            "files": len(delivery.files),
            "state": state if delivery.files else "nicht (mehr) da",
        }

    def _sensitivity(self, delivery: Described) -> str:
        """Return the most sensitive class of the indicators that are made of a delivery."""
        used = {i.sensitivity for i in self.indicators if self._uses(i, delivery)}
        return next((name for name in PROTECTIONS if name in used), "general")

    @staticmethod
    def _uses(indicator: Indicator, delivery: Described) -> bool:
        names = (indicator.numerator, indicator.denominator, indicator.behind)
        used = rf"(?<![\w.]){re.escape(delivery.name)}\."
        return any(name and re.search(used, name) for name in names)

    @property
    def _classes(self) -> set[str]:
        confidential = [one for one in self.deliveries if one.source.confidential]
        return {self._sensitivity(one) for one in confidential}

    def _signed(self) -> str:
        policy = self.policy
        if not policy.is_signed(self.today):
            return "Die Regel ist nicht (mehr) unterschrieben: Es entstehen nur Entwürfe."
        until = f", gültig bis {day(policy.valid_until, 'de')}" if policy.valid_until else ""
        decided, heard = day(policy.decided_on, "de"), day(policy.dpo_consulted_on, "de")
        return (
            f"Beschlossen von {policy.decided_by} am {decided}, "
            f"Datenschutz gehört am {heard}{until}."
        )

    def _audiences(self) -> Iterator[tuple[str, str]]:
        yield "Öffentlichkeit", "freigegebene Werte, Karten, Bericht"
        for name in self.policy.audiences:
            if name != "public":
                yield name, f"eigene Freigabe, Kreis nach der Regel „{self.policy.name}“"
        named = {a: one.source.title for one in self.deliveries for a in one.source.audiences}
        for name, title in named.items():
            yield name, f"nach der Beschreibung der Lieferung „{title}“"

    @property
    def _likely(self) -> list[str]:
        """Return the criteria of WP 248 that speak for a high risk, as the project stands."""
        sensitive = bool(self._classes - {"general"})
        confidential = [one for one in self.deliveries if one.source.confidential]
        speaking = {
            "vertrauliche Daten": sensitive,
            "großer Umfang": any(one.kind in REGISTERS for one in self.deliveries),
            "Zusammenführen": len(confidential) > 1,
            "schutzbedürftige Betroffene": sensitive,
        }
        return [name for name, speaks in speaking.items() if speaks]
