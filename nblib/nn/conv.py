"""Convolutional layers."""

import math

from nblib._inputs import whole
from nblib.autograd import zeros
from nblib.nn import functional as F
from nblib.nn import init
from nblib.nn.functional.conv import paddings
from nblib.nn.functional.windows import sizes
from nblib.nn.module import Module, Parameter


class _Conv(Module):
    """What Conv1d and Conv2d have in common."""

    dims = 0

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True):
        super().__init__()
        name = type(self).__name__
        self.in_channels = whole(in_channels, f"{name}: in_channels", 1)
        self.out_channels = whole(out_channels, f"{name}: out_channels", 1)
        self.groups = whole(groups, f"{name}: groups", 1)
        self.kernel_size = sizes(kernel_size, f"{name}: kernel_size", self.dims)
        self.stride = sizes(stride, f"{name}: stride", self.dims)
        self.dilation = sizes(dilation, f"{name}: dilation", self.dims)
        self.padding = padding if isinstance(padding, str) else sizes(padding, f"{name}: padding", self.dims, 0)
        if in_channels % groups or out_channels % groups:
            raise ValueError(
                f"{name}: wanted groups that divide {in_channels} channels and {out_channels} filters, got {groups}"
            )
        paddings(name, self.padding, self.kernel_size, self.stride, self.dilation)  # which may refuse it
        self.weight = Parameter(zeros(out_channels, in_channels // groups, *self.kernel_size))
        self.bias = Parameter(zeros(out_channels)) if bias else None
        self.reset_parameters()

    def reset_parameters(self):
        """Draw new starting values."""
        bound = 1 / math.sqrt(math.prod(self.weight.shape[1:]))
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def extra_repr(self):
        """The arguments, those that are not the default by name."""
        parts = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"]
        parts += [f"padding={self.padding}"] * (self.padding != (0,) * self.dims)
        parts += [f"dilation={self.dilation}"] * (self.dilation != (1,) * self.dims)
        parts += [f"groups={self.groups}"] * (self.groups != 1) + ["bias=False"] * (self.bias is None)
        return ", ".join(parts)


class Conv1d(_Conv):
    """y[n, k, t] = b[k] + Σ_c Σ_i W[k, c, i] · x[n, c, s·t + d·i]: F.conv1d with learned kernels.

    x (N, in_channels, L) or (in_channels, L); y has out_channels channels. See Conv2d.
    """

    dims = 1

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True):
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias)

    def forward(self, input):
        """The convolution of sequences (N, C, L) or (C, L)."""
        return F.conv1d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class Conv2d(_Conv):
    """y[n, k, p, q] = b[k] + Σ_c Σ_i Σ_j W[k, c, i, j] · x[n, c, s·p + d·i, s·q + d·j]  (LeCun et al. 1989).

    x (N, in_channels, H, W) or (in_channels, H, W); y has out_channels channels and OH = ⌊(H + 2 padding − d (KH − 1)
    − 1) / s⌋ + 1 rows. weight (out_channels, in_channels / groups, KH, KW), bias (out_channels,): out_channels ·
    (in_channels / groups · KH · KW + 1) parameters. They start uniform between ±1/√(in_channels / groups · KH · KW).

    kernel_size, stride, padding and dilation are whole numbers or one for each dim; padding may be "valid", none, or
    "same", which keeps the size. Raises ValueError for groups that do not divide the channels.
    """

    dims = 2

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True):
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias)

    def forward(self, input):
        """The convolution of images (N, C, H, W) or (C, H, W)."""
        return F.conv2d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)
