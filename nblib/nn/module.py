"""Models as objects that hold their parameters.

A `Module` is anything with a `forward`; its parameters are those attributes that are `Parameter`s, and the
parameters of those that are modules. Weights are (out_features, in_features), as in PyTorch, so that state
dicts copy across.
"""

import functools
import inspect
from collections import namedtuple
from collections.abc import Mapping

from nblib._inputs import describe
from nblib.autograd import Tensor
from nblib.autograd.dtypes import float32, float64, float_dtype, new_array
from nblib.autograd.graph import check_tensors

IncompatibleKeys = namedtuple("IncompatibleKeys", "missing_keys unexpected_keys")


class Parameter(Tensor):
    """A tensor that a module learns."""

    __slots__ = ()

    def __init__(self, data, requires_grad=True):
        check_tensors("Parameter", data)
        super().__init__(data.data, requires_grad)


class Buffer(Tensor):
    """A tensor that belongs to a module and is not learned, such as a running mean.

    It is part of the module's state dict if it is `persistent`.
    """

    __slots__ = ("persistent",)

    def __init__(self, data, persistent=True):
        check_tensors("Buffer", data)
        super().__init__(data.data)
        self.persistent = persistent


class RemovableHandle:
    """What register_forward_hook returns: `remove()`, or the end of a `with` block, takes the hook off again."""

    def __init__(self, hooks, hook):
        self.hooks = hooks
        hooks[self] = hook

    def remove(self):
        """Take the hook off; a second time changes nothing."""
        self.hooks.pop(self, None)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.remove()


def _in_words(init):
    """`init`, with a refusal of its arguments that shows the call as it was meant.

    Python's own words count `self`: "ReLU.__init__() takes 1 positional argument but 2 were given".
    """
    signature = inspect.signature(init)

    @functools.wraps(init)
    def run(self, *values, **options):
        try:
            signature.bind(self, *values, **options)
        except TypeError as error:
            own = type(self).__init__ is run  # else the call is a super().__init__(…)
            name = type(self).__name__ if own else init.__qualname__.split(".")[-2]
            wanted = signature.replace(parameters=list(signature.parameters.values())[1:])
            got = ", ".join([*map(_short, values), *(f"{key}={_short(value)}" for key, value in options.items())])
            raise TypeError(f"{name}: wanted {name}{wanted}, got {name}({got}): {error}") from None
        init(self, *values, **options)

    return run


def _short(value):
    """`value` as it would be written, if that is short."""
    text = repr(value)
    return text if len(text) <= 40 and "\n" not in text else f"a {type(value).__name__}"


class Module:
    """A part of a model: call super().__init__(), assign parameters and modules, and define `forward`."""

    _buffers = {}  # {name: persistent}; a module with buffers has a dict of its own
    shown = ()  # names of the attributes that repr(module) shows
    _forward_hooks = {}  # a module with hooks has a dict of its own

    @_in_words
    def __init__(self):
        self.training = True

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        if "__init__" in vars(cls):
            cls.__init__ = _in_words(cls.__init__)

    def __setattr__(self, name, value):
        if isinstance(value, (Module, Parameter)) and "training" not in vars(self):
            raise AttributeError(f"{type(self).__name__}: wanted super().__init__() before self.{name} = …")
        if isinstance(vars(self).get(name), Parameter) and not isinstance(value, (Parameter, type(None))):
            raise TypeError(
                f"{type(self).__name__}: wanted nn.Parameter(…) or None as {name}, "
                f"got {describe(value)}; new numbers go into {name}.data"
            )
        if isinstance(value, Buffer) or name in self._buffers:
            value = self._noted(name, value)
        super().__setattr__(name, value)

    def _noted(self, name, value):
        """`value` as it becomes an attribute; what takes the place of a buffer is one too: nothing is lost."""
        own = vars(self).setdefault("_buffers", {})
        if isinstance(value, Buffer):
            own[name] = value.persistent
        elif isinstance(value, (Parameter, Module)):
            own.pop(name, None)
        elif value is not None:
            if not isinstance(value, Tensor) or value.requires_grad:
                raise TypeError(
                    f"{type(self).__name__}: wanted a tensor without gradient, or None, as the buffer "
                    f"{name}, got {describe(value)}; use .detach()"
                )
            return Buffer(value, own[name])
        return value

    def forward(self, *inputs):
        """What the module computes; each subclass defines its own. Call the module itself, not `forward`."""
        raise NotImplementedError(f"{type(self).__name__}: wanted a forward method")

    def __call__(self, *inputs, **options):
        """What `forward` computes, after the hooks have seen it."""
        output = self.forward(*inputs, **options)
        return self._show_hooks(inputs, output) if self._forward_hooks else output

    # Hooks --------------------------------------------------------------------------------------------------

    def register_forward_hook(self, hook):
        """Call `hook(module, inputs, output)` after each forward, with the tuple of inputs.

        What it returns, unless that is None, takes the place of the output. Returns a handle with `remove()`.
        """
        if not callable(hook):
            raise TypeError(
                f"register_forward_hook: wanted a function of (module, inputs, output), got {describe(hook)}"
            )
        return RemovableHandle(vars(self).setdefault("_forward_hooks", {}), hook)

    def _show_hooks(self, inputs, output):
        for hook in list(self._forward_hooks.values()):  # a copy: a hook may remove itself
            instead = hook(self, inputs, output)
            output = output if instead is None else instead
        return output

    # What a module contains ---------------------------------------------------------------------------------

    def named_children(self):
        """(name, module) of the modules that are attributes of this one, each once."""
        seen = set()
        for name, value in vars(self).items():
            if isinstance(value, Module) and value not in seen:
                seen.add(value)
                yield name, value

    def children(self):
        """The modules that are attributes of this one."""
        return (child for _, child in self.named_children())

    def named_modules(self, memo=None, prefix=""):
        """(name, module) of this one, whose name is "", and all below it, such as "layers.0"; each once."""
        memo = set() if memo is None else memo
        if self not in memo:
            memo.add(self)
            yield prefix, self
            for name, child in self.named_children():
                yield from child.named_modules(memo, f"{prefix}.{name}" if prefix else name)

    def modules(self):
        """This module and all below it, each once."""
        return (module for _, module in self.named_modules())

    def get_submodule(self, target):
        """The module of that name in named_modules(). Raises AttributeError where there is none."""
        module = self
        for name in target.split(".") if target else ():
            module = vars(module).get(name)
            if not isinstance(module, Module):
                names = ", ".join(name for name, _ in self.named_modules() if name)
                raise AttributeError(f"get_submodule: wanted one of {names or '(no modules)'}, got {target}")
        return module

    def apply(self, fn):
        """Call `fn(module)` for every module below this one and then for this one, such as to initialize it."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def _named_state(self, prefix=""):
        """(name, tensor) of every parameter and buffer, "layer.weight" for a child's."""
        for name, value in vars(self).items():
            if isinstance(value, (Parameter, Buffer)):
                yield prefix + name, value
        for name, value in vars(self).items():
            if isinstance(value, Module):
                yield from value._named_state(f"{prefix}{name}.")

    def _named(self, kind):
        seen = set()
        for name, value in self._named_state():
            if isinstance(value, kind) and value not in seen:
                seen.add(value)
                yield name, value

    def named_parameters(self):
        """(name, parameter); a parameter that two modules share comes once."""
        return self._named(Parameter)

    def parameters(self):
        """Every parameter of this module and those below it, once."""
        return (parameter for _, parameter in self.named_parameters())

    def named_buffers(self):
        """(name, buffer); a buffer that two modules share comes once."""
        return self._named(Buffer)

    def buffers(self):
        """Every buffer of this module and those below it, once."""
        return (buffer for _, buffer in self.named_buffers())

    def register_buffer(self, name, tensor, persistent=True):
        """Keep `tensor`, which is not learned, as the attribute `name`: self.name = Buffer(tensor)."""
        if not isinstance(name, str) or not name.isidentifier() or hasattr(self, name):
            raise KeyError(f"register_buffer: wanted a new name for an attribute, got {describe(name)}")
        vars(self).setdefault("_buffers", {})[name] = persistent
        setattr(self, name, None if tensor is None else Buffer(tensor, persistent))

    def register_parameter(self, name, param):
        """Learn `param` as the attribute `name`, or None if there is none: self.name = param."""
        setattr(self, name, param)

    # State --------------------------------------------------------------------------------------------------

    def _persistent(self):
        return {name: value for name, value in self._named_state() if getattr(value, "persistent", True)}

    def state_dict(self):
        """{name: tensor} of all parameters and persistent buffers, as they are now."""
        return {name: value.detach() for name, value in self._persistent().items()}

    def load_state_dict(self, state_dict, strict=True):
        """Take over the numbers of a state dict, whose values may be tensors of PyTorch or arrays.

        Returns (missing_keys, unexpected_keys), both empty unless strict=False allows others.
        Raises KeyError for names that are missing or unknown, ValueError for another shape, TypeError for what
        is no dict of numbers; the module is then as before.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"load_state_dict: wanted a dict {{name: tensor}}, got {describe(state_dict)}")
        own = self._persistent()
        missing, unknown = sorted(own.keys() - state_dict.keys()), sorted(state_dict.keys() - own.keys())
        if strict and (missing or unknown):
            raise KeyError(f"load_state_dict: missing {missing or 'nothing'}, unknown {unknown or 'nothing'}")
        arrays = {name: _array(state_dict[name], tensor) for name, tensor in own.items() if name in state_dict}
        for name, array in arrays.items():
            if array.shape != own[name].shape:
                raise ValueError(f"load_state_dict: wanted {name} {own[name].shape}, got {array.shape}")
        for name, array in arrays.items():
            own[name].data = array
        return IncompatibleKeys(missing, unknown)

    def train(self, mode=True):
        """Set `training` in all modules: dropout drops, batch normalization uses the batch's statistics."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self):
        """Set `training` to False in all modules."""
        return self.train(False)

    def requires_grad_(self, requires_grad=True):
        """Freeze (False) or unfreeze all parameters below; frozen ones cost no backward work and do not move.

        Freezing also forgets their gradients, which PyTorch keeps: an optimizer would still step along them.
        """
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
            if not requires_grad:
                parameter.grad = None
        return self

    def zero_grad(self):
        """Forget all gradients: p.grad = None."""
        for parameter in self.parameters():
            parameter.grad = None

    def to(self, dtype):
        """Convert every floating-point parameter and buffer; changes the module itself, forgets gradients."""
        dtype = float_dtype(dtype, "to")
        for _, value in self._named_state():
            if value.dtype.kind == "f":
                value.grad, value.array = None, value.array.astype(dtype, copy=False)
        return self

    def float(self):
        """Convert to float32: see `to`."""
        return self.to(float32)

    def double(self):
        """Convert to float64: see `to`."""
        return self.to(float64)

    def extra_repr(self):
        """What stands between the parentheses of repr(module)."""
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in self.shown)

    def __repr__(self):
        lines = [
            f"({name}): {child!r}".replace("\n", "\n  ")
            for name, child in vars(self).items()
            if isinstance(child, Module)
        ]
        inside = "\n  ".join(["", *lines]) + "\n" if lines else self.extra_repr()
        return f"{type(self).__name__}({inside})"


def _array(value, tensor):
    """The numbers of a state dict's value, as a new array of the dtype of `tensor`."""
    return new_array(value.detach().numpy() if hasattr(value, "detach") else value, tensor.dtype)
