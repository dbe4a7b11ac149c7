"""Exercises of notebook 07: sizes counted, a model ported, an epoch trained, faults found, a run resumed.

PyTorch is imported inside the functions, so that nblib itself never needs it.
"""

import io

from nblib.checks import Exercises
from nblib.exercises.programs_07 import PROGRAMS as PROGRAMS  # the notebook runs them
from nblib.exercises.programs_07 import seeded
from nblib.exercises.programs_07 import train_digits as train_digits

exercises = Exercises("07")
check = exercises.check


# Counting parameters ----------------------------------------------------------------------------------------


def _models(rng):
    yield (seeded(lambda nn: nn.Linear(3, 2), 0),)
    yield (seeded(lambda nn: nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 3)), 0),)
    yield (seeded(lambda nn: nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Linear(6, 2)), 0),)
    frozen = seeded(lambda nn: nn.Sequential(nn.Linear(8, 5), nn.Linear(5, 3, bias=False)), 0)
    frozen[0].requires_grad_(False)
    yield (frozen,)
    yield (seeded(lambda nn: nn.ReLU(), 0),)


@exercises.function("count_parameters", cases=_models)
def count_parameters(model):
    """a module of PyTorch -> how many numbers an optimizer may change in it"""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


count_parameters.mistakes({
    "frozen parameters are counted too: only those with requires_grad are learned": (" if p.requires_grad", ""),
    "these are the tensors; each holds many numbers: add up their numel()":
        (("p.numel()", "1"), (" if p.requires_grad", "")),
    "the whole state dict is counted; running statistics are state, but not learned":
        ("p in model.parameters() if p.requires_grad", "p in model.state_dict().values()"),
    "only the weights are counted; the biases are parameters as well":
        ("p.requires_grad", "p.requires_grad and any(p is q for n, q in model.named_parameters() if 'weight' in n)"),
})  # fmt: skip


# The size of a flattened picture ----------------------------------------------------------------------------


def _sides(rng):
    for side in (32, 28, 64, 10, 33, 31, int(rng.integers(40, 99))):
        yield (side,)


@exercises.function("flat_size", cases=_sides)
def flat_size(side):
    """side of a square picture -> length of a row after two 3×3 convolutions (the second to 16
    channels, no padding), each followed by pooling of 2"""
    for _ in range(2):
        side = (side - 2) // 2
    return 16 * side * side


flat_size.mistakes({
    "a window of 3 without padding fits in side - 2 places: each convolution loses the border": ("(side - 2)", "side"),
    "a window of 3 fits in side - 3 + 1 = side - 2 places, not side - 3": ("side - 2", "side - 3"),
    "pooling is missing: each of the two halves the side": (" // 2", ""),
    "the second convolution and its pooling are missing": ("range(2)", "range(1)"),
    "this is one picture; 16 of them are flattened, one a channel": ("16 * ", ""),
    "a row that is left over when pooling is dropped: round down": ("(side - 2) // 2", "(side - 1) // 2"),
    "a row that is left over when pooling is dropped: divide with //, not /": ("//", "/"),
})  # fmt: skip


# Porting a model --------------------------------------------------------------------------------------------


def _networks(rng):
    for d, h, k, n in ((2, 3, 2, 1), (4, 4, 3, 5), (5, 7, 4, 6)):
        yield tuple(rng.normal(size=shape) for shape in ((d, h), (h,), (h, k), (k,), (n, d)))


@exercises.function("port", cases=_networks, tol=1e-10)
def port(W1, b1, W2, b2, X):
    """W1 (D, H), b1 (H,), W2 (H, K), b2 (K,), X (N, D) -> scores (N, K), computed by a model of PyTorch"""
    import torch
    from torch import nn

    model = nn.Sequential(nn.Linear(*W1.shape), nn.ReLU(), nn.Linear(*W2.shape)).double()
    numbers = W1.T, b1, W2.T, b2
    model.load_state_dict({name: torch.tensor(value) for name, value in zip(model.state_dict(), numbers)})
    with torch.no_grad():
        return model(torch.tensor(X)).numpy()


port.mistakes({
    "right to 7 digits only: the model computes in float32; .double() makes it float64":
        ((".double()", ""), ("torch.tensor(X)", "torch.tensor(X).float()")),
    "reshape puts the numbers into the wrong places: the weight of nn.Linear is the transpose, W.T":
        (("W1.T", "W1.reshape(W1.T.shape)"), ("W2.T", "W2.reshape(W2.T.shape)")),
    "the ReLU between the layers is missing: two linear layers in a row are a linear one": ("nn.ReLU(), ", ""),
    "this has a sigmoid between the layers; a ReLU is wanted": ("ReLU", "Sigmoid"),
    "these are probabilities; the scores before the softmax are wanted": ("model(torch.tensor(X))",
                                                                          "model(torch.tensor(X)).softmax(1)"),
    "the biases are left out: copy them as well as the weights": ("b1, W2.T, b2", "0 * b1, W2.T, 0 * b2"),
})  # fmt: skip


# One epoch --------------------------------------------------------------------------------------------------


def _epochs(rng):
    import torch

    for seed, optimize in enumerate(
        (
            lambda p: torch.optim.SGD(p, lr=0.1),
            lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
            lambda p: torch.optim.Adam(p, lr=0.01),
        )
    ):
        model = seeded(lambda nn: nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 4)), seed)
        batches = [
            (torch.tensor(rng.normal(1.0, 2.0, size=(6, 3))), torch.tensor(rng.integers(4, size=6))) for _ in range(4)
        ]
        yield model.eval(), optimize(model.parameters()), batches


_TENSORS = "these losses are tensors, which keep the record of how they were computed: loss.item() is the number"


def _judge_losses(args, losses):
    return _TENSORS if any(hasattr(loss, "grad_fn") for loss in losses) else None


def _model_after(model, *others):
    """Whether the model has taken the last step as well, and in which mode it is left."""
    return {"the model's weights": _weights(model), "model.training": model.training}


def _weights(model):
    return [p.detach().numpy() for p in model.parameters()]


@exercises.function("train_epoch", cases=_epochs, judge=_judge_losses, after=_model_after)
def train_epoch(model, optimizer, batches):
    """one step on the cross-entropy of each (X, y) in `batches` -> list of the losses, as numbers"""
    import torch

    model.train()
    losses = []
    for X, y in batches:
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


train_epoch.mistakes({
    "the gradients of all batches add up: zero_grad() is missing before backward()": ("optimizer.zero_grad()", "pass"),
    "softmax before cross-entropy, which contains one already: hand it the scores": ("model(X)", "model(X).softmax(1)"),
    "the model comes in eval mode and stays in it: call model.train() first": ("model.train()", "model.eval()"),
    "the model never changes: wanted zero_grad(), backward(), step(), in this order": ("optimizer.step()", "pass"),
    "these losses are measured after the step; the ones that were descended are wanted":
        ("append(loss.item())", "append(torch.nn.functional.cross_entropy(model(X), y).item())"),
    _TENSORS: ("loss.item()", "loss"),
    "the last step is missing: every batch has one": ("optimizer.step()", "len(losses) < 3 and optimizer.step()"),
    "these are right, but the model is left in eval mode: who trains on finds it so":
        ("return losses", "model.eval(); return losses"),
    "this is the loss of the last batch; a list of all of them is wanted": ("return losses", "return losses[-1]"),
    "this is the mean of the losses; a list of all of them is wanted":
        ("return losses", "return sum(losses) / len(losses)"),
})  # fmt: skip


# Faults in loops --------------------------------------------------------------------------------------------

FAULTS = (
    "backward is missing",
    "eval mode left on",
    "gradients not zeroed",
    "softmax before cross-entropy",
    "step is missing",
    "test data trained on",
)

exercises.choices(
    "bugs",
    {"loop 1": "eval mode left on", "loop 2": "softmax before cross-entropy", "loop 3": "gradients not zeroed"},
    options=FAULTS,
    because={
        (
            "loop 1, loop 2, loop 3",
            "test data trained on",
        ): "none of the loops sees the test data: each is handed X and y only",
        (
            "loop 1",
            "gradients not zeroed",
            "backward is missing",
            "step is missing",
        ): "its loss falls, so the gradients do arrive; what does `accuracy` leave behind?",
        (
            "loop 1",
            "softmax before cross-entropy",
        ): "cross-entropy gets the scores as they are, and its model ends without a softmax; what does `accuracy` "
        "leave behind?",
        (
            "loop 2",
            "backward is missing",
            "step is missing",
            "eval mode left on",
            "gradients not zeroed",
        ): "its loss does fall, but stops above 1.46; read the model as well as the loop",
        (
            "loop 3",
            "backward is missing",
            "step is missing",
            "eval mode left on",
            "softmax before cross-entropy",
        ): "zero_grad() is there, but count how often it is called",
    },
)


# Resuming ---------------------------------------------------------------------------------------------------


def _checkpoints(rng):
    import torch

    def fresh(optimize, lr):
        model = seeded(lambda nn: nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3)), 0)
        return model, optimize(model.parameters(), lr)

    for optimize in (lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9), lambda p, lr: torch.optim.Adam(p, lr=lr)):
        X, y = torch.tensor(rng.normal(size=(12, 3))), torch.tensor(rng.integers(3, size=12))
        model, optimizer = fresh(optimize, 0.2)
        train_epoch(model, optimizer, [(X, y)] * 5)
        file = io.BytesIO()
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, file)
        file.seek(0)
        yield file, *fresh(optimize, 0.05), X, y, 6


@exercises.function(
    "resume",
    cases=_checkpoints,
    tol=1e-9,
    judge=_judge_losses,
    after=lambda file, model, *others: {"the model's weights": _weights(model)},
)
def resume(file, model, optimizer, X, y, steps):
    """file with {"model": state dict, "optimizer": state dict} -> losses of `steps` more steps on (X, y)"""
    import torch

    saved = torch.load(file, weights_only=True)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    return train_epoch(model, optimizer, [(X, y)] * steps)


resume.mistakes({
    "the optimizer starts anew: its rate and its memory of earlier gradients are in the file":
        ('optimizer.load_state_dict(saved["optimizer"])', "pass"),
    "the optimizer resumes, the model does not: load saved['model'] into it":
        ('model.load_state_dict(saved["model"])', "pass"),
    "nothing was loaded: this is a run from the start":
        lambda file, model, optimizer, X, y, steps: train_epoch(model, optimizer, [(X, y)] * steps),
    "the gradients of all steps add up: zero_grad() is missing":
        ("return train_epoch", "optimizer.zero_grad = lambda: None; return train_epoch"),
    "one step too few: `steps` losses are wanted, the first of them before the first step":
        ("* steps", "* (steps - 1)"),
    _TENSORS: ("return train_epoch(model, optimizer, [(X, y)] * steps)",
               "return [torch.tensor(loss) for loss in train_epoch(model, optimizer, [(X, y)] * steps)]"),
})  # fmt: skip
