"""What changed in the past, against a plain comparison of dictionaries."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from sozialraum.model.delivered import DELIVERY_COLUMNS
from sozialraum.sources.changes import changes

PLACES = st.tuples(
    st.sampled_from(["cell", "area"]),
    st.sampled_from(["A", "B", "C"]),
    st.sampled_from(["2023-12-31", "2024-12-31"]),
    st.sampled_from(["n", "m"]),
)
COUNTS = st.one_of(st.none(), st.integers(0, 3))
STATES = st.dictionaries(PLACES, COUNTS, max_size=16)


def table(counts):
    rows = [
        (
            *place,
            *((np.nan if n is None else n),) * 3,
            "value" if n is not None else "not delivered",
        )
        for place, n in counts.items()
    ]
    frame = pd.DataFrame(rows, columns=list(DELIVERY_COLUMNS))
    return frame.astype({"value": float, "low": float, "high": float})


def plain(before, after):
    known = {(place[2], place[3]) for place in before}
    found = {}
    for place in {*before, *after}:
        if (place[2], place[3]) not in known:
            continue
        if place not in before:
            found[place] = "added"
        elif place not in after:
            found[place] = "removed"
        elif before[place] != after[place]:
            found[place] = "changed"
    return found


@settings(deadline=None, max_examples=200)
@given(STATES, STATES, st.randoms(use_true_random=False))
def test_changes_are_those_of_a_plain_comparison(before, after, random):
    order = list(after.items())
    random.shuffle(order)
    found = changes(table(before), table(dict(order)))
    identity = found[["level", "key", "date", "variable"]].itertuples(index=False, name=None)
    assert dict(zip(identity, found["kind"], strict=True)) == plain(before, after)
    assert found.equals(changes(table(before), table(after)))
