"""What all optimizers share.

A step gives each parameter θ a new array, computed from the old one and the gradient g. What an optimizer
remembers of a parameter (velocity, averages, the number of steps) is in `state`.
"""

import copy
import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from nblib._inputs import describe
from nblib.autograd import Tensor
from nblib.autograd.dtypes import python_number

# What schedules note in a group, here and in PyTorch; what PyTorch notes there of how it computes the same numbers.
OF_SCHEDULES = {"initial_lr", "max_lr", "min_lr", "max_momentum", "base_momentum"}
OF_TORCH = {"capturable", "differentiable", "foreach", "fused", "param_names"}
NUMBERS = {"step", "mu_product"}  # what is one number in the memory of a parameter of any shape


class Optimizer:
    """Base of all: holds groups of parameters, each a dict with its own `lr` and the other settings.

    `params` is an iterable of parameters, or of dicts {"params": …, "lr": …} with settings of their own.
    A subclass declares the ranges of its settings in `ranges`, and defines `update(p, g, state, **settings)`:
    arrays in, the new array out. A parameter without gradient, such as a frozen one, is left as it is.
    Raises ValueError without parameters, for one that comes twice and for settings out of range, TypeError for
    what is no parameter, no number or no setting.
    """

    ranges = {}  # {setting: function of (value, name) that returns the value, checked}
    fixed = {"amsgrad": False, "decoupled_weight_decay": False, "maximize": False}  # settings in PyTorch only

    def __init__(self, params, **defaults):
        self.defaults, self.param_groups, self.state = defaults, [], defaultdict(dict)
        groups = listed(params, type(self).__name__)
        if not (groups and isinstance(groups[0], dict)):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, param_group):
        """Learn further parameters: a dict {"params": …} with settings of its own, such as those just unfrozen."""
        name = type(self).__name__
        if not (isinstance(param_group, dict) and "params" in param_group):
            raise TypeError(f'{name}: wanted a group {{"params": …}}, got {describe(param_group)}')
        if unknown := param_group.keys() - self.defaults.keys() - {"params"} - OF_SCHEDULES:
            raise TypeError(f"{name}: wanted settings {', '.join(self.defaults)}, got {', '.join(sorted(unknown))}")
        params = param_group["params"]
        params = [params] if isinstance(params, Tensor) else listed(params, name)
        self._check_parameters(params, name)
        self.param_groups.append({**self._checked({**self.defaults, **param_group}), "params": params})

    def _check_parameters(self, params, name):
        if not params:
            raise ValueError(f"{name}: wanted parameters, got none (a generator can be read only once)")
        for p in params:
            if not (isinstance(p, Tensor) and p.is_leaf):
                raise TypeError(
                    f"{name}: wanted parameters (leaf tensors), such as model.parameters(), got {describe(p)}"
                )
        every = [*self._parameters(), *params]
        if len(set(every)) < len(every):
            raise ValueError(f"{name}: wanted each parameter once, got one of them twice")

    def _checked(self, group):
        """The settings of a group within their ranges; NumPy's numbers become Python's, so float32 stays float32."""
        name = type(self).__name__
        group = {
            setting: self.ranges[setting](value, f"{name}: {setting}")
            if setting in self.ranges
            else python_number(value)
            for setting, value in group.items()
        }
        self.check_together(group)
        return group

    def check_together(self, settings):
        """Raise ValueError for settings that do not go together; there is nothing to check here."""

    def zero_grad(self):
        """Forget all gradients: p.grad = None."""
        for p in self._parameters():
            p._grad = None  # p.grad = None, without its check of what is assigned

    def step(self):
        """Change every parameter that has a gradient."""
        for group in self.param_groups:
            settings = {name: group[name] for name in self.defaults}
            for p in group["params"]:
                if (g := p._grad) is not None:
                    new = self.update(p.array, g.array, self.state[p], **settings)
                    p.array = np.asarray(new, p.array.dtype)

    def update(self, p, g, state, **settings):
        """The new array of a parameter, from the old one, its gradient, and what the optimizer remembers of it."""
        raise NotImplementedError(f"{type(self).__name__}: wanted a method update(p, g, state, …)")

    # Save and resume ----------------------------------------------------------------------------------------

    def state_dict(self):
        """All that is needed to resume; parameters are numbered in the order of the groups, as in PyTorch."""
        numbers = {p: i for i, p in enumerate(self._parameters())}
        return {
            "state": {numbers[p]: copy.deepcopy(memory) for p, memory in self.state.items() if memory},
            "param_groups": [
                {
                    **copy.deepcopy({k: v for k, v in group.items() if k != "params"}),
                    "params": [numbers[p] for p in group["params"]],
                }
                for group in self.param_groups
            ],
        }

    def load_state_dict(self, state_dict):
        """Resume from a state dict of the same optimizer, here or in PyTorch, over the same parameters.

        Raises TypeError for what is none, ValueError for one of another optimizer or of other parameters; the
        optimizer is then as before.
        """
        if not (isinstance(state_dict, Mapping) and {"state", "param_groups"} <= state_dict.keys()):
            raise TypeError(f"load_state_dict: wanted an optimizer's state_dict(), got {describe(state_dict)}")
        groups, parameters = state_dict["param_groups"], list(self._parameters())
        sizes = [[len(group["params"]) for group in each] for each in (self.param_groups, groups)]
        if sizes[0] != sizes[1]:
            raise ValueError(f"load_state_dict: wanted groups of {sizes[0]} parameters, got {sizes[1]}")
        groups = [self._checked(self._own_settings(group)) for group in groups]
        numbers = itertools.chain.from_iterable(group["params"] for group in state_dict["param_groups"])
        state = {
            p: {name: _own(value, name, p) for name, value in state_dict["state"][i].items() if value is not None}
            for i, p in zip(numbers, parameters)
            if i in state_dict["state"]
        }
        self.state.clear()
        self.state.update(state)
        for group, saved in zip(self.param_groups, groups):
            group.update(saved)

    def _own_settings(self, saved):
        """The settings of a saved group, without those that only PyTorch has."""
        name, settings = type(self).__name__, {k: v for k, v in saved.items() if k not in {"params", *OF_TORCH}}
        for setting in self.fixed.keys() & settings.keys() - self.defaults.keys():
            if (value := settings.pop(setting)) != self.fixed[setting]:
                raise ValueError(f"load_state_dict: wanted {setting}={self.fixed[setting]} for {name}, got {value}")
        if others := (self.defaults.keys() ^ settings.keys()) - OF_SCHEDULES:
            raise ValueError(f"load_state_dict: wanted the settings of {name}, got others: {', '.join(sorted(others))}")
        return settings

    def _parameters(self):
        return itertools.chain.from_iterable(group["params"] for group in self.param_groups)


def _own(value, name, p):
    """A number or an array of a saved state, as a copy in the parameter's dtype; the values may be PyTorch's."""
    value = np.asarray(value.detach().numpy() if hasattr(value, "detach") else value)
    if name in NUMBERS:
        return value.item()
    if value.shape != p.shape:
        raise ValueError(f"load_state_dict: wanted {name} {p.shape}, got {value.shape}")
    return value.astype(p.dtype)


def listed(parameters, name):
    """A list of an iterable of parameters, such as model.parameters(); TypeError for anything else."""
    if not isinstance(parameters, Iterable) or isinstance(parameters, Tensor):
        raise TypeError(f"{name}: wanted a list of parameters, such as model.parameters(), got {describe(parameters)}")
    return list(parameters)
