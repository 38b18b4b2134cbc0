"""Files for other programs: GeoPackages that QGIS and ArcGIS open ready to read."""

from sozialraum.export.geopackage import write_geopackage
from sozialraum.export.proposal import write_proposal

__all__ = ["write_geopackage", "write_proposal"]
