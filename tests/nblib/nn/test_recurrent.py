"""Recurrent layers and cells against torch.nn: outputs, states, gradients, weights both ways; errors in words."""

import gc
import tracemalloc
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from parity import OURS, THEIRS, leaves, same

from nblib import nn
from nblib.autograd import float32, float64, manual_seed, no_grad, ones, randn, set_default_dtype, tensor, zeros
from nblib.nn.functional.recurrent import gru_layer, lstm_layer, rnn_layer

SETTINGS = settings(deadline=None, derandomize=True, max_examples=15)
PRIMES = st.sampled_from([1, 2, 3, 5, 7])
SEEDS = st.integers(0, 10_000)
LAYERS = {"RNN": {}, "RNN of relu": {"nonlinearity": "relu"}, "GRU": {}, "LSTM": {}}
CELLS = {"RNNCell": {}, "RNNCell of relu": {"nonlinearity": "relu"}, "GRUCell": {}, "LSTMCell": {}}
D, H = 5, 3


@pytest.fixture(autouse=True)
def in_float64():
    set_default_dtype(float64)
    yield
    set_default_dtype(float32)


def exchanged(make, seed):
    """One module in both libraries with the same random numbers, copied there and back through state dicts."""
    ours, theirs = make(OURS), make(THEIRS).double()
    rng = np.random.default_rng(seed)
    assert [(n, p.shape) for n, p in ours.named_parameters()] == [(n, p.shape) for n, p in theirs.named_parameters()]
    theirs.load_state_dict({name: torch.tensor(rng.normal(0, 0.7, t.shape)) for name, t in theirs.state_dict().items()})
    ours.load_state_dict(theirs.state_dict())
    theirs.load_state_dict({name: torch.tensor(t.numpy()) for name, t in ours.state_dict().items()})
    return ours, theirs


def flat(results):
    """A tensor, or the tensors in nested tuples, in a list."""
    return [part for result in results for part in flat(result)] if isinstance(results, tuple) else [results]


def call(module, x, state):
    return flat(module(x, state[0] if len(state) == 1 else tuple(state)) if state else module(x))


def check_recurrent(name, options, x_shape, state_shape, seed, initial=True, used=(0, 1, 2)):
    """Equal results, and equal gradients of a loss of those results whose numbers are in `used`."""
    kind = name.split()[0]
    ours, theirs = exchanged(lambda lib: getattr(lib.nn, kind)(D, H, **options), seed)
    rng = np.random.default_rng(seed)
    shapes = [x_shape, *[state_shape] * (initial * (2 if "LSTM" in name else 1))]
    arrays = [rng.standard_normal(shape) for shape in shapes]
    (x, *state), (their_x, *their_state) = leaves(OURS, arrays), leaves(THEIRS, arrays)
    results, their_results = call(ours, x, state), call(theirs, their_x, their_state)
    loss = their_loss = 0
    for i, (result, their_result) in enumerate(zip(results, their_results, strict=True)):
        same(result, their_result)
        if i in used:
            factor = rng.standard_normal(result.shape)
            loss = loss + (result * tensor(factor)).sum()
            their_loss = their_loss + (their_result * torch.tensor(factor)).sum()
    loss.backward()
    their_loss.backward()
    for a, b in zip([x, *state, *ours.parameters()], [their_x, *their_state, *theirs.parameters()], strict=True):
        same(a.grad, b.grad if b.grad is not None else torch.zeros_like(b))


# Layers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LAYERS)
@given(
    time=PRIMES,
    batch=PRIMES,
    layers=st.sampled_from([1, 2, 3]),
    bidirectional=st.booleans(),
    bias=st.booleans(),
    batch_first=st.booleans(),
    initial=st.booleans(),
    seed=SEEDS,
)
@SETTINGS
def test_layers(name, time, batch, layers, bidirectional, bias, batch_first, initial, seed):
    options = {"num_layers": layers, "bidirectional": bidirectional, "bias": bias, "batch_first": batch_first}
    check_recurrent(
        name,
        {**LAYERS[name], **options},
        (batch, time, D) if batch_first else (time, batch, D),
        (layers * (1 + bidirectional), batch, H),
        seed,
        initial,
    )


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("used", [(0,), (1,), (2,)])
def test_a_loss_of_one_of_the_results(name, used):
    if used != (2,) or name == "LSTM":
        check_recurrent(name, {**LAYERS[name], "bidirectional": True}, (7, 2, D), (2, 2, H), 0, used=used)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("time", [1, 7])
def test_one_sequence_without_a_batch(name, bidirectional, batch_first, time):
    options = {**LAYERS[name], "num_layers": 2, "bidirectional": bidirectional, "batch_first": batch_first}
    for initial in (True, False):
        check_recurrent(name, options, (time, D), (2 * (1 + bidirectional), H), 0, initial)


@pytest.mark.parametrize("name", LAYERS)
def test_an_empty_batch(name):
    check_recurrent(name, {**LAYERS[name], "num_layers": 2}, (7, 0, D), (2, 0, H), 0)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_its_cell_step_by_step(name):
    kind, options = name.split()[0], LAYERS[name]
    layer, cell = getattr(nn, kind)(D, H, **options), getattr(nn, kind + "Cell")(D, H, **options)
    cell.load_state_dict({n.removesuffix("_l0"): t for n, t in layer.state_dict().items()})
    x, state, steps = randn(7, 2, D), None, []
    for t in range(7):
        state = cell(x[t], state)
        steps.append(flat(state)[0])
    output, last = layer(x)
    for t in range(7):
        np.testing.assert_allclose(output[t].detach().numpy(), steps[t].detach().numpy(), atol=1e-12)
    for a, b in zip(flat(last), flat(state)):
        np.testing.assert_allclose(a[0].detach().numpy(), b.detach().numpy(), atol=1e-12)


@pytest.mark.parametrize("name", LAYERS)
def test_a_sequence_in_two_pieces_is_the_sequence(name):
    layer = getattr(nn, name.split()[0])(D, H, 2, **LAYERS[name])
    x = randn(7, 2, D)
    whole, last = layer(x)
    first, state = layer(x[:3])
    second, state = layer(x[3:], state)
    np.testing.assert_allclose(second.detach().numpy(), whole[3:].detach().numpy(), atol=1e-12)
    for a, b in zip(flat(state), flat(last)):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), atol=1e-12)


def test_large_pre_activations_neither_overflow_nor_warn():
    for name in ("RNN", "GRU", "LSTM"):
        layer = getattr(nn, name)(1, 2)
        for parameter in layer.parameters():
            parameter.data = np.full(parameter.shape, 1000.0)
        x = tensor([[[1000.0]], [[-1000.0]]], requires_grad=True)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            output, _ = layer(x)
            output.sum().backward()
        assert np.isfinite(output.detach().numpy()).all() and np.isfinite(x.grad.numpy()).all()


def test_dropout_acts_between_layers_and_in_training_alone():
    layer, alone = nn.LSTM(D, H, 2, dropout=1.0), nn.LSTM(D, H, 2)
    alone.load_state_dict(layer.state_dict())
    x = randn(7, 2, D)
    dropped, (h, _) = layer(x)
    plain, (plain_h, _) = alone(x)
    assert h[0].tolist() == plain_h[0].tolist()  # the first layer is as it was
    other, _ = layer(x * 2)
    assert dropped.tolist() == other.tolist() != plain.tolist()  # and nothing of it comes through
    assert layer.eval()(x)[0].tolist() == plain.tolist()
    with pytest.warns(UserWarning, match="dropout acts between layers"):
        nn.GRU(D, H, dropout=0.5)


# Cells ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CELLS)
@given(batch=PRIMES, bias=st.booleans(), initial=st.booleans(), seed=SEEDS)
@SETTINGS
def test_cells(name, batch, bias, initial, seed):
    options = {**CELLS[name], "bias": bias}
    check_recurrent(name, options, (batch, D), (batch, H), seed, initial)
    check_recurrent(name, options, (D,), (H,), seed, initial)


# What layers keep -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
def test_weights_start_uniform_between_one_over_the_root_of_the_hidden_size(name):
    manual_seed(0)
    for module in (getattr(nn, name)(50, 100, 2, bidirectional=True), getattr(nn, name + "Cell")(50, 100)):
        for parameter in module.parameters():
            numbers = parameter.data
            assert 0.09 < numbers.max() <= 0.1 and -0.1 <= numbers.min() < -0.09
            assert abs(numbers.mean()) < 5 * 0.1 / np.sqrt(3 * numbers.size)


@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
def test_float32_stays_float32(name):
    layer, cell = getattr(nn, name)(D, H, 2, bidirectional=True), getattr(nn, name + "Cell")(D, H)
    x = randn(7, 2, D, dtype=float32, requires_grad=True)
    for module, input in ((layer.to(float32), x), (cell.to(float32), x[0])):
        results = flat(module(input))
        assert {result.dtype for result in results} == {float32}
        sum(result.sum() for result in results).backward()
        assert {p.grad.dtype for p in module.parameters()} == {float32} and x.grad.dtype == float32


def test_gradients_add_and_a_graph_can_be_kept():
    layer, x = nn.LSTM(D, H, 2, bidirectional=True), randn(7, 2, D)
    output, _ = layer(x)
    output.sum().backward(retain_graph=True)
    once = [p.grad.numpy().copy() for p in layer.parameters()]
    output.sum().backward()
    layer(x)[0].sum().backward()
    for p, g in zip(layer.parameters(), once):
        np.testing.assert_allclose(p.grad.numpy(), 3 * g, rtol=1e-12)
    with pytest.raises(RuntimeError, match="freed"):
        output.sum().backward()


def test_one_layer_used_twice_in_a_graph():
    ours, theirs = exchanged(lambda lib: lib.nn.GRU(H, H), 0)
    x = np.random.default_rng(0).standard_normal((7, 2, H))
    (a,), (b,) = leaves(OURS, [x]), leaves(THEIRS, [x])
    ours(ours(a)[0])[0].sum().backward()
    theirs(theirs(b)[0])[0].sum().backward()
    same(a.grad, b.grad)
    for p, q in zip(ours.parameters(), theirs.parameters()):
        same(p.grad, q.grad)


def test_no_gradient_is_sought_without_need():
    layer, x = nn.LSTM(D, H), randn(7, 2, D)
    with no_grad():
        assert not any(result.requires_grad for result in flat(layer(x)))
    layer.requires_grad_(False)
    assert not layer(x)[0].requires_grad
    layer.weight_hh_l0.requires_grad = True
    layer(x)[0].sum().backward()
    assert [name for name, p in layer.named_parameters() if p.grad is not None] == ["weight_hh_l0"]


def test_what_comes_back_can_be_changed_and_the_state_kept():
    layer, x = nn.RNN(D, H), randn(7, 2, D)
    output, h = layer(x)
    output.sum().backward()
    right = layer.weight_hh_l0.grad.numpy().copy()
    weights = list(layer.parameters())
    for run in (lambda: layer(x), lambda: rnn_layer(x, None, *weights)):
        layer.zero_grad()
        output, h = run()
        h.detach().numpy()[:] = 100  # the last h is an array of its own
        assert abs(output.detach().numpy()).max() <= 1
        output.sum().backward()
        np.testing.assert_array_equal(layer.weight_hh_l0.grad.numpy(), right)


@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
def test_memory_does_not_grow(name):
    layer, x = getattr(nn, name)(D, 32, 2, bidirectional=True), randn(30, 16, D)
    state, sizes = None, []
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        for _ in range(6):
            output, state = layer(x, state)
            output.sum().backward()
            state = tuple(s.detach() for s in state) if name == "LSTM" else state.detach()
            layer.zero_grad()
            del output
            size, peak = tracemalloc.get_traced_memory()
            sizes.append(size)
    finally:
        tracemalloc.stop()
        gc.enable()
    assert sizes[-1] - sizes[1] < 0.02 * peak  # what one step needs, some megabytes


# Errors -----------------------------------------------------------------------------------------------------

lstm, first = nn.LSTM(D, H), nn.GRU(D, H, 2, batch_first=True)
ERRORS = {
    "no step": (lambda: lstm(ones(0, 2, D)), ValueError, r"LSTM: wanted at least one step in time, got \(0, 2, 5\)"),
    "no step, batch first": (lambda: first(ones(2, 0, D)), ValueError, r"GRU: wanted at least one step .* \(2, 0, 5\)"),
    "no step, no batch": (lambda: lstm(ones(0, D)), ValueError, "at least one step"),
    "features": (
        lambda: lstm(ones(7, 2, 4)),
        ValueError,
        r"LSTM: wanted an input of shape \(T, 5\) or \(T, N, 5\), got \(7, 2, 4\)",
    ),
    "features, batch first": (lambda: first(ones(2, 7, 4)), ValueError, r"GRU: .* \(T, 5\) or \(N, T, 5\), got"),
    "dims": (lambda: lstm(ones(D)), ValueError, r"got \(5,\)"),
    "whole numbers": (
        lambda: lstm(ones(7, 2, D).long()),
        TypeError,
        r"LSTM: wanted an input of dtype float64, got int64; use \.to\(dtype\)",
    ),
    "float32": (lambda: lstm(ones(7, 2, D, dtype=float32)), TypeError, "dtype float64, got float32"),
    "an array": (lambda: lstm(np.ones((7, 2, D))), TypeError, "LSTM: wanted a tensor, got float64 array"),
    "one state": (lambda: lstm(ones(7, 2, D), ones(1, 2, H)), TypeError, r"LSTM: wanted the states \(h_0, c_0\), got"),
    "two states": (
        lambda: first(ones(2, 7, D), (ones(4, 2, H), ones(4, 2, H))),
        TypeError,
        "GRU: wanted a tensor, got",
    ),
    "shape of a state": (
        lambda: lstm(ones(7, 2, D), (ones(1, 2, H), ones(1, 2, 4))),
        ValueError,
        r"LSTM: wanted c_0 of shape \(1, 2, 3\), got \(1, 2, 4\); that is \(layers · directions, N, H\)",
    ),
    "batch_first forgotten": (
        lambda: lstm(ones(2, 7, D), (ones(1, 2, H), ones(1, 2, H))),
        ValueError,
        r"h_0 of shape \(1, 7, 3\).*got \(1, 2, 3\); .* the input \(2, 7, 5\) was read as \(T, N, D\), since "
        "batch_first=False",
    ),
    "batch_first for nothing": (
        lambda: first(ones(7, 2, D), ones(2, 2, H)),
        ValueError,
        r"read as \(N, T, D\), since batch_first=True",
    ),
    "state without a batch": (
        lambda: lstm(ones(7, D), (ones(1, 1, H), ones(1, 1, H))),
        ValueError,
        r"h_0 of shape \(1, 3\), got \(1, 1, 3\)",
    ),
    "dtype of a state": (
        lambda: first(ones(2, 7, D), ones(2, 2, H, dtype=float32)),
        TypeError,
        "wanted one dtype, got float64 and float32",
    ),
    "cell": (
        lambda: nn.LSTMCell(D, H)(ones(7, 2, D)),
        ValueError,
        r"LSTMCell: wanted an input of shape \(5\) or \(N, 5\), got \(7, 2, 5\)",
    ),
    "state of a cell": (
        lambda: nn.LSTMCell(D, H)(ones(2, D), (ones(2, H), ones(3, H))),
        ValueError,
        r"LSTMCell: wanted c of shape \(2, 3\), got \(3, 3\)",
    ),
    "whole numbers for a cell": (lambda: nn.GRUCell(D, H)(ones(2, D).long()), TypeError, "dtype float64, got int64"),
    "nonlinearity": (lambda: nn.RNN(D, H, nonlinearity="sigmoid"), ValueError, "wanted one of tanh, relu, got"),
    "nonlinearity of a cell": (lambda: nn.RNNCell(D, H, nonlinearity="gelu"), ValueError, "one of tanh, relu"),
    "hidden size": (lambda: nn.GRU(D, 0), ValueError, "hidden_size: wanted a whole number from 1"),
    "input size": (lambda: nn.GRU(2.5, 3), TypeError, "input_size: wanted a whole number"),
    "layers": (lambda: nn.LSTM(D, H, 0), ValueError, "num_layers"),
    "dropout": (lambda: nn.LSTM(D, H, 2, dropout=2), ValueError, "dropout: wanted a number from 0 to 1"),
    "layer operation": (
        lambda: lstm_layer(ones(7, 2, 4), None, None, ones(12, 5), ones(12, 3)),
        ValueError,
        r"lstm_layer: wanted shapes \(T, N, D\), .*\(4H,\), with T at least 1, got \(7, 2, 4\) and \(12, 5\) and ",
    ),
    "bias": (
        lambda: gru_layer(ones(7, 2, 4), None, ones(9, 4), ones(9, 3), ones(3), ones(9)),
        ValueError,
        r"gru_layer: wanted .* and \(3,\) and \(9,\)",
    ),
    "bias of one number": (
        lambda: gru_layer(ones(7, 2, 4), None, ones(9, 4), ones(9, 3), ones(1), ones(9)),
        ValueError,
        r"gru_layer: wanted .* and \(1,\) and \(9,\)",
    ),
    "no step for the operation": (
        lambda: rnn_layer(ones(0, 2, 4), None, ones(3, 4), ones(3, 3)),
        ValueError,
        r"rnn_layer: wanted .* with T at least 1, got \(0, 2, 4\)",
    ),
    "state of the operation": (
        lambda: rnn_layer(ones(7, 2, 4), ones(1, 3), ones(3, 4), ones(3, 3)),
        ValueError,
        r"rnn_layer: wanted .*got \(7, 2, 4\) and \(1, 3\)",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    set_default_dtype(float64)
    lstm.double(), first.double()
    run, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        run()


def test_repr():
    assert repr(nn.LSTM(5, 3, 2, batch_first=True, bidirectional=True)) == repr(
        torch.nn.LSTM(5, 3, 2, batch_first=True, bidirectional=True)
    )
    assert repr(nn.GRU(5, 3, bias=False)) == repr(torch.nn.GRU(5, 3, bias=False))
    assert repr(nn.RNNCell(5, 3, False, "relu")) == repr(torch.nn.RNNCell(5, 3, False, "relu"))
    assert repr(nn.LSTMCell(5, 3)) == "LSTMCell(5, 3)"
    assert zeros(1).dtype == float64
