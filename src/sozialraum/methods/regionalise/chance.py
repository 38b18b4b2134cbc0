"""Random numbers of the kernels: SplitMix64, the same on every machine.

numba's cache does not notice a change in a compiled function of another file. This file
may be shared all the same: a published generator does not change, and a test pins it.
"""

import numpy as np
from numba import njit

from sozialraum.methods.regionalise.problem import Array


@njit(cache=True, nogil=True)
def uniform(state: Array) -> float:
    """Return a number in [0, 1) and advance the state (SplitMix64, Steele et al. 2014)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.float64((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True)
def below(state: Array, limit: int) -> int:
    """Return a whole number in [0, limit)."""
    return int(uniform(state) * limit)
