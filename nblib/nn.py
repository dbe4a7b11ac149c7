"""Models as objects that hold their parameters, under the names of torch.nn.

A `Module` is anything with a `forward`; its parameters are those attributes that are `Parameter`s, and the
parameters of those that are modules. Weights are (out_features, in_features), as in PyTorch, so that state
dicts copy across.
"""

import itertools
import math
from collections.abc import Mapping
from types import SimpleNamespace

import numpy as np

from nblib import functional as F
from nblib._array import check_tensors, float_dtype, new_array
from nblib._inputs import describe, number, one_of, whole
from nblib.autograd import Tensor, ones, rand, randn, tensor, zeros
from nblib.optim import clip_grad_norm_, clip_grad_value_

utils = SimpleNamespace(clip_grad_norm_=clip_grad_norm_, clip_grad_value_=clip_grad_value_)     # as in PyTorch


class Parameter(Tensor):
    """A tensor that a module learns."""

    __slots__ = ()

    def __init__(self, data, requires_grad=True):
        check_tensors("Parameter", data)
        super().__init__(data.data, requires_grad)


class Buffer(Tensor):
    """A tensor that belongs to a module's state and is not learned, such as a running mean."""

    __slots__ = ()

    def __init__(self, data):
        check_tensors("Buffer", data)
        super().__init__(data.data)


class Module:
    """A part of a model: call super().__init__(), assign parameters and modules, and define `forward`."""

    def __init__(self):
        self.training = True

    def __setattr__(self, name, value):
        if isinstance(value, (Module, Parameter)) and "training" not in vars(self):
            raise AttributeError(f"{type(self).__name__}: wanted super().__init__() before self.{name} = …")
        if isinstance(vars(self).get(name), Parameter) and not isinstance(value, (Parameter, type(None))):
            raise TypeError(f"{type(self).__name__}: wanted nn.Parameter(…) or None as {name}, "
                            f"got {describe(value)}; new numbers go into {name}.data")
        super().__setattr__(name, value)

    def forward(self, *inputs):
        raise NotImplementedError(f"{type(self).__name__}: wanted a forward method")

    def __call__(self, *inputs, **options):
        return self.forward(*inputs, **options)

    def named_children(self):
        return ((name, value) for name, value in vars(self).items() if isinstance(value, Module))

    def children(self):
        return (value for value in vars(self).values() if isinstance(value, Module))

    def modules(self):
        """This module and all below it."""
        return itertools.chain([self], *(child.modules() for child in self.children()))

    def _named_state(self, prefix=""):
        """(name, tensor) of every parameter and buffer, "layer.weight" for a child's."""
        for name, value in vars(self).items():
            if isinstance(value, (Parameter, Buffer)):
                yield prefix + name, value
        for name, child in self.named_children():
            yield from child._named_state(f"{prefix}{name}.")

    def named_parameters(self):
        """(name, parameter); a parameter that two modules share comes once."""
        seen = set()
        for name, value in self._named_state():
            if isinstance(value, Parameter) and value not in seen:
                seen.add(value)
                yield name, value

    def parameters(self):
        return (parameter for _, parameter in self.named_parameters())

    def state_dict(self):
        """{name: tensor} of all parameters and buffers, as they are now."""
        return {name: value.detach() for name, value in self._named_state()}

    def load_state_dict(self, state_dict):
        """Take over the numbers of a state dict, whose values may be tensors of PyTorch or arrays.

        Raises KeyError for names that are missing or unknown, ValueError for another shape, TypeError for what
        is no dict of numbers; the module is then as before.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"load_state_dict: wanted a dict {{name: tensor}}, got {describe(state_dict)}")
        own = dict(self._named_state())
        if own.keys() != state_dict.keys():
            missing, unknown = sorted(own.keys() - state_dict.keys()), sorted(state_dict.keys() - own.keys())
            raise KeyError(f"load_state_dict: missing {missing or 'nothing'}, unknown {unknown or 'nothing'}")
        arrays = {name: value.detach().numpy() if hasattr(value, "detach") else value
                  for name, value in state_dict.items()}
        arrays = {name: new_array(value, own[name].dtype) for name, value in arrays.items()}
        for name, array in arrays.items():
            if array.shape != own[name].shape:
                raise ValueError(f"load_state_dict: wanted {name} {own[name].shape}, got {array.shape}")
        for name, array in arrays.items():
            own[name].data = array

    def train(self, mode=True):
        for module in self.modules():
            module.training = mode
        return self

    def eval(self):
        return self.train(False)

    def requires_grad_(self, requires_grad=True):
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def zero_grad(self):
        for parameter in self.parameters():
            parameter.grad = None

    def to(self, dtype):
        """Convert every floating-point parameter and buffer; changes the module itself, forgets gradients."""
        dtype = float_dtype(dtype, "to")
        for _, value in self._named_state():
            if value.dtype.kind == "f":
                value.grad, value.array = None, value.array.astype(dtype, copy=False)
        return self

    def double(self):
        return self.to(np.float64)

    def extra_repr(self):
        """What stands between the parentheses of repr(module)."""
        return ""

    def __repr__(self):
        lines = [f"({name}): {child!r}".replace("\n", "\n  ") for name, child in self.named_children()]
        inside = "\n  ".join(["", *lines]) + "\n" if lines else self.extra_repr()
        return f"{type(self).__name__}({inside})"


class ModuleList(Module):
    """A list of modules whose parameters are found, unlike those in a list of Python."""

    def __init__(self, modules=()):
        super().__init__()
        self.extend(modules)

    def append(self, module):
        return self.extend([module])

    def extend(self, modules):
        for module in modules:
            if not isinstance(module, Module):
                hint = f"; did you mean {module.__name__}()?" if isinstance(module, type) else ""
                raise TypeError(f"{type(self).__name__}: wanted modules, got {describe(module)}{hint}")
            setattr(self, str(len(self)), module)
        return self

    def __len__(self):
        return len(list(self.children()))

    def __iter__(self):
        return self.children()

    def __getitem__(self, index):
        chosen = list(self.children())[index]
        return type(self)().extend(chosen) if isinstance(index, slice) else chosen


class Sequential(ModuleList):
    """Modules applied one after the other."""

    def __init__(self, *modules):
        super().__init__(modules)

    def forward(self, input):
        for module in self:
            input = module(input)
        return input


# Layers -----------------------------------------------------------------------------------------------------


class Linear(Module):
    """y = x Wᵀ + b for x (…, in_features); weight (out_features, in_features), bias (out_features,).

    Both start uniform between ±1/√in_features.
    """

    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        self.in_features = whole(in_features, "in_features", 1)
        self.out_features = whole(out_features, "out_features", 1)
        self.weight = Parameter(_uniform(out_features, in_features, bound=1 / math.sqrt(in_features)))
        self.bias = Parameter(_uniform(out_features, bound=1 / math.sqrt(in_features))) if bias else None

    def forward(self, input):
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self):
        bias = self.bias is not None
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={bias}"


def _uniform(*size, bound):
    return (rand(*size) * 2 - 1) * bound


class Embedding(Module):
    """A row of numbers for each of `num_embeddings` whole numbers; the table `weight` starts as N(0, 1)."""

    def __init__(self, num_embeddings, embedding_dim):
        super().__init__()
        rows, columns = whole(num_embeddings, "num_embeddings", 1), whole(embedding_dim, "embedding_dim", 1)
        self.weight = Parameter(randn(rows, columns))

    def forward(self, input):
        return F.embedding(input, self.weight)

    def extra_repr(self):
        return f"{self.weight.shape[0]}, {self.weight.shape[1]}"


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


class PReLU(Module):
    """max(0, x) + w · min(0, x) with one learned w, or one per feature."""

    def __init__(self, num_parameters=1, init=0.25):
        super().__init__()
        self.weight = Parameter(ones(num_parameters) * init)

    def forward(self, input):
        return F.prelu(input, self.weight)

    def extra_repr(self):
        return f"num_parameters={self.weight.numel()}"


class Dropout(Module):
    """In training, drops each number with chance p and divides the rest by 1 − p; in eval mode, nothing."""

    def __init__(self, p=0.5):
        super().__init__()
        self.p = number(p, "Dropout: p", 0, 1)

    def forward(self, input):
        return F.dropout(input, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"


# Modules without parameters: a function and its options -----------------------------------------------------


def _module(name, function, *positional, **defaults):
    """A Module class that applies `function`, whose options are arguments and attributes of the module.

    `positional` are the names of those that need no name; ... as default marks one that must be given.
    """
    def __init__(self, *values, **options):
        Module.__init__(self)
        if len(values) > len(positional) or not options.keys() <= defaults.keys():
            raise TypeError(f"{name}: wanted at most the options {', '.join(defaults) or '(none)'}, got "
                            f"{', '.join(map(str, [*values, *options]))}")
        settings = {**defaults, **dict(zip(positional, values)), **options}
        if ... in settings.values():
            raise TypeError(f"{name}: wanted {', '.join(defaults)}, such as {name}({', '.join(defaults)}=1)")
        vars(self).update(settings)

    def forward(self, *inputs):
        return function(*inputs, **{option: getattr(self, option) for option in defaults})

    def extra_repr(self):
        return ", ".join(f"{option}={getattr(self, option)!r}" for option in defaults)

    return type(name, (Module,), {"__init__": __init__, "forward": forward, "extra_repr": extra_repr,
                                  "__doc__": function.__doc__, "__module__": __name__})


Identity = _module("Identity", lambda input: input)
ReLU = _module("ReLU", F.relu)
LeakyReLU = _module("LeakyReLU", F.leaky_relu, "negative_slope", negative_slope=0.01)
ELU = _module("ELU", F.elu, "alpha", alpha=1.0)
SELU = _module("SELU", F.selu)
Sigmoid = _module("Sigmoid", F.sigmoid)
Tanh = _module("Tanh", F.tanh)
Softmax = _module("Softmax", F.softmax, "dim", dim=...)
LogSoftmax = _module("LogSoftmax", F.log_softmax, "dim", dim=...)
Flatten = _module("Flatten", Tensor.flatten, "start_dim", start_dim=1)

MSELoss = _module("MSELoss", F.mse_loss, reduction="mean")
L1Loss = _module("L1Loss", F.l1_loss, reduction="mean")
BCEWithLogitsLoss = _module("BCEWithLogitsLoss", F.binary_cross_entropy_with_logits, reduction="mean")
CrossEntropyLoss = _module("CrossEntropyLoss", F.cross_entropy, reduction="mean")
NLLLoss = _module("NLLLoss", F.nll_loss, reduction="mean")
MultiMarginLoss = _module("MultiMarginLoss", F.multi_margin_loss, margin=1.0, reduction="mean")


# Starting values --------------------------------------------------------------------------------------------


class init:
    """nn.init: functions that give a tensor new numbers, and return it."""

    def constant_(tensor, val):
        return _fill(tensor, np.full(tensor.shape, val))

    def zeros_(tensor):
        return init.constant_(tensor, 0)

    def ones_(tensor):
        return init.constant_(tensor, 1)

    def normal_(tensor, mean=0.0, std=1.0):
        return _fill(tensor, mean + std * randn(*tensor.shape, dtype=np.float64).data)

    def uniform_(tensor, a=0.0, b=1.0):
        return _fill(tensor, a + (b - a) * rand(*tensor.shape, dtype=np.float64).data)

    def xavier_normal_(tensor, gain=1.0):
        """N(0, σ²), σ = gain √(2 / (fan_in + fan_out))  (Glorot & Bengio 2010)"""
        return init.normal_(tensor, 0.0, gain * math.sqrt(2 / sum(_fans(tensor))))

    def xavier_uniform_(tensor, gain=1.0):
        """U(−r, r), r = gain √(6 / (fan_in + fan_out))"""
        r = gain * math.sqrt(6 / sum(_fans(tensor)))
        return init.uniform_(tensor, -r, r)

    def kaiming_normal_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu"):
        """N(0, σ²), σ = gain / √fan, with the gain of `nonlinearity` (√2 for ReLU)  (He et al. 2015)"""
        return init.normal_(tensor, 0.0, _kaiming(tensor, a, mode, nonlinearity))

    def kaiming_uniform_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu"):
        """U(−r, r), r = gain √(3 / fan)"""
        r = math.sqrt(3) * _kaiming(tensor, a, mode, nonlinearity)
        return init.uniform_(tensor, -r, r)

    def calculate_gain(nonlinearity, param=0.01):
        """The factor by which weights make up for what a nonlinearity takes from the standard deviation."""
        gains = {"linear": 1, "sigmoid": 1, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 3 / 4,
                 "leaky_relu": math.sqrt(2 / (1 + param ** 2))}
        return gains[one_of(nonlinearity, "nonlinearity", gains)]


def _fill(tensor, array):
    check_tensors("init", tensor)
    tensor.data = array.astype(tensor.dtype)
    return tensor


def _fans(tensor):
    """(fan_in, fan_out) of a weight (out, in, …): how many inputs an output has, and outputs an input."""
    if tensor.ndim < 2:
        raise ValueError(f"init: wanted a weight of two dimensions or more, got shape {tensor.shape}")
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def _kaiming(tensor, a, mode, nonlinearity):
    fan = dict(zip(("fan_in", "fan_out"), _fans(tensor)))[one_of(mode, "mode", ("fan_in", "fan_out"))]
    return init.calculate_gain(nonlinearity, a) / math.sqrt(fan)
