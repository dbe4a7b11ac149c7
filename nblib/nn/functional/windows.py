"""The windows of a kernel on an image: what convolution and pooling share.

A kernel element meets one pixel of each window. All these pixels together are a slice of the image, taken every
`stride` rows and columns: x[..., rows[i], columns[j]] for the element (i, j).
"""

import math

import numpy as np

from nblib._inputs import describe, whole

BLOCK = 2**18  # numbers worked on at once: a megabyte, about as much as a processor keeps at hand


class Windows:
    """The windows of a kernel on images (H, W).

    `padding` is ((top, bottom), (left, right)); `out` is (OH, OW), the number of windows along the height and along
    the width, with OH = ⌊(H + top + bottom − d_h (KH − 1) − 1) / s_h⌋ + 1 (⌈ ⌉ where `ceil_mode`, but no window
    begins behind the image). `rows[i]` and `columns[j]` are the slices of the padded image that kernel element (i, j)
    meets. Raises ValueError, after `name`, when no window fits; `dims` is 1 for sequences, images of height 1.
    """

    def __init__(self, name, image, kernel, stride, padding, dilation, ceil_mode=False, dims=2):
        padded = tuple(size + sum(p) for size, p in zip(image, padding))
        span = tuple(d * (k - 1) + 1 for d, k in zip(dilation, kernel))
        if any(size < s for size, s in zip(padded, span)):
            raise ValueError(
                f"{name}: wanted a kernel that fits into the padded image, {padded[-dims:]}, got one that "
                f"spans {span[-dims:]}; use a smaller one, or more padding"
            )
        self.image, self.kernel = tuple(image), kernel
        self.out = tuple(map(_count, padded, span, stride, padding, image, [ceil_mode] * 2))
        self.rows, self.columns = (
            [slice(i * d, i * d + s * (n - 1) + 1, s) for i in range(k)]
            for k, d, s, n in zip(kernel, dilation, stride, self.out)
        )
        needed = (self.rows[-1].stop, self.columns[-1].stop)  # more than `padded` in ceil mode
        self.padding = tuple((a, max(b, n - size - a)) for (a, b), n, size in zip(padding, needed, image))
        self.padded = tuple(size + sum(p) for size, p in zip(image, self.padding))

    def pad(self, x, value=0):
        """Images (N, C, H, W) with `value` around them."""
        if not any(map(any, self.padding)):
            return x
        padded = np.full((*x.shape[:2], *self.padded), value, x.dtype)
        self.crop(padded)[:] = x
        return padded

    def crop(self, padded):
        """The image (N, C, H, W) inside a padded one."""
        (top, _), (left, _) = self.padding
        return padded[..., top : top + self.image[0], left : left + self.image[1]]

    def unfold(self, x):
        """The windows (N, C, KH, KW, OH, OW) of images (N, C, H, W).

        Along the width first: cutting those shorter pieces along the height then copies whole blocks of rows.
        """
        x = self.pad(x)
        lines = np.stack([x[..., at] for at in self.columns], axis=2)  # (N, C, KW, H, OW)
        return np.stack([lines[..., at, :] for at in self.rows], axis=2)

    def fold(self, windows):
        """The way back: images in which each pixel is the sum of what stands for it in all windows."""
        N, C, _, KW, _, OW = windows.shape
        H, W = self.padded
        lines = np.zeros((N, C, KW, H, OW), windows.dtype)
        for i, at in enumerate(self.rows):
            lines[..., at, :] += windows[:, :, i]
        padded = np.zeros((N, C, H, W), windows.dtype)
        for j, at in enumerate(self.columns):
            padded[..., at] += lines[:, :, j]
        return self.crop(padded)


def _count(padded, span, stride, padding, size, ceil_mode):
    """How many windows there are along one dim."""
    if not ceil_mode:
        return (padded - span) // stride + 1
    count = -((span - padded) // stride) + 1  # −⌊−a / b⌋ is ⌈a / b⌉
    return count - 1 if (count - 1) * stride >= size + padding[0] else count


def blocks(n, size):
    """Slices of n things of `size` numbers each, alike in length, that are worked on at once."""
    step = math.ceil(n / max(1, math.ceil(n * size / BLOCK))) or 1
    return [slice(i, min(n, i + step)) for i in range(0, n, step)]


def sizes(value, name, dims, low=1):
    """One whole number for each of `dims` dims, from one for all of them or from a tuple."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,) * dims
    if len(values) not in (1, dims):
        raise ValueError(f"{name}: wanted a whole number or {dims} of them, got {describe(value)}")
    return tuple(whole(v, name, low) for v in (values if len(values) == dims else values * dims))


def check_images(name, x, dims=2, whole_numbers=False):
    """TypeError or ValueError, after `name`, unless `x` is an array of images (N, C, H, W) or of one, (C, H, W)."""
    if not isinstance(x, np.ndarray):
        raise TypeError(f"{name}: wanted a tensor of images, got {describe(x)}; make one with tensor(…)")
    if x.dtype.kind != "f" and not (whole_numbers and x.dtype.kind in "iu"):
        raise TypeError(f"{name}: wanted floating-point numbers, got {x.dtype}; use .float()")
    if x.ndim not in (dims + 1, dims + 2):
        one = ("C, L", "C, H, W")[dims - 1]
        raise ValueError(f"{name}: wanted shape (N, {one}) or ({one}), got {x.shape}")


def as_images(x, dims=2):
    """Arrays (N, C, L), (C, L) and (C, H, W) as (N, C, H, W), with sizes of 1 where there was no dim."""
    batch = x.shape[: -dims - 1] or (1,)
    return x.reshape(*batch, x.shape[-dims - 1], *(1,) * (2 - dims), *x.shape[-dims:])
