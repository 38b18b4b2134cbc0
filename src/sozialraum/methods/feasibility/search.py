"""What can be derived about targets: the cheap and exact first, the solver last.

Rows are rounded to whole numbers, equalities solved, targets pushed from a first solution
until an example shows that enough remains possible or multipliers prove that it does not;
what is left ends in branch and bound. Only targets with a need are worked on.
"""

from sozialraum.methods.feasibility.hunt import Hunt, Notify
from sozialraum.methods.feasibility.system import System, Targets, Verdicts


def search(
    system: System,
    targets: Targets,
    *,
    exact: bool = True,
    seed: int = 0,
    workers: int = 1,
    notify: Notify | None = None,
) -> Verdicts:
    """Return what can be derived about every target, proven in both directions.

    Parameters
    ----------
    system
        Unknown whole numbers and what is stated about them.
    targets
        Sums that must not be narrowed too far.
    exact
        Return the exact interval of unmet targets.
    seed
        Of the chance by which other ways to an example are tried. Verdicts and intervals
        do not depend on it, nor on the order of rows, columns and targets.
    workers
        Threads.
    notify
        Called from time to time with the number of targets done and of all.

    Returns
    -------
    Verdicts
        Bounds, and which targets are unmet or unresolved, with proofs of the unmet ones.

    Raises
    ------
    ContradictionError
        If no whole numbers fulfil all rows, or none were found.

    Examples
    --------
    Nine in two places, four or more of them in the first, is too much to know of the second:

    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> from sozialraum.methods.suppression import Need
    >>> from sozialraum.methods.tables import FAR
    >>> nine = np.array([9])
    >>> system = System(
    ...     csr_array(np.array([[1, 1]])), nine, nine,
    ...     np.array([8, 0]), np.array([FAR, FAR]), np.array([8, 1]),
    ... )
    >>> need = Need(low=np.array([FAR]), high=np.array([3]), width=np.array([2]))
    >>> second = Targets(csr_array(np.array([[0, 1]])), np.array([0]), need)
    >>> verdicts = search(system, second)
    >>> verdicts.low, verdicts.high, verdicts.unmet
    (array([0]), array([1]), array([ True]))
    >>> verdicts.proofs[0].upper, verdicts.proofs[0].upper_columns
    (((0, Fraction(1, 1)),), ((0, Fraction(-1, 1)),))
    """
    hunt = Hunt(system, targets, seed=seed)
    hunt.run(exact=exact, workers=workers, notify=notify)
    return hunt.verdicts()
