"""The engine against PyTorch, operation by operation, and everything that it must survive."""

import copy
import gc
import pickle
import tracemalloc
import warnings
import weakref

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from nblib import autograd
from nblib.autograd import (Tensor, arange, cat, float32, float64, int64, manual_seed, maximum, no_grad, ones,
                            operation, rand, randn, randperm, set_default_dtype, stack, tensor, where, zeros)
from parity import check_parity, same

SETTINGS = settings(deadline=None, derandomize=True, max_examples=20)
PRIMES = st.sampled_from([1, 2, 3, 5, 7])
SHAPES = st.lists(PRIMES, max_size=3).map(tuple)
SEEDS = st.integers(0, 10_000)


def normal(seed, *shapes):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape) for shape in shapes]


# Parity -----------------------------------------------------------------------------------------------------

BINARY = {
    "add": lambda lib, a, b: a + b,
    "sub": lambda lib, a, b: a - b,
    "mul": lambda lib, a, b: a * b,
    "div": lambda lib, a, b: a / (b * b + 1),
    "pow": lambda lib, a, b: (a * a + 0.1) ** b,
    "maximum": lambda lib, a, b: lib.maximum(a, b),
    "where": lambda lib, a, b: lib.where(a > b, a * 2, b),
}


@pytest.mark.parametrize("name", BINARY)
@given(shapes=mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=5), seed=SEEDS)
@SETTINGS
def test_binary_operations_broadcast_in_every_position(name, shapes, seed):
    check_parity(BINARY[name], *normal(seed, *shapes.input_shapes))


UNARY = {
    "neg": lambda lib, x: -x,
    "abs": lambda lib, x: x.abs(),
    "exp": lambda lib, x: lib.exp(x),
    "log": lambda lib, x: lib.log(x * x + 0.1),
    "sqrt": lambda lib, x: lib.sqrt(x * x + 0.1),
    "tanh": lambda lib, x: lib.tanh(x),
    "sigmoid": lambda lib, x: lib.sigmoid(x * 10),
    "relu": lambda lib, x: lib.relu(x),
    "clamp": lambda lib, x: x.clamp(-0.5, 0.7) + x.clamp(min=0.1) + x.clamp(max=0.2),
    "square": lambda lib, x: x ** 2,
    "cube": lambda lib, x: x ** 3.0,
    "power 0": lambda lib, x: x ** 0,
    "reciprocal": lambda lib, x: (x * x + 1) ** -1,
    "number on the left": lambda lib, x: 2 - 3 * (1 / (2 + x * x)) + 2 ** x,
    "NumPy number": lambda lib, x: x * np.float64(1.5) + x * np.float32(0.5),
    "norm": lambda lib, x: x.norm(),
    "clone": lambda lib, x: x.clone() * x,
    "float and back": lambda lib, x: x.double() * x.to(lib.float64),
}


@pytest.mark.parametrize("name", UNARY)
@given(shape=SHAPES, seed=SEEDS)
@SETTINGS
def test_unary_operations(name, shape, seed):
    check_parity(UNARY[name], *normal(seed, shape))


@pytest.mark.parametrize("reduce", ["sum", "mean", "max", "min"])
@given(shape=st.lists(PRIMES, min_size=1, max_size=3), seed=SEEDS, data=st.data())
@SETTINGS
def test_reductions(reduce, shape, seed, data):
    dim = data.draw(st.none() | st.integers(-len(shape), len(shape) - 1))
    keepdim = data.draw(st.booleans()) and dim is not None

    def f(lib, x):
        result = getattr(x, reduce)() if dim is None else getattr(x, reduce)(dim=dim, keepdim=keepdim)
        return result.values if hasattr(result, "values") and isinstance(result, tuple) else result
    check_parity(f, *normal(seed, shape))


@given(shape=st.lists(PRIMES, min_size=3, max_size=3), seed=SEEDS)
@SETTINGS
def test_reductions_over_several_dims(shape, seed):
    check_parity(lambda lib, x: x.sum((0, 2)) * x.mean(dim=(-1, 0)), *normal(seed, shape))
    check_parity(lambda lib, x: x.sum(dim=(1, 2), keepdim=True) * x, *normal(seed, shape))


@given(batch=mutually_broadcastable_shapes(num_shapes=2, max_dims=2, max_side=3),
       n=PRIMES, k=PRIMES, m=PRIMES, seed=SEEDS)
@SETTINGS
def test_batched_matmul(batch, n, k, m, seed):
    a, b = batch.input_shapes
    check_parity(lambda lib, x, y: x @ y, *normal(seed, (*a, n, k), (*b, k, m)))


@pytest.mark.parametrize("left, right", [((5,), (5,)), ((5,), (5, 3)), ((2, 5), (5,)), ((5,), (7, 5, 3)),
                                         ((7, 2, 5), (5,))])
def test_matmul_of_vectors(left, right):
    check_parity(lambda lib, x, y: x @ y, *normal(0, left, right))


SHAPING = {
    "reshape": lambda lib, x: x.reshape(5, -1) * x.reshape((5, 6)),
    "view": lambda lib, x: x.view(-1),
    "transpose": lambda lib, x: x.transpose(0, -1),
    "permute": lambda lib, x: x.permute(2, 0, 1),
    "permute of a tuple": lambda lib, x: x.permute((1, 2, 0)),
    "T": lambda lib, x: x[0].T,
    "unsqueeze": lambda lib, x: x.unsqueeze(1) * x.unsqueeze(-1).sum(),
    "squeeze": lambda lib, x: x[:, :1].squeeze(1),
    "squeeze all": lambda lib, x: x[:1, :1].squeeze(),
    "flatten": lambda lib, x: x.flatten(),
    "flatten from 1": lambda lib, x: x.flatten(start_dim=1),
    "cat": lambda lib, x: lib.cat([x, x * 2, x[:, :1]], dim=1),
    "cat at the end": lambda lib, x: lib.cat([x, x[:, :, :1]], dim=-1),
    "stack": lambda lib, x: lib.stack([x[0], x[1] * 2, x[0]]),
    "stack at the end": lambda lib, x: lib.stack([x, x * x], dim=-1),
}


@pytest.mark.parametrize("name", SHAPING)
def test_shapes(name):
    check_parity(SHAPING[name], *normal(1, (2, 3, 5)))


INDICES = [0, -1, slice(1, None), slice(None, None, 2), None, ..., (0, 1), (slice(None), -1), (..., 0),
           (1, None, slice(0, 2)),
           [0, 0, 1], ([0, 1, 1], [2, 2, 2]), (slice(None), [1, 1, 1, 0]), (0, [2, 2]), np.array([1, 1]),
           np.array([[0, 1], [0, 0]]), np.arange(30).reshape(2, 3, 5) % 2 == 0, np.array([True, False])]


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_indexing_and_repeated_indices(index):
    check_parity(lambda lib, x: x[index] * 2, *normal(2, (2, 3, 5)))


def test_indexing_by_tensors():
    rows, labels = np.array([0, 1, 2, 1]), np.array([2, 0, 1, 0])
    check_parity(lambda lib, x, i, j: x[i, j], *normal(3, (3, 5)), rows, labels)
    check_parity(lambda lib, x, i, j: x[x > 0], *normal(3, (3, 5)), rows, labels)


TIES = {
    "relu at 0": lambda lib, x: x.relu(),
    "abs at 0": lambda lib, x: x.abs(),
    "clamp at its ends": lambda lib, x: x.clamp(-1, 2),
    "maximum of equals": lambda lib, x: lib.maximum(x, x * 1),
    "maximum with a tie": lambda lib, x: lib.maximum(x, lib.tensor(np.zeros(6))),
    "max over all": lambda lib, x: x.max(),
    "min over all": lambda lib, x: x.min(),
    "max along a dim": lambda lib, x: x.reshape(2, 3).max(1).values,
    "0 ** 0": lambda lib, x: x ** 0,
    "0 ** 2": lambda lib, x: x ** 2,
    "norm of 0": lambda lib, x: (x * 0).norm(),
}


@pytest.mark.parametrize("name", TIES)
def test_gradients_at_ties_and_kinks(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_parity(TIES[name], np.array([0., 2, 2, -1, 0, -1]))


@pytest.mark.parametrize("compare", ["__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"])
def test_comparisons_have_no_gradient(compare):
    a, b = np.random.default_rng(0).integers(0, 3, (2, 7)).astype(float)
    ours = getattr(tensor(a, requires_grad=True), compare)(tensor(b))
    assert ours.dtype == bool and not ours.requires_grad
    assert ours.tolist() == getattr(torch.tensor(a), compare)(torch.tensor(b)).tolist()


def test_argmax():
    x, = normal(0, (3, 5))
    assert tensor(x).argmax().item() == torch.tensor(x).argmax().item()
    assert tensor(x).argmax(1).tolist() == torch.tensor(x).argmax(1).tolist()
    assert tensor(x).argmin(0).tolist() == torch.tensor(x).argmin(0).tolist()
    assert tensor(x).argmax(0, keepdim=True).shape == (1, 5)
    assert (tensor(x) == x).all() and not (tensor(x) > x.min()).all()


@given(seed=SEEDS)
@settings(deadline=None, derandomize=True, max_examples=60)
def test_random_graphs(seed):
    """Ten random operations on a growing pool of tensors, so that many are used several times."""
    def f(lib, *pool):
        rng, pool = np.random.default_rng(seed), list(pool)
        for _ in range(10):
            a, b = (pool[i] for i in rng.integers(0, len(pool), 2))
            pool.append([lambda: a + b, lambda: a * b, lambda: a - b, lambda: a.tanh(),
                         lambda: lib.maximum(a, b), lambda: a @ b.T @ a / 10, lambda: a * b.sum(0),
                         lambda: a.mean(1, keepdim=True) - b, lambda: a[[0, 1, 1]] * b][rng.integers(9)]())
        return pool[-1] + pool[-2]
    ours, theirs = np.random.default_rng(seed).standard_normal((2, 3, 5))
    check_parity(f, ours, theirs)


# Dtypes -----------------------------------------------------------------------------------------------------

PAIRS = [(np.float32([1, 2]), np.float64([3, 4])), (np.float32([1, 2]), np.array([3, 4])),
         (np.float32([1, 2]), np.array(3.)), (np.array([True, True]), np.float32([1, 2])),
         (np.array([1, 2]), np.float32(3)), (np.array([1, 2]), np.array(2.)),
         (np.array([True]), np.array([2])),
         (np.float32(1), np.float64(2))]


@pytest.mark.parametrize("a, b", PAIRS, ids=lambda x: f"{np.asarray(x).dtype}{np.shape(x)}")
def test_dtypes_promote_as_in_torch(a, b):
    a, b = np.asarray(a), np.asarray(b)
    for x, y in [(a, b), (b, a)]:
        for f in [lambda x, y: x + y, lambda x, y: x / y, lambda x, y: x * y]:
            ours, theirs = f(tensor(x), tensor(y)), f(torch.tensor(x), torch.tensor(y))
            assert str(theirs.dtype) == f"torch.{ours.dtype}"
            same(ours, theirs, 1e-6)


@pytest.mark.parametrize("array", [np.float32([1, 2]), np.float32(3), np.array([1, 2]),
                                   np.array([True, False]), np.float64([1])])
@pytest.mark.parametrize("number", [2, 2.5, True, np.float64(2.5), np.float32(2.5)])
def test_numbers_promote_as_in_torch(array, number):
    for f in [lambda x: x + number, lambda x: number * x, lambda x: x / number, lambda x: x >= number]:
        ours, theirs = f(tensor(array)), f(torch.tensor(array))
        assert str(theirs.dtype) == f"torch.{ours.dtype}"
        same(ours, theirs, 1e-6)


def test_gradients_have_the_dtype_of_their_tensor():
    a, b = tensor(np.float32([1, 2]), requires_grad=True), tensor([3., 4], dtype=float64, requires_grad=True)
    y = a * b
    assert y.dtype == float64
    y.sum().backward()
    assert (a.grad.dtype, b.grad.dtype) == (float32, float64)


FLOAT32 = {
    **UNARY, **SHAPING,
    "sum": lambda lib, x: x.sum(1),
    "mean": lambda lib, x: x.mean(),
    "variance": lambda lib, x: ((x - x.mean(0)) ** 2).sum() / np.float64(3),
    "max": lambda lib, x: x.max(),
    "max along": lambda lib, x: x.max(1).values,
    "matmul": lambda lib, x: x[0] @ x[1].T,
    "index": lambda lib, x: x[[0, 0]],
    "where": lambda lib, x: lib.where(x > 0, x, 0.5),
    "maximum": lambda lib, x: lib.maximum(x, 0.5),
    "div": lambda lib, x: x / 3 + 1 / (x + 9),
}


@pytest.mark.parametrize("name", [name for name in FLOAT32 if name != "float and back"])
def test_float32_stays_float32(name):
    seen = []

    @operation
    def spy(x):
        return x, lambda g: seen.append(g.dtype) or g

    manual_seed(0)
    x = randn(2, 3, 5, requires_grad=True)
    y = FLOAT32[name](autograd, spy(spy(x) * 1.5))
    y.backward(ones(*y.shape))
    assert y.dtype == float32 and x.grad.dtype == float32 and set(seen) == {float32}


def test_lists_take_the_default_dtype_and_arrays_keep_theirs():
    assert tensor([1.5, 2]).dtype == tensor(0.5).dtype == randn(2).dtype == zeros(2).dtype == float32
    assert tensor([1, 2]).dtype == int64 and tensor([True]).dtype == bool
    assert tensor(np.zeros(2)).dtype == float64 and tensor(tensor([1.])).dtype == float32
    assert tensor([1, 2], dtype=float64).dtype == float64
    set_default_dtype(float64)
    try:
        assert tensor([1.5]).dtype == rand(2).dtype == ones(2).dtype == float64
        assert (tensor([1]) / 2).dtype == float64
    finally:
        set_default_dtype(float32)


# What the engine must survive -------------------------------------------------------------------------------


def test_a_tensor_used_twice_and_diamonds():
    x = tensor(3., requires_grad=True)
    a = x * x
    (a * a + a * x + x).backward()
    assert x.grad.item() == 4 * 27 + 3 * 9 + 1


def test_a_diamond_of_uneven_depth():
    x = tensor(2., requires_grad=True)
    near, far = x * 3, x.exp().log().exp().log() * x
    (far * near + near).backward()
    assert x.grad.item() == pytest.approx(9 * 4 + 3, rel=1e-6)


def test_a_long_chain_needs_no_recursion():
    x = tensor(1., dtype=float64, requires_grad=True)
    y = x
    for _ in range(20_000):
        y = y * 1.0001
    y.backward()
    assert x.grad.item() == pytest.approx(1.0001 ** 20_000)
    y = x
    for _ in range(50_000):
        y = y * 1.0001
    del y                                                    # freeing the chain does not recurse either


def test_two_passes_add():
    x = tensor([1., 2], requires_grad=True)
    for _ in range(2):
        (x * x).sum().backward()
    assert x.grad.tolist() == [4, 8]
    x.grad = None
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [4, 8]


def test_backward_through_a_freed_graph_says_so():
    x = tensor(2., requires_grad=True)
    shared = x * x
    y = shared * 3
    y.backward()
    with pytest.raises(RuntimeError, match="freed.*retain_graph=True"):
        y.backward()
    with pytest.raises(RuntimeError, match="freed.*retain_graph=True"):
        (shared + x).backward()
    assert x.grad.item() == 12                               # and nothing was added


def test_leaves_can_be_differentiated_again_and_again():
    x = tensor(2., requires_grad=True)
    x.backward()
    x.backward()
    assert x.grad.item() == 2


def test_no_reference_cycles():
    gc.collect()
    gc.disable()
    try:
        x = randn(3, 4, requires_grad=True)
        results = [f(autograd, x, x) for f in BINARY.values()]
        results += [f(autograd, x.reshape(2, 3, 2).transpose(1, 2)) for name, f in FLOAT32.items()
                    if name not in SHAPING]
        results += [f(autograd, randn(2, 3, 5, requires_grad=True)) for f in SHAPING.values()]
        alive = [weakref.ref(result) for result in results]
        arrays = [weakref.ref(result.data) for result in results if result.data.base is None]
        del results
        assert not any(ref() is not None for ref in alive + arrays)
        y = (x * x).exp().sum()
        middle = weakref.ref(y._edges[0][0])
        y.backward()
        assert middle() is None                              # backward frees what nobody holds
    finally:
        gc.enable()


def test_memory_does_not_grow_over_steps():
    gc.collect()
    gc.disable()
    try:
        w = randn(100, 100, requires_grad=True)

        def step():
            w.grad = None
            ((w @ w).tanh() * w).mean().backward()
            with no_grad():
                w.__isub__(w.grad * 0.1)

        for _ in range(3):
            step()
        tracemalloc.start()
        step()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(30):
            step()
        assert tracemalloc.get_traced_memory()[0] - before < w.data.nbytes
    finally:
        tracemalloc.stop()
        gc.enable()


@pytest.mark.parametrize("x", [-1000., 1000.])
def test_sigmoid_of_huge_logits(x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_parity(lambda lib, x: x.sigmoid() * x.tanh(), np.array([x, -x]))


def test_a_changed_tensor_does_not_disturb_a_recorded_derivative():
    w = tensor([2., 3], requires_grad=True)
    y = (w * w).sum()
    with no_grad():
        w[0] = 7
        w *= 10
    y.backward()
    assert w.grad.tolist() == [4, 6] and w.tolist() == [70, 30]


# Tensors as objects -----------------------------------------------------------------------------------------


def test_leaves_results_and_retained_gradients():
    x = tensor([1., 2], requires_grad=True)
    h = x * 2
    h.retain_grad()
    y = h * h
    y.sum().backward()
    assert x.is_leaf and not h.is_leaf and h.requires_grad
    assert h.grad.tolist() == [4, 8] and x.grad.tolist() == [8, 16] and y.grad is None


def test_no_grad_detach_and_frozen_inputs():
    x, frozen = tensor([1., 2], requires_grad=True), tensor([3., 4])
    with no_grad():
        with no_grad():
            pass
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad and not x.detach().requires_grad
    (x * frozen + x.detach()).sum().backward()
    assert frozen.grad is None and x.grad.tolist() == [3, 4]

    @no_grad()
    def predict():
        return x * 2
    assert not predict().requires_grad
    assert not x.long().requires_grad and not (x > 1).requires_grad
    with pytest.raises(ZeroDivisionError), no_grad():
        1 / 0
    assert (x * 2).requires_grad


def test_changes_in_place():
    w = tensor([1., 2], requires_grad=True)
    same_w = w
    with no_grad():
        w -= 0.5
        w *= tensor([2., 2])
        w /= 2
        w += 1
    assert w is same_w and w.tolist() == [1.5, 2.5] and w.requires_grad and w.is_leaf
    total = tensor(0.)
    total += (w * w).sum()
    total.backward()
    assert w.grad.tolist() == [3, 5]
    assert w.grad.zero_().tolist() == [0, 0]


def test_data_can_be_replaced_as_in_torch():
    w = tensor([1., 2], requires_grad=True)
    (w * w).sum().backward()
    w.data -= 0.5 * w.grad
    w.data = w.data + np.array([3., 4])
    w.data = tensor(w.data * 2)
    assert w.tolist() == [6, 8] and type(w.data) is np.ndarray and w.dtype == float32 and w.requires_grad


def test_backward_from_a_given_gradient_starts_from_a_copy():
    x = tensor([1., 2], requires_grad=True)
    g = np.array([1, 2])
    (x * 1).backward(g)
    g[:] = 0
    assert x.grad.tolist() == [1, 2] and x.grad.dtype == float32


def test_numpy_arrays_and_tensors_mix():
    x = tensor([1., 2], requires_grad=True)
    array = np.array([3., 4])
    for y in (array * x, x * array, np.float64(3) * x, np.array(3.) / x, np.eye(2, dtype="f4") @ x):
        assert isinstance(y, Tensor) and y.requires_grad
    assert np.asarray(x.detach()).tolist() == [1, 2]
    assert np.exp(x.detach()).tolist() == np.exp(np.float32([1, 2])).tolist()
    with pytest.raises(RuntimeError, match="detach"):        # or the gradient would be lost without a word
        np.exp(x)


def test_single_numbers():
    x = tensor(1.25)
    assert (float(x), int(x), x.item(), bool(x)) == (1.25, 1, 1.25, True)
    assert (f"{x:.1f}", f"{x}") == ("1.2", "tensor(1.25)")
    assert len(zeros(3, 2)) == 3 and [row.tolist() for row in tensor([[1], [2]])] == [[1], [2]]
    with pytest.raises(ValueError):
        zeros(3).item()
    with pytest.raises(ValueError):
        bool(zeros(3))


def test_repr():
    assert repr(tensor([1., 2.5], requires_grad=True)) == "tensor([1. , 2.5], requires_grad=True)"
    assert repr(tensor([[1], [2]])) == "tensor([[1],\n        [2]])"
    assert repr(tensor([1.], dtype=float64)) == "tensor([1.], dtype=float64)"


def test_copies_and_pickles_can_be_trained():
    for twin in (copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))):
        x = twin(tensor([1., 2], requires_grad=True))
        (x * x).sum().backward()
        assert x.grad.tolist() == [2, 4]


def test_random_numbers_are_seeded():
    def draw():
        return [rand(2, 3), randn(4), randperm(5)]
    manual_seed(3)
    first = draw()
    assert (rand(2, 3) != first[0]).data.all()
    manual_seed(3)
    assert all((a == b).data.all() for a, b in zip(first, draw()))
    manual_seed(np.random.default_rng(3))
    assert (rand(2, 3) == first[0]).data.all()
    set_default_dtype(float64)
    try:
        manual_seed(3)
        np.testing.assert_allclose(rand((2, 3)).numpy(), first[0].numpy(), rtol=1e-6)
    finally:
        set_default_dtype(float32)
    assert sorted(first[2].tolist()) == [0, 1, 2, 3, 4]


def test_arange():
    assert arange(3).tolist() == [0, 1, 2] and arange(3).dtype == int64
    assert arange(0, 1, 0.25).tolist() == [0, .25, .5, .75] and arange(0, 1, 0.25).dtype == float32


def test_an_operation_of_ones_own():
    @operation
    def softplus(x):
        return np.logaddexp(0, x), lambda g: g / (1 + np.exp(-x))

    x, = normal(0, (3, 5))
    ours, theirs = tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    softplus(ours).sum().backward()
    torch.nn.functional.softplus(theirs).sum().backward()
    same(ours.grad, theirs.grad)

    @operation
    def wrong(a):
        return a.sum(1), lambda g: g
    with pytest.raises(ValueError, match=r"gradient of the input's shape \(3, 5\), got shape \(3,\)"):
        wrong(ours).sum().backward()


# Errors in words --------------------------------------------------------------------------------------------

X = tensor(np.ones((3, 4)), requires_grad=True)
ERRORS = {
    "shapes that do not broadcast": (lambda: X + zeros(5), ValueError,
        r"add: wanted shapes that broadcast.*\(3, 4\) and \(5,\)"),
    "matmul": (lambda: X @ zeros(3, 2, dtype=float64), ValueError,
        r"wanted shapes \(…, n, k\) and \(…, k, m\), got \(3, 4\) and \(3, 2\)"),
    "matmul of a vector": (lambda: X @ zeros(3), ValueError, r"got \(3, 4\) and \(3,\)"),
    "matmul of a number": (lambda: X @ 2., ValueError, r"got \(3, 4\) and \(\)"),
    "matmul of two dtypes": (lambda: X @ zeros(4, 2), TypeError, "wanted one dtype, got float64 and float32"),
    "whole numbers": (lambda: tensor([1, 2], requires_grad=True), TypeError, "floating-point.*int64"),
    "whole numbers later": (lambda: tensor([1]).requires_grad_(), TypeError, "floating-point.*int64"),
    "backward on several numbers": (lambda: (X * 2).backward(), RuntimeError,
        r"single number, got shape \(3, 4\)"),
    "backward without a graph": (lambda: zeros(1).backward(), RuntimeError,
        "requires_grad=True, got another"),
    "gradient of another shape": (lambda: (X * 2).backward(zeros(4)), ValueError,
        r"shape \(3, 4\), got \(4,\)"),
    "ragged rows": (lambda: tensor([[1], [2, 3]]), TypeError, "rows of equal length"),
    "words": (lambda: tensor("abc"), TypeError, "wanted numbers.*'abc'"),
    "None": (lambda: X * None, TypeError, "wanted numbers.*None"),
    "numpy with gradient": (lambda: X.numpy(), RuntimeError, r"\.detach\(\)\.numpy\(\)"),
    "in-place change": (lambda: X.__iadd__(1), RuntimeError, "no_grad"),
    "assignment": (lambda: X.__setitem__(0, 1.), RuntimeError, "no_grad"),
    "assigning a result": (lambda: zeros(3, dtype=float64).__setitem__(0, X[0, 0]), RuntimeError, "where"),
    "growing in place": (lambda: zeros(4).__iadd__(zeros(3, 4)), ValueError,
        r"wanted numbers of shape \(4,\), got \(3, 4\)"),
    "mean of whole numbers": (lambda: tensor([1, 2]).mean(), TypeError, "floating-point.*int64"),
    "mean of nothing": (lambda: X[:0].mean(), ValueError, r"at least one number, got shape \(0, 4\)"),
    "where without a bool": (lambda: where(X, X, X), TypeError, "True and False.*float64"),
    "default dtype": (lambda: set_default_dtype(int), TypeError, "float32 or float64"),
    "seed": (lambda: manual_seed("a"), TypeError, "seed"),
    "requires_grad of a result": (lambda: (X * 2).requires_grad_(False), RuntimeError, "leaf"),
    "reshape": (lambda: X.reshape(5, 2), ValueError, r"size 12 into shape \(5,2\)"),
    "index": (lambda: X[7], IndexError, "7 is out of bounds.*3"),
    "dim": (lambda: X.sum(4), ValueError, "4 is out of bounds.*2"),
    "cat of two dtypes": (lambda: stack([X, X.float()]), TypeError, "one dtype, got float64, float32"),
    "cat": (lambda: cat([X, zeros(3, 4, 1, dtype=float64)]), ValueError, "dimension"),
    "maximum": (lambda: maximum(X, zeros(5)), ValueError, "maximum: wanted shapes that broadcast"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()
