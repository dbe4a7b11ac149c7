"""Optimizers, schedules and clipping against torch.optim, over random gradients."""

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nblib import nn, optim
from nblib.autograd import float32, ones, randn, tensor
from parity import OURS, THEIRS, leaves, same

SETTINGS = settings(deadline=None, derandomize=True, max_examples=8)
SHAPES = st.lists(st.lists(st.sampled_from([1, 2, 3, 5, 7]), max_size=2).map(tuple), min_size=1, max_size=3)
SEEDS = st.integers(0, 10_000)


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
    ("SGD", {}), ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}), ("SGD", {"lr": 0.1, "weight_decay": 0.2}),
    ("SGD", {"lr": 0.1, "momentum": 0.5, "nesterov": True, "weight_decay": 0.1}),
    ("Adagrad", {}), ("Adagrad", {"lr": 0.3, "eps": 1e-3, "weight_decay": 0.1}),
    ("RMSprop", {}), ("RMSprop", {"lr": 0.1, "alpha": 0.7, "eps": 1e-3, "weight_decay": 0.1}),
    ("Adam", {}), ("Adam", {"lr": 0.1, "betas": (0.5, 0.8), "eps": 1e-3, "weight_decay": 0.1}),
    ("AdamW", {}), ("AdamW", {"lr": 0.1, "betas": (0.5, 0.8), "eps": 1e-3, "weight_decay": 0.3}),
]


@pytest.mark.parametrize("name, options", OPTIMIZERS, ids=str)
@given(shapes=SHAPES, seed=SEEDS)
@SETTINGS
def test_optimizers(name, options, shapes, seed):
    check(lambda lib, parameters: getattr(lib.optim, name)(parameters, **options), shapes, seed)


@pytest.mark.parametrize("name", ["SGD", "Adagrad", "RMSprop", "Adam", "AdamW"])
def test_groups_have_settings_of_their_own(name):
    def make(lib, p):
        groups = [{"params": p[:1], "lr": 0.3}, {"params": p[1:], "weight_decay": 0.5}]
        return getattr(lib.optim, name)(groups, lr=0.01)
    check(make)


@pytest.mark.parametrize("name", ["SGD", "Adagrad", "RMSprop", "Adam", "AdamW"])
def test_float32_stays_float32(name):
    p = randn(3, 5, requires_grad=True)
    optimizer = getattr(optim, name)([p], lr=0.1, weight_decay=0.1)
    for _ in range(3):
        p.grad = randn(3, 5)
        optimizer.step()
    assert p.dtype == float32
    assert {v.dtype for v in optimizer.state[p].values() if isinstance(v, np.ndarray)} <= {float32}


def test_zero_gradients_do_no_harm():
    for name in ("SGD", "Adagrad", "RMSprop", "Adam", "AdamW"):
        p = tensor([1., 2], requires_grad=True)
        p.grad = tensor([0., 0])
        getattr(optim, name)([p], lr=0.1, **({"weight_decay": 0} if name == "AdamW" else {})).step()
        assert p.tolist() == [1, 2]


@pytest.mark.parametrize("name", ["SGD", "Adagrad", "RMSprop", "Adam", "AdamW"])
def test_a_saved_run_resumes_where_it_stopped(name):
    """Parameters and optimizer go through bytes after three steps; the next are those of an unbroken run."""
    options = {"lr": 0.1, "weight_decay": 0.1, **({"momentum": 0.9} if name == "SGD" else {})}

    def make():
        return leaves(OURS, [np.linspace(-1, 1, 15).reshape(3, 5), np.array([1., 2])])

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
    for name, lr in [("SGD", 0.1), ("Adagrad", 0.5), ("RMSprop", 0.01), ("Adam", 0.05), ("AdamW", 0.05)]:
        x = tensor([3., -2], requires_grad=True)
        optimizer = getattr(optim, name)([x], lr=lr, **({"weight_decay": 0} if name == "AdamW" else {}))
        for _ in range(500):
            optimizer.zero_grad()
            ((x - tensor([1., 1])) ** 2).sum().backward()
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


def test_a_rate_set_by_hand_is_used_at_the_next_step():
    x = tensor([1.], requires_grad=True)
    optimizer = optim.SGD([x], lr=0.1)
    x.grad = tensor([1.])
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
    for ours_clip, theirs_clip in [(optim.clip_grad_norm_, torch.nn.utils.clip_grad_norm_),
                                   (optim.clip_grad_value_, torch.nn.utils.clip_grad_value_)]:
        ours, theirs = leaves(OURS, grads), leaves(THEIRS, grads)
        for p, q, g in zip(ours, theirs, grads):
            p.grad, q.grad = tensor(g), torch.tensor(g)
        norm, their_norm = ours_clip(ours, limit), theirs_clip(theirs, limit)
        assert norm is None or float(norm) == pytest.approx(float(their_norm), rel=1e-6)
        for p, q in zip(ours, theirs):
            same(p.grad, q.grad)


def test_clipping_leaves_shared_gradients_of_others_alone():
    a, b = tensor([3.], requires_grad=True), tensor([4.], requires_grad=True)
    (a + b).backward()                                       # both gradients are the same array
    assert optim.clip_grad_norm_(a, 0.5).item() == 1
    assert a.grad.item() == pytest.approx(0.5 / (1 + 1e-6)) and b.grad.item() == 1 and a.grad.dtype == float32
    assert optim.clip_grad_norm_([tensor([1.])], 1).item() == 0


# Errors -----------------------------------------------------------------------------------------------------

P = [ones(3, requires_grad=True)]
ERRORS = {
    "no parameters": (lambda: optim.SGD([], lr=0.1), ValueError, "wanted parameters, got none"),
    "a generator read before": (lambda: optim.SGD(iter([]), lr=0.1), ValueError, "read only once"),
    "not a parameter": (lambda: optim.Adam([np.ones(3)]), TypeError,
        "Adam: wanted parameters .*, got float64 array"),
    "a computed tensor": (lambda: optim.SGD([P[0] * 2]), TypeError, "leaf"),
    "rate below 0": (lambda: optim.RMSprop(P, lr=-1.0), ValueError, "RMSprop: lr: wanted a number from 0"),
    "rate in words": (lambda: optim.SGD(P, lr="fast"), TypeError, "lr: wanted a number, got str 'fast'"),
    "momentum": (lambda: optim.SGD(P, momentum=-0.1), ValueError, "momentum"),
    "nesterov": (lambda: optim.SGD(P, nesterov=True), ValueError, "momentum > 0"),
    "beta of 1": (lambda: optim.Adam(P, betas=(1.0, 0.9)), ValueError, "betas"),
    "step size": (lambda: optim.StepLR(optim.SGD(P), 0), ValueError, "step_size"),
    "clip": (lambda: optim.clip_grad_norm_(P, -1), ValueError, "max_norm"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_was_wanted_and_what_came(name):
    call, kind, words = ERRORS[name]
    with pytest.raises(kind, match=words):
        call()
