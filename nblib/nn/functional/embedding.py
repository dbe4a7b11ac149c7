"""Rows of a table, looked up by whole numbers."""

import numpy as np

from nblib._inputs import describe, whole
from nblib.autograd import operation
from nblib.nn.functional.checks import check_range


@operation
def embedding(input, weight, padding_idx=None):
    """Row i of W (V, D) for each whole number i of the input, of any shape S; the result is S + (D,).

    ∂L/∂W adds up the gradients of all places where a row was used; the row `padding_idx` gets none.
    Raises TypeError for an input that is not of whole numbers, IndexError for a number that is no row.
    """
    if getattr(weight, "ndim", 0) != 2:
        raise ValueError(f"embedding: wanted a weight of shape (V, D), got {describe(weight)}")
    check_range("embedding", input, len(weight))

    def of_weight(g):
        out = _add_rows(input.reshape(-1), g.reshape(input.size, weight.shape[1]), len(weight))
        if padding_idx is not None:
            out[padding_idx] = 0
        return out

    if padding_idx is not None:
        padding_idx = padding_row(padding_idx, len(weight), "embedding: padding_idx")
    return weight.take(input, 0), None, of_weight


@operation
def one_hot(tensor, num_classes=-1):
    """Labels y of shape S -> 0 and 1 of shape S + (C,), 1 at y; C is max y + 1 unless given."""
    if num_classes == -1:
        if np.size(tensor) == 0:
            raise ValueError("one_hot: wanted num_classes for an empty tensor, which does not show how many there are")
        check_range("one_hot", tensor, np.inf)
        num_classes = int(tensor.max()) + 1
    check_range("one_hot", tensor, whole(num_classes, "one_hot: num_classes", 1))
    return ((tensor[..., None] == np.arange(num_classes)).astype(np.int64),)


def padding_row(padding_idx, rows, name):
    """The row of padding as a number from 0; as in PyTorch, one below 0 counts from the end."""
    return whole(padding_idx, name, -rows, rows - 1) % rows


def _add_rows(rows, g, size):
    """out[rows[k]] += g[k] for all k, with out (size, D).

    Sorted by row, what belongs to one row stands in one piece, and `reduceat` sums pieces. (`np.add.at` does
    without sorting, one number after the other, and takes four times as long.)
    """
    out = np.zeros((size, g.shape[1]), g.dtype)
    order = np.argsort(rows, kind="stable")
    rows = rows[order]
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    out[rows[starts]] = np.add.reduceat(g[order], starts, 0)
    return out
