"""Measurements of the disclosure auditor: made-up cities, small publications, a plain peer."""
