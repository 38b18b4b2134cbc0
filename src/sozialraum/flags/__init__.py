"""Areas that need a closer look, with the evidence; from published values only."""

from sozialraum.flags.explain import explain_flags
from sozialraum.flags.family import expected_false
from sozialraum.flags.flagging import flag
from sozialraum.flags.sentences import sentence
from sozialraum.flags.warning_texts import warning_sentence
from sozialraum.flags.warnings import early_warning

__all__ = [
    "early_warning",
    "expected_false",
    "explain_flags",
    "flag",
    "sentence",
    "warning_sentence",
]
