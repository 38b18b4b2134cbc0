"""Compile what a late stage needs while the early ones run: on a machine's first run only.

The sampler behind the stability of classes takes as long to compile as several stages to
run. Its machine code is kept beside it afterwards, so this happens once.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sozialraum

COMMAND = "from sozialraum.pipeline.warming import compile_sampler; compile_sampler()"


@contextmanager
def warming(*, wanted: bool) -> Iterator[None]:
    """Compile the sampler in a process of its own, unless that was done before.

    Parameters
    ----------
    wanted
        False: nothing is started.

    Notes
    -----
    Whatever becomes of the process, results are the same: a stage that finds nothing
    compiled compiles for itself.
    """
    if not (wanted and _may_start()) or is_compiled():
        yield
        return
    nothing = subprocess.DEVNULL
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and a fixed command
        [sys.executable, "-c", COMMAND], stdin=nothing, stdout=nothing, stderr=nothing
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def is_compiled() -> bool:
    """Return True if machine code of the sampler lies beside it."""
    package = Path(sozialraum.__file__).parent
    return any((package / "methods" / "__pycache__").glob("hierarchy.sample-*.nbi"))


def compile_sampler() -> None:
    """Draw a few rates of a few areas, which compiles the sampler."""
    import numpy as np

    from sozialraum.methods.stability import posterior_rates

    numerators = np.tile([[3.0, 4.0], [5.0, 6.0]], (8, 1))
    keys = [str(area) for area in range(len(numerators))]
    posterior_rates(numerators, numerators + 40.0, keys=keys, draws=2, pairs=[(0, 1)])


def _may_start() -> bool:
    """Return True for an interpreter that can be started again, and a core to spare."""
    from joblib import cpu_count

    # inside another program (QGIS) the executable is that program
    return Path(sys.executable).stem.lower().startswith("python") and cpu_count() > 1
