"""Modules against torch.nn: outputs, gradients, state dicts both ways, starting values; what they keep."""

import copy
import gc
import pickle
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from parity import OURS, THEIRS, leaves, same

from nblib import autograd, nn, optim
from nblib.autograd import float32, float64, manual_seed, ones, randn, random, set_default_dtype, tensor, zeros
from nblib.nn import functional

SETTINGS = settings(deadline=None, derandomize=True, max_examples=10)
PRIMES = st.sampled_from([2, 3, 5, 7])
SEEDS = st.integers(0, 10_000)


@pytest.fixture(autouse=True)
def in_float64():
    set_default_dtype(float64)
    yield
    set_default_dtype(float32)


def exchanged(make, seed=0):
    """One model in both libraries with the same numbers, none of them at its starting value."""
    ours, theirs = make(OURS), make(THEIRS).double()
    rng = np.random.default_rng(seed)
    ours.load_state_dict(
        {
            name: rng.random(t.shape) + 0.1 if t.dtype.kind == "f" else np.array(3)
            for name, t in ours.state_dict().items()
        }
    )
    theirs.load_state_dict({name: torch.tensor(t.numpy()) for name, t in ours.state_dict().items()})
    return ours, theirs


def check_module(make, *shapes, seed=0, train=True):
    ours, theirs = exchanged(make, seed)
    ours.train(train), theirs.train(train)
    arrays = [np.random.default_rng(seed).standard_normal(shape) for shape in shapes]
    xs, ts = leaves(OURS, arrays), leaves(THEIRS, arrays)
    y, t = ours(*xs), theirs(*ts)
    same(y, t)
    g = np.random.default_rng(seed + 1).standard_normal(y.shape)
    y.backward(tensor(g))
    t.backward(torch.tensor(g))
    for x, t in zip(xs, ts):
        same(x.grad, t.grad)
    for (name, p), (their_name, q) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        assert name == their_name
        same(p.grad, q.grad)
    for name, value in theirs.state_dict().items():  # running statistics as well
        same(ours.state_dict()[name], value)


# Parity -----------------------------------------------------------------------------------------------------

MODULES = {
    "Linear": lambda lib: lib.nn.Linear(5, 3),
    "Linear without bias": lambda lib: lib.nn.Linear(5, 3, bias=False),
    "BatchNorm1d": lambda lib: lib.nn.BatchNorm1d(5),
    "BatchNorm1d with options": lambda lib: lib.nn.BatchNorm1d(5, eps=0.1, momentum=0.3),
    "PReLU": lambda lib: lib.nn.PReLU(),
    "PReLU of 5": lambda lib: lib.nn.PReLU(5),
    "Dropout(0)": lambda lib: lib.nn.Dropout(0.0),
    "Identity": lambda lib: lib.nn.Identity(),
    "ReLU": lambda lib: lib.nn.ReLU(),
    "LeakyReLU": lambda lib: lib.nn.LeakyReLU(),
    "LeakyReLU(0.3)": lambda lib: lib.nn.LeakyReLU(0.3),
    "ELU": lambda lib: lib.nn.ELU(),
    "ELU(alpha=0.5)": lambda lib: lib.nn.ELU(alpha=0.5),
    "SELU": lambda lib: lib.nn.SELU(),
    "Sigmoid": lambda lib: lib.nn.Sigmoid(),
    "Tanh": lambda lib: lib.nn.Tanh(),
    "Softmax": lambda lib: lib.nn.Softmax(dim=1),
    "LogSoftmax": lambda lib: lib.nn.LogSoftmax(dim=-1),
    "Flatten": lambda lib: lib.nn.Flatten(),
    "a deep network": lambda lib: lib.nn.Sequential(
        lib.nn.Linear(5, 7),
        lib.nn.BatchNorm1d(7),
        lib.nn.ReLU(),
        lib.nn.Dropout(0.0),
        lib.nn.Sequential(lib.nn.Linear(7, 3), lib.nn.Tanh()),
        lib.nn.Linear(3, 2),
    ),
}


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("train", [True, False])
@given(n=PRIMES, seed=SEEDS)
@SETTINGS
def test_modules(name, train, n, seed):
    check_module(MODULES[name], (n, 5), seed=seed, train=train)


def test_modules_on_more_dimensions():
    check_module(MODULES["Linear"], (2, 3, 5))
    check_module(MODULES["Flatten"], (2, 3, 5))
    check_module(lambda lib: lib.nn.BatchNorm1d(3), (2, 3, 5))


@pytest.mark.parametrize(
    "name, options",
    [
        (name, options)
        for name, options in [
            ("MSELoss", {}),
            ("L1Loss", {}),
            ("BCEWithLogitsLoss", {}),
            ("CrossEntropyLoss", {}),
            ("NLLLoss", {}),
            ("MultiMarginLoss", {"margin": 0.7}),
        ]
        for options in [options, {**options, "reduction": "sum"}]
    ],
    ids=str,
)
def test_losses(name, options):
    with pytest.raises(TypeError, match=f"{name}: .*wanted .*got .*'sum'"):
        getattr(nn, name)("sum")  # which means something else to PyTorch
    x = np.random.default_rng(0).standard_normal((5, 3))
    labelled = name in ("CrossEntropyLoss", "NLLLoss", "MultiMarginLoss")
    y = np.array([0, 2, 1, 1, 0]) if labelled else np.random.default_rng(1).random((5, 3))
    ours, theirs = tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    loss = getattr(nn, name)(**options)(ours, tensor(y))
    their_loss = getattr(torch.nn, name)(**options)(theirs, torch.tensor(y))
    loss.backward()
    their_loss.backward()
    same(loss, their_loss)
    same(ours.grad, theirs.grad)


def test_embedding():
    ours, theirs = exchanged(lambda lib: lib.nn.Embedding(7, 3))
    i = np.array([[1, 1], [6, 0]])
    y, t = ours(tensor(i)), theirs(torch.tensor(i))
    (y * y).sum().backward()
    (t * t).sum().backward()
    same(y, t)
    same(ours.weight.grad, theirs.weight.grad)


@given(sizes=st.lists(PRIMES, min_size=2, max_size=5), batch=PRIMES, seed=SEEDS)
@SETTINGS
def test_training_for_ten_steps(sizes, batch, seed):
    """The same source trains a network in both libraries; all losses and the last weights agree."""

    def make(lib):
        layers = []
        for i, o in zip(sizes, sizes[1:]):
            layers += [lib.nn.Linear(i, o), lib.nn.Tanh()]
        return lib.nn.Sequential(*layers[:-1])

    def train(lib, model):
        rng, losses = np.random.default_rng(seed), []
        optimizer = lib.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        for _ in range(10):
            X = lib.tensor(rng.standard_normal((batch, sizes[0])))
            y = lib.tensor(rng.integers(0, sizes[-1], batch))
            optimizer.zero_grad()
            loss = lib.F.cross_entropy(model(X), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    ours, theirs = exchanged(make, seed)
    np.testing.assert_allclose(train(OURS, ours), train(THEIRS, theirs), rtol=1e-10)
    for name, value in theirs.state_dict().items():
        same(ours.state_dict()[name], value)


def test_training_leaves_nothing_to_the_garbage_collector():
    X, y = randn(7, 5), tensor([0, 1, 1, 1, 0, 1, 0])
    model = MODULES["a deep network"](OURS)
    optimizer = optim.Adam(model.parameters())
    losses = [nn.CrossEntropyLoss(), nn.NLLLoss(), nn.MultiMarginLoss()]
    gc.collect()
    gc.disable()
    try:
        for loss_of in losses:
            optimizer.zero_grad()
            loss_of(model(X), y).backward()
            optimizer.step()
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_memory_does_not_grow_over_training():
    model = MODULES["a deep network"](OURS)
    optimizer, X, y = optim.Adam(model.parameters()), randn(70, 5), tensor([0, 1] * 35)

    def step():
        optimizer.zero_grad()
        nn.CrossEntropyLoss()(model(X), y).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    def bytes_in_arrays():
        of_numpy = tracemalloc.DomainFilter(True, np.lib.tracemalloc_domain)
        return sum(trace.size for trace in tracemalloc.take_snapshot().filter_traces([of_numpy]).traces)

    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        for _ in range(3):
            step()
        before = bytes_in_arrays()
        for _ in range(20):
            step()
        assert bytes_in_arrays() == before
    finally:
        tracemalloc.stop()
        gc.enable()


# State dicts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Linear", "BatchNorm1d", "PReLU", "a deep network"])
def test_state_dicts_copy_both_ways(name):
    ours, theirs = MODULES[name](OURS), MODULES[name](THEIRS).double()
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    for key, value in theirs.state_dict().items():
        same(ours.state_dict()[key], value)
        assert str(value.dtype) == f"torch.{ours.state_dict()[key].dtype}"
    fresh = MODULES[name](THEIRS).double()
    fresh.load_state_dict({key: torch.from_numpy(value.numpy()) for key, value in ours.state_dict().items()})
    x = np.random.default_rng(0).standard_normal((3, 5))
    same(fresh(torch.tensor(x)), theirs(torch.tensor(x)))


def test_loading_copies_the_numbers():
    ours, theirs = nn.Linear(5, 3), torch.nn.Linear(5, 3).double()
    ours.load_state_dict(theirs.state_dict())
    with torch.no_grad():
        theirs.weight.add_(1)
    same(ours.weight + 1, theirs.weight)


def test_a_state_dict_is_a_snapshot_and_can_be_saved(tmp_path):
    manual_seed(0)
    model = MODULES["a deep network"](OURS)
    np.savez(tmp_path / "model.npz", **{name: value.numpy() for name, value in model.state_dict().items()})
    before = model.state_dict()
    for parameter in model.parameters():
        parameter.data = parameter.data + 1
    assert not np.allclose(before["0.weight"].numpy(), model[0].weight.detach().numpy())
    model.load_state_dict(np.load(tmp_path / "model.npz"))
    for name, value in model.state_dict().items():
        assert (value == before[name]).data.all()
    assert model[0].weight.requires_grad


def test_state_dicts_that_do_not_fit_change_nothing():
    model = nn.Linear(5, 3)
    before = model.state_dict()
    with pytest.raises(KeyError, match=r"missing \['bias'\], unknown \['b'\]"):
        model.load_state_dict({"weight": zeros(3, 5), "b": zeros(3)})
    with pytest.raises(ValueError, match=r"wanted bias \(3,\), got \(5,\)"):
        model.load_state_dict({"weight": zeros(3, 5), "bias": zeros(5)})
    with pytest.raises(TypeError, match="wanted numbers.*array of shape"):
        model.load_state_dict({"weight": zeros(3, 5), "bias": np.array(["a", "b", "c"])})
    with pytest.raises(TypeError, match=r"wanted a dict \{name: tensor\}, got list"):
        model.load_state_dict([zeros(3, 5), zeros(3)])
    with pytest.raises(TypeError, match=r"wanted a dict \{name: tensor\}, got Linear"):
        model.load_state_dict(model)
    assert all((value == before[name]).data.all() for name, value in model.state_dict().items())


# What a Module keeps ----------------------------------------------------------------------------------------


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(tensor(2.0))
        self.first = nn.Linear(5, 3)
        self.note = "not a parameter"
        self.constant = ones(3)
        self.average = nn.Buffer(zeros(3))
        self.second = nn.Linear(3, 3)
        self.second.weight = self.first.bias_like = nn.Parameter(ones(3, 3))

    def forward(self, x, twice=False):
        return self.second(self.first(x)) * self.scale * (2 if twice else 1)


def test_parameters_come_in_order_and_shared_ones_once():
    net = Net()
    names = ["scale", "first.weight", "first.bias", "first.bias_like", "second.bias"]
    assert [name for name, _ in net.named_parameters()] == names
    assert [p.shape for p in net.parameters()] == [(), (3, 5), (3,), (3, 3), (3,)]
    assert list(net.state_dict()) == ["scale", "average", *names[1:4], "second.weight", "second.bias"]
    assert (net(ones(2, 5), twice=True) == 2 * net(ones(2, 5))).data.all()


def test_a_parameter_computes_like_any_tensor():
    p = nn.Parameter(tensor([[1.0, 3], [2, 1]]))
    (p.max(1).values.sum() + p.min() + (p * 2).mean(0).sum()).backward()
    assert p.max(1).indices.tolist() == [1, 0] and type(p * 2) is type(p.max()) is autograd.Tensor
    same(p.grad, torch.tensor([[1.5, 2], [2, 1.5]]).double())


def test_train_and_eval_reach_every_module():
    model = nn.Sequential(nn.Linear(5, 3), nn.Sequential(nn.Dropout(0.5), nn.BatchNorm1d(3)))
    assert all(module.training for module in model.modules()) and len(list(model.modules())) == 5
    assert model.eval() is model and not any(module.training for module in model.modules())
    assert model.train() is model and all(module.training for module in model.modules())


def test_dropout_follows_the_mode():
    manual_seed(0)
    layer, x = nn.Dropout(0.5), ones(50, 50)
    assert set(np.unique(layer(x).numpy())) == {0, 2}
    assert (layer.eval()(x) == x).data.all()


def test_zero_grad_and_freezing():
    model = nn.Sequential(nn.Linear(5, 3), nn.Linear(3, 2))
    model[0].requires_grad_(False)
    model(ones(2, 5)).sum().backward()
    assert [p.grad is None for p in model.parameters()] == [True, True, False, False]
    model.zero_grad()
    assert all(p.grad is None for p in model.parameters())


def test_conversion():
    set_default_dtype(float32)
    model = nn.Sequential(nn.Linear(5, 3), nn.BatchNorm1d(3))
    assert {p.dtype for p in model.parameters()} == {float32} and model(ones(2, 5)).dtype == float32
    assert {str(v.dtype) for v in model.double().state_dict().values()} == {"float64", "int64"}
    assert model(ones(2, 5, dtype=float64)).dtype == float64
    model(ones(2, 5, dtype=float64)).sum().backward()
    assert all(p.grad is None for p in model.to(float32).parameters())  # else of another dtype than p
    for wrong in (int, "cpu", autograd.int64):
        with pytest.raises(TypeError, match="to: wanted float32 or float64"):
            model.to(wrong)
    assert {p.dtype for p in model.parameters()} == {float32}


def test_sequential_is_a_list_of_modules():
    model = nn.Sequential(nn.Linear(5, 3), nn.ReLU(), nn.Linear(3, 2))
    assert len(model) == 3 and [type(m).__name__ for m in model] == ["Linear", "ReLU", "Linear"]
    assert model[-1] is list(model)[2] and len(model[:2]) == 2
    x = randn(7, 5)
    assert (model[:2](x) == model[1](model[0](x))).data.all()


def test_a_list_of_modules_has_their_parameters():
    def make(lib):
        class Net(lib.nn.Module):
            def __init__(self):
                super().__init__()
                self.layers = lib.nn.ModuleList([lib.nn.Linear(5, 5), lib.nn.Linear(5, 5)])
                self.layers.append(lib.nn.Linear(5, 3)).extend([lib.nn.Tanh()])

            def forward(self, x):
                for layer in self.layers[:-1]:
                    x = layer(x)
                return self.layers[-1](x) * len(self.layers)

        return Net()

    check_module(make, (7, 5))
    assert type(make(OURS).layers[1:]) is nn.ModuleList
    assert type(nn.Sequential(nn.ReLU(), nn.Tanh())[1:]) is nn.Sequential


@pytest.mark.parametrize(
    "make",
    [
        nn.Sequential,
        lambda *modules: nn.ModuleList(modules),
        lambda *modules: [nn.ModuleList().append(module) for module in modules],
    ],
)
def test_what_is_no_module_is_not_left_out(make):
    with pytest.raises(TypeError, match=r": wanted modules, got type .*; did you mean ReLU\(\)\?"):
        make(nn.Linear(5, 3), nn.ReLU)
    for wrong in (functional.relu, [nn.ReLU()], 5, None):
        with pytest.raises(TypeError, match=": wanted modules, got "):
            make(nn.Linear(5, 3), wrong)


def test_a_parameter_is_replaced_by_a_parameter_only():
    layer = nn.Linear(5, 3)
    for wrong in (zeros(3, 5), np.zeros((3, 5)), nn.Buffer(zeros(3, 5)), 1.0):
        with pytest.raises(TypeError, match=r"Linear: wanted nn.Parameter\(…\) or None as weight, got"):
            layer.weight = wrong
    layer.weight, layer.bias = nn.Parameter(zeros(3, 5)), None
    assert layer(ones(2, 5)).tolist() == zeros(2, 3).tolist() and len(list(layer.parameters())) == 1


def test_clipping_has_the_names_of_torch():
    assert callable(nn.utils.clip_grad_norm_) and callable(nn.utils.clip_grad_value_)


def test_repr():
    model = nn.Sequential(nn.Linear(5, 3), nn.Sequential(nn.LeakyReLU(0.2), nn.Dropout(0.3)), nn.ReLU())
    assert (
        repr(model)
        == """Sequential(
  (0): Linear(in_features=5, out_features=3, bias=True)
  (1): Sequential(
    (0): LeakyReLU(negative_slope=0.2)
    (1): Dropout(p=0.3)
  )
  (2): ReLU()
)"""
    )
    assert repr(nn.BatchNorm1d(3)) == repr(torch.nn.BatchNorm1d(3))
    assert repr(nn.Embedding(7, 3)) == "Embedding(7, 3)" and repr(nn.PReLU(3)) == "PReLU(num_parameters=3)"


def test_copies_and_pickles_are_independent():
    model = MODULES["a deep network"](OURS)
    x = randn(3, 5)
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert (twin.eval()(x) == model.eval()(x)).data.all()
        twin[0].weight.data = twin[0].weight.data + 1
        assert not (twin(x) == model(x)).data.all()


def test_errors_say_what_was_wanted_and_what_came():
    class Forgetful(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(5, 3)

    with pytest.raises(AttributeError, match=r"Forgetful: wanted super\(\).__init__\(\) before self.layer"):
        Forgetful()
    with pytest.raises(ValueError, match=r"shapes \(…, D\), \(K, D\) .* got \(2, 3\) and \(3, 5\)"):
        nn.Linear(5, 3)(ones(2, 3))
    with pytest.raises(TypeError, match="in_features: wanted a whole number, got float"):
        nn.Linear(5.0, 3)
    with pytest.raises(TypeError, match=r"LeakyReLU: wanted .*\(negative_slope=0.01\), got .*\(slope=0.1\)"):
        nn.LeakyReLU(slope=0.1)
    with pytest.raises(TypeError, match=r"ReLU: wanted ReLU\(\), got ReLU\(0.1\)"):
        nn.ReLU(0.1)
    for name in ("Softmax", "LogSoftmax"):
        with pytest.raises(TypeError, match=rf"{name}: wanted {name}\(dim\), got {name}\(\)"):
            getattr(nn, name)()
    with pytest.raises(TypeError, match="Parameter: wanted a tensor, got list"):
        nn.Parameter([1.0])
    with pytest.raises(TypeError, match="init: wanted a tensor, got float64 array"):
        nn.init.zeros_(np.ones(3))
    with pytest.raises(ValueError, match=r"BatchNorm1d: wanted .*\(N, 3, L\), got \(2, 3, 5, 7\)"):
        nn.BatchNorm1d(3)(ones(2, 3, 5, 7))
    with pytest.raises(NotImplementedError, match="Module: wanted a forward method"):
        nn.Module()(ones(2))
    with pytest.raises(TypeError, match="floating-point.*int64"):
        nn.Parameter(tensor([1, 2]))
    with pytest.raises(ValueError, match=r"two dimensions or more, got shape \(3,\)"):
        nn.init.xavier_uniform_(zeros(3))
    with pytest.raises(ValueError, match="nonlinearity: wanted one of linear"):
        nn.init.calculate_gain("cosine")
    with pytest.raises(ValueError, match="mode: wanted one of fan_in, fan_out"):
        nn.init.kaiming_normal_(zeros(3, 5), mode="fan")


def test_the_engine_loads_neither_torch_nor_anything_else_heavy():
    code = (
        "import sys, nblib.nn, nblib.optim; "
        "print({name.split('.')[0] for name in sys.modules} & {'torch', 'scipy', 'matplotlib'})"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


# Starting values --------------------------------------------------------------------------------------------

INITS = {
    "zeros_": {},
    "ones_": {},
    "constant_": {"val": 0.3},
    "normal_": {"mean": 0.5, "std": 2.0},
    "uniform_": {"a": -0.5, "b": 2.0},
    "xavier_normal_": {},
    "xavier_uniform_": {"gain": 5 / 3},
    "kaiming_normal_": {"nonlinearity": "relu"},
    "kaiming_uniform_": {"a": 0.3, "mode": "fan_out"},
    "kaiming_normal_ ": {},
    "kaiming_uniform_ ": {"a": 5**0.5},
    "xavier_normal_ ": {"gain": 2.0},
}


class SameNumbers:
    """A random generator that draws what PyTorch draws from the same seed."""

    def random(self, size):
        return torch.empty(size, dtype=torch.float64).uniform_().numpy()

    def standard_normal(self, size):
        return torch.empty(size, dtype=torch.float64).normal_().numpy()


@pytest.mark.parametrize("name", INITS)
@given(shape=st.lists(PRIMES, min_size=2, max_size=4).map(tuple), seed=SEEDS)
@SETTINGS
def test_initializers_turn_the_same_random_numbers_into_the_same_weights(name, shape, seed):
    ours, theirs = zeros(shape), torch.zeros(shape, dtype=torch.float64)
    torch.manual_seed(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(random.state, "rng", SameNumbers())
        result = getattr(nn.init, name.strip())(ours, **INITS[name])
    torch.manual_seed(seed)
    getattr(torch.nn.init, name.strip())(theirs, **INITS[name])
    assert result is ours
    same(ours, theirs)


@pytest.mark.parametrize("name", ["linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"])
def test_gains(name):
    assert nn.init.calculate_gain(name) == pytest.approx(torch.nn.init.calculate_gain(name), rel=1e-12)
    ours, theirs = nn.init.calculate_gain("leaky_relu", 0.3), torch.nn.init.calculate_gain("leaky_relu", 0.3)
    assert ours == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("name, sizes", [("Linear", (5, 3)), ("Embedding", (7, 3))])
def test_layers_start_as_in_torch(monkeypatch, name, sizes):
    monkeypatch.setattr(random.state, "rng", SameNumbers())
    torch.manual_seed(11)
    ours = getattr(nn, name)(*sizes)
    torch.manual_seed(11)
    torch.set_default_dtype(torch.float64)
    try:
        theirs = getattr(torch.nn, name)(*sizes)
    finally:
        torch.set_default_dtype(torch.float32)
    for name, value in theirs.state_dict().items():
        same(ours.state_dict()[name], value)
