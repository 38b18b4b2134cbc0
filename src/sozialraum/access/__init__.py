"""How well people reach what they need: schools, doctors, day-care, care.

Access is measured block by block, with the people of the block as weight, and told as counts of
areas. Shares and means are made of these counts by the indicators, behind the gate.
"""

from sozialraum.access.kinds import counts_of
from sozialraum.access.measure import measure_access
from sozialraum.access.raster import OTHER, SUM, measure_raster

__all__ = ["OTHER", "SUM", "counts_of", "measure_access", "measure_raster"]
