"""Auditing any publication: statements in, what they give away out."""
