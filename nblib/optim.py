"""Optimizers, learning-rate schedules and gradient clipping, under the names of torch.optim.

A step gives each parameter θ a new array, computed from the old one and the gradient g. What an optimizer
remembers of a parameter (velocity, averages, the number of steps) is in `state`.
"""

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import SimpleNamespace

import numpy as np

from nblib._inputs import describe, number, whole
from nblib.autograd import Tensor, tensor


class Optimizer:
    """Base of all: holds groups of parameters, each a dict with its own `lr` and the other settings.

    `params` is an iterable of parameters, or of dicts {"params": …, "lr": …} with settings of their own.
    A subclass defines `update(p, g, state, **settings)`: arrays in, the new array out. Raises ValueError
    without parameters, for one that comes twice and for settings out of range, TypeError for what is no
    parameter, no number or no setting.
    """

    def __init__(self, params, **settings):
        name = type(self).__name__
        groups = _listed(params, name)
        if not (groups and isinstance(groups[0], dict)):
            groups = [{"params": groups}]
        self.param_groups = [{**settings, **group, "params": _listed(group["params"], name)}
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


def _listed(parameters, name):
    if not isinstance(parameters, Iterable) or isinstance(parameters, Tensor):
        raise TypeError(f"{name}: wanted a list of parameters, such as model.parameters(), "
                        f"got {describe(parameters)}")
    return list(parameters)


class SGD(Optimizer):
    """v ← μ v + (1 − dampening) g (v ← g at first), θ ← θ − α v; Nesterov's form steps along g + μ v.

    Weight decay λ adds λ θ to g. (Polyak 1964; Sutskever et al. 2013)
    """

    def __init__(self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False):
        super().__init__(params, lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay,
                         nesterov=nesterov)

    def _check(self, group, name):
        super()._check(group, name)
        momentum, dampening = group["momentum"], group["dampening"]
        if group["nesterov"] and (momentum == 0 or dampening != 0):
            raise ValueError(f"SGD: nesterov wants momentum > 0, dampening 0, got {momentum}, {dampening}")

    def update(self, p, g, state, lr, momentum, dampening, weight_decay, nesterov):
        g = g + weight_decay * p if weight_decay else g
        if momentum:
            v = momentum * state["momentum_buffer"] + (1 - dampening) * g if state else g.copy()
            state["momentum_buffer"] = v
            g = g + momentum * v if nesterov else v
        return p - lr * g


class Adagrad(Optimizer):
    """s ← s + g², θ ← θ − α g / (√s + ε)  (Duchi, Hazan & Singer 2011)"""

    def __init__(self, params, lr=1e-2, weight_decay=0, eps=1e-10):
        super().__init__(params, lr=lr, weight_decay=weight_decay, eps=eps)

    def update(self, p, g, state, lr, weight_decay, eps):
        g = g + weight_decay * p if weight_decay else g
        state["sum"] = state.get("sum", 0) + g * g
        return p - lr * g / (np.sqrt(state["sum"]) + eps)


class RMSprop(Optimizer):
    """s ← ρ s + (1 − ρ) g², θ ← θ − α g / (√s + ε), where ρ is called `alpha`  (Hinton 2012)"""

    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0):
        super().__init__(params, lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay)

    def update(self, p, g, state, lr, alpha, eps, weight_decay):
        g = g + weight_decay * p if weight_decay else g
        state["square_avg"] = alpha * state.get("square_avg", 0) + (1 - alpha) * g * g
        return p - lr * g / (np.sqrt(state["square_avg"]) + eps)


class Adam(Optimizer):
    """m ← β₁ m + (1 − β₁) g, s ← β₂ s + (1 − β₂) g², θ ← θ − α m̂ / (√ŝ + ε)  (Kingma & Ba 2015)

    m̂ = m / (1 − β₁ᵗ) and ŝ = s / (1 − β₂ᵗ) undo the start from zero.
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def _check(self, group, name):
        super()._check(group, name)
        if not (isinstance(group["betas"], (tuple, list)) and len(group["betas"]) == 2):
            raise TypeError(f"{name}: betas: wanted two numbers, got {describe(group['betas'])}")
        group["betas"] = tuple(number(beta, f"{name}: betas", 0, math.nextafter(1, 0))
                               for beta in group["betas"])

    def update(self, p, g, state, lr, betas, eps, weight_decay):
        g = g + weight_decay * p if weight_decay else g
        t = state["step"] = state.get("step", 0) + 1
        state["exp_avg"] = betas[0] * state.get("exp_avg", 0) + (1 - betas[0]) * g
        state["exp_avg_sq"] = betas[1] * state.get("exp_avg_sq", 0) + (1 - betas[1]) * g * g
        mean, square = state["exp_avg"] / (1 - betas[0] ** t), state["exp_avg_sq"] / (1 - betas[1] ** t)
        return p - lr * mean / (np.sqrt(square) + eps)


class AdamW(Adam):
    """Adam, but weight decay shrinks θ by 1 − α λ and leaves g alone  (Loshchilov & Hutter 2019)"""

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(params, lr, betas, eps, weight_decay)

    def update(self, p, g, state, lr, betas, eps, weight_decay):
        return super().update(p * (1 - lr * weight_decay), g, state, lr, betas, eps, weight_decay=0)


# Schedules: call step() after each epoch --------------------------------------------------------------------


class LambdaLR:
    """α ← α₀ · lr_lambda(t), where t counts the calls of step() and α₀ is each group's rate at the start.

    A rate that is set by hand lasts until the next step(); α₀ itself is `initial_lr` in the group.
    """

    def __init__(self, optimizer, lr_lambda):
        self.optimizer, self.lr_lambda = optimizer, lr_lambda
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
        self._set(0)

    def step(self):
        self._set(self.last_epoch + 1)

    def _set(self, t):
        self.last_epoch = t
        for group in self.optimizer.param_groups:
            group["lr"] = float(self.rate(t, group["initial_lr"]))

    def state_dict(self):
        return {"last_epoch": self.last_epoch}

    def load_state_dict(self, state_dict):
        """Go on from that time, in an optimizer that has loaded its own state (and with it α₀) before."""
        self._set(whole(state_dict["last_epoch"], "load_state_dict: last_epoch"))

    def rate(self, t, initial):
        return initial * self.lr_lambda(t)

    def get_last_lr(self):
        return [group["lr"] for group in self.optimizer.param_groups]


class StepLR(LambdaLR):
    """α = α₀ γ^⌊t / step_size⌋"""

    def __init__(self, optimizer, step_size, gamma=0.1):
        whole(step_size, "StepLR: step_size", 1)
        number(gamma, "StepLR: gamma", 0)
        super().__init__(optimizer, lambda t: gamma ** (t // step_size))


class ExponentialLR(LambdaLR):
    """α = α₀ γᵗ"""

    def __init__(self, optimizer, gamma):
        number(gamma, "ExponentialLR: gamma", 0)
        super().__init__(optimizer, lambda t: gamma ** t)


class CosineAnnealingLR(LambdaLR):
    """α = α_min + (α₀ − α_min) (1 + cos(π t / T_max)) / 2  (Loshchilov & Hutter 2017)"""

    def __init__(self, optimizer, T_max, eta_min=0.0):
        self.eta_min = eta_min
        whole(T_max, "CosineAnnealingLR: T_max", 1)
        super().__init__(optimizer, lambda t: (1 + math.cos(math.pi * t / T_max)) / 2)

    def rate(self, t, initial):
        return self.eta_min + (initial - self.eta_min) * self.lr_lambda(t)


lr_scheduler = SimpleNamespace(LambdaLR=LambdaLR, StepLR=StepLR, ExponentialLR=ExponentialLR,
                               CosineAnnealingLR=CosineAnnealingLR)


# Clipping: call between backward() and step() ---------------------------------------------------------------


def clip_grad_norm_(parameters, max_norm):
    """g ← g · min(1, max_norm / ‖g‖) with one norm over all gradients together, which is returned."""
    max_norm, with_grad = number(max_norm, "clip_grad_norm_: max_norm", 0), _with_grad(parameters)
    total = math.sqrt(sum(float(np.vdot(p.grad.data, p.grad.data)) for p in with_grad))
    for p in with_grad:
        p.grad = p.grad * min(max_norm / (total + 1e-6), 1.0)
    return tensor(total, with_grad[0].dtype if with_grad else None)


def clip_grad_value_(parameters, clip_value):
    """g ← min(max(g, −clip_value), clip_value), number by number."""
    clip_value = number(clip_value, "clip_grad_value_: clip_value", 0)
    for p in _with_grad(parameters):
        p.grad = p.grad.clamp(-clip_value, clip_value)


def _with_grad(parameters):
    parameters = [parameters] if isinstance(parameters, Tensor) else _listed(parameters, "clip_grad")
    return [p for p in parameters if p.grad is not None]
