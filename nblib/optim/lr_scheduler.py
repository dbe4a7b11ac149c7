"""Learning-rate schedules: call step() after each epoch."""

import math

from nblib._inputs import number, whole


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
