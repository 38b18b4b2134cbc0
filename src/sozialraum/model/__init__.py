"""The nouns: what flows from stage to stage.

Definitions (`Source`, `Indicator`, `Intervention`, `Method`, `Policy`), confidential data
(`Layer`, `Raster`, `Delivery`, `TravelTimes`, `Transfer`, `Blocks`, `Areas`, `Measures`) and
publishable data (`Proposal`, `Release`, `Index`, `Flags`, `Evaluation`); an `Assignment`
is an edited proposal read back. A `Publication` is what the auditor is given (confidential),
in terms of `Statement`; an `AuditReport` is what it found; a `Utility` says what protection
costs; a `JoinReport` says which keys met, an `AddressKey` which addresses lie where. Every
noun is frozen and checked once in its constructor. A noun may describe itself; it never
computes the next stage.
"""

from sozialraum.model.addresses import AddressKey
from sozialraum.model.assignment import Assignment
from sozialraum.model.audited import AuditReport
from sozialraum.model.confidential import Areas, Blocks, Measures
from sozialraum.model.definitions import Indicator, Source
from sozialraum.model.delivered import Delivery, Layer
from sozialraum.model.effects import Evaluation, Intervention
from sozialraum.model.joined import JoinReport
from sozialraum.model.judged import Flags, Index
from sozialraum.model.method import Method
from sozialraum.model.policy import Policy
from sozialraum.model.publication import Publication
from sozialraum.model.publishable import Proposal
from sozialraum.model.raster import Raster
from sozialraum.model.release import Audit, Release
from sozialraum.model.transfer import Transfer
from sozialraum.model.travel import TravelTimes
from sozialraum.model.utility import Utility

__all__ = [
    "AddressKey",
    "Areas",
    "Assignment",
    "Audit",
    "AuditReport",
    "Blocks",
    "Delivery",
    "Evaluation",
    "Flags",
    "Index",
    "Indicator",
    "Intervention",
    "JoinReport",
    "Layer",
    "Measures",
    "Method",
    "Policy",
    "Proposal",
    "Publication",
    "Raster",
    "Release",
    "Source",
    "Transfer",
    "TravelTimes",
    "Utility",
]
