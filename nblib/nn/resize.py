"""Layers that give images another size: they have no parameters."""

from nblib.nn import functional as F
from nblib.nn.module import Module


class Upsample(Module):
    """x (N, C, H, W) or (N, C, L) in another size, by repeating pixels: F.interpolate.

    `size` is the new size, or `scale_factor` what the old one is multiplied by.
    """

    def __init__(self, size=None, scale_factor=None, mode="nearest"):
        super().__init__()
        self.size, self.mode = size, mode
        several = isinstance(scale_factor, (tuple, list))
        self.scale_factor = tuple(map(float, scale_factor)) if several else scale_factor and float(scale_factor)

    def forward(self, input):
        """The image in its new size."""
        return F.interpolate(input, self.size, self.scale_factor, self.mode)

    def extra_repr(self):
        """The arguments."""
        size = f"size={self.size}" if self.scale_factor is None else f"scale_factor={self.scale_factor}"
        return f"{size}, mode={self.mode!r}"
