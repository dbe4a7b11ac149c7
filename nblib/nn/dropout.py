"""Dropout layers."""

from nblib._inputs import number
from nblib.nn import functional as F
from nblib.nn.module import Module


class Dropout(Module):
    """In training, drops each number of x with chance p and divides the rest by 1 − p; in eval mode, nothing.

    F.dropout  (Srivastava et al. 2014).
    """

    def __init__(self, p=0.5):
        super().__init__()
        self.p = number(p, "Dropout: p", 0, 1)

    def forward(self, input):
        """The input with some numbers dropped, of its shape."""
        return F.dropout(input, self.p, self.training)

    def extra_repr(self):
        """The argument."""
        return f"p={self.p}"


class Dropout2d(Module):
    """In training, drops each channel of x (N, C, H, W) as a whole with chance p and divides the rest by 1 − p.

    F.dropout2d  (Tompson et al. 2015).
    """

    def __init__(self, p=0.5):
        super().__init__()
        self.p = number(p, "Dropout2d: p", 0, 1)

    def forward(self, input):
        """The input with some channels dropped, of its shape."""
        return F.dropout2d(input, self.p, self.training)

    def extra_repr(self):
        """The argument."""
        return f"p={self.p}"
