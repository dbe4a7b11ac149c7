"""Models as objects that hold their parameters.

A `Module` is anything with a `forward`; its parameters are those attributes that are `Parameter`s, and the
parameters of those that are modules. Weights are (out_features, in_features), as in PyTorch, so that state
dicts copy across.
"""

import itertools
from collections.abc import Mapping

import numpy as np

from nblib._inputs import describe
from nblib.autograd import Tensor
from nblib.autograd.dtypes import float_dtype, new_array
from nblib.autograd.graph import check_tensors


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


def _module(name, module, function, *positional, **defaults):
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
                                  "__doc__": function.__doc__, "__module__": module})
