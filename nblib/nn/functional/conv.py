"""Convolution: a small kernel of weights is laid on every place of an image.

The windows of the image become the columns of a matrix (im2col), so that a matrix product is the convolution. Where
every channel has a kernel of its own there is little to multiply in a window; there, rows of the image are multiplied
by a band matrix instead.
"""

import numpy as np

from nblib._inputs import describe, one_of, whole
from nblib.autograd import once, operation
from nblib.nn.functional.windows import Windows, as_images, blocks, check_images, sizes

WIDE = 64               # from this width on, a band matrix is nearly all zeros, and the columns are faster


@operation
def conv1d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """y[n, k, t] = b[k] + Σ_c Σ_i W[k, c, i] · x[n, c, s·t + d·i], with x padded by `padding` zeros at both ends.

    x (N, C, L) or (C, L), W (K, C / groups, KL), b (K,); y is (N, K, OL) or (K, OL). See `conv2d`.
    """
    return _convolution("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


@operation
def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """y[n, k, p, q] = b[k] + Σ_c Σ_i Σ_j W[k, c, i, j] · x[n, c, s·p + d·i, s·q + d·j]  (LeCun et al. 1989).

    x (N, C, H, W) or (C, H, W), padded by `padding` zeros on all sides; W (K, C / groups, KH, KW), b (K,); y is
    (N, K, OH, OW) or (K, OH, OW) with OH = ⌊(H + 2 padding − d (KH − 1) − 1) / s⌋ + 1. Stride s, padding and
    dilation d are whole numbers, or one for each dim; padding may be "valid", none, or "same", which keeps the size.
    With `groups`, channels and filters fall into as many groups, and a filter sees the channels of its own.

    With the windows as columns X (C·KH·KW, OH·OW) of an image and W (K, C·KH·KW):

        Y = W X,    ∂L/∂W = Σ_n G Xᵀ,    ∂L/∂X = Wᵀ G,    ∂L/∂b = Σ_n Σ_p Σ_q g

    and ∂L/∂x adds up, for each pixel, what ∂L/∂X has for it in all windows.

    Raises ValueError for shapes, strides or groups that do not fit together, TypeError for dtypes that differ.
    """
    return _convolution("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


def _convolution(name, dims, x, W, b, stride, padding, dilation, groups):
    """The value and the vjps of conv1d (dims 1) or conv2d (dims 2): sequences are images of height 1."""
    _check(name, dims, x, W, b, whole(groups, f"{name}: groups", 1))
    images, kernels = as_images(x, dims), W.reshape(*W.shape[:2], *(1,) * (2 - dims), *W.shape[2:])
    windows = Windows(name, images.shape[2:], kernels.shape[2:],
                      *_settings(name, dims, W.shape[2:], stride, padding, dilation), dims=dims)
    if groups == len(W) == images.shape[1] and images.shape[3] < WIDE:
        y, of_images, of_kernels = _by_bands(images, kernels, b, windows)
    else:
        y, of_images, of_kernels = _by_columns(images, kernels, b, windows, groups)
    g_images = once(lambda g: as_images(g, dims))
    return (y.reshape(*x.shape[:-dims - 1], len(W), *y.shape[-dims:]),
            lambda g: of_images(g_images(g)).reshape(x.shape),
            lambda g: of_kernels(g_images(g)).reshape(W.shape),
            lambda g: g_images(g).sum(0).sum((1, 2)))           # in half the time of sum((0, 2, 3))


# Windows as columns -----------------------------------------------------------------------------------------


def _by_columns(x, W, b, windows, groups):
    """im2col: some images at a time, since their columns are much larger than they are.

    In backward the columns are made again: keeping them from forward on would take nine times the memory of the
    images for a 3×3 kernel, and hardly save time.
    """
    N, C, K, P = len(x), x.shape[1], len(W), windows.out[0] * windows.out[1]
    matrix = W.reshape(groups, K // groups, -1)                 # (groups, K / groups, C / groups · KH · KW)
    parts = blocks(N, matrix.shape[2] * groups * P)

    def columns(some):
        return windows.unfold(x[some]).reshape(-1, groups, matrix.shape[2], P)

    y = np.empty((N, groups, K // groups, P), x.dtype)
    for some in parts:
        np.matmul(matrix, columns(some), out=y[some])
        if b is not None:
            y[some] += b.reshape(groups, -1, 1)

    def of_images(g):
        g, dx = g.reshape(y.shape), np.empty(x.shape, x.dtype)
        for some in parts:
            dcolumns = matrix.mT @ g[some]
            dx[some] = windows.fold(dcolumns.reshape(-1, C, *windows.kernel, *windows.out))
        return dx

    def of_kernels(g):
        g, dmatrix = g.reshape(y.shape), np.zeros_like(matrix)
        for some in parts:
            dmatrix += (g[some] @ columns(some).mT).sum(0)
        return dmatrix

    return y.reshape(N, K, *windows.out), of_images, of_kernels


# A kernel for each channel ----------------------------------------------------------------------------------


def _by_bands(x, w, b, windows):
    """Depthwise: row p of the output is Σ_i (row s·p + d·i of the image) @ (band matrix of kernel row i).

    The rows of all images stand one below the other, some channels at a time, so that each kernel row takes one
    product for all of them. Windows that reach from one image into the next are left out at the end.
    """
    N, C, (OH, OW), (top, _) = len(x), x.shape[1], windows.out, windows.padding[0]
    height, outside = windows.image[0] + sum(windows.padding[0]), windows.rows[0]
    inside, starts = slice(top, top + windows.image[0]), [at.start for at in windows.rows]
    many = N * height - starts[-1]                              # rows with all rows of a window below them
    diagonals, bands = _bands(w, windows)
    parts = blocks(C, 2 * N * height * max(bands.shape[2:]))

    def to_lines(images, at):
        """Images (N, c, h, w) as lines (c, N · height, w), where their rows come to `at` between zeros."""
        lines = np.zeros((images.shape[1], N, height, images.shape[3]), x.dtype)
        lines[:, :, at] = images.swapaxes(0, 1)
        return lines.reshape(len(lines), N * height, -1)

    def to_images(lines, at):
        """The way back: the rows `at` of each image."""
        return lines.reshape(len(lines), N, height, -1)[:, :, at].swapaxes(0, 1)

    kept, y = [to_lines(x[:, some], inside) for some in parts], np.empty((N, C, OH, OW), x.dtype)
    for some, X in zip(parts, kept):
        Y = np.zeros((len(X), N * height, OW), x.dtype)
        if b is not None:
            Y += b[some, None, None]
        for i, start in enumerate(starts):
            Y[:, :many] += X[:, start:start + many] @ bands[some, i]
        y[:, some] = to_images(Y, outside)

    g_lines = once(lambda g: [to_lines(g[:, some], outside)[:, :many] for some in parts])

    def of_images(g):
        dx, transposed = np.empty(x.shape, x.dtype), np.ascontiguousarray(bands.mT)
        for some, G, X in zip(parts, g_lines(g), kept):
            dX = np.zeros_like(X)
            for i, start in enumerate(starts):
                dX[:, start:start + many] += G @ transposed[some, i]
            dx[:, some] = to_images(dX, inside)
        return dx

    def of_kernels(g):
        dbands = np.empty_like(bands)
        for some, G, X in zip(parts, g_lines(g), kept):
            for i, start in enumerate(starts):
                dbands[some, i] = X[:, start:start + many].mT @ G
        return np.stack([dbands[:, :, u, q].sum(2) for u, q in diagonals], axis=2)
    return y, of_images, of_kernels


def _bands(w, windows):
    """The band matrices (C, KH, W, OW), and for each kernel column j the places (u, q) of its weights in them.

    Column q of the output meets column u = s·q + d·j − left of the image, where there is one.
    """
    W, OW, left = windows.image[1], windows.out[1], windows.padding[1][0]
    bands, diagonals, q = np.zeros((len(w), w.shape[2], W, OW), w.dtype), [], np.arange(OW)
    for j, at in enumerate(windows.columns):
        u = np.arange(at.start, at.stop, at.step) - left
        seen = (u >= 0) & (u < W)
        diagonals.append((u[seen], q[seen]))
        bands[:, :, u[seen], q[seen]] = w[:, 0, :, j, None]
    return diagonals, bands


# What is asked of the input ---------------------------------------------------------------------------------


def _settings(name, dims, kernel, stride, padding, dilation):
    """Stride, padding and dilation along the height and the width; the padding as (before, after)."""
    stride, dilation = sizes(stride, f"{name}: stride", dims), sizes(dilation, f"{name}: dilation", dims)
    if not isinstance(padding, str):
        padding = [(p, p) for p in sizes(padding, f"{name}: padding", dims, 0)]
    elif one_of(padding, f"{name}: padding", ("valid", "same")) == "valid":
        padding = [(0, 0)] * dims
    elif max(stride) > 1:
        raise ValueError(f"{name}: wanted stride 1 with padding='same', got stride {stride}; give the padding as a number")
    else:
        padding = [(d * (k - 1) // 2, d * (k - 1) - d * (k - 1) // 2) for d, k in zip(dilation, kernel)]
    height = 2 - dims                                           # a sequence has no height of its own
    return (1,) * height + stride, [(0, 0)] * height + padding, (1,) * height + dilation


def _check(name, dims, x, W, b, groups):
    check_images(name, x, dims)
    kernel = ("KL", "KH, KW")[dims - 1]
    if not isinstance(W, np.ndarray) or W.ndim != dims + 2 or W.size == 0:
        raise ValueError(f"{name}: wanted a weight (K, C / groups, {kernel}), got {describe(W)}")
    K, C = len(W), x.shape[-dims - 1]
    if K % groups or C % groups:
        raise ValueError(f"{name}: wanted groups that divide {C} channels and {K} filters, got {groups}")
    if W.shape[1] * groups != C:
        raise ValueError(f"{name}: wanted {W.shape[1] * groups} channels for a weight of shape {W.shape}"
                         f"{f' and {groups} groups' * (groups > 1)}, got {C} in an input of shape {x.shape}")
    if b is not None and (not isinstance(b, np.ndarray) or b.shape != (K,)):
        raise ValueError(f"{name}: wanted a bias of shape ({K},), one number a filter, got {describe(b)}")
    for part in (W, b):
        if part is not None and part.dtype != x.dtype:
            raise TypeError(f"{name}: wanted an input of dtype {part.dtype}, got {x.dtype}; use .to(dtype)")
