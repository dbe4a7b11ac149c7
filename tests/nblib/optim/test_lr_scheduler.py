"""Every schedule against torch.optim.lr_scheduler, step by step, with its errors."""

import itertools
import pickle
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from parity import OURS, THEIRS

from nblib import nn, optim
from nblib.autograd import ones, tensor
from nblib.optim import lr_scheduler

SETTINGS = settings(deadline=None, derandomize=True, max_examples=60)
COUNTS = st.integers(1, 9)
FRACTIONS = st.floats(0, 1)


def make_optimizer(lib, name="SGD", **options):
    x, y = (lib.tensor(np.ones(2), requires_grad=True) for _ in range(2))
    return getattr(lib.optim, name)([{"params": [x]}, {"params": [y], "lr": 0.3}], lr=0.1, **options)


def rates(lib, make, steps, name="SGD", **options):
    """The rates and momenta of both groups over some steps."""
    optimizer, values = make_optimizer(lib, name, **options), []
    schedule = make(lib.optim.lr_scheduler, optimizer)

    def note():
        assert schedule.get_last_lr() == [group["lr"] for group in optimizer.param_groups]
        values.append(
            [[group["lr"], group.get("momentum", 0), group.get("betas", (0,))[0]] for group in optimizer.param_groups]
        )

    note()
    for _ in range(steps):
        optimizer.step()
        schedule.step()
        note()
    return np.array(values)


def check(make, steps=25, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's about its own SequentialLR
        theirs = rates(THEIRS, make, steps, **options)
    np.testing.assert_allclose(rates(OURS, make, steps, **options), theirs, rtol=1e-10, atol=1e-12)


SCHEDULES = {
    "constant": lambda s, o: s.ConstantLR(o),
    "constant 0.5": lambda s, o: s.ConstantLR(o, 0.5, total_iters=1),
    "step": lambda s, o: s.StepLR(o, 4),
    "exponential": lambda s, o: s.ExponentialLR(o, 0.9),
    "several steps": lambda s, o: s.MultiStepLR(o, [3, 7, 8], gamma=0.5),
    "several steps at once": lambda s, o: s.MultiStepLR(o, [8, 3, 3]),
    "linear": lambda s, o: s.LinearLR(o),
    "linear down": lambda s, o: s.LinearLR(o, 1.0, 0.1, total_iters=7),
    "polynomial": lambda s, o: s.PolynomialLR(o),
    "polynomial 2": lambda s, o: s.PolynomialLR(o, 9, power=2.5),
    "cosine": lambda s, o: s.CosineAnnealingLR(o, 7),
    "cosine to a floor": lambda s, o: s.CosineAnnealingLR(o, 25, 0.01),
    "restarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 4),
    "longer rounds": lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, 2, 0.01),
    "inverse time": lambda s, o: s.LambdaLR(o, lambda t: 1 / (1 + t)),
    "inverse square root": lambda s, o: s.LambdaLR(o, lambda t: (1 + t) ** -0.5),
    "a function a group": lambda s, o: s.LambdaLR(o, [lambda t: 0.9**t, lambda t: 1 / (1 + t)]),
    "warm-up and cosine": lambda s, o: s.SequentialLR(
        o, [s.LinearLR(o, 0.1, total_iters=5), s.CosineAnnealingLR(o, 20)], [5]
    ),
    "three parts": lambda s, o: s.SequentialLR(
        o, [s.ConstantLR(o, 0.2, 3), s.ExponentialLR(o, 0.8), s.StepLR(o, 3)], [4, 9]
    ),
    "a part that is left early": lambda s, o: s.SequentialLR(
        o, [s.LinearLR(o, 0.1, total_iters=9), s.StepLR(o, 3)], [4]
    ),
    "one cycle": lambda s, o: s.OneCycleLR(o, 0.7, total_steps=26),
    "one cycle by epochs": lambda s, o: s.OneCycleLR(o, [0.7, 0.2], epochs=5, steps_per_epoch=6, pct_start=0.5),
    "one cycle by lines": lambda s, o: s.OneCycleLR(
        o, 0.7, 26, anneal_strategy="linear", div_factor=4, final_div_factor=9
    ),
    "one cycle in three phases": lambda s, o: s.OneCycleLR(
        o, 0.7, 26, pct_start=0.35, three_phase=True, max_momentum=0.9, base_momentum=0.6
    ),
    "one cycle without momentum": lambda s, o: s.OneCycleLR(o, 0.7, 26, cycle_momentum=False),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules(name):
    check(SCHEDULES[name], momentum=0.9)


@pytest.mark.parametrize("name", ["Adam", "AdamW", "NAdam", "RMSprop"])
def test_one_cycle_moves_the_momentum_of_any_optimizer(name):
    check(SCHEDULES["one cycle"], name=name)


@given(a=COUNTS, b=COUNTS, f=FRACTIONS, g=FRACTIONS)
@SETTINGS
def test_any_setting(a, b, f, g):
    for make in [
        lambda s, o: s.ConstantLR(o, max(f, 0.01), a),
        lambda s, o: s.LinearLR(o, max(f, 0.01), g, a),
        lambda s, o: s.PolynomialLR(o, a, b / 3),
        lambda s, o: s.CosineAnnealingWarmRestarts(o, a, min(b, 3), f / 10),
        lambda s, o: s.MultiStepLR(o, [a, b], f),
        lambda s, o: s.OneCycleLR(o, 1.0, 19 + a, pct_start=0.01 + 0.98 * f),
    ]:
        check(make, 19, momentum=0.5)


def test_one_cycle_ends_with_its_last_step():
    """PyTorch goes on once past the end of the line, below 0 by lines; here the last rate stays."""
    optimizer = make_optimizer(OURS, momentum=0.9)
    schedule = lr_scheduler.OneCycleLR(optimizer, 0.5, total_steps=3, anneal_strategy="linear")
    for _ in range(3):
        last = schedule.get_last_lr()
        schedule.step()
    assert schedule.get_last_lr() == last == pytest.approx([0.5 / 25 / 1e4] * 2)
    with pytest.raises(ValueError, match="OneCycleLR: wanted at most 3 steps, got 4"):
        schedule.step()
    assert schedule.get_last_lr() == last and schedule.last_epoch == 3


@pytest.mark.parametrize("steps, fraction", [(1, 0.3), (2, 0.5), (10, 0.1), (10, 0.0), (10, 1.0), (5, 0.2)])
def test_one_cycle_without_a_rise_or_a_fall(steps, fraction):
    """PyTorch divides by zero in some of them."""
    schedule = lr_scheduler.OneCycleLR(make_optimizer(OURS, momentum=0.9), 1.0, steps, pct_start=fraction)
    path = [schedule.rates(t)[0] for t in range(steps)]
    assert all(0 < rate <= 1 for rate in path) and (fraction == 1 or path[-1] == pytest.approx(1 / 25e4) or steps == 1)


@pytest.mark.parametrize("name", SCHEDULES)
def test_rates_of_any_time_can_be_asked_without_changing_anything(name):
    optimizer = make_optimizer(OURS, momentum=0.9)
    schedule = SCHEDULES[name](lr_scheduler, optimizer)
    path = [schedule.rates(t) for t in range(10)]
    assert schedule.last_epoch == 0 and schedule.get_last_lr() == path[0]
    for expected in path[1:]:
        schedule.step()
        assert schedule.get_last_lr() == expected
    assert [schedule.rates(t) for t in range(10)] == path


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_resume_where_they_stopped(name):
    optimizer = make_optimizer(OURS, momentum=0.9)
    schedule = SCHEDULES[name](lr_scheduler, optimizer)
    for _ in range(6):
        schedule.step()
    saved = pickle.loads(pickle.dumps((optimizer.state_dict(), schedule.state_dict())))
    again = make_optimizer(OURS, momentum=0.9)
    resumed = SCHEDULES[name](lr_scheduler, again)
    again.load_state_dict(saved[0])
    resumed.load_state_dict(saved[1])
    for _ in range(4):
        assert again.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]
        assert again.param_groups[1]["momentum"] == optimizer.param_groups[1]["momentum"]
        schedule.step(), resumed.step()


@pytest.mark.parametrize("name", ["step", "cosine", "warm-up and cosine", "linear"])
def test_the_time_of_a_schedule_of_torch(name):
    """Its state dict holds more, and names the time the same."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs, other = make_optimizer(THEIRS), make_optimizer(OURS)
        schedule, ours = SCHEDULES[name](torch.optim.lr_scheduler, theirs), SCHEDULES[name](lr_scheduler, other)
        for _ in range(8):
            theirs.step(), schedule.step()
    ours.load_state_dict(schedule.state_dict())
    assert ours.get_last_lr() == pytest.approx(schedule.get_last_lr(), rel=1e-12)


def test_a_group_that_comes_later_has_a_schedule_too():
    optimizer = make_optimizer(OURS)
    schedule = lr_scheduler.ExponentialLR(optimizer, 0.5)
    schedule.step()
    optimizer.add_param_group({"params": [ones(1, requires_grad=True)], "lr": 0.8})
    schedule.step()
    assert schedule.get_last_lr() == pytest.approx([0.1 / 4, 0.3 / 4, 0.8 / 4])


def test_a_schedule_is_copied_and_pickled_with_its_optimizer():
    schedule = lr_scheduler.CosineAnnealingLR(make_optimizer(OURS), 5)
    schedule.step()
    again = pickle.loads(pickle.dumps(schedule))
    again.step()
    assert again.get_last_lr() == schedule.rates(2) and again.optimizer is not schedule.optimizer


# Plateaus ---------------------------------------------------------------------------------------------------

PLATEAUS = [
    dict(zip(("mode", "threshold_mode", "patience", "cooldown", "threshold"), values))
    for values in itertools.product(("min", "max"), ("rel", "abs"), (0, 2), (0, 3), (0.05,))
]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"patience": 1, "factor": 0.3, "min_lr": [0.05, 0.01]},
        {"patience": 0, "eps": 0.06, "threshold": 0},
        *PLATEAUS,
    ],
    ids=str,
)
@given(metrics=st.lists(st.sampled_from([1, 0.99, 0.9, 0.5, 0.2, -0.1, -1, 3, float("nan")]), min_size=15, max_size=25))
@settings(deadline=None, derandomize=True, max_examples=15)
def test_plateaus(options, metrics):
    both = []
    for lib in (OURS, THEIRS):
        optimizer, values = make_optimizer(lib), []
        schedule = lib.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
        for metric in metrics:
            schedule.step(lib.tensor(np.array(metric)))
            values.append(schedule.get_last_lr())
            values.append([schedule.num_bad_epochs, schedule.cooldown_counter])
        both.append(values)
    np.testing.assert_allclose(*both, rtol=1e-12)


def test_a_plateau_resumes_where_it_stopped():
    optimizer = make_optimizer(OURS)
    schedule = lr_scheduler.ReduceLROnPlateau(optimizer, patience=2)
    for metric in (1, 0.5, 0.6, 0.6):
        schedule.step(metric)
    saved, again = pickle.loads(pickle.dumps(schedule.state_dict())), make_optimizer(OURS)
    resumed = lr_scheduler.ReduceLROnPlateau(again, patience=2)
    resumed.load_state_dict(saved)
    resumed.step(0.6)
    assert again.param_groups[0]["lr"] == pytest.approx(0.01) and optimizer.param_groups[0]["lr"] == 0.1


# Errors -----------------------------------------------------------------------------------------------------

SGD = optim.SGD([ones(3, requires_grad=True)], lr=0.1, momentum=0.9)
S = lr_scheduler
ERRORS = {
    "a model": (lambda: S.StepLR(nn.Linear(3, 2), 3), TypeError, "StepLR: wanted an optimizer, got Linear"),
    "a rate below 0": (
        lambda: S.LambdaLR(SGD, lambda t: 0.5 - t).step(),
        ValueError,
        "LambdaLR: rate at time 1: .*from 0 to inf, got",
    ),
    "a model with functions": (
        lambda: S.LambdaLR(nn.Linear(3, 2), [abs]),
        TypeError,
        "wanted an optimizer, got Linear",
    ),
    "a model on a plateau": (
        lambda: S.ReduceLROnPlateau(nn.Linear(3, 2)),
        TypeError,
        "wanted an optimizer, got Linear",
    ),
    "a model in one cycle": (
        lambda: S.OneCycleLR(nn.Linear(3, 2), 1.0, 9),
        TypeError,
        "wanted an optimizer, got Linear",
    ),
    "a model in sequence": (lambda: S.SequentialLR(nn.Linear(3, 2), [], []), ValueError, "milestones"),
    "a rate that is none": (lambda: S.LambdaLR(SGD, lambda t: None), TypeError, "NoneType"),
    "a rate of NaN": (lambda: S.LambdaLR(SGD, lambda t: float("nan")), ValueError, "got nan"),
    "a number": (lambda: S.LambdaLR(SGD, 0.9), TypeError, "LambdaLR: wanted functions of t, got float 0.9"),
    "functions": (lambda: S.LambdaLR(SGD, [abs, abs]), ValueError, "a function for each of 1 groups, got 2"),
    "no milestones": (
        lambda: S.MultiStepLR(SGD, []),
        ValueError,
        "MultiStepLR: wanted milestones, at least one, got none",
    ),
    "a milestone": (lambda: S.MultiStepLR(SGD, [0.5]), TypeError, "milestones: wanted a whole number, got float 0.5"),
    "steps": (lambda: S.StepLR(SGD, 0), ValueError, "step_size: wanted a whole number from 1"),
    "T_max": (lambda: S.CosineAnnealingLR(SGD, 0), ValueError, "T_max: wanted a whole number from 1 to inf, got 0"),
    "T_max in parts": (lambda: S.CosineAnnealingLR(SGD, 2.5), TypeError, "T_max: wanted a whole number, got float"),
    "floor": (lambda: S.CosineAnnealingLR(SGD, 3, -1), ValueError, "eta_min: wanted a number from 0"),
    "T_0": (lambda: S.CosineAnnealingWarmRestarts(SGD, 0), ValueError, "T_0: wanted a whole number from 1"),
    "T_mult": (lambda: S.CosineAnnealingWarmRestarts(SGD, 3, 0), ValueError, "T_mult"),
    "iterations": (lambda: S.LinearLR(SGD, total_iters=0), ValueError, "total_iters: wanted a whole number from 1"),
    "factor": (lambda: S.LinearLR(SGD, -0.1), ValueError, "start_factor: wanted a number from 0"),
    "power": (lambda: S.PolynomialLR(SGD, 3, -1), ValueError, "power"),
    "gamma": (lambda: S.ExponentialLR(SGD, -0.9), ValueError, "ExponentialLR: gamma: wanted a number from 0"),
    "no length": (
        lambda: S.OneCycleLR(SGD, 1.0),
        TypeError,
        "total_steps, or else epochs: wanted a whole number, got NoneType",
    ),
    "half a length": (lambda: S.OneCycleLR(SGD, 1.0, epochs=3), TypeError, "steps_per_epoch"),
    "strategy": (
        lambda: S.OneCycleLR(SGD, 1.0, 9, anneal_strategy="sin"),
        ValueError,
        "one of cos, linear, got str 'sin'",
    ),
    "rates": (lambda: S.OneCycleLR(SGD, [1.0, 2.0], 9), ValueError, "max_lr: wanted one for each of 1 groups, got 2"),
    "momentum": (
        lambda: S.OneCycleLR(optim.Adagrad([ones(1, requires_grad=True)]), 1.0, 9),
        ValueError,
        "momentum or betas, or cycle_momentum=False, got Adagrad",
    ),
    "no schedules": (
        lambda: S.SequentialLR(SGD, [S.StepLR(SGD, 3)], []),
        ValueError,
        "SequentialLR: wanted milestones, at least one",
    ),
    "one schedule": (
        lambda: S.SequentialLR(SGD, [S.StepLR(SGD, 3)], [2]),
        ValueError,
        "one schedule more than milestones, got 1 and 1",
    ),
    "order": (
        lambda: S.SequentialLR(SGD, [S.StepLR(SGD, 3)] * 3, [4, 4]),
        ValueError,
        r"at least one, in rising order, got \[4, 4\]",
    ),
    "a plateau": (
        lambda: S.SequentialLR(SGD, [S.StepLR(SGD, 3), S.ReduceLROnPlateau(SGD)], [4]),
        TypeError,
        "got ReduceLROnPlateau",
    ),
    "of another optimizer": (
        lambda: S.SequentialLR(SGD, [S.StepLR(SGD, 3), S.StepLR(make_optimizer(OURS), 3)], [4]),
        TypeError,
        "schedules of this optimizer",
    ),
    "mode": (lambda: S.ReduceLROnPlateau(SGD, "less"), ValueError, "mode: wanted one of min, max, got str 'less'"),
    "a factor of 1": (
        lambda: S.ReduceLROnPlateau(SGD, factor=1.0),
        ValueError,
        "factor: wanted a number from 0 to below 1, got 1.0",
    ),
    "patience": (lambda: S.ReduceLROnPlateau(SGD, patience=-1), ValueError, "patience"),
    "no metric": (lambda: S.ReduceLROnPlateau(SGD).step(tensor([1.0, 2])), ValueError, "a tensor of a single number"),
    "no formula": (
        lambda: S.LRScheduler(SGD),
        NotImplementedError,
        r"wanted a method factor\(t\) or rate\(t, initial\)",
    ),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()
