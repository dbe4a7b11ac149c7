"""Exercises of notebook 06: deep networks, from counting parameters to reviving dead units."""

from operator import itemgetter

import numpy as np

from nblib import datasets
from nblib.checks import Exercises

exercises = Exercises("06")
check = exercises.check


# How many parameters ----------------------------------------------------------------------------------------


def _sizes(rng):
    yield ([2, 1],)
    yield ([64, 32, 10],)
    for depth in (2, 4, 6):
        yield ([int(size) for size in rng.integers(1, 50, depth)],)


@exercises.function("count_parameters", cases=_sizes)
def count_parameters(sizes):
    return sum(n * m + m for n, m in zip(sizes, sizes[1:]))


@count_parameters.mistake("the biases are missing: a layer has one for each of its units")
def _(sizes):
    return sum(n * m for n, m in zip(sizes, sizes[1:]))


@count_parameters.mistake("one bias a layer is too few: every unit has its own")
def _(sizes):
    return sum(n * m + 1 for n, m in zip(sizes, sizes[1:]))


@count_parameters.mistake("you counted a bias for each input of a layer; it has one for each output")
def _(sizes):
    return sum(n * m + n for n, m in zip(sizes, sizes[1:]))


@count_parameters.mistake("the inputs are no layer: they have no biases of their own")
def _(sizes):
    return sum(n * m for n, m in zip(sizes, sizes[1:])) + sum(sizes)


@count_parameters.mistake("the last layer is missing: it has weights and biases like the others")
def _(sizes):
    return sum(n * m + m for n, m in zip(sizes, sizes[1:-1]))


@count_parameters.mistake("this is one layer only: add up all of them")
def _(sizes):
    return sizes[-2] * sizes[-1] + sizes[-1]


@count_parameters.mistake("(n + 1)(m + 1) also counts a bias that would be a unit: a layer has n m + m parameters")
def _(sizes):
    return sum((n + 1) * (m + 1) for n, m in zip(sizes, sizes[1:]))


@count_parameters.mistake("you counted units; a layer also has a weight for each pair of input and unit")
def _(sizes):
    return sum(sizes[1:])


# Backward through a layer -----------------------------------------------------------------------------------


def _layers(rng):
    yield np.array([[2.0]]), np.array([[1.0]]), np.array([[3.0]]), np.array([[0.5]])
    for n, d, k in ((1, 3, 2), (5, 4, 3), (7, 2, 6)):
        A, W, b = rng.normal(size=(n, d)), rng.normal(size=(k, d)), rng.normal(size=k)
        yield rng.normal(size=(n, k)), A @ W.T + b, A, W


@exercises.function("layer_backward", cases=_layers)
def layer_backward(dG, Z, A, W):
    dZ = dG * (Z > 0)
    return dZ.T @ A, dZ.sum(axis=0), dZ @ W


@layer_backward.mistake("the slope of the ReLU is missing: dZ is dG where Z > 0, and 0 elsewhere")
def _(dG, Z, A, W):
    return dG.T @ A, dG.sum(axis=0), dG @ W


@layer_backward.mistake("the mask looks at dG; a ReLU lets pass where its own input Z was positive")
def _(dG, Z, A, W):
    dZ = dG * (dG > 0)
    return dZ.T @ A, dZ.sum(axis=0), dZ @ W


@layer_backward.mistake("you multiplied by max(0, Z), the value of the ReLU; its slope is wanted, 1 or 0")
def _(dG, Z, A, W):
    dZ = dG * np.maximum(Z, 0)
    return dZ.T @ A, dZ.sum(axis=0), dZ @ W


@layer_backward.mistake("db is the sum over the examples, not the mean: the 1/N is already in dG")
def _(dG, Z, A, W):
    dZ = dG * (Z > 0)
    return dZ.T @ A, dZ.mean(axis=0), dZ @ W


@layer_backward.mistake("the mask is used for dW and db only; what goes on to A has passed the ReLU as well: dZ W, not dG W")
def _(dG, Z, A, W):
    dZ = dG * (Z > 0)
    return dZ.T @ A, dZ.sum(axis=0), dG @ W


@layer_backward.mistake("dW is a sum over the examples as it is, not divided by N: the 1/N is already in dG")
def _(dG, Z, A, W):
    dZ = dG * (Z > 0)
    return dZ.T @ A / len(A), dZ.sum(axis=0), dZ @ W


@layer_backward.mistake("dW comes out transposed: wanted W's shape, one row a unit")
def _(dG, Z, A, W):
    dZ = dG * (Z > 0)
    return A.T @ dZ, dZ.sum(axis=0), dZ @ W


@layer_backward.mistake("the order is dW, db, dA")
def _(dG, Z, A, W):
    dZ = dG * (Z > 0)
    return dZ @ W, dZ.T @ A, dZ.sum(axis=0)


@layer_backward.mistake("the third result goes on to the layer below: through the weights, dZ W")
def _(dG, Z, A, W):
    dZ = dG * (Z > 0)
    return dZ.T @ A, dZ.sum(axis=0), dZ


@layer_backward.mistake("dW lacks the mask: all three results are made of dZ")
def _(dG, Z, A, W):
    dZ = dG * (Z > 0)
    return dG.T @ A, dZ.sum(axis=0), dZ @ W


@layer_backward.mistake("db is summed over the units; there is one bias a unit, so sum over the examples")
def _(dG, Z, A, W):
    dZ = dG * (Z > 0)
    return dZ.T @ A, dZ.sum(axis=1), dZ @ W


# Slopes of activations --------------------------------------------------------------------------------------


def _activations(rng):
    for name in _SLOPES:
        yield name, np.array([-2.0, -0.5, 0.5, 3.0]), np.ones(4)
        yield name, rng.normal(scale=2, size=(3, 4)), rng.normal(size=(3, 4))


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


_LAMBDA, _ALPHA = 1.0507009873554805, 1.6732632423543772
_SLOPES = {"sigmoid": lambda z: _sigmoid(z) * (1 - _sigmoid(z)),
           "tanh": lambda z: 1 - np.tanh(z) ** 2,
           "relu": lambda z: 1.0 * (z > 0),
           "leaky": lambda z: np.where(z > 0, 1, 0.01),
           "elu": lambda z: np.where(z > 0, 1, np.exp(z)),
           "selu": lambda z: _LAMBDA * np.where(z > 0, 1, _ALPHA * np.exp(z))}
_SLIPS = (                                         # (activation, what is wrong, the wrong slope)
    ("sigmoid", "sigmoid: a (1 - a) wants the output a = σ(z), not the input z", lambda z: z * (1 - z)),
    ("sigmoid", "sigmoid: this is its value; the slope is a (1 - a)", _sigmoid),
    ("tanh", "tanh: 1 - a² wants the output a = tanh z, not the input z", lambda z: 1 - z ** 2),
    ("tanh", "tanh: the slope is 1 - a², not a (1 - a), which belongs to the sigmoid",
     lambda z: np.tanh(z) * (1 - np.tanh(z))),
    ("tanh", "tanh: this is its value; the slope is 1 - a²", np.tanh),
    ("tanh", "tanh: the slope is 1 - a², with a square", lambda z: 1 - np.tanh(z)),
    ("relu", "relu: this is its value; the slope is 1 above 0 and 0 below", lambda z: np.maximum(z, 0)),
    ("relu", "relu: below 0 nothing passes: the slope there is 0", np.ones_like),
    ("leaky", "leaky: below 0 the slope is 0.01, not 0; that is what it is for", lambda z: 1.0 * (z > 0)),
    ("leaky", "leaky: below 0 the slope is the constant 0.01, not the value 0.01 z",
     lambda z: np.where(z > 0, 1, 0.01 * z)),
    ("leaky", "leaky: this is its value; the slope is 1 above 0 and 0.01 below", lambda z: np.where(z > 0, z, 0.01 * z)),
    ("leaky", "leaky: here the leak is 0.01 (the notes on losses have 0.1)", lambda z: np.where(z > 0, 1, 0.1)),
    ("elu", "elu: e^z - 1 is its value below 0; the slope there is e^z", lambda z: np.where(z > 0, 1, np.exp(z) - 1)),
    ("elu", "elu: the two cases are swapped, as in the lecture: it is the identity above 0",
     lambda z: np.where(z > 0, np.exp(z), 1)),
    ("elu", "elu: this is its value; the slope is 1 above 0 and e^z below", lambda z: np.where(z > 0, z, np.exp(z) - 1)),
    ("selu", "selu: λ stands before both cases: the slope above 0 is λ, not 1",
     lambda z: np.where(z > 0, 1, _LAMBDA * _ALPHA * np.exp(z))),
    ("selu", "selu: α is missing below 0: the slope there is λ α e^z", lambda z: _LAMBDA * np.where(z > 0, 1, np.exp(z))))


def _judge_slope(args, result):
    """The slip of this one activation, also when others are wrong as well."""
    name, z, g = args
    return next((sentence for activation, sentence, slope in _SLIPS
                 if activation == name and np.allclose(result, g * slope(z))), None)


@exercises.function("activation_backward", cases=_activations, judge=_judge_slope)
def activation_backward(name, z, g):
    return g * _SLOPES[name](z)


@activation_backward.mistake("the slopes are right; multiply by g, the gradient from above")
def _(name, z, g):
    return _SLOPES[name](z)


def _with_slip(activation, slope):
    return lambda name, z, g: g * (slope if name == activation else _SLOPES[name])(z)


for _activation, _sentence, _slope in _SLIPS:
    activation_backward.mistake(_sentence)(_with_slip(_activation, _slope))


# A leak that is learned -------------------------------------------------------------------------------------


def _leaks(rng):
    yield np.array([-2.0, -1.0, 3.0]), 0.25, np.ones(3)
    for shape in ((4,), (3, 5), (7, 2)):
        yield rng.normal(size=shape), float(rng.uniform(0.1, 2)), rng.normal(size=shape)


@exercises.function("prelu_backward", cases=_leaks)
def prelu_backward(z, w, g):
    return g * np.where(z > 0, 1, w), np.sum(g * np.minimum(z, 0))


@prelu_backward.mistake("the slope by w is summed: the one w was used by every number below 0")
def _(z, w, g):
    return g * np.where(z > 0, 1, w), g * np.minimum(z, 0)


@prelu_backward.mistake("the slope by w is z where z < 0, and 0 elsewhere: above 0 the leak plays no part")
def _(z, w, g):
    return g * np.where(z > 0, 1, w), np.sum(g * z)


@prelu_backward.mistake("the slope by w is a sum over all numbers, not their mean")
def _(z, w, g):
    return g * np.where(z > 0, 1, w), np.mean(g * np.minimum(z, 0))


@prelu_backward.mistake("w has a gradient of its own; times w it is the part of the output, w · min(0, z)")
def _(z, w, g):
    return g * np.where(z > 0, 1, w), np.sum(g * w * np.minimum(z, 0))


@prelu_backward.mistake("two results are wanted: ∂J/∂z, and ∂J/∂w, for the leak is learned too")
def _(z, w, g):
    return g * np.where(z > 0, 1, w)


@prelu_backward.mistake("the leak works below 0: the slope by w is z there, min(0, z), not max(0, z)")
def _(z, w, g):
    return g * np.where(z > 0, 1, w), np.sum(g * np.maximum(z, 0))


@prelu_backward.mistake("multiply by g, the gradient from above, in both results")
def _(z, w, g):
    return np.where(z > 0, 1, w), np.sum(np.minimum(z, 0))


@prelu_backward.mistake("below 0 the slope by z is w; that is the leak")
def _(z, w, g):
    return g * (z > 0), np.sum(g * np.minimum(z, 0))


# A chain of sigmoids ----------------------------------------------------------------------------------------


def _chains(rng):
    yield 0.0, np.array([1.0]), np.array([0.0])
    yield 0.5, np.array([4.0, 4.0]), np.array([-2.0, -2.0])
    for n in (3, 5, 10):
        yield float(rng.normal()), rng.normal(scale=3, size=n), rng.normal(size=n)


def _chain(x, w, b):
    """The outputs of the units, one after the other."""
    outputs = []
    for wi, bi in zip(w, b):
        x = 1 / (1 + np.exp(-(wi * x + bi)))
        outputs.append(x)
    return np.array(outputs)


@exercises.function("chain_slope", cases=_chains, tol=1e-9)
def chain_slope(x, w, b):
    a = _chain(x, w, b)
    return np.prod(w * a * (1 - a))


@chain_slope.mistake("the weights are missing: a unit passes on w σ'(z), not σ'(z)")
def _(x, w, b):
    a = _chain(x, w, b)
    return np.prod(a * (1 - a))


@chain_slope.mistake("the slopes along a chain are multiplied, not added")
def _(x, w, b):
    a = _chain(x, w, b)
    return np.sum(w * a * (1 - a))


@chain_slope.mistake("every slope is taken at the first input x; a unit's input is the output before it")
def _(x, w, b):
    a = 1 / (1 + np.exp(-(w * x + b)))
    return np.prod(w * a * (1 - a))


@chain_slope.mistake("the biases are missing: they shift where on its curve a unit stands")
def _(x, w, b):
    a = _chain(x, w, 0 * b)
    return np.prod(w * a * (1 - a))


@chain_slope.mistake("σ' = a (1 - a) wants the output a of the unit, not its score z")
def _(x, w, b):
    a = _chain(x, w, b)
    z = w * np.array([x, *a[:-1]]) + b
    return np.prod(w * z * (1 - z))


@chain_slope.mistake("this is the slope of the last unit alone; multiply those of all")
def _(x, w, b):
    a = _chain(x, w, b)
    return w[-1] * a[-1] * (1 - a[-1])


@chain_slope.mistake("each slope is taken at a unit's input; it is a (1 - a) at its output: first update x, then multiply")
def _(x, w, b):
    into = np.array([x, *_chain(x, w, b)[:-1]])
    return np.prod(w * into * (1 - into))


@chain_slope.mistake("this is the output of the chain; its slope is wanted")
def _(x, w, b):
    return _chain(x, w, b)[-1]


# Dead units -------------------------------------------------------------------------------------------------


def _preactivations(rng):
    yield (np.array([[1.0, -1.0], [-2.0, -3.0]]),)
    yield (np.array([[0.0, 2.0, -1.0], [-1.0, -2.0, -1.0]]),)
    for n, k in ((1, 5), (6, 4), (8, 9)):
        yield (rng.normal(size=(n, k)) - np.linspace(0, 4, k),)


@exercises.function("dead_share", cases=_preactivations)
def dead_share(Z):
    return np.mean(np.all(Z <= 0, axis=0))


@dead_share.mistake("these are the units that are silent for some example; dead means for every one")
def _(Z):
    return np.mean(np.any(Z <= 0, axis=0))


@dead_share.mistake("this is the share of zeros in the whole table: sparse, but not dead")
def _(Z):
    return np.mean(Z <= 0)


@dead_share.mistake("you looked along the rows: examples without an active unit. A unit is a column")
def _(Z):
    return np.mean(np.all(Z <= 0, axis=1))


@dead_share.mistake("Z are scores, before the ReLU: a dead unit's are 0 or below, not exactly 0")
def _(Z):
    return np.mean(np.all(Z == 0, axis=0))


@dead_share.mistake("divide by the number of units, the columns, not by the number of examples")
def _(Z):
    return np.sum(np.all(Z <= 0, axis=0)) / len(Z)


@dead_share.mistake("this is the number of dead units; their share is wanted")
def _(Z):
    return np.sum(np.all(Z <= 0, axis=0))


@dead_share.mistake("at z = 0 a ReLU passes nothing on either: z ≤ 0, not z < 0")
def _(Z):
    return np.mean(np.all(Z < 0, axis=0))


# Reviving them ----------------------------------------------------------------------------------------------


def _dead_layers(rng):
    yield np.array([[1.0], [2.0], [3.0]]), np.array([[1.0], [1.0]]), np.array([0.0, -10.0])
    for n, d, k in ((5, 2, 4), (9, 3, 6), (20, 4, 8)):
        yield rng.normal(size=(n, d)), rng.normal(size=(k, d)), np.where(np.arange(k) % 2, -20.0, 0.5)


def _dead(Z):
    return np.all(Z <= 0, axis=0)


@exercises.function("revive", cases=_dead_layers)
def revive(X, W, b):
    Z = X @ W.T + b
    return np.where(_dead(Z), b - np.median(Z, axis=0), b)


@revive.mistake("you moved every bias; units that live are to stay as they are")
def _(X, W, b):
    return b - np.median(X @ W.T + b, axis=0)


@revive.mistake("the sign is wrong: a dead unit's scores are negative, and the bias has to go up")
def _(X, W, b):
    Z = X @ W.T + b
    return np.where(_dead(Z), b + np.median(Z, axis=0), b)


@revive.mistake("that lifts the highest score to 0 exactly: the ReLU still passes nothing")
def _(X, W, b):
    Z = X @ W.T + b
    return np.where(_dead(Z), b - Z.max(axis=0), b)


@revive.mistake("the sign: the new bias is b = -median(X Wᵀ)")
def _(X, W, b):
    Z = X @ W.T
    return np.where(_dead(Z + b), np.median(Z, axis=0), b)


@revive.mistake("the old bias is part of the scores already: the new one is b - median(X Wᵀ + b)")
def _(X, W, b):
    Z = X @ W.T + b
    return np.where(_dead(Z), -np.median(Z, axis=0), b)


@revive.mistake("a bias of 0 need not be enough: it depends on the weights and the data")
def _(X, W, b):
    return np.where(_dead(X @ W.T + b), 0.0, b)


@revive.mistake("you took the mean of the scores; their median is wanted, so that half of the examples are active")
def _(X, W, b):
    Z = X @ W.T + b
    return np.where(_dead(Z), b - Z.mean(axis=0), b)


# Three bugs in a deep program -------------------------------------------------------------------------------


def program(bug=None):
    """begin, forward_pass and training_step of the notebook's program, with the bug of that line alone, or none."""

    def begin(sizes, rng):
        return [(rng.normal(0, np.sqrt(2) / (n if bug == 1 else np.sqrt(n)), (m, n)), np.zeros(m))
                for n, m in zip(sizes, sizes[1:])]

    def forward_pass(X, layers):
        A = [X]
        for k, (W, b) in enumerate(layers, 1):
            Z = A[-1] @ W.T + b
            A.append(Z if k == len(layers) and bug != 3 else np.maximum(0, Z))
        return A

    def training_step(X, y, layers, lr):
        *A, Z = forward_pass(X, layers)
        e = np.exp(Z - Z.max(axis=1, keepdims=True))
        dZ = (e / e.sum(axis=1, keepdims=True) - np.eye(10)[y]) / len(y)
        for k in reversed(range(len(layers))):
            W, b = layers[k]
            layers[k] = W - lr * dZ.T @ A[k], b - lr * dZ.sum(axis=0)
            dZ = dZ @ (layers[k][0] if bug == 7 else W) * (A[k] > 0)

    return begin, forward_pass, training_step


def train_program(bug, lr, seed, epochs=30):
    """Accuracy on held-out digits after training the program with that bug, or none."""
    digits = datasets.digits()
    X, X_test, y, y_test = datasets.split(digits.X / 16, digits.y, rng=0)
    (begin, forward_pass, training_step), rng = program(bug), np.random.default_rng(seed)
    layers = begin((64, 32, 32, 32, 10), rng)
    with np.errstate(all="ignore"):                   # a bug may let the numbers run away
        for _ in range(epochs):
            for batch in datasets.batches(X, y, 64, rng):
                training_step(*batch, layers, lr)
        return float(np.mean(forward_pass(X_test, layers)[-1].argmax(axis=1) == y_test))


_RIGHT_LINES = {2: "line 2 is a layer as it should be: examples are rows, W is (units, inputs)",
                4: "line 4 is right: subtracting the largest score changes no probability, and nothing overflows",
                5: "line 5 is right for the scores that it gets: ŷ − y over the number of examples. Who made them?",
                6: "line 6 is right: error behind times input before, and both parts use the old values"}
_named = itemgetter("first", "second", "third")

exercises.answer("faults", {"first": 1, "second": 3, "third": 7}, {
    **{sentence: (lambda a, line=line: line in _named(a), {"first": 1, "second": line, "third": 7})
       for line, sentence in _RIGHT_LINES.items()},
    "these are the lines; name them from the top down":
        (lambda a: set(_named(a)) == {1, 3, 7}, {"first": 7, "second": 3, "third": 1}),
    "a line is named twice: the three bugs are in three lines":
        (lambda a: len(set(_named(a))) < 3, {"first": 1, "second": 7, "third": 7})})
