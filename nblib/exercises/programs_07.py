"""What notebook 07 trains in PyTorch: the digits, with a fault of the loop; and models from a seed.

PyTorch is imported inside the functions, so that nblib itself never needs it.
"""

from nblib import datasets

PROGRAMS = {"A": "softmax before cross-entropy", "B": "eval mode left on", "C": None, "D": "no zero_grad"}


def train_digits(fault=None, seed=0, epochs=10, lr=0.1, momentum=0.9):
    """Held-out accuracy after each epoch of training on the digits, with a fault of the loop or without one.

    fault: None, "no zero_grad", "softmax before cross-entropy", "eval mode left on" (from the second epoch).
    """
    import torch

    digits = datasets.digits()
    X, X_test, y, y_test = map(torch.tensor, datasets.split(digits.X / 16, digits.y, rng=0))
    model = seeded(lambda nn: nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.5), nn.Linear(64, 10)), seed)
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


def seeded(build, seed):
    """The model that `build(torch.nn)` returns, in float64, started from `seed`."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build(torch.nn).double()
