"""How many findings chance alone explains."""

import numpy as np
import pandas as pd

from sozialraum.flags.evidence import P_VALUES
from sozialraum.flags.grades import HINT, NOTABLE
from sozialraum.methods.multiplicity import benjamini_hochberg
from sozialraum.model import Flags
from sozialraum.schema import FLAGGED


def expected_false(flags: Flags) -> pd.DataFrame:
    """Return how many findings there are of every grade, and how many chance explains.

    Parameters
    ----------
    flags
        Result of :func:`sozialraum.flags.flag`.

    Returns
    -------
    DataFrame
        Indexed by `grade` (confirmed, notable, hint): `areas`, the areas whose strongest
        finding is of this grade; `findings`, area × indicator; `tests`, the single tests
        behind them (up to three a finding); `expected`, how many of these tests chance
        alone explains on average, at most.

    Notes
    -----
    Confirmed tests: at most the share `flags.rate` of them is false on average (Benjamini
    and Hochberg). Tests with p up to 0.005 and up to 0.05: that share of all tests in the
    family would lie there if there were nothing to find anywhere. Tests of one area go
    together, so that false findings are fewer than false tests.

    Examples
    --------
    ::

        expected_false(flag(release)).loc["hint", ["findings", "expected"]]
    """
    p = flags.table[list(P_VALUES)].to_numpy(dtype=float)
    made = p[~np.isnan(p)]
    rejected = made[benjamini_hochberg(made) <= flags.rate]
    cut = float(rejected.max(initial=0.0))
    limits = [cut, max(cut, NOTABLE), max(cut, HINT)]
    below = [int((made <= limit).sum()) for limit in limits]
    expected = [flags.rate * len(rejected), *(len(made) * np.diff(limits))]
    grades = {"areas": flags.areas["grade"], "findings": flags.table["grade"]}
    counted = {name: [int((of == one).sum()) for one in FLAGGED] for name, of in grades.items()}
    found = pd.DataFrame(counted, index=pd.Index([str(one) for one in FLAGGED], name="grade"))
    return found.assign(tests=np.diff([0, *below]), expected=expected)
