"""Exercises of notebook 06: deep networks, from counting parameters to reviving dead units."""

import numpy as np

from nblib.checks import Exercises
from nblib.exercises.programs_06 import program as program  # the notebook runs it
from nblib.exercises.programs_06 import train_program as train_program

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
    """sizes [inputs, units of layer 1, units of layer 2, …] -> the number of weights and biases"""
    return sum(n * m + m for n, m in zip(sizes, sizes[1:]))


count_parameters.mistakes({
    "the biases are missing: a layer has one for each of its units": (" + m", ""),
    "one bias a layer is too few: every unit has its own": (" + m", " + 1"),
    "you counted a bias for each input of a layer; it has one for each output": (" + m", " + n"),
    "the inputs are no layer: they have no biases of their own": ("return ", "return sizes[0] + "),
    "the last layer is missing: it has weights and biases like the others": ("sizes[1:]", "sizes[1:-1]"),
    "this is one layer only: add up all of them": ("zip(sizes, sizes[1:])", "[sizes[-2:]]"),
    "(n + 1)(m + 1) also counts a bias that would be a unit: a layer has n m + m parameters":
        ("n * m + m", "(n + 1) * (m + 1)"),
    "you counted units; a layer also has a weight for each pair of input and unit": ("n * m + m", "m"),
})  # fmt: skip


# Backward through a layer -----------------------------------------------------------------------------------


def _layers(rng):
    yield np.array([[2.0]]), np.array([[1.0]]), np.array([[3.0]]), np.array([[0.5]])
    for n, d, k in ((1, 3, 2), (5, 4, 3), (7, 2, 6)):
        A, W, b = rng.normal(size=(n, d)), rng.normal(size=(k, d)), rng.normal(size=k)
        yield rng.normal(size=(n, k)), A @ W.T + b, A, W


@exercises.function("layer_backward", cases=_layers, returns=("dW", "db", "dA"))
def layer_backward(dG, Z, A, W):
    """dG (N, m) of the output max(0, Z), Z (N, m) = A Wᵀ + b, A (N, n), W (m, n) -> dW, db, dA, in this order"""
    dZ = dG * (Z > 0)
    return dZ.T @ A, dZ.sum(axis=0), dZ @ W


layer_backward.mistakes({
    "the slope of the ReLU is missing: dZ is dG where Z > 0, and 0 elsewhere": (" * (Z > 0)", ""),
    "the mask looks at dG; a ReLU lets pass where its own input Z was positive": ("Z > 0", "dG > 0"),
    "you multiplied by max(0, Z), the value of the ReLU; its slope is wanted, 1 or 0": ("(Z > 0)", "np.maximum(Z, 0)"),
    "db is the sum over the examples, not the mean: the 1/N is already in dG": ("sum", "mean"),
    "the mask is used for dW and db only; what goes on to A has passed the ReLU as well: dZ W, not dG W":
        ("dZ @ W", "dG @ W"),
    "dW is a sum over the examples as it is, not divided by N: the 1/N is already in dG": ("@ A", "@ A / len(A)"),
    "dW comes out transposed: wanted W's shape, one row a unit": ("dZ.T @ A", "A.T @ dZ"),
    "the third result goes on to the layer below: through the weights, dZ W": ("dZ @ W", "dZ"),
    "dW lacks the mask: all three results are made of dZ": ("dZ.T", "dG.T"),
    "db is summed over the units; there is one bias a unit, so sum over the examples": ("axis=0", "axis=1"),
})  # fmt: skip


# Slopes of activations --------------------------------------------------------------------------------------

_LAMBDA, _ALPHA = 1.0507009873554805, 1.6732632423543772


def _activations(rng):
    for name in ("sigmoid", "tanh", "relu", "leaky", "elu", "selu"):
        yield name, np.array([-2.0, -0.5, 0.5, 3.0]), np.ones(4)
        yield name, rng.normal(scale=2, size=(3, 4)), rng.normal(size=(3, 4))


def _judge_slope(args, result):
    """The slip of this one activation, also when others are wrong as well."""
    name, z, g = args
    slips = activation_backward.exercise.mistakes.items()
    return next(
        (
            sentence
            for sentence, wrong in slips
            if sentence.startswith(f"{name}: ")
            and not np.allclose(result, activation_backward(*args))
            and np.allclose(result, wrong(*args))
        ),
        None,
    )


@exercises.function("activation_backward", cases=_activations, judge=_judge_slope)
def activation_backward(name, z, g):
    """name "sigmoid", "tanh", "relu", "leaky" (0.01), "elu" (α = 1) or "selu" (LAMBDA, ALPHA above);
    z and g = ∂J/∂a of one shape -> ∂J/∂z"""
    s, t, above = 1 / (1 + np.exp(-z)), np.tanh(z), z > 0
    slope = {
        "sigmoid": s * (1 - s),
        "tanh": 1 - t**2,
        "relu": above,
        "leaky": np.where(above, 1, 0.01),
        "elu": np.where(above, 1, np.exp(z)),
        "selu": _LAMBDA * np.where(above, 1, _ALPHA * np.exp(z)),
    }
    return g * slope[name]


_SIGMOID, _TANH, _RELU, _LEAKY = "s * (1 - s)", "1 - t**2", '"relu": above', "np.where(above, 1, 0.01)"
_ELU, _SELU = '"elu": np.where(above, 1, np.exp(z))', "_LAMBDA * np.where(above, 1, _ALPHA * np.exp(z))"

activation_backward.mistakes({
    "the slopes are right; multiply by g, the gradient from above": ("g * slope", "slope"),
    "sigmoid: a (1 - a) wants the output a = σ(z), not the input z": (_SIGMOID, "z * (1 - z)"),
    "sigmoid: this is its value; the slope is a (1 - a)": (_SIGMOID, "s"),
    "sigmoid: this is 1 - a, or σ(-z); the slope is a (1 - a)": (_SIGMOID, "1 - s"),
    "tanh: 1 - a² wants the output a = tanh z, not the input z": (_TANH, "1 - z**2"),
    "tanh: the slope is 1 - a², not a (1 - a), which belongs to the sigmoid": (_TANH, "t * (1 - t)"),
    "tanh: this is its value; the slope is 1 - a²": (_TANH, "t"),
    "tanh: the slope is 1 - a², with a square": (_TANH, "1 - t"),
    "relu: this is its value; the slope is 1 above 0 and 0 below": (_RELU, '"relu": np.maximum(z, 0)'),
    "relu: below 0 nothing passes: the slope there is 0": (_RELU, '"relu": 1'),
    "leaky: below 0 the slope is 0.01, not 0; that is what it is for": (_LEAKY, "above"),
    "leaky: below 0 the slope is the constant 0.01, not the value 0.01 z": (_LEAKY, "np.where(above, 1, 0.01 * z)"),
    "leaky: this is its value; the slope is 1 above 0 and 0.01 below": (_LEAKY, "np.where(above, z, 0.01 * z)"),
    "leaky: here the leak is 0.01 (the notes on losses have 0.1)": (_LEAKY, "np.where(above, 1, 0.1)"),
    "elu: e^z - 1 is its value below 0; the slope there is e^z": (_ELU, '"elu": np.where(above, 1, np.exp(z) - 1)'),
    "elu: the two cases are swapped, as in the lecture: it is the identity above 0":
        (_ELU, '"elu": np.where(above, np.exp(z), 1)'),
    "elu: this is its value; the slope is 1 above 0 and e^z below":
        (_ELU, '"elu": np.where(above, z, np.exp(z) - 1)'),
    "selu: λ stands before both cases: the slope above 0 is λ, not 1":
        (_SELU, "np.where(above, 1, _LAMBDA * _ALPHA * np.exp(z))"),
    "selu: λ is missing: it stands before both cases": (_SELU, "np.where(above, 1, _ALPHA * np.exp(z))"),
    "selu: α is missing below 0: the slope there is λ α e^z": ("_ALPHA *", ""),
})  # fmt: skip


# A leak that is learned -------------------------------------------------------------------------------------


def _leaks(rng):
    yield np.array([-2.0, -1.0, 3.0]), 0.25, np.ones(3)
    for shape in ((4,), (3, 5), (7, 2)):
        yield rng.normal(size=shape), float(rng.uniform(0.1, 2)), rng.normal(size=shape)


@exercises.function("prelu_backward", cases=_leaks, returns=("dz", "dw"))
def prelu_backward(z, w, g):
    """z and g = ∂J/∂a of one shape, w a number -> ∂J/∂z of that shape, ∂J/∂w a number"""
    return g * np.where(z > 0, 1, w), np.sum(g * np.minimum(z, 0))


prelu_backward.mistakes({
    "the slope by w is summed: the one w was used by every number below 0": ("np.sum", ""),
    "the slope by w is z where z < 0, and 0 elsewhere: above 0 the leak plays no part": ("np.minimum(z, 0)", "z"),
    "the slope by w is a sum over all numbers, not their mean": ("sum", "mean"),
    "w has a gradient of its own; times w it is the part of the output, w · min(0, z)":
        ("np.minimum", "w * np.minimum"),
    "the leak works below 0: the slope by w is z there, min(0, z), not max(0, z)": ("minimum", "maximum"),
    "multiply by g, the gradient from above, in both results": ("g * ", ""),
    "below 0 the slope by z is w; that is the leak": ("np.where(z > 0, 1, w)", "(z > 0)"),
})  # fmt: skip


# A chain of sigmoids ----------------------------------------------------------------------------------------


def _chains(rng):
    yield 0.0, np.array([1.0]), np.array([0.0])
    yield 0.5, np.array([4.0, 4.0]), np.array([-2.0, -2.0])
    for n in (3, 5, 10):
        yield float(rng.normal()), rng.normal(scale=3, size=n), rng.normal(size=n)


@exercises.function("chain_slope", cases=_chains, tol=1e-9)
def chain_slope(x, w, b):
    """a number x; w, b (n,): weight and bias of n sigmoid units in a row -> slope of the last output by x"""
    product = 1.0
    for wi, bi in zip(w, b):
        z = wi * x + bi
        a = 1 / (1 + np.exp(-z))
        product *= wi * a * (1 - a)
        x = a
    return product


chain_slope.mistakes({
    "the weights are missing: a unit passes on w σ'(z), not σ'(z)": ("wi * a *", "a *"),
    "the slopes along a chain are multiplied, not added": (("product *=", "product +="), ("1.0", "0.0")),
    "every slope is taken at the first input x; a unit's input is the output before it": ("x = a", "pass"),
    "the biases are missing: they shift where on its curve a unit stands": (" + bi", ""),
    "σ' = a (1 - a) wants the output a of the unit, not its score z": ("a * (1 - a)", "z * (1 - z)"),
    "this is the slope of the last unit alone; multiply those of all": ("product *=", "product ="),
    "each slope is taken at a unit's input; it is a (1 - a) at its output: first update x, then multiply":
        ("a * (1 - a)", "x * (1 - x)"),
    "this is the output of the chain; its slope is wanted": ("return product", "return x"),
})  # fmt: skip


# Dead units -------------------------------------------------------------------------------------------------


def _preactivations(rng):
    yield (np.array([[1.0, -1.0], [-2.0, -3.0]]),)
    yield (np.array([[0.0, 2.0, -1.0], [-1.0, -2.0, -1.0]]),)
    for n, k in ((1, 5), (6, 4), (8, 9)):
        yield (rng.normal(size=(n, k)) - np.linspace(0, 4, k),)


@exercises.function("dead_share", cases=_preactivations)
def dead_share(Z):
    """Z (N, m): scores of m ReLU units for all N examples -> the share of units that are dead"""
    return np.mean(np.all(Z <= 0, axis=0))


dead_share.mistakes({
    "these are the units that are silent for some example; dead means for every one": ("np.all", "np.any"),
    "this is the share of zeros in the whole table: sparse, but not dead": ("np.all(Z <= 0, axis=0)", "Z <= 0"),
    "you looked along the rows: examples without an active unit. A unit is a column": ("axis=0", "axis=1"),
    "Z are scores, before the ReLU: a dead unit's are 0 or below, not exactly 0": ("<=", "=="),
    "divide by the number of units, the columns, not by the number of examples":
        lambda Z: np.sum(np.all(Z <= 0, axis=0)) / len(Z),
    "this is the number of dead units; their share is wanted": ("mean", "sum"),
    "at z = 0 a ReLU passes nothing on either: z ≤ 0, not z < 0": ("<=", "<"),
    "this is the share of the living": ("return ", "return 1 - "),
    "these are True and False, a unit each; their mean is the share": ("np.mean", ""),
})  # fmt: skip


# Reviving them ----------------------------------------------------------------------------------------------


def _dead_layers(rng):
    yield np.array([[1.0], [2.0], [3.0]]), np.array([[1.0], [1.0]]), np.array([0.0, -10.0])
    for n, d, k in ((5, 2, 4), (9, 3, 6), (20, 4, 8)):
        yield rng.normal(size=(n, d)), rng.normal(size=(k, d)), np.where(np.arange(k) % 2, -20.0, 0.5)


@exercises.function("revive", cases=_dead_layers)
def revive(X, W, b):
    """X (N, n), W (m, n), b (m,) -> new biases (m,): dead units get a median score of 0, others keep theirs"""
    Z = X @ W.T + b
    dead = np.all(Z <= 0, axis=0)
    return np.where(dead, b - np.median(Z, axis=0), b)


revive.mistakes({
    "you moved every bias; units that live are to stay as they are": ("np.where(dead, ", "np.where(True, "),
    "the sign is wrong: a dead unit's scores are negative, and the bias has to go up": ("b - np", "b + np"),
    "that lifts the highest score to 0 exactly: the ReLU still passes nothing":
        ("np.median(Z, axis=0)", "Z.max(axis=0)"),
    "the sign: the new bias is b = -median(X Wᵀ)": ("b - np.median(Z, axis=0)", "np.median(Z - b, axis=0)"),
    "the old bias is part of the scores already: the new one is b - median(X Wᵀ + b)": ("b - np", "-np"),
    "a bias of 0 need not be enough: it depends on the weights and the data": ("b - np.median(Z, axis=0)", "0.0"),
    "you took the mean of the scores; their median is wanted, so that half of the examples are active":
        ("median", "mean"),
})  # fmt: skip

# Three bugs in a deep program -------------------------------------------------------------------------------

exercises.lines("faults", (1, 3, 7), {
    2: "line 2 is a layer as it should be: examples are rows, W is (units, inputs)",
    4: "line 4 is right: subtracting the largest score changes no probability, and nothing overflows",
    5: "line 5 is right for the scores that it gets: ŷ − y over the number of examples. Who made them?",
    6: "line 6 is right: error behind times input before, and both parts use the old values",
})  # fmt: skip
