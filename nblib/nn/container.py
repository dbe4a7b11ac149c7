"""Modules made of modules: lists and dicts whose parameters are found, unlike those in a list of Python."""

from collections import OrderedDict

from nblib._inputs import describe
from nblib.nn.module import Module, Parameter


class _Numbered(Module):
    """A list whose entries are the attributes "0", "1", …; `kind` says of what, in `words`."""

    kind, words = Module, "modules"

    def __init__(self, values=()):
        super().__init__()
        self.extend(values)

    def _checked(self, value):
        if isinstance(value, self.kind):
            return value
        hint = f"; did you mean {value.__name__}()?" if isinstance(value, type) else ""
        raise TypeError(f"{type(self).__name__}: wanted {self.words}, got {describe(value)}{hint}")

    def _entries(self):
        return [(name, value) for name, value in vars(self).items() if isinstance(value, self.kind)]

    def append(self, value):
        """Add one at the end."""
        return self.extend([value])

    def extend(self, values):
        """Add several at the end."""
        for value in values:
            setattr(self, str(len(self)), self._checked(value))
        return self

    def __len__(self):
        return len(self._entries())

    def __iter__(self):
        return (value for _, value in self._entries())

    def __getitem__(self, index):
        chosen = list(self)[index]
        return type(self)().extend(chosen) if isinstance(index, slice) else chosen

    def __setitem__(self, index, value):
        setattr(self, self._entries()[index][0], self._checked(value))


class ModuleList(_Numbered):
    """A list of modules, for a `forward` of your own to go through."""

    def __init__(self, modules=()):
        super().__init__(modules)


class ParameterList(_Numbered):
    """A list of parameters."""

    kind, words = Parameter, "nn.Parameter(…)"

    def __init__(self, values=()):
        super().__init__(values)


class Sequential(_Numbered):
    """Modules applied one after the other: Sequential(first, second), or an OrderedDict of them by name."""

    def __init__(self, *modules):
        named = len(modules) == 1 and isinstance(modules[0], OrderedDict)
        super().__init__(() if named else modules)
        for name, module in modules[0].items() if named else ():
            setattr(self, name, self._checked(module))

    def forward(self, input):
        """What the last module makes of what the one before it made, and so on."""
        for module in self:
            input = module(input)
        return input

    def __getitem__(self, index):
        return Sequential(OrderedDict(self._entries()[index])) if isinstance(index, slice) else list(self)[index]


class ModuleDict(Module):
    """A dict of modules, for a `forward` of your own to choose from."""

    def __init__(self, modules=None):
        super().__init__()
        self.update(modules or {})

    def update(self, modules):
        """Add the modules of a dict {name: module}."""
        for name, module in dict(modules).items():
            self[name] = module

    def __setitem__(self, name, module):
        if not isinstance(module, Module):
            raise TypeError(f"ModuleDict: wanted modules, got {describe(module)}")
        if not isinstance(name, str) or "." in name or hasattr(self, name) and name not in self:
            raise KeyError(f"ModuleDict: wanted a name that is no method's, without a dot, got {describe(name)}")
        setattr(self, name, module)

    def __getitem__(self, name):
        return dict(self.items())[name]

    def __contains__(self, name):
        return name in self.keys()

    def __len__(self):
        return len(self.keys())

    def __iter__(self):
        return iter(self.keys())

    def keys(self):
        """The names."""
        return dict(self.items()).keys()

    def values(self):
        """The modules."""
        return dict(self.items()).values()

    def items(self):
        """(name, module) of each."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Module)}.items()
