# ruff: noqa: ANN001, ANN201 - QGIS has no types for ruff to see
"""Edit a proposal and draw it, in QGIS without a screen. Runs under the system's Python."""

import json
import sys

from qgis.core import (
    QgsApplication,
    QgsLayoutExporter,
    QgsLayoutItemLabel,
    QgsLayoutItemLegend,
    QgsLayoutItemMap,
    QgsLayoutItemPicture,
    QgsLayoutItemScaleBar,
    QgsLayoutPoint,
    QgsLayoutSize,
    QgsLegendStyle,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsPrintLayout,
    QgsProject,
    QgsRectangle,
    QgsUnitTypes,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize, Qt
from qgis.PyQt.QtGui import QFont

MM = QgsUnitTypes.LayoutMillimeters
PAGE = (280.0, 170.0)
COLUMN = 64.0
HALF = 800.0
"""Half of the width that the map shows, in metres."""


def edit(layer, edits):
    """Give blocks to other areas through the edit buffer, as a planner does."""
    layer.startEditing()
    number = layer.fields().indexOf("area_id")
    for feature in layer.getFeatures():
        if feature["block_id"] in edits:
            layer.changeAttributeValue(feature.id(), number, edits[feature["block_id"]])
    layer.commitChanges()


def put(item, x, y, width, height):
    """Place an item of the page, in millimetres."""
    item.attemptMove(QgsLayoutPoint(x, y, MM))
    item.attemptResize(QgsLayoutSize(width, height, MM))


def text(layout, words, size, x, y, width, height, *, bold=False):
    """Write words on the page."""
    item = QgsLayoutItemLabel(layout)
    item.setText(words)
    font = QFont("DejaVu Sans", size)
    font.setBold(bold)
    item.setFont(font)
    item.setHAlign(Qt.AlignLeft)
    layout.addLayoutItem(item)
    put(item, x, y, width, height)


def picture(layers, extent, target):
    """Draw the map as the window of QGIS shows it, names included."""
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(layers[0].crs())
    settings.setExtent(extent)
    settings.setOutputSize(QSize(int((PAGE[0] - COLUMN - 6) * 10), int((PAGE[1] - 6) * 10)))
    settings.setOutputDpi(254)
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(target)
    return target


def page(project, layers, middle, drawing):
    """Return the page: map, legend, the hint of the layer, scale."""
    layout = QgsPrintLayout(project)
    layout.initializeDefaults()
    layout.pageCollection().page(0).setPageSize(QgsLayoutSize(*PAGE, MM))
    drawn = QgsLayoutItemMap(layout)
    layout.addLayoutItem(drawn)
    put(drawn, 3, 3, PAGE[0] - COLUMN - 6, PAGE[1] - 6)
    drawn.setLayers(layers)
    x, y = middle
    tall = HALF * (PAGE[1] - 6) / (PAGE[0] - COLUMN - 6)
    drawn.setExtent(QgsRectangle(x - HALF, y - tall, x + HALF, y + tall))
    shown = QgsLayoutItemPicture(layout)
    shown.setPicturePath(picture(layers, drawn.extent(), drawing))
    layout.addLayoutItem(shown)
    put(shown, 3, 3, PAGE[0] - COLUMN - 6, PAGE[1] - 6)
    shown.setFrameEnabled(True)
    left = PAGE[0] - COLUMN
    text(layout, "Gebiete in QGIS\nbearbeiten", 15, left, 5, COLUMN - 4, 18, bold=True)
    legend = QgsLayoutItemLegend(layout)
    legend.setLinkedMap(drawn)
    legend.setAutoUpdateModel(False)
    for style, size in ((QgsLegendStyle.Subgroup, 10), (QgsLegendStyle.SymbolLabel, 9)):
        legend.setStyleFont(style, QFont("DejaVu Sans", size))
    layout.addLayoutItem(legend)
    put(legend, left - 2, 20, COLUMN - 4, 60)
    text(layout, layers[1].metadata().abstract().split(" Quelle")[0], 8, left, 76, COLUMN - 4, 76)
    bar = QgsLayoutItemScaleBar(layout)
    bar.setLinkedMap(drawn)
    bar.applyDefaultSize()
    bar.setStyle("Line Ticks Up")
    letters = bar.textFormat()
    letters.setSize(8)
    bar.setTextFormat(letters)
    layout.addLayoutItem(bar)
    bar.attemptMove(QgsLayoutPoint(left - 2, PAGE[1] - 17, MM))
    return layout


def main():
    """Edit, draw, write."""
    path, settings, target = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
    QgsApplication.setPrefixPath("/usr", True)
    application = QgsApplication([], False)
    application.initQgis()
    layers = [QgsVectorLayer(f"{path}|layername={n}", n, "ogr") for n in ("gebiete", "bloecke")]
    edit(layers[1], settings["edits"])
    project = QgsProject.instance()
    project.addMapLayers(layers)
    layout = page(project, layers, settings["middle"], f"{path}.png")
    options = QgsLayoutExporter.ImageExportSettings()
    options.dpi = 254
    QgsLayoutExporter(layout).exportToImage(target, options)
    project.clear()
    application.exitQgis()


main()
