"""The engine's core: leaves, operations of a reader's own, several results, memory, work."""

import gc
import inspect
import tracemalloc
import weakref

import numpy as np
import pytest
import torch

from nblib import autograd
from nblib.autograd import (
    Tensor,
    cat,
    float32,
    float64,
    graph,
    no_grad,
    once,
    operation,
    randn,
    stack,
    tensor,
    unbind,
    where,
    zeros,
)

# A leaf's gradient is its own -------------------------------------------------------------------------------

KEPT = np.ones(2)
HANDED_ON = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "where": lambda a, b: where(tensor([True, True]), a, b),
    "reshape": lambda a, b: a.reshape(2, 1) + b.reshape(2, 1),
    "split": lambda a, b: (lambda x, y: x + y)(*cat([a, b]).split(2)),
    "unbind": lambda a, b: stack([a, b]).unbind()[0],
    "a kept array": operation(lambda a, b: (a + b, *[once(lambda g: g * 1)] * 2)),
    "one kept in a closure": operation(lambda a, b, c=KEPT: (a + b, lambda g: c, lambda g: c)),
    "retained": lambda a, b: a + b,
}


@pytest.mark.parametrize("name", HANDED_ON)
def test_leaves_do_not_share_a_gradient(name):
    a, b = (tensor([1.0, 2], dtype=float64, requires_grad=True) for _ in range(2))
    y = HANDED_ON[name](a, b)
    y.retain_grad()
    z = y * 3
    z.retain_grad()
    z.sum().backward(retain_graph=True)
    grads = [x.grad.data for x in (a, b, y, z)]
    assert not any(np.shares_memory(g, h) for i, g in enumerate(grads) for h in grads[:i])
    before = b.grad.tolist()
    a.grad.data[:] *= 0.5
    assert b.grad.tolist() == before
    z.sum().backward()  # a kept array is as it was
    assert b.grad.tolist() == [2 * g for g in before]


def test_a_gradient_that_nobody_else_holds_is_not_copied():
    """Each weight of a network would cost a pass over memory."""
    w, x = randn(3, 4, requires_grad=True), np.ones((5, 3), "f4")
    seen = []

    @operation
    def product(w):
        def vjp(g):
            seen.append(weakref.ref(share := x.T @ g))
            return share

        return x @ w, vjp

    product(w).sum().backward()
    assert seen[0]() is w.grad.data


# Operations of a reader's own -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["linear", "where", "cat", "matmul", "reshape", "softmax", "add", "getitem"])
def test_a_readers_operation_may_have_any_name(name):
    def own(a, b):
        return a @ b, lambda g: g @ b.T, lambda g: a.T @ g

    own.__name__ = own.__qualname__ = name
    x, y = randn(2, 3, requires_grad=True), randn(3, 4)
    operation(own)(x, y).sum().backward()
    assert x.grad.shape == (2, 3)
    with pytest.raises(ValueError, match="matmul: Input operand 1"):  # NumPy's words, since it has none of its own
        operation(own)(x, x)
    with pytest.raises(ValueError, match=rf"^{name}: wanted two squares, got \(2, 3\) and \(2, 3\)"):
        operation(own, wants="two squares")(x, x)


def test_an_error_that_begins_with_wanted_gets_the_name_of_the_operation():
    @operation
    def halve(x):
        raise KeyError("no") if x.size == 1 else ValueError(f"wanted even numbers, got {x.tolist()}")

    with pytest.raises(ValueError, match="^halve: wanted even numbers, got \\[1, 3\\]"):
        halve(tensor([1, 3]))
    with pytest.raises(KeyError, match="no"):
        halve(tensor([1]))


CALLS = {
    "an unknown option": (
        lambda: autograd.add(X, X, alpha=2),
        r"add: wanted add\(a, b\), got an unexpected .* 'alpha'",
    ),
    "too few": (lambda: autograd.gather(X), r"gather: wanted gather\(input, dim, index\), got missing 2 required"),
    "too many": (lambda: autograd.exp(X, 1), r"exp: wanted exp\(x\), got takes 1 positional argument but 2 were given"),
    "a list": (lambda: autograd.sum([1, 2]), r"sum: wanted a tensor, got list \[1, 2\]; make one with tensor"),
    "a number": (lambda: autograd.transpose(2.0, 0, 1), r"transpose: wanted a tensor, got float 2.0"),
    "None": (lambda: autograd.mean(None), r"mean: wanted a tensor, got NoneType None"),
    "bools": (lambda: -tensor([True]), r"neg: wanted numbers that it can compute with, got bool; use .to"),
    "floats for bits": (lambda: X & X, "bitwise_and: wanted numbers .* got float32 and float32"),
    "a fraction as size": (lambda: X.reshape(1.5, 2), "reshape: wanted whole numbers as sizes and dims, got 'float'"),
    "a tensor as an option": (
        lambda: X.var(correction=tensor(1)),
        r"var: wanted no tensor as correction, got one; use .item\(\) or .data",
    ),
    "a tensor as a dim": (lambda: X.sum(dim=tensor([1])), r"sum: wanted a whole number as dim, got int64 array"),
}
X = tensor([[1.0, 2], [3, 4]], requires_grad=True)


@pytest.mark.parametrize("name", CALLS)
def test_a_wrong_call_is_told_how_to_call(name):
    call, words = CALLS[name]
    with pytest.raises(TypeError, match=words):
        call()


def test_an_error_of_a_readers_own_operation_is_left_alone():
    @operation
    def own(x):
        return helper(x)

    def helper(x, y):
        return x

    with pytest.raises(TypeError, match=r"helper\(\) missing 1 required"):
        own(X)
    with pytest.raises(AttributeError, match="'float' object has no attribute 'shape'"):
        operation(lambda x: (x * 1.0).item().shape)(tensor(1.0))
    with pytest.raises(AttributeError, match="'numpy.ndarray' object has no attribute 'relu'"):
        operation(lambda x: x.relu())(X)


def test_tensors_by_keyword_count_as_inputs():
    mask, a, b = tensor([True, False]), tensor([1.0, 2], requires_grad=True), tensor([3.0, 4], requires_grad=True)
    where(condition=mask, input=a, other=b).sum().backward()
    assert a.grad.tolist() == [1, 0] and b.grad.tolist() == [0, 1]
    index = tensor([[1], [0]])
    y = autograd.gather(X, dim=1, index=index)
    assert y.tolist() == [[2], [3]] and y.requires_grad


def test_the_source_of_every_public_function_can_be_read():
    for name in autograd.__all__:
        value = getattr(autograd, name)
        if callable(value):
            source = inspect.getsource(value)
            assert f"def {name}(" in source or f"class {name}" in source
            assert value.__doc__ and value.__doc__ in source
    for name, value in vars(Tensor).items():
        if inspect.isfunction(value) and not name.startswith("_"):
            assert f"def {value.__name__}(" in inspect.getsource(value) and value.__doc__
    assert (
        inspect.getsource(Tensor.exp) == '@operation\ndef exp(x):\n    """eˣ"""\n    y = np.exp(floats(x))\n'
        "    return y, lambda g: g * y\n"
    )


# Dtypes -----------------------------------------------------------------------------------------------------


def test_a_gradient_gets_the_dtype_of_its_tensor_whatever_a_vjp_returns():
    @operation
    def careless(x):
        return x * 2, lambda g: g * np.float64(2)

    x = tensor([1.0, 2], requires_grad=True)
    (careless(x) * x).sum().backward()
    assert x.grad.dtype == float32 and x.grad.tolist() == [4, 8]


MIXED = {
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
    "maximum": autograd.maximum,
    "where": lambda a, b: where(a > 0, a, b),
    "clamp": lambda a, b: a.clamp(min=b),
}


@pytest.mark.parametrize("name", MIXED)
def test_each_of_two_dtypes_gets_its_gradient_in_its_own(name):
    theirs = {"maximum": torch.maximum, "where": lambda a, b: torch.where(a > 0, a, b)}.get(name, MIXED[name])
    a, b = tensor(np.float32([1, 2])), tensor(np.float64([3, 4]))
    for first, second in [(a, b), (b, a)]:
        x, y = (tensor(t, requires_grad=True) for t in (first, second))
        u, v = (torch.tensor(t.numpy(), requires_grad=True) for t in (first, second))
        MIXED[name](x, y).sum().backward()
        theirs(u, v).sum().backward()
        for own, wanted in [(x, u), (y, v)]:
            assert own.grad.dtype == own.dtype
            np.testing.assert_allclose(own.grad.numpy(), wanted.grad.numpy(), rtol=1e-6)


# Several results --------------------------------------------------------------------------------------------


@operation
def polar(x, y):
    r, shared = np.hypot(x, y), once(lambda gs: (gs[0] / r, gs[1] / r**2))
    return (
        (r, np.arctan2(y, x), np.sign(x).astype(int)),
        lambda gs: shared(gs)[0] * x - shared(gs)[1] * y,
        lambda gs: shared(gs)[0] * y + shared(gs)[1] * x,
    )


def both(use):
    """The gradients of x and y from `use` of the results, in nblib and in PyTorch."""
    x, y = (tensor(v, float64, requires_grad=True) for v in ([1.0, 2], [3.0, 0.5]))
    u, v = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in ([1.0, 2], [3.0, 0.5]))
    use(*polar(x, y)[:2]).sum().backward()
    use(torch.hypot(u, v), torch.atan2(v, u)).sum().backward()
    return [(a.grad.numpy(), b.grad.numpy()) for a, b in ((x, u), (y, v))]


@pytest.mark.parametrize(
    "use",
    [lambda r, a: r * a, lambda r, a: r, lambda r, a: a, lambda r, a: r * r + a * r * a, lambda r, a: r[0] * a],
    ids=["both", "first", "second", "often", "a part"],
)
def test_results_may_be_used_all_in_part_or_often(use):
    for ours, theirs in both(use):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_results_without_gradient_and_a_named_tuple():
    x = tensor([[3.0, 1], [2, 5]], requires_grad=True)
    largest = x.max(1)
    assert largest.values.requires_grad and not largest.indices.requires_grad and largest.indices.is_leaf
    assert type(largest).__name__ == "Extremes" and largest.indices.tolist() == [0, 1]
    r, angle, sign = polar(x, x)
    assert sign.dtype.kind == "i" and not sign.requires_grad
    assert not polar(x.detach(), x.detach())[0].requires_grad
    with no_grad():
        assert not any(y.requires_grad for y in polar(x, x))


def test_a_second_backward_through_several_results_says_that_the_graph_is_freed():
    x = randn(4, 3, requires_grad=True)
    first, second, *_ = x.unbind()
    first.sum().backward()
    with pytest.raises(RuntimeError, match="freed.*retain_graph=True"):
        second.sum().backward()
    assert x.grad.tolist() == [[1] * 3] + [[0] * 3] * 3
    x.grad = None
    first, second, *_ = x.unbind()
    first.sum().backward(retain_graph=True)
    second.sum().backward()
    assert x.grad.tolist() == [[1] * 3] * 2 + [[0] * 3] * 2


def test_shared_work_is_done_once_a_pass():
    calls = []

    @operation
    def scaled(a, b):
        shared = once(lambda g: calls.append(1) or g * 2)
        return a + b, lambda g: shared(g), lambda g: shared(g) * 1

    a, b = randn(3, requires_grad=True), randn(3, requires_grad=True)
    y = scaled(a, b).sum()
    y.backward(retain_graph=True)
    assert len(calls) == 1
    y.backward()
    assert len(calls) == 2 and a.grad.tolist() == [4] * 3 == b.grad.tolist()


# Work and memory --------------------------------------------------------------------------------------------


def numbers_sent_back(monkeypatch, f, n):
    """How many numbers the vjps of a result return for a sequence of n rows."""
    sent = []
    monkeypatch.setattr(graph, "unbroadcast", lambda g, shape: sent.append(g.size) or autograd.unbroadcast(g, shape))
    x = randn(n, 4, requires_grad=True)
    y = zeros(4)
    for row in f(x):
        y = y * 0.5 + row
    y.sum().backward()
    return sum(sent)


@pytest.mark.parametrize(
    "rows", [unbind, iter, lambda x: x.split(1), lambda x: x.chunk(len(x))], ids=["unbind", "for", "split", "chunk"]
)
def test_the_rows_of_a_sequence_cost_work_in_proportion_to_its_length(rows, monkeypatch):
    short, long = (numbers_sent_back(monkeypatch, rows, n) for n in (50, 200))
    assert long < 4.2 * short and long < 200 * 4 * 5
    assert numbers_sent_back(monkeypatch, lambda x: [x[i] for i in range(200)], 200) > 200 * 200 * 4


def test_a_long_chain_through_several_results():
    x = tensor([1.0, 2], dtype=float64, requires_grad=True)
    y = x
    for _ in range(20_000):
        a, b = y.unbind()
        y = stack([b, a])
    y.sum().backward()
    assert x.grad.tolist() == [1, 1]


def bytes_in_arrays():
    arrays = tracemalloc.DomainFilter(inclusive=True, domain=np.lib.tracemalloc_domain)
    return sum(trace.size for trace in tracemalloc.take_snapshot().filter_traces([arrays]).traces)


def test_memory_does_not_grow_over_steps_with_several_results():
    gc.collect()
    gc.disable()  # so that a cycle would stay
    tracemalloc.start()
    try:
        w = randn(40, 100, requires_grad=True)

        def step():
            w.grad = None
            first, second = w.chunk(2)
            values, _ = (first * second).sort(1)
            (where(values > 0, values, 0) + values.max(1, keepdim=True).values + first.cumsum(0)).std().backward()
            with no_grad():
                w.__isub__(w.grad * 0.1)

        step()
        before = bytes_in_arrays()
        for _ in range(5):
            step()
        assert 2 * w.data.nbytes <= before == bytes_in_arrays()
    finally:
        tracemalloc.stop()
        gc.enable()


def test_backward_frees_what_several_results_have_in_common():
    gc.disable()
    try:
        x = randn(3, 4, requires_grad=True)
        rows = x.exp().unbind()
        exponential = weakref.ref(rows[0]._edges[0][0]._edges[0][0])
        assert exponential() is not None
        (rows[0] * rows[1]).sum().backward()
        assert exponential() is None
    finally:
        gc.enable()
