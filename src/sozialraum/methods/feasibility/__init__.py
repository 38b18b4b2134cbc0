"""Can it be known? Bounds of sums of unknown whole numbers, proven in both directions.

Somebody who knows every published statement can narrow hidden counts. How far is decided
exactly: a bound counts only when multipliers of the statements prove it in rational
arithmetic, a possibility only when whole numbers show it that fulfil every statement in
integer arithmetic. The linear programmes in between only suggest.
"""

from sozialraum.methods.feasibility.repair import repair
from sozialraum.methods.feasibility.search import search
from sozialraum.methods.feasibility.system import (
    ContradictionError,
    Proof,
    Repaired,
    System,
    Targets,
    Verdicts,
)

__all__ = [
    "ContradictionError",
    "Proof",
    "Repaired",
    "System",
    "Targets",
    "Verdicts",
    "repair",
    "search",
]
