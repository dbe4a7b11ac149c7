"""What all optimizers share.

A step gives each parameter θ a new array, computed from the old one and the gradient g. What an optimizer
remembers of a parameter (velocity, averages, the number of steps) is in `state`.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from nblib._inputs import describe, number
from nblib.autograd import Tensor


class Optimizer:
    """Base of all: holds groups of parameters, each a dict with its own `lr` and the other settings.

    `params` is an iterable of parameters, or of dicts {"params": …, "lr": …} with settings of their own.
    A subclass defines `update(p, g, state, **settings)`: arrays in, the new array out. Raises ValueError
    without parameters, for one that comes twice and for settings out of range, TypeError for what is no
    parameter, no number or no setting.
    """

    def __init__(self, params, **settings):
        name = type(self).__name__
        groups = listed(params, name)
        if not (groups and isinstance(groups[0], dict)):
            groups = [{"params": groups}]
        self.param_groups = [{**settings, **group, "params": listed(group["params"], name)}
                             for group in groups]
        self.state = defaultdict(dict)
        for group in self.param_groups:
            if unknown := group.keys() - settings.keys() - {"params"}:
                raise TypeError(f"{name}: wanted settings {', '.join(settings)}, got {', '.join(unknown)}")
            self._check(group, name)
        if len(set(self._parameters())) < len(list(self._parameters())):
            raise ValueError(f"{name}: wanted each parameter once, got one of them twice")

    def _check(self, group, name):
        """Raise for wrong settings; NumPy's numbers become Python's, which keep float32 arrays float32."""
        for setting in group.keys() & {"lr", "momentum", "dampening", "weight_decay", "alpha", "eps"}:
            group[setting] = number(group[setting], f"{name}: {setting}", 0)
        if not group["params"]:
            raise ValueError(f"{name}: wanted parameters, got none (a generator can be read only once)")
        for p in group["params"]:
            if not (isinstance(p, Tensor) and p.is_leaf):
                raise TypeError(f"{name}: wanted parameters (leaf tensors), such as model.parameters(), "
                                f"got {describe(p)}")

    def zero_grad(self):
        for p in self._parameters():
            p._grad = None                      # p.grad = None, without its check of what is assigned

    def step(self):
        """Change every parameter that has a gradient."""
        for group in self.param_groups:
            settings = {name: value for name, value in group.items() if name not in ("params", "initial_lr")}
            for p in group["params"]:
                if (g := p._grad) is not None:
                    new = self.update(p.array, g.array, self.state[p], **settings)
                    p.array = np.asarray(new, p.array.dtype)

    def state_dict(self):
        """All that is needed to resume; parameters are numbered in the order of the groups, as in PyTorch."""
        numbers = {p: i for i, p in enumerate(self._parameters())}
        return {"state": {numbers[p]: dict(memory) for p, memory in self.state.items()},
                "param_groups": [{**group, "params": [numbers[p] for p in group["params"]]}
                                 for group in self.param_groups]}

    def load_state_dict(self, state_dict):
        """Resume from a state dict of the same optimizer over the same parameters.

        Raises TypeError for what is none, ValueError for one of another optimizer or of other parameters.
        """
        if not (isinstance(state_dict, Mapping) and "param_groups" in state_dict):
            raise TypeError(f"load_state_dict: wanted an optimizer's state_dict(), got {describe(state_dict)}")
        groups, parameters = state_dict["param_groups"], list(self._parameters())
        sizes = [[len(group["params"]) for group in each] for each in (self.param_groups, groups)]
        if sizes[0] != sizes[1]:
            raise ValueError(f"load_state_dict: wanted groups of {sizes[0]} parameters, got {sizes[1]}")
        for group, saved in zip(self.param_groups, groups):
            if others := (group.keys() ^ saved.keys()) - {"initial_lr"}:
                raise ValueError(f"load_state_dict: wanted the settings of {type(self).__name__}, got others: "
                                 f"{', '.join(sorted(others))}")
        for i, memory in state_dict["state"].items():
            for name, value in memory.items():
                if np.ndim(value) and value.shape != parameters[i].shape:
                    raise ValueError(f"load_state_dict: wanted {name} {parameters[i].shape}, got {value.shape}")
        self.state.clear()
        self.state.update((parameters[i], dict(memory)) for i, memory in state_dict["state"].items())
        for group, saved in zip(self.param_groups, groups):
            group.update(saved, params=group["params"])

    def _parameters(self):
        return itertools.chain.from_iterable(group["params"] for group in self.param_groups)


def listed(parameters, name):
    if not isinstance(parameters, Iterable) or isinstance(parameters, Tensor):
        raise TypeError(f"{name}: wanted a list of parameters, such as model.parameters(), "
                        f"got {describe(parameters)}")
    return list(parameters)
