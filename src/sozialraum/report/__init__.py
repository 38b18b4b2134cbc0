"""The report: one HTML file that a council can read, print and keep."""

from sozialraum.report.html import write_report

__all__ = ["write_report"]
