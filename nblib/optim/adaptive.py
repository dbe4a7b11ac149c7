"""Optimizers with a step size of its own for each number, from the size of its gradients so far.

In all of them weight decay λ adds λ θ to g, unless they say otherwise, and t counts the steps.
"""

import numpy as np

from nblib.optim.optimizer import Optimizer
from nblib.optim.ranges import at_least_0, below_1, two_below_1, yes_or_no


def count(state):
    """The number of this step, counting from 1, for a parameter that remembers `state`."""
    state["step"] = state.get("step", 0) + 1
    return state["step"]


def average(state, name, value, beta):
    """The exponentially weighted average of a name, m ← β m + (1 − β) value, which starts from 0."""
    state[name] = beta * state.get(name, 0) + (1 - beta) * value
    return state[name]


class Adagrad(Optimizer):
    """s ← s + g², θ ← θ − α_t g / (√s + ε), α_t = α / (1 + (t − 1) · lr_decay)  (Duchi, Hazan & Singer 2011)

    s starts at `initial_accumulator_value`.
    """

    ranges = {
        "lr": at_least_0,
        "lr_decay": at_least_0,
        "weight_decay": at_least_0,
        "initial_accumulator_value": at_least_0,
        "eps": at_least_0,
    }

    def __init__(self, params, lr=1e-2, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10):
        super().__init__(
            params,
            lr=lr,
            lr_decay=lr_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
        )

    def update(self, p, g, state, lr, lr_decay, weight_decay, initial_accumulator_value, eps):
        """The formulas of the class."""
        g = g + weight_decay * p if weight_decay else g
        rate = lr / (1 + (count(state) - 1) * lr_decay)
        state["sum"] = state.get("sum", initial_accumulator_value) + g * g
        return p - rate * g / (np.sqrt(state["sum"]) + eps)


class RMSprop(Optimizer):
    """s ← ρ s + (1 − ρ) g², θ ← θ − α g / (√s + ε), where ρ is called `alpha`  (Hinton 2012)

    `centered` takes the variance s − m² in the place of s, m being the average of g (Graves 2013). With momentum
    μ, v ← μ v + g / (√s + ε) and θ ← θ − α v.
    """

    ranges = {
        "lr": at_least_0,
        "alpha": at_least_0,
        "eps": at_least_0,
        "weight_decay": at_least_0,
        "momentum": at_least_0,
        "centered": yes_or_no,
    }

    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False):
        super().__init__(
            params, lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum, centered=centered
        )

    def update(self, p, g, state, lr, alpha, eps, weight_decay, momentum, centered):
        """The formulas of the class."""
        g = g + weight_decay * p if weight_decay else g
        count(state)
        size = average(state, "square_avg", g * g, alpha)
        if centered:
            size = np.maximum(size - average(state, "grad_avg", g, alpha) ** 2, 0)  # not below by rounding
        step = g / (np.sqrt(size) + eps)
        if momentum:
            step = state["momentum_buffer"] = momentum * state.get("momentum_buffer", 0) + step
        return p - lr * step


class Adadelta(Optimizer):
    """s ← ρ s + (1 − ρ) g², δ = g √(u + ε) / √(s + ε), u ← ρ u + (1 − ρ) δ², θ ← θ − α δ  (Zeiler 2012)

    A step is as large as former steps, not as gradients: its unit is that of θ.
    """

    ranges = {"lr": at_least_0, "rho": below_1, "eps": at_least_0, "weight_decay": at_least_0}

    def __init__(self, params, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0):
        super().__init__(params, lr=lr, rho=rho, eps=eps, weight_decay=weight_decay)

    def update(self, p, g, state, lr, rho, eps, weight_decay):
        """The formulas of the class."""
        g = g + weight_decay * p if weight_decay else g
        count(state)
        former = state.get("acc_delta", np.zeros_like(p))
        step = g * np.sqrt(former + eps) / np.sqrt(average(state, "square_avg", g * g, rho) + eps)
        average(state, "acc_delta", step * step, rho)
        return p - lr * step


class Adam(Optimizer):
    """m ← β₁ m + (1 − β₁) g, s ← β₂ s + (1 − β₂) g², θ ← θ − α m̂ / (√ŝ + ε)  (Kingma & Ba 2015)

    m̂ = m / (1 − β₁ᵗ) and ŝ = s / (1 − β₂ᵗ) undo the start from zero.
    """

    ranges = {"lr": at_least_0, "betas": two_below_1, "eps": at_least_0, "weight_decay": at_least_0}

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def update(self, p, g, state, lr, betas, eps, weight_decay):
        """The formulas of the class."""
        g = g + weight_decay * p if weight_decay else g
        return p - lr * _adam_direction(g, state, betas, eps)


class AdamW(Adam):
    """Adam, but weight decay shrinks θ by 1 − α λ and leaves g alone  (Loshchilov & Hutter 2019)"""

    fixed = {**Adam.fixed, "decoupled_weight_decay": True}

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(params, lr, betas, eps, weight_decay)

    def update(self, p, g, state, lr, betas, eps, weight_decay):
        """The formulas of the class."""
        return p * (1 - lr * weight_decay) - lr * _adam_direction(g, state, betas, eps)


class NAdam(Optimizer):
    """Adam with Nesterov's momentum: m̂ looks one step ahead  (Dozat 2016)

    θ ← θ − α m̂ / (√ŝ + ε), m̂ = (1 − μ_t) g / (1 − Π_{i≤t} μ_i) + μ_{t+1} m / (1 − Π_{i≤t+1} μ_i), with
    μ_t = β₁ (1 − 0.96^(t ψ) / 2), where ψ is called `momentum_decay`; m, s and ŝ are Adam's. With
    `decoupled_weight_decay`, weight decay is AdamW's.
    """

    ranges = {
        "lr": at_least_0,
        "betas": two_below_1,
        "eps": at_least_0,
        "weight_decay": at_least_0,
        "momentum_decay": at_least_0,
        "decoupled_weight_decay": yes_or_no,
    }

    def __init__(
        self,
        params,
        lr=2e-3,
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0,
        momentum_decay=4e-3,
        decoupled_weight_decay=False,
    ):
        super().__init__(
            params,
            lr=lr,
            betas=betas,
            eps=eps,
            weight_decay=weight_decay,
            momentum_decay=momentum_decay,
            decoupled_weight_decay=decoupled_weight_decay,
        )

    def update(self, p, g, state, lr, betas, eps, weight_decay, momentum_decay, decoupled_weight_decay):
        """The formulas of the class."""
        if decoupled_weight_decay:
            p = p * (1 - lr * weight_decay)
        elif weight_decay:
            g = g + weight_decay * p
        t = count(state)
        now, ahead = (betas[0] * (1 - 0.96 ** (i * momentum_decay) / 2) for i in (t, t + 1))
        product = state["mu_product"] = state.get("mu_product", 1.0) * now
        mean = average(state, "exp_avg", g, betas[0])
        size = np.sqrt(average(state, "exp_avg_sq", g * g, betas[1]) / (1 - betas[1] ** t))
        return p - lr * ((1 - now) / (1 - product) * g + ahead / (1 - product * ahead) * mean) / (size + eps)


class LAMB(Optimizer):
    """Adam's direction, scaled layer by layer: θ ← θ − α (‖θ‖ / ‖u‖) u, u = m̂ / (√ŝ + ε) + λ θ  (You et al. 2020)

    m̂ and ŝ are Adam's. Each parameter tensor is a layer, and moves by the fraction α of its own length; where θ
    or u is 0, the factor ‖θ‖ / ‖u‖ is 1. PyTorch has no such optimizer.
    """

    ranges = Adam.ranges

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-6, weight_decay=1e-2):
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def update(self, p, g, state, lr, betas, eps, weight_decay):
        """The formulas of the class."""
        u = _adam_direction(g, state, betas, eps) + weight_decay * p
        lengths = float(np.linalg.norm(p)), float(np.linalg.norm(u))
        return p - lr * (lengths[0] / lengths[1] if all(lengths) else 1) * u


def _adam_direction(g, state, betas, eps):
    """m̂ / (√ŝ + ε)"""
    t = count(state)
    mean = average(state, "exp_avg", g, betas[0]) / (1 - betas[0] ** t)
    square = average(state, "exp_avg_sq", g * g, betas[1]) / (1 - betas[1] ** t)
    return mean / (np.sqrt(square) + eps)
