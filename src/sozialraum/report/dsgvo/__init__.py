"""Drafts for data-protection officers: German documents out of what a project says."""

from sozialraum.report.dsgvo.facts import Processing
from sozialraum.report.dsgvo.pages import DOCUMENTS, write_dsgvo

__all__ = ["DOCUMENTS", "Processing", "write_dsgvo"]
