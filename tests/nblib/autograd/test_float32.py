"""float32 stays float32, in values, in gradients and inside every vjp."""

import numpy as np
import pytest

from nblib import autograd
from nblib.autograd import float32, float64, minimum, operation, shapes, tensor

FLOAT32 = {
    "expm1": lambda lib, x: lib.expm1(x),
    "log1p": lambda lib, x: lib.log1p(x * x),
    "square": lambda lib, x: x.square(),
    "sin": lambda lib, x: x.sin(),
    "cos": lambda lib, x: x.cos(),
    "sign": lambda lib, x: x.sign(),
    "round": lambda lib, x: x.round(decimals=1),
    "masked_fill": lambda lib, x: x.masked_fill(x > 0, -1.5) * x,
    "masked_fill with a tensor": lambda lib, x: x.masked_fill(x > 0, (x * x).sum()),
    "var": lambda lib, x: x.var(1),
    "std": lambda lib, x: x.std(),
    "prod": lambda lib, x: x.prod(0),
    "cumsum": lambda lib, x: x.cumsum(1),
    "logsumexp": lambda lib, x: x.logsumexp(-1),
    "amax": lambda lib, x: x.amax(1),
    "norm": lambda lib, x: x.norm(dim=1) + x.norm(3) + x.norm(1),
    "sort": lambda lib, x: x.sort().values,
    "topk": lambda lib, x: x.topk(2).values,
    "max": lambda lib, x: x.max(0).values * x.max(),
    "flip": lambda lib, x: x.flip(0),
    "roll": lambda lib, x: x.roll(1),
    "repeat": lambda lib, x: x.repeat(2, 3),
    "repeat_interleave": lambda lib, x: x.repeat_interleave(2),
    "pad": lambda lib, x: shapes.pad(x, (1, 2), value=0.1),
    "tril": lambda lib, x: x.tril(),
    "split": lambda lib, x: x.split(2)[0],
    "unbind": lambda lib, x: x.unbind()[1],
    "gather": lambda lib, x: x.gather(1, tensor([[0], [1], [1]])),
    "mask": lambda lib, x: x[x > 0],
    "index": lambda lib, x: x[0, [1, 1]],
    "outer": lambda lib, x: lib.outer(x[0], x[1]),
    "clamp": lambda lib, x: x.clamp(-0.1, tensor(0.5, dtype=float64)),
    "minimum": lambda lib, x: minimum(x, x * 2),
}


@pytest.mark.parametrize("name", FLOAT32)
def test_float32_stays_float32(name):
    seen = []

    @operation
    def spy(x):
        return x, lambda g: seen.append(g.dtype) or g

    x = tensor(np.random.default_rng(0).standard_normal((3, 4)).astype("f4"), requires_grad=True)
    y = FLOAT32[name](autograd, spy(x))
    for parent, vjp in walk(y):
        share = vjp(
            np.ones(parent[1], "f4")
            if not isinstance(parent[1], list)
            else [np.ones(shape, "f4") for shape in parent[1]]
        )
        assert share.dtype == float32, f"a vjp of {name} returns {share.dtype}"
    y.sum().backward()
    assert y.dtype == float32 and x.grad.dtype == float32 and set(seen) == {float32}


def walk(result):
    """((parent, shape of the gradient), vjp) for all edges below a result that are not those of a Joint's result."""
    for node in result._ancestors():
        for parent, vjp in node._edges:
            if type(vjp) is not int:
                joint = isinstance(node, autograd.graph.Joint)
                yield (parent, [shape for shape, _ in node.array] if joint else node.array.shape), vjp
