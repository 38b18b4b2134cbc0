"""Edits a proposal in real QGIS without a screen, as a planner would, and says what is there.

Runs under the system's Python, which has PyQGIS. Arguments: the file, and the edits as
JSON; prints one JSON object.
"""

import json
import sys

from qgis.core import (
    QgsApplication,
    QgsFeature,
    QgsFeatureRequest,
    QgsLayerNotesUtils,
    QgsPointXY,
    QgsVectorLayer,
    QgsVectorLayerEditUtils,
)


def opened(path, name):
    layer = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
    if not layer.isValid():
        sys.exit(f"QGIS cannot open {name}")
    return layer


def described(layer):
    fields = layer.fields()
    return {
        "aliases": {field.name(): layer.attributeAlias(i) for i, field in enumerate(fields)},
        "widgets": {
            field.name(): [layer.editorWidgetSetup(i).type(), layer.editorWidgetSetup(i).config()]
            for i, field in enumerate(fields)
        },
        "fixed": [f.name() for i, f in enumerate(fields) if layer.editFormConfig().readOnly(i)],
        "rules": [rule.label() for rule in layer.renderer().rootRule().children()],
        "labels": layer.labelsEnabled(),
        "note": QgsLayerNotesUtils.layerNotes(layer),
        "abstract": layer.metadata().abstract(),
        "tip": layer.mapTipTemplate(),
    }


def changed(layer, edit):
    """Select features and update a field, as the bar above the attribute table does."""
    layer.selectByExpression(edit["select"])
    number = layer.selectedFeatureCount()
    for feature in layer.selectedFeatures():
        for name, value in edit.get("set", {}).items():
            if not layer.changeAttributeValue(
                feature.id(), layer.fields().indexOf(name), value, feature[name]
            ):
                sys.exit(f"QGIS does not change {name}")
    if edit.get("delete"):
        layer.deleteSelectedFeatures()
    if edit.get("split"):
        box = layer.selectedFeatures()[0].geometry().boundingBox()
        middle = box.center().x()
        line = [QgsPointXY(middle, box.yMinimum() - 1), QgsPointXY(middle, box.yMaximum() + 1)]
        QgsVectorLayerEditUtils(layer).splitFeatures(line, False)
    for feature in layer.selectedFeatures() if edit.get("move") else ():
        QgsVectorLayerEditUtils(layer).translateFeature(feature.id(), *edit["move"])
    return number


def edited(path, edits):
    selected = []
    for edit in edits:
        layer = opened(path, edit["layer"])
        if not layer.startEditing():
            sys.exit("QGIS does not start editing")
        if "add" in edit:
            feature = QgsFeature(layer.fields())
            for name, value in edit["add"].items():
                feature[name] = value
            layer.addFeature(feature)
        else:
            selected.append(changed(layer, edit))
        if not layer.commitChanges():
            sys.exit("; ".join(layer.commitErrors()))
    return selected


def main():
    path, edits = sys.argv[1], json.loads(sys.argv[2])
    QgsApplication.setPrefixPath("/usr", True)
    application = QgsApplication([], False)
    application.initQgis()
    found = {name: described(opened(path, name)) for name in ("gebiete", "bloecke")}
    found["selected"] = edited(path, edits)
    layer = opened(path, "bloecke")
    request = QgsFeatureRequest().setFlags(QgsFeatureRequest.NoGeometry)
    found["values"] = sorted({str(f["area_id"]) for f in layer.getFeatures(request)})
    del layer
    sys.stdout.write(json.dumps(found) + "\n")
    application.exitQgis()


main()
