"""How compiled functions are compiled."""

from typing import Any

INSIDE: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}
"""Options of functions that only compiled ones call: their wrappers take long to compile."""
