"""Years that were published by themselves must not be published added up, and the reverse.

Whoever has the sum of three years and two of them has the third. Within one catalogue this
is refused where counts are measured; here, over everything that was published before.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sozialraum.disclosure.register.book import Ledger
from sozialraum.errors import DisclosureError
from sozialraum.model import Indicator


def check_pools_before(indicators: Iterable[Indicator], ledger: Ledger) -> None:
    """Raise where a count was published before over another number of years.

    Parameters
    ----------
    indicators
        What is to be published now.
    ledger
        The register; what was withdrawn later is known all the same.

    Raises
    ------
    DisclosureError
        Names the indicators, those of today first.
    """
    before = [
        (str(name), defined)
        for entry in ledger.entries
        if entry.kind == "release"
        for name, defined in entry.content["indicators"].items()
    ]
    faults = []
    for one in indicators:
        own = {"numerator": one.numerator, "denominator": one.denominator, "behind": one.behind}
        for name, earlier in before:
            pool = int(earlier.get("pool", 1))
            if pool != one.pool and (_shown_in(own, earlier) or _shown_in(earlier, own)):
                faults.append(f"{one.id} ({one.pool}) / {name} ({pool})")
    if faults:
        raise DisclosureError("ledger.other_pool", ids=dict.fromkeys(faults))


def _shown_in(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether a numerator of `one` is any of the counts of `other`."""
    used = {n for part in ("numerator", "denominator", "behind") for n in _names(other.get(part))}
    return bool(_names(one["numerator"]) & used)


def _names(reference: Any) -> set[str]:
    return {name for name in str(reference or "").split("|") if name}
