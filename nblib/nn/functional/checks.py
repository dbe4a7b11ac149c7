"""What losses and layers check before they compute."""

from nblib.autograd.graph import check_tensors


def check_alike(name, input, target):
    """Two tensors of one shape and dtype: (N, 1) against (N,) would broadcast to N × N without a word."""
    check_tensors(name, input, target)
    if input.shape != target.shape or input.numel() == 0:
        raise ValueError(f"{name}: wanted two tensors of one shape, got {input.shape} and {target.shape}")
    if input.dtype != target.dtype:
        raise TypeError(f"{name}: wanted a target of dtype {input.dtype}, got {target.dtype}; use .to(dtype)")


def check_labels(name, input, target):
    check_tensors(name, input, target)
    if input.ndim != 2 or input.shape[:1] != target.shape or input.numel() == 0:
        raise ValueError(f"{name}: wanted shape (N, C) and labels (N,), got {input.shape} and {target.shape}")
    check_range(name, target, input.shape[1])


def check_range(name, labels, size):
    if labels.dtype.kind not in "iu":
        raise TypeError(f"{name}: wanted whole numbers, got {labels.dtype}; use .long()")
    if labels.numel() and not 0 <= labels.data.min() <= labels.data.max() < size:
        wrong = labels.data[(labels.data < 0) | (labels.data >= size)]
        raise IndexError(f"{name}: wanted whole numbers from 0 to {size - 1}, got {wrong[0]}")
