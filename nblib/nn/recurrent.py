"""Recurrent layers, and the cells that take one step.

Weights are named and shaped as in PyTorch, their rows by gate: i, f, g, o and r, z, n. The cells are put together
from operations, so that a step can be read; a layer is one operation for a whole sequence, `lstm_layer` and its
sisters in functional/recurrent.py, where each step stands beside its derivative.
"""

import math
import warnings

from nblib._inputs import describe, number, one_of, whole
from nblib.autograd import cat, relu, sigmoid, stack, tanh, zeros
from nblib.autograd.graph import check_tensors
from nblib.nn import functional as F
from nblib.nn.functional.recurrent import gru_layer, lstm_layer, rnn_layer
from nblib.nn.init import uniform_
from nblib.nn.module import Module, Parameter

WEIGHTS = "weight_ih", "weight_hh", "bias_ih", "bias_hh"


class _Recurrent(Module):
    """Sizes, weights and checks that layers and cells have in common.

    A class says how many gates it has, each with `hidden_size` rows of the weights, and the names of its states.
    """

    gates, states = 1, ("h_0",)

    def __init__(self, input_size, hidden_size, bias):
        super().__init__()
        self.input_size = whole(input_size, "input_size", 1)
        self.hidden_size = whole(hidden_size, "hidden_size", 1)
        self.bias = bool(bias)

    def _add_weights(self, width, suffix):
        """Weights for inputs of `width` numbers, uniform between ±1/√hidden_size."""
        rows, bound = self.gates * self.hidden_size, 1 / math.sqrt(self.hidden_size)
        sizes = (rows, width), (rows, self.hidden_size), (rows,), (rows,)
        for name, size in zip(WEIGHTS[: 4 if self.bias else 2], sizes):
            setattr(self, name + suffix, Parameter(uniform_(zeros(size), -bound, bound)))

    def _weights(self, suffix):
        """The four weights, None for a bias that does not exist."""
        return [getattr(self, name + suffix, None) for name in WEIGHTS]

    def _check_input(self, input, shapes):
        """`shapes`: those that are wanted, in words, by their number of dims."""
        name, dtype = type(self).__name__, next(self.parameters()).dtype
        check_tensors(name, input)
        if input.ndim not in shapes or input.shape[-1] != self.input_size:
            wanted = " or ".join(f"({', '.join([*dims, str(self.input_size)])})" for dims in shapes.values())
            raise ValueError(f"{name}: wanted an input of shape {wanted}, got {input.shape}")
        if input.dtype != dtype:
            raise TypeError(f"{name}: wanted an input of dtype {dtype}, got {input.dtype}; use .to(dtype)")

    def _state(self, hx, shape, hint=""):
        """The states to begin with, each of `shape`, in a list; None stands for zeros."""
        if hx is None:
            return [None] * len(self.states)
        name, state = type(self).__name__, [hx] if len(self.states) == 1 else hx
        if not isinstance(state, (tuple, list)) or len(state) != len(self.states):
            raise TypeError(f"{name}: wanted the states ({', '.join(self.states)}), got {describe(hx)}")
        check_tensors(name, *state)
        for part, array in zip(self.states, state):
            if array.shape != shape:
                raise ValueError(f"{name}: wanted {part} of shape {shape}, got {array.shape}{hint}")
        return state


class _Layers(_Recurrent):
    """Layers one above the other, each in one direction or in both, over a whole sequence."""

    def __init__(
        self, input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0, bidirectional=False
    ):
        super().__init__(input_size, hidden_size, bias)
        self.num_layers, self.dropout = whole(num_layers, "num_layers", 1), number(dropout, "dropout", 0, 1)
        self.batch_first, self.bidirectional = bool(batch_first), bool(bidirectional)
        if dropout and num_layers == 1:
            warnings.warn("dropout acts between layers: with num_layers=1 it does nothing", stacklevel=2)
        self._suffixes = ("", "_reverse") if bidirectional else ("",)
        for layer in range(num_layers):
            for suffix in self._suffixes:
                width = hidden_size * len(self._suffixes) if layer else input_size
                self._add_weights(width, f"_l{layer}{suffix}")

    def forward(self, input, hx=None):
        """`output` and the last state; `hx` is the state to begin with, zeros unless given."""
        state = self._checked(input, hx)
        if input.ndim == 2:  # one sequence alone: a batch of one
            x, last = self._through_layers(input.unsqueeze(1), [s if s is None else s.unsqueeze(1) for s in state])
            x, last = x.squeeze(1), [part.squeeze(1) for part in last]
        elif self.batch_first:
            x, last = self._through_layers(input.transpose(0, 1), state)
            x = x.transpose(0, 1)
        else:
            x, last = self._through_layers(input, state)
        return x, last[0] if len(last) == 1 else tuple(last)

    def _checked(self, input, hx):
        """The states of `hx` in a list, if it and the input have the right shapes."""
        time, batch = (1, 0) if self.batch_first else (0, 1)
        self._check_input(input, {2: ["T"], 3: ["N", "T"] if self.batch_first else ["T", "N"]})
        if input.shape[time if input.ndim == 3 else 0] == 0:
            raise ValueError(f"{type(self).__name__}: wanted at least one step in time, got {input.shape}")
        parts = self.num_layers * len(self._suffixes)
        if input.ndim == 2:
            return self._state(hx, (parts, self.hidden_size))
        return self._state(
            hx,
            (parts, input.shape[batch], self.hidden_size),
            f"; that is (layers · directions, N, H), where the input {input.shape} was read as "
            f"({'N, T' if self.batch_first else 'T, N'}, D), since batch_first={self.batch_first}",
        )

    def _through_layers(self, x, state):
        """x (T, N, D) and the states to begin with -> the last layer's h, and the states at the end."""
        last = []
        for layer in range(self.num_layers):
            if layer:
                x = F.dropout(x, self.dropout, self.training)
            outputs = []
            for suffix in self._suffixes:
                begin = [s if s is None else s[len(last)] for s in state]
                output, *end = self._run(x, *begin, *self._weights(f"_l{layer}{suffix}"), reverse=bool(suffix))
                outputs.append(output)
                last.append(end)
            x = cat(outputs, -1) if self.bidirectional else output
        return x, [stack(parts) for parts in zip(*last)]

    def extra_repr(self):
        """The sizes, and the options that are not at their defaults."""
        defaults = {"num_layers": 1, "bias": True, "batch_first": False, "dropout": 0, "bidirectional": False}
        return ", ".join(
            [
                f"{self.input_size}, {self.hidden_size}",
                *(
                    f"{option}={getattr(self, option)}"
                    for option, default in defaults.items()
                    if getattr(self, option) != default
                ),
            ]
        )


class RNN(_Layers):
    """h_t = tanh(W_ih x_t + b_ih + W_hh h_{t−1} + b_hh), or max(0, …) with nonlinearity "relu"  (Elman 1990).

    x (T, N, D), or (N, T, D) with batch_first, or (T, D); hx: h_0 (layers · directions, N, H), zeros unless given.
    Returns all h of the last layer (T, N, directions · H), arranged as x is, and h_n, shaped as h_0.
    """

    def __init__(
        self,
        input_size,
        hidden_size,
        num_layers=1,
        nonlinearity="tanh",
        bias=True,
        batch_first=False,
        dropout=0.0,
        bidirectional=False,
    ):
        super().__init__(input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional)
        self.nonlinearity = one_of(nonlinearity, "nonlinearity", ("tanh", "relu"))

    def _run(self, *inputs, reverse):
        return rnn_layer(*inputs, nonlinearity=self.nonlinearity, reverse=reverse)


class GRU(_Layers):
    """r, z = σ(W_i x + b_i + W_h h + b_h) by gate, n = tanh(W_in x + b_in + r (W_hn h + b_hn)), h' = (1 − z) n + z h

    (Cho et al. 2014, with the reset gate where PyTorch has it). Inputs and results are those of RNN.
    """

    gates = 3

    def _run(self, *inputs, reverse):
        return gru_layer(*inputs, reverse=reverse)


class LSTM(_Layers):
    """i, f, o = σ(W_i x + b_i + W_h h + b_h) and g = tanh(…) by gate, c' = f c + i g, h' = o tanh c'

    (Hochreiter & Schmidhuber 1997). Inputs and results are those of RNN, but for the states: hx is a pair (h_0, c_0),
    and after all h comes the pair (h_n, c_n).
    """

    gates, states = 4, ("h_0", "c_0")

    def _run(self, *inputs, reverse):
        return lstm_layer(*inputs, reverse=reverse)


class _Cell(_Recurrent):
    """One step, for x (N, D) and states (N, H), or (D,) and (H,)."""

    states = ("h",)

    def __init__(self, input_size, hidden_size, bias=True):
        super().__init__(input_size, hidden_size, bias)
        self._add_weights(input_size, "")

    def _inputs(self, input, hx):
        """W_ih x + b_ih, W_hh h + b_hh, and the states."""
        self._check_input(input, {1: [], 2: ["N"]})
        shape = (*input.shape[:-1], self.hidden_size)
        state = [zeros(shape, dtype=input.dtype) if s is None else s for s in self._state(hx, shape)]
        W_ih, W_hh, b_ih, b_hh = self._weights("")
        return F.linear(input, W_ih, b_ih), F.linear(state[0], W_hh, b_hh), state

    def _blocks(self, z):
        """The rows of each gate."""
        return (z[..., i * self.hidden_size : (i + 1) * self.hidden_size] for i in range(self.gates))

    def extra_repr(self):
        """The sizes, and the options that are not at their defaults."""
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")


class RNNCell(_Cell):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or max(0, …) with nonlinearity "relu", for x (N, D) and h (N, H)."""

    def __init__(self, input_size, hidden_size, bias=True, nonlinearity="tanh"):
        super().__init__(input_size, hidden_size, bias)
        self.nonlinearity = one_of(nonlinearity, "nonlinearity", ("tanh", "relu"))

    def forward(self, input, hx=None):
        """The next h, from one that is zero unless given."""
        of_x, of_h, _ = self._inputs(input, hx)
        return tanh(of_x + of_h) if self.nonlinearity == "tanh" else relu(of_x + of_h)

    def extra_repr(self):
        """The sizes, and the options that are not at their defaults."""
        return super().extra_repr() + ("" if self.nonlinearity == "tanh" else ", nonlinearity=relu")


class GRUCell(_Cell):
    """One step of a GRU, for x (N, D) and h (N, H): the next h."""

    gates = 3

    def forward(self, input, hx=None):
        """The next h, from one that is zero unless given."""
        of_x, of_h, (h,) = self._inputs(input, hx)
        (r_x, z_x, n_x), (r_h, z_h, n_h) = self._blocks(of_x), self._blocks(of_h)
        r, z = sigmoid(r_x + r_h), sigmoid(z_x + z_h)
        n = tanh(n_x + r * n_h)
        return (1 - z) * n + z * h


class LSTMCell(_Cell):
    """One step of an LSTM, for x (N, D) and the pair (h, c), each (N, H): the next pair."""

    gates, states = 4, ("h", "c")

    def forward(self, input, hx=None):
        """The next (h, c), from ones that are zero unless given."""
        of_x, of_h, (h, c) = self._inputs(input, hx)
        i, f, g, o = self._blocks(of_x + of_h)
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        return sigmoid(o) * tanh(c), c
