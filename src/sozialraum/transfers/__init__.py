"""Counts carried from one set of shapes to another: shares, mass balance, estimates."""
