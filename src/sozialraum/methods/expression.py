"""Small sums over columns, written as text: parsed, checked name by name, never executed.

The text is read with Python's own grammar and walked node by node; only numbers, column
names, ``+ - *``, parentheses and the functions ``max``, ``min`` and ``total`` are known.
There is no attribute, no index, no other call, so a project file cannot run code.
"""

import ast
import operator
import warnings
from collections.abc import Collection, Mapping
from functools import lru_cache, reduce
from typing import Any

import numpy as np
import pandas as pd

from sozialraum.errors import SourceError

type Column = np.ndarray | pd.Series
type Node = ast.expr

LONGEST = 20_000
"""Characters an expression may have; a sum over all ages and sexes has about 2,000."""
WIDEST = 1_000
"""Columns one ``total`` may span."""
LARGEST = 1e15
"""Numbers an expression may hold: whole numbers up to here are exact."""
SHOWN = 20
"""Known names an error lists."""
BINARY = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}
UNARY = {ast.UAdd: operator.pos, ast.USub: operator.neg}
CHOOSE = {"max": np.maximum, "min": np.minimum}
"""Unlike Python's own, these pass a missing number on."""


def evaluate(expression: str, columns: Mapping[str, Column]) -> Column:
    """Return the value of an expression over columns of equal length.

    Parameters
    ----------
    expression
        Column names, numbers, ``+ - *``, parentheses, ``max(a, b)``, ``min(a, b)`` and
        ``total(PREFIX, first, last)``, which is ``PREFIX_first + … + PREFIX_last``.
        Names that are no identifiers stand in quotes: ``"1_Person" + "2_Personen"``; an
        expression that is itself the name of a column needs none.
    columns
        Numbers by name. A missing number (NaN) makes every result it enters missing.

    Returns
    -------
    numpy.ndarray or pandas.Series
        Floats; a Series where the columns are Series.

    Raises
    ------
    SourceError
        The text is no such expression, or it names columns that are not there (all of
        them are listed).

    Examples
    --------
    >>> columns = {"u3": np.array([1, 2]), "u6": np.array([4, 0]), "1_Person": np.array([7, 8])}
    >>> evaluate('max(0, u6 - u3) + "1_Person"', columns)
    array([10.,  8.])
    >>> evaluate("total(B, 1, 3)", {f"B_{i}": np.array([i]) for i in (1, 2, 3)})
    array([6.])
    """
    names = names_in(expression, columns)
    unknown = [name for name in names if name not in columns]
    if unknown:
        raise SourceError(
            "sources.unknown_names", ids=unknown, expression=expression, known=_listed(columns)
        )
    if expression in columns:
        return _number(columns[expression])
    return _value(_parsed(expression), columns)


def names_in(expression: str, columns: Collection[str] = ()) -> tuple[str, ...]:
    """Return the column names an expression uses, in order of appearance, each once.

    Parameters
    ----------
    expression
        See :func:`evaluate`.
    columns
        Known names; an expression that equals one of them is that name.

    Raises
    ------
    SourceError
        The text is no expression, or uses no column at all.

    Examples
    --------
    >>> names_in("total(BAUJAHR_MZ, 1, 2) + GEBTYPGROESSE_1")
    ('BAUJAHR_MZ_1', 'BAUJAHR_MZ_2', 'GEBTYPGROESSE_1')
    """
    if expression in columns:
        return (expression,)
    found = tuple(dict.fromkeys(_names(_parsed(expression))))
    if not found:
        raise SourceError("sources.expression_without_column", expression=expression)
    return found


def is_increasing(expression: str, columns: Collection[str] = ()) -> bool:
    """Return True if no subtraction occurs, so that limits of parts are limits of the whole.

    Examples
    --------
    >>> is_increasing("a + 2 * b"), is_increasing("a - b")
    (True, False)
    """
    if expression in columns:
        return True
    return not any(isinstance(node, ast.Sub | ast.USub) for node in ast.walk(_parsed(expression)))


@lru_cache(maxsize=256)
def _parsed(expression: str) -> Node:
    """Return the checked syntax tree of an expression."""
    # a text that is too long is cut into one that cannot be parsed
    text = expression.strip() if len(expression) <= LONGEST else "("
    try:
        # "1if a" or "\\d" only earn a warning from Python; here they are mistakes
        with warnings.catch_warnings(action="error", category=SyntaxWarning):
            tree = ast.parse(text, mode="eval").body
        _check(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        shown = expression if len(expression) <= 200 else f"{expression[:200]}…"
        raise SourceError("sources.not_an_expression", expression=shown) from error
    return tree


def _check(node: Node) -> None:
    """Raise ValueError at the first node that is not part of the little language."""
    match node:
        case ast.BinOp(left, ast.Add() | ast.Sub() | ast.Mult(), right):
            _check(left)
            _check(right)
        case ast.UnaryOp(ast.UAdd() | ast.USub(), operand):
            _check(operand)
        case ast.Call(ast.Name("max" | "min"), [_, _, *_] as arguments, []):
            for argument in arguments:
                _check(argument)
        case ast.Call(ast.Name("total"), [prefix, first, last], []):
            _check_total(prefix, first, last)
        case ast.Name(_) | ast.Constant(str()):
            pass
        case ast.Constant(int() | float() as value) if type(value) is not bool and (
            abs(value) < LARGEST
        ):
            pass
        case _:
            raise ValueError(ast.dump(node)[:40])


def _check_total(prefix: Node, first: Node, last: Node) -> None:
    """Raise ValueError unless the arguments are a name and an ascending, short range."""
    match prefix, first, last:
        case (ast.Name(_) | ast.Constant(str()), ast.Constant(int(low)), ast.Constant(int(high))):
            if not 0 <= high - low < WIDEST:
                raise ValueError
        case _:
            raise ValueError


def _label(node: Node) -> str:
    """Return the column name that a name or a quoted text stands for."""
    return node.id if isinstance(node, ast.Name) else str(getattr(node, "value", ""))


def _spanned(prefix: Node, first: Node, last: Node) -> list[str]:
    """Return the names that a ``total`` adds up."""
    low, high = getattr(first, "value", 0), getattr(last, "value", 0)
    return [f"{_label(prefix)}_{i}" for i in range(low, high + 1)]


def _names(node: Node) -> list[str]:
    match node:
        case ast.BinOp(left, _, right):
            return _names(left) + _names(right)
        case ast.UnaryOp(_, operand):
            return _names(operand)
        case ast.Call(ast.Name("total"), [prefix, first, last]):
            return _spanned(prefix, first, last)
        case ast.Call(_, arguments):
            return [name for argument in arguments for name in _names(argument)]
        case ast.Name(_) | ast.Constant(str()):
            return [_label(node)]
        case _:
            return []


def _value(node: Node, columns: Mapping[str, Column]) -> Any:
    """Return the value of a checked node: a column, or a number that spreads over one."""
    match node:
        case ast.BinOp(left, operation, right):
            return BINARY[type(operation)](_value(left, columns), _value(right, columns))
        case ast.UnaryOp(operation, operand):
            return UNARY[type(operation)](_value(operand, columns))
        case ast.Call(ast.Name("total"), [prefix, first, last]):
            names = _spanned(prefix, first, last)
            return reduce(operator.add, (_number(columns[name]) for name in names))
        case ast.Call(ast.Name(name), arguments):
            return reduce(CHOOSE[name], (_value(argument, columns) for argument in arguments))
        case ast.Constant(int() | float() as number):
            return float(number)
        case _:
            return _number(columns[_label(node)])


def _number(column: Column) -> Column:
    """Return a column as floats, whatever integer type it came in."""
    if isinstance(column, pd.Series):
        return column.astype(float)
    return np.asarray(column, dtype=float)


def _listed(columns: Collection[str]) -> str:
    names = sorted(columns)
    more = f" … (+{len(names) - SHOWN})" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
