"""Disclosure control: the policy, and the gate that every published number passes."""

from sozialraum.disclosure.policy import read_policy
from sozialraum.disclosure.protect import protect

__all__ = ["protect", "read_policy"]
