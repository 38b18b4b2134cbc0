"""Opens a GeoPackage in real QGIS without a screen and says what a user would see.

Runs under the system's Python, which has PyQGIS; prints one JSON object.
"""

import json
import sys
from collections import Counter

from qgis.core import (
    QgsApplication,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor


def look(path, name, picture):
    layer = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
    renderer = layer.renderer()
    rules = renderer.rootRule().children() if renderer.type() == "RuleRenderer" else []
    fields = layer.fields()
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    settings.setExtent(layer.extent())
    settings.setOutputSize(QSize(900, 700))
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    image.save(picture)
    colours = Counter(
        image.pixelColor(x, y).name() for x in range(0, 900, 3) for y in range(0, 700, 3)
    )
    stored = layer.listStylesInDatabase()
    return {
        "valid": layer.isValid(),
        "areas": layer.featureCount(),
        "crs": layer.crs().authid(),
        "renderer": renderer.type(),
        "rules": [[rule.label(), rule.filterExpression()] for rule in rules],
        "aliases": {field.name(): layer.attributeAlias(i) for i, field in enumerate(fields)},
        "styles": stored[2][: stored[0]] if stored[0] >= 0 else [],
        "colours": {name: n for name, n in colours.items() if n > 20},
    }


def main():
    path, name, picture = sys.argv[1:]
    QgsApplication.setPrefixPath("/usr", True)
    application = QgsApplication([], False)
    application.initQgis()
    sys.stdout.write(json.dumps(look(path, name, picture)) + "\n")
    application.exitQgis()


main()
