"""Convolution: a small kernel of weights is laid on every place of an image.

The windows of the image become the columns of a matrix (im2col), so that a matrix product is the convolution. (Where
every channel has a kernel of its own there is little to multiply in a window: see depthwise.)
"""

import functools
import math

import numpy as np

from nblib._inputs import describe, one_of, whole
from nblib.autograd import once, operation
from nblib.nn.functional.depthwise import by_bands
from nblib.nn.functional.windows import Windows, as_images, blocks, check_images, sizes

WIDE = 64  # from this width on a band matrix is nearly all zeros, and columns are faster


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
    stride, dilation = sizes(stride, f"{name}: stride", dims), sizes(dilation, f"{name}: dilation", dims)
    padding = paddings(name, padding, W.shape[2:], stride, dilation)
    height = 2 - dims  # a sequence has none of its own
    stride, padding, dilation = (1,) * height + stride, [(0, 0)] * height + padding, (1,) * height + dilation
    windows = Windows(name, images.shape[2:], kernels.shape[2:], stride, padding, dilation, dims=dims)
    if groups == len(W) == images.shape[1] and dilation[0] == 1 and images.shape[3] < WIDE:
        y, of_images, of_kernels = by_bands(images, kernels, b, windows)
    else:
        y, of_images, of_kernels = _by_columns(images, kernels, b, windows, groups)
    g_images = once(lambda g: as_images(g, dims))
    return (
        y.reshape(*x.shape[: -dims - 1], len(W), *y.shape[-dims:]),
        lambda g: of_images(g_images(g)).reshape(x.shape),
        lambda g: of_kernels(g_images(g)).reshape(W.shape),
        lambda g: g_images(g).sum(0).sum((1, 2)),
    )  # in half the time of sum((0, 2, 3))


# Windows as columns -----------------------------------------------------------------------------------------


def _by_columns(x, W, b, windows, groups):
    """im2col: some images at a time, since their columns are much larger than they are.

    Backward makes the columns again: with a 3×3 kernel they would take nine times the memory of the images. Only
    where they are hardly larger than the output, as in a first layer, are they kept.
    """
    N, C, K, P = len(x), x.shape[1], len(W), math.prod(windows.out)
    matrix = W.reshape(groups, K // groups, -1)  # (groups, K / groups, C / groups · KH · KW)
    parts = blocks(N, matrix.shape[2] * groups * P)

    def columns(i):
        return windows.unfold(x[parts[i]]).reshape(-1, groups, matrix.shape[2], P)

    if matrix.shape[2] <= 2 * matrix.shape[1]:
        columns = functools.cache(columns)

    y = np.empty((N, groups, K // groups, P), x.dtype)
    for i, some in enumerate(parts):
        np.matmul(matrix, columns(i), out=y[some])
    if b is not None:
        y += b.reshape(groups, -1, 1)

    def of_images(g):
        g, dx = g.reshape(y.shape), np.empty(x.shape, x.dtype)
        for some in parts:
            dcolumns = matrix.mT @ g[some]
            dx[some] = windows.fold(dcolumns.reshape(-1, C, *windows.kernel, *windows.out))
        return dx

    def of_kernels(g):
        g, dmatrix = g.reshape(y.shape), np.zeros_like(matrix)
        for i, some in enumerate(parts):
            dmatrix += (g[some] @ columns(i).mT).sum(0)
        return dmatrix

    return y.reshape(N, K, *windows.out), of_images, of_kernels


# What is asked of the input ---------------------------------------------------------------------------------


def paddings(name, padding, kernel, stride, dilation):
    """`padding`, a number, one for each dim, "valid" or "same", as zeros (before, after) in each dim."""
    if not isinstance(padding, str):
        return [(p, p) for p in sizes(padding, f"{name}: padding", len(kernel), 0)]
    if one_of(padding, f"{name}: padding", ("valid", "same")) == "valid":
        return [(0, 0)] * len(kernel)
    if max(stride) > 1:
        raise ValueError(f"{name}: wanted stride 1 with padding='same', got {stride}; give the padding as a number")
    totals = [d * (k - 1) for d, k in zip(dilation, kernel)]
    return [(total // 2, total - total // 2) for total in totals]


def _check(name, dims, x, W, b, groups):
    check_images(name, x, dims)
    kernel = ("KL", "KH, KW")[dims - 1]
    if not isinstance(W, np.ndarray) or W.ndim != dims + 2 or W.size == 0:
        raise ValueError(f"{name}: wanted a weight (K, C / groups, {kernel}), got {describe(W)}")
    K, C = len(W), x.shape[-dims - 1]
    if K % groups or C % groups:
        raise ValueError(f"{name}: wanted groups that divide {C} channels and {K} filters, got {groups}")
    if W.shape[1] * groups != C:
        raise ValueError(
            f"{name}: wanted {W.shape[1] * groups} channels for a weight of shape {W.shape}"
            f"{f' and {groups} groups' * (groups > 1)}, got {C} in an input of shape {x.shape}"
        )
    if b is not None and (not isinstance(b, np.ndarray) or b.shape != (K,)):
        raise ValueError(f"{name}: wanted a bias of shape ({K},), one number a filter, got {describe(b)}")
    for part in (W, b):
        if part is not None and part.dtype != x.dtype:
            raise TypeError(f"{name}: wanted an input of dtype {part.dtype}, got {x.dtype}; use .to(dtype)")
