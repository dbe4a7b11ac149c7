"""Activations as modules."""

from nblib.autograd import Tensor, ones
from nblib.nn import functional as F
from nblib.nn.module import Module, Parameter, _module


class PReLU(Module):
    """max(0, x) + w · min(0, x) with one learned w, or one per feature."""

    def __init__(self, num_parameters=1, init=0.25):
        super().__init__()
        self.weight = Parameter(ones(num_parameters) * init)

    def forward(self, input):
        return F.prelu(input, self.weight)

    def extra_repr(self):
        return f"num_parameters={self.weight.numel()}"


Identity = _module("Identity", __name__, lambda input: input)
ReLU = _module("ReLU", __name__, F.relu)
LeakyReLU = _module("LeakyReLU", __name__, F.leaky_relu, "negative_slope", negative_slope=0.01)
ELU = _module("ELU", __name__, F.elu, "alpha", alpha=1.0)
SELU = _module("SELU", __name__, F.selu)
Sigmoid = _module("Sigmoid", __name__, F.sigmoid)
Tanh = _module("Tanh", __name__, F.tanh)
Softmax = _module("Softmax", __name__, F.softmax, "dim", dim=...)
LogSoftmax = _module("LogSoftmax", __name__, F.log_softmax, "dim", dim=...)
Flatten = _module("Flatten", __name__, Tensor.flatten, "start_dim", start_dim=1)
