"""Pooling: each window of an image becomes one number, its largest or its mean, in every channel by itself."""

import numpy as np

from nblib.autograd import operation
from nblib.nn.functional.resize import mixed
from nblib.nn.functional.windows import Windows, as_images, check_images, sizes


@operation
def max_pool1d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """y[n, c, t] = max_i x[n, c, s·t + d·i], x (N, C, L) or (C, L): see `max_pool2d`."""
    return _max_pool("max_pool1d", 1, input, kernel_size, stride, padding, dilation, ceil_mode)


@operation
def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """y[n, c, p, q] = max_ij x[n, c, s·p + d·i, s·q + d·j], the stride s being the kernel size unless given.

    x (N, C, H, W) or (C, H, W); y has OH = ⌊(H + 2 padding − d (k − 1) − 1) / s⌋ + 1 rows, ⌈ ⌉ in `ceil_mode`. The
    padding never is the largest. All of the gradient goes to the largest number, to the first of equal ones.

    Raises ValueError for a kernel that does not fit, TypeError for what is no tensor of numbers.
    """
    return _max_pool("max_pool2d", 2, input, kernel_size, stride, padding, dilation, ceil_mode)


@operation
def avg_pool1d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """y[n, c, t] = mean_i x[n, c, s·t + i], x (N, C, L) or (C, L): see `avg_pool2d`."""
    return _avg_pool("avg_pool1d", 1, input, kernel_size, stride, padding, ceil_mode, count_include_pad)


@operation
def avg_pool2d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """y[n, c, p, q] = mean_ij x[n, c, s·p + i, s·q + j], the stride s being the kernel size unless given.

    x (N, C, H, W) or (C, H, W), padded by zeros, which count as numbers unless `count_include_pad` is False. Output
    size and `ceil_mode` as for `max_pool2d`. Each number of a window gets an equal share of its gradient.

    Raises ValueError for a kernel that does not fit, TypeError for what is no tensor of floats.
    """
    return _avg_pool("avg_pool2d", 2, input, kernel_size, stride, padding, ceil_mode, count_include_pad)


@operation
def adaptive_avg_pool2d(input, output_size):
    """Means of OH × OW windows that cover the image: rows ⌊p H / OH⌋ to ⌈(p + 1) H / OH⌉ for output row p.

    x (N, C, H, W) or (C, H, W); `output_size` is a number or (OH, OW), where None keeps a size. 1 gives the mean of
    the whole image, global average pooling (Lin, Chen & Yan 2014). In each dim it is a product with a matrix of means.
    """
    rows, columns = (
        _means(slices, size, input.dtype)
        for slices, size in zip(_adaptive("adaptive_avg_pool2d", input, output_size), input.shape[-2:])
    )
    return mixed(input, rows, columns), lambda g: mixed(g, rows.T, columns.T)


@operation
def adaptive_max_pool2d(input, output_size):
    """The largest numbers of OH × OW windows that cover the image, those of `adaptive_avg_pool2d`."""
    rows, columns = _adaptive("adaptive_max_pool2d", input, output_size)
    y = np.empty((*input.shape[:-2], len(rows), len(columns)), input.dtype)
    windows = {(..., p, q): (..., rows[p], columns[q]) for p, q in np.ndindex(y.shape[-2:])}
    for place, window in windows.items():
        y[place] = input[window].max((-2, -1))

    def vjp(g):
        dx = np.zeros_like(input)
        for place, window in windows.items():
            part = input[window]
            flat = part.reshape(*part.shape[:-2], part.shape[-2] * part.shape[-1])
            first = flat.argmax(-1)[..., None] == np.arange(flat.shape[-1])
            dx[window] += (first * g[place][..., None]).reshape(part.shape)
        return dx

    return y, vjp


def _adaptive(name, x, output_size):
    """The slices of rows and of columns of the windows of adaptive pooling."""
    check_images(name, x)
    wanted = list(output_size) if isinstance(output_size, (tuple, list)) else [output_size] * 2
    wanted[:2] = (n if m is None else m for n, m in zip(x.shape[-2:], wanted))
    out = sizes(wanted, f"{name}: output_size", 2)
    return [[slice(p * n // m, -(-(p + 1) * n // m)) for p in range(m)] for n, m in zip(x.shape[-2:], out)]


def _means(slices, size, dtype):
    """A matrix (one row for each slice, size) whose product with a column has the mean of each slice."""
    matrix = np.zeros((len(slices), size), dtype)
    for row, at in zip(matrix, slices):
        row[at] = 1 / (at.stop - at.start)
    return matrix


def _max_pool(name, dims, x, kernel_size, stride, padding, dilation, ceil_mode):
    check_images(name, x, dims, whole_numbers=True)
    images = as_images(x, dims)
    windows = _windows(name, dims, images, kernel_size, stride, padding, dilation, ceil_mode)
    lowest = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    padded = windows.pad(images, lowest)
    views = [(..., rows, columns) for rows in windows.rows for columns in windows.columns]
    y = padded[views[0]].copy()
    for view in views[1:]:
        np.maximum(y, padded[view], out=y)

    def vjp(g):
        left, dx = g.reshape(y.shape), np.zeros_like(padded)
        for view in views:  # the first number equal to the largest leaves nothing for the others
            share = left * (padded[view] == y)
            dx[view] += share
            left = left - share
        return windows.crop(dx).reshape(x.shape)

    return y.reshape(*x.shape[:-dims], *y.shape[-dims:]), vjp


def _avg_pool(name, dims, x, kernel_size, stride, padding, ceil_mode, count_include_pad):
    check_images(name, x, dims)
    images = as_images(x, dims)
    windows = _windows(name, dims, images, kernel_size, stride, padding, 1, ceil_mode)
    count = _window_sums(_counted(windows, x.dtype, count_include_pad), windows)  # how many numbers a window has
    y = _window_sums(windows.pad(images), windows) / count

    def vjp(g):
        g = g.reshape(y.shape) / count
        H, W = windows.padded
        lines, dx = np.zeros((*g.shape[:2], H, g.shape[3]), g.dtype), np.zeros((*g.shape[:2], H, W), g.dtype)
        for at in windows.rows:
            lines[..., at, :] += g
        for at in windows.columns:
            dx[..., at] += lines
        return windows.crop(dx).reshape(x.shape)

    return y.reshape(*x.shape[:-dims], *y.shape[-dims:]), vjp


def _counted(windows, dtype, count_include_pad):
    """A padded image with 1 for what counts, and 0 elsewhere: never what `ceil_mode` adds beyond the padding."""
    ones = np.zeros((1, 1, *windows.padded), dtype)
    (top, _), (left, _) = windows.padding
    H, W = windows.image
    (ones[..., : H + 2 * top, : W + 2 * left] if count_include_pad else windows.crop(ones))[:] = 1
    return ones


def _window_sums(padded, windows):
    lines = sum(padded[..., at] for at in windows.columns)
    return sum(lines[..., at, :] for at in windows.rows)


def _windows(name, dims, images, kernel_size, stride, padding, dilation, ceil_mode):
    """The windows of a pooling, whose padding is at most half of the kernel: none holds nothing but padding."""
    kernel = sizes(kernel_size, f"{name}: kernel_size", dims)
    stride = kernel if stride is None else sizes(stride, f"{name}: stride", dims)
    padding, dilation = sizes(padding, f"{name}: padding", dims, 0), sizes(dilation, f"{name}: dilation", dims)
    half = tuple((d * (k - 1) + 1) // 2 for d, k in zip(dilation, kernel))
    if any(p > most for p, most in zip(padding, half)):
        raise ValueError(f"{name}: wanted a padding of at most half the kernel, {half}, got {padding}")
    one = (1,) * (2 - dims)  # a sequence has no height of its own
    padding = [(0, 0)] * (2 - dims) + [(p, p) for p in padding]
    return Windows(name, images.shape[2:], one + kernel, one + stride, padding, one + dilation, ceil_mode, dims)
