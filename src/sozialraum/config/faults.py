"""What is wrong with a project file, as sentences."""

from typing import Any

from sozialraum.messages import text

FAULTS = {
    "extra_forbidden": "unknown_key",
    "missing": "missing_key",
    "elsewhere_with_change": "elsewhere_with_change",
    "carried_twice": "carried_twice",
    "dates_without_register": "dates_without_register",
    "geography_names": "geography_names",
    "string_pattern_mismatch": "not_a_day",
    "string_too_short": "blank",
    "too_short": "blank",
    "too_long": "too_long",
    "finite_number": "not_a_number",
    "float_parsing": "not_a_number",
    "float_type": "not_a_number",
    "int_from_float": "not_a_number",
    "int_parsing": "not_a_number",
    "int_type": "not_a_number",
    "string_type": "not_a_text",
    "bool_parsing": "not_a_switch",
    "bool_type": "not_a_switch",
    "dict_type": "not_a_table",
    "model_type": "not_a_table",
    "tuple_type": "not_a_list",
}
"""Sentence of every kind of fault that a reader may meet."""
LIMITS = {
    "greater_than_equal": "ge",
    "greater_than": "gt",
    "less_than_equal": "le",
    "less_than": "lt",
}
"""Where a fault says which limit was passed."""


def fault_text(fault: Any, language: str) -> str:
    """Return one fault of the project file as a sentence in the reader's language."""
    place, kind = ".".join(str(part) for part in fault["loc"]), fault["type"]
    if kind in FAULTS:
        return text(f"config.{FAULTS[kind]}", language, place=place)
    if kind in LIMITS:
        limit = fault["ctx"][LIMITS[kind]]
        return text(f"config.{kind}", language, place=place, limit=limit)
    if kind == "literal_error":
        expected = fault["ctx"]["expected"].replace(" or ", ", ")
        return text("config.not_one_of", language, place=place, expected=expected)
    return text("config.wrong_value", language, place=place, reason=fault["msg"])
