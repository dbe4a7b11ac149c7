"""Automatic differentiation, in the order of notebook 05.

`dtypes`; the `graph`; operations as functions of arrays, each beside its derivative (`pointwise`,
`products`, `reductions`, `sorting`, `shapes`, `joining`, `indexing`); the `tensor` that has them as
methods; `creation` of tensors, some of them with `random` numbers.
"""

from nblib.autograd.creation import (arange, bernoulli, eye, from_numpy, full, full_like, linspace, meshgrid,
                                     multinomial, ones, ones_like, rand, rand_like, randint, randn, randn_like,
                                     randperm, tensor, zeros, zeros_like)
from nblib.autograd.dtypes import float32, float64, int64, set_default_dtype
from nblib.autograd.graph import Node, no_grad, once, operation, unbroadcast
from nblib.autograd.indexing import gather, index_select, take_along_dim
from nblib.autograd.joining import cat, chunk, split, stack, unbind
from nblib.autograd.pointwise import (abs, add, bitwise_and, bitwise_not, bitwise_or, bitwise_xor, ceil, clamp, clone,
                                      cos, div, eq, exp, expm1, floor, floor_divide, ge, gt, isfinite, isinf, isnan,
                                      le, log, log1p, log2, lt, masked_fill, maximum, minimum, mul, ne, neg, pow,
                                      reciprocal, relu, remainder, round, rsqrt, sigmoid, sign, sin, sqrt, square, sub,
                                      tanh, where)
from nblib.autograd.products import einsum, matmul, outer
from nblib.autograd.random import fork_rng, manual_seed
from nblib.autograd.reductions import (all, allclose, amax, amin, any, argmax, argmin, cumsum, equal, logsumexp, max,
                                       mean, min, norm, prod, std, sum, var)
from nblib.autograd.shapes import (flatten, flip, movedim, permute, repeat_interleave, reshape, roll, squeeze,
                                   transpose, tril, triu, unflatten, unsqueeze)
from nblib.autograd.sorting import argsort, sort, topk
from nblib.autograd.tensor import Tensor

__all__ = ["Node", "Tensor", "abs", "add", "all", "allclose", "amax", "amin", "any", "arange", "argmax", "argmin",
           "argsort", "bernoulli", "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor", "cat", "ceil", "chunk",
           "clamp", "clone", "cos", "cumsum", "div", "einsum", "eq", "equal", "exp", "expm1", "eye", "flatten", "flip",
           "float32", "float64", "floor", "floor_divide", "fork_rng", "from_numpy", "full", "full_like", "gather",
           "ge", "gt", "index_select", "int64", "isfinite", "isinf", "isnan", "le", "linspace", "log", "log1p", "log2",
           "logsumexp", "lt", "manual_seed", "masked_fill", "matmul", "max", "maximum", "mean", "meshgrid", "min",
           "minimum", "movedim", "mul", "multinomial", "ne", "neg", "no_grad", "norm", "once", "ones", "ones_like",
           "operation", "outer", "permute", "pow", "prod", "rand", "rand_like", "randint", "randn", "randn_like",
           "randperm", "reciprocal", "relu", "remainder", "repeat_interleave", "reshape", "roll", "round", "rsqrt",
           "set_default_dtype", "sigmoid", "sign", "sin", "sort", "split", "sqrt", "square", "squeeze", "stack", "std",
           "sub", "sum", "take_along_dim", "tanh", "tensor", "topk", "transpose", "tril", "triu", "unbind",
           "unbroadcast", "unflatten", "unsqueeze", "var", "where", "zeros", "zeros_like"]
