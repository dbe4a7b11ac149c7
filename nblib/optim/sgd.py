"""Stochastic gradient descent, with momentum."""

from nblib.optim.optimizer import Optimizer


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
