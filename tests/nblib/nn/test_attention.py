"""Attention and Transformer layers against torch: values, weights, gradients, masks; what a small GPT needs; errors."""

import gc
import tracemalloc
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from parity import OURS, THEIRS, check_parity, leaves, same

from nblib import nn, optim
from nblib.autograd import (
    cat,
    float32,
    float64,
    manual_seed,
    no_grad,
    ones,
    randn,
    set_default_dtype,
    stack,
    tensor,
    zeros,
)
from nblib.nn import functional as F
from nblib.nn import transformer

SETTINGS = settings(deadline=None, derandomize=True, max_examples=25)
PRIMES = st.sampled_from([1, 2, 3, 5, 7])
SEEDS = st.integers(0, 10_000)


@pytest.fixture(autouse=True)
def in_float64():
    set_default_dtype(float64)
    yield
    set_default_dtype(float32)


def normal(seed, *shapes):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape) for shape in shapes]


def attention(lib, *inputs, **options):
    return lib.F.scaled_dot_product_attention(*inputs, **options)


def a_mask(kind, shape, seed):
    """A mask of floats or of bools, in the latter of which the first row may look nowhere."""
    rng = np.random.default_rng(seed + 1)
    if kind == "float":
        return [rng.standard_normal(shape)]
    allowed = rng.random(shape) < 0.6
    allowed[..., 0, :] = False
    return [allowed] if kind == "bool" else []


# The function -----------------------------------------------------------------------------------------------


@given(
    batch=st.lists(PRIMES, max_size=2),
    queries=PRIMES,
    keys=PRIMES,
    size=PRIMES,
    values=PRIMES,
    mask=st.sampled_from(["none", "bool", "float"]),
    everywhere=st.booleans(),
    scale=st.sampled_from([None, 0.3]),
    seed=SEEDS,
)
@SETTINGS
def test_attention(batch, queries, keys, size, values, mask, everywhere, scale, seed):
    arrays = normal(seed, (*batch, queries, size), (*batch, keys, size), (*batch, keys, values))
    arrays += a_mask(mask, (queries, keys) if everywhere else (*batch, queries, keys), seed)
    check_parity(lambda lib, *inputs: attention(lib, *inputs, scale=scale), *arrays)


@given(queries=PRIMES, keys=PRIMES, mask=st.sampled_from(["none", "bool"]), seed=SEEDS)
@SETTINGS
def test_causal(queries, keys, mask, seed):
    arrays = normal(seed, (2, 3, queries, 5), (2, 3, keys, 5), (2, 3, keys, 7))
    if mask == "none":  # PyTorch takes one of the two
        check_parity(lambda lib, *inputs: attention(lib, *inputs, is_causal=True), *arrays)
    (allowed,) = a_mask("bool", (queries, keys), seed)
    q, k, v = map(tensor, arrays)
    both = allowed & np.tri(queries, keys, dtype=bool)
    same(
        F.scaled_dot_product_attention(q, k, v, tensor(allowed), is_causal=True),
        torch.nn.functional.scaled_dot_product_attention(*map(torch.tensor, [*arrays, both])),
    )


def test_inputs_that_broadcast():
    check_parity(attention, *normal(0, (2, 1, 5, 3), (7, 5, 3), (2, 7, 5, 2)))
    check_parity(attention, *normal(0, (2, 7, 5, 3), (1, 1, 5, 3), (1, 7, 5, 2), (7, 1, 5)))


def test_one_tensor_as_queries_keys_and_values():
    check_parity(lambda lib, x: attention(lib, x, x, x, is_causal=True), *normal(0, (2, 5, 3)))


def test_no_keys_or_no_queries():
    check_parity(attention, *normal(0, (2, 5, 3), (2, 0, 3), (2, 0, 7)))
    check_parity(attention, *normal(0, (2, 0, 3), (2, 5, 3), (2, 5, 7)))
    check_parity(attention, *normal(0, (0, 5, 3), (0, 5, 3), (0, 5, 3)))


def test_a_query_that_may_look_nowhere_gets_zeros_and_harms_nobody():
    q, k, v = (tensor(x, requires_grad=True) for x in normal(0, (3, 5), (3, 5), (3, 2)))
    for mask in (
        tensor([[True, False, True], [False] * 3, [True] * 3]),
        tensor([[0, -np.inf, 0], [-np.inf] * 3, [0, 0, 0.0]], requires_grad=True),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            y, weights = F.scaled_dot_product_attention(q, k, v, mask, need_weights=True)
            (y.sum() + (weights**2).sum()).backward()
        assert y.tolist()[1] == [0, 0] and weights.tolist()[1] == [0, 0, 0] and q.grad.tolist()[1] == [0] * 5
        np.testing.assert_allclose(weights.detach().numpy().sum(1), [1, 0, 1])
        assert all(np.isfinite(x.grad.numpy()).all() for x in (q, k, v))
    assert mask.grad.tolist()[1] == [0, 0, 0]


@given(mask=st.sampled_from(["none", "bool", "float"]), seed=SEEDS)
@SETTINGS
def test_the_weights_as_a_result_of_their_own(mask, seed):
    """Y and A, and the gradient of a loss of both, as from a softmax in PyTorch."""
    arrays = normal(seed, (2, 5, 3), (2, 7, 3), (2, 7, 2)) + a_mask(mask, (5, 7), seed)
    if mask == "bool":
        arrays[3][0] = True
    ours, theirs = leaves(OURS, arrays), leaves(THEIRS, arrays)
    y, weights = F.scaled_dot_product_attention(*ours, need_weights=True)
    scores = theirs[0] @ theirs[1].transpose(1, 2) / 3**0.5
    if mask != "none":
        scores = scores.masked_fill(~theirs[3], -np.inf) if mask == "bool" else scores + theirs[3]
    their_weights = torch.softmax(scores, -1)
    their_y = their_weights @ theirs[2]
    same(y, their_y)
    same(weights, their_weights)
    (y.sum() + (weights**3).sum()).backward()
    (their_y.sum() + (their_weights**3).sum()).backward()
    for a, b in zip(ours, theirs):
        if a.requires_grad:
            same(a.grad, b.grad)


def test_huge_scores():
    x = np.array([[1000.0, 0], [0, 1000], [-1000, 1000]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_parity(attention, x, x, x)
        x = x.astype("f4")
        check_parity(lambda lib, *inputs: attention(lib, *inputs, is_causal=True), x, x, x, tolerance=1e-6)


def test_dropout_acts_on_the_weights():
    manual_seed(0)
    q, k, v = (randn(200, 50, requires_grad=True) for _ in range(3))
    plain = F.scaled_dot_product_attention(q, k, v, need_weights=True)[1].detach().numpy()
    y, weights = F.scaled_dot_product_attention(q, k, v, dropout_p=0.3, need_weights=True)
    dropped = weights.detach().numpy()
    assert abs((dropped == 0).mean() - 0.3) < 4 * np.sqrt(0.3 * 0.7 / 40_000)
    np.testing.assert_allclose(dropped[dropped != 0], plain[dropped != 0] / 0.7)
    np.testing.assert_allclose(y.detach().numpy(), dropped @ v.detach().numpy())
    assert not F.scaled_dot_product_attention(q, k, v, dropout_p=1.0).detach().numpy().any()


def test_the_gradient_with_dropout():
    """Against finite differences, with the same weights dropped each time."""
    arrays = normal(0, (5, 3), (7, 3), (7, 2))

    def loss(*inputs):
        manual_seed(1)
        y, weights = F.scaled_dot_product_attention(*inputs, dropout_p=0.5, need_weights=True)
        return (y**2).sum() + (weights**2).sum()

    inputs = [tensor(x, requires_grad=True) for x in arrays]
    loss(*inputs).backward()
    for i, x in enumerate(arrays):
        step = np.random.default_rng(i).standard_normal(x.shape)
        ends = []
        for h in (1e-6, -1e-6):
            moved = [y + h * step if j == i else y for j, y in enumerate(arrays)]
            ends.append(loss(*map(tensor, moved)).item())
        assert (ends[0] - ends[1]) / 2e-6 == pytest.approx((inputs[i].grad.numpy() * step).sum(), rel=1e-7)


# Layers -----------------------------------------------------------------------------------------------------


def exchanged(make, seed):
    """One module in both libraries with the same random numbers, copied there and back through state dicts."""
    ours, theirs = make(OURS), make(THEIRS).double()
    rng = np.random.default_rng(seed)
    assert [(n, p.shape) for n, p in ours.named_parameters()] == [(n, p.shape) for n, p in theirs.named_parameters()]
    theirs.load_state_dict({name: torch.tensor(rng.normal(0, 0.5, t.shape)) for name, t in theirs.state_dict().items()})
    ours.load_state_dict(theirs.state_dict())
    theirs.load_state_dict({name: torch.tensor(t.numpy()) for name, t in ours.state_dict().items()})
    return ours, theirs


def check_layer(make, arrays, masks, call, seed):
    """call(module, *inputs, **masks) -> tensors: equal, and so are the gradients of inputs, masks and parameters."""
    ours, theirs = exchanged(make, seed)
    xs, ts = leaves(OURS, arrays), leaves(THEIRS, arrays)
    our_masks = dict(zip(masks, leaves(OURS, masks.values())))
    their_masks = dict(zip(masks, leaves(THEIRS, masks.values())))
    loss = their_loss = 0
    for y, t in zip(call(ours, *xs, **our_masks), call(theirs, *ts, **their_masks), strict=True):
        same(y, t)
        loss, their_loss = loss + (y**2).sum(), their_loss + (t**2).sum()
    loss.backward()
    their_loss.backward()
    for a, b in zip(
        [*xs, *our_masks.values(), *ours.parameters()], [*ts, *their_masks.values(), *theirs.parameters()], strict=True
    ):
        if a.requires_grad:
            same(a.grad, b.grad)


def not_everywhere(shape, seed):
    """True where a query may not look; not everywhere, which PyTorch answers with NaN."""
    forbidden = np.random.default_rng(seed + 2).random(shape) < 0.4
    forbidden[..., 0] = False
    return forbidden


@given(
    heads=st.sampled_from([1, 2, 3]),
    width=PRIMES,
    batch=PRIMES,
    queries=PRIMES,
    keys=PRIMES,
    batch_first=st.booleans(),
    bias=st.booleans(),
    weights=st.sampled_from(["none", "mean", "each"]),
    padding=st.sampled_from(["none", "bool", "float"]),
    mask=st.sampled_from(["none", "bool", "float", "bool by head", "float by head"]),
    seed=SEEDS,
)
@settings(deadline=None, derandomize=True, max_examples=60)
def test_multihead_attention(heads, width, batch, queries, keys, batch_first, bias, weights, padding, mask, seed):
    E = heads * width
    shapes = [(batch, size, E) if batch_first else (size, batch, E) for size in (queries, keys, keys)]
    masks = {}
    if padding != "none":
        masks["key_padding_mask"] = not_everywhere((batch, keys), seed)
    if mask != "none":
        masks["attn_mask"] = not_everywhere((*[batch * heads] * ("head" in mask), queries, keys), seed + 1)
    for name, kind in ("key_padding_mask", padding), ("attn_mask", mask):
        if "float" in kind:
            masks[name] = np.random.default_rng(seed).standard_normal(masks[name].shape)

    def call(module, *inputs, **masks):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Support for mismatched")
            y, a = module(*inputs, **masks, need_weights=weights != "none", average_attn_weights=weights == "mean")
        return [y] if a is None else [y, a]

    check_layer(
        lambda lib: lib.nn.MultiheadAttention(E, heads, bias=bias, batch_first=batch_first),
        normal(seed, *shapes),
        masks,
        call,
        seed,
    )


@pytest.mark.parametrize("weights", [True, False])
@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("shape", [(5, 6), (5, 2, 6), (1, 1, 6)])
def test_self_attention(weights, batch_first, shape):
    def call(module, x, **masks):
        y, a = module(x, x, x, need_weights=weights, **masks)
        return [y, a] if weights else [y]

    batch, time = (shape[0], shape[1]) if batch_first and len(shape) == 3 else (shape[-2], shape[0])
    masks = {"attn_mask": np.triu(np.ones((time, time), bool), 1)}
    masks["key_padding_mask"] = not_everywhere((batch, time) if len(shape) == 3 else (time,), 0)
    for some in (masks, {}):
        check_layer(
            lambda lib: lib.nn.MultiheadAttention(6, 3, batch_first=batch_first), normal(0, shape), some, call, 0
        )


def test_an_empty_batch_or_sequence():
    layer = nn.MultiheadAttention(6, 3)
    for shape, weights_shape in [((5, 0, 6), (0, 5, 5)), ((0, 2, 6), (2, 0, 0))]:
        x = zeros(*shape, requires_grad=True)
        y, weights = layer(x, x, x)
        (y.sum() + weights.sum()).backward()
        assert y.shape == x.grad.shape == shape and weights.shape == weights_shape


def test_one_who_may_look_nowhere_in_multihead_attention():
    """Whatever the kinds of the two masks are that together leave nothing."""
    x, layer = randn(2, 1, 6), nn.MultiheadAttention(6, 3)
    padding, here = tensor([[True, False]]), np.array([[False, True], [False, False]])
    for mask in (tensor(here), tensor(np.where(here, -np.inf, 0.0))):
        for one in (padding, tensor([[-np.inf, 0.0]])):
            y, weights = layer(x, x, x, one, attn_mask=mask)
            assert weights.tolist() == [[[0, 0], [0, 1]]] and np.isfinite(y.detach().numpy()).all()


def test_starting_values_of_multihead_attention():
    layer = nn.MultiheadAttention(64, 4)
    bound = np.sqrt(6 / (64 + 192))
    assert 0.98 * bound < np.abs(layer.in_proj_weight.data).max() <= bound
    assert not layer.in_proj_bias.data.any() and not layer.out_proj.bias.data.any()
    assert np.abs(layer.out_proj.weight.data).max() <= 1 / 8


def test_dropout_of_multihead_attention():
    x, layer = randn(5, 2, 6), nn.MultiheadAttention(6, 3, dropout=1.0)
    assert not layer(x, x, x)[1].detach().numpy().any()
    assert (layer.eval()(x, x, x)[1].detach().numpy() > 0).all()


@given(
    activation=st.sampled_from(["relu", "gelu"]),
    batch_first=st.booleans(),
    norm_first=st.booleans(),
    bias=st.booleans(),
    layers=st.sampled_from([None, 1, 2]),
    last_norm=st.booleans(),
    shape=st.tuples(PRIMES, PRIMES) | st.just(()),
    masked=st.booleans(),
    seed=SEEDS,
)
@SETTINGS
def test_transformer(activation, batch_first, norm_first, bias, layers, last_norm, shape, masked, seed):
    def make(lib):
        layer = lib.nn.TransformerEncoderLayer(6, 3, 7, 0.0, activation, 1e-3, batch_first, norm_first, bias)
        if layers is None:
            return layer
        layer_norm = transformer.LayerNorm if lib is OURS else lib.nn.LayerNorm
        return lib.nn.TransformerEncoder(layer, layers, layer_norm(6) if last_norm else None)

    batch, time = (1, 5) if not shape else shape if batch_first else shape[::-1]
    masks = {}
    if masked:
        masks = {
            "src_mask" if layers is None else "mask": np.triu(np.ones((time, time), bool), 1),
            "src_key_padding_mask": not_everywhere((batch, time) if shape else (time,), seed),
        }

    def call(module, x, **masks):
        return [module(x, **masks)]

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "enable_nested_tensor")
        check_layer(make, normal(seed, (*shape, 6) if shape else (5, 6)), masks, call, seed)


def test_layers_of_an_encoder_do_not_share_weights():
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(6, 3, 7), 2)
    assert len({id(p) for p in encoder.parameters()}) == 2 * 12
    assert sum("layers.1." in name for name in encoder.state_dict()) == 12


def test_dropout_of_a_transformer_layer_and_any_function_as_its_activation():
    x, layer = randn(5, 2, 6), nn.TransformerEncoderLayer(6, 3, 7, dropout=1.0, norm_first=True, activation=lambda x: x)
    np.testing.assert_array_equal(layer(x).detach().numpy(), x.numpy())  # nothing is added
    assert (layer.eval()(x).detach().numpy() != x.numpy()).all()
    h = layer(x) - x - layer._attention(layer.norm1(x), None, None, False)
    y = layer.norm2(x + layer._attention(layer.norm1(x), None, None, False))
    np.testing.assert_allclose(h.detach().numpy(), layer.linear2(layer.linear1(y)).detach().numpy(), atol=1e-12)


@pytest.mark.parametrize("off", ["self_attn", "dropout", "dropout1", "dropout2"])
def test_each_dropout_of_a_transformer_layer(off):
    """With that one at its maximum and the others off, what it drops does not count."""
    x, layer = randn(5, 2, 6), nn.TransformerEncoderLayer(6, 3, 7, dropout=0.0, norm_first=True)
    layer.load_state_dict({name: randn(*t.shape) for name, t in layer.state_dict().items()})
    plain = layer(x)
    if off == "self_attn":
        layer.self_attn.dropout = 1.0
    else:
        getattr(layer, off).p = 1.0
    attended = layer._attention(layer.norm1(x), None, None, False)
    if off == "self_attn":
        np.testing.assert_allclose((attended - layer.self_attn.out_proj.bias).detach().numpy(), 0, atol=1e-12)
    y = x + (attended * 0 if off == "dropout1" else attended)
    dropped = {"dropout": layer.linear2.bias, "dropout2": x * 0}
    z = y + dropped.get(off, layer._feed_forward(layer.norm2(y)))
    np.testing.assert_allclose(layer(x).detach().numpy(), z.detach().numpy(), atol=1e-12)
    assert (np.abs((layer(x) - plain).detach().numpy()) > 1e-9).any()


# What all of them keep --------------------------------------------------------------------------------------


def test_float32_stays_float32():
    x = randn(5, 2, 6, dtype=float32, requires_grad=True)
    layer = nn.TransformerEncoder(nn.TransformerEncoderLayer(6, 3, 7, 0.2), 2).to(float32)
    y = layer(x, ones(5, 5, dtype=float32), zeros(2, 5) > 0)
    y.sum().backward()
    assert y.dtype == x.grad.dtype == float32 and {p.grad.dtype for p in layer.parameters()} == {float32}
    y, weights = nn.MultiheadAttention(6, 3, dropout=0.3).to(float32)(x, x, x)
    assert y.dtype == weights.dtype == float32


def test_gradients_add_and_a_graph_can_be_kept():
    layer, x = nn.MultiheadAttention(6, 3), randn(5, 2, 6)
    y, weights = layer(x, x, x)
    loss = (y**2).sum() + (weights**2).sum()
    loss.backward(retain_graph=True)
    once = [p.grad.numpy().copy() for p in layer.parameters()]
    loss.backward()
    for p, g in zip(layer.parameters(), once):
        np.testing.assert_allclose(p.grad.numpy(), 2 * g)
    with no_grad():
        assert not any(result.requires_grad for result in layer(x, x, x))


def test_memory_does_not_grow():
    layer, x, sizes = nn.TransformerEncoderLayer(16, 4, 32), randn(20, 16, 16), []
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        for _ in range(6):
            layer(x).sum().backward()
            layer.zero_grad()
            size, peak = tracemalloc.get_traced_memory()
            sizes.append(size)
    finally:
        tracemalloc.stop()
        gc.enable()
    assert sizes[-1] - sizes[1] < 0.02 * peak


# A small GPT ------------------------------------------------------------------------------------------------


class GPT(nn.Module):
    """Blocks of causal attention on `scaled_dot_product_attention`, with a cache of keys and values."""

    def __init__(self, words, width, heads, blocks, length):
        super().__init__()
        self.heads, self.tokens, self.places = heads, nn.Embedding(words, width), nn.Embedding(length, width)
        self.attention = nn.ModuleList(nn.Linear(width, 3 * width) for _ in range(blocks))
        self.mix = nn.ModuleList(nn.Linear(width, width) for _ in range(blocks))
        self.up = nn.ModuleList(nn.Linear(width, 4 * width) for _ in range(blocks))
        self.down = nn.ModuleList(nn.Linear(4 * width, width) for _ in range(blocks))
        self.out = nn.Linear(width, words)

    def forward(self, words, cache=None):
        """words (N, T) -> logits (N, T, words); with a cache, a list, words are the next ones after those in it."""
        N, T = words.shape
        start = cache[0][0].shape[2] if cache else 0
        x = self.tokens(words) + self.places(tensor(np.arange(start, start + T)))
        for i, layers in enumerate(zip(self.attention, self.mix, self.up, self.down)):
            attention, mix, up, down = layers
            heads = attention(x).reshape(N, T, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            q, k, v = heads[0], heads[1], heads[2]
            if cache is not None:
                if i < len(cache):
                    k, v = cat([cache[i][0], k], 2), cat([cache[i][1], v], 2)
                    cache[i] = k, v
                else:
                    cache.append((k, v))
            y = F.scaled_dot_product_attention(q, k, v, is_causal=k.shape[2] == T)
            x = x + mix(y.transpose(1, 2).reshape(N, T, -1))
            x = x + down(up(x).relu())
        return self.out(x)


def test_with_a_cache_as_without():
    model, words = GPT(11, 12, 3, 2, 8), np.random.default_rng(0).integers(0, 11, (2, 8))
    with no_grad():
        whole, cache = model(tensor(words)).numpy(), []
        np.testing.assert_allclose(model(tensor(words[:, :3]), cache).numpy(), whole[:, :3], atol=1e-12)
        for t in range(3, 8):
            np.testing.assert_allclose(
                model(tensor(words[:, t : t + 1]), cache).numpy(), whole[:, t : t + 1], atol=1e-12
            )


def test_a_causal_model_does_not_see_what_comes():
    model, words = GPT(11, 12, 3, 2, 8), np.random.default_rng(0).integers(0, 11, (2, 8))
    other = words.copy()
    other[:, 5:] = (other[:, 5:] + 1) % 11
    before, after = model(tensor(words)).detach().numpy(), model(tensor(other)).detach().numpy()
    np.testing.assert_array_equal(before[:, :5], after[:, :5])
    assert (before[:, 5:] != after[:, 5:]).any(2).all()


def test_an_encoder_with_a_causal_mask_learns_to_copy_from_two_places_back():
    manual_seed(0)
    words = np.random.default_rng(0).integers(0, 5, (16, 10))
    layer = nn.TransformerEncoderLayer(16, 2, 32, 0.0, norm_first=True, batch_first=True)
    tokens, places, out = nn.Embedding(5, 16), nn.Embedding(10, 16), nn.Linear(16, 5)
    causal = tensor(~np.tri(10, dtype=bool))
    optimizer = optim.Adam([p for module in (layer, tokens, places, out) for p in module.parameters()], lr=0.01)
    losses = []
    for _ in range(150):
        optimizer.zero_grad()
        logits = out(layer(tokens(tensor(words)) + places.weight, causal))
        loss = F.cross_entropy(logits[:, 2:].reshape(-1, 5), tensor(words[:, :-2].ravel()))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[0] > 1.5 and losses[-1] < 0.1


# Errors -----------------------------------------------------------------------------------------------------

SHAPES = r"scaled_dot_product_attention: wanted shapes \(…, L, E\), \(…, S, E\), \(…, S, Eᵥ\).*\(…, L, S\), got "


def sdpa(*shapes, **options):
    return F.scaled_dot_product_attention(*map(ones, shapes), **options)


def mha(*shapes, **options):
    return nn.MultiheadAttention(6, 3, batch_first=options.pop("batch_first", False))(*map(ones, shapes), **options)


SELF = [(5, 2, 6)] * 3
ERRORS = {
    "widths": (lambda: sdpa((5, 3), (7, 4), (7, 4)), ValueError, SHAPES + r"\(5, 3\) and \(7, 4\) and \(7, 4\)"),
    "keys and values": (
        lambda: sdpa((5, 3), (7, 3), (6, 3)),
        ValueError,
        SHAPES + r"\(5, 3\) and \(7, 3\) and \(6, 3\)",
    ),
    "batches": (lambda: sdpa((2, 5, 3), (4, 7, 3), (4, 7, 3)), ValueError, SHAPES + r"\(2, 5, 3\)"),
    "a vector": (lambda: sdpa((3,), (7, 3), (7, 3)), ValueError, SHAPES + r"\(3,\)"),
    "mask": (lambda: sdpa((5, 3), (7, 3), (7, 3), (7, 5)), ValueError, SHAPES + r".* and \(7, 5\)"),
    "mask of more dims": (lambda: sdpa((5, 3), (7, 3), (7, 3), (2, 5, 7)), ValueError, SHAPES + r".* and \(2, 5, 7\)"),
    "mask of whole numbers": (
        lambda: sdpa((5, 3), (7, 3), (7, 3), attn_mask=ones(5, 7).long()),
        TypeError,
        "wanted a mask of True and False or of the queries' dtype, got float64 and int64",
    ),
    "whole numbers": (
        lambda: F.scaled_dot_product_attention(*[ones(5, 3).long()] * 3),
        TypeError,
        "wanted floats of one dtype, got int64",
    ),
    "dtypes": (
        lambda: F.scaled_dot_product_attention(ones(5, 3), ones(5, 3), ones(5, 3, dtype=float32)),
        TypeError,
        "wanted floats of one dtype, got float64 and float32",
    ),
    "dropout": (
        lambda: sdpa((5, 3), (7, 3), (7, 3), dropout_p=2.0),
        ValueError,
        "scaled_dot_product_attention: wanted dropout_p from 0 to 1, got 2.0",
    ),
    "scale": (lambda: sdpa((5, 3), (7, 3), (7, 3), scale="0.5"), TypeError, "wanted a number as scale, got str '0.5'"),
    "heads": (
        lambda: nn.MultiheadAttention(6, 4),
        ValueError,
        "MultiheadAttention: wanted a width that 4 heads divide, got embed_dim=6",
    ),
    "no heads": (lambda: nn.MultiheadAttention(6, 0), ValueError, "num_heads: wanted a whole number from 1"),
    "width": (
        lambda: mha((5, 2, 4), (5, 2, 4), (5, 2, 4)),
        ValueError,
        r"MultiheadAttention: wanted a query of shape \(L, N, 6\) or \(L, 6\).* got \(5, 2, 4\)",
    ),
    "width of the key": (
        lambda: mha((5, 2, 6), (5, 2, 4), (5, 2, 6)),
        ValueError,
        r"wanted a key of shape .* got \(5, 2, 4\)",
    ),
    "dims": (
        lambda: mha((5, 2, 6), (5, 6), (5, 6)),
        ValueError,
        "wanted a key of shape .* with as many dims as the query",
    ),
    "another batch": (
        lambda: mha((5, 2, 6), (2, 5, 6), (2, 5, 6)),
        ValueError,
        r"the same N, got \(5, 2, 6\), \(2, 5, 6\) and \(2, 5, 6\), since batch_first=False",
    ),
    "value of another length": (
        lambda: mha((5, 2, 6), (7, 2, 6), (5, 2, 6)),
        ValueError,
        "a key and a value of one shape",
    ),
    "mask of another shape": (
        lambda: mha(*SELF, attn_mask=ones(5, 4)),
        ValueError,
        r"wanted attn_mask of shape \(5, 5\) or \(6, 5, 5\), got \(5, 4\)",
    ),
    "padding of another shape": (
        lambda: mha(*SELF, key_padding_mask=ones(5, 2)),
        ValueError,
        r"wanted key_padding_mask of shape \(2, 5\), got \(5, 2\)",
    ),
    "padding of one sequence": (
        lambda: mha(*[(5, 6)] * 3, key_padding_mask=ones(4)),
        ValueError,
        r"wanted key_padding_mask of shape \(1, 5\), got \(1, 4\)",
    ),
    "mask of numbers": (
        lambda: mha(*SELF, attn_mask=ones(5, 5).long()),
        TypeError,
        r"attn_mask of True \(do not look\) and False, or of dtype float64, got int64",
    ),
    "mask that is an array": (
        lambda: mha(*SELF, attn_mask=np.ones((5, 5))),
        TypeError,
        "wanted a tensor, got float64 array",
    ),
    "causal without a mask": (lambda: mha(*SELF, is_causal=True), ValueError, "wanted attn_mask with is_causal=True"),
    "an array": (lambda: nn.MultiheadAttention(6, 3)(*[np.ones((5, 2, 6))] * 3), TypeError, "wanted a tensor"),
    "float32": (
        lambda: nn.MultiheadAttention(6, 3)(*[ones(5, 2, 6, dtype=float32)] * 3),
        TypeError,
        "dtype float64, got float32",
    ),
    "activation": (lambda: nn.TransformerEncoderLayer(6, 3, activation="tanh"), ValueError, "wanted one of relu, gelu"),
    "heads of a layer": (lambda: nn.TransformerEncoderLayer(6, 4), ValueError, "that 4 heads divide, got embed_dim=6"),
    "layers": (lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(6, 3), 0), ValueError, "num_layers"),
    "what is no layer": (
        lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer, 2),
        TypeError,
        "wanted a layer to copy, got type",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()


def test_stacked_inputs_keep_their_order():
    """Which third of in_proj_weight belongs to whom: keys alone decide where to look, values what comes back."""
    layer = nn.MultiheadAttention(2, 1)
    layer.load_state_dict(
        {
            "in_proj_weight": cat([tensor(np.eye(2)) * s for s in (50.0, 1.0, 2.0)]),
            "in_proj_bias": zeros(6),
            "out_proj.weight": tensor(np.eye(2)),
            "out_proj.bias": zeros(2),
        }
    )
    x = stack([tensor([[1.0, 0]]), tensor([[0.0, 1]])])
    np.testing.assert_allclose(layer(x, x, x * 3)[0].detach().numpy(), 6 * x.numpy(), atol=1e-6)
    np.testing.assert_allclose(layer(x, x + 0, x + 0)[0].detach().numpy(), 2 * x.numpy(), atol=1e-6)
    np.testing.assert_allclose(layer(x, x, x)[0].detach().numpy(), 2 * x.numpy(), atol=1e-6)
