"""Solve one instance with this package, in a process of its own, and measure it.

Called as ``python -m areas_bench.ours INSTANCE LABELS OPTIONS``; prints one JSON object.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from areas_bench.instances import Instance, county, load
from sozialraum.methods.regionalise import Regionalisation, max_p_regions

MEGABYTE = 1024
"""getrusage counts kilobytes on Linux."""


def main() -> None:
    """Warm the compiled code on another county, then measure."""
    instance, target, options = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    warm(**options)
    cells = load(instance)
    before, wall, processor = _peak(), time.perf_counter(), time.process_time()
    found = divide(cells, **options)
    figures = {
        "cpu_s": round(time.process_time() - processor, 2),
        "wall_s": round(time.perf_counter() - wall, 2),
        "rss_mb": _peak(),
        "rss_before_mb": before,
        "load": round(os.getloadavg()[0], 1),
        "stated": [found.n_regions, found.upper_bound],
        "proven": round(float(found.proven.mean()), 4) if found.n_regions else None,
    }
    if found.joint_bound is not None:
        figures["joint_bound"] = found.joint_bound
    np.save(target, found.labels.astype(np.int32))
    print(json.dumps(figures))


def warm(*, minima: dict[str, float], **options: Any) -> None:
    """Load all compiled code that options like these need."""
    small = county(500, 1, municipalities=2)
    divide(small, minima=dict(zip(small.names, minima.values(), strict=False)), **options)


def divide(
    cells: Instance, *, minima: dict[str, float], alike: float, **options: Any
) -> Regionalisation:
    """Divide the cells; areas are compact and, with weight `alike`, alike in the shares."""
    features = np.column_stack([cells.x, cells.y]).astype(float)
    if alike:
        spread = cells.shares.std(axis=0)
        features = np.column_stack([features, alike * cells.shares / spread])
    return max_p_regions(
        cells.adjacency,
        cells.columns(minima),
        list(minima.values()),
        units=np.char.zfill(cells.units.astype(str), 8),
        features=features,
        **options,
    )


def _peak() -> int:
    """Return the largest memory this process has had, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MEGABYTE


if __name__ == "__main__":
    main()
