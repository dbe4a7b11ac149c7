"""Exercises of notebook 07: sizes counted, a model ported, an epoch trained, faults found, a run resumed.

PyTorch is imported inside the functions, so that nblib itself never needs it.
"""

import io

import numpy as np

from nblib import datasets
from nblib.checks import Exercises

exercises = Exercises("07")
check = exercises.check


PROGRAMS = {"A": "softmax before cross-entropy", "B": "eval mode left on", "C": None, "D": "no zero_grad"}


def train_digits(fault=None, seed=0, epochs=10, lr=0.1, momentum=0.9):
    """Held-out accuracy after each epoch of training on the digits, with a fault of the loop or without one.

    fault: None, "no zero_grad", "softmax before cross-entropy", "eval mode left on" (from the second epoch).
    """
    import torch
    digits = datasets.digits()
    X, X_test, y, y_test = map(torch.tensor, datasets.split(digits.X / 16, digits.y, rng=0))
    model = _seeded(lambda nn: nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.5),
                                             nn.Linear(64, 10)), seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return [_epoch_of(model, optimizer, X, y, X_test, y_test, fault, epoch) for epoch in range(epochs)]


def _epoch_of(model, optimizer, X, y, X_test, y_test, fault, epoch):
    import torch
    model.train(fault != "eval mode left on" or epoch == 0)
    for chosen in torch.randperm(len(X)).split(32):
        if fault != "no zero_grad":
            optimizer.zero_grad()
        scores = model(X[chosen])
        if fault == "softmax before cross-entropy":
            scores = scores.softmax(1)
        torch.nn.functional.cross_entropy(scores, y[chosen]).backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        return (model(X_test).argmax(1) == y_test).double().mean().item()


def _seeded(build, seed):
    """The model that `build(torch.nn)` returns, in float64, started from `seed`."""
    import torch
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build(torch.nn).double()


# Counting parameters ----------------------------------------------------------------------------------------


def _models(rng):
    yield (_seeded(lambda nn: nn.Linear(3, 2), 0),)
    yield (_seeded(lambda nn: nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 3)), 0),)
    yield (_seeded(lambda nn: nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Linear(6, 2)), 0),)
    frozen = _seeded(lambda nn: nn.Sequential(nn.Linear(8, 5), nn.Linear(5, 3, bias=False)), 0)
    frozen[0].requires_grad_(False)
    yield (frozen,)
    yield (_seeded(lambda nn: nn.ReLU(), 0),)


@exercises.function("count_parameters", cases=_models)
def count_parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


@count_parameters.mistake("frozen parameters are counted too: only those with requires_grad are learned")
def _(model):
    return sum(p.numel() for p in model.parameters())


@count_parameters.mistake("these are the tensors; each holds many numbers: add up their numel()")
def _(model):
    return len(list(model.parameters()))


@count_parameters.mistake("the whole state dict is counted; running statistics are state, but not learned")
def _(model):
    return sum(value.numel() for value in model.state_dict().values())


@count_parameters.mistake("only the weights are counted; the biases are parameters as well")
def _(model):
    return sum(p.numel() for name, p in model.named_parameters() if p.requires_grad and "weight" in name)


# The size of a flattened picture ----------------------------------------------------------------------------


def _sides(rng):
    for side in (32, 28, 64, 10, 33, 31, int(rng.integers(40, 99))):
        yield (side,)


@exercises.function("flat_size", cases=_sides)
def flat_size(side):
    side = (side - 2) // 2
    side = (side - 2) // 2
    return 16 * side * side


@flat_size.mistake("a window of 3 without padding fits in side - 2 places: each convolution loses the border")
def _(side):
    return 16 * (side // 2 // 2) ** 2


@flat_size.mistake("a window of 3 fits in side - 3 + 1 = side - 2 places, not side - 3")
def _(side):
    return 16 * (((side - 3) // 2 - 3) // 2) ** 2


@flat_size.mistake("pooling is missing: each of the two halves the side")
def _(side):
    return 16 * (side - 4) ** 2


@flat_size.mistake("the second convolution and its pooling are missing")
def _(side):
    return 16 * ((side - 2) // 2) ** 2


@flat_size.mistake("this is one picture; 16 of them are flattened, one a channel")
def _(side):
    return flat_size(side) // 16


@flat_size.mistake("a row that is left over when pooling is dropped: round down")
def _(side):
    return 16 * int(np.ceil((np.ceil((side - 2) / 2) - 2) / 2)) ** 2


# Porting a model --------------------------------------------------------------------------------------------


def _networks(rng):
    for d, h, k, n in ((2, 3, 2, 1), (4, 4, 3, 5), (5, 7, 4, 6)):
        yield tuple(rng.normal(size=shape) for shape in ((d, h), (h,), (h, k), (k,), (n, d)))


def _ported(W1, b1, W2, b2, X, between=("ReLU",), after=(), turn=lambda W: W.T, dtype="float64"):
    """Scores (N, K), computed by PyTorch, given the names of the modules between the layers and after."""
    import torch
    kind = getattr(torch, dtype)
    names = [getattr(torch.nn, name)(*([1] if name == "Softmax" else [])) for name in (*between, *after)]
    first, second = torch.nn.Linear(*W1.shape), torch.nn.Linear(*W2.shape)
    model = torch.nn.Sequential(first, *names[:len(between)], second, *names[len(between):]).to(kind)
    state = zip(model.state_dict(), (turn(W1), b1, turn(W2), b2))
    model.load_state_dict({name: torch.tensor(value, dtype=kind) for name, value in state})
    with torch.no_grad():
        return model(torch.tensor(X, dtype=kind)).numpy()


@exercises.function("port", cases=_networks, tol=1e-10)
def port(W1, b1, W2, b2, X):
    return _ported(W1, b1, W2, b2, X)


@port.mistake("right to 7 digits only: the model computes in float32; .double() makes it float64")
def _(W1, b1, W2, b2, X):
    return _ported(W1, b1, W2, b2, X, dtype="float32")


@port.mistake("reshape puts the numbers into the wrong places: the weight of nn.Linear is the transpose, W.T")
def _(W1, b1, W2, b2, X):
    return _ported(W1, b1, W2, b2, X, turn=lambda W: W.reshape(W.T.shape))


@port.mistake("the ReLU between the layers is missing: two linear layers in a row are a linear one")
def _(W1, b1, W2, b2, X):
    return _ported(W1, b1, W2, b2, X, between=())


@port.mistake("this has a sigmoid between the layers; a ReLU is wanted")
def _(W1, b1, W2, b2, X):
    return _ported(W1, b1, W2, b2, X, between=("Sigmoid",))


@port.mistake("these are probabilities; the scores before the softmax are wanted")
def _(W1, b1, W2, b2, X):
    return _ported(W1, b1, W2, b2, X, after=("Softmax",))


@port.mistake("the biases are left out: copy them as well as the weights")
def _(W1, b1, W2, b2, X):
    return _ported(W1, 0 * b1, W2, 0 * b2, X)


# One epoch --------------------------------------------------------------------------------------------------


def _epochs(rng):
    import torch
    for seed, optimize in enumerate((lambda p: torch.optim.SGD(p, lr=0.1),
                                     lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
                                     lambda p: torch.optim.Adam(p, lr=0.01))):
        model = _seeded(lambda nn: nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.ReLU(),
                                                 nn.Linear(5, 4)), seed)
        batches = [(torch.tensor(rng.normal(1.0, 2.0, size=(6, 3))), torch.tensor(rng.integers(4, size=6)))
                   for _ in range(4)]
        yield model.eval(), optimize(model.parameters()), batches


_TENSORS = "these losses are tensors, which keep the record of how they were computed: loss.item() is the number"


def _judge_losses(args, losses):
    return _TENSORS if any(hasattr(loss, "grad_fn") for loss in losses) else None


def _train(model, optimizer, batches, mode=True, zero=True, softmax=False, step=True, again=False, keep=float):
    """Losses of an epoch; each option switches one usual mistake on."""
    import torch
    losses = []
    model.train(mode)
    for X, y in batches:
        if zero:
            optimizer.zero_grad()
        scores = model(X).softmax(1) if softmax else model(X)
        loss = torch.nn.functional.cross_entropy(scores, y)
        loss.backward()
        if step:
            optimizer.step()
        losses.append(keep(torch.nn.functional.cross_entropy(model(X), y) if again else loss))
    return losses


@exercises.function("train_epoch", cases=_epochs, judge=_judge_losses)
def train_epoch(model, optimizer, batches):
    return _train(model, optimizer, batches)


@train_epoch.mistake("the gradients of all batches add up: zero_grad() is missing before backward()")
def _(model, optimizer, batches):
    return _train(model, optimizer, batches, zero=False)


@train_epoch.mistake("softmax before cross-entropy, which contains one already: hand it the scores")
def _(model, optimizer, batches):
    return _train(model, optimizer, batches, softmax=True)


@train_epoch.mistake("the model comes in eval mode and stays in it: call model.train() first")
def _(model, optimizer, batches):
    return _train(model, optimizer, batches, mode=False)


@train_epoch.mistake("the model never changes: wanted zero_grad(), backward(), step(), in this order")
def _(model, optimizer, batches):
    return _train(model, optimizer, batches, step=False)


@train_epoch.mistake("these losses are measured after the step; the ones that were descended are wanted")
def _(model, optimizer, batches):
    return _train(model, optimizer, batches, again=True)


@train_epoch.mistake(_TENSORS)
def _(model, optimizer, batches):
    return _train(model, optimizer, batches, keep=lambda loss: loss)


# Faults in loops --------------------------------------------------------------------------------------------

FAULTS = ("backward is missing", "eval mode left on", "gradients not zeroed", "softmax before cross-entropy",
          "step is missing", "test data trained on")
_BUGS = {"loop 1": "eval mode left on", "loop 2": "softmax before cross-entropy",
         "loop 3": "gradients not zeroed"}


def _says(loop, *faults):
    """An answer that names one of `faults` for `loop`, and an example."""
    return lambda answer: answer[loop] in faults, _BUGS | {loop: faults[0]}


exercises.answer("bugs", _BUGS, mistakes={
    "a word is not in the list: choose from course.FAULTS": (
        lambda answer: not set(answer.values()) <= set(FAULTS), _BUGS | {"loop 1": "bad luck"}),
    "loop 1: its loss falls, so the gradients do arrive; what does `accuracy` leave behind?": _says(
        "loop 1", "gradients not zeroed", "backward is missing", "step is missing"),
    "loop 1: cross-entropy gets the scores as they are, and its model ends without a softmax; what does "
    "`accuracy` leave behind?": _says("loop 1", "softmax before cross-entropy"),
    "loop 2: its loss does fall, but stops above 1.46; read the model as well as the loop": _says(
        "loop 2", "backward is missing", "step is missing", "eval mode left on", "gradients not zeroed"),
    "loop 3: zero_grad() is there, but count how often it is called": _says(
        "loop 3", "backward is missing", "step is missing", "eval mode left on",
        "softmax before cross-entropy"),
    "none of the loops sees the test data: each is handed X and y only": (
        lambda answer: "test data trained on" in answer.values(), _BUGS | {"loop 2": "test data trained on"}),
})


# Resuming ---------------------------------------------------------------------------------------------------


def _checkpoints(rng):
    import torch

    def fresh(optimize, lr):
        model = _seeded(lambda nn: nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3)), 0)
        return model, optimize(model.parameters(), lr)

    for optimize in (lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9),
                     lambda p, lr: torch.optim.Adam(p, lr=lr)):
        X, y = torch.tensor(rng.normal(size=(12, 3))), torch.tensor(rng.integers(3, size=12))
        model, optimizer = fresh(optimize, 0.2)
        _train(model, optimizer, [(X, y)] * 5)
        file = io.BytesIO()
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, file)
        file.seek(0)
        yield file, *fresh(optimize, 0.05), X, y, 6


def _resumed(file, model, optimizer, X, y, steps, parts=("model", "optimizer"), zero=True):
    import torch
    saved = torch.load(file, weights_only=True)
    if "model" in parts:
        model.load_state_dict(saved["model"])
    if "optimizer" in parts:
        optimizer.load_state_dict(saved["optimizer"])
    return _train(model, optimizer, [(X, y)] * steps, zero=zero)


@exercises.function("resume", cases=_checkpoints, tol=1e-9)
def resume(file, model, optimizer, X, y, steps):
    return _resumed(file, model, optimizer, X, y, steps)


@resume.mistake("the optimizer starts anew: its rate and its memory of earlier gradients are in the file")
def _(file, model, optimizer, X, y, steps):
    return _resumed(file, model, optimizer, X, y, steps, parts=("model",))


@resume.mistake("the optimizer resumes, the model does not: load saved['model'] into it")
def _(file, model, optimizer, X, y, steps):
    return _resumed(file, model, optimizer, X, y, steps, parts=("optimizer",))


@resume.mistake("nothing was loaded: this is a run from the start")
def _(file, model, optimizer, X, y, steps):
    return _resumed(file, model, optimizer, X, y, steps, parts=())


@resume.mistake("the gradients of all steps add up: zero_grad() is missing")
def _(file, model, optimizer, X, y, steps):
    return _resumed(file, model, optimizer, X, y, steps, zero=False)


@resume.mistake("one step too few: `steps` losses are wanted, the first of them before the first step")
def _(file, model, optimizer, X, y, steps):
    return _resumed(file, model, optimizer, X, y, steps - 1)
