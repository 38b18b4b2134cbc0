"""Bounds and examples from the neighbourhood of a target: a simplex method that grows.

From a whole-number solution of all rows the target is pushed by the primal simplex method
with bounded variables. All rows begin as slack, so that the basis holds only the rows and
columns that the push has met: the neighbourhood grows exactly where something blocks or
helps, and everything else stays as it is in the solution. Columns that are neither in the
basis nor at a limit keep their value (superbasic, as in Murtagh and Saunders 1978,
Mathematical Programming 14). It ends when the goal is reached, with a solution in whole
numbers as example, or when no column of the whole system helps any more: then the
multipliers of the basis prove the bound.

Floating point only leads the way. An example counts after integer arithmetic has found
every limit kept; a bound counts as what the multipliers, rounded to fractions, prove in
integer arithmetic that was checked not to overflow.

The file is long because numba caches a kernel with all it calls.
"""

import numpy as np
from numba import njit

from sozialraum.methods.feasibility.arrays import (
    CAREFUL,
    EDGE,
    EXACT,
    GAP,
    LIMIT,
    LISTED,
    MET,
    MOVED,
    OPEN,
    PIVOTS,
    REACHED,
    SIZE,
    STAMP,
    SUMMED,
    TRY,
    UNBOUNDED,
    Array,
    Found,
    Problem,
    Store,
    Work,
)
from sozialraum.methods.kernels import INSIDE
from sozialraum.methods.tables import FAR

EPS = 1e-9
DUAL = 1e-7
SAFE = 2.0**52
"""Sums up to this size are compared with limits as floats without loss."""
HUGE = 4.0e18
"""Sums of this size are not trusted in 64 bits."""
PATIENCE = 40
"""Steps of length 0 before the smallest numbers go first (Bland 1977), which cannot cycle."""
STEPS = 1500
"""Steps before a push is given up."""
ENOUGH = 16
"""Columns of one row that help; the best of them will do."""
SNAPSHOTS = 2
"""Solutions of a push that are kept before it leaves the whole numbers."""
DENOMINATORS = np.array([1, 2, 3, 4, 6, 12, 60, 5040, 2**24])
"""Multipliers are rounded to these fractions; the last is fine enough for any."""
FINEST = 2.0**45
"""Finer fractions are not tried."""
NOBODY: Array = np.int64(-1)
ZERO: Array = np.int64(0)
FARTHEST: Array = np.int64(2**62)


@njit(**INSIDE)
def _move(w: Work, column: int, by: float) -> None:
    """Move one column, and remember that it moved."""
    value = w.x[column] + by
    near = np.rint(value)
    w.x[column] = near if abs(value - near) < EPS * max(1.0, abs(near)) else value
    if w.is_moved[column] == 0:
        w.is_moved[column] = 1
        w.moved[w.state[MOVED]] = column
        w.state[MOVED] += 1


@njit(**INSIDE)
def _weigh(p: Problem, w: Work, target: int) -> None:
    """Compute the multipliers of the tight rows."""
    size = w.state[SIZE]
    for t in range(size):
        w.y[t] = 0.0
    for at in range(p.target_start[target], p.target_start[target + 1]):
        column = p.target_column[at]
        i = w.at_column[column]
        if i >= 0:
            cost = w.cost[column]
            for t in range(size):
                w.y[t] += cost * w.inverse[i, t]


@njit(**INSIDE)
def _gain(p: Problem, w: Work, column: int) -> float:
    """Return what one more of a column adds, 0 if it is in the basis or cannot help."""
    if w.at_column[column] >= 0 or w.low[column] == w.high[column]:
        return 0.0
    gain = w.cost[column]
    for at in range(p.column_start[column], p.column_start[column + 1]):
        t = w.at_row[p.column_row[at]]
        if t >= 0:
            gain -= w.y[t] * p.column_near[at]
    if gain > DUAL and w.x[column] < w.high[column] - EPS:
        return gain
    if gain < -DUAL and w.x[column] > w.low[column] + EPS:
        return gain
    return 0.0


@njit(**INSIDE)
def _better(w: Work, gain: float, code: int, best: float, chosen: int) -> bool:
    """Return True if one column or row is to enter rather than another.

    The largest gain; in a later try, weighed by chance, so that it ends elsewhere.
    """
    if gain == 0.0 or chosen < 0:
        return gain != 0.0
    if w.state[CAREFUL]:
        return code < chosen
    return abs(gain) * _chance(w, code) > abs(best) * _chance(w, chosen) + EPS


@njit(**INSIDE)
def _chance(w: Work, code: int) -> float:
    if w.state[TRY] == 0:
        return 1.0
    mixed = np.uint64(code + 1) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= np.uint64(w.state[TRY]) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(31))) * np.uint64(0x94D049BB133111EB)
    return 1.0 + 3.0 * float(mixed >> np.uint64(40)) / 2.0**24


@njit(**INSIDE)
def _price(p: Problem, w: Work, target: int) -> tuple[int, float]:
    """Return the column (or columns + number of a tight row) that helps most, and its gain."""
    w.state[STAMP] += 1
    stamp, columns = w.state[STAMP], len(w.x)
    chosen, best = NOBODY, 0.0
    for at in range(p.target_start[target], p.target_start[target + 1]):
        column = p.target_column[at]
        w.column_mark[column] = stamp
        gain = _gain(p, w, column)
        if _better(w, gain, column, best, chosen):
            chosen, best = column, gain
    for t in range(w.state[SIZE]):
        y, row = w.y[t], w.rows[t]
        if abs(y) <= DUAL:
            continue
        if y * w.side[t] < 0 and _better(w, y, columns + t, best, chosen):
            chosen, best = columns + t, y
        if not p.dense[row]:
            chosen, best = _price_row(p, w, row, chosen, best)
    if chosen < 0:
        for t in range(w.state[SIZE]):
            if abs(w.y[t]) > DUAL and p.dense[w.rows[t]]:
                chosen, best = _price_row(p, w, w.rows[t], chosen, best)
    return chosen, best


@njit(**INSIDE)
def _price_row(p: Problem, w: Work, row: int, chosen: int, best: float) -> tuple[int, float]:
    stamp, helpful = w.state[STAMP], 0
    for at in range(p.row_start[row], p.row_start[row + 1]):
        column = p.row_column[at]
        if w.column_mark[column] != stamp:
            w.column_mark[column] = stamp
            gain = _gain(p, w, column)
            if gain != 0.0:
                helpful += 1
            if _better(w, gain, column, best, chosen):
                chosen, best = column, gain
            if helpful >= ENOUGH and w.state[CAREFUL] == 0:
                break
    return chosen, best


@njit(**INSIDE)
def _direct(p: Problem, w: Work, entering: int, sign: float) -> None:
    """Compute how the basis and the slack rows move with the entering column or row."""
    columns, size = len(w.x), w.state[SIZE]
    w.state[STAMP] += 1
    w.state[LISTED] = 0
    for i in range(size):
        w.step[i] = 0.0
    if entering < columns:
        for at in range(p.column_start[entering], p.column_start[entering + 1]):
            t = w.at_row[p.column_row[at]]
            if t >= 0:
                share = sign * p.column_near[at]
                for i in range(size):
                    w.step[i] -= w.inverse[i, t] * share
        _shift(p, w, entering, sign)
    else:
        for i in range(size):
            w.step[i] = sign * w.inverse[i, entering - columns]
    for i in range(size):
        if abs(w.step[i]) > EPS:
            _shift(p, w, w.columns[i], w.step[i])
        else:
            w.step[i] = 0.0


@njit(**INSIDE)
def _shift(p: Problem, w: Work, column: int, by: float) -> None:
    stamp = w.state[STAMP]
    for at in range(p.column_start[column], p.column_start[column + 1]):
        row = p.column_row[at]
        if w.at_row[row] < 0:
            if w.row_mark[row] != stamp:
                w.row_mark[row] = stamp
                w.shift[row] = 0.0
                w.row_list[w.state[LISTED]] = row
                w.state[LISTED] += 1
            w.shift[row] += by * p.column_near[at]


@njit(**INSIDE)
def _room(value: float, by: float, low: float, high: float) -> float:
    """Return how far a value can go before it meets its limit."""
    if by > EPS:
        return max((high - value) / by, 0.0)
    if by < -EPS:
        return max((low - value) / by, 0.0)
    return np.inf


@njit(**INSIDE)
def _row_room(p: Problem, w: Work, row: int) -> float:
    return _room(
        w.activity[row],
        w.shift[row],
        w.row_low[row] / p.scale[row],
        w.row_high[row] / p.scale[row],
    )


@njit(**INSIDE)
def _column_room(w: Work, i: int) -> float:
    column = w.columns[i]
    return _room(w.x[column], w.step[i], w.low[column], w.high[column])


@njit(**INSIDE)
def _block(p: Problem, w: Work, own: float) -> tuple[float, int]:
    """Return the longest step, and what blocks it.

    -1: the entering one itself; below `SIZE`: a column of the basis; else a slack row.
    Among equals the largest pivot, dense rows last.
    """
    size, longest = w.state[SIZE], own
    for i in range(size):
        longest = min(longest, _column_room(w, i))
    for at in range(w.state[LISTED]):
        longest = min(longest, _row_room(p, w, w.row_list[at]))
    if not longest < own:
        return longest, NOBODY
    within, best, blocking, code = longest + EPS, -2.0, NOBODY, FARTHEST
    for i in range(size):
        if _column_room(w, i) <= within:
            worth = abs(w.step[i])
            if _preferred(w, worth, w.columns[i], best, code):
                best, blocking, code = worth, i, w.columns[i]
    for at in range(w.state[LISTED]):
        row = w.row_list[at]
        if _row_room(p, w, row) <= within:
            worth = -1.0 if p.dense[row] else abs(w.shift[row])
            if _preferred(w, worth, len(w.x) + row, best, code):
                best, blocking, code = worth, size + row, len(w.x) + row
    return longest, blocking


@njit(**INSIDE)
def _preferred(w: Work, worth: float, code: int, best: float, other: int) -> bool:
    """Return True if one of several that block equally is to leave rather than another."""
    return code < other if w.state[CAREFUL] else worth > best + EPS


@njit(**INSIDE)
def _lift(w: Work, row: int, by: float) -> None:
    """Move what a row adds up to, and remember that it moved."""
    w.activity[row] += by
    if w.is_met[row] == 0:
        w.is_met[row] = 1
        w.met[w.state[MET]] = row
        w.state[MET] += 1


@njit(**INSIDE)
def _advance(w: Work, entering: int, sign: float, length: float) -> None:
    if length == 0.0:
        return
    if entering < len(w.x):
        _move(w, entering, sign * length)
    else:
        _lift(w, w.rows[entering - len(w.x)], sign * length)
    for i in range(w.state[SIZE]):
        if w.step[i] != 0.0:
            _move(w, w.columns[i], w.step[i] * length)
    for at in range(w.state[LISTED]):
        _lift(w, w.row_list[at], w.shift[w.row_list[at]] * length)


@njit(**INSIDE)
def _combine(p: Problem, w: Work, row: int) -> None:
    """Write a slack row, expressed in the tight rows, into `pivot`."""
    size = w.state[SIZE]
    for t in range(size):
        w.pivot[t] = 0.0
    for i in range(size):
        column = w.columns[i]
        for at in range(p.column_start[column], p.column_start[column + 1]):
            if p.column_row[at] == row:
                for t in range(size):
                    w.pivot[t] += p.column_near[at] * w.inverse[i, t]


@njit(**INSIDE)
def _tighten(w: Work, row: int, t: int, rising: float) -> None:
    """Put a row at place t of the tight rows, at the limit that it meets."""
    w.rows[t], w.at_row[row] = row, t
    w.side[t] = 0
    if w.row_low[row] < w.row_high[row]:
        w.side[t] = 1 if rising > 0 else -1


@njit(**INSIDE)
def _grow(p: Problem, w: Work, column: int, sign: float, row: int) -> None:
    """Let a column enter and a slack row become tight."""
    size, inverse = w.state[SIZE], w.inverse
    _combine(p, w, row)
    schur = w.shift[row] * sign
    for i in range(size):
        drive = -w.step[i] * sign / schur
        if drive != 0.0:
            for t in range(size):
                if w.pivot[t] != 0.0:
                    inverse[i, t] += drive * w.pivot[t]
        inverse[i, size] = -drive
    for t in range(size):
        inverse[size, t] = -w.pivot[t] / schur
    inverse[size, size] = 1.0 / schur
    w.columns[size], w.at_column[column] = column, size
    _tighten(w, row, size, w.shift[row])
    w.state[SIZE] += 1


@njit(**INSIDE)
def _swap_column(w: Work, column: int, sign: float, i: int) -> None:
    """Let a column enter for one of the basis."""
    size, inverse = w.state[SIZE], w.inverse
    pivot = -w.step[i] * sign
    for t in range(size):
        inverse[i, t] /= pivot
    for other in range(size):
        drive = -w.step[other] * sign
        if other != i and drive != 0.0:
            for t in range(size):
                if inverse[i, t] != 0.0:
                    inverse[other, t] -= drive * inverse[i, t]
    w.at_column[w.columns[i]] = -1
    w.columns[i], w.at_column[column] = column, i


@njit(**INSIDE)
def _swap_row(p: Problem, w: Work, t: int, row: int) -> None:
    """Let a slack row become tight for a tight one."""
    size, inverse = w.state[SIZE], w.inverse
    _combine(p, w, row)
    for i in range(size):
        share = inverse[i, t] / w.pivot[t]
        if share != 0.0:
            for other in range(size):
                if other != t:
                    inverse[i, other] -= w.pivot[other] * share
        inverse[i, t] = share
    w.at_row[w.rows[t]] = -1
    _tighten(w, row, t, w.shift[row])


@njit(**INSIDE)
def _shrink(w: Work, t: int, i: int) -> None:
    """Let a tight row become slack and a column of the basis leave."""
    size, inverse = w.state[SIZE], w.inverse
    pivot = inverse[i, t]
    for other in range(size):
        share = inverse[other, t] / pivot
        if other != i and share != 0.0:
            for row in range(size):
                inverse[other, row] -= share * inverse[i, row]
    last = size - 1
    w.at_row[w.rows[t]] = -1
    w.at_column[w.columns[i]] = -1
    if t != last:
        for other in range(size):
            inverse[other, t] = inverse[other, last]
        w.rows[t], w.side[t] = w.rows[last], w.side[last]
        w.at_row[w.rows[t]] = t
    if i != last:
        for row in range(last):
            inverse[i, row] = inverse[last, row]
        w.columns[i] = w.columns[last]
        w.at_column[w.columns[i]] = i
    w.state[SIZE] = last


@njit(**INSIDE)
def _exchange(p: Problem, w: Work, entering: int, sign: float, blocking: int) -> None:
    """Change the basis after a step, or note that a row is at its other limit."""
    columns, size = len(w.x), w.state[SIZE]
    if blocking < 0:
        if entering >= columns:
            w.side[entering - columns] *= -1
    elif entering < columns and blocking >= size:
        _grow(p, w, entering, sign, blocking - size)
    elif entering < columns:
        _swap_column(w, entering, sign, blocking)
    elif blocking >= size:
        _swap_row(p, w, entering - columns, blocking - size)
    else:
        _shrink(w, entering - columns, blocking)


@njit(**INSIDE)
def _own_room(p: Problem, w: Work, entering: int, sign: float) -> float:
    columns = len(w.x)
    if entering < columns:
        return _room(w.x[entering], sign, w.low[entering], w.high[entering])
    row = w.rows[entering - columns]
    return (w.row_high[row] - w.row_low[row]) / p.scale[row]


@njit(**INSIDE)
def _whole_after(w: Work, entering: int, sign: float, length: float) -> bool:
    """Return True if all columns are whole numbers after a step."""
    if entering < len(w.x):
        value = w.x[entering] + sign * length
        if abs(value - np.rint(value)) > DUAL:
            return False
    for i in range(w.state[SIZE]):
        value = w.x[w.columns[i]] + w.step[i] * length
        if abs(value - np.rint(value)) > DUAL:
            return False
    return True


@njit(**INSIDE)
def _whole_length(w: Work, entering: int, sign: float, least: float, most: float) -> float:
    """Return a step from least to most that ends in whole numbers; -1 if none is near."""
    length = np.ceil(least - EPS)
    for _ in range(12):
        if length > most + EPS:
            return -1.0
        if _whole_after(w, entering, sign, length):
            return min(length, most)
        length += 1.0
    return -1.0


@njit(**INSIDE)
def _fits(p: Problem, w: Work) -> tuple[bool, bool]:
    """Check in integers that the moved columns keep all limits; second, also the usual ones."""
    w.state[STAMP] += 1
    w.state[LISTED] = 0
    usual = True
    for at in range(w.state[MOVED]):
        column = w.moved[at]
        whole = np.rint(w.x[column])
        if abs(w.x[column] - whole) > DUAL or abs(whole) > FAR:
            return False, False
        if not w.low[column] <= whole <= w.high[column]:
            return False, False
        usual &= p.low[column] <= whole <= p.high[column]
        if np.int64(whole) != p.base[column]:
            _list_rows(p, w, column)
    for at in range(w.state[LISTED]):
        row = w.row_list[at]
        total, safe = _row_sum(p, w, row)
        if not safe or not w.row_low[row] <= total <= w.row_high[row]:
            return False, False
        usual &= p.row_low[row] <= total <= p.row_high[row]
    return True, usual


@njit(**INSIDE)
def _list_rows(p: Problem, w: Work, column: int) -> None:
    """Add the rows of a column to the list."""
    for entry in range(p.column_start[column], p.column_start[column + 1]):
        row = p.column_row[entry]
        if w.row_mark[row] != w.state[STAMP]:
            w.row_mark[row] = w.state[STAMP]
            w.row_list[w.state[LISTED]] = row
            w.state[LISTED] += 1


@njit(**INSIDE)
def _row_sum(p: Problem, w: Work, row: int) -> tuple[int, bool]:
    """Add up a row in integers; second, False if the sum could overflow."""
    total, size = ZERO, 0.0
    for at in range(p.row_start[row], p.row_start[row + 1]):
        value = np.int64(np.rint(w.x[p.row_column[at]]))
        total += value * p.row_value[at]
        size += abs(float(value)) * abs(float(p.row_value[at]))
    return total, size < SAFE


@njit(**INSIDE)
def _keep(p: Problem, w: Work, found: Found, examples: Store, target: int) -> bool:
    """Store the present solution if it is one in whole numbers, and what it shows."""
    fits, usual = _fits(p, w)
    if not fits:
        return False
    number = examples.used[0]
    end = examples.start[number]
    w.state[STAMP] += 1
    w.state[SUMMED] = 0
    stamp = w.state[STAMP]
    for at in range(w.state[MOVED]):
        column = w.moved[at]
        value = np.int64(np.rint(w.x[column]))
        by = value - p.base[column]
        if by == 0:
            continue
        examples.index[end], examples.value[end] = column, value
        end += 1
        for entry in range(p.touch_start[column], p.touch_start[column + 1]):
            other = p.touch_target[entry]
            if w.sum_mark[other] != stamp:
                w.sum_mark[other] = stamp
                w.sums[other] = 0
                w.sum_list[w.state[SUMMED]] = other
                w.state[SUMMED] += 1
            w.sums[other] += by * p.touch_value[entry]
    _show(p, w, found, number + examples.used[1], target if not usual else NOBODY)
    examples.start[number + 1] = end
    examples.share[number] = target if not usual else NOBODY
    examples.used[0] = number + 1
    return True


@njit(**INSIDE)
def _show(p: Problem, w: Work, found: Found, number: int, alone: int) -> None:
    for at in range(w.state[SUMMED]):
        target = w.sum_list[at]
        if alone >= 0 and target != alone:
            continue
        value = w.sums[target] + _start_value(p, target)
        if value < found.value[0, target]:
            found.value[0, target], found.example[0, target] = value, number
        if value > found.value[1, target]:
            found.value[1, target], found.example[1, target] = value, number


@njit(**INSIDE)
def _start_value(p: Problem, target: int) -> int:
    total = ZERO
    for at in range(p.target_start[target], p.target_start[target + 1]):
        total += p.base[p.target_column[at]] * p.target_value[at]
    return total


@njit(**INSIDE)
def _prove(
    p: Problem, w: Work, found: Found, proofs: Store, job: tuple[int, int], value: float
) -> None:
    """Round the multipliers to fractions and keep what they prove in integer arithmetic."""
    target, side = job
    common = np.int64(1)
    for t in range(w.state[SIZE]):
        if abs(w.y[t]) > DUAL and common < 1_000_000:
            scale = p.scale[w.rows[t]]
            common *= scale // np.gcd(common, scale)
    sign = 1 if side == 1 else -1
    for share in DENOMINATORS:
        if float(share) * float(common) > FINEST:
            return
        fraction = share * common
        proven, bound = _bound(p, w, target, sign, fraction)
        if not proven:
            continue
        better = bound < found.bound[1, target] if side == 1 else -bound > found.bound[0, target]
        if better:
            found.bound[side, target] = bound if side == 1 else -bound
            _keep_proof(p, w, found, proofs, (target, side), fraction)
        if bound <= np.floor(value + 1e-6):
            return


@njit(**INSIDE)
def _multiplier(p: Problem, w: Work, t: int, fraction: int) -> int:
    """Return the multiplier of a tight row in whole fractions, 0 where its limit is none."""
    row = w.rows[t]
    number = np.rint(w.y[t] * fraction / p.scale[row])
    if abs(number) > 2.0**40:
        return ZERO
    if np.isinf(w.row_high[row] if number > 0 else w.row_low[row]):
        return ZERO
    whole: Array = np.int64(number)
    return whole


@njit(**INSIDE)
def _bound(p: Problem, w: Work, target: int, sign: int, fraction: int) -> tuple[bool, int]:
    """Return the bound that the rounded multipliers prove (weak duality, in integers)."""
    w.state[STAMP] += 1
    stamp, listed = w.state[STAMP], 0
    total, size = ZERO, 0.0
    rest, columns = w.column_rest, w.column_list
    for at in range(p.target_start[target], p.target_start[target + 1]):
        column = p.target_column[at]
        w.column_mark[column] = stamp
        rest[column] = sign * p.target_value[at] * fraction
        columns[listed] = column
        listed += 1
    for t in range(w.state[SIZE]):
        number = _multiplier(p, w, t, fraction)
        if number == 0:
            continue
        row = w.rows[t]
        limit = w.row_high[row] if number > 0 else w.row_low[row]
        total += number * np.int64(limit)
        size += abs(float(number)) * abs(limit)
        for at in range(p.row_start[row], p.row_start[row + 1]):
            column = p.row_column[at]
            if w.column_mark[column] != stamp:
                w.column_mark[column] = stamp
                rest[column] = 0
                columns[listed] = column
                listed += 1
            rest[column] -= number * p.row_value[at]
            size += abs(float(number)) * abs(float(p.row_value[at]))
    for at in range(listed):
        column = columns[at]
        if rest[column] == 0:
            continue
        limit = w.high[column] if rest[column] > 0 else w.low[column]
        if np.isinf(limit):
            return False, ZERO
        total += rest[column] * np.int64(limit)
        size += abs(float(rest[column])) * abs(limit)
    return size < HUGE, total // fraction


@njit(**INSIDE)
def _keep_proof(
    p: Problem, w: Work, found: Found, proofs: Store, job: tuple[int, int], fraction: int
) -> None:
    target, side = job
    number = proofs.used[0]
    end = proofs.start[number]
    for t in range(w.state[SIZE]):
        multiplier = _multiplier(p, w, t, fraction)
        if multiplier != 0:
            proofs.index[end], proofs.value[end] = w.rows[t], multiplier
            end += 1
    proofs.start[number + 1] = end
    proofs.share[number] = fraction
    proofs.used[0] = number + 1
    found.proof[side, target] = number + proofs.used[1]


@njit(**INSIDE)
def _restore(p: Problem, w: Work, target: int) -> None:
    """Put everything back to the solution from which every push begins."""
    for at in range(w.state[MOVED]):
        column = w.moved[at]
        w.x[column] = p.base[column]
        w.is_moved[column] = 0
    for at in range(w.state[MET]):
        row = w.met[at]
        w.activity[row] = p.activity[row] / p.scale[row]
        w.is_met[row] = 0
    for t in range(w.state[SIZE]):
        w.at_row[w.rows[t]] = -1
        w.at_column[w.columns[t]] = -1
    w.state[MOVED] = w.state[MET] = w.state[SIZE] = 0
    for at in range(p.target_start[target], p.target_start[target + 1]):
        w.cost[p.target_column[at]] = 0.0
    for at in range(p.wide_start[target], p.wide_start[target + 1]):
        place = p.wide_place[at]
        if place < len(p.low):
            w.low[place], w.high[place] = p.low[place], p.high[place]
        else:
            row = place - len(p.low)
            w.row_low[row], w.row_high[row] = p.row_low[row], p.row_high[row]


@njit(**INSIDE)
def _begin(p: Problem, w: Work, target: int, sign: float) -> float:
    """Set the objective and the limits of a target; return the value it begins with."""
    for at in range(p.target_start[target], p.target_start[target + 1]):
        w.cost[p.target_column[at]] = sign * p.target_value[at]
    for at in range(p.wide_start[target], p.wide_start[target + 1]):
        place = p.wide_place[at]
        if place < len(p.low):
            w.low[place], w.high[place] = p.wide_low[place], p.wide_high[place]
        else:
            row = place - len(p.low)
            w.row_low[row], w.row_high[row] = p.wide_low[place], p.wide_high[place]
    return sign * _start_value(p, target)


@njit(**INSIDE)
def _at_edge(
    p: Problem,
    w: Work,
    found: Found,
    stores: tuple[Store, Store],
    job: tuple[int, int],
    value: float,
) -> int:
    """Prove the bound where nothing helps any more, and keep the solution if it is whole."""
    target, side = job
    sign = 1 if side == 1 else -1
    _prove(p, w, found, stores[1], job, value)
    _keep(p, w, found, stores[0], target)
    reached = sign * (found.value[side, target] - found.bound[side, target]) >= 0
    return EDGE if reached else GAP


@njit(**INSIDE)
def _arrived(
    p: Problem, w: Work, found: Found, examples: Store, job: tuple[int, int], aim: float
) -> int:
    """Keep the present solution and say whether it shows the goal."""
    target, side = job
    sign = 1.0 if side == 1 else -1.0
    kept = _keep(p, w, found, examples, target)
    return REACHED if kept and sign * found.value[side, target] >= aim else LIMIT


@njit(**INSIDE)
def _push(
    p: Problem,
    w: Work,
    found: Found,
    stores: tuple[Store, Store],
    job: tuple[int, int],
    goal: float,
) -> int:
    """Push a target to a goal or as far as it goes; return how it ended."""
    sign = 1.0 if job[1] == 1 else -1.0
    value, aim = _begin(p, w, job[0], sign), sign * goal
    idle, whole, kept = 0, True, 0
    for _ in range(STEPS):
        w.state[CAREFUL] = 1 if idle > PATIENCE else 0
        w.state[PIVOTS] += 1
        _weigh(p, w, job[0])
        entering, gain = _price(p, w, job[0])
        if entering < 0:
            return _at_edge(p, w, found, stores, job, value)
        way, rate = 1.0 if gain > 0 else -1.0, abs(gain)
        _direct(p, w, entering, way)
        length, blocking = _block(p, w, _own_room(p, w, entering, way))
        if value + rate * length >= aim - EPS:
            exact = _whole_length(w, entering, way, (aim - value) / rate, length)
            if exact >= 0.0:
                _advance(w, entering, way, exact)
                return _arrived(p, w, found, stores[0], job, aim)
        if np.isinf(length):
            return UNBOUNDED if np.isinf(goal) else LIMIT
        after = _whole_after(w, entering, way, length)
        if whole and not after and w.state[MOVED] > 0 and kept < SNAPSHOTS:
            kept += 1
            _keep(p, w, found, stores[0], job[0])
            _direct(p, w, entering, way)
        whole = after
        _advance(w, entering, way, length)
        value += rate * length
        idle = 0 if length > EPS else idle + 1
        _exchange(p, w, entering, way, blocking)
        if w.state[SIZE] >= len(w.inverse):
            break
    return LIMIT


@njit(**INSIDE)
def _short(p: Problem, found: Found, target: int) -> int:
    """Return 0 where the need is shown to be met, else 1 + the side to push next."""
    least, most = found.value[0, target], found.value[1, target]
    if most < p.need_high[target]:
        return 2
    if least > p.need_low[target]:
        return 1
    if most - least >= p.need_width[target]:
        return 0
    return 2 if found.state[1, target] in (OPEN, REACHED) else 1


@njit(**INSIDE)
def _unmet(p: Problem, found: Found, target: int) -> bool:
    low, high = found.bound[0, target], found.bound[1, target]
    beyond = high < p.need_high[target] or low > p.need_low[target]
    return beyond or high - low < p.need_width[target]


@njit(**INSIDE)
def _settle(p: Problem, w: Work, found: Found, stores: tuple[Store, Store], target: int) -> None:
    """Push a target until its need is met or proven unmet; then, if asked, to its ends."""
    while not _unmet(p, found, target):
        side = _short(p, found, target) - 1
        if side < 0 or found.state[side, target] not in (OPEN, REACHED):
            break
        least, most = found.value[0, target], found.value[1, target]
        if side == 1:
            goal = max(p.need_high[target], least + p.need_width[target])
        else:
            goal = min(p.need_low[target], most - p.need_width[target])
        found.state[side, target] = _push(p, w, found, stores, (target, side), float(goal))
        _restore(p, w, target)
    if w.state[EXACT] == 0 or not _unmet(p, found, target):
        return
    for side in range(2):
        if found.value[side, target] != found.bound[side, target]:
            if found.state[side, target] not in (OPEN, REACHED):
                continue
            # a bound that is proven already need not be passed
            goal = np.inf if side == 1 else -np.inf
            if abs(found.bound[side, target]) < FAR:
                goal = float(found.bound[side, target])
            found.state[side, target] = _push(p, w, found, stores, (target, side), goal)
            _restore(p, w, target)


@njit(**INSIDE)
def _roomy(store: Store, length: int) -> bool:
    entries = len(store.share) - store.used[0]
    return entries >= 16 and len(store.index) - store.start[store.used[0]] >= length


@njit(cache=True, nogil=True)
def push_all(p: Problem, w: Work, found: Found, stores: tuple[Store, Store], jobs: Array) -> int:
    """Settle targets one after the other; return how many before the stores are full."""
    for number in range(len(jobs)):
        if not _roomy(stores[0], 8 * len(p.low)) or not _roomy(stores[1], 40 * len(w.inverse)):
            return number
        _settle(p, w, found, stores, jobs[number])
    return len(jobs)
