"""Stochastic gradient descent, with momentum."""

from nblib.optim.optimizer import Optimizer
from nblib.optim.ranges import any_number, at_least_0, yes_or_no


class SGD(Optimizer):
    """v ← μ v + (1 − dampening) g (v ← g at first), θ ← θ − α v; Nesterov's form steps along g + μ v.

    Weight decay λ adds λ θ to g. (Polyak 1964; Sutskever et al. 2013)
    """

    ranges = {
        "lr": at_least_0,
        "momentum": at_least_0,
        "dampening": any_number,
        "weight_decay": at_least_0,
        "nesterov": yes_or_no,
    }

    def __init__(self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False):
        super().__init__(
            params, lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay, nesterov=nesterov
        )

    def check_together(self, settings):
        """Nesterov's form needs momentum, and no dampening."""
        momentum, dampening = settings["momentum"], settings["dampening"]
        if settings["nesterov"] and (momentum == 0 or dampening != 0):
            raise ValueError(f"SGD: nesterov wants momentum > 0, dampening 0, got {momentum}, {dampening}")

    def update(self, p, g, state, lr, momentum, dampening, weight_decay, nesterov):
        """The formulas of the class."""
        g = g + weight_decay * p if weight_decay else g
        if momentum:
            v = momentum * state["momentum_buffer"] + (1 - dampening) * g if state else g.copy()
            state["momentum_buffer"] = v
            g = g + momentum * v if nesterov else v
        return p - lr * g
