"""Dropout."""

from nblib._inputs import number
from nblib.nn import functional as F
from nblib.nn.module import Module


class Dropout(Module):
    """In training, drops each number with chance p and divides the rest by 1 − p; in eval mode, nothing."""

    def __init__(self, p=0.5):
        super().__init__()
        self.p = number(p, "Dropout: p", 0, 1)

    def forward(self, input):
        return F.dropout(input, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"
