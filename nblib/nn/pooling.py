"""Pooling layers: they have no parameters."""

from nblib.nn import functional as F
from nblib.nn.functional.windows import sizes
from nblib.nn.module import Module


class _MaxPool(Module):
    """What MaxPool1d and MaxPool2d have in common."""

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, *, ceil_mode=False):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation, self.ceil_mode = padding, dilation, ceil_mode

    def extra_repr(self):
        """The arguments."""
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """The largest number of each window of x (N, C, L) or (C, L): F.max_pool1d."""

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, *, ceil_mode=False):
        super().__init__(kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)

    def forward(self, input):
        """The largest numbers, (N, C, OL)."""
        return F.max_pool1d(input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)


class MaxPool2d(_MaxPool):
    """The largest number of each window of x (N, C, H, W) or (C, H, W): F.max_pool2d.

    The stride is the kernel size unless given: MaxPool2d(2) halves height and width.
    """

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, *, ceil_mode=False):
        super().__init__(kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)

    def forward(self, input):
        """The largest numbers, (N, C, OH, OW)."""
        return F.max_pool2d(input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)


class _AvgPool(Module):
    """What AvgPool1d and AvgPool2d have in common."""

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode, self.count_include_pad = padding, ceil_mode, count_include_pad

    def extra_repr(self):
        """The arguments."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPool):
    """The mean of each window of x (N, C, L) or (C, L): F.avg_pool1d."""

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
        stride = kernel_size if stride is None else stride
        super().__init__(
            sizes(kernel_size, "AvgPool1d: kernel_size", 1),
            sizes(stride, "AvgPool1d: stride", 1),
            sizes(padding, "AvgPool1d: padding", 1, 0),
            ceil_mode,
            count_include_pad,
        )

    def forward(self, input):
        """The means, (N, C, OL)."""
        return F.avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)


class AvgPool2d(_AvgPool):
    """The mean of each window of x (N, C, H, W) or (C, H, W): F.avg_pool2d.

    The stride is the kernel size unless given. Zeros of the padding count unless `count_include_pad` is False.
    """

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)

    def forward(self, input):
        """The means, (N, C, OH, OW)."""
        return F.avg_pool2d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)


class AdaptiveAvgPool2d(Module):
    """Means of windows that cover the image, as many as `output_size` says: F.adaptive_avg_pool2d.

    AdaptiveAvgPool2d(1) is global average pooling, (N, C, H, W) to (N, C, 1, 1)  (Lin, Chen & Yan 2014).
    """

    def __init__(self, output_size):
        super().__init__()
        self.output_size = output_size

    def forward(self, input):
        """The means, (N, C, *output_size)."""
        return F.adaptive_avg_pool2d(input, self.output_size)

    def extra_repr(self):
        """The argument."""
        return f"output_size={self.output_size}"


class AdaptiveMaxPool2d(Module):
    """The largest numbers of windows that cover the image, as many as `output_size` says: F.adaptive_max_pool2d."""

    def __init__(self, output_size):
        super().__init__()
        self.output_size = output_size

    def forward(self, input):
        """The largest numbers, (N, C, *output_size)."""
        return F.adaptive_max_pool2d(input, self.output_size)

    def extra_repr(self):
        """The argument."""
        return f"output_size={self.output_size}"
