"""Linear layers."""

import math

from nblib._inputs import whole
from nblib.autograd import rand
from nblib.nn import functional as F
from nblib.nn.module import Module, Parameter


class Identity(Module):
    """y = x: stands where a layer was, such as the head of a network whose features are wanted.

    Takes any arguments, as PyTorch's does, and makes no use of them.
    """

    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, input):
        """The input itself."""
        return input


class Linear(Module):
    """y = x Wᵀ + b for x (…, in_features); weight (out_features, in_features), bias (out_features,).

    Both start uniform between ±1/√in_features.
    """

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features = whole(in_features, "in_features", 1)
        self.out_features = whole(out_features, "out_features", 1)
        self.weight = Parameter(_uniform(out_features, in_features, bound=1 / math.sqrt(in_features)))
        self.bias = Parameter(_uniform(out_features, bound=1 / math.sqrt(in_features))) if bias else None

    def forward(self, input):
        """(…, in_features) → (…, out_features)"""
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self):
        """The sizes, and whether there is a bias."""
        bias = self.bias is not None
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={bias}"


def _uniform(*size, bound):
    return (rand(*size) * 2 - 1) * bound
