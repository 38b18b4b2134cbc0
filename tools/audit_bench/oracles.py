"""The auditor beside an oracle: enumeration of small publications, full programmes of cities.

The oracle (tests/oracle.py) holds nothing of the auditor: own reading of the statements,
own targets, own judgement.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from audit_bench.cities import MODES, WHOLE, city, publication
from audit_bench.small import small

TESTS = Path(__file__).parents[2] / "tests"
if str(TESTS) not in sys.path:
    sys.path.append(str(TESTS))

import oracle  # noqa: E402 - beside the tests that use it too

SMALL = 200
CITIES = 40
AREAS = (36, 48, 60, 72, 84)
"""Areas of the cities, in turn."""
KS = (3, 5)


class Compared(NamedTuple):
    """One publication, audited and worked out.

    Parameters
    ----------
    targets
        Targets that some bounds would make a leak.
    leaks
        Those that do leak, by the oracle.
    missing
        Leaks (with interval and reason) that the auditor does not report.
    wrong
        Leaks that it reports and that are none, or others.
    further
        Leaks that it reports of targets the oracle did not ask for, confirmed.
    unresolved
        What it leaves open.
    """

    targets: int
    leaks: int
    missing: list[Any]
    wrong: list[Any]
    further: int
    unresolved: int

    @property
    def mismatches(self) -> int:
        """Number of leaks on which the two do not agree."""
        return len(self.missing) + len(self.wrong)


def audited(case: Mapping[str, Any]) -> tuple[set[Any], int]:
    """Return what the auditor reports, in the words of the oracle, and what it leaves open."""
    from sozialraum.disclosure.publications.audit import audit
    from sozialraum.disclosure.publications.reading import parse_publication

    report = audit(parse_publication(case))
    found = {
        oracle.Leak(
            leak.units, leak.variable, _or_none(leak.lo, -1), _or_none(leak.hi, 1), leak.reason
        )
        for leak in report.leaks
    }
    return found, len(report.unresolved)


def compare(
    case: Mapping[str, Any],
    bounds: Callable[..., Any],
    targets: Iterable[frozenset[str]] | None = None,
) -> Compared:
    """Return on what the auditor and an oracle agree.

    Parameters
    ----------
    case
        The publication.
    bounds
        :func:`oracle.enumerated` or :func:`oracle.solved`.
    targets
        What the oracle asks for; all families of the rule when omitted.
    """
    asked = list(oracle.families(case) if targets is None else targets)
    expected = set(oracle.leaks(case, bounds, asked))
    found, unresolved = audited(case)
    other = found - expected
    sets = {frozenset(leak.units) for leak in other}
    confirmed = other & set(oracle.leaks(case, bounds, sets)) if sets else set()
    known = {(units, name) for units in asked for name in case["policy"]["sensitive"]}
    further = {leak for leak in confirmed if (frozenset(leak.units), leak.variable) not in known}
    return Compared(
        sum(oracle.can_leak(case, *one) for one in known),
        len(expected),
        sorted(expected - found),
        sorted(other - further),
        len(further),
        unresolved,
    )


def smalls(number: int = SMALL, *, limit: int = 100_000) -> Iterator[tuple[int, Compared]]:
    """Yield seed and comparison of small publications that can be enumerated."""
    seed = 0
    while number:
        case = small(seed)
        try:
            yield seed, compare(case, lambda *about: oracle.enumerated(*about, limit=limit))
            number -= 1
        except oracle.TooManyError:
            pass
        seed += 1


def cities(numbers: Iterable[int] = range(CITIES)) -> Iterator[tuple[str, Compared]]:
    """Yield name and comparison of made-up cities, every mode of publication."""
    for number in numbers:
        made = city(AREAS[number % len(AREAS)], 1_000 + number)
        for mode in MODES:
            k = KS[number % len(KS)]
            case = publication(made, k=k, mode=mode, seed=number)
            targets = oracle.families(case, without=[WHOLE])
            yield f"{number}-{mode}-{k}", compare(case, oracle.solved, targets)


def _or_none(limit: int | None, sign: int) -> int:
    return sign * oracle.NONE if limit is None else limit
