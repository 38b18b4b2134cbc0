"""Places of labels: inside their shape, none over another, always the same."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from sozialraum.methods.labels import Label, box_of, heart, place


def test_the_heart_of_a_bent_shape_lies_inside_it():
    bent = shapely.Polygon([(0, 0), (10, 0), (10, 10), (9, 10), (9, 1), (0, 1)])
    assert bent.contains(shapely.Point(heart(bent)))
    assert not bent.contains(bent.centroid)


@given(st.lists(st.tuples(st.floats(0, 90), st.floats(0, 90)), min_size=1, max_size=12))
@settings(max_examples=30, deadline=None)
def test_labels_lie_in_their_shape_and_never_overlap(corners):
    labels = [
        Label(str(i), shapely.box(x, y, x + 10, y + 10), 6, 2) for i, (x, y) in enumerate(corners)
    ]
    spots = place(labels)
    boxes = []
    for label, spot in zip(labels, spots, strict=True):
        if spot is not None:
            assert label.shape.covers(shapely.Point(spot.x, spot.y))
            boxes.append(shapely.box(*box_of(spot, label.width, label.height)))
    assert all(a.intersection(b).area < 1e-9 for i, a in enumerate(boxes) for b in boxes[i + 1 :])
    assert place(labels) == spots


def test_the_larger_shape_chooses_first():
    small, large = shapely.box(4, 4, 6, 6), shapely.box(0, 0, 10, 10)
    spots = place([Label("small", small, 9, 9), Label("large", large, 9, 9)])
    assert spots[0] is None
    assert spots[1] is not None


def test_taken_boxes_avoided_points_and_the_frame_are_respected():
    shape = shapely.box(0, 0, 10, 10)
    label = Label("a", shape, 3, 2)
    (spot,) = place([label], taken=[(0, 3, 10, 7)])
    assert spot is not None
    assert not 2 < spot.y < 8
    (spot,) = place([label], avoid=np.array([[5.0, 5.0]]))
    assert spot is not None
    assert abs(spot.x - 5) > 1.5 or abs(spot.y - 5) > 1
    assert place([label], frame=(20, 20, 30, 30)) == [None]
