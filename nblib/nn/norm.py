"""Normalization layers."""

from nblib.autograd import ones, tensor, zeros
from nblib.nn import functional as F
from nblib.nn.module import Buffer, Module, Parameter


class BatchNorm1d(Module):
    """Batch normalization of x (N, C) or (N, C, L), by running statistics in eval mode: see F.batch_norm."""

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight, self.bias = Parameter(ones(num_features)), Parameter(zeros(num_features))
        self.running_mean, self.running_var = Buffer(zeros(num_features)), Buffer(ones(num_features))
        self.num_batches_tracked = Buffer(tensor(0))

    def forward(self, input):
        if input.ndim not in (2, 3):
            raise ValueError(f"BatchNorm1d: wanted shape (N, C) or (N, C, L), got {input.shape}")
        if self.training:
            self.num_batches_tracked.data = self.num_batches_tracked.data + 1
        return F.batch_norm(input, self.running_mean, self.running_var, self.weight, self.bias,
                            self.training, self.momentum, self.eps)

    def extra_repr(self):
        return f"{self.weight.shape[0]}, eps={self.eps}, momentum={self.momentum}"
