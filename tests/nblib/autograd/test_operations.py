"""The operations by their modules, against PyTorch: every dim and shape by hypothesis, special numbers, words."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

from nblib import autograd
from nblib.autograd import (Tensor, arange, cat, chunk, clamp, einsum, float32, float64, gather, index_select, int64,
                            masked_fill, maximum, minimum, ones, operation, randn, reshape, shapes, stack,
                            take_along_dim, tensor, where, zeros)
from parity import check_parity

SETTINGS = settings(deadline=None, derandomize=True, max_examples=20)
SIZES = st.sampled_from([1, 2, 3, 5])
SHAPES = st.lists(SIZES, min_size=1, max_size=4).map(tuple)
SEEDS = st.integers(0, 10_000)


def normal(seed, *shapes):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape) for shape in shapes]


def draw_dims(data, n):
    """Some dims, each once, counted from either end."""
    chosen = data.draw(st.lists(st.integers(0, n - 1), unique=True, max_size=n))
    return tuple(d - n * data.draw(st.booleans()) for d in chosen)


# pointwise --------------------------------------------------------------------------------------------------

UNARY = {
    "expm1": lambda lib, x: lib.expm1(x), "log1p": lambda lib, x: lib.log1p(x * x), "square": lambda lib, x: x.square(),
    "sin": lambda lib, x: lib.sin(3 * x), "cos": lambda lib, x: x.cos() * x, "sign": lambda lib, x: lib.sign(x),
    "floor": lambda lib, x: lib.floor(3 * x), "ceil": lambda lib, x: lib.ceil(3 * x),
    "round": lambda lib, x: lib.round(3 * x), "round to tenths": lambda lib, x: x.round(decimals=1),
    "abs": lambda lib, x: abs(x), "add": lambda lib, x: x.add(1).mul(x).sub(2).div(3).pow(2).neg(),
    "masked_fill": lambda lib, x: x.masked_fill(x > 0, -1.5) * x,
    "masked_fill with infinity": lambda lib, x: lib.masked_fill(x, x > 0, -np.inf).exp(),
    "masked_fill with a tensor": lambda lib, x: x.masked_fill(x > 0, (x * x).sum()),
    "isfinite": lambda lib, x: lib.isfinite(1 / (x - x.round())), "method where": lambda lib, x: x.where(x > 0, x * 2),
    "masks": lambda lib, x: (x > 0) & ~(x > 1) | (x < -1) ^ (x > 2),
}


@pytest.mark.parametrize("name", UNARY)
@given(shape=st.lists(SIZES, max_size=3).map(tuple), seed=SEEDS)
@SETTINGS
def test_operations_on_each_element(name, shape, seed):
    with np.errstate(all="ignore"):
        check_parity(UNARY[name], *normal(seed, shape))


@given(shapes=mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=5), seed=SEEDS)
@SETTINGS
def test_minimum_and_masks_broadcast(shapes, seed):
    a, b = normal(seed, *shapes.input_shapes)
    check_parity(lambda lib, a, b: lib.minimum(a, b) + lib.min(a, b) - lib.max(a, b), a, b)
    check_parity(lambda lib, a, b: (a > b) & (a * 2 > b), a, b)
    check_parity(lambda lib, a, b: a.masked_fill(b > 0, 2.), a, b)


@given(shapes=mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=5), seed=SEEDS)
@SETTINGS
def test_clamp_by_tensors_has_gradients_for_its_bounds(shapes, seed):
    check_parity(lambda lib, x, low, high: lib.clamp(x, low, high) + x.clamp(max=high) - x.clamp(min=low),
                 *normal(seed, shapes.result_shape, *shapes.input_shapes))     # PyTorch fails for bounds larger than x


def test_clamp_at_equal_and_swapped_bounds():
    x = np.array([-2., 0, 1, 3, np.nan, 1, 1])
    low, high = np.array([0., 0, 0, 0, 0, 1, 2]), np.array([1., 1, 1, 1, 1, 1, 0])
    check_parity(lambda lib, x, low, high: lib.clamp(x, low, high), x, low, high)


@pytest.mark.parametrize("x", [np.float32([1, -2]), np.array([3, -3]), np.float32(0.5)], ids=str)
@pytest.mark.parametrize("bound", [np.array([1, 0]), np.array(1), np.float64(0.5), np.float64([0.1, 0.2]), 0.1, 2],
                         ids=str)
def test_clamp_keeps_or_promotes_the_dtype_as_in_torch(x, bound):
    ours = clamp(tensor(x), tensor(bound) if isinstance(bound, (np.ndarray, np.generic)) else bound)
    theirs = torch.clamp(torch.tensor(x), torch.tensor(bound) if isinstance(bound, (np.ndarray, np.generic)) else bound)
    assert f"torch.{ours.dtype}" == str(theirs.dtype) and ours.tolist() == theirs.tolist()


def test_a_bound_of_python_is_not_rounded_to_float32():
    assert clamp(tensor([0.], dtype=float64), 0.1).item() == 0.1
    assert where(tensor([True]), 0.1, tensor([0.], dtype=float64)).item() == 0.1
    assert tensor([0.], dtype=float64).masked_fill(tensor([True]), 0.1).item() == 0.1


@pytest.mark.parametrize("a, b", [(1., 2.), (1, 2), (1, 2.5), (np.float32([1]), 2), (np.array([1]), 2.5),
                                  (np.float32([1]), np.float64(3)), (np.float32([1]), np.float64([3]))], ids=str)
def test_where_and_maximum_meet_in_torchs_dtype(a, b):
    def of(lib, x):
        return lib.tensor(x) if isinstance(x, (np.ndarray, np.generic)) else x
    ours = where(tensor([True]), of(autograd, a), of(autograd, b))
    theirs = torch.where(torch.tensor([True]), of(torch, a), of(torch, b))
    assert f"torch.{ours.dtype}" == str(theirs.dtype) and ours.tolist() == theirs.tolist()
    if not isinstance(b, (int, float)) or isinstance(b, np.generic):
        assert f"torch.{maximum(of(autograd, a), of(autograd, b)).dtype}" == str(
            torch.maximum(of(torch, a), of(torch, b)).dtype)


def test_bits_and_bools():
    a, b = tensor([5, 3]), tensor([6, 3])
    assert ((a & b).tolist(), (a | b).tolist(), (a ^ b).tolist(), (~a).tolist()) == ([4, 3], [7, 3], [3, 0], [-6, -4])
    t = tensor([True, False])
    assert ((~t).tolist(), (t & True).tolist(), (True ^ t).tolist()) == ([False, True], [True, False], [False, True])
    assert t.min().item() is False and t.max().item() is True and t.min(0).values.dtype == bool
    assert tensor([0, 2]).bool().tolist() == [False, True]


def test_special_numbers_are_found():
    x = tensor([np.nan, np.inf, -np.inf, 1])
    assert (x.isnan().tolist(), x.isinf().tolist(), x.isfinite().tolist()) == (
        [True, False, False, False], [False, True, True, False], [False, False, False, True])
    assert x.sign().tolist() == [0, 1, -1, 1]


@pytest.mark.parametrize("name", ["relu", "abs", "neg", "exp", "sigmoid", "tanh", "square", "sin", "sign", "floor"])
def test_a_single_number_keeps_its_shape_and_dtype(name):
    x = tensor(-0.5, requires_grad=True)
    y = getattr(x, name)()
    y.backward()
    assert y.shape == x.grad.shape == () and y.dtype == x.grad.dtype == float32 and type(y.data) is np.ndarray


# reductions -------------------------------------------------------------------------------------------------

OVER_DIMS = {"sum": autograd.sum, "mean": autograd.mean, "amax": autograd.amax, "amin": autograd.amin, "any": autograd.any,
             "all": autograd.all, "logsumexp": autograd.logsumexp, "norm": autograd.norm}


@pytest.mark.parametrize("name", OVER_DIMS)
@given(shape=SHAPES, seed=SEEDS, data=st.data())
@SETTINGS
def test_reductions_over_any_dims(name, shape, seed, data):
    dims, keepdim = draw_dims(data, len(shape)), data.draw(st.booleans())
    if name == "logsumexp" and not dims:
        return                                              # which PyTorch cannot
    if name in ("any", "all"):
        check_parity(lambda lib, x: getattr(lib, name)(x > 0.5, dim=dims, keepdim=keepdim), *normal(seed, shape))
    else:
        options = {"p": 2} if name == "norm" else {}
        check_parity(lambda lib, x: getattr(lib, name)(x, dim=dims, keepdim=keepdim, **options), *normal(seed, shape))
        check_parity(lambda lib, x: getattr(x, name)(dim=list(dims), **options), *normal(seed, shape))


@given(shape=st.lists(st.sampled_from([2, 3, 5]), min_size=1, max_size=4), seed=SEEDS, data=st.data())
@SETTINGS
def test_variance_and_standard_deviation(shape, seed, data):
    dims, keepdim = draw_dims(data, len(shape)) or None, data.draw(st.booleans())
    for f in [lambda lib, x: x.var(dims, keepdim=keepdim), lambda lib, x: x.std(dims, unbiased=False, keepdim=keepdim),
              lambda lib, x: lib.var(x, dims, correction=0, keepdim=keepdim), lambda lib, x: x.std(),
              lambda lib, x: lib.std(x, correction=0.5)]:
        check_parity(f, *normal(seed, shape))


def test_where_a_standard_deviation_or_a_norm_is_0_so_is_its_gradient():
    x = np.array([[1., 1, 1], [1, 2, 4]])
    check_parity(lambda lib, x: x.std(1), x)
    check_parity(lambda lib, x: (x * 0).norm(dim=1) + x.norm(p=1, dim=1) + (x * 0).norm(p=1) + x.norm(p=3), x)


@pytest.mark.parametrize("p", [0.5, 1, 1.5, 2, 3, np.inf, "fro"])
def test_norms(p):
    check_parity(lambda lib, x: lib.norm(x, p) + x.norm(p, dim=1) if p != "fro" else x.norm("fro"), *normal(3, (5, 3)))


@given(shape=SHAPES, seed=SEEDS, data=st.data(), zeros=st.integers(0, 3))
@SETTINGS
def test_products_with_zeros_among_them(shape, seed, data, zeros):
    x, = normal(seed, shape)
    x.reshape(-1)[np.random.default_rng(seed).integers(0, x.size, zeros)] = 0
    dim, keepdim = data.draw(st.integers(-len(shape), len(shape) - 1)), data.draw(st.booleans())
    check_parity(lambda lib, x: lib.prod(x, dim, keepdim=keepdim), x)
    check_parity(lambda lib, x: x.prod(), x)


@given(shape=SHAPES, seed=SEEDS, data=st.data())
@SETTINGS
def test_reductions_along_one_dim(shape, seed, data):
    dim, keepdim = data.draw(st.integers(-len(shape), len(shape) - 1)), data.draw(st.booleans())
    for f in [lambda lib, x: lib.cumsum(x, dim), lambda lib, x: lib.max(x, dim, keepdim=keepdim),
              lambda lib, x: x.min(dim, keepdim), lambda lib, x: lib.argmax(x, dim, keepdim),
              lambda lib, x: x.argmin(dim, keepdim=keepdim), lambda lib, x: x.argmin()]:
        check_parity(f, *normal(seed, shape))


@pytest.mark.parametrize("dim", [None, 0, -1])
def test_reductions_of_a_single_number(dim):
    for f in [lambda lib, x: x.sum(dim), lambda lib, x: x.mean(dim), lambda lib, x: x.std(dim, correction=0),
              lambda lib, x: x.norm(2, dim=dim), lambda lib, x: x.argmax(dim)]:
        check_parity(f, np.array(1.5))
    for f in [lambda lib, x: x.amax(dim), lambda lib, x: lib.logsumexp(x, dim), lambda lib, x: x.cumsum(dim),
              lambda lib, x: x.max(dim), lambda lib, x: x.min(dim, keepdim=True), lambda lib, x: x.prod(dim),
              lambda lib, x: (x > 0).any(dim), lambda lib, x: x.sort(dim), lambda lib, x: x.topk(1, dim),
              lambda lib, x: x.argsort(dim)] * (dim is not None):
        check_parity(f, np.array(1.5))


def test_logsumexp_of_huge_and_infinite_numbers():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x = np.array([[1000., 1000, -1000], [-np.inf, 0, 1], [-np.inf, -np.inf, -np.inf]])
        check_parity(lambda lib, x: x.logsumexp(1), x)
    assert tensor(np.zeros((2, 0))).logsumexp(1).tolist() == [-np.inf] * 2


def test_max_and_min_of_two_tensors():
    a, b = normal(0, (3, 1), (4,))
    check_parity(lambda lib, a, b: lib.max(a, b) * a.min(b), a, b)
    assert autograd.max(tensor([1., 5]), tensor(3)).tolist() == [3, 5]         # not the dim 3
    assert tensor([1., 5]).max(tensor(0)).tolist() == [1, 5]


def test_equal_and_allclose():
    a = tensor([1., 2])
    assert a.equal(a + 0) and not a.equal(a + 1e-3) and not a.equal(tensor([[1., 2]]))
    assert a.allclose(a + 1e-7) and not a.allclose(a + 1e-3) and a.allclose(a + 1e-3, atol=1e-2)
    assert autograd.allclose(tensor([np.nan]), tensor([np.nan]), equal_nan=True)


# sorting ----------------------------------------------------------------------------------------------------


@given(shape=SHAPES, seed=SEEDS, data=st.data())
@SETTINGS
def test_sort_argsort_and_topk(shape, seed, data):
    dim, descending = data.draw(st.integers(-len(shape), len(shape) - 1)), data.draw(st.booleans())
    k = data.draw(st.integers(0, shape[dim]))
    for f in [lambda lib, x: lib.sort(x, dim, descending), lambda lib, x: x.argsort(dim, descending=descending),
              lambda lib, x: lib.topk(x, k, dim, largest=descending), lambda lib, x: x.sort().values]:
        check_parity(f, *normal(seed, shape))


@pytest.mark.parametrize("descending", [False, True])
def test_equal_numbers_keep_their_order_and_nan_is_the_largest(descending):
    x = np.array([2., np.nan, 1, 2, -np.inf, 1, np.inf, 2])
    check_parity(lambda lib, x: lib.sort(x, stable=True, descending=descending), x)
    assert tensor([True, False, True]).sort(descending=descending).indices.tolist() == (
        [0, 2, 1] if descending else [1, 0, 2])


# shapes -----------------------------------------------------------------------------------------------------


@given(shape=SHAPES, seed=SEEDS, data=st.data())
@SETTINGS
def test_shapes_by_any_dims(shape, seed, data):
    n, draw = len(shape), data.draw
    one, other = sorted(draw(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))))
    dims, places = draw_dims(data, n), draw(st.permutations(range(n)))
    shifts = tuple(draw(st.integers(-7, 7)) for _ in dims)
    repeats = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n + 1))
    for f in [lambda lib, x: x.flatten(one, other - n), lambda lib, x: x.squeeze(dims), lambda lib, x: lib.flip(x, dims),
              lambda lib, x: x.movedim(dims, places[:len(dims)]), lambda lib, x: lib.roll(x, shifts or 1, dims or None),
              lambda lib, x: x.roll(2, one), lambda lib, x: x.roll(3), lambda lib, x: x.repeat(*repeats),
              lambda lib, x: x.repeat_interleave(2, one), lambda lib, x: lib.repeat_interleave(x, 3),
              lambda lib, x: x.unflatten(one, (1, -1)), lambda lib, x: x.expand(2, 3, *[-1] * n),
              lambda lib, x: x.unsqueeze(one).expand(*shape[:one], 3, *shape[one:]),
              lambda lib, x: x.transpose(one, -1)]:
        check_parity(f, *normal(seed, shape))


@given(shape=SHAPES, seed=SEEDS, data=st.data())
@SETTINGS
def test_padding_and_cutting(shape, seed, data):
    dims = data.draw(st.integers(1, len(shape)))
    pad = [data.draw(st.integers(-1, 3)) for _ in range(2 * dims)]
    for i in range(dims):                                   # no more is cut off than there is
        if shape[-1 - i] + min(pad[2 * i], 0) + min(pad[2 * i + 1], 0) < 1:
            pad[2 * i] = 0
            pad[2 * i + 1] = 0
    x, = normal(seed, shape)
    check_parity(lambda lib, x: (shapes.pad if lib.tensor is tensor else torch.nn.functional.pad)(x, pad, value=2.5), x)
    check_parity(lambda lib, x: (shapes.pad if lib.tensor is tensor else torch.nn.functional.pad)(x, pad), x)


@given(shape=st.lists(SIZES, min_size=2, max_size=4), seed=SEEDS, diagonal=st.integers(-4, 4))
@SETTINGS
def test_triangles(shape, seed, diagonal):
    check_parity(lambda lib, x: lib.tril(x, diagonal) * 2 + x.triu(diagonal), *normal(seed, shape))


def test_dims_may_come_one_by_one_in_a_tuple_or_by_name():
    x = randn(2, 3, 5)
    for y in (x.permute(2, 0, 1), x.permute((2, 0, 1)), x.permute([2, 0, 1]), x.permute(dims=(2, 0, 1)),
              autograd.permute(x, (2, 0, 1))):
        assert y.shape == (5, 2, 3)
    for y in (x.reshape(6, 5), x.reshape((6, -1)), reshape(x, shape=(6, 5)), x.view(-1, 5)):
        assert y.shape == (6, 5)
    for y in (x.flip(0, 2), x.flip((0, 2)), x.flip(dims=[0, 2]), autograd.flip(x, dims=(0, 2))):
        assert y.equal(x[::-1, :, ::-1])
    assert tensor(1.).permute().shape == () == tensor(1.).T.shape and tensor([1.]).reshape(()).shape == ()
    assert x.mT.shape == (2, 5, 3) and x.size() == (2, 3, 5) and x.size(-1) == 5 and x.dim() == 3


def test_different_numbers_of_repeats():
    check_parity(lambda lib, x, n: x.repeat_interleave(n, 1), normal(0, (2, 3))[0], np.array([2, 0, 3]))


# joining ----------------------------------------------------------------------------------------------------


@given(shape=SHAPES, seed=SEEDS, data=st.data())
@SETTINGS
def test_parts_of_any_size(shape, seed, data):
    dim = data.draw(st.integers(-len(shape), len(shape) - 1))
    size, chunks = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    cut = data.draw(st.integers(0, shape[dim]))
    for f in [lambda lib, x: lib.split(x, size, dim), lambda lib, x: x.split([cut, 0, shape[dim] - cut], dim),
              lambda lib, x: lib.chunk(x, chunks, dim), lambda lib, x: x.unbind(dim),
              lambda lib, x: lib.cat(x.split(size, dim)[::-1], dim), lambda lib, x: [row * 2 for row in x],
              lambda lib, x: x.chunk(chunks, dim=dim)[0]]:
        check_parity(f, *normal(seed, shape))


# indexing ---------------------------------------------------------------------------------------------------

INDICES = [(0, slice(None), [0, 1]), ([0, 1], slice(None), 2), (0, [2, 1], slice(None)), ([1, 0], 0, [1, 1]),
           (slice(None), 0, [4, 4, 1]), ([[0], [1]], [0, 2]), (0, ..., [1, 3]), (..., 0, [0, 1]), ([0, 1], ..., 0),
           (1, None, [0, 2]), (None, [1, 1], slice(None, 2), 3), (np.array(1), slice(None), np.array([0, 2, 0])),
           (np.int64(1), [2, 2]), True, False, (True, 0), (0, np.array(True)), np.array(False), [True, False],
           (slice(None), [True, False, True], 1), (0, [True, False, True]), (0, [False, True, True], [1, 2]), [], ([], 0),
           np.zeros((2, 3, 5), bool), (np.ones((2, 3), bool), [0] * 6), (slice(None), np.eye(3, 5) > 0), (0, 1, 2),
           (0, 1, [2, 2])]


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_indices_have_torchs_order_of_dims(index):
    def f(lib, x):
        parts = index if isinstance(index, tuple) else (index,)
        return x[tuple(lib.tensor(i) if isinstance(i, np.ndarray) else i for i in parts)] * 2
    check_parity(f, *normal(2, (2, 3, 5)))


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_assignment_has_the_same_order_of_dims(index):
    x, = normal(2, (2, 3, 5))
    ours, theirs = tensor(x), torch.tensor(x)
    there = tuple(torch.tensor(i) if isinstance(i, np.ndarray) else i
                  for i in (index if isinstance(index, tuple) else (index,)))
    ours[index] = theirs[there].numpy() * 2
    theirs[there] = theirs[there] * 2
    assert ours.tolist() == theirs.tolist()


@given(seed=SEEDS, data=st.data())
@settings(deadline=None, derandomize=True, max_examples=100)
def test_any_mix_of_indices(seed, data):
    shape, index = (3, 4, 2, 5), []
    n = data.draw(st.integers(1, 3))
    for size in shape:
        number = st.integers(-size, size - 1)
        index.append(data.draw(number | st.just(slice(None)) | st.just(slice(1, None))
                               | st.lists(number, min_size=n, max_size=n)))
    check_parity(lambda lib, x: x[tuple(index)] * 2, *normal(seed, shape))


@given(shape=st.lists(SIZES, min_size=1, max_size=3).map(tuple), seed=SEEDS, data=st.data())
@SETTINGS
def test_gather_take_along_dim_and_index_select(shape, seed, data):
    dim, rng = data.draw(st.integers(0, len(shape) - 1)), np.random.default_rng(seed)
    sizes = [data.draw(st.integers(0, n)) if d != dim else data.draw(SIZES) for d, n in enumerate(shape)]
    smaller = rng.integers(0, shape[dim], sizes)
    wider = rng.integers(0, shape[dim], [1 if data.draw(st.booleans()) else n for n in shape])
    places = rng.integers(0, shape[dim], data.draw(st.integers(0, 4)))
    x, = normal(seed, shape)
    check_parity(lambda lib, x, i: lib.gather(x, dim - len(shape), i) * 2, x, smaller)
    check_parity(lambda lib, x, i: lib.take_along_dim(x, i, dim), x, wider)
    check_parity(lambda lib, x, i: x.take_along_dim(i - shape[dim], dim), x, wider)
    check_parity(lambda lib, x, i: x.index_select(dim, i) * 2, x, places)
    check_parity(lambda lib, x, i: lib.take_along_dim(x, i), x, rng.integers(0, x.size, 7))


def test_take_along_dim_broadcasts_the_input_too():
    check_parity(lambda lib, x, i: lib.take_along_dim(x, i, 1), normal(0, (1, 3))[0], np.array([[0, 2], [1, 1]]))


# products ---------------------------------------------------------------------------------------------------

EQUATIONS = [("ij,jk->ik", (2, 3), (3, 5)), ("ij,jk", (2, 3), (3, 5)), ("ij->ji", (2, 3)), ("ij->", (2, 3)),
             ("ij->j", (2, 3)), ("ii->i", (3, 3)), ("ii->", (3, 3)), ("ii", (3, 3)), ("iji->j", (3, 2, 3)),
             ("ij,ij->", (2, 3), (2, 3)),
             ("i,j->ij", (2,), (3,)), ("bij,bjk->bik", (5, 2, 3), (5, 3, 2)), ("...ij,...jk->...ik", (5, 2, 3), (3, 2)),
             ("...ij,...jk", (1, 2, 3), (7, 3, 2)), ("bhqd,bhkd->bhqk", (2, 3, 5, 7), (2, 3, 4, 7)),
             ("ij,jk,kl->il", (2, 3), (3, 5), (5, 7)), ("nd,kd->nk", (4, 3), (5, 3)), ("ij,k->i", (2, 3), (5,)),
             ("i...->...", (2, 3, 4)), ("...->...", (2, 3)), ("ba,b", (2, 3), (2,)), (" i j , j k -> i k ", (2, 3), (3, 5)),
             ("ij,ik->ijk", (2, 1), (2, 3)), ("i,i,i->i", (3,), (3,), (3,)), (",->", (), ())]


@pytest.mark.parametrize("equation, shapes", [(e[0], e[1:]) for e in EQUATIONS], ids=[e[0] for e in EQUATIONS])
def test_einsum(equation, shapes):
    check_parity(lambda lib, *xs: lib.einsum(equation, *xs), *normal(4, *shapes))


def test_einsum_keeps_float32_and_leaves_constants_alone():
    a, b = randn(2, 3, requires_grad=True), randn(3, 4)
    y = einsum("ij,jk->ik", a, b)
    y.sum().backward()
    assert y.dtype == a.grad.dtype == float32 and b.grad is None


def test_outer_and_matmul_as_functions():
    check_parity(lambda lib, a, b: lib.outer(a, b) + a.outer(b), *normal(0, (3,), (5,)))
    check_parity(lambda lib, a, b: lib.matmul(a, b), *normal(0, (7, 2, 3), (3, 5)))


@pytest.mark.parametrize("a, b", [((0, 3), (3, 2)), ((2, 0), (0, 3)), ((4, 0, 3), (3, 2)), ((0,), (0,)), ((2, 3), (3, 0))])
def test_products_of_nothing(a, b):
    check_parity(lambda lib, x, y: x @ y, np.ones(a), np.ones(b))


# float32 in both directions ---------------------------------------------------------------------------------

FLOAT32 = {**UNARY, "var": lambda lib, x: x.var(1), "std": lambda lib, x: x.std(), "prod": lambda lib, x: x.prod(0),
           "cumsum": lambda lib, x: x.cumsum(1), "logsumexp": lambda lib, x: x.logsumexp(-1), "amax": lambda lib, x: x.amax(1),
           "norm": lambda lib, x: x.norm(dim=1) + x.norm(3) + x.norm(1), "sort": lambda lib, x: x.sort().values,
           "topk": lambda lib, x: x.topk(2).values, "max": lambda lib, x: x.max(0).values * x.max(),
           "flip": lambda lib, x: x.flip(0), "roll": lambda lib, x: x.roll(1), "repeat": lambda lib, x: x.repeat(2, 3),
           "repeat_interleave": lambda lib, x: x.repeat_interleave(2), "pad": lambda lib, x: shapes.pad(x, (1, 2), value=0.1),
           "tril": lambda lib, x: x.tril(), "split": lambda lib, x: x.split(2)[0], "unbind": lambda lib, x: x.unbind()[1],
           "gather": lambda lib, x: x.gather(1, tensor([[0], [1], [1]])), "mask": lambda lib, x: x[x > 0],
           "index": lambda lib, x: x[0, [1, 1]], "outer": lambda lib, x: lib.outer(x[0], x[1]),
           "clamp": lambda lib, x: x.clamp(-0.1, tensor(0.5, dtype=float64)), "minimum": lambda lib, x: minimum(x, x * 2)}


@pytest.mark.parametrize("name", [name for name in FLOAT32 if name not in ("masks", "isfinite")])
def test_float32_stays_float32(name):
    seen = []

    @operation
    def spy(x):
        return x, lambda g: seen.append(g.dtype) or g

    x = tensor(np.random.default_rng(0).standard_normal((3, 4)).astype("f4"), requires_grad=True)
    y = FLOAT32[name](autograd, spy(x))
    for parent, vjp in walk(y):
        share = vjp(np.ones(parent[1], "f4") if not isinstance(parent[1], list) else
                    [np.ones(shape, "f4") for shape in parent[1]])
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


# Errors in words --------------------------------------------------------------------------------------------

X = tensor(np.ones((3, 4)), requires_grad=True)
ERRORS = {
    "a dim twice": (lambda: X.sum((0, -2)), ValueError, r"sum: wanted each dim once, got \(0, -2\)"),
    "a fraction as dim": (lambda: X.sum(1.5), TypeError, "sum: wanted a whole number as dim, got float 1.5"),
    "a bool as dim": (lambda: X.var(False), TypeError, "var: wanted a whole number as dim, got bool False"),
    "a word as dim": (lambda: X.mean("rows"), TypeError, "mean: wanted a whole number as dim, got str 'rows'"),
    "too few for a variance": (lambda: X[:1].var(0), ValueError, r"var: wanted more than 1 numbers .* got shape \(1, 4\)"),
    "unbiased": (lambda: X.std(0, 2), TypeError, "std: wanted unbiased=True or False, got int 2"),
    "variance of whole numbers": (lambda: tensor([1, 2]).var(), TypeError, "var: wanted floating-point .* int64"),
    "max of nothing along a dim": (lambda: zeros(3, 0).max(1), ValueError, r"max: wanted at least .* \(3, 0\)"),
    "argmax of nothing": (lambda: zeros(0).argmax(), ValueError, r"argmax: wanted at least one number, got shape \(0,\)"),
    "amax of nothing": (lambda: zeros(0, 2).amax(0), ValueError, r"amax: wanted at least .* \(0, 2\)"),
    "max of two": (lambda: X.max(zeros(5, dtype=float64)), ValueError, r"max: wanted shapes that broadcast"),
    "p": (lambda: X.norm(-1), ValueError, "norm: wanted a number above 0 as p, got int -1"),
    "topk": (lambda: X.topk(5), ValueError, "topk: wanted k from 0 to 4, the size of dim -1, got 5"),
    "a fraction as k": (lambda: X.topk(1.5), TypeError, "topk: wanted a whole number as k, got float 1.5"),
    "flatten": (lambda: X.flatten(1, 0), ValueError, "flatten: wanted start_dim before end_dim, got 1 and 0"),
    "unflatten": (lambda: X.unflatten(1, (3, 2)), ValueError, r"unflatten: wanted a dim, and sizes whose product"),
    "expand": (lambda: X.expand(3, 5), ValueError, r"expand: wanted sizes to which .* got \(3, 4\) and \(3, 5\)"),
    "expand to fewer": (lambda: X.expand(4), ValueError, r"expand: wanted sizes .* got \(3, 4\) and \(4,\)"),
    "repeat": (lambda: X.repeat(2), ValueError, r"repeat: wanted how often .* got \(3, 4\) and \(2,\)"),
    "repeat below 0": (lambda: X.repeat(2, -1), ValueError, r"repeat: wanted how often .* got \(3, 4\) and \(2, -1\)"),
    "repeat_interleave": (lambda: X.repeat_interleave(-1), ValueError, "repeat_interleave: wanted how often"),
    "repeat by fractions": (lambda: X.repeat_interleave(1.5), ValueError, "repeat_interleave: wanted how often"),
    "repeats for other places": (lambda: X.repeat_interleave(tensor([1, 2]), 0), ValueError,
        r"repeat_interleave: wanted how often to repeat: .* got \(3, 4\) and \(2,\)"),
    "roll": (lambda: X.roll((1, 2)), ValueError, r"roll: wanted a shift for each dim, got shifts \(1, 2\) and dims None"),
    "roll of two": (lambda: X.roll((1, 2), 0), ValueError, "roll: wanted a shift for each dim"),
    "movedim": (lambda: X.movedim((0, 1), 0), ValueError, r"movedim: wanted as many dims to move as places"),
    "tril": (lambda: X[0].tril(), ValueError, r"tril: wanted matrices, of shape \(…, n, m\), got shape \(4,\)"),
    "pad": (lambda: shapes.pad(X, (1, 2, 3)), ValueError, r"pad: wanted two numbers for each of at most 2 dims"),
    "pad of too many": (lambda: shapes.pad(X, (1,) * 6), ValueError, "at most 2 dims as pad, got"),
    "pad away": (lambda: shapes.pad(X, (-3, -2)), ValueError, r"pad: wanted no more taken away .* shape \(3, 4\)"),
    "pad mode": (lambda: shapes.pad(X, (1, 1), "reflect"), ValueError, "pad: wanted mode=\"constant\", got str 'reflect'"),
    "pad by fractions": (lambda: shapes.pad(X, (1.5, 1)), TypeError, "pad: wanted whole numbers as pad, got float 1.5"),
    "split": (lambda: X.split([1, 1]), ValueError, r"split: wanted sizes that add up to 3, got \[1, 1\]"),
    "split by 0": (lambda: X.split(0), ValueError, "split: wanted a size from 1 up, got 0"),
    "split by a fraction": (lambda: X.split(1.5), TypeError, "split: wanted a size, or a list of sizes, got float"),
    "chunk": (lambda: chunk(X, 0), ValueError, "chunk: wanted one chunk or more, got 0"),
    "unbind a number": (lambda: tensor(1.).unbind(), ValueError, "unbind: wanted one dim or more to divide, got a single"),
    "cat of a tensor": (lambda: cat(X), TypeError, "cat: wanted a list of tensors, got Tensor"),
    "stack of two dtypes": (lambda: stack([X, X.float()]), TypeError, "stack: wanted one dtype, got float64 and float32"),
    "gather of another shape": (lambda: gather(X, 1, tensor([0])), ValueError,
        r"gather: wanted an index with 2 dims, as the input, got shape \(1,\)"),
    "gather of more": (lambda: gather(X, 1, zeros(4, 1).long()), ValueError,
        r"gather: wanted an index no larger than the input but for dim 1, got input \(3, 4\) and index \(4, 1\)"),
    "gather out of range": (lambda: gather(X, 1, tensor([[4]])), IndexError, "gather: wanted an index from 0 to 3, got 4"),
    "gather below 0": (lambda: gather(X, 1, tensor([[-1]])), IndexError, "gather: wanted an index from 0 to 3, got -1"),
    "gather by floats": (lambda: gather(X, 1, zeros(1, 1)), TypeError, r"wanted an index of whole numbers, .*\.long\(\)"),
    "take_along_dim": (lambda: take_along_dim(X, tensor([[4]]), 1), IndexError, "take_along_dim: wanted an index from"),
    "take along another shape": (lambda: take_along_dim(X, zeros(2, 1).long(), 1), ValueError,
        r"take_along_dim: wanted an input and indices that broadcast, but for dim, got \(3, 4\) and \(2, 1\)"),
    "index_select": (lambda: index_select(X, 0, tensor([3])), IndexError, "index_select: wanted an index from 0 to 2, got 3"),
    "index_select by a matrix": (lambda: index_select(X, 0, tensor([[0]])), ValueError, "wanted a vector of places"),
    "mask of another shape": (lambda: X[ones(4, 4) > 0], IndexError,
        r"x\[i\]: wanted an index within shape \(3, 4\), got bool array of shape \(4, 4\)"),
    "a number and an array": (lambda: X[3, [0, 1]], IndexError, r"x\[i\]: wanted an index within shape \(3, 4\)"),
    "an index of floats": (lambda: X[tensor([0.5])], IndexError, r"x\[i\]: wanted an index within .* got float32 array"),
    "masked_fill by numbers": (lambda: masked_fill(X, X, 0.), TypeError,
        "masked_fill: wanted a tensor of True and False, got float64 array"),
    "masked_fill of another shape": (lambda: X.masked_fill(tensor([True, False]), 0.), ValueError,
        r"masked_fill: wanted a mask that broadcasts with the input, .* got \(3, 4\) and \(2,\)"),
    "masked_fill with many": (lambda: X.masked_fill(X > 0, zeros(4)), ValueError, "wanted a single number as value"),
    "a fraction among whole numbers": (lambda: tensor([1]).masked_fill(tensor([True]), 0.5), TypeError,
        "masked_fill: wanted a whole number to put among int64, got float 0.5"),
    "clamp by nothing": (lambda: X.clamp(), ValueError, "clamp: wanted a min or a max, got neither"),
    "clamp by another shape": (lambda: X.clamp(zeros(5)), ValueError, "clamp: wanted shapes that broadcast"),
    "einsum without operands": (lambda: einsum("ij,jk->ik", X), ValueError, "einsum: wanted 2 operands for the equation"),
    "einsum of another rank": (lambda: einsum("ijk->i", X), ValueError,
        r"einsum: wanted a letter for each dim, got 'ijk' for shape \(3, 4\)"),
    "einsum of too many dims": (lambda: einsum("i->i", X), ValueError, "wanted a letter for each dim, got 'i' for shape"),
    "einsum of two sizes": (lambda: einsum("ij,jk->ik", X, X), ValueError, "einsum: wanted one size for each letter"),
    "einsum to a new letter": (lambda: einsum("ij->k", X), ValueError, "a result made of letters on the left"),
    "einsum without an equation": (lambda: einsum(X, X), TypeError, "einsum: wanted an equation such as"),
    "outer of a matrix": (lambda: X.outer(X[0]), ValueError, r"outer: wanted two vectors, got \(3, 4\) and \(4,\)"),
    "sin of words": (lambda: autograd.sin("a"), TypeError, "sin: wanted numbers that it can compute with"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()


def test_methods_and_functions_are_the_same_thing():
    for name in ("sum", "sort", "split", "gather", "clamp", "tril", "matmul", "masked_fill"):
        assert getattr(Tensor, name) is getattr(autograd, name)
    assert arange(3).to(float64).dtype == float64 and arange(3).to(dtype=int64).dtype == int64
