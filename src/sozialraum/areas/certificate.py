"""What is known of how good a partition is: facts that hold no count of any area."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from sozialraum.areas.minima import Demands
from sozialraum.methods.graph import Edges, component_labels
from sozialraum.methods.regionalise import totals_by, upper_bounds
from sozialraum.model import Blocks

type Report = dict[str, object]


def certificate(
    blocks: Blocks, adjacency: csr_array, membership: pd.Series, demands: Demands, bridges: Edges
) -> Report:
    """Return the facts about a partition.

    Parameters
    ----------
    blocks
        Blocks with their counts.
    adjacency
        Neighbours, bridges included.
    membership
        Area of every block.
    demands
        What areas must reach.
    bridges
        Bridges between parts of a municipality.

    Returns
    -------
    dict
        `areas` that pass, the `upper_bound` no partition exceeds, their `ratio`, the
        number of `components`, the `bridges` (two blocks and metres), and how often each
        minimum is the `binding` one.
    """
    ids = blocks.frame.index
    codes, _ = pd.factorize(membership.loc[ids])
    totals = totals_by(codes, demands.counts(blocks))
    secured = totals - np.sqrt(totals_by(codes, demands.variances(blocks)))
    passing = (demands.named(secured, pd.RangeIndex(len(secured))) == "").to_numpy()
    slack = secured[passing] / demands.limits - 1
    binding = np.bincount(slack.argmin(axis=1), minlength=len(demands.limits))
    components = component_labels(adjacency) if len(ids) else np.zeros(0, np.int64)
    bound = int(upper_bounds(demands.counts(blocks), demands.limits, components).sum())
    number = int(passing.sum())
    return {
        "areas": number,
        "upper_bound": bound,
        "ratio": round(number / bound, 4) if bound else None,
        "components": int(components.max(initial=-1)) + 1,
        "bridges": tuple(
            (ids[left], ids[right], round(length))
            for left, right, length in zip(*bridges, strict=True)
        ),
        "binding": dict(zip(demands.names, binding.tolist(), strict=True)),
        **demands.facts(),
    }


def facts_of(report: Mapping[str, object], name: str) -> tuple[Any, ...]:
    """Return the entries of one list of a report; none where it has no such list."""
    found = report.get(name, ())
    assert isinstance(found, tuple)
    return found
