"""A small network on points in the plane, and its training: what the playground of notebook 04 plays with.

No widget in here: `init`, `step` and `judge` make a learner, train it for an epoch, and say how good it is.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from nblib import autograd, datasets, nn, optim
from nblib.autograd import no_grad, tensor
from nblib.nn import functional as F

EXAMPLES = 400  # of a data set that is made, before it is split
OWN = "your own"
DATA = {
    "circle": datasets.circles,
    "XOR": datasets.xor,
    "spirals": datasets.spirals,
    "moons": datasets.moons,
    "Gaussian": lambda n, noise, rng: datasets.gaussian(n, spread=0.4 + noise, rng=rng),
    "plane": datasets.plane,
    "bumps": datasets.bumps,
}
REGRESSION = ("plane", "bumps")  # a number to predict; the others have two classes
FEATURES = {
    "x₁": lambda a, b: a,
    "x₂": lambda a, b: b,
    "x₁²": lambda a, b: a * a,
    "x₂²": lambda a, b: b * b,
    "x₁x₂": lambda a, b: a * b,
    "sin x₁": lambda a, b: np.sin(a),
    "sin x₂": lambda a, b: np.sin(b),
}
ACTIVATIONS = {
    "tanh": F.tanh,
    "relu": F.relu,
    "sigmoid": F.sigmoid,
    "linear": lambda z: z,
    "leaky relu": F.leaky_relu,
    "elu": F.elu,
}
OPTIMIZERS = {
    "SGD": optim.SGD,
    "momentum": partial(optim.SGD, momentum=0.9),
    "Nesterov": partial(optim.SGD, momentum=0.9, nesterov=True),
    "Adagrad": optim.Adagrad,
    "RMSprop": optim.RMSprop,
    "Adam": optim.Adam,
}
PENALTIES = {"none": None, "L1": lambda w: w.abs().sum(), "L2": lambda w: (w * w).sum() / 2}


class Network(nn.Module):
    """Hidden layers with an activation each, `layers` = ((units, activation), …), and one linear output."""

    def __init__(self, inputs, layers):
        super().__init__()
        sizes = [inputs, *(units for units, _ in layers)]
        self.hidden = nn.Sequential(*map(nn.Linear, sizes, sizes[1:]))
        self.output = nn.Linear(sizes[-1], 1)
        self.activations = [ACTIVATIONS[name] for _, name in layers]
        self.dropout = 0.0

    def all_layers(self, x):
        """What each layer puts out for x (N, inputs), the output (N, 1) last."""
        outputs = []
        for linear, activation in zip(self.hidden, self.activations):
            x = F.dropout(activation(linear(x)), self.dropout, self.training)
            outputs.append(x)
        return [*outputs, self.output(x)]

    def forward(self, x):
        """x (N, inputs) -> the output (N,), before any sigmoid."""
        return self.all_layers(x)[-1].squeeze(1)

    def linears(self):
        """The linear layers, the output last."""
        return [*self.hidden, self.output]


@dataclass
class Learner:
    """What is trained: a network, the points of both sets (X, y), and how far it has come."""

    network: Network
    features: tuple
    train: tuple
    test: tuple
    classify: bool
    rng: np.random.Generator
    optimizer: object = None
    solved: int = None  # the epoch in which the goal was reached

    def inputs(self, X):
        """Points (N, 2) as the network's inputs (N, features)."""
        return tensor(np.column_stack([FEATURES[name](*X.T) for name in self.features]).astype(np.float32))

    def cost(self, outputs, y):
        """Cross-entropy for classes, mean squared error for numbers."""
        loss = F.binary_cross_entropy_with_logits if self.classify else F.mse_loss
        return loss(outputs, tensor(y.astype(np.float32)))

    def measure(self):
        """{"train": loss, "test": loss} of those sets that have points, without dropout or penalty."""
        with no_grad():
            return {
                name: self.cost(self.network(self.inputs(X)), y).item()
                for name, (X, y) in (("train", self.train), ("test", self.test))
                if len(X)
            }


def init(rng, data, noise, share, features, layers, points):
    """A learner before its first epoch; the points drawn do not depend on the network."""
    data_rng, network_rng = rng.spawn(2)
    if data == OWN:
        train, test = own_points(points), own_points(())
    else:
        X, y = DATA[data](EXAMPLES, noise=noise, rng=data_rng)
        X_train, X_test, y_train, y_test = datasets.split(X, y, test=1 - share / 100, rng=data_rng)
        train, test = (X_train, y_train), (X_test, y_test)
    with autograd.fork_rng(network_rng):
        network = Network(len(features), layers).to(np.float32).eval()
    return Learner(network, features, train, test, data not in REGRESSION, network_rng)


def own_points(points):
    """((x₁, x₂, class), …) as X (N, 2) and y (N,); all of them are trained on."""
    table = np.reshape(points, (-1, 3))
    return table[:, :2].astype(float), table[:, 2].astype(int)


def step(learner, lr, optimizer, batch, penalty, strength, dropout):
    """One epoch: once through the training set in batches. Returns both losses."""
    network = learner.network.train()
    network.dropout = dropout
    learner.optimizer = tuned(learner.optimizer, optimizer, lr, network)
    inputs, y = learner.inputs(learner.train[0]).numpy(), learner.train[1]
    with autograd.fork_rng(learner.rng):
        for x, target in datasets.batches(inputs, y, batch, learner.rng) if len(y) else ():
            loss = learner.cost(network(tensor(x)), target)
            if PENALTIES[penalty]:
                loss = loss + strength * sum(PENALTIES[penalty](linear.weight) for linear in network.linears())
            learner.optimizer.zero_grad()
            loss.backward()
            learner.optimizer.step()
    network.eval()
    return learner.measure()


def tuned(optimizer, name, lr, network):
    """The optimizer called `name`: a new one when it is another than before, else the same with this rate."""
    if optimizer is None or optimizer.name != name:
        optimizer = OPTIMIZERS[name](network.parameters(), lr=lr)
        optimizer.name = name
    optimizer.param_groups[0]["lr"] = lr
    return optimizer


# Whether it has learned --------------------------------------------------------------------------------------

RIGHT, NEAR = 0.95, 0.02  # goals: share of test points right, or mean squared error


def judge(learner, losses):
    """(how good it is in words, whether that is the goal) on the test set or, without one, the training set."""
    name = "test" if len(learner.test[0]) else "training"
    X, y = learner.test if name == "test" else learner.train
    if not len(X):
        return "no points", False
    if not learner.classify:
        return f"typical error {losses['test'] ** 0.5:.2f}", losses["test"] <= NEAR
    with no_grad():
        right = float(np.mean((learner.network(learner.inputs(X)).numpy() > 0) == y))
    both = len(np.unique(y)) == 2
    return f"{name} accuracy {right:.0%}", both and right >= RIGHT
