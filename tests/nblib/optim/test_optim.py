"""Optimizers, schedules and clipping against torch.optim, over random gradients."""

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from parity import OURS, THEIRS, leaves, same

from nblib import nn, optim
from nblib.autograd import float32, float64, ones, randn, tensor

SETTINGS = settings(deadline=None, derandomize=True, max_examples=8)
SHAPES = st.lists(st.lists(st.sampled_from([1, 2, 3, 5, 7]), max_size=2).map(tuple), min_size=1, max_size=3)
SEEDS = st.integers(0, 10_000)


@pytest.fixture(autouse=True)
def exact_counts():
    """PyTorch keeps NAdam's product of momenta in its default dtype."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def run(lib, arrays, make, steps=7, seed=0, after=lambda *_: None):
    """The parameters after some steps along random gradients, one of them missing now and then."""
    rng, parameters = np.random.default_rng(seed), leaves(lib, arrays)
    optimizer = make(lib, parameters)
    for t in range(steps):
        optimizer.zero_grad()
        for p in parameters:
            g = lib.tensor(rng.standard_normal(tuple(p.shape)))
            if rng.random() < 0.9:
                p.grad = g
        optimizer.step()
        after(optimizer, t)
    return parameters


def check(make, shapes=((5, 3), (7,)), seed=0, steps=7):
    arrays = [np.random.default_rng(seed).standard_normal(shape) for shape in shapes]
    for ours, theirs in zip(run(OURS, arrays, make, steps, seed), run(THEIRS, arrays, make, steps, seed)):
        same(ours, theirs)


OPTIMIZERS = [
    ("SGD", {}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.2}),
    ("SGD", {"lr": 0.1, "momentum": 0.5, "nesterov": True, "weight_decay": 0.1}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.3, "eps": 1e-3, "weight_decay": 0.1}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.1, "alpha": 0.7, "eps": 1e-3, "weight_decay": 0.1}),
    ("Adam", {}),
    ("Adam", {"lr": 0.1, "betas": (0.5, 0.8), "eps": 1e-3, "weight_decay": 0.1}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.1, "betas": (0.5, 0.8), "eps": 1e-3, "weight_decay": 0.3}),
    ("Adagrad", {"lr_decay": 0.2, "initial_accumulator_value": 0.3}),
    ("RMSprop", {"lr": 0.1, "centered": True}),
    ("RMSprop", {"lr": 0.1, "momentum": 0.8, "weight_decay": 0.1}),
    ("RMSprop", {"lr": 0.1, "momentum": 0.8, "centered": True, "alpha": 0.5, "eps": 1e-3}),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 3, "rho": 0.5, "eps": 1e-3, "weight_decay": 0.1}),
    ("NAdam", {}),
    ("NAdam", {"lr": 0.1, "betas": (0.5, 0.8), "eps": 1e-3, "weight_decay": 0.1, "momentum_decay": 0.1}),
    ("NAdam", {"lr": 0.1, "weight_decay": 0.3, "decoupled_weight_decay": True}),
]
ALL = ["SGD", "Adagrad", "RMSprop", "Adam", "AdamW", "NAdam", "Adadelta"]
OURS_TOO = [*ALL, "LAMB"]


@pytest.mark.parametrize("name, options", OPTIMIZERS, ids=str)
@given(shapes=SHAPES, seed=SEEDS)
@SETTINGS
def test_optimizers(name, options, shapes, seed):
    check(lambda lib, parameters: getattr(lib.optim, name)(parameters, **options), shapes, seed, steps=20)


@pytest.mark.parametrize("name", ALL)
def test_groups_have_settings_of_their_own(name):
    def make(lib, p):
        groups = [{"params": p[:1], "lr": 0.3}, {"params": p[1:], "weight_decay": 0.5}]
        return getattr(lib.optim, name)(groups, lr=0.01)

    check(make)


@pytest.mark.parametrize("name", OURS_TOO)
def test_float32_stays_float32(name):
    """Also where settings are numbers of NumPy, as np.geomspace gives them."""
    p = randn(3, 5, requires_grad=True)
    settings = {"lr": 0.1, "weight_decay": 0.1, **({"momentum": 0.9} if name == "SGD" else {"eps": 1e-8})}
    optimizer = getattr(optim, name)([p], **{key: np.float64(value) for key, value in settings.items()})
    if name in ("Adam", "AdamW", "NAdam", "LAMB"):
        optimizer = getattr(optim, name)([p], betas=tuple(np.array([0.9, 0.99])))
    schedule = optim.lr_scheduler.LambdaLR(optimizer, lambda t: np.float64(0.9) ** t)
    for _ in range(3):
        p.grad = randn(3, 5)
        optimizer.step()
        schedule.step()
    assert p.dtype == float32 and {type(rate) for rate in schedule.get_last_lr()} == {float}
    assert {v.dtype for v in optimizer.state[p].values() if isinstance(v, np.ndarray)} == {float32}
    optimizer.param_groups[0]["lr"] = np.float64(0.1)  # by hand, and checked by nobody
    optimizer.step()
    assert p.dtype == float32


def test_a_parameter_of_a_single_number_stays_an_array():
    for name in ("SGD", "Adam"):
        p = tensor(1.0, requires_grad=True)
        p.grad = tensor(1.0)
        getattr(optim, name)([p], lr=0.5).step()
        assert type(p.data) is np.ndarray and p.shape == () and p.item() == 0.5


def test_the_first_momentum_is_no_longer_the_gradient():
    p = tensor([1.0, 2], requires_grad=True)
    optimizer = optim.SGD([p], lr=0.1, momentum=0.9)
    p.grad = tensor([1.0, 1])
    optimizer.step()
    p.grad.data[:] = 0
    assert optimizer.state[p]["momentum_buffer"].tolist() == [1, 1]


def test_a_state_dict_is_a_snapshot():
    for name, options in (("SGD", {"momentum": 0.9}), ("Adam", {})):
        p = tensor([1.0, 2], requires_grad=True)
        optimizer = getattr(optim, name)([p], lr=0.1, **options)
        p.grad = tensor([1.0, 1])
        optimizer.step()
        saved = optimizer.state_dict()
        before = repr(saved)
        optimizer.param_groups[0]["lr"] = 7
        optimizer.step()
        assert repr(saved) == before


def test_zero_gradients_do_no_harm():
    for name in OURS_TOO:
        p = tensor([1.0, 2], requires_grad=True)
        p.grad = tensor([0.0, 0])
        getattr(optim, name)([p], lr=0.1, weight_decay=0).step()
        assert p.tolist() == [1, 2]


@pytest.mark.parametrize("name", OURS_TOO)
def test_a_saved_run_resumes_where_it_stopped(name):
    """Parameters and optimizer go through bytes after three steps; the next are those of an unbroken run."""
    options = {"lr": 0.1, "weight_decay": 0.1, **({"momentum": 0.9} if name == "SGD" else {})}

    def make():
        return leaves(OURS, [np.linspace(-1, 1, 15).reshape(3, 5), np.array([1.0, 2])])

    def step(parameters, optimizer, t):
        for p in parameters:
            p.grad = tensor(np.random.default_rng(t).standard_normal(p.shape))
        optimizer.step()

    parameters = make()
    optimizer = getattr(optim, name)(parameters, **options)
    for t in range(6):
        if t == 3:
            saved = pickle.dumps(([p.detach() for p in parameters], optimizer.state_dict()))
        step(parameters, optimizer, t)
    arrays, state_dict = pickle.loads(saved)
    again = [x.requires_grad_() for x in arrays]
    optimizer = getattr(optim, name)(again, lr=0.7)
    optimizer.load_state_dict(state_dict)
    for t in range(3, 6):
        step(again, optimizer, t)
    for p, q in zip(parameters, again):
        assert p.tolist() == q.tolist()
    with pytest.raises(ValueError, match=r"groups of \[1\] parameters, got \[2\]"):
        getattr(optim, name)(again[:1]).load_state_dict(state_dict)
    with pytest.raises(ValueError, match=r"load_state_dict: wanted \w+ \(2,\), got \(3, 5\)"):
        getattr(optim, name)(again[::-1]).load_state_dict(state_dict)
    other = "SGD" if name == "Adam" else "Adam"
    if name not in ("AdamW", "LAMB"):
        with pytest.raises(ValueError, match=f"the settings of {other}, got others: "):
            getattr(optim, other)(again).load_state_dict(state_dict)
    for wrong in (None, {}, nn.Linear(3, 2).state_dict()):
        with pytest.raises(TypeError, match=r"wanted an optimizer's state_dict\(\), got"):
            optimizer.load_state_dict(wrong)


def test_a_shared_parameter_steps_once_and_a_frozen_one_not_at_all():
    model = nn.Sequential(nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False))
    model[1].weight = model[0].weight
    before = model[0].weight.detach()
    optimizer = optim.SGD(model.parameters(), lr=0.5)
    model(ones(2, 3)).sum().backward()
    optimizer.step()
    expected = before - 0.5 * model[0].weight.grad
    np.testing.assert_allclose(model[0].weight.detach().numpy(), expected.numpy())
    frozen = nn.Linear(3, 2)
    frozen.weight.requires_grad = False
    before, optimizer = frozen.weight.tolist(), optim.SGD(frozen.parameters(), lr=0.5)
    frozen(ones(2, 3)).sum().backward()
    optimizer.step()
    assert frozen.weight.tolist() == before


def test_every_optimizer_finds_the_minimum_of_a_bowl():
    for name, lr in [
        ("SGD", 0.1),
        ("Adagrad", 0.5),
        ("RMSprop", 0.01),
        ("Adam", 0.05),
        ("AdamW", 0.05),
        ("NAdam", 0.05),
        ("Adadelta", 20),
        ("LAMB", 0.005),
    ]:
        x = tensor([3.0, -2], requires_grad=True)
        optimizer = getattr(optim, name)([x], lr=lr, weight_decay=0)
        for _ in range(500):
            optimizer.zero_grad()
            ((x - tensor([1.0, 1])) ** 2).sum().backward()
            optimizer.step()
        np.testing.assert_allclose(x.detach().numpy(), [1, 1], atol=0.02)


# Schedules --------------------------------------------------------------------------------------------------

SCHEDULES = {
    "StepLR": lambda s, o: s.StepLR(o, step_size=3),
    "StepLR 0.5": lambda s, o: s.StepLR(o, 2, gamma=0.5),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, gamma=0.8),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, T_max=5),
    "CosineAnnealingLR to a floor": lambda s, o: s.CosineAnnealingLR(o, 7, eta_min=0.01),
    "LambdaLR": lambda s, o: s.LambdaLR(o, lambda t: min(1, (t + 1) / 5) / (1 + t)),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules(name):
    rates = {}

    def make(lib, parameters):
        groups = [{"params": parameters[:1]}, {"params": parameters[1:], "lr": 0.3}]
        optimizer = lib.optim.SGD(groups, lr=0.1, momentum=0.9)
        optimizer.schedule = SCHEDULES[name](lib.optim.lr_scheduler, optimizer)
        rates[lib is OURS] = [optimizer.schedule.get_last_lr()]
        return optimizer

    def after(optimizer, t):
        optimizer.schedule.step()
        rates[isinstance(optimizer, optim.Optimizer)].append(list(optimizer.schedule.get_last_lr()))
        assert [group["lr"] for group in optimizer.param_groups] == optimizer.schedule.get_last_lr()

    arrays = [np.ones((3, 5)), np.ones(7)]
    ours, theirs = (run(lib, arrays, make, 17, after=after) for lib in (OURS, THEIRS))
    for p, q in zip(ours, theirs):
        same(p, q)
    np.testing.assert_allclose(rates[True], rates[False], rtol=1e-10, atol=1e-12)
    assert len(rates[True]) == 18


@given(step_size=st.integers(1, 9), gamma=st.floats(0, 1.5), T_max=st.integers(1, 9), floor=st.floats(0, 1))
@SETTINGS
def test_rates_for_any_setting(step_size, gamma, T_max, floor):
    for make in [
        lambda s, o: s.StepLR(o, step_size, gamma),
        lambda s, o: s.ExponentialLR(o, gamma),
        lambda s, o: s.CosineAnnealingLR(o, T_max, floor),
    ]:
        rates = []
        for lib in (OURS, THEIRS):
            optimizer = lib.optim.SGD([lib.tensor(np.ones(1), requires_grad=True)], lr=0.3)
            schedule = make(lib.optim.lr_scheduler, optimizer)
            for _ in range(T_max):
                optimizer.step()
                schedule.step()
            rates.append(schedule.get_last_lr())
        np.testing.assert_allclose(*rates, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("schedule_first", [True, False])
def test_a_schedule_resumes_where_it_stopped(name, schedule_first):
    def make():
        return optim.SGD(
            [{"params": [ones(1, requires_grad=True)]}, {"params": [ones(1, requires_grad=True)], "lr": 0.3}], lr=0.1
        )

    optimizer = make()
    schedule = SCHEDULES[name](optim.lr_scheduler, optimizer)
    for _ in range(4):
        schedule.step()
    saved = pickle.loads(pickle.dumps((optimizer.state_dict(), schedule.state_dict())))
    again = make()
    if schedule_first:
        resumed = SCHEDULES[name](optim.lr_scheduler, again)
        again.load_state_dict(saved[0])
    else:
        again.load_state_dict(saved[0])
        resumed = SCHEDULES[name](optim.lr_scheduler, again)
    resumed.load_state_dict(saved[1])
    assert resumed.get_last_lr() == schedule.get_last_lr()
    schedule.step()
    resumed.step()
    assert resumed.get_last_lr() == schedule.get_last_lr()


def test_a_second_schedule_starts_from_the_same_rate():
    optimizer = optim.SGD([ones(1, requires_grad=True)], lr=0.8)
    first = optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    first.step()
    second = optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.25)
    assert second.get_last_lr() == [0.8]
    second.step()
    assert second.get_last_lr() == [0.2]


def test_a_rate_set_by_hand_is_used_at_the_next_step():
    x = tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([x], lr=0.1)
    x.grad = tensor([1.0])
    optimizer.param_groups[0]["lr"] = 0.5
    optimizer.step()
    assert x.tolist() == [0.5]


# Clipping ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [0.5, 100.0])
@given(shapes=SHAPES, seed=SEEDS)
@SETTINGS
def test_clipping(limit, shapes, seed):
    rng = np.random.default_rng(seed)
    grads = [rng.standard_normal(shape) for shape in shapes]
    for ours_clip, theirs_clip in [
        (nn.utils.clip_grad_norm_, torch.nn.utils.clip_grad_norm_),
        (nn.utils.clip_grad_value_, torch.nn.utils.clip_grad_value_),
    ]:
        ours, theirs = leaves(OURS, grads), leaves(THEIRS, grads)
        for p, q, g in zip(ours, theirs, grads):
            p.grad, q.grad = tensor(g), torch.tensor(g)
        norm, their_norm = ours_clip(ours, limit), theirs_clip(theirs, limit)
        assert norm is None or norm.item() == pytest.approx(their_norm.item(), rel=1e-12)
        for p, q in zip(ours, theirs):
            same(p.grad, q.grad)


def test_clipping_leaves_shared_gradients_of_others_alone():
    a, b = tensor([3.0], requires_grad=True), tensor([4.0], requires_grad=True)
    (a + b).backward()  # both gradients are the same array
    assert nn.utils.clip_grad_norm_(a, 0.5).item() == 1
    assert a.grad.item() == pytest.approx(0.5 / (1 + 1e-6)) and b.grad.item() == 1 and a.grad.dtype == float32
    assert nn.utils.clip_grad_norm_([tensor([1.0])], 1).item() == 0
    p = ones(2, dtype=float64, requires_grad=True)
    p.grad = ones(2, dtype=float64)
    assert nn.utils.clip_grad_norm_(p, np.float64(1)).dtype == p.grad.dtype == float64


def test_clipping_does_not_hide_a_gradient_that_is_no_number():
    for g in (np.nan, np.inf):
        ours, theirs = leaves(OURS, [np.ones(3)]), leaves(THEIRS, [np.ones(3)])
        ours[0].grad, theirs[0].grad = tensor(np.array([g, 1, 2])), torch.tensor([g, 1, 2], dtype=torch.float64)
        with np.errstate(invalid="ignore"):
            nn.utils.clip_grad_norm_(ours, 1.0)
        torch.nn.utils.clip_grad_norm_(theirs, 1.0)
        same(ours[0].grad, theirs[0].grad)


# Errors -----------------------------------------------------------------------------------------------------

P = [ones(3, requires_grad=True)]
ERRORS = {
    "no parameters": (lambda: optim.SGD([], lr=0.1), ValueError, "wanted parameters, got none"),
    "a generator read before": (lambda: optim.SGD(iter([]), lr=0.1), ValueError, "read only once"),
    "not a parameter": (lambda: optim.Adam([np.ones(3)]), TypeError, "Adam: wanted parameters .*, got float64 array"),
    "a computed tensor": (lambda: optim.SGD([P[0] * 2]), TypeError, "leaf"),
    "rate below 0": (lambda: optim.RMSprop(P, lr=-1.0), ValueError, "RMSprop: lr: wanted a number from 0"),
    "rate in words": (lambda: optim.SGD(P, lr="fast"), TypeError, "lr: wanted a number, got str 'fast'"),
    "momentum": (lambda: optim.SGD(P, momentum=-0.1), ValueError, "momentum"),
    "nesterov": (lambda: optim.SGD(P, nesterov=True), ValueError, "momentum > 0"),
    "nesterov in a group": (lambda: optim.SGD([{"params": P, "nesterov": True}]), ValueError, "momentum > 0"),
    "a model": (
        lambda: optim.SGD(nn.Linear(3, 2)),
        TypeError,
        r"SGD: wanted a list of parameters, such as model.parameters\(\), got Linear",
    ),
    "a model of several": (
        lambda: optim.SGD(nn.Sequential(nn.Linear(3, 2))),
        TypeError,
        r"such as model.parameters\(\), got Linear",
    ),
    "without parentheses": (
        lambda: optim.Adam(nn.Linear(3, 2).parameters),
        TypeError,
        r"such as model.parameters\(\), got method",
    ),
    "one tensor": (lambda: optim.SGD(P[0]), TypeError, r"a list of parameters.*got Tensor"),
    "clipping a model": (lambda: nn.utils.clip_grad_norm_(nn.Linear(3, 2), 1.0), TypeError, "model.parameters"),
    "twice": (lambda: optim.SGD(P + P), ValueError, "wanted each parameter once"),
    "in two groups": (lambda: optim.SGD([{"params": P}, {"params": P}]), ValueError, "each parameter once"),
    "misspelt": (lambda: optim.SGD([{"params": P, "lrr": 1.0}]), TypeError, "wanted settings lr, .* got lrr"),
    "one beta": (lambda: optim.Adam(P, betas=0.9), TypeError, "betas: wanted two numbers, got float 0.9"),
    "one of two betas": (lambda: optim.AdamW(P, betas=(0.9,)), TypeError, r"two numbers, got tuple \(0.9,\)"),
    "factor": (
        lambda: optim.lr_scheduler.ExponentialLR(optim.SGD(P), "0.9"),
        TypeError,
        "gamma: wanted a number, got str",
    ),
    "beta of 1": (lambda: optim.Adam(P, betas=(1.0, 0.9)), ValueError, "betas"),
    "step size": (lambda: optim.lr_scheduler.StepLR(optim.SGD(P), 0), ValueError, "step_size"),
    "clip": (lambda: nn.utils.clip_grad_norm_(P, -1), ValueError, "max_norm"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()
