"""Convolution with a kernel for each channel: rows of the image times a band matrix.

A window of one channel has only KH·KW numbers, too few for its copy into columns to pay. But one row of kernel moved
along one row of an image is a product with a band matrix, for a kernel (a, b, c) and rows of 4 without padding

                    ⎡a 0⎤
    (x₀ x₁ x₂ x₃) · ⎢b a⎥  =  (a x₀ + b x₁ + c x₂,  a x₁ + b x₂ + c x₃)
                    ⎢c b⎥
                    ⎣0 c⎦

and KH rows below each other, taken as one long row, meet the KH band matrices below each other: all rows of a channel,
of all images, are a few matrix products.
"""

import math

import numpy as np

from nblib.autograd import once
from nblib.nn.functional.windows import blocks


def by_bands(x, w, b, windows):
    """The value and the vjps for images (N, C, H, W) and kernels (C, 1, KH, KW), some channels at a time."""
    stack, (diagonals, bands) = Stack(len(x), w.shape[2], windows), _bands(w, windows)
    C, KH, W, OW = bands.shape
    long_bands = bands.reshape(C, KH * W, OW)
    parts = blocks(C, stack.rows * max(W, OW))
    y, kept = np.empty((len(x), C, *windows.out), x.dtype), [stack.lines(x[:, some], stack.inside) for some in parts]
    for some, X in zip(parts, kept):
        y[:, some] = stack.images(stack.times(X, long_bands[some]), stack.outside)
    if b is not None:
        y += b.reshape(-1, 1, 1)

    @once
    def g_lines(g):  # with KH − 1 lines before them, for the windows that end at each line
        return [stack.lines(g[:, some], stack.outside, KH - 1) for some in parts]

    def of_images(g):  # ∂L/∂x row r = Σ_i g row (r − i) · (band i)ᵀ
        long_transposed, dx = bands[:, ::-1].mT.reshape(C, KH * OW, W), np.empty(x.shape, x.dtype)
        for some, G in zip(parts, g_lines(g)):
            dx[:, some] = stack.images(stack.times(G, long_transposed[some]), stack.inside)
        return dx

    def of_kernels(g):  # ∂L/∂(band i) = Σ_r (x row r + i)ᵀ · g row r, of which the band counts
        dbands = np.concatenate([stack.products(X, G[:, KH - 1 :]) for X, G in zip(kept, g_lines(g))])
        dbands = dbands.reshape(bands.shape)
        return np.stack([dbands[:, :, u, q].sum(2) for u, q in diagonals], axis=2)

    return y, of_images, of_kernels


class Stack:
    """The rows of all images below each other, as lines (c, rows + KH − 1, W), with zeros between two images.

    There are as many zeros as the padding needs, for the image above and the one below alike. A window that
    reaches from one image into the next stands at a line that nobody reads.
    """

    def __init__(self, N, KH, windows):
        (top, bottom), H = windows.padding[0], windows.image[0]
        self.outside, self.inside = windows.rows[0], slice(top, top + H)  # an image's rows of y and of x
        self.N, self.KH, self.height = N, KH, max(H + max(top, bottom), self.outside.stop)
        self.rows = math.ceil(N * self.height / KH) * KH

    def lines(self, images, at, before=0):
        """The lines of images (N, c, h, w), whose rows come to `at` of their place."""
        lines = np.zeros((images.shape[1], self.rows + self.KH - 1, images.shape[3]), images.dtype)
        self.images(lines[:, before:], at)[:] = images
        return lines

    def images(self, lines, at):
        """The way back, as a view."""
        lines = lines[:, : self.N * self.height]
        return lines.reshape(len(lines), self.N, self.height, lines.shape[2])[:, :, at].swapaxes(0, 1)

    def long_rows(self, lines, m):
        """The windows of KH lines that begin at line m, m + KH, m + 2 KH, …: a view (c, rows / KH, KH·W)."""
        return lines[:, m : m + self.rows].reshape(len(lines), self.rows // self.KH, self.KH * lines.shape[2])

    def times(self, lines, matrices):
        """The windows of all lines times matrices (c, KH·W, V): (c, rows, V)."""
        out = np.empty((len(lines), self.rows // self.KH, self.KH, matrices.shape[2]), lines.dtype)
        for m in range(self.KH):
            np.matmul(self.long_rows(lines, m), matrices, out=out[:, :, m])
        return out.reshape(len(lines), self.rows, matrices.shape[2])

    def products(self, lines, g):
        """The sum, over all lines, of (window of KH lines)ᵀ · (line of g): (c, KH·W, V)."""
        g = g.reshape(len(g), self.rows // self.KH, self.KH, g.shape[2])
        return sum(self.long_rows(lines, m).mT @ g[:, :, m] for m in range(self.KH))


def _bands(w, windows):
    """For each kernel column j the places (u, q) of its weights in a band matrix, and the matrices (C, KH, W, OW).

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
