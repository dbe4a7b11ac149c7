"""TEMPORARY, until nn.norm.LayerNorm, nn.container.ModuleList and F.gelu are there: what Transformers need."""

import math

import numpy as np

from nblib.autograd import ones, operation, zeros
from nblib.nn.module import Module, ModuleList, Parameter  # noqa: F401 (a name of this module)


class LayerNorm(Module):
    """Mean 0 and variance 1 along the last dim, times weight plus bias."""

    def __init__(self, normalized_shape, eps=1e-5, elementwise_affine=True, bias=True):
        super().__init__()
        self.eps, self.weight = eps, Parameter(ones(normalized_shape))
        self.bias = Parameter(zeros(normalized_shape)) if bias else None

    def forward(self, input):
        y = _standardize(input, self.eps) * self.weight
        return y if self.bias is None else y + self.bias


@operation
def _standardize(x, eps):
    deviation = x - x.mean(-1, keepdims=True)
    scale = np.sqrt((deviation ** 2).mean(-1, keepdims=True) + eps)
    y = deviation / scale
    return y, lambda g: (g - g.mean(-1, keepdims=True) - y * (g * y).mean(-1, keepdims=True)) / scale


@operation
def gelu(x):
    """x Φ(x)"""
    normal = np.array([(1 + math.erf(v / math.sqrt(2))) / 2 for v in x.ravel().tolist()], x.dtype).reshape(x.shape)
    return x * normal, lambda g: g * (normal + x * np.exp(-x * x / 2) / math.sqrt(2 * math.pi))
