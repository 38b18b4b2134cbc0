"""One stage of a run, and who is told about it."""

from collections.abc import Callable
from dataclasses import dataclass

type Notify = Callable[[str, str, float], None]
"""Called with the stage, ``"started"``, ``"done"`` or ``"unchanged"``, and seconds."""


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of a run: whether it was computed, and how long it took."""

    stage: str
    status: str
    seconds: float
