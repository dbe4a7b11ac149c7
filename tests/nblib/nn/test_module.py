"""What modules can do besides computing: containers, hooks, buffers, freezing, partial state dicts; plain classes."""

import copy
import gc
import importlib
import inspect
import pickle
import weakref
from collections import OrderedDict

import numpy as np
import pytest
import torch
from parity import OURS, THEIRS, same

from nblib import nn, optim
from nblib.autograd import float32, manual_seed, ones, operation, randn, tensor, zeros

PLAIN = {name: value for name, value in vars(nn).items() if isinstance(value, type) and issubclass(value, nn.Module)}
MINE = [
    name
    for name, value in PLAIN.items()
    if value.__module__.split(".")[-1] in ("activation", "container", "flatten", "linear", "loss", "module")
]


# Plain classes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MINE)
def test_a_layer_is_a_class_that_can_be_read(name):
    source, layer = inspect.getsource(PLAIN[name]), PLAIN[name]
    assert source.startswith(f"class {name}")
    assert "def forward(" in source or name in ("ModuleDict", "ModuleList", "ParameterList")
    assert layer.__doc__ and layer.__doc__ in source and "__init__" in vars(layer)
    assert (
        layer.__module__.startswith("nblib.nn.") and getattr(importlib.import_module(layer.__module__), name) is layer
    )


@pytest.mark.parametrize("name", [name for name in MINE if name not in ("Module", "Identity", "ModuleDict", "Linear")])
def test_parameters_have_the_names_order_and_defaults_of_torch(name):
    """Of those that may come without a name, the order counts too; what PyTorch has besides is left out."""
    ours = inspect.signature(PLAIN[name]).parameters.values()
    theirs = inspect.signature(getattr(torch.nn, name)).parameters
    assert [p.name for p in ours if p.name not in ("modules", "values")] == [
        key for key in theirs if key in {p.name for p in ours} and key not in ("modules", "values")
    ] or name == "BCEWithLogitsLoss"
    for p in ours:
        if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) and p.name not in ("modules", "values", "dim"):
            assert p.default == theirs[p.name].default, p
    skipped = [key for key in theirs if key not in {p.name for p in ours}]
    for p in ours:  # after one that is left out, a name is needed
        if p.kind is p.POSITIONAL_OR_KEYWORD and p.name in theirs:
            assert not any(list(theirs).index(key) < list(theirs).index(p.name) for key in skipped), p


@pytest.mark.parametrize("name", MINE)
def test_copies_and_pickles(name):
    make = {
        "Linear": lambda: nn.Linear(3, 2),
        "Softmax": lambda: nn.Softmax(1),
        "LogSoftmax": lambda: nn.LogSoftmax(1),
        "Unflatten": lambda: nn.Unflatten(1, (1, -1)),
        "CrossEntropyLoss": lambda: nn.CrossEntropyLoss(ones(3)),
        "ModuleDict": lambda: nn.ModuleDict({"a": nn.PReLU()}),
        "Sequential": lambda: nn.Sequential(nn.PReLU()),
        "ParameterList": lambda: nn.ParameterList([nn.Parameter(ones(2))]),
    }.get(name, PLAIN[name])
    layer = make()
    for twin in (copy.deepcopy(layer), copy.copy(layer), pickle.loads(pickle.dumps(layer))):
        assert type(twin) is type(layer) and repr(twin) == repr(layer)
        assert list(twin.state_dict()) == list(layer.state_dict())
        for name, value in layer.state_dict().items():
            assert twin.state_dict()[name].tolist() == value.tolist()


WRONG_CALLS = [
    (lambda: nn.ReLU(0.1), r"ReLU: wanted ReLU\(\), got ReLU\(0.1\): too many positional"),
    (lambda: nn.ReLU(inplace=True), r"ReLU: wanted ReLU\(\), got ReLU\(inplace=True\)"),
    (lambda: nn.Softmax(), r"Softmax: wanted Softmax\(dim\), got Softmax\(\): missing a required argument: 'dim'"),
    (lambda: nn.Linear(3), r"Linear: wanted Linear\(in_features, out_features, bias=True\), got Linear\(3\)"),
    (lambda: nn.MSELoss("sum"), r"MSELoss: wanted MSELoss\(\*, reduction='mean'\), got MSELoss\('sum'\)"),
    (lambda: nn.ReLU(randn(5, 5)), r"got ReLU\(a Tensor\)"),
    (lambda: nn.Module(3), r"Module: wanted Module\(\), got Module\(3\)"),
]


@pytest.mark.parametrize("call, words", WRONG_CALLS)
def test_a_wrong_call_is_shown_beside_the_right_one(call, words):
    with pytest.raises(TypeError, match=words):
        call()


def test_the_words_are_about_the_call_and_not_about_what_happens_inside():
    class Net(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.layer = nn.Linear(width, len(width))

    with pytest.raises(TypeError, match=r"Net: wanted Net\(width\), got Net\(\)"):
        Net()
    with pytest.raises(TypeError, match=r"object of type 'int' has no len\(\)"):
        Net(3)

    class Half(nn.Linear):
        def __init__(self, width):
            super().__init__(width)

    class Empty(nn.Module):
        pass

    with pytest.raises(
        TypeError, match=r"Linear: wanted Linear\(in_features, out_features, bias=True\), got Linear\(5\)"
    ):
        Half(5)
    with pytest.raises(TypeError, match=r"Empty: wanted Empty\(\), got Empty\(5\)"):
        Empty(5)


# "Change the import" ----------------------------------------------------------------------------------------

SCRIPTS = {
    "a classifier with a schedule": """
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import optim
from torch.nn.init import kaiming_normal_
from torch.nn.utils import clip_grad_norm_
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

class Net(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(i, o) for i, o in zip(sizes, sizes[1:]))
        self.act = nn.ModuleDict({"gelu": nn.GELU(), "silu": nn.SiLU()})
        self.register_buffer("scale", torch.tensor(0.5))

    def forward(self, x, act="gelu"):
        for layer in self.layers[:-1]:
            x = self.act[act](layer(x)) * self.scale
        return F.log_softmax(self.layers[-1](x), dim=1)

model = Net([5, 7, 3])
load(model)
optimizer = optim.AdamW(model.parameters(), lr=0.03, weight_decay=0.1)
parts = [LinearLR(optimizer, 0.1, total_iters=3), CosineAnnealingLR(optimizer, 9)]
schedule = SequentialLR(optimizer, parts, milestones=[3])
for _ in range(9):
    optimizer.zero_grad()
    loss = F.nll_loss(model(X), y, weight=torch.tensor([1.0, 2.0, 0.5], dtype=torch.float64))
    loss.backward()
    clip_grad_norm_(model.parameters(), max_norm=0.7)
    optimizer.step()
    schedule.step()
    losses.append(loss.item())
""",
    "a frozen body and a new head": """
import torch
from torch import nn
import torch.optim as optim
import torch.optim.lr_scheduler as lr_scheduler

model = nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Sequential(nn.Linear(7, 7), nn.ELU(0.5)), nn.Linear(7, 3))
load(model)
for parameter in model[:3].parameters():
    parameter.requires_grad = False
kept = {}
handle = model[1].register_forward_hook(lambda module, inputs, output: kept.update(tanh=output))
optimizer = optim.SGD([{"params": model[3].parameters(), "lr": 0.3}], lr=0.1, momentum=0.9, nesterov=True)
schedule = lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
loss_of = nn.CrossEntropyLoss(label_smoothing=0.1, ignore_index=0)
for _ in range(5):
    optimizer.zero_grad()
    loss = loss_of(model(X), y)
    loss.backward()
    optimizer.step()
    schedule.step()
    losses.append(loss.item())
losses.append(kept["tanh"].sum().item())
handle.remove()
""",
    "regression until the loss stops falling": """
import torch
from torch import nn, optim
from torch.optim.lr_scheduler import ReduceLROnPlateau

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(5, 3), nn.PReLU(3), nn.Flatten(), nn.Unflatten(1, (3, 1)), nn.Flatten(0))
load(model)
optimizer = optim.RMSprop(model.parameters(), lr=0.2, momentum=0.5, centered=True)
schedule = ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
loss_of = nn.HuberLoss(delta=0.5)
for _ in range(30):
    optimizer.zero_grad()
    loss = loss_of(model(X).reshape(-1, 3), X.sum(dim=1).reshape(-1, 1) * ones(1, 3))
    loss.backward()
    optimizer.step()
    schedule.step(loss.item())
    losses.append(loss.item())
losses.append(optimizer.param_groups[0]["lr"])
""",
}


def run_script(source, lib):
    """The losses of a script; both libraries start from the same weights, drawn in float64."""

    def load(model):
        rng = np.random.default_rng(0)
        model.double()
        model.load_state_dict(
            {
                name: lib.tensor(rng.standard_normal(tuple(value.shape)) / 2)
                for name, value in model.state_dict().items()
            }
        )

    rng, losses = np.random.default_rng(1), []
    names = {
        "load": load,
        "losses": losses,
        "X": lib.tensor(rng.standard_normal((8, 5))),
        "y": lib.tensor(np.array([0, 2, 1, 1, 0, 2, 2, 1])),
        "ones": lambda *size: lib.tensor(np.ones(size)),
    }
    exec(source, names)
    return losses


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_for_torch_runs_after_changing_the_import(name):
    source = SCRIPTS[name]
    changed = (
        source.replace("import torch\n", "from nblib import autograd as torch\n")
        .replace("import torch.", "import nblib.")
        .replace("from torch", "from nblib")
    )
    ours, theirs = run_script(changed, OURS), run_script(source, THEIRS)
    assert len(ours) > 5 and "nblib" in changed
    np.testing.assert_allclose(ours, theirs, rtol=1e-10)


# Hooks ------------------------------------------------------------------------------------------------------


def test_a_hook_keeps_activations_until_it_is_removed():
    model, kept = nn.Sequential(nn.Linear(5, 3), nn.ReLU(), nn.Linear(3, 2)), []
    handle = model[1].register_forward_hook(lambda module, inputs, output: kept.append((module, inputs, output)))
    x = randn(7, 5)
    y = model(x)
    ((module, (before,), after),) = kept
    assert module is model[1] and (after == before.relu()).data.all() and (model[2](after) == y).data.all()
    assert "_forward_hooks" not in vars(nn.ReLU()) and not nn.ReLU._forward_hooks
    nn.Sequential(nn.ReLU())(x)  # other modules of the class have no hook
    handle.remove(), handle.remove()
    model(x)
    assert len(kept) == 1


def test_what_a_hook_returns_takes_the_place_of_the_output():
    layer, calls = nn.Linear(5, 3), []
    with layer.register_forward_hook(lambda module, inputs, output: output * 0 + 1):
        second = layer.register_forward_hook(lambda module, inputs, output: calls.append(output.tolist()))
        assert layer(ones(1, 5)).tolist() == [[1, 1, 1]] == calls[0]  # in the order in which they came
    second.remove()
    assert layer(ones(1, 5)).tolist() != [[1, 1, 1]]


def test_a_hook_may_remove_itself_and_be_there_twice():
    layer, calls = nn.Identity(), []

    def once(module, inputs, output):
        calls.append(1)
        handle.remove()

    handle = layer.register_forward_hook(once)
    again = layer.register_forward_hook(lambda *_: calls.append(2))
    layer(1), layer(1)
    assert calls == [1, 2, 2]
    again.remove()
    count = calls.append
    handles = [layer.register_forward_hook(lambda *_: count(3)) for _ in range(2)]
    handles[0].remove()
    layer(1)
    assert calls == [1, 2, 2, 3]
    with pytest.raises(
        TypeError, match=r"register_forward_hook: wanted a function of \(module, inputs, output\), got NoneType"
    ):
        layer.register_forward_hook(None)


def test_gradients_of_activations_and_their_memory():
    model, kept = nn.Sequential(nn.Linear(5, 3), nn.Tanh(), nn.Linear(3, 1)), []

    def keep(module, inputs, output):
        output.retain_grad()
        kept.append(output)

    with model[1].register_forward_hook(keep):
        model(ones(2, 5)).sum().backward()
    same(kept[0].grad, torch.tensor(np.repeat(model[2].weight.detach().numpy(), 2, axis=0)), 1e-6)
    gone = weakref.ref(kept.pop())
    gc.disable()
    try:
        assert gone() is None  # by counting references alone
    finally:
        gc.enable()


# Containers -------------------------------------------------------------------------------------------------


def test_a_dict_of_modules():
    def make(lib):
        heads = lib.nn.ModuleDict({"a": lib.nn.Linear(5, 3)})
        heads["b"] = lib.nn.Linear(5, 2)
        heads.update({"a": lib.nn.Linear(5, 1)})
        return heads

    ours, theirs = make(OURS), make(THEIRS)
    assert list(ours.state_dict()) == list(theirs.state_dict()) == ["a.weight", "a.bias", "b.weight", "b.bias"]
    assert list(ours) == list(ours.keys()) == ["a", "b"] and len(ours) == 2 and "b" in ours and "c" not in ours
    assert dict(ours.items())["b"] is list(ours.values())[1] is ours["b"] and ours["a"].out_features == 1
    for name in ("keys", "forward", "a.b", 5, "training"):
        with pytest.raises(KeyError, match="ModuleDict: wanted a name that is no method's"):
            ours[name] = nn.ReLU()
    with pytest.raises(TypeError, match="ModuleDict: wanted modules, got type"):
        ours["c"] = nn.ReLU
    with pytest.raises(KeyError, match="c"):
        ours["c"]


def test_a_list_of_parameters():
    def make(lib):
        class Net(lib.nn.Module):
            def __init__(self):
                super().__init__()
                self.powers = lib.nn.ParameterList(
                    [lib.nn.Parameter(lib.tensor([2.0])), lib.nn.Parameter(lib.tensor([3.0, 4]))]
                )
                self.powers.append(lib.nn.Parameter(lib.tensor(5.0)))

        return Net()

    ours, theirs = make(OURS), make(THEIRS)
    assert list(ours.state_dict()) == list(theirs.state_dict()) == [f"powers.{i}" for i in range(3)]
    assert [p.tolist() for p in ours.powers] == [[2], [3, 4], 5] and ours.powers[-1] is list(ours.parameters())[2]
    assert len(ours.powers) == 3 and len(ours.powers[:2]) == 2
    with pytest.raises(TypeError, match=r"ParameterList: wanted nn.Parameter\(…\), got Tensor"):
        ours.powers.append(ones(3))


def test_a_layer_of_a_list_is_replaced():
    model = nn.Sequential(nn.Linear(5, 3), nn.ReLU(), nn.Linear(3, 2))
    model[-1] = nn.Linear(3, 7)
    model[0] = nn.Identity()
    assert model(ones(2, 3)).shape == (2, 7) and list(model.state_dict()) == ["2.weight", "2.bias"]
    with pytest.raises(TypeError, match=r"Sequential: wanted modules, got type .*did you mean ReLU\(\)"):
        model[0] = nn.ReLU
    with pytest.raises(IndexError):
        model[3] = nn.ReLU()


def test_a_sequence_with_names():
    def make(lib):
        return lib.nn.Sequential(
            OrderedDict([("first", lib.nn.Linear(5, 3)), ("act", lib.nn.Tanh()), ("head", lib.nn.Linear(3, 2))])
        )

    ours, theirs = make(OURS), make(THEIRS)
    assert list(ours.state_dict()) == list(theirs.state_dict()) and ours.head is ours[2]
    assert list(ours[1:].state_dict()) == list(theirs[1:].state_dict()) == ["head.weight", "head.bias"]
    assert list(nn.Sequential(nn.ReLU(), nn.PReLU())[1:].state_dict()) == ["1.weight"]  # as in PyTorch
    shared = nn.ReLU()
    assert len(nn.Sequential(shared, nn.Linear(3, 3), shared)) == 3


@pytest.mark.parametrize("shape", [(2, 3, 5, 7), (0, 3, 5, 1), (2, 6)])
@pytest.mark.parametrize("start, end", [(1, -1), (0, -1), (1, 1), (-2, -1), (0, 1)])
def test_flatten(shape, start, end):
    x = np.random.default_rng(0).standard_normal(shape)
    same(nn.Flatten(start, end)(tensor(x)), torch.nn.Flatten(start, end)(torch.tensor(x)))


@pytest.mark.parametrize("dim, sizes", [(1, (2, 3)), (-1, (3, 2)), (1, (2, -1)), (1, (1, 6, 1))])
def test_unflatten(dim, sizes):
    x = np.random.default_rng(0).standard_normal((5, 6))
    same(nn.Unflatten(dim, sizes)(tensor(x)), torch.nn.Unflatten(dim, sizes)(torch.tensor(x)))


def test_errors_of_reshaping_layers():
    for layer in (nn.Flatten(2), nn.Flatten(0, 2), nn.Unflatten(2, (1, 1))):
        with pytest.raises(IndexError, match=r"latten: wanted a dim of the input's shape \(3, 5\), got int 2"):
            layer(ones(3, 5))
    with pytest.raises(ValueError, match="a shape for as many numbers"):
        nn.Unflatten(1, (2, 3))(ones(3, 5))


# Names, buffers, state --------------------------------------------------------------------------------------


def nested(lib):
    inner = lib.nn.Sequential(lib.nn.Linear(3, 3), lib.nn.Tanh())
    return lib.nn.Sequential(inner, lib.nn.Sequential(inner, lib.nn.PReLU()), lib.nn.Tanh())


def test_names_of_modules_are_those_of_torch():
    ours, theirs = nested(OURS), nested(THEIRS)
    assert (
        [n for n, _ in ours.named_modules()]
        == [n for n, _ in theirs.named_modules()]
        == ["", "0", "0.0", "0.1", "1", "1.1", "2"]
    )
    assert [type(m).__name__ for m in ours.modules()] == [type(m).__name__ for m in theirs.modules()]
    assert [n for n, _ in ours[1].named_children()] == ["0", "1"] and len(list(ours[1].children())) == 2
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for name, module in ours.named_modules():
        assert ours.get_submodule(name) is module
    for name in ("3", "1.0.0.weight", "0.0.0", "training"):
        with pytest.raises(AttributeError, match=f"get_submodule: wanted one of 0, 0.0, .*, got {name}"):
            ours.get_submodule(name)


def test_apply_goes_from_the_leaves_up():
    def visited(lib):
        names = []
        model = nested(lib)
        assert model.apply(lambda module: names.append(type(module).__name__)) is model
        return names

    assert visited(OURS)[-1] == "Sequential" and sorted(set(visited(OURS))) == sorted(set(visited(THEIRS)))
    model = nn.Sequential(nn.Linear(5, 3), nn.Sequential(nn.Linear(3, 3)))
    model.apply(lambda module: isinstance(module, nn.Linear) and nn.init.zeros_(module.weight))
    assert not model[0].weight.data.any() and not model[1][0].weight.data.any()


def test_buffers():
    def make(lib):
        class Net(lib.nn.Module):
            def __init__(self):
                super().__init__()
                self.register_buffer("mean", lib.tensor([1.0, 2]))
                self.register_buffer("table", lib.tensor([3.0]), persistent=False)
                self.register_buffer("nothing", None)
                self.layer = lib.nn.Linear(2, 1)

        return Net()

    ours, theirs = make(OURS), make(THEIRS)
    assert list(ours.state_dict()) == list(theirs.state_dict()) == ["mean", "layer.weight", "layer.bias"]
    assert [n for n, _ in ours.named_buffers()] == [n for n, _ in theirs.named_buffers()] == ["mean", "table"]
    assert len(list(ours.buffers())) == 2 and ours.nothing is None and not ours.mean.requires_grad
    assert ours.double().table.dtype == "float64" and len(list(ours.parameters())) == 2
    ours.load_state_dict({"mean": tensor([5.0, 6]), "layer.weight": ones(1, 2), "layer.bias": ones(1)})
    assert ours.mean.tolist() == [5, 6]
    twin = copy.deepcopy(ours)
    assert list(twin.state_dict()) == list(ours.state_dict()) and twin.table.tolist() == [3]
    assert pickle.loads(pickle.dumps(ours.table)).persistent is False
    for name in ("mean", "forward", "a.b", "", 3):
        with pytest.raises(KeyError, match="register_buffer: wanted a new name for an attribute, got"):
            ours.register_buffer(name, ones(1))
    with pytest.raises(TypeError, match="Buffer: wanted a tensor, got list"):
        ours.register_buffer("other", [1.0])


def test_what_takes_the_place_of_a_buffer_is_one_too():
    def make(lib):
        class Net(lib.nn.Module):
            def __init__(self):
                super().__init__()
                self.register_buffer("mean", lib.tensor([1.0, 2]))
                self.register_buffer("table", lib.tensor([3.0]), persistent=False)
                self.register_buffer("later", None)
                self.register_parameter("bias", None)

        net = Net()
        net.mean = 0.9 * net.mean + 1  # as running statistics are often written
        net.table, net.later = net.table * 2, lib.tensor([4.0])
        return net

    ours, theirs = make(OURS), make(THEIRS)
    assert list(ours.state_dict()) == list(theirs.state_dict()) == ["mean", "later"]
    assert [n for n, _ in ours.named_buffers()] == [n for n, _ in theirs.named_buffers()] and ours.bias is None
    same(ours.mean, theirs.mean, 1e-6)
    for wrong in (np.ones(2), 3.0, ones(2, requires_grad=True)):
        with pytest.raises(TypeError, match="Net: wanted a tensor without gradient, or None, as the buffer mean, got"):
            ours.mean = wrong
    ours.mean = None
    assert list(ours.state_dict()) == ["later"]
    ours.later = nn.Parameter(ones(1))
    assert [n for n, _ in ours.named_parameters()] == ["later"] and not nn.Module._buffers
    ours.later = None
    ours.later = nn.ReLU()
    assert len(list(ours.children())) == 1


def test_a_part_of_a_state_dict():
    """strict=False takes what fits by name: the body of one network into another with a new head."""

    def make(lib, classes):
        return lib.nn.Sequential(OrderedDict(body=lib.nn.Linear(5, 3), **{f"head{classes}": lib.nn.Linear(3, classes)}))

    ours, theirs = make(OURS, 2), make(THEIRS, 2)
    before, other = ours.head2.weight.tolist(), make(OURS, 7)
    result = ours.load_state_dict(other.state_dict(), strict=False)
    assert ours.body.weight.tolist() == other.body.weight.tolist()
    expected = theirs.load_state_dict(make(THEIRS, 7).state_dict(), strict=False)
    assert sorted(result.missing_keys) == sorted(expected.missing_keys) == ["head2.bias", "head2.weight"]
    assert sorted(result.unexpected_keys) == sorted(expected.unexpected_keys) == ["head7.bias", "head7.weight"]
    assert ours.head2.weight.tolist() == before
    source = nn.Linear(5, 3)
    ours.load_state_dict({"body.weight": source.weight, "body.bias": source.bias}, strict=False)
    assert ours.body.weight.tolist() == source.weight.tolist() and ours.body.weight is not source.weight
    assert ours.load_state_dict(ours.state_dict()) == ([], [])
    with pytest.raises(ValueError, match=r"wanted body.weight \(3, 5\), got \(3, 4\)"):
        ours.load_state_dict({"body.weight": ones(3, 4)}, strict=False)
    with pytest.raises(KeyError, match=r"missing \['head2.bias', 'head2.weight'\], unknown \['head7.bias'"):
        ours.load_state_dict(make(OURS, 7).state_dict())


# Freezing ---------------------------------------------------------------------------------------------------


def test_frozen_layers_cost_no_backward_work():
    """Counted: the vjps of what lies below the first learning layer never run, those of frozen weights neither."""
    calls = []

    @operation
    def counted(x):
        return x * 1, lambda g: calls.append(1) or g

    class Counted(nn.Module):
        def forward(self, x):
            return counted(x)

    model = nn.Sequential(nn.Linear(5, 3), Counted(), nn.Linear(3, 3), nn.Tanh(), Counted(), nn.Linear(3, 2))
    model(ones(2, 5)).sum().backward()
    assert len(calls) == 2 and all(p.grad is not None for p in model.parameters())
    model[:5].requires_grad_(False)
    model(ones(2, 5)).sum().backward()
    assert len(calls) == 2 and [p.grad is None for p in model.parameters()] == [True] * 4 + [False] * 2
    y = model(ones(2, 5))
    assert len(y._edges) == 2  # to the head's weight and bias, and to nothing below
    model[5].requires_grad_(False)
    model[0].requires_grad_(True)
    model(ones(2, 5)).sum().backward()  # through frozen layers to a learning one
    assert len(calls) == 4 and [p.grad is None for p in model.parameters()] == [False] * 2 + [True] * 4
    assert len(model(ones(2, 5))._edges) == 1


@pytest.mark.parametrize("name", ["SGD", "Adagrad", "RMSprop", "Adam", "AdamW", "NAdam", "Adadelta", "LAMB"])
def test_an_optimizer_leaves_frozen_parameters_alone(name):
    """Also one that has moved before, and whose gradient still lay there when it was frozen."""
    model = nn.Sequential(nn.Linear(5, 3), nn.Linear(3, 2))
    optimizer = getattr(optim, name)(model.parameters(), lr=0.1, weight_decay=0.1)

    def step():
        model(ones(2, 5)).sum().backward()
        optimizer.step()

    step()
    assert model[0].requires_grad_(False) is model[0]
    before = [p.tolist() for p in model.parameters()]
    step()
    assert [a == p.tolist() for a, p in zip(before, model.parameters())] == [True, True, False, False]
    model[0].requires_grad_()
    step()
    assert model[0].weight.tolist() != before[0]


def test_float_and_double():
    model = nn.Linear(3, 2).double()
    assert model.weight.dtype == "float64" and model.float() is model and model.weight.dtype == float32


def test_seeds_give_the_same_model():
    models = []
    for _ in range(2):
        manual_seed(3)
        models.append(nn.Sequential(nn.Linear(5, 3), nn.Linear(3, 2)))
    assert [p.tolist() for p in models[0].parameters()] == [p.tolist() for p in models[1].parameters()]
    assert zeros(1).tolist() == [0]
