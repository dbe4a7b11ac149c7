"""Optimizers with a step size a parameter of its own."""

import math

import numpy as np

from nblib._inputs import describe, number
from nblib.optim.optimizer import Optimizer


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
