"""Rows of a table, looked up by whole numbers."""

import numpy as np

from nblib.autograd import Tensor
from nblib.autograd.graph import check_tensors
from nblib.nn.functional.checks import check_range


def embedding(input, weight):
    """Row i of W (V, D) for each whole number i of the input, of any shape S; the result is S + (D,)."""
    check_tensors("embedding", input, weight)
    check_range("embedding", input, weight.shape[0])
    return weight[input]


def one_hot(tensor, num_classes=-1):
    """Labels y of shape S -> 0 and 1 of shape S + (C,), 1 at y; C is max y + 1 unless given."""
    classes = int(tensor.max()) + 1 if num_classes == -1 else num_classes
    check_range("one_hot", tensor, classes)
    return Tensor(np.eye(classes, dtype=np.int64)[tensor.data])
