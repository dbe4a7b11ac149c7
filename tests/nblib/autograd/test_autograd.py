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
from hypothesis.extra.numpy import arrays, basic_indices, integer_array_indices, mutually_broadcastable_shapes
from parity import check_parity, same

from nblib import autograd
from nblib.autograd import (
    Tensor,
    arange,
    cat,
    float32,
    float64,
    int64,
    manual_seed,
    maximum,
    no_grad,
    ones,
    operation,
    rand,
    randn,
    randperm,
    set_default_dtype,
    stack,
    tensor,
    where,
    zeros,
)
from nblib.nn import functional as F

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
    "square": lambda lib, x: x**2,
    "cube": lambda lib, x: x**3.0,
    "power 0": lambda lib, x: x**0,
    "reciprocal": lambda lib, x: (x * x + 1) ** -1,
    "number on the left": lambda lib, x: 2 - 3 * (1 / (2 + x * x)) + 2**x,
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


@given(
    batch=mutually_broadcastable_shapes(num_shapes=2, max_dims=2, max_side=3), n=PRIMES, k=PRIMES, m=PRIMES, seed=SEEDS
)
@SETTINGS
def test_batched_matmul(batch, n, k, m, seed):
    a, b = batch.input_shapes
    check_parity(lambda lib, x, y: x @ y, *normal(seed, (*a, n, k), (*b, k, m)))


@given(left=st.lists(PRIMES, max_size=3), k=PRIMES, right=st.lists(PRIMES, max_size=2), m=PRIMES, seed=SEEDS)
@SETTINGS
def test_matmul_of_vectors(left, k, right, m, seed):
    for a, b in [((k,), (k,)), ((*left, k), (k,)), ((k,), (*right, k, m))]:
        check_parity(lambda lib, x, y: x @ y, *normal(seed, a, b))


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


@given(shape=st.lists(PRIMES, min_size=1, max_size=4), seed=SEEDS, data=st.data())
@SETTINGS
def test_shapes_by_dims_from_either_end(shape, seed, data):
    n, draw = len(shape), data.draw
    dims = st.integers(-n, n - 1)
    order = [dim - n * draw(st.booleans()) for dim in draw(st.permutations(range(n)))]
    one, other, new = draw(dims), draw(dims), draw(st.integers(-n - 1, n))
    sizes = draw(st.permutations(shape))
    for f in [
        lambda lib, x: x.permute(*order),
        lambda lib, x: x.transpose(one, other),
        lambda lib, x: x.reshape(*sizes),
        lambda lib, x: x.reshape((-1, *sizes[1:])),
        lambda lib, x: x.unsqueeze(new),
        lambda lib, x: x.squeeze(one),
        lambda lib, x: x.squeeze(),
        lambda lib, x: x.flatten(one),
    ]:
        check_parity(f, *normal(seed, shape))


@given(
    shape=st.lists(PRIMES, min_size=1, max_size=3),
    sizes=st.lists(PRIMES, min_size=1, max_size=4),
    seed=SEEDS,
    data=st.data(),
)
@SETTINGS
def test_cat_and_stack_along_any_dim(shape, sizes, seed, data):
    n = len(shape)
    dim, new = data.draw(st.integers(-n, n - 1)), data.draw(st.integers(-n - 1, n))
    parts = [[size if i == dim % n else other for i, other in enumerate(shape)] for size in sizes]
    check_parity(lambda lib, *xs: lib.cat(xs, dim=dim), *normal(seed, *parts))
    check_parity(lambda lib, *xs: lib.stack(xs, dim=new), *normal(seed, *[shape] * len(sizes)))


@given(shape=st.lists(PRIMES, min_size=1, max_size=3).map(tuple), seed=SEEDS, data=st.data())
@SETTINGS
def test_any_index(shape, seed, data):
    (x,) = normal(seed, shape)
    positive = basic_indices(shape, allow_newaxis=True).filter(  # PyTorch has no steps below 0
        lambda index: (
            not any(
                isinstance(i, slice) and (i.step or 1) < 0 for i in (index if isinstance(index, tuple) else (index,))
            )
        )
    )
    for index in (data.draw(positive), data.draw(integer_array_indices(shape)), data.draw(arrays(bool, shape))):
        check_parity(lambda lib, x: x[index] * 2, x)


INDICES = [
    0,
    -1,
    slice(1, None),
    slice(None, None, 2),
    None,
    ...,
    (0, 1),
    (slice(None), -1),
    (..., 0),
    (1, None, slice(0, 2)),
    [0, 0, 1],
    ([0, 1, 1], [2, 2, 2]),
    (slice(None), [1, 1, 1, 0]),
    (0, [2, 2]),
    np.array([1, 1]),
    np.array([[0, 1], [0, 0]]),
    np.arange(30).reshape(2, 3, 5) % 2 == 0,
    np.array([True, False]),
]


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
    "0 ** 0": lambda lib, x: x**0,
    "0 ** 2": lambda lib, x: x**2,
    "norm of 0": lambda lib, x: (x * 0).norm(),
}


@pytest.mark.parametrize("name", TIES)
def test_gradients_at_ties_and_kinks(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_parity(TIES[name], np.array([0.0, 2, 2, -1, 0, -1]))


SPECIAL = np.array([np.nan, np.inf, -np.inf, 0, -0.0, 2, -2, 0.5])
AT_SPECIAL = {
    "relu": lambda lib, x, y: x.relu(),
    "abs": lambda lib, x, y: x.abs(),
    "sigmoid": lambda lib, x, y: x.sigmoid(),
    "clamp": lambda lib, x, y: x.clamp(-1, 1),
    "clamp from below": lambda lib, x, y: x.clamp(min=0),
    "clamp to nothing": lambda lib, x, y: x.clamp(1, 0),
    "maximum": lambda lib, x, y: lib.maximum(x, y),
    "where": lambda lib, x, y: lib.where(x > y, x, y) * x,
    "max": lambda lib, x, y: x.max(),
    "min": lambda lib, x, y: x.min(),
    "max of some": lambda lib, x, y: x[1:].max(),
    "pow": lambda lib, x, y: x**y,
    "pow of 0": lambda lib, x, y: 0**y,
    "square": lambda lib, x, y: x**2,
    "to the power 0": lambda lib, x, y: x**0,
    "cube": lambda lib, x, y: x**3,
    "l1": lambda lib, x, y: lib.F.l1_loss(x, y),
    "leaky_relu": lambda lib, x, y: lib.F.leaky_relu(x),
}


@pytest.mark.parametrize("name", AT_SPECIAL)
def test_values_and_gradients_at_nan_infinity_and_zero(name):
    x, y = (grid.ravel() for grid in np.meshgrid(SPECIAL, SPECIAL))
    with np.errstate(all="ignore"):
        check_parity(AT_SPECIAL[name], x, y)


def test_a_gradient_passes_where_only_by_the_branch_taken():
    """An infinite gradient times 0 for the other branch would be NaN."""
    x = np.array([0.0, 2])
    with np.errstate(all="ignore"):
        check_parity(lambda lib, x: lib.where(x > 1, x, x * 0) * np.inf, x)


@pytest.mark.parametrize("compare", ["__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"])
def test_comparisons_have_no_gradient(compare):
    a, b = np.random.default_rng(0).integers(0, 3, (2, 7)).astype(float)
    ours = getattr(tensor(a, requires_grad=True), compare)(tensor(b))
    assert ours.dtype == bool and not ours.requires_grad
    assert ours.tolist() == getattr(torch.tensor(a), compare)(torch.tensor(b)).tolist()


def test_argmax():
    (x,) = normal(0, (3, 5))
    assert tensor(x).argmax().item() == torch.tensor(x).argmax().item()
    assert tensor(x).argmax(1).tolist() == torch.tensor(x).argmax(1).tolist()
    assert tensor(x).argmin(0).tolist() == torch.tensor(x).argmin(0).tolist()
    assert tensor(x).argmax(0, keepdim=True).shape == (1, 5)
    assert (tensor(x) == x).all() and not (tensor(x) > x.min()).all()


def test_comparisons_with_what_is_no_number():
    x = tensor([1.0, 2])
    assert not x == None and x != None and not x == "a"  # noqa: E711, SIM201 (both operators are what is tested)
    assert x not in [None, "a"]
    with pytest.raises(TypeError, match="'<' not supported between instances of 'Tensor' and 'NoneType'"):
        x < None


@given(seed=SEEDS)
@settings(deadline=None, derandomize=True, max_examples=60)
def test_random_graphs(seed):
    """Ten random operations on a growing pool of tensors, so that many are used several times."""

    def f(lib, *pool):
        rng, pool = np.random.default_rng(seed), list(pool)
        for _ in range(10):
            a, b = (pool[i] for i in rng.integers(0, len(pool), 2))
            pool.append(
                [
                    lambda: a + b,
                    lambda: a * b,
                    lambda: a - b,
                    lambda: a.tanh(),
                    lambda: lib.maximum(a, b),
                    lambda: a @ b.T @ a / 10,
                    lambda: a * b.sum(0),
                    lambda: a.mean(1, keepdim=True) - b,
                    lambda: a[[0, 1, 1]] * b,
                ][rng.integers(9)]()
            )
        return pool[-1] + pool[-2]

    ours, theirs = np.random.default_rng(seed).standard_normal((2, 3, 5))
    check_parity(f, ours, theirs)


# Dtypes -----------------------------------------------------------------------------------------------------

PAIRS = [
    (np.float32([1, 2]), np.float64([3, 4])),
    (np.float32([1, 2]), np.array([3, 4])),
    (np.float32([1, 2]), np.array(3.0)),
    (np.array([True, True]), np.float32([1, 2])),
    (np.array([1, 2]), np.float32(3)),
    (np.array([1, 2]), np.array(2.0)),
    (np.array([True]), np.array([2])),
    (np.float32(1), np.float64(2)),
]


@pytest.mark.parametrize("a, b", PAIRS, ids=lambda x: f"{np.asarray(x).dtype}{np.shape(x)}")
def test_dtypes_promote_as_in_torch(a, b):
    a, b = np.asarray(a), np.asarray(b)
    for x, y in [(a, b), (b, a)]:
        for f in [lambda x, y: x + y, lambda x, y: x / y, lambda x, y: x * y]:
            ours, theirs = f(tensor(x), tensor(y)), f(torch.tensor(x), torch.tensor(y))
            assert str(theirs.dtype) == f"torch.{ours.dtype}"
            same(ours, theirs, 1e-6)


@pytest.mark.parametrize(
    "array", [np.float32([1, 2]), np.float32(3), np.array([1, 2]), np.array([True, False]), np.float64([1])]
)
@pytest.mark.parametrize("number", [2, 2.5, True, np.float64(2.5), np.float32(2.5)])
def test_numbers_promote_as_in_torch(array, number):
    for f in [lambda x: x + number, lambda x: number * x, lambda x: x / number, lambda x: x >= number]:
        ours, theirs = f(tensor(array)), f(torch.tensor(array))
        assert str(theirs.dtype) == f"torch.{ours.dtype}"
        same(ours, theirs, 1e-6)


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "tanh", "sigmoid"])
@pytest.mark.parametrize("array", [np.array([1, 2]), np.array([True, True]), np.array(3)], ids=str)
def test_functions_of_whole_numbers_give_floats(name, array):
    ours, theirs = getattr(tensor(array), name)(), getattr(torch.tensor(array), name)()
    assert ours.dtype == float32
    same(ours, theirs, 1e-6)


@pytest.mark.parametrize(
    "f",
    [
        lambda x, a: x.clamp(-a, a),
        lambda x, a: x.clamp(min=a),
        lambda x, a: x * a,
        lambda x, a: (x * x) ** a,
        lambda x, a: F.leaky_relu(x, a),
        lambda x, a: F.elu(x, alpha=a),
        lambda x, a: where(x > 0, x, a),
        lambda x, a: F.multi_margin_loss(x.unsqueeze(0), tensor([1]), margin=a),
    ],
)
def test_an_option_that_is_a_number_of_numpy_leaves_float32_alone(f):
    x = tensor([1.0, -2, 3], requires_grad=True)
    y = f(x, np.float64(0.5))
    y.sum().backward()
    assert y.dtype == x.grad.dtype == float32
    same(y, f(x.detach(), 0.5))


def test_gradients_have_the_dtype_of_their_tensor():
    a, b = tensor(np.float32([1, 2]), requires_grad=True), tensor([3.0, 4], dtype=float64, requires_grad=True)
    y = a * b
    assert y.dtype == float64
    y.sum().backward()
    assert (a.grad.dtype, b.grad.dtype) == (float32, float64)


FLOAT32 = {
    **UNARY,
    **SHAPING,
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
    assert tensor(np.zeros(2)).dtype == float64 and tensor(tensor([1.0])).dtype == float32
    assert tensor([1, 2], dtype=float64).dtype == float64
    set_default_dtype(float64)
    try:
        assert tensor([1.5]).dtype == rand(2).dtype == ones(2).dtype == float64
        assert (tensor([1]) / 2).dtype == float64
    finally:
        set_default_dtype(float32)


# What the engine must survive -------------------------------------------------------------------------------


def test_a_tensor_used_twice_and_diamonds():
    x = tensor(3.0, requires_grad=True)
    a = x * x
    (a * a + a * x + x).backward()
    assert x.grad.item() == 4 * 27 + 3 * 9 + 1


def test_a_diamond_of_uneven_depth():
    x = tensor(2.0, requires_grad=True)
    near, far = x * 3, x.exp().log().exp().log() * x
    (far * near + near).backward()
    assert x.grad.item() == pytest.approx(9 * 4 + 3, rel=1e-6)


def test_a_long_chain_needs_no_recursion():
    x = tensor(1.0, dtype=float64, requires_grad=True)
    y = x
    for _ in range(20_000):
        y = y * 1.0001
    y.backward()
    assert x.grad.item() == pytest.approx(1.0001**20_000)
    y = x
    for _ in range(50_000):
        y = y * 1.0001
    del y  # freeing the chain does not recurse either


def test_two_passes_add():
    x = tensor([1.0, 2], requires_grad=True)
    for _ in range(2):
        (x * x).sum().backward()
    assert x.grad.tolist() == [4, 8]
    x.grad = None
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [4, 8]


def test_backward_through_a_freed_graph_says_so():
    x = tensor(2.0, requires_grad=True)
    shared = x * x
    y = shared * 3
    y.backward()
    with pytest.raises(RuntimeError, match="freed.*retain_graph=True"):
        y.backward()
    with pytest.raises(RuntimeError, match="freed.*retain_graph=True"):
        (shared + x).backward()
    assert x.grad.item() == 12  # and nothing was added


def test_leaves_can_be_differentiated_again_and_again():
    x = tensor(2.0, requires_grad=True)
    x.backward()
    x.backward()
    assert x.grad.item() == 2


def test_no_reference_cycles():
    gc.collect()
    gc.disable()
    try:
        x = randn(3, 4, requires_grad=True)
        results = [f(autograd, x, x) for f in BINARY.values()]
        results += [
            f(autograd, x.reshape(2, 3, 2).transpose(1, 2)) for name, f in FLOAT32.items() if name not in SHAPING
        ]
        results += [f(autograd, randn(2, 3, 5, requires_grad=True)) for f in SHAPING.values()]
        alive = [weakref.ref(result) for result in results]
        arrays = [weakref.ref(result.data) for result in results if result.data.base is None]
        del results
        assert not any(ref() is not None for ref in alive + arrays)
        y = (x * x).exp().sum()
        middle = weakref.ref(y._edges[0][0])
        y.backward()
        assert middle() is None  # backward frees what nobody holds
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


@pytest.mark.parametrize("x", [-1000.0, 1000.0])
def test_sigmoid_of_huge_logits(x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_parity(lambda lib, x: x.sigmoid() * x.tanh(), np.array([x, -x]))


def test_a_changed_tensor_does_not_disturb_a_recorded_derivative():
    w = tensor([2.0, 3], requires_grad=True)
    y = (w * w).sum()
    with no_grad():
        w[0] = 7
        w *= 10
    y.backward()
    assert w.grad.tolist() == [4, 6] and w.tolist() == [70, 30]


# Tensors as objects -----------------------------------------------------------------------------------------


def test_leaves_results_and_retained_gradients():
    x = tensor([1.0, 2], requires_grad=True)
    h = x * 2
    h.retain_grad()
    y = h * h
    y.sum().backward()
    assert x.is_leaf and not h.is_leaf and h.requires_grad
    assert h.grad.tolist() == [4, 8] and x.grad.tolist() == [8, 16] and y.grad is None


def test_no_grad_detach_and_frozen_inputs():
    x, frozen = tensor([1.0, 2], requires_grad=True), tensor([3.0, 4])
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
    w = tensor([1.0, 2], requires_grad=True)
    same_w = w
    with no_grad():
        w -= 0.5
        w *= tensor([2.0, 2])
        w /= 2
        w += 1
    assert w is same_w and w.tolist() == [1.5, 2.5] and w.requires_grad and w.is_leaf
    with no_grad():
        w += np.array([1.0, 1])  # float64 goes into float32, as in torch
    assert w.dtype == float32
    total = tensor(0.0)
    total += (w * w).sum()
    total.backward()
    assert w.grad.tolist() == [5, 7]
    assert w.grad.zero_().tolist() == [0, 0]


def test_changing_a_result_makes_a_new_one_with_the_old_history():
    x = tensor([1.0, 2], requires_grad=True)
    y = before = x * 2
    y += 1
    y *= y
    y.sum().backward()
    assert y.tolist() == [9, 25] and before.tolist() == [2, 4] and x.grad.tolist() == [12, 20]


def test_data_can_be_replaced_as_in_torch():
    w = tensor([1.0, 2], requires_grad=True)
    (w * w).sum().backward()
    w.data -= 0.5 * w.grad
    w.data = w.data + np.array([3.0, 4])
    w.data = tensor(w.data * 2)
    assert w.tolist() == [6, 8] and type(w.data) is np.ndarray and w.dtype == float32 and w.requires_grad


@pytest.mark.parametrize("wrap", [np.array, tensor])
def test_backward_from_a_given_gradient_starts_from_a_copy(wrap):
    x, g = tensor([1.0, 2], requires_grad=True), wrap(np.float32([1, 2]))
    (x + 0).backward(g)  # whose vjp hands on the very array
    np.asarray(g)[:] = 0
    assert x.grad.tolist() == [1, 2]
    x.grad = None
    (x + 0).backward([3, 4])
    assert x.grad.tolist() == [3, 4] and x.grad.dtype == float32


@pytest.mark.parametrize("shape", [(), (2, 3)])
def test_a_clone_is_an_equal_tensor_of_its_own(shape):
    for array in (np.zeros(shape), np.zeros(shape, bool), -np.zeros(shape, "f4")):
        x = tensor(array)
        twin = x.clone()
        assert (
            twin.dtype == array.dtype
            and np.signbit(twin.data.astype(float)).all() == np.signbit(array.astype(float)).all()
        )
        twin.data[...] = 1
        assert not x.data.any()


def test_numpy_arrays_and_tensors_mix():
    x = tensor([1.0, 2], requires_grad=True)
    array = np.array([3.0, 4])
    for y in (array * x, x * array, np.float64(3) * x, np.array(3.0) / x, np.eye(2, dtype="f4") @ x):
        assert isinstance(y, Tensor) and y.requires_grad
    assert np.asarray(x.detach()).tolist() == [1, 2]
    assert np.exp(x.detach()).tolist() == np.exp(np.float32([1, 2])).tolist()
    with pytest.raises(RuntimeError, match="detach"):  # or the gradient would be lost without a word
        np.exp(x)


def test_single_numbers():
    x = tensor(1.25)
    assert (float(x), int(x), x.item(), bool(x)) == (1.25, 1, 1.25, True)
    assert (f"{x:.1f}", f"{x}") == ("1.2", "tensor(1.25)")
    assert len(zeros(3, 2)) == 3 and [row.tolist() for row in tensor([[1], [2]])] == [[1], [2]]
    assert float(tensor([1.25])) == 1.25


def test_repr():
    assert repr(tensor([1.0, 2.5], requires_grad=True)) == "tensor([1. , 2.5], requires_grad=True)"
    assert repr(tensor([[1], [2]])) == "tensor([[1],\n        [2]])"
    assert repr(tensor([1.0], dtype=float64)) == "tensor([1.], dtype=float64)"


def test_copies_and_pickles_can_be_trained():
    for twin in (copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))):
        x = twin(tensor([1.0, 2], requires_grad=True))
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
    assert arange(0, 1, 0.25).tolist() == [0, 0.25, 0.5, 0.75] and arange(0, 1, 0.25).dtype == float32


# Errors in words --------------------------------------------------------------------------------------------

X = tensor(np.ones((3, 4)), requires_grad=True)


def test_an_operation_of_ones_own():
    @operation
    def softplus(x):
        return np.logaddexp(0, x), lambda g: g / (1 + np.exp(-x))

    (x,) = normal(0, (3, 5))
    ours, theirs = tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    softplus(ours).sum().backward()
    torch.nn.functional.softplus(theirs).sum().backward()
    same(ours.grad, theirs.grad)


WRONG_OPERATIONS = {
    "no vjp": (
        lambda a, b: a * b,
        TypeError,
        r"double: wanted a value and then vjps, .* got float64 array of shape \(3, 4\)",
    ),
    "too few": (lambda a, b: (a * b, lambda g: g * b), TypeError, "double: wanted a vjp for each of 2 inputs, got 1"),
    "a number": (
        lambda a, b: (a * b, lambda g: 2.0, lambda g: g * a),
        TypeError,
        "wanted an array from each vjp, got float 2.0",
    ),
    "another shape": (
        lambda a, b: (a.sum(1), lambda g: g, None),
        ValueError,
        r"gradient of the input's shape \(3, 4\), got shape \(3,\)",
    ),
    "an error of its own": (lambda a, b: int("no number"), ValueError, "invalid literal for int"),
    "a dim": (lambda a, b: (a.sum(5), None, None), IndexError, "double: wanted a dim from -2 to 1, got 5"),
}


@pytest.mark.parametrize("name", WRONG_OPERATIONS)
def test_a_wrong_operation_is_told_what_is_wrong(name):
    function, kind, words = WRONG_OPERATIONS[name]
    function.__name__ = "double"
    with pytest.raises(kind, match=words):
        operation(function)(X, tensor(2.0, dtype=float64, requires_grad=True)).sum().backward()


def test_an_operation_may_have_options_and_constants():
    @operation
    def scale(x, factor, by=1.0):
        return x * factor * by, lambda g: g * factor * by

    y = scale(X, tensor(2.0), by=np.float32(3))
    y.sum().backward()
    assert (X.grad == 6).all()
    X.grad = None


ERRORS = {
    "shapes that do not broadcast": (
        lambda: X + zeros(5),
        ValueError,
        r"add: wanted shapes that broadcast.*\(3, 4\) and \(5,\)",
    ),
    "matmul": (
        lambda: X @ zeros(3, 2, dtype=float64),
        ValueError,
        r"wanted shapes \(…, n, k\) and \(…, k, m\), got \(3, 4\) and \(3, 2\)",
    ),
    "matmul of a vector": (lambda: X @ zeros(3), ValueError, r"got \(3, 4\) and \(3,\)"),
    "matmul of a number": (lambda: X @ 2.0, ValueError, r"got \(3, 4\) and \(\)"),
    "matmul of two dtypes": (lambda: X @ zeros(4, 2), TypeError, "wanted one dtype, got float64 and float32"),
    "whole numbers": (lambda: tensor([1, 2], requires_grad=True), TypeError, "floating-point.*int64"),
    "whole numbers later": (lambda: tensor([1]).requires_grad_(), TypeError, "floating-point.*int64"),
    "backward on several numbers": (lambda: (X * 2).backward(), RuntimeError, r"single number, got shape \(3, 4\)"),
    "backward without a graph": (
        lambda: zeros(1).backward(),
        RuntimeError,
        r"requires_grad=True, got another; was it computed under no_grad, from \.detach\(\) .* whole numbers",
    ),
    "gradient of another shape": (lambda: (X * 2).backward(zeros(4)), ValueError, r"shape \(3, 4\), got \(4,\)"),
    "ragged rows": (lambda: tensor([[1], [2, 3]]), TypeError, "rows of equal length"),
    "words": (lambda: tensor("abc"), TypeError, "wanted numbers.*'abc'"),
    "None": (lambda: X * None, TypeError, "wanted numbers.*None"),
    "numpy with gradient": (lambda: X.numpy(), RuntimeError, r"\.detach\(\)\.numpy\(\)"),
    "in-place change": (lambda: X.__iadd__(1), RuntimeError, "no_grad"),
    "assignment": (lambda: X.__setitem__(0, 1.0), RuntimeError, "no_grad"),
    "assigning a result": (lambda: zeros(3, dtype=float64).__setitem__(0, X[0, 0]), RuntimeError, "where"),
    "growing in place": (
        lambda: zeros(4).__iadd__(zeros(3, 4)),
        ValueError,
        r"wanted numbers of shape \(4,\), got \(3, 4\)",
    ),
    "mean of whole numbers": (lambda: tensor([1, 2]).mean(), TypeError, "floating-point.*int64"),
    "mean of nothing": (lambda: X[:0].mean(), ValueError, r"at least one number, got shape \(0, 4\)"),
    "where without a bool": (lambda: where(X, X, X), TypeError, "True and False, got float64 array"),
    "where of a list": (lambda: where([True], X, X), TypeError, "True and False, got list"),
    "where": (
        lambda: where(X > 0, X, zeros(5, dtype=float64)),
        ValueError,
        r"where: wanted shapes that broadcast.*got \(3, 4\) and \(3, 4\) and \(5,\)",
    ),
    "default dtype": (lambda: set_default_dtype(int), TypeError, "float32 or float64"),
    "seed": (lambda: manual_seed("a"), TypeError, "seed"),
    "requires_grad of a result": (lambda: (X * 2).requires_grad_(False), RuntimeError, "leaf"),
    "reshape": (
        lambda: X.reshape(5, 2),
        ValueError,
        r"reshape: wanted a shape for as many numbers, got \(3, 4\) and \(5, 2\)",
    ),
    "permute": (lambda: X.permute(1), ValueError, r"permute: wanted each dim once, got \(3, 4\) and \(1,\)"),
    "permute twice": (lambda: X.permute(0, -2), ValueError, r"each dim once, got \(0, -2\)"),
    "index": (lambda: X[7], IndexError, r"x\[i\]: wanted an index within shape \(3, 4\), got int 7"),
    "too many indices": (lambda: X[0, 0, 0], IndexError, r"shape \(3, 4\), got tuple \(0, 0, 0\)"),
    "mask": (lambda: X[tensor([True, False])], IndexError, r"shape \(3, 4\), got bool array of shape \(2,\)"),
    "cat of two dtypes": (lambda: cat([X, X.float()]), TypeError, "cat: wanted one dtype, got float64 and float32"),
    "cat": (
        lambda: cat([X, zeros(3, 5, dtype=float64)]),
        ValueError,
        r"cat: wanted shapes that differ along dim only, got \(3, 4\) and \(3, 5\)",
    ),
    "cat of nothing": (lambda: cat([]), ValueError, "cat: wanted at least one tensor, got an empty list"),
    "cat of arrays": (lambda: cat([X, np.ones((3, 4))]), TypeError, "cat: wanted a tensor, got float64 array"),
    "cat of numbers": (lambda: cat([1.0, 2.0]), TypeError, "cat: wanted a tensor, got float 1.0"),
    "stack": (lambda: stack([X, X[:2]]), ValueError, r"stack: wanted one shape, got .*\(2, 4\)"),
    "stack of nothing": (lambda: stack([]), ValueError, "stack: wanted at least one tensor, got an empty list"),
    "stack of arrays": (lambda: stack([np.ones(3)]), TypeError, "stack: wanted a tensor, got float64 array"),
    "max of nothing": (lambda: X[:0].max(), ValueError, r"at least one number, got shape \(0, 4\)"),
    "batches": (
        lambda: zeros(2, 3, 4) @ zeros(3, 4, 2),
        ValueError,
        r"matmul: wanted .* got \(2, 3, 4\) and \(3, 4, 2\)",
    ),
    "whole numbers to a negative power": (lambda: tensor([1, 2]) ** -1, TypeError, "wanted floats.*got int64"),
    "item": (lambda: X.item(), ValueError, r"wanted a tensor of a single number, got shape \(3, 4\)"),
    "bool": (lambda: bool(X > 0), ValueError, r"a single number, got shape \(3, 4\)"),
    "float": (lambda: float(zeros(2)), ValueError, r"a single number, got shape \(2,\)"),
    "int": (lambda: int(zeros(0)), ValueError, r"a single number, got shape \(0,\)"),
    "fractions into whole numbers": (lambda: tensor([1, 2]).__iadd__(1.5), TypeError, "wanted int64.*float32"),
    "half of a whole number": (lambda: tensor([1, 2]).__itruediv__(2), TypeError, "wanted int64.*float32"),
    "a fraction into one": (lambda: tensor([1, 2]).__setitem__(0, 2.5), TypeError, "wanted int64.*float64"),
    "data of another shape": (
        lambda: setattr(zeros(2), "data", np.zeros((2, 2))),
        ValueError,
        r"data: wanted numbers of shape \(2,\), got \(2, 2\)",
    ),
    "grad that is no tensor": (
        lambda: setattr(zeros(2), "grad", np.zeros(2)),
        TypeError,
        "grad: wanted a tensor, got float64 array",
    ),
    "grad of another shape": (
        lambda: setattr(zeros(2), "grad", zeros(2, 1)),
        ValueError,
        r"grad: wanted float32 numbers of shape \(2,\), got float32 ones of shape \(2, 1\)",
    ),
    "grad of another dtype": (
        lambda: setattr(zeros(2), "grad", zeros(2, dtype=float64)),
        ValueError,
        "grad: wanted float32 numbers .* got float64",
    ),
    "a dim of one number": (lambda: zeros().sum(1), IndexError, "sum: wanted a dim from -1 to 0, got 1"),
    "maximum": (lambda: maximum(X, zeros(5)), ValueError, "maximum: wanted shapes that broadcast"),
}


DIMS = {
    "sum": lambda x, dim: x.sum(dim),
    "mean": lambda x, dim: x.mean((0, dim)),
    "max": lambda x, dim: x.max(dim),
    "min": lambda x, dim: x.min(dim, keepdim=True),
    "argmax": lambda x, dim: x.argmax(dim),
    "transpose": lambda x, dim: x.transpose(0, dim),
    "permute": lambda x, dim: x.permute(0, dim),
    "squeeze": lambda x, dim: x.squeeze(dim),
    "flatten": lambda x, dim: x.flatten(dim),
    "unsqueeze": lambda x, dim: x.unsqueeze(dim),
    "cat": lambda x, dim: cat([x, x], dim),
    "stack": lambda x, dim: stack([x, x], dim),
    "softmax": lambda x, dim: F.softmax(x, dim),
    "log_softmax": lambda x, dim: F.log_softmax(x, dim=dim),
}


@pytest.mark.parametrize("name", DIMS)
@pytest.mark.parametrize("dim", [-4, 3, 9])
def test_dims_out_of_range(name, dim):
    low, high = (-3, 2) if name in ("unsqueeze", "stack") else (-2, 1)
    with pytest.raises(IndexError, match=rf"\w+: wanted a dim from {low} to {high}, got {dim}"):
        DIMS[name](X, dim)


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()
