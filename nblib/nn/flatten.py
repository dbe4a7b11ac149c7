"""Between images and rows of features."""

import math

from nblib._inputs import describe
from nblib.nn.module import Module


class Flatten(Module):
    """(N, C, H, W) → (N, C·H·W): the dims from `start_dim` to `end_dim`, both included, become one."""

    shown = ("start_dim", "end_dim")

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input):
        """(N, C, H, W) → (N, C·H·W)"""
        start, end = _dim("Flatten", self.start_dim, input), _dim("Flatten", self.end_dim, input)
        return input.reshape(*input.shape[:start], math.prod(input.shape[start : end + 1]), *input.shape[end + 1 :])


class Unflatten(Module):
    """(N, C·H·W) → (N, C, H, W): the dim `dim` becomes several, of the sizes `unflattened_size`."""

    shown = ("dim", "unflattened_size")

    def __init__(self, dim, unflattened_size):
        super().__init__()
        self.dim, self.unflattened_size = dim, tuple(unflattened_size)

    def forward(self, input):
        """(N, C·H·W) → (N, C, H, W)"""
        dim = _dim("Unflatten", self.dim, input)
        return input.reshape(*input.shape[:dim], *self.unflattened_size, *input.shape[dim + 1 :])


def _dim(name, dim, input):
    """`dim` counted from the front."""
    if dim not in range(-input.ndim, input.ndim):
        raise IndexError(f"{name}: wanted a dim of the input's shape {input.shape}, got {describe(dim)}")
    return dim % input.ndim
