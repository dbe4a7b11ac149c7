"""Learning-rate schedules: call step() after each epoch, or after each batch.

The rate is a function of t, the number of calls, and of α₀, each group's rate at the start (`initial_lr` in the
group). So a rate that is set by hand lasts until the next step(), and of two schedules on one optimizer the last
to step has its way: for one after the other there is SequentialLR. Schedules that PyTorch has no class for are a
line of LambdaLR: 1/t by `lambda t: 1 / (1 + t)`, inverse square root by `lambda t: (1 + t) ** -0.5`.
"""

import bisect
import itertools
import math

from nblib._inputs import describe, number, one_of, whole
from nblib.optim.optimizer import Optimizer
from nblib.optim.ranges import below_1


class LRScheduler:
    """Base of all: a subclass defines `factor(t)`, so that α = α₀ · factor(t), or `rate(t, initial)`.

    Raises TypeError for what is no optimizer, ValueError for a rate below 0.
    """

    def __init__(self, optimizer):
        self.optimizer = optimizer
        for group in _groups(optimizer, type(self).__name__):
            group.setdefault("initial_lr", group["lr"])
        self.set_time(0)

    def step(self):
        """Go on to the next rate."""
        self.set_time(self.last_epoch + 1)

    def set_time(self, t):
        """Set the rates of time t."""
        for group, rate in zip(self.optimizer.param_groups, self.rates(t)):
            group["lr"] = number(rate, f"{type(self).__name__}: rate at time {t}", 0)
        self.last_epoch = t

    def rates(self, t):
        """The rate of each group at time t, which may be any time: nothing is changed."""
        return [self.rate(t, group.setdefault("initial_lr", group["lr"])) for group in self.optimizer.param_groups]

    def rate(self, t, initial):
        """The rate at time t of a group that started with `initial`."""
        return initial * self.factor(t)

    def factor(self, t):
        """What the rate at the start is multiplied by at time t."""
        raise NotImplementedError(f"{type(self).__name__}: wanted a method factor(t) or rate(t, initial)")

    def get_last_lr(self):
        """The present rate of each group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self):
        """What is needed to resume, besides the optimizer's own state: the time."""
        return {"last_epoch": self.last_epoch}

    def load_state_dict(self, state_dict):
        """Go on from that time, in an optimizer that has loaded its own state (and with it α₀) before."""
        self.set_time(whole(state_dict["last_epoch"], "load_state_dict: last_epoch"))


class LambdaLR(LRScheduler):
    """α = α₀ · lr_lambda(t), for a function, or a list of one function a group."""

    def __init__(self, optimizer, lr_lambda):
        several = isinstance(lr_lambda, (list, tuple))
        self.lr_lambdas = list(lr_lambda) if several else [lr_lambda]
        if wrong := [f for f in self.lr_lambdas if not callable(f)]:
            raise TypeError(f"LambdaLR: wanted functions of t, got {describe(wrong[0])}")
        if several and len(lr_lambda) != (n := len(_groups(optimizer, "LambdaLR"))):
            raise ValueError(f"LambdaLR: wanted a function for each of {n} groups, got {len(lr_lambda)}")
        super().__init__(optimizer)

    def rates(self, t):
        """The rate of each group at time t."""
        groups = self.optimizer.param_groups
        functions = self.lr_lambdas * len(groups) if len(self.lr_lambdas) == 1 else self.lr_lambdas
        return [group.setdefault("initial_lr", group["lr"]) * f(t) for group, f in zip(groups, functions)]


class ConstantLR(LRScheduler):
    """α = factor · α₀ for t < total_iters, then α₀"""

    def __init__(self, optimizer, factor=1 / 3, total_iters=5):
        self.first_factor = number(factor, "ConstantLR: factor", 0)
        self.total_iters = whole(total_iters, "ConstantLR: total_iters", 1)
        super().__init__(optimizer)

    def factor(self, t):
        """`factor` or 1."""
        return self.first_factor if t < self.total_iters else 1.0


class StepLR(LRScheduler):
    """α = α₀ γ^⌊t / step_size⌋"""

    def __init__(self, optimizer, step_size, gamma=0.1):
        self.step_size = whole(step_size, "StepLR: step_size", 1)
        self.gamma = number(gamma, "StepLR: gamma", 0)
        super().__init__(optimizer)

    def factor(self, t):
        """γ^⌊t / step_size⌋"""
        return self.gamma ** (t // self.step_size)


class MultiStepLR(LRScheduler):
    """α = α₀ γ^(number of milestones up to t)"""

    def __init__(self, optimizer, milestones, gamma=0.1):
        self.milestones = sorted(_times(milestones, "MultiStepLR"))
        self.gamma = number(gamma, "MultiStepLR: gamma", 0)
        super().__init__(optimizer)

    def factor(self, t):
        """γ^(number of milestones up to t)"""
        return self.gamma ** bisect.bisect_right(self.milestones, t)


class ExponentialLR(LRScheduler):
    """α = α₀ γᵗ"""

    def __init__(self, optimizer, gamma):
        self.gamma = number(gamma, "ExponentialLR: gamma", 0)
        super().__init__(optimizer)

    def factor(self, t):
        """γᵗ"""
        return self.gamma**t


class LinearLR(LRScheduler):
    """α moves evenly from start_factor · α₀ to end_factor · α₀ over total_iters steps, and stays: a warm-up."""

    def __init__(self, optimizer, start_factor=1 / 3, end_factor=1.0, total_iters=5):
        self.start_factor = number(start_factor, "LinearLR: start_factor", 0)
        self.end_factor = number(end_factor, "LinearLR: end_factor", 0)
        self.total_iters = whole(total_iters, "LinearLR: total_iters", 1)
        super().__init__(optimizer)

    def factor(self, t):
        """start + (end − start) · min(t, total) / total"""
        return self.start_factor + (self.end_factor - self.start_factor) * min(t, self.total_iters) / self.total_iters


class PolynomialLR(LRScheduler):
    """α = α₀ (1 − t / total_iters)^power, then 0"""

    def __init__(self, optimizer, total_iters=5, power=1.0):
        self.total_iters = whole(total_iters, "PolynomialLR: total_iters", 1)
        self.power = number(power, "PolynomialLR: power", 0)
        super().__init__(optimizer)

    def factor(self, t):
        """(1 − min(t, total) / total)^power"""
        return (1 - min(t, self.total_iters) / self.total_iters) ** self.power


class CosineAnnealingLR(LRScheduler):
    """α = α_min + (α₀ − α_min) (1 + cos(π t / T_max)) / 2, α_min being `eta_min`  (Loshchilov & Hutter 2017)

    After T_max it rises again, as in PyTorch.
    """

    def __init__(self, optimizer, T_max, eta_min=0.0):
        self.T_max = whole(T_max, "CosineAnnealingLR: T_max", 1)
        self.eta_min = number(eta_min, "CosineAnnealingLR: eta_min", 0)
        super().__init__(optimizer)

    def rate(self, t, initial):
        """Half a cosine from `initial` to eta_min."""
        return _between(initial, self.eta_min, t / self.T_max)


class CosineAnnealingWarmRestarts(LRScheduler):
    """Half a cosine from α₀ to eta_min in T_0 steps, again and again, each T_mult times as long as the last

    (Loshchilov & Hutter 2017)
    """

    def __init__(self, optimizer, T_0, T_mult=1, eta_min=0.0):
        self.T_0 = whole(T_0, "CosineAnnealingWarmRestarts: T_0", 1)
        self.T_mult = whole(T_mult, "CosineAnnealingWarmRestarts: T_mult", 1)
        self.eta_min = number(eta_min, "CosineAnnealingWarmRestarts: eta_min", 0)
        super().__init__(optimizer)

    def rate(self, t, initial):
        """Half a cosine from `initial` to eta_min, as far as the present round has come."""
        length = self.T_0
        while t >= length:
            t, length = t - length, length * self.T_mult
        return _between(initial, self.eta_min, t / length)


class OneCycleLR(LRScheduler):
    """α rises from max_lr / div_factor to max_lr, and falls to a final_div_factor-th of where it began.

    The rise takes the fraction pct_start of total_steps (or of epochs · steps_per_epoch); each way is half a
    cosine, or a line with anneal_strategy="linear". With three_phase it first falls back to the start, as slowly
    as it rose. Momentum, or β₁, meanwhile goes from max_momentum to base_momentum and back, unless cycle_momentum
    is off. max_lr may be a list, one a group. After the last step the rate stays; a further step is a ValueError.
    (Smith & Topin 2018)
    """

    def __init__(
        self,
        optimizer,
        max_lr,
        total_steps=None,
        epochs=None,
        steps_per_epoch=None,
        pct_start=0.3,
        anneal_strategy="cos",
        cycle_momentum=True,
        base_momentum=0.85,
        max_momentum=0.95,
        div_factor=25.0,
        final_div_factor=1e4,
        three_phase=False,
    ):
        if total_steps is None:
            total_steps = whole(epochs, "OneCycleLR: total_steps, or else epochs", 1) * whole(
                steps_per_epoch, "OneCycleLR: steps_per_epoch", 1
            )
        self.total_steps = whole(total_steps, "OneCycleLR: total_steps", 1)
        self.pct_start = number(pct_start, "OneCycleLR: pct_start", 0, 1)
        self.anneal = {"cos": _between, "linear": _linearly_between}[
            one_of(anneal_strategy, "OneCycleLR: anneal_strategy", ("cos", "linear"))
        ]
        self.div_factor = number(div_factor, "OneCycleLR: div_factor", 1)
        self.final_div_factor = number(final_div_factor, "OneCycleLR: final_div_factor", 1)
        self.momenta = [below_1(value, "OneCycleLR: momentum") for value in (max_momentum, base_momentum)]
        self.cycle_momentum, self.three_phase = cycle_momentum, three_phase
        self.max_lrs = _one_a_group(optimizer, max_lr, "OneCycleLR: max_lr")
        if cycle_momentum and not {"momentum", "betas"} & optimizer.defaults.keys():
            raise ValueError(
                f"OneCycleLR: wanted an optimizer with momentum or betas, or cycle_momentum=False, "
                f"got {type(optimizer).__name__}"
            )
        for group, top in zip(optimizer.param_groups, self.max_lrs):
            group["initial_lr"] = top / self.div_factor
        super().__init__(optimizer)

    def rates(self, t):
        """The rate of each group at time t."""
        starts = [top / self.div_factor for top in self.max_lrs]
        return [
            self._on_the_way(t, start, top, start / self.final_div_factor) for start, top in zip(starts, self.max_lrs)
        ]

    def set_time(self, t):
        """Set the rates, and the momentum, of time t."""
        if t > self.total_steps:
            raise ValueError(f"OneCycleLR: wanted at most {self.total_steps} steps, got {t}")
        super().set_time(t)
        momentum = self._on_the_way(t, *self.momenta, self.momenta[0])
        for group in self.optimizer.param_groups if self.cycle_momentum else ():
            group.update({"betas": (momentum, group["betas"][1])} if "betas" in group else {"momentum": momentum})

    def _on_the_way(self, t, start, top, last):
        """The value at time t between those three (or four: start, top, start, last)."""
        end, rise = self.total_steps - 1, self.pct_start * self.total_steps - 1
        times, values = [0, rise, end], [start, top, last]
        if self.three_phase:
            times, values = [0, rise, 2 * rise, end], [start, top, start, last]
        i = 0
        while i < len(times) - 2 and not times[i] < times[i + 1] >= t:
            i += 1
        length = times[i + 1] - times[i]
        return self.anneal(values[i], values[i + 1], (min(t, end) - times[i]) / length if length else 1)


class SequentialLR(LRScheduler):
    """One schedule after the other: at each milestone the next begins, at its own time 0.

    A warm-up: SequentialLR(optimizer, [LinearLR(optimizer, 0.1), CosineAnnealingLR(optimizer, 95)], [5]).
    """

    def __init__(self, optimizer, schedulers, milestones):
        self.schedulers, self.milestones = list(schedulers), _times(milestones, "SequentialLR", repeated=False)
        for schedule in self.schedulers:
            if not isinstance(schedule, LRScheduler) or schedule.optimizer is not optimizer:
                raise TypeError(
                    f"SequentialLR: wanted schedules of this optimizer that go by time, got {type(schedule).__name__}"
                )
        if len(self.schedulers) != len(self.milestones) + 1:
            raise ValueError(
                f"SequentialLR: wanted one schedule more than milestones, "
                f"got {len(self.schedulers)} and {len(self.milestones)}"
            )
        super().__init__(optimizer)

    def _at(self, t):
        """The schedule of time t, and the time within it."""
        i = bisect.bisect_right(self.milestones, t)
        return self.schedulers[i], t - [0, *self.milestones][i]

    def rates(self, t):
        """The rate of each group at time t."""
        schedule, t = self._at(t)
        return schedule.rates(t)

    def set_time(self, t):
        """Set the rates of time t."""
        schedule, time = self._at(t)
        schedule.set_time(time)
        self.last_epoch = t


class ReduceLROnPlateau:
    """α ← max(factor · α, min_lr) when the metric, given to step(metric), has not improved for `patience` epochs.

    It improved if it is below (mode "min") or above ("max") the best so far by more than `threshold`: a fraction
    of the best ("rel") or an amount ("abs"). For `cooldown` epochs after a reduction, nothing counts as bad.
    Changes of α below `eps` are left out. min_lr may be a list, one a group. A NaN is no improvement.
    """

    def __init__(
        self,
        optimizer,
        mode="min",
        factor=0.1,
        patience=10,
        threshold=1e-4,
        threshold_mode="rel",
        cooldown=0,
        min_lr=0.0,
        eps=1e-8,
    ):
        self.optimizer, self.min_lrs = optimizer, _one_a_group(optimizer, min_lr, "ReduceLROnPlateau: min_lr")
        self.mode = one_of(mode, "ReduceLROnPlateau: mode", ("min", "max"))
        self.factor = below_1(factor, "ReduceLROnPlateau: factor")
        self.patience = whole(patience, "ReduceLROnPlateau: patience")
        self.threshold = number(threshold, "ReduceLROnPlateau: threshold", 0)
        self.threshold_mode = one_of(threshold_mode, "ReduceLROnPlateau: threshold_mode", ("rel", "abs"))
        self.cooldown = whole(cooldown, "ReduceLROnPlateau: cooldown")
        self.eps = number(eps, "ReduceLROnPlateau: eps", 0)
        self.best = math.inf if mode == "min" else -math.inf
        self.last_epoch = self.num_bad_epochs = self.cooldown_counter = 0

    def step(self, metrics):
        """Take note of the metric of an epoch, a number or a tensor of one."""
        metric, self.last_epoch = float(metrics), self.last_epoch + 1
        self.num_bad_epochs += 1
        if self._is_better(metric):
            self.best, self.num_bad_epochs = metric, 0
        if self.cooldown_counter > 0:
            self.cooldown_counter, self.num_bad_epochs = self.cooldown_counter - 1, 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0

    def _is_better(self, metric):
        sign = 1 if self.mode == "max" else -1
        if self.threshold_mode == "rel":
            return sign * metric > sign * self.best * (1 + sign * self.threshold)
        return sign * metric > sign * self.best + self.threshold

    def _reduce(self):
        for group, least in zip(self.optimizer.param_groups, self.min_lrs):
            rate = max(group["lr"] * self.factor, least)
            if group["lr"] - rate > self.eps:
                group["lr"] = rate

    def get_last_lr(self):
        """The present rate of each group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self):
        """What is needed to resume, besides the optimizer's own state with the rates."""
        return {name: getattr(self, name) for name in ("best", "num_bad_epochs", "cooldown_counter", "last_epoch")}

    def load_state_dict(self, state_dict):
        """Go on from there."""
        for name in self.state_dict():
            setattr(self, name, state_dict[name])


def _between(start, end, fraction):
    """The place on half a cosine from start to end, and back for fractions above 1."""
    return end + (start - end) * (1 + math.cos(math.pi * fraction)) / 2


def _linearly_between(start, end, fraction):
    return start + (end - start) * fraction


def _times(values, name, repeated=True):
    """Milestones: whole numbers, at least one; in order, and each once, unless `repeated`."""
    times = [whole(value, f"{name}: milestones") for value in values]
    if not times or not repeated and any(b <= a for a, b in itertools.pairwise(times)):
        order = "" if repeated else " in rising order,"
        raise ValueError(f"{name}: wanted milestones, at least one,{order} got {times or 'none'}")
    return times


def _groups(optimizer, name):
    """The groups of an optimizer; TypeError for anything else."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{name}: wanted an optimizer, got {describe(optimizer)}")
    return optimizer.param_groups


def _one_a_group(optimizer, value, name):
    """A number for each group, from one number or a list."""
    n = len(_groups(optimizer, name))
    values = list(value) if isinstance(value, (list, tuple)) else [value] * n
    if len(values) != n:
        raise ValueError(f"{name}: wanted one for each of {n} groups, got {len(values)}")
    return [number(x, name, 0) for x in values]
