"""Small made-up publications with every kind of statement, for exhaustive enumeration.

A publication is a plain mapping in the schema of `sozialraum audit publication`. What is
published is true; whether it gives anything away is left to chance.
"""

from fractions import Fraction
from typing import Any

import numpy as np

KINDS = (
    "count", "count", "suppressed", "mark", "range", "rounded", "perturbed",
    "rate", "rate_class", "affine_index", "order", "linear",
)  # fmt: skip
"""What is published of a count, some time."""
HIDDEN = (0.0, 0.3, 0.6, 0.8)
"""Share of the statements that only say that a count is hidden, one for a publication."""
FEW = 0.15
"""Share of the publications with hardly a case: small units, all hidden but sums of them."""


def small(seed: int) -> dict[str, Any]:
    """Return a publication of 3 to 6 units; same seed, same publication.

    Examples
    --------
    >>> sorted(small(1)) == sorted(small(2))
    True
    """
    return _Maker(np.random.default_rng([seed, 4_711])).publication(seed)


class _Maker:
    """Draws one publication."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.hidden = self._one(HIDDEN)
        self.few = self._chance(FEW)
        self.variables = self._variables()
        self.units = [
            {"id": f"u{number}", "counts": self._counts()}
            for number in range(
                int(rng.integers(3, 7 if len(self.variables) < 3 and not self.few else 5))
            )
        ]
        self.areas = self._areas()

    def publication(self, seed: int) -> dict[str, Any]:
        """Return all of it."""
        sensitive = [name for name, about in self.variables.items() if "subset_of" in about]
        if not sensitive or self._chance(0.15):
            sensitive = [
                name
                for name, about in self.variables.items()
                if not about.get("known_per_unit", False)
            ]
        open_ones = [
            name for name, about in self.variables.items() if not about.get("known_per_unit")
        ]
        published = [
            statement
            for name in open_ones
            for area in self.areas
            if self._chance(0.85) and (statement := self._said(area, name))
        ]
        if self._chance(0.3):
            unit = self._one([unit["id"] for unit in self.units])
            published.append(self._table(unit, self._one(open_ones)))
        background = []
        if self._chance(0.4):
            name = self._one(open_ones)
            units = [unit["id"] for unit in self.units]
            self.areas["total"] = units
            background.append(self._of("count", "total", name, value=self._true(units, name)))
        return {
            "id": f"small-{seed}",
            "policy": self._policy(sensitive),
            "variables": self.variables,
            "units": self.units,
            "areas": self.areas,
            "published": published,
            "background": background,
        }

    def _variables(self) -> dict[str, dict[str, Any]]:
        """Return one of the shapes: universe known or not, chains of subsets, none at all."""
        rng = self.rng
        most = 5 if self.few else int(rng.integers(8, 11))
        known, unknown = {"known_per_unit": True}, {"max_per_unit": most}
        shapes = (
            {"people": known, "poor": {"subset_of": "people"}},
            {"people": known, "poor": {"subset_of": "people"}},
            {"people": unknown, "poor": {"subset_of": "people"}},
            {"people": known, "poor": {"subset_of": "people"}, "alone": {"subset_of": "poor"}},
            {"people": known, "poor": {"subset_of": "people"}, "young": {"subset_of": "people"}},
            {"cases": {"max_per_unit": most}},
            {"cases": {"max_per_unit": most}, "others": {"max_per_unit": most - 2}},
        )
        return {name: dict(about) for name, about in self._one(shapes).items()}

    def _counts(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for name, about in self.variables.items():
            whole = about.get("subset_of")
            if whole is None:
                most = about.get("max_per_unit", 6 if self.few else 10)
                counts[name] = int(self.rng.integers(0 if self._chance(0.2) else 1, most))
            else:
                share = self._one((0.0, 0.2, 0.4, 0.6, 0.9, 1.0))
                counts[name] = int(self.rng.binomial(counts[whole], share))
                if self.few:
                    counts[name] = min(counts[whole], int(self.rng.integers(0, 4)))
        return counts

    def _areas(self) -> dict[str, list[str]]:
        """Return two overlapping partitions, and some sets whatever."""
        names = [unit["id"] for unit in self.units]
        if self.few:
            alone = {f"A{place}": [name] for place, name in enumerate(names)}
            return alone | {"most": names[1:], "all": names}
        sets: list[tuple[str, ...]] = []
        for _ in range(2):
            label = self.rng.integers(0, int(self.rng.integers(2, 4)), len(names))
            sets += [
                tuple(name for name, own in zip(names, label, strict=True) if own == part)
                for part in np.unique(label)
            ]
        for _ in range(int(self.rng.integers(0, 3))):
            number = int(self.rng.integers(1, len(names) + 1))
            sets.append(tuple(sorted(self.rng.choice(names, number, replace=False).tolist())))
        kept = list(dict.fromkeys(sets))[:6]
        return {f"A{place}": list(units) for place, units in enumerate(kept)}

    def _policy(self, sensitive: list[str]) -> dict[str, Any]:
        k = int(self.rng.integers(2, 6))
        return {
            "k": k,
            "min_width": k - 1 if self._chance(0.7) else int(self.rng.integers(1, k + 2)),
            "require_upper_k": self._chance(0.7),
            "complement": self._chance(0.6),
            "all_sensitive": self._chance(0.6),
            "zero_sensitive": self._chance(0.3),
            "min_population": int(self.rng.integers(3, 16)) if self._chance(0.3) else None,
            "insider": self.few or self._chance(0.5),
            "sensitive": sensitive,
        }

    def _said(self, area: str, name: str) -> dict[str, Any] | None:
        if not self.few:
            return self._statement(area, name)
        return self._table(area, name, "suppressed" if len(self.areas[area]) == 1 else "count")

    def _statement(self, area: str, name: str) -> dict[str, Any] | None:
        kind = "suppressed" if self._chance(self.hidden) else self._one(KINDS)
        whole = self.variables[name].get("subset_of")
        if kind in ("rate", "rate_class", "affine_index") and whole:
            return self._rate(kind, area, name, whole)
        if kind == "order" and whole:
            return self._order(name, whole)
        if kind == "linear":
            return self._linear(area, name)
        return self._table(area, name, kind)

    def _table(self, area: str, name: str, kind: str = "count") -> dict[str, Any]:
        """Return a statement about one count."""
        value = self._true(self.areas.get(area, [area]), name)
        below, above = (int(step) for step in self.rng.integers(0, 3, 2))
        if kind == "suppressed":
            return self._of(kind, area, name)
        if kind == "mark":
            limits = [max(0, value - below), value + above if self._chance(0.9) else None]
            return self._of("suppressed", area, name, known_range=limits)
        if kind == "range":
            low = max(0, value - below) if self._chance(0.7) else None
            return self._of(kind, area, name, lo=low, hi=value + above)
        if kind == "rounded":
            return self._rounded(area, name, value)
        if kind == "perturbed":
            most = int(self.rng.integers(1, 4))
            noise = int(self.rng.integers(-most, most + 1))
            about = {"max_dev": most}
            if self._chance(0.3):
                about["zero_means_zero"] = True
                noise = 0 if value == 0 else max(noise, 1 - value)
            return self._of(kind, area, name, value=max(0, value + noise), **about)
        return self._of("count", area, name, value=value)

    def _rounded(self, area: str, name: str, value: int) -> dict[str, Any]:
        base = self._one((2, 3, 5))
        method = self._one(("nearest", "random", "up", "down"))
        lower = value // base * base
        upper = lower if value == lower else lower + base
        shown = {
            "nearest": lower + base * (2 * (value - lower) >= base),
            "random": self._one((lower, upper)),
            "up": upper,
            "down": lower,
        }[method]
        return self._of("rounded", area, name, value=shown, base=base, method=method)

    def _rate(self, kind: str, area: str, name: str, whole: str) -> dict[str, Any] | None:
        units = self.areas[area]
        size = self._true(units, whole)
        if not size:
            return None
        per = self._one((100, 1_000))
        rate = Fraction(per * self._true(units, name), size)
        about = {"of": whole, "per": per}
        if kind == "rate_class":
            width = per // self._one((4, 10))
            low = min(int(rate // width), per // width - 1) * width
            return self._of(kind, area, name, lo=low, hi=low + width, **about)
        decimals = self._one((0, 1, 2))
        if kind == "rate":
            return (
                self._of(kind, area, name, decimals=decimals, value=_near(rate, decimals)) | about
            )
        mean, spread = round(float(self.rng.uniform(0, per)), 1), self._one((4.0, 12.5, 30.0))
        score = (rate - Fraction(str(mean))) / Fraction(str(spread))
        about |= {"mean": mean, "sd": spread, "decimals": decimals}
        return self._of(kind, area, name, value=_near(score, decimals), **about)

    def _order(self, name: str, whole: str) -> dict[str, Any] | None:
        """Return the areas by rate, the smallest first."""
        rates = {
            area: Fraction(self._true(units, name), size)
            for area, units in self.areas.items()
            if (size := self._true(units, whole))
        }
        ranked = sorted(rates, key=lambda area: (rates[area], area))[: int(self.rng.integers(2, 5))]
        if len(ranked) < 2:
            return None
        return {"kind": "order", "var": name, "of": whole, "areas": ranked, "per": 100}

    def _linear(self, area: str, name: str) -> dict[str, Any]:
        """Return a mean, a difference or a sum over areas and variables, with an allowance."""
        other = self._one(list(self.areas))
        second = self._one(list(self.variables)) if self._chance(0.3) else name
        factors = self._one(((0.5, 0.5), (1, -1), (1, 1), (0.25, 0.75), (2, "-1/3")))
        terms = [[factors[0], area, name], [factors[1], other, second]]
        value = sum(
            Fraction(str(factor)) * self._true(self.areas[place], counted)
            for factor, place, counted in terms
        )
        slack = Fraction(str(self._one((0, 0.25, 0.5, 2))))
        low, high = _written(value - slack), _written(value + slack)
        side = self.rng.integers(0, 5)
        return {
            "kind": "linear",
            "terms": terms,
            "lo": None if side == 0 else low,
            "hi": None if side == 1 else high,
        }

    def _of(self, kind: str, area: str, name: str, **more: Any) -> dict[str, Any]:
        return {"kind": kind, "area": area, "var": name} | more

    def _true(self, units: list[str], name: str) -> int:
        return sum(unit["counts"][name] for unit in self.units if unit["id"] in units)

    def _chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def _one(self, choices: Any) -> Any:
        return choices[int(self.rng.integers(len(choices)))]


def _near(value: Fraction, decimals: int) -> float:
    """Return the decimal number next to a fraction."""
    return float(Fraction(round(value * 10**decimals), 10**decimals))


def _written(value: Fraction) -> float | str:
    """Return a number as JSON can hold it without loss: a decimal, or text like 1/3."""
    return float(value) if 100 % value.denominator == 0 else str(value)
