"""State dicts against PyTorch's, both ways; groups; ranges of settings; LAMB against the formulas of its paper."""

import copy
import inspect

import numpy as np
import pytest
import torch
from parity import OURS, THEIRS, leaves, same

from nblib import nn, optim
from nblib.autograd import ones, tensor, zeros
from nblib.optim.optimizer import Optimizer

# name, options that give every kind of memory
MEMORIES = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("Adagrad", {"lr_decay": 0.1}),
    ("RMSprop", {"centered": True, "momentum": 0.5}),
    ("Adam", {}),
    ("AdamW", {}),
    ("Adadelta", {}),
    ("NAdam", {}),
    ("NAdam", {"decoupled_weight_decay": True}),
]


@pytest.fixture(autouse=True)
def exact_counts():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def make(lib, name, options):
    parameters = leaves(lib, [np.linspace(-1, 1, 15).reshape(3, 5), np.array([1.0, 2]), np.array(0.5)])
    groups = [{"params": parameters[:1]}, {"params": parameters[1:], "lr": 0.3}]
    return parameters, getattr(lib.optim, name)(groups, lr=0.1, weight_decay=0.1, **options)


def step(lib, parameters, optimizer, times):
    for t in times:
        for i, p in enumerate(parameters):
            p.grad = lib.tensor(np.random.default_rng(10 * t + i).standard_normal(tuple(p.shape)))
        optimizer.step()


def as_torch(state_dict):
    """Its arrays as tensors of PyTorch, which takes nothing else."""
    return {
        **state_dict,
        "state": {i: {k: torch.tensor(v) for k, v in memory.items()} for i, memory in state_dict["state"].items()},
    }


@pytest.mark.parametrize("name, options", MEMORIES, ids=str)
def test_a_run_goes_on_in_the_other_library(name, options):
    """Three steps here and three there, in both directions, are six steps in one."""
    ours, optimizer = make(OURS, name, options)
    theirs, other = make(THEIRS, name, options)
    step(OURS, ours, optimizer, range(3)), step(THEIRS, theirs, other, range(3))
    mine, hers = optimizer.state_dict(), copy.deepcopy(other.state_dict())
    assert mine["state"].keys() == hers["state"].keys()
    for i, memory in mine["state"].items():
        assert memory.keys() == {k for k, v in hers["state"][i].items() if v is not None}
    step(OURS, ours, optimizer, range(3, 6))

    here, resumed = make(OURS, name, options)
    for p, q in zip(here, theirs):
        p.data = q.detach().numpy().copy()
    resumed.load_state_dict(hers)
    there, resumed_there = make(THEIRS, name, options)
    with torch.no_grad():
        for p, q in zip(there, theirs):
            p.copy_(q)
    resumed_there.load_state_dict(as_torch(mine))
    step(OURS, here, resumed, range(3, 6)), step(THEIRS, there, resumed_there, range(3, 6))
    for p, q, r in zip(ours, here, there):
        same(p, q), same(p, r)
    assert all(type(memory.get("step", 0)) in (int, float) for memory in resumed.state.values())


def test_a_state_of_torch_with_names_and_a_schedule():
    theirs = torch.optim.SGD([("weight", torch.ones(3, requires_grad=True))], momentum=0.9)
    torch.optim.lr_scheduler.OneCycleLR(theirs, 1.0, 10)
    ours = optim.SGD([ones(3)], lr=0.5)
    ours.load_state_dict(theirs.state_dict())
    assert ours.param_groups[0]["lr"] == pytest.approx(1 / 25) and ours.param_groups[0]["initial_lr"] == pytest.approx(
        1 / 25
    )


def test_switches_of_torch_that_change_the_steps_are_refused():
    p = torch.ones(3, requires_grad=True)
    for make_torch, words in [
        (lambda: torch.optim.Adam([p], amsgrad=True), "wanted amsgrad=False for Adam, got True"),
        (lambda: torch.optim.Adam([p], maximize=True), "wanted maximize=False for Adam, got True"),
        (lambda: torch.optim.AdamW([p]), "wanted decoupled_weight_decay=False for Adam, got True"),
    ]:
        optimizer = optim.Adam([ones(3, requires_grad=True)], lr=0.5)
        with pytest.raises(ValueError, match=words):
            optimizer.load_state_dict(make_torch().state_dict())
        assert optimizer.param_groups[0]["lr"] == 0.5
    with pytest.raises(ValueError, match="wanted decoupled_weight_decay=True for AdamW, got False"):
        optim.AdamW([ones(3)]).load_state_dict(torch.optim.Adam([p]).state_dict())
    optim.AdamW([ones(3)]).load_state_dict(torch.optim.AdamW([p], foreach=True).state_dict())


@pytest.mark.parametrize("name", ["SGD", "Adagrad", "RMSprop", "Adam", "AdamW", "NAdam", "Adadelta", "LAMB"])
def test_a_saved_state_shares_nothing(name):
    """Neither with the optimizer that it came from, nor with those that load it."""
    options = {"momentum": 0.9} if name == "SGD" else {}

    def new():
        p = ones(3, requires_grad=True)
        return p, getattr(optim, name)([p], lr=0.1, **options)

    p, optimizer = new()
    p.grad = tensor([1.0, 2, 3])
    optimizer.step()
    saved = optimizer.state_dict()
    before = repr(saved)
    (q, first), (_, second) = new(), new()
    first.load_state_dict(saved), second.load_state_dict(saved)
    for memory in (optimizer.state[p], first.state[q], saved["state"][0]):
        assert repr(saved) == before
        for value in memory.values():
            if isinstance(value, np.ndarray):
                value += 7  # in place, as the engine never does
        memory["more"] = 1
    optimizer.param_groups[0]["lr"] = first.param_groups[0]["lr"] = 9
    saved["param_groups"][0]["params"].append(5)
    assert repr(second.state_dict()) == before and second.param_groups[0]["lr"] == 0.1


def test_a_state_that_does_not_fit_changes_nothing():
    p = ones(3, requires_grad=True)
    optimizer = optim.Adam([p], lr=0.1)
    p.grad = ones(3)
    optimizer.step()
    before = repr(optimizer.state_dict())
    wrong = optimizer.state_dict()
    wrong["state"][0]["exp_avg_sq"] = np.ones(4)
    wrong["param_groups"][0]["lr"] = 7
    with pytest.raises(ValueError, match=r"load_state_dict: wanted exp_avg_sq \(3,\), got \(4,\)"):
        optimizer.load_state_dict(wrong)
    wrong = optimizer.state_dict()
    wrong["param_groups"][0]["lr"] = -7
    with pytest.raises(ValueError, match="Adam: lr: wanted a number from 0"):
        optimizer.load_state_dict(wrong)
    assert repr(optimizer.state_dict()) == before
    for kind in ({"param_groups": []}, [], {"state": {}}):
        with pytest.raises(TypeError, match=r"wanted an optimizer's state_dict\(\), got"):
            optimizer.load_state_dict(kind)


# Groups -----------------------------------------------------------------------------------------------------


def test_a_group_is_added_when_layers_are_unfrozen():
    def run(lib):
        a, b = leaves(lib, [np.ones(3), np.ones((2, 5))])
        optimizer = lib.optim.Adam([a], lr=0.1, betas=(0.5, 0.9))
        step(lib, [a], optimizer, range(2))
        optimizer.add_param_group({"params": b, "lr": 0.01})  # one tensor needs no list
        step(lib, [a, b], optimizer, range(2, 5))
        assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.01]
        assert optimizer.param_groups[1]["betas"] == (0.5, 0.9)
        return a, b

    for p, q in zip(run(OURS), run(THEIRS)):
        same(p, q)


P, Q = (ones(3, requires_grad=True) for _ in range(2))
model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
model[1].weight = model[0].weight  # one tensor under two names
TWICE = {
    "in a list": lambda: optim.SGD([P, Q, P]),
    "in one group": lambda: optim.SGD([{"params": [P, P]}]),
    "in two groups": lambda: optim.SGD([{"params": [P, Q]}, {"params": [P], "lr": 1}]),
    "as a tensor of its own": lambda: optim.Adam([{"params": P}, {"params": P}]),
    "in a group added": lambda: optim.SGD([P, Q]).add_param_group({"params": [Q]}),
    "under two names": lambda: optim.SGD([model[0].weight, model[1].weight]),
    "in two layers": lambda: optim.SGD([*model[0].parameters(), *model[1].parameters()]),
    "as generators": lambda: optim.SGD([{"params": model[0].parameters()}, {"params": model[1].parameters()}]),
}


@pytest.mark.parametrize("name", TWICE)
def test_no_parameter_steps_twice(name):
    with pytest.raises(ValueError, match="wanted each parameter once, got one of them twice"):
        TWICE[name]()


def test_a_group_that_is_refused_is_not_added():
    optimizer = optim.SGD([P])
    for group in ({"params": [P]}, {"params": [Q], "lr": -1}, {"params": []}, {"params": [Q], "nesterov": True}):
        with pytest.raises(ValueError):
            optimizer.add_param_group(group)
    for group in ([Q], {"lr": 0.1}, {"params": [Q], "lrr": 1}, {"params": [np.ones(3)]}):
        with pytest.raises(TypeError):
            optimizer.add_param_group(group)
    assert len(optimizer.param_groups) == 1


def test_a_model_with_shared_weights_is_one_list():
    assert len(optim.SGD(model.parameters()).param_groups[0]["params"]) == 3


# Settings and their ranges ----------------------------------------------------------------------------------

CLASSES = [value for value in vars(optim).values() if isinstance(value, type) and value is not Optimizer]


@pytest.mark.parametrize("optimizer", CLASSES)
def test_every_setting_has_its_range_where_it_is_declared(optimizer):
    settings = set(inspect.signature(optimizer).parameters) - {"params"}
    assert settings == optimizer.ranges.keys()
    for base in optimizer.__mro__[1:-1]:
        assert "update" in vars(optimizer) and optimizer.__doc__ != base.__doc__


@pytest.mark.parametrize("optimizer", CLASSES)
def test_defaults_are_those_of_torch(optimizer):
    if optimizer is optim.LAMB:
        return
    theirs = inspect.signature(getattr(torch.optim, optimizer.__name__)).parameters
    ours = list(inspect.signature(optimizer).parameters.values())
    assert [p.name for p in ours] == list(theirs)[: len(ours)]
    assert all(p.default == theirs[p.name].default for p in ours)


@pytest.mark.parametrize("optimizer", CLASSES)
def test_settings_out_of_range(optimizer):
    for setting in optimizer.ranges:
        wrong = {
            "betas": (0.9, 1.0),
            "rho": 1.0,
            "nesterov": "no",
            "centered": 1,
            "decoupled_weight_decay": None,
            "dampening": float("nan"),
        }.get(setting, -0.1)
        kind = TypeError if setting in ("nesterov", "centered", "decoupled_weight_decay") else ValueError
        for build in (lambda: optimizer([P], **{setting: wrong}), lambda: optimizer([{"params": [P], setting: wrong}])):
            with pytest.raises(kind, match=f"{optimizer.__name__}: {setting}: wanted "):
                build()


def test_an_optimizer_of_your_own():
    """Ranges are not needed; numbers of NumPy still keep float32."""

    class SignDescent(Optimizer):
        def __init__(self, params, lr=0.1):
            super().__init__(params, lr=lr)

        def update(self, p, g, state, lr):
            return p - lr * np.sign(g)

    x = zeros(2, requires_grad=True)
    x.grad = tensor([3.0, -2])
    optimizer = SignDescent([x], lr=np.float64(0.5))
    optimizer.step()
    assert x.tolist() == [-0.5, 0.5] and x.dtype == "float32"
    optimizer.load_state_dict(optimizer.state_dict())
    with pytest.raises(NotImplementedError, match=r"Optimizer: wanted a method update\(p, g, state, …\)"):
        Optimizer([x], lr=1).step()


# LAMB -------------------------------------------------------------------------------------------------------


def lamb(w, gradients, lr, betas, eps, weight_decay):
    """Algorithm 2 of You et al. (2020), with φ(z) = z, written out for one layer."""
    m, v = np.zeros_like(w), np.zeros_like(w)
    for t, g in enumerate(gradients, start=1):
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        r = m / (1 - betas[0] ** t) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
        w = w - lr * np.sqrt((w**2).sum()) / np.sqrt(((r + weight_decay * w) ** 2).sum()) * (r + weight_decay * w)
    return w


@pytest.mark.parametrize("options", [{}, {"lr": 0.1, "betas": (0.5, 0.8), "eps": 1e-3, "weight_decay": 0.3}], ids=str)
def test_lamb(options):
    settings = {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-6, "weight_decay": 1e-2, **options}
    rng, shapes = np.random.default_rng(0), [(3, 5), (7,), (2, 3, 2, 2)]
    starts, gradients = ([rng.standard_normal(shape) for shape in shapes] for _ in range(2))
    gradients = [[g * rng.random() for _ in range(20)] for g in gradients]
    layers = leaves(OURS, starts)
    optimizer = optim.LAMB(layers, **options)
    for t in range(20):
        for layer, g in zip(layers, gradients):
            layer.grad = tensor(g[t])
        optimizer.step()
    for layer, w, g in zip(layers, starts, gradients):
        np.testing.assert_allclose(layer.detach().numpy(), lamb(w, g, **settings), rtol=1e-10)


def test_lamb_moves_each_layer_by_the_same_fraction_of_its_length():
    layers = leaves(OURS, [np.full(4, 100.0), np.full((3, 3), 0.01)])
    for layer, scale in zip(layers, (1e-6, 1e6)):
        layer.grad = tensor(scale * np.ones(layer.shape))
    before = [layer.detach().numpy() for layer in layers]
    optim.LAMB(layers, lr=0.1, weight_decay=0).step()
    for layer, w in zip(layers, before):
        assert np.linalg.norm(layer.detach().numpy() - w) == pytest.approx(0.1 * np.linalg.norm(w), rel=1e-6)


def test_lamb_from_zero():
    p = zeros(3, requires_grad=True)
    p.grad = ones(3)
    optimizer = optim.LAMB([p], lr=0.1)
    optimizer.step()
    np.testing.assert_allclose(p.detach().numpy(), -0.1, rtol=1e-5)  # the factor is 1, else it would stay there
    q = zeros(3, requires_grad=True)
    q.grad = zeros(3)
    optim.LAMB([q], lr=0.1).step()
    assert q.tolist() == [0, 0, 0]


def test_centred_rmsprop_with_a_gradient_that_never_changes():
    """The variance is then 0, and rounding must not make it negative: its root would be NaN."""
    p = zeros(1000, requires_grad=True)
    optimizer = optim.RMSprop([p], lr=1e-3, alpha=0.9, centered=True)
    gradient = tensor(np.random.default_rng(0).standard_normal(1000).astype("f4"))
    for _ in range(200):
        p.grad = gradient
        optimizer.step()
    assert np.isfinite(p.detach().numpy()).all()
