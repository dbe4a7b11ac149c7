"""Normalization layers."""

from nblib._inputs import number, whole
from nblib.autograd import ones, tensor, zeros
from nblib.autograd.graph import check_tensors
from nblib.nn import functional as F
from nblib.nn.functional.norm import shape_of
from nblib.nn.module import Buffer, Module, Parameter


class _BatchNorm(Module):
    """What BatchNorm1d and BatchNorm2d have in common."""

    shapes = {}  # number of dims: their names

    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True, *, bias=True):
        super().__init__()
        name = type(self).__name__
        self.num_features, self.eps = whole(num_features, f"{name}: num_features", 1), number(eps, f"{name}: eps")
        if eps <= 0:
            raise ValueError(f"{name}: wanted eps above 0, got {eps}; constant features would be divided by 0")
        self.momentum = None if momentum is None else number(momentum, f"{name}: momentum", 0, 1)
        self.affine, self.track_running_stats = affine, track_running_stats
        self.weight = Parameter(ones(num_features)) if affine else None
        self.bias = Parameter(zeros(num_features)) if affine and bias else None
        self.running_mean = Buffer(zeros(num_features)) if track_running_stats else None
        self.running_var = Buffer(ones(num_features)) if track_running_stats else None
        self.num_batches_tracked = Buffer(tensor(0)) if track_running_stats else None

    def forward(self, input):
        """The normalized input, of its shape; ValueError for a shape that is none of `shapes`."""
        check_tensors(type(self).__name__, input)
        if input.ndim not in self.shapes or input.shape[1] != self.num_features:
            wanted = " or ".join(self.shapes.values()).replace("C", str(self.num_features))
            raise ValueError(f"{type(self).__name__}: wanted shape {wanted}, got {input.shape}")
        counts, momentum = self.training and self.track_running_stats, self.momentum
        if counts and momentum is None:
            momentum = 1 / (self.num_batches_tracked.item() + 1)
        y = F.batch_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            momentum,
            self.eps,
        )
        if counts:  # not before: a batch that was refused does not count
            self.num_batches_tracked.data = self.num_batches_tracked.data + 1
        return y

    def extra_repr(self):
        """The arguments."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(_BatchNorm):
    """y = w x̂ + b, x̂ = (x − μ) / √(σ² + ε) per feature of x (N, C) or (N, C, L)  (Ioffe & Szegedy 2015).

    In training μ and σ² are the batch's, in eval mode running averages over the batches seen: F.batch_norm. The
    averages move by the fraction `momentum` towards each batch (None: they are plain averages over all batches).
    """

    shapes = {2: "(N, C)", 3: "(N, C, L)"}

    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True, *, bias=True):
        super().__init__(num_features, eps, momentum, affine, track_running_stats, bias=bias)


class BatchNorm2d(_BatchNorm):
    """y = w x̂ + b, x̂ = (x − μ) / √(σ² + ε) per channel of x (N, C, H, W): see BatchNorm1d.

    μ and σ² are over the batch and all pixels, N·H·W numbers.
    """

    shapes = {4: "(N, C, H, W)"}

    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True, *, bias=True):
        super().__init__(num_features, eps, momentum, affine, track_running_stats, bias=bias)


class LayerNorm(Module):
    """y = w x̂ + b, x̂ = (x − μ) / √(σ² + ε) over the last dims of x (…, *normalized_shape)  (Ba et al. 2016).

    Each example, or each step of a sequence, by itself, in training as in eval mode: F.layer_norm.
    """

    def __init__(self, normalized_shape, eps=1e-5, elementwise_affine=True, bias=True):
        super().__init__()
        self.normalized_shape, self.eps = shape_of(normalized_shape, "LayerNorm"), number(eps, "LayerNorm: eps", 0)
        self.elementwise_affine = elementwise_affine
        self.weight = Parameter(ones(self.normalized_shape)) if elementwise_affine else None
        self.bias = Parameter(zeros(self.normalized_shape)) if elementwise_affine and bias else None

    def forward(self, input):
        """The normalized input, of its shape."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self):
        """The arguments."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class GroupNorm(Module):
    """y = w x̂ + b, x̂ = (x − μ) / √(σ² + ε) over groups of channels of x (N, C, …)  (Wu & He 2018).

    Each example by itself, in training as in eval mode: F.group_norm.
    """

    def __init__(self, num_groups, num_channels, eps=1e-5, affine=True, *, bias=True):
        super().__init__()
        self.num_groups = whole(num_groups, "GroupNorm: num_groups", 1)
        self.num_channels = whole(num_channels, "GroupNorm: num_channels", 1)
        self.eps, self.affine = number(eps, "GroupNorm: eps", 0), affine
        if num_channels % num_groups:
            raise ValueError(f"GroupNorm: wanted num_groups that divides {num_channels} channels, got {num_groups}")
        self.weight = Parameter(ones(num_channels)) if affine else None
        self.bias = Parameter(zeros(num_channels)) if affine and bias else None

    def forward(self, input):
        """The normalized input, of its shape."""
        check_tensors("GroupNorm", input)
        if input.ndim < 2 or input.shape[1] != self.num_channels:
            raise ValueError(f"GroupNorm: wanted shape (N, {self.num_channels}, …), got {input.shape}")
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self):
        """The arguments."""
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class LocalResponseNorm(Module):
    """y_c = x_c / (k + α/n Σ x²_c′)^β over the n = `size` channels c′ around c of x (N, C, …): F.local_response_norm.

    AlexNet's normalization (Krizhevsky et al. 2012), which has no parameters; batch normalization took its place.
    """

    def __init__(self, size, alpha=1e-4, beta=0.75, k=1.0):
        super().__init__()
        self.size, self.alpha, self.beta, self.k = whole(size, "LocalResponseNorm: size", 1), alpha, beta, k

    def forward(self, input):
        """The normalized input, of its shape."""
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self):
        """The arguments."""
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
