"""Automatic differentiation, in the order of notebook 05: dtypes, the graph, tensors."""

from nblib.autograd.dtypes import float32, float64, int64, set_default_dtype
from nblib.autograd.graph import Node, no_grad, once, operation, unbroadcast
from nblib.autograd.random import fork_rng, manual_seed
from nblib.autograd.tensor import (Tensor, arange, cat, exp, log, maximum, ones, rand, randn, randperm, relu,
                                   sigmoid, sqrt, stack, tanh, tensor, where, zeros)

__all__ = ["Node", "Tensor", "arange", "cat", "exp", "float32", "float64", "fork_rng", "int64", "log", "manual_seed", "maximum",
           "no_grad", "once", "ones", "operation", "rand", "randn", "randperm", "relu", "set_default_dtype", "sigmoid",
           "sqrt", "stack", "tanh", "tensor", "unbroadcast", "where", "zeros"]
