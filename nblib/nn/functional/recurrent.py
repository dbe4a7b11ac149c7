"""Recurrent layers: one network, applied at each step of a sequence to the input and to what it remembers.

`rnn_step`, `relu_step`, `gru_step` and `lstm_step` are one step each, with the derivative beside it. A layer,
`rnn_layer`, `gru_layer` or `lstm_layer`, takes the steps one after the other, and backward in the opposite order:
backpropagation through time. It is one operation; with a node for every product of every step it would take more
than twice as long.

In here an example is a column: then the rows of one gate are one block of memory. The layers take (T, N, D) and
return (T, N, H), as in PyTorch.
"""

import numpy as np

from nblib.autograd import operation
from nblib.autograd.graph import once

# One step ---------------------------------------------------------------------------------------------------
#
# From z = W_ih x + b_ih + W_hh h + b_hh and the state, each (…, N), to the new state, h' first; and, as its
# derivative, from the gradient of the new state to that of z and of the old state. How h acts through z is the
# layer's business. A step may write into z.


def rnn_step(z, h):
    """h' = tanh z  (Elman 1990)"""
    y = np.tanh(z)

    def backward(dh):
        return dh * (1 - y * y), 0

    return (y,), backward


def relu_step(z, h):
    """h' = max(0, z)"""
    y = np.maximum(z, 0)

    def backward(dh):
        return dh * (y != 0), 0

    return (y,), backward


def gru_step(z, h):
    """r = σ(z_r), u = σ(z_u), n = tanh(z_x + r z_h), h' = (1 − u) n + u h, for z = (z_r, z_u, z_x, z_h)

    with z_x = W_in x + b_in and z_h = W_hn h + b_hn: the reset gate r decides how much of the past goes into the
    candidate n, the update gate u (PyTorch calls it z) how much of h stays  (Cho et al. 2014).
    """
    gates = z.reshape(4, *h.shape)
    r, u, n, z_h = gates
    _sigmoid(gates[:2])
    n += r * z_h
    np.tanh(n, out=n)

    def backward(dh):
        dz = np.empty_like(gates)
        dz[2] = dh * (1 - u) * (1 - n * n)
        dz[3] = dz[2] * r
        dz[0] = dz[2] * z_h * r * (1 - r)
        dz[1] = dh * (h - n) * u * (1 - u)
        return dz, dh * u

    return (n + u * (h - n),), backward


def lstm_step(z, h, c):
    """i, f, o = σ(z_i, z_f, z_o), g = tanh(z_g), c' = f c + i g, h' = o tanh c', for z = (z_i, z_f, z_g, z_o)

    (Hochreiter & Schmidhuber 1997, with the forget gate f of Gers, Schmidhuber & Cummins 2000).
    """
    gates = z.reshape(4, *c.shape)
    i, f, g, o = gates
    _sigmoid(gates[:2])
    np.tanh(g, out=g)
    _sigmoid(o)
    c_new = f * c + i * g
    tanh_c = np.tanh(c_new)

    def backward(dh, dc):
        dc = dc + dh * o * (1 - tanh_c * tanh_c)
        dz = gates * (1 - gates)  # the slope of σ, and below that of tanh
        dz[2] = 1 - g * g
        dz[:3] *= dc
        dz[0] *= g
        dz[1] *= c
        dz[2] *= i
        dz[3] *= dh * tanh_c
        return dz, 0, dc * f

    return (o * tanh_c, c_new), backward


def _sigmoid(z):
    """σ(z) = (1 + tanh(z/2)) / 2, in place: no overflow, and fewer passes than with e^−z."""
    z *= 0.5
    np.tanh(z, out=z)
    z += 1
    z *= 0.5


# A layer in one direction -----------------------------------------------------------------------------------


@operation(wants="shapes (T, N, D), (N, H), (H, D), (H, H) and, for the biases, (H,), with T at least 1")
def rnn_layer(x, h, weight_ih, weight_hh, bias_ih=None, bias_hh=None, nonlinearity="tanh", reverse=False):
    """h_t = tanh(W_ih x_t + b_ih + W_hh h_{t−1} + b_hh) for x (T, N, D): all h (T, N, H), the last h (N, H).

    With nonlinearity "relu", max(0, …) for tanh; with `reverse`, from the last x_t to the first. h is the state
    to begin with (None: zeros).
    """
    step = {"tanh": rnn_step, "relu": relu_step}[nonlinearity]
    return _layer(step, x, [h], (weight_ih, weight_hh, bias_ih, bias_hh), 1, reverse)


@operation(wants="shapes (T, N, D), (N, H), (3H, D), (3H, H) and, for the biases, (3H,), with T at least 1")
def gru_layer(x, h, weight_ih, weight_hh, bias_ih=None, bias_hh=None, reverse=False):
    """`gru_step` at each step of x (T, N, D), weights by gate r, u, n: all h (T, N, H), the last h (N, H)."""
    return _layer(gru_step, x, [h], (weight_ih, weight_hh, bias_ih, bias_hh), 3, reverse)


@operation(wants="shapes (T, N, D), (N, H), (N, H), (4H, D), (4H, H) and, for the biases, (4H,), with T at least 1")
def lstm_layer(x, h, c, weight_ih, weight_hh, bias_ih=None, bias_hh=None, reverse=False):
    """`lstm_step` at each step of x (T, N, D), weights by gate i, f, g, o: all h (T, N, H), the last h and c."""
    return _layer(lstm_step, x, [h, c], (weight_ih, weight_hh, bias_ih, bias_hh), 4, reverse)


def _layer(step, x, state, weights, gates, reverse):
    """The results and the vjps of a layer: z_t = W v_t, v_t = (x_t, 1, h_{t−1}), all weights in one matrix W."""
    state = _columns(x, state, weights, gates)
    W, in_x, in_h = _joined(weights, gates)
    turn = slice(None, None, -1 if reverse else 1)  # the last step first
    x = x[turn]
    T, N, D = x.shape
    v, steps, state = _forward(step, W, x, state)

    @once
    def backward(g):
        return _backward(steps, W[:, D + 1 :], g[0][turn], g[1:])

    @once
    def of_W(g):
        return backward(g)[0] @ v[:T].swapaxes(1, 2).reshape(T * N, W.shape[1])

    def of_x(g):
        return (W[:, :D].T @ backward(g)[0]).reshape(D, T, N).transpose(1, 2, 0)[turn]

    return (
        (v[1:, D + 1 :].swapaxes(1, 2)[turn], *(part.T.copy() for part in state)),
        of_x,
        *(lambda g, i=i: backward(g)[i].T for i in range(1, len(state) + 1)),
        lambda g: of_W(g)[in_x, :D],
        lambda g: of_W(g)[in_h, D + 1 :],
        lambda g: of_W(g)[in_x, D],
        lambda g: of_W(g)[in_h, D],
    )


def _forward(step, W, x, state):
    """All v_t, one more than steps; the derivative of each step; the last state."""
    T, N, D = x.shape
    v = np.empty((T + 1, W.shape[1], N), x.dtype)
    v[:T, :D], v[:, D], v[0, D + 1 :] = x.swapaxes(1, 2), 1, state[0]
    steps = []
    for t in range(T):
        state, of_step = step(W @ v[t], *state)
        steps.append(of_step)
        v[t + 1, D + 1 :] = state[0]
    return v, steps, state


def _backward(steps, W_h, of_output, of_state):
    """The gradients of all z_t side by side (rows of W, T · N), and of the state at the beginning.

    h acts in two ways: through the step itself, as u h in a GRU, and through the next z, of which W_h h is a part.
    """
    T, N, _ = of_output.shape
    of_h, *others = (part.T for part in of_state)
    dz = np.empty((len(W_h), T, N), of_output.dtype)
    for t in reversed(range(T)):
        of_z, of_h, *others = steps[t](of_h + of_output[t].T, *others)
        dz[:, t] = of_z = of_z.reshape(len(W_h), N)
        of_h = of_h + W_h.T @ of_z
    return dz.reshape(len(W_h), T * N), of_h, *others


def _columns(x, state, weights, gates):
    """The state to begin with, as columns; ValueError if x, the state and the weights do not fit together."""
    W_ih, W_hh, *biases = weights
    H = W_hh.shape[-1]
    if (
        x.ndim != 3
        or len(x) == 0
        or W_ih.shape != (gates * H, x.shape[2])
        or W_hh.shape != (gates * H, H)
        or any(b is not None and b.shape != (gates * H,) for b in biases)
        or any(part is not None and part.shape != (x.shape[1], H) for part in state)
    ):
        raise ValueError  # which `wants` puts into words
    for other in (*weights, *state):
        if other is not None and other.dtype != x.dtype:
            raise TypeError(f"recurrent layer: wanted one dtype, got {x.dtype} and {other.dtype}; use .to(dtype)")
    return [np.zeros((H, x.shape[1]), x.dtype) if part is None else part.T for part in state]


def _joined(weights, gates):
    """W with z = W (x, 1, h), and which rows of it are those of W_ih and of W_hh.

    They are the same rows, unless there are three gates: a GRU wants the shares of x and of h in its candidate
    apart, so that (W_x, b_x, 0) stands above (0, b_h, W_h).
    """
    W_ih, W_hh, b_ih, b_hh = weights
    (rows, D), H = W_ih.shape, W_hh.shape[1]
    in_x = in_h = slice(rows)
    if gates == 3:
        rows, in_h = 4 * H, np.r_[: 2 * H, 3 * H : 4 * H]
    W = np.zeros((rows, D + 1 + H), W_ih.dtype)
    W[in_x, :D], W[in_h, D + 1 :] = W_ih, W_hh
    for where, b in (in_x, b_ih), (in_h, b_hh):
        if b is not None:
            W[where, D] += b
    return W, in_x, in_h
