# %% [markdown]
# # Deep networks: what many layers do to a signal, and to its gradient
#
# With enough units, a network with one hidden layer can come as close as you like to any continuous function
# on a closed and bounded region. So why do people stack ten layers, or a hundred? And does a stack learn at all? Here is
# the same task, handwritten digits of 8 × 8 pixels, for networks of one, three and ten hidden layers with 32
# units each, trained in the same way with three different functions between the layers.
#
# **Which of the nine networks will be best, and which worst?** Most people guess that more layers help all
# three, or hurt all three. Write your guess down before you run the cells.
#
# ### What you will be able to do
#
# - *count* the parameters of any stack of layers, and *name* the shape of everything in it;
# - *derive* the backward pass of a layer in matrices, and prove it in two more ways;
# - *choose* an activation function, knowing what each does to the signal and to the gradient;
# - *predict* how the gradient shrinks or grows with the depth;
# - *diagnose* dead units, and *revive* them.
#
# It builds on [Gradient descent](03_gradient_descent.ipynb) and [Backpropagation](05_backpropagation.ipynb),
# and takes about three hours with the exercises.
# It follows "Deep neural networks", "Activation functions" and "Vectorized backward propagation" in the full
# note set, the activation functions of the notes on losses, optimization and first networks, and the common
# training issues of one lecture of an applied course.

# %%
try:
    import nblib
except ModuleNotFoundError:                                # another Jupyter, without the course's packages
    raise ModuleNotFoundError("this kernel has no nblib: open the course with python3 start.py") from None

import numpy as np
from nblib import datasets, nn, optim, plots
from nblib.nn import functional as F
from nblib.autograd import maximum, tensor
from nblib.checks import gradient_check
from nblib.exercises import e01_logistic_regression as e01
from nblib.exercises import e06_deep_networks as course           # the course's own versions of what you will write
from nblib.exercises.e06_deep_networks import check
from nblib.widgets import choice, explore, live, log_slider, slider
plots.use_style()

# %%
digits = datasets.digits()
X_train, X_test, y_train, y_test = datasets.split(digits.X / 16, digits.y, rng=0)

def mlp(sizes, activation, seed=0, gain=None):
    """Layers of the given sizes, with weights of deviation gain / √inputs and biases of 0."""
    rng, modules = np.random.default_rng(seed), []
    gain = gain or (np.sqrt(2) if activation in (nn.ReLU, nn.LeakyReLU) else 1.0)
    for n, m in zip(sizes, sizes[1:]):
        layer = nn.Linear(n, m).double()
        layer.weight.data, layer.bias.data = rng.normal(0, gain / np.sqrt(n), (m, n)), np.zeros(m)
        modules += [layer, activation()]
    return nn.Sequential(*modules[:-1])                 # no activation after the last layer

def train(net, lr, epochs=6, momentum=0.9, seed=0):
    optimizer, rng = optim.SGD(net.parameters(), lr, momentum=momentum), np.random.default_rng(seed)
    for _ in range(epochs):
        for X, y in datasets.batches(X_train, y_train, 64, rng):
            optimizer.zero_grad()
            F.cross_entropy(net(tensor(X)), tensor(y)).backward()
            optimizer.step()
    return net

def accuracy(net):
    return np.mean(net(tensor(X_test)).detach().numpy().argmax(axis=1) == y_test)

# %% [markdown]
# `mlp` and `train` are most of the machinery of this notebook. What a layer and a gain are comes below. The gain
# is the one thing that differs between the three functions: √2 for ReLU, which blocks about half of its inputs,
# else 1. A momentum of 0.9 keeps nine tenths of the last step in the next one (more in the lesson on optimizers);
# the lines of the training loop are taken apart in [PyTorch](07_pytorch.ipynb), whose names nblib uses.

# %%
KINDS = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "ReLU": nn.ReLU}
COLOR = dict(zip(KINDS, (plots.CLASS_COLORS[8], plots.CLASS_COLORS[9], plots.ink())))
depths, right = [1, 3, 10], {}
for name, kind in KINDS.items():
    right[name] = [accuracy(train(mlp([64] + [32] * depth + [10], kind), 0.02, epochs=15)) for depth in depths]
    print(f"{name:8s}", *(f"{depth} hidden: {a:.2f}  " for depth, a in zip(depths, right[name])))
assert min(a[0] for a in right.values()) > 0.8 and max(right["sigmoid"][1:]) < 0.2
assert min(right["tanh"] + right["ReLU"]) > 0.8

fig, ax = plots.figure(size=(6.2, 3.2))
for name in KINDS:
    ax.plot(depths, right[name], "o-", color=COLOR[name], label=name)
ax.set(xlabel="hidden layers", ylabel="accuracy on new digits", ylim=(0, 1.02), xlim=(0.5, 10.5), xticks=depths)
plots.label_lines(ax)
plots.show(fig, "One task, three activation functions: with three hidden layers or more the sigmoids have "
                "learned nothing in 15 epochs, the other two have.")

# %% [markdown]
# Best here is ReLU with three hidden layers, worst the sigmoids with three or ten, which are no better than
# guessing. With one hidden layer all three functions get most digits right. The number of layers and the function between them cannot be chosen one by one. This notebook
# explains that picture.
#
# ## A layer is a matrix, a vector and a function
#
# A **fully connected layer** takes a vector $a$ of $n$ numbers to a vector of $m$ numbers:
#
# $$z = W a + b, \qquad a' = g(z),$$
#
# with a weight for each pair of an input and a unit, $W$ of shape $(m, n)$, a bias for each unit, $b$ of
# shape $(m,)$, and an **activation function** $g$ applied to each number. For $N$ examples as the rows of
# $A$, shape $(N, n)$, it reads $Z = A W^\top + b$, shape $(N, m)$. (The lectures put examples into columns:
# $Z = W A + b$.) The smallest case by hand: $a = (1, 2)$, $W = \begin{pmatrix}1 & 1\\ 3 & -2\end{pmatrix}$,
# $b = (0, -1)$ gives $z = (3, -2)$, and with $g(z) = \max(0, z)$ the layer says $(3, 0)$.
#
# A stack of them is a **multilayer perceptron**. Only layers with parameters are counted: the input is no
# layer, and neither is the activation. From how many layers on a network is *deep*, no definition says; two
# hidden ones are usually enough for the word.

# %% tags=["concept:fc-layer", "concept:vector-shapes"]
def layer_in_loops(a, W, b):
    z = b.copy()
    for i in range(len(W)):
        for j in range(len(a)):
            z[i] += W[i, j] * a[j]
    return np.maximum(0, z)

W, b = np.array([[1.0, 1], [3, -2]]), np.array([0.0, -1])
assert np.array_equal(layer_in_loops([1, 2], W, b), [3, 0])
A = np.random.default_rng(0).normal(size=(5, 2))                    # 5 examples
by_matrix = np.maximum(0, A @ W.T + b)                              # (5, 2) @ (2, 2) + (2,)
assert np.allclose(by_matrix, [layer_in_loops(a, W, b) for a in A])
layer = nn.Linear(2, 2).double()
layer.weight.data, layer.bias.data = W, b
assert np.allclose(layer(tensor(A)).relu().detach().numpy(), by_matrix)
print("by hand, in loops, as one product and as nn.Linear: the same")

# %% tags=["concept:mlp", "concept:layer-counting", "concept:parameter-count"]
sizes = [64, 32, 32, 10]
net = mlp(sizes, nn.ReLU)
a = tensor(X_train[:100])
for module in net:
    a = module(a)
    print(f"{module!r:62s} -> {a.shape}")
with_parameters = [module for module in net if list(module.parameters())]
counted = sum(p.numel() for p in net.parameters())
assert counted == 64 * 32 + 32 + 32 * 32 + 32 + 32 * 10 + 10 == 3466
print(f"a network of {len(with_parameters)} layers, {len(with_parameters) - 1} of them hidden; {counted} parameters")
assert len(list(net)) == 5 and len(with_parameters) == 3

# %% [markdown]
# Five modules, three layers. A layer from $n$ to $m$ units has $n m$ weights and $m$ biases. Nothing else in
# the network is learned.
#
# ### Your turn: count the parameters (warm-up)
#
# <details><summary>Hint 1</summary>
#
# `zip(sizes, sizes[1:])` gives the pairs (inputs, units) of the layers.
#
# </details>
# <details><summary>Hint 2</summary>
#
# For [2, 1]: two weights and one bias.
#
# </details>

# %%
def count_parameters(sizes):
    """sizes [inputs, units of layer 1, units of layer 2, …] -> the number of weights and biases"""
    ...                                             # your code here

check("count_parameters", count_parameters)

# %% tags=["solution"] jupyter={"source_hidden": true}
def count_parameters_solution(sizes):
    return sum(n * m + m for n, m in zip(sizes, sizes[1:]))

check("count_parameters", count_parameters_solution)

# %% [markdown]
# ## A picture is a vector whose order does not matter to the layer
#
# What goes in must be a vector. A grey picture of $H \times W$ pixels becomes $H \cdot W$ numbers, a colour
# picture $H \cdot W \cdot 3$: the full note set flattens each of the three channels and puts them one after
# the other, NumPy's `ravel` keeps the three numbers of a pixel together. It is the same vector in another order. The
# numbers run from 0, black, to 255, white (in our small digits from 0 to 16, hence the `/ 16`). What comes out is one score for each class: 10 for the digits of MNIST and 10
# for CIFAR, 9 for ISIC, a set of skin lesions, 20,000 and more for ImageNet. Both ends set the size of a network.

# %% tags=["concept:image-as-vector", "concept:class-counts"]
photo = datasets.photograph("china")
for name, shape, classes in (("digits, grey 8 × 8", digits.X[0].reshape(8, 8).shape, 10),
                             ("MNIST, grey 28 × 28", (28, 28), 10), ("CIFAR, colour 32 × 32", (32, 32, 3), 10),
                             ("skin lesions, colour 224 × 224", (224, 224, 3), 9),
                             ("ImageNet, colour 224 × 224", (224, 224, 3), 20_000), ("a photograph", photo.shape, 2)):
    n = int(np.prod(shape))
    print(f"{name:31s}{n:8,} numbers; first layer of 100 units {100 * n + 100:11,} parameters; "
          f"last layer {101 * classes:9,}; guessing {1 / classes:.3g}")
by_pixel, by_channel = photo.ravel(), np.concatenate([photo[:, :, c].ravel() for c in range(3)])
assert by_pixel.shape == by_channel.shape == (427 * 640 * 3,) == (819_840,)
assert np.array_equal(by_channel, by_pixel.reshape(-1, 3).T.ravel()) and (photo.min(), photo.max()) == (0, 255)

order = np.random.default_rng(0).permutation(64)                    # the same shuffle for every picture
shuffled = mlp(sizes, nn.ReLU)
shuffled[0].weight.data = net[0].weight.detach().numpy()[:, order]
assert np.allclose(net(tensor(X_test)).detach().numpy(), shuffled(tensor(X_test[:, order])).detach().numpy())
print("pixels shuffled, weights of the first layer shuffled alike: the same outputs")

# %% [markdown]
# Two things to take away. The first layer of a photograph is huge before anything has been learned; a last
# layer from 100 units to 20,000 classes alone has two million parameters. And to such a layer the order of
# the pixels means nothing: shuffle them all in the same way, and there is a network that does exactly the
# same. That two pixels are neighbours is not used. (Convolution, in the part on images, will use it.)
#
# ## Layers bend the plane until a straight line can cut it
#
# The last layer is a linear classifier: it draws a straight line, or a flat sheet. So all that the layers
# before it can do is to move the points until a straight cut suffices. Each does three things: **rotate and
# stretch** ($W$), **shift** ($b$), **squash** ($g$). In two dimensions this can be watched. The networks
# below have three hidden layers of only *two* tanh units, so that every intermediate result is a point in
# the plane.

# %% tags=["concept:feature-space-transform"]
SETS = {"moons": datasets.moons(160, 0.1, rng=0), "ring": datasets.circles(160, 0.05, 0.5, rng=0)}

def fit(net, X, y, steps=400, lr=0.03):
    """Train on all of (X, y) at once with Adam; the network, and its accuracy after each step."""
    optimizer, X, target, rights = optim.Adam(net.parameters(), lr), tensor(X), tensor(y * 1.0), []
    for _ in range(steps):
        optimizer.zero_grad()
        z = net(X)[:, 0]
        F.binary_cross_entropy_with_logits(z, target).backward()
        optimizer.step()
        rights.append(np.mean((z.detach().numpy() > 0) == y))
    return net, np.array(rights)

for name, width, seeds in (("moons", 2, (4,)), ("ring", 2, (0, 1, 2)), ("ring", 3, (0, 1, 2))):
    best = [fit(mlp([2, width, width, width, 1], nn.Tanh, s), *SETS[name])[1].max() for s in seeds]
    print(f"{name}, three hidden layers of {width} units: at best", *(f"{b:.3f}" for b in best))
    assert max(best) < 0.97 if (name, width) == ("ring", 2) else min(best) == 1

# %% [markdown]
# Two units a layer separated the moons, but the ring from none of three starts. There is a reason: a layer
# with an invertible $2 \times 2$ matrix and tanh bends the plane without tearing or folding it. What is
# enclosed by a closed curve stays enclosed, and no straight line parts the two. (A matrix that is not
# invertible flattens the plane to a line, which is no help either.) Our ring is made of points, with gaps
# that a very contorted network might slip through, so for it this is a strong obstacle and not a proof.
# With three units the plane can be lifted into space, and the middle can be pushed out of it.
#
# ### Try it: watch the plane being bent
#
# The slider goes through the network: three movements for each layer. ($W$ may also turn the plane over. On its way
# there the slider flattens it for a moment; the layer itself does not.) The grid is drawn along. The caption
# says how well a straight line can do at that place: a logistic regression trained on the points as they
# lie there.
#
# Before you move it: **at which layer does the straight line get all of them right?**
#
# - Goal 1: find the first place where a straight line is right for all the moons.
# - Goal 2: for the ring, watch where the centre goes. What does the network do instead?

# %%
NETS = {"moons": fit(mlp([2, 2, 2, 2, 1], nn.Tanh, 4), *SETS["moons"])[0],
        "ring": fit(mlp([2, 2, 2, 2, 1], nn.Tanh, 0), *SETS["ring"])[0]}
ticks, fine = np.linspace(-3, 3, 13), np.linspace(-3, 3, 61)
LINES = np.array([[(t, f) for f in fine] for t in ticks] + [[(f, t) for f in fine] for t in ticks])

def part_way(net, X, place):
    """Points X (…, 2) after `place` movements: rotate and stretch, shift and squash, for each layer."""
    for k in range(3):
        linear, into = net[2 * k], np.clip(place - 3 * k, 0, [1, 2, 3])     # how far into the layer
        turned, shifted, squashed = np.clip(into - [0, 1, 2], 0, 1)
        W, b = linear.weight.detach().numpy(), linear.bias.detach().numpy()
        X = X @ ((1 - turned) * np.eye(2) + turned * W).T + shifted * b
        X = (1 - squashed) * X + squashed * np.tanh(X)
    return X

def straight_line(points, y):
    """The share of points that logistic regression gets right, as they lie."""
    scaled = (points - points.mean(axis=0)) / points.std(axis=0)
    w, b = e01.train(scaled, y, 3.0, 300)
    return np.mean((scaled @ w + b > 0) == y)

for name, (X, _) in SETS.items():
    assert np.allclose(part_way(NETS[name], X, 9), NETS[name][:6](tensor(X)).detach().numpy())

# %%
@explore(data=choice("points", list(SETS), "moons"), place=slider("place in the network", 0.0, 9.0, 2.4, 0.1),
         columns=2, size=(8.4, 4.0))
def morph(axes, data, place):
    (X, y), movement = SETS[data], max(int(np.ceil(place)) - 1, 0)
    doing = ("rotated and stretched", "shifted", "squashed")[movement % 3]
    for ax, where in zip(axes, (0.0, place)):
        points = part_way(NETS[data], X, where)
        limit = 1.1 * np.abs(points).max()
        for line in part_way(NETS[data], LINES, where):
            ax.plot(*line.T, color=plots.COLORS["truth"], linewidth=0.6, alpha=0.6)
        plots.scatter(ax, points, y, size=18)
        ax.set(xlim=(-limit, limit), ylim=(-limit, limit))
        ax.set(xlabel="first unit" if where else "x₁", ylabel="second unit" if where else "x₂")
    right = straight_line(points, y)
    goal = " Goal 1 reached." if data == "moons" and right == 1 else ""
    return (f"Left: the input. Right: in layer {movement // 3 + 1} of 3, being {doing}. "
            f"A straight line is right for {right:.3f} there.{goal}")
morph

# %% [markdown]
# <details><summary>What happens, and why</summary>
#
# A rotation, a stretch or a shift does not change what a straight line can do (only near-flattening makes
# it harder to find); the squashing does, since it bends. The moons are apart after the first layer
# already, at 3, and still are at 6 and 9. For the ring, the grid shows what happens: the
# centre stays surrounded, and all that the network can do is to push the surroundings aside on most sides
# and accept a strip of mistakes.
#
# </details>
#
# ## Depth buys folds, width can buy an easier descent
#
# If one hidden layer is enough in principle, why more of them? **Because a layer applies to everything that
# the layers before it have already folded.** Take the tent $t(x) = 2\max(0, x) - 4\max(0, x - ½)$: two ReLU
# units that fold $[0, 1]$ once. Applied $k$ times it has $2^k$ straight pieces, made of $2k$ hidden units.
# A single hidden layer of $n$ ReLU units has one kink a unit, so at most $n + 1$ pieces.

# %% tags=["concept:why-deep"]
def tent(x):
    return 2 * np.maximum(x, 0) - 4 * np.maximum(x - 0.5, 0)

def pieces(values):
    """Straight pieces of a function given on a fine grid."""
    return 1 + np.count_nonzero(np.diff(np.diff(values)))

grid = np.arange(2 ** 12 + 1) / 2 ** 12                             # exact in binary
assert tent(0.25) == 0.5 and tent(0.5) == 1 and tent(0.75) == 0.5
x = grid
for k in range(1, 9):
    x = tent(x)
    assert pieces(x) == 2 ** k
    if k in (1, 3, 8):
        print(f"{k} layers of 2 units: {pieces(x):3d} pieces; one hidden layer needs {2 ** k - 1:3d} units for that")
shallow = np.random.default_rng(0).normal(size=(3, 20))             # 20 units: weights in, biases, weights out
one_layer = np.maximum(np.outer(grid, shallow[0]) + shallow[1], 0) @ shallow[2]
kinks = -shallow[1] / shallow[0]
bends = grid[1:-1][np.abs(np.diff(one_layer, 2)) > 1e-9]
assert len(bends) > 0 and all(np.abs(kinks - bend).min() < grid[1] for bend in bends)
inside = np.sum((kinks > 0) & (kinks < 1))
print(f"one layer of 20 random units bends at its kinks only; {inside} of the 20 lie in [0, 1]")

# %% [markdown]
# That is a constructed example, and an extreme one: a task made of repeated folds. Does it matter for the
# digits? Here are a wide and a deep network with nearly the same number of parameters.

# %% tags=["concept:depth-vs-width"]
shapes = {"wide": [64, 40, 10], "deep": [64, 28, 18, 18, 18, 10]}
result = {}
for name, shape in shapes.items():
    nets = [train(mlp(shape, nn.ReLU, seed), 0.02, epochs=20, seed=seed) for seed in range(3)]
    result[name] = [accuracy(net) for net in nets]
    print(f"{name}, {shape}: {sum(p.numel() for p in nets[0].parameters())} parameters, accuracy",
          *(f"{a:.2f}" for a in result[name]))
assert abs(np.mean(result["wide"]) - np.mean(result["deep"])) < 0.04

# %% [markdown]
# On this small task there is no great difference in three seeds. The full note set says two things: that the
# number of layers "does not matter too much", which fits the digits and not the tent; and that deep networks
# are generally better on images, sound and text. The second is the experience of the field with large data; 64
# pixels do not show it. A common explanation is that such data are compositions, of edges, parts and objects.
#
# Width does something else. The applied course notes that making a network *bigger* may make training
# *faster*. Two spirals, one hidden layer of ReLU units, three starts each; how many steps until 97% are
# right?

# %% tags=["concept:bigger-trains-faster"]
spirals, limit, needed = datasets.spirals(200, 0.05, 1.0, rng=0), 300, {}
for width in (4, 16, 64):
    rights = [fit(mlp([2, width, 1], nn.ReLU, seed), *spirals, steps=limit, lr=0.02)[1] for seed in range(3)]
    needed[width] = [int(np.argmax(r >= 0.97)) if r.max() >= 0.97 else limit for r in rights]
    print(f"{width:2d} units:", *(f"{n} steps;" if n < limit else f"not in {limit} steps;" for n in needed[width]))
assert np.median(needed[64]) < np.median(needed[16]) < np.median(needed[4])

# %% [markdown]
# More units, fewer steps, on this set and at this rate. Fewer steps are not less work: a step with 64 units takes four times the
# arithmetic of one with 16. A likely reason is that among many units there are more chances that some
# start in a useful place.
#
# ## The backward pass of a layer is two matrix products and a mask
#
# Training needs the gradient. In [Backpropagation](05_backpropagation.ipynb) the upstream gradient of a layer's
# scores was called $G$; with several layers we need one for each, and write $dZ$ for $\partial J / \partial Z$, as the
# code does. It has the shape of $Z$, as every gradient has the shape of its quantity. Let $Z = A W^\top + b$ be the
# scores, $A$ the layer's input and $g(Z)$ its output, for which $dG$ comes from above. With $\odot$ for the product
# entry by entry,
#
# $$dZ = dG \odot g'(Z), \qquad dW = dZ^\top A, \qquad db = \sum_i dZ_i, \qquad dA = dZ\, W.$$
#
# The last three were derived there. The first is new in this form only: the Jacobian of $g$ is diagonal, since each
# number depends on one other only, so it is never built. A product entry by entry does it; for ReLU the factors are
# 0 and 1, a mask. And $dA$ is the $dG$ of the layer below.

# %% tags=["concept:vectorized-backward"]
def forward(X, layers):
    """The input of each layer, and its scores Z; tanh between the layers, none after the last."""
    inputs, scores = [X], []
    for W, b in layers:
        scores.append(inputs[-1] @ W.T + b)                         # (N, n) @ (n, m) -> (N, m)
        inputs.append(np.tanh(scores[-1]))
    return inputs[:-1], scores

def backward(dZ, inputs, layers):
    """(dW, db) of each layer, from the gradient dZ (N, K) of the last scores."""
    gradients = []
    for k in reversed(range(len(layers))):
        gradients.insert(0, (dZ.T @ inputs[k], dZ.sum(axis=0)))     # W's shape, b's shape
        dA = dZ @ layers[k][0]                                      # (N, m) @ (m, n) -> (N, n)
        dZ = dA * (1 - inputs[k] ** 2)                              # tanh' = 1 − a²; not used below the first
    return gradients

rng = np.random.default_rng(0)
X, y = rng.normal(size=(6, 3)), rng.integers(4, size=6)
layers = [(rng.normal(size=(m, n)), rng.normal(size=m)) for n, m in ((3, 5), (5, 2), (2, 4))]
inputs, scores = forward(X, layers)
p = np.exp(scores[-1]) / np.exp(scores[-1]).sum(axis=1, keepdims=True)
gradients = backward((p - np.eye(4)[y]) / len(y), inputs, layers)   # softmax and cross-entropy: ŷ − y

def cost_of(k):
    """The cost as a function of the weights of layer k."""
    def cost(W):
        Z = forward(X, [*layers[:k], (W, layers[k][1]), *layers[k + 1:]])[1][-1]
        return np.mean(np.log(np.exp(Z).sum(axis=1)) - Z[np.arange(len(y)), y])
    return cost

errors = [gradient_check(cost_of(k), gradients[k][0], layers[k][0]) for k in range(3)]
assert max(errors) < 1e-6
jacobian = np.diag(1 - np.tanh(scores[0][0]) ** 2)                  # of tanh, for one example: diagonal
assert np.allclose(jacobian @ np.ones(5), (1 - inputs[1][0] ** 2) * np.ones(5))
print("the gradients of all three layers' weights agree with finite differences")

# %%
import torch
parameters = [(torch.tensor(W, requires_grad=True), torch.tensor(b, requires_grad=True)) for W, b in layers]
a = torch.tensor(X)
for k, (W, b) in enumerate(parameters):
    a = a @ W.T + b
    a = torch.tanh(a) if k < 2 else a
torch.nn.functional.cross_entropy(a, torch.tensor(y)).backward()
for (W, b), (dW, db) in zip(parameters, gradients):
    assert np.allclose(W.grad, dW) and np.allclose(b.grad, db)
print("and with PyTorch's, the biases' as well")

# %% [markdown]
# ### Your turn: backward through a ReLU layer (core)
#
# <details><summary>Hint 1</summary>
#
# First $dZ$: where $Z > 0$ the gradient passes, elsewhere it is 0.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Then three lines from the formulas above. Compare shapes: `dW` has W's.
#
# </details>

# %%
def layer_backward(dG, Z, A, W):
    """dG (N, m) of the output max(0, Z), Z (N, m) = A Wᵀ + b, A (N, n), W (m, n) -> dW, db, dA, in this order"""
    ...                                             # your code here

check("layer_backward", layer_backward)

# %% tags=["solution"] jupyter={"source_hidden": true}
def layer_backward_solution(dG, Z, A, W):
    dZ = dG * (Z > 0)
    return dZ.T @ A, dZ.sum(axis=0), dZ @ W

check("layer_backward", layer_backward_solution)

# %% [markdown]
# ## Eight functions, and what each is for
#
# In the column of slopes, $a = g(z)$ is the output.
#
# | name | $g(z)$ | slope $g'(z)$ | idea |
# |---|---|---|---|
# | sigmoid | $\sigma(z) = 1/(1 + e^{-z})$ | $a (1 - a)$ | a probability |
# | tanh | $\tanh z = 2\sigma(2z) - 1$ | $1 - a^2$ | the same S, centred on 0 |
# | ReLU | $\max(0, z)$ | 1 or 0 | pass or block |
# | leaky ReLU | $\max(0.01 z, z)$ | 1 or 0.01 | never block entirely |
# | PReLU | $\max(0, z) + w \min(0, z)$ | 1 or $w$ | learn the leak $w$ |
# | ELU | $z$ above 0, $\alpha (e^z - 1)$ below | 1 or $\alpha e^z$ | negative below, and smooth for $\alpha = 1$ |
# | SELU | $\lambda\,$ELU$(z)$ with $\lambda = 1.0507, \alpha = 1.6733$ | $\lambda$ or $\lambda\alpha e^z$ | keeps mean 0, variance 1 |
# | maxout | $\max(w_1 \cdot x + b_1,\ w_2 \cdot x + b_2)$ | of the larger one | learn the function itself |
#
# (The notes on losses use 0.1 for the leak; both are in use.) The slope of a ReLU at exactly 0 is a matter
# of convention: the full note set says 1, PyTorch and nblib say 0.

# %% tags=["concept:sigmoid-act", "concept:tanh-act", "concept:relu", "concept:leaky-relu", "concept:elu", "concept:selu"]
LAMBDA, ALPHA = 1.0507009873554805, 1.6732632423543772
def elu(z, alpha=1.0):
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))

VALUE = {"sigmoid": e01.sigmoid, "tanh": np.tanh, "ReLU": lambda z: np.maximum(0, z),
         "leaky ReLU": lambda z: np.maximum(0.01 * z, z), "ELU": elu, "SELU": lambda z: LAMBDA * elu(z, ALPHA)}
SLOPE = {"sigmoid": lambda z: e01.sigmoid(z) * (1 - e01.sigmoid(z)), "tanh": lambda z: 1 - np.tanh(z) ** 2,
         "ReLU": lambda z: 1.0 * (z > 0), "leaky ReLU": lambda z: np.where(z > 0, 1, 0.01),
         "ELU": lambda z: np.where(z > 0, 1, np.exp(np.minimum(z, 0))),
         "SELU": lambda z: LAMBDA * np.where(z > 0, 1, ALPHA * np.exp(np.minimum(z, 0)))}
TORCH = dict(zip(VALUE, (torch.sigmoid, torch.tanh, torch.relu, torch.nn.functional.leaky_relu,
                         torch.nn.functional.elu, torch.selu)))
z = np.linspace(-4, 4, 81) + 0.013                                  # around the kink, not on it
for name, g in VALUE.items():
    error = gradient_check(lambda z: g(z).sum(), SLOPE[name], z)
    t = torch.tensor(z, requires_grad=True)
    TORCH[name](t).sum().backward()
    assert error < 1e-6 and np.allclose(t.grad, SLOPE[name](z)) and np.allclose(TORCH[name](t).detach(), g(z))
    print(f"{name:11s}g(−2) = {float(g(np.array(-2.0))):6.3f}   g(2) = {float(g(np.array(2.0))):.3f}   "
          f"slope at −2 and 2: {float(SLOPE[name](np.array(-2.0))):.3f}, {float(SLOPE[name](np.array(2.0))):.3f}")
assert np.allclose(np.tanh(z), 2 * e01.sigmoid(2 * z) - 1)
print("all slopes agree with finite differences and PyTorch; tanh z = 2σ(2z) − 1 on all 81 points")

# %% tags=["concept:prelu"]
prelu, x = nn.PReLU().double(), tensor(np.array([[-2.0], [3.0]]))
prelu(x).sum().backward()
assert prelu.weight.grad.item() == -2.0                # its leak is learned: ∂/∂w is z where z < 0, else 0
print("PReLU: g(−2), g(3) =", *prelu(x).detach().numpy()[:, 0], "; the slope by w is", prelu.weight.grad.item())
for w in (0.25, 2.0):
    cases, largest = np.maximum(0, z) + w * np.minimum(0, z), np.maximum(z, w * z)
    print(f"w = {w}: max(z, w z) is the same function: {np.allclose(cases, largest)}")
    assert np.allclose(cases, largest) == (w <= 1)

# %% [markdown]
# The full note set writes PReLU as $\max(z, w z)$. That is right as long as the learned $w$ is at most 1; above,
# the two branches change places.
#
# Maxout has no fixed shape: the larger of two linear functions of the unit's inputs, both learned. Here one
# such unit learns $|v \cdot x|$, which no single ReLU can.

# %% tags=["concept:maxout"]
def learn_fold(unit, parameters, seed):
    """The mean squared error that a unit reaches on |v·x|, for 200 points x (3,)."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(200, 3))
    target = tensor(np.abs(X @ [1, -2, 0.5]))
    P = [tensor(rng.normal(size=shape), requires_grad=True) for shape in parameters]
    optimizer = optim.Adam(P, lr=0.05)
    for _ in range(300):
        cost = F.mse_loss(unit(tensor(X), *P), target)
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
    return cost.item()

def maxout(X, w1, b1, w2, b2):
    return maximum(X @ w1 + b1, X @ w2 + b2)               # the larger one gets the gradient

def one_relu(X, w, b, scale, shift):
    return scale * (X @ w + b).relu() + shift

with_maxout = [learn_fold(maxout, [3, (), 3, ()], seed) for seed in range(5)]
with_relu = [learn_fold(one_relu, [3, (), (), ()], seed) for seed in range(5)]
assert max(with_maxout) < 1e-3 and min(with_relu) > 0.3
print("|v·x| in 300 steps, 5 seeds: maxout below 0.001 each time, one ReLU above 0.3 each time")

# %%
signal = np.random.default_rng(0).normal(size=(400, 200))
for name in ("SELU", "ELU"):
    a, rng = signal, np.random.default_rng(1)
    for _ in range(20):
        a = VALUE[name](a @ rng.normal(0, 1 / np.sqrt(200), (200, 200)))
    print(f"{name}: after 20 layers mean {abs(a.mean()):.1f}, deviation {a.std():.1f}")
    assert (abs(a.std() - 1) < 0.15) == (name == "SELU")

# %% [markdown]
# The two constants of SELU are chosen so that mean 0 and deviation 1 come back out, layer after layer, when
# the weights have deviation $1/\sqrt n$.
#
# ### As printed, ELU grows exponentially
#
# The full note set prints ELU and SELU with the two cases swapped: the exponential *above* 0. Taken at its
# word, that is another function.

# %%
def elu_as_printed(z, alpha=1.0):
    return np.where(z > 0, alpha * np.expm1(z), z)

a, printed = signal[:50, :50], signal[:50, :50]
W = np.random.default_rng(2).normal(0, 1 / np.sqrt(50), (50, 50))
assert np.allclose(elu(np.array([-30.0])), -1) and elu_as_printed(np.array([10.0]))[0] > 22_000
for k in range(1, 5):
    with np.errstate(over="ignore"):
        a, printed = elu(a @ W), elu_as_printed(printed @ W)
    if not np.isfinite(printed).all():
        break
print(f"at −30 ELU is −1, as printed −30; at 10 ELU is 10, as printed {elu_as_printed(np.array(10.0)):,.0f}")
print(f"in a stack, the numbers of the printed one overflow in layer {k}; those of ELU stay below {np.abs(a).max():.0f}")
assert not np.isfinite(printed).all() and np.abs(a).max() < 10

# %% [markdown]
# ### Try it: what a function does to a batch
#
# Left: the function and its slope. Right: 1,000 numbers with a normal distribution go in; what comes out?
# The caption counts those that are exactly 0, and those that are **saturated**: the slope is below 0.05.
#
# Before you move it: **for which scale of the input is more than half of the sigmoid's batch saturated?**
#
# - Goal 1: find a function, a mean and a deviation with more than 90% exact zeros.
# - Goal 2: saturate more than 80% of a batch of tanh units.

# %%
batch = np.random.default_rng(3).normal(size=1000)

@explore(name=choice("activation", list(VALUE), "sigmoid"), mean=slider("mean of the input", -4.0, 4.0, 0.0),
         scale=log_slider("deviation of the input", 0.1, 10, 4), columns=2, size=(8.4, 3.4))
def activation(axes, name, mean, scale):
    line, z = np.linspace(-6, 6, 241), mean + scale * batch
    axes[0].plot(line, VALUE[name](line), color=plots.ink())
    axes[0].plot(line, SLOPE[name](line), "--", color=plots.COLORS["adam"])
    plots.label(axes[0], -5.8, 1.75, "– function", fontsize=10)
    plots.label(axes[0], -5.8, 1.45, "-- slope", color=plots.COLORS["adam"], fontsize=10)
    axes[0].set(xlabel="z", xlim=(-6, 6), ylim=(-2, 2))
    plots.histogram(axes[1], VALUE[name](z), bins=40, xlim=(-3, 3))
    axes[1].set(xlabel="g(z), outliers at the ends", ylim=(0, 1000))
    a, zeros, flat = VALUE[name](z), np.mean(VALUE[name](z) == 0), np.mean(SLOPE[name](z) < 0.05)
    goal = " Goal 1 reached." if zeros > 0.9 else " Goal 2 reached." if name == "tanh" and flat > 0.8 else ""
    return f"{name}: mean {a.mean():.2f}, deviation {a.std():.2f}; exact zeros {zeros:.0%}, saturated {flat:.0%}.{goal}"
activation

# %% [markdown]
# <details><summary>What happens, and why</summary>
#
# A sigmoid's slope is below 0.05 beyond $|z| \approx 2.9$. A batch of deviation 4 has nearly half of its
# numbers out there, in two heaps at 0 and 1; from 5 on it is more than half. A ReLU has a heap at exactly 0: half
# of a centred batch, nearly all of a batch of mean −2 and deviation 1. (The bar at the right end, 3, is all that
# lies beyond.) Its blocked side has slope 0 and counts as saturated; above 0 no ReLU saturates. For goal 2 take mean
# 4 with deviation 1: the slope of tanh is below 0.05 beyond $|z| \approx 2.2$.
#
# </details>
#
# ### Your turn: backward of each activation (warm-up)
#
# <details><summary>Hint 1</summary>
#
# Downstream is upstream times the local slope. The slopes are in the table above.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Sigmoid and tanh: compute the output $a$ first. The other four: `np.where(z > 0, …, …)`.
#
# </details>

# %%
def activation_backward(name, z, g):
    """name "sigmoid", "tanh", "relu", "leaky" (0.01), "elu" (α = 1) or "selu" (LAMBDA, ALPHA above);
    z and g = ∂J/∂a of one shape -> ∂J/∂z"""
    ...                                             # your code here

check("activation_backward", activation_backward)

# %% tags=["solution"] jupyter={"source_hidden": true}
def activation_backward_solution(name, z, g):
    sig, tanh = 1 / (1 + np.exp(-z)), np.tanh(z)
    slope = {"sigmoid": sig * (1 - sig), "tanh": 1 - tanh ** 2, "relu": z > 0,
             "leaky": np.where(z > 0, 1, 0.01), "elu": np.where(z > 0, 1, np.exp(z)),
             "selu": LAMBDA * np.where(z > 0, 1, ALPHA * np.exp(z))}[name]
    return g * slope

check("activation_backward", activation_backward_solution)

# %% [markdown]
# ### Your turn: backward of a leak that is learned (core)
#
# A layer of PReLU units has one leak $w$ for all of them. Its backward pass has two results.
#
# <details><summary>Hint 1</summary>
#
# For $z$ it is a leaky ReLU with slope $w$ below 0.
#
# </details>
# <details><summary>Hint 2</summary>
#
# The one $w$ was used by every number below 0, so what comes back from all of them is added.
#
# </details>

# %%
def prelu_backward(z, w, g):
    """z and g = ∂J/∂a of one shape, w a number -> ∂J/∂z of that shape, ∂J/∂w a number"""
    ...                                             # your code here

check("prelu_backward", prelu_backward)

# %% tags=["solution"] jupyter={"source_hidden": true}
def prelu_backward_solution(z, w, g):
    return g * np.where(z > 0, 1, w), np.sum(g * np.minimum(z, 0))

check("prelu_backward", prelu_backward_solution)

# %% [markdown]
# ## A saturated unit learns slowly, except at the output
#
# A sigmoid unit says 0.00005 where it should say 1: $z = -10$, $y = 1$. Nothing could be more wrong, so the
# step should be large. With the squared error $½(a - y)^2$ the slope is $(a - y)\,a(1 - a)$, and $a (1 - a)$
# is nearly 0. With the cross-entropy that factor cancels, and $a - y$ remains.

# %% tags=["concept:saturation", "concept:output-saturation"]
z = np.array([-10.0, -5, -2, 0])
a = e01.sigmoid(z)
squared, entropy = (a - 1) * a * (1 - a), a - 1                     # slopes with respect to z, for y = 1
for row in zip(z, a, squared, entropy):
    print("z = {:5.0f}, a = {:.5f}: slope of the squared error {:.5f}, of the cross-entropy {:.3f}".format(*row))

def steps_until_right(start, slope, lr=1.0, limit=100_000):
    z, steps = start, 0
    while z < 0 and steps < limit:
        a = 1 / (1 + np.exp(-z))
        z, steps = z - lr * slope(a), steps + 1
    return steps

slow = steps_until_right(-10.0, lambda a: (a - 1) * a * (1 - a))
fast = steps_until_right(-10.0, lambda a: a - 1)
print(f"from z = −10 to the right side of ½: {slow:,} steps with the squared error, {fast} with the cross-entropy")
assert fast < 20 and slow > 1000 * fast

# %% [markdown]
# So a sigmoid is fine as the *output*, with the loss that belongs to it. Inside the network there is no such
# loss to cancel the factor.
#
# ## Each sigmoid passes on at most a quarter, and the weights can undo that
#
# The largest slope of $\sigma$ is $a (1 - a)$ at $a = ½$: one quarter. Ten in a row pass on at most
# $0.25^{10}$, less than a millionth. But the chain rule has another factor: a unit $a' = \sigma(w a + b)$
# passes on $w\,\sigma'(z)$. With $w = 4$ and $b = -2$ a unit that gets ½ has $z = 0$, says ½ again, and
# passes on exactly 1.

# %% tags=["concept:sigmoid-max-slope"]
def chain(x, w, b, units=10):
    """The output of `units` sigmoids in a row, and the product of their slopes without and with weights."""
    slopes = 1.0
    for _ in range(units):
        x = 1 / (1 + np.exp(-(w * x + b)))
        slopes *= x * (1 - x)
    return x, slopes, slopes * w ** units

rng, largest = np.random.default_rng(0), 0
for x, w, b in rng.normal(scale=3, size=(2000, 3)):
    largest = max(largest, chain(x, w, b)[1])
assert largest <= 0.25 ** 10 < 1e-6
print(f"0.25¹⁰ = {0.25 ** 10:.2g}; the largest product of ten slopes in 2,000 random chains: {largest:.2g}")
for w in (1.0, 4.0, 8.0):
    _, slopes, with_weights = chain(0.5, w, -w / 2)
    print(f"w = {w:.0f}: slopes alone {slopes:.2g}, with the weights {with_weights:.3g}")
    difference = (chain(0.5 + 1e-6, w, -w / 2)[0] - chain(0.5 - 1e-6, w, -w / 2)[0]) / 2e-6
    assert np.isclose(difference, with_weights, rtol=1e-3) and slopes == 0.25 ** 10

# %% [markdown]
# Both are true: the slopes shrink the gradient by a million, and weights of 8 turn that into a growth by a
# thousand. The gradient vanishes *or explodes*, depending on a product of ten factors; staying near 1 takes
# care.
#
# ### Your turn: the slope of a chain (core)
#
# <details><summary>Hint 1</summary>
#
# Go forward, and keep a running product: each unit contributes $w_i\, a_i (1 - a_i)$.
#
# </details>
# <details><summary>Hint 2</summary>
#
# $a_i = \sigma(w_i a_{i-1} + b_i)$, with $a_0 = x$.
#
# </details>

# %%
def chain_slope(x, w, b):
    """a number x; w, b (n,): weight and bias of n sigmoid units in a row -> slope of the last output by x"""
    ...                                             # your code here

check("chain_slope", chain_slope)

# %% tags=["solution"] jupyter={"source_hidden": true}
def chain_slope_solution(x, w, b):
    product = 1.0
    for wi, bi in zip(w, b):
        x = 1 / (1 + np.exp(-(wi * x + bi)))
        product *= wi * x * (1 - x)
    return product

check("chain_slope", chain_slope_solution)

# %% [markdown]
# ## In a deep stack of sigmoids the first layers get almost no gradient
#
# The same in a whole network. The weights of a layer with $n$ inputs are drawn with the deviation
# $c / \sqrt n$; the number $c$ is the **gain**. One batch of digits goes forward, the cost comes back; how
# large is the gradient of each layer's weights?

# %% tags=["concept:vanishing-gradient"]
def gradient_norms(name, depth, gain, seed=0, width=64):
    """‖∂J/∂W‖ of each of `depth` hidden layers, first to last, before any training."""
    rng = np.random.default_rng(seed)
    weights = [rng.normal(0, gain / np.sqrt(n), (width, n)) for n in [64] + [width] * (depth - 1)]
    last = rng.normal(0, 1 / np.sqrt(width), (10, width))
    inputs, scores = [X_train[:64]], []
    for W in weights:
        scores.append(inputs[-1] @ W.T)
        inputs.append(VALUE[name](scores[-1]))
    p = np.exp(np.clip(inputs[-1] @ last.T, -500, 500))
    dA, norms = (p / p.sum(axis=1, keepdims=True) - np.eye(10)[y_train[:64]]) / 64 @ last, []
    for W, z, a in zip(weights[::-1], scores[::-1], inputs[-2::-1]):
        dZ = dA * SLOPE[name](z)
        norms.append(np.linalg.norm(dZ.T @ a))
        dA = dZ @ W
    return np.array(norms[::-1])

for name, gain in (("sigmoid", 1.0), ("tanh", 1.0), ("ReLU", 1.0), ("ReLU", np.sqrt(2)), ("sigmoid", 8.0)):
    ratios = [norms[-1] / norms[0] for norms in (gradient_norms(name, 10, gain, s) for s in range(5))]
    print(f"{name:8s} gain {gain:.2f}: last layer's gradient over the first's, median of 5: {np.median(ratios):.1g}")
    assert (min(ratios) > 1e4) == (name == "sigmoid" and gain == 1)
for s in range(5):
    assert np.all(gradient_norms("ReLU", 10, 1.0, s) < gradient_norms("ReLU", 10, np.sqrt(2), s) / 10)

# %% [markdown]
# With ten layers of sigmoids and gain 1, the first layer's gradient is more than ten thousand times smaller than
# the last layer's in all five networks. With the learning rate that suits the last layer, the first does not
# move. The last line is the twist that the chain has foretold: large weights undo it. The ratio is *not*
# the whole story, though: with ReLU and gain 1 the ratio is flat, but the gradients of all layers are
# smaller by a factor of more than 10 than with gain $\sqrt 2$. So "no vanishing gradient problem", which the full note
# set says of ReLU, is true of its slope, which is 1 above 0, and not of the whole: the weights take part.
#
# But the last layers do get a gradient. Why did they not learn either, in the picture of the beginning?
# The same slopes and weights act on the way *forwards*: they shrink the differences between one digit and
# another.

# %%
for name, kind in KINDS.items():
    spread = []
    for depth in depths:
        last = mlp([64] + [32] * depth + [10], kind)[:2 * depth](tensor(X_train)).detach().numpy()
        spread.append(np.mean(last.std(axis=0)))            # over the digits, mean of the 32 units
    print(f"{name:8s}", *(f"{depth} hidden: {s:.1g}  " for depth, s in zip(depths, spread)))
    assert (spread[2] < 1e-6) == (name == "sigmoid") and (spread[1] < 0.02) == (name == "sigmoid")

# %% [markdown]
# After ten layers of sigmoids, the digits differ by less than a millionth for the last layer: almost
# nothing is left to tell them apart by. After three, little is.
#
# ### Try it: depth × activation × start
#
# Before you move it: **ReLU instead of sigmoid, everything else as it is: what will the line look like?**
#
# - Goal 1: without changing function or depth, bring first and last layer of the sigmoids within a factor of 10.
# - Goal 2: make a gradient explode: the first layer more than 1,000 times the last.

# %%
@explore(name=choice("activation", list(VALUE), "sigmoid"), depth=slider("hidden layers", 2, 30, 10),
         gain=log_slider("gain c of the start", 0.1, 20, 1), seed=slider("seed", 0, 9, 0), size=(7.4, 3.4))
def norms_by_layer(ax, name, depth, gain, seed):
    with np.errstate(all="ignore"):
        norms = gradient_norms(name, depth, gain, seed)
    shown = np.clip(np.nan_to_num(norms, nan=1e12, posinf=1e12), 1e-16, 1e12)
    ax.semilogy(np.arange(1, depth + 1), shown, "o-", color=COLOR.get(name, plots.ink()))
    ax.set(xlabel="layer", ylabel="norm of the weights' gradient", xlim=(0.5, depth + 0.5), ylim=(1e-16, 1e12))
    ratio = shown[0] / shown[-1]
    goal = (" Goal 1 reached." if (name, depth) == ("sigmoid", 10) and 0.1 < ratio < 10 else
            " Goal 2 reached." if ratio > 1000 else "")
    says = "vanishes" if ratio < 0.01 else "explodes" if ratio > 100 else "keeps its size"
    return f"{name}, {depth} layers, gain {gain:.2g}: first layer {ratio:.2g} times the last; the gradient {says}.{goal}"
norms_by_layer

# %% [markdown]
# <details><summary>What happens, and why</summary>
#
# The default is nearly a straight line on a logarithmic scale: a factor a layer, far below 1 for sigmoids.
# ReLU is level at every gain, and the whole line moves up or down: on the way to the loss and back, each layer's
# gradient meets the gain of every *other* layer once, whichever layer it is. Near gain 8 the sigmoids reach goal 1, at a price:
# such weights saturate many of them. For goal 2, take tanh and a gain of 15. How to choose the gain is the
# subject of initialization, later on.
#
# </details>
#
# ## Inputs of one sign force the steps to zig-zag
#
# Sigmoid outputs are always positive. Then, *for one example*, all weights of a unit behind them get gradients of
# one sign: $\partial L / \partial w_j = \delta\, a_j$ with the same $\delta = \partial L/\partial z$ for all
# and $a_j > 0$. The full note set calls that sign positive; it may be either. And it holds for single examples:
# over a batch the terms add up, and the signs may differ. When one weight has to rise and another to fall, such
# steps go up and down like a sailing boat against the wind.
#
# Below, the same scores $z$ go through two sigmoid units, and through two tanh units. A linear unit behind them
# learns the weights $(1, -1)$.

# %% tags=["concept:zero-centred"]
rng = np.random.default_rng(0)
z, wanted = rng.normal(0, 1.5, (3000, 2)), np.array([1.0, -1.0])
units = {"sigmoid": e01.sigmoid(z), "tanh": np.tanh(z)}

def walk(inputs, lr=0.3, steps=60):
    """Single-example steps of a linear unit with the squared error: its weights after each."""
    path = [np.zeros(2)]
    for a in inputs[:steps]:
        path.append(path[-1] - lr * (path[-1] @ a - wanted @ a) * a)
    return np.array(path)

fig, axes = plots.figure(columns=2, size=(8.4, 3.4), sharey=True)
for ax, name in zip(axes, ("sigmoid", "tanh")):
    path = walk(units[name])
    together = np.mean(np.prod(np.sign(np.diff(path, axis=0)), axis=1) > 0)
    plots.path(ax, path)
    ax.plot(*wanted, "+", color=plots.COLORS["adam"], markersize=14, markeredgewidth=3)
    ax.set(xlabel="w₁", xlim=(-0.5, 1.2), ylim=(-1.2, 0.5))
    ax.set_title(f"behind {name} units:\nboth weights move the same way in {together:.0%}", fontsize=11)
axes[0].set_ylabel("w₂")
plots.show(fig, "Sixty single-example steps towards the cross: behind sigmoid units every step goes up and right or "
                "down and left, although the goal lies down and right.")
signs = np.sign(np.diff(walk(units["sigmoid"]), axis=0))
assert np.all(signs[:, 0] == signs[:, 1]) and {-1.0, 1.0} == set(signs[:, 0])      # one sign, and either one

# %%
batches = units["sigmoid"][:1920].reshape(60, 32, 2)
gradients = np.array([((B @ -wanted)[:, None] * B).mean(axis=0) for B in batches])   # at w = 0, batches of 32
print(f"batches of 32: the two weights get gradients of different signs in {np.mean(np.prod(gradients, 1) < 0):.0%}")
assert np.mean(np.prod(gradients, axis=1) < 0) > 0.8

def valley(g, units):
    """How much steeper the cost ½ mean (w·a − t)² is across than along: the Hessian is the mean of a aᵀ."""
    A = g(np.random.default_rng(0).normal(0, 1.5, (3000, units)))
    low, *_, high = np.linalg.eigvalsh(A.T @ A / len(A))
    return high / low

FUNCTIONS = {"sigmoid": e01.sigmoid, "tanh": np.tanh, "ReLU": lambda z: np.maximum(z, 0),
             "tanh of z + 1.5": lambda z: np.tanh(z + 1.5)}
for name, g in FUNCTIONS.items():
    steeper = [valley(g, n) for n in (2, 8, 64)]
    print(f"{name:15s} behind 2, 8, 64 units {steeper[0]:.0f}, {steeper[1]:.0f}, {steeper[2]:.0f} times as steep across")
    assert steeper[2] < 3 if name == "tanh" else 20 < steeper[2] < (60 if name == "ReLU" else 500)

# %% [markdown]
# With batches of 32 the one-sign rule is gone at this place: nearly all batches have both signs. What remains is
# a cost with a narrow valley, hundreds to one behind 64 sigmoids, and a narrow valley makes descent slow: see [In a
# narrow valley descent crawls](03_gradient_descent.ipynb#In-a-narrow-valley-descent-crawls). That is "inconvenient",
# as the full note set says, rather than fatal.
#
# Two more of its claims can be read off. ReLU outputs are not centred either, "not a big issue": behind 64 units the
# valley is a seventh as narrow as the sigmoids', which is better, and not nothing. And tanh "solves" it as long as its
# scores are centred; move them by 1.5, and the valley is back.
#
# ## ReLU units are sparse, and some of them die
#
# A ReLU says exactly 0 for part of the examples. A sigmoid never does, and tanh only at one point. A zero can be
# read as "does not apply", and it can be skipped by who computes with it. But a unit that is 0 for *all* examples
# has slope 0 for all of them, so neither its weights nor its bias get a gradient. It is **dead**. In the first
# layer, whose inputs never change, plain descent leaves it so (momentum may carry it on for a while); further up it
# may come back when the layers below it move.

# %% tags=["concept:sparse-activation", "concept:dead-relu"]
def hidden(net, layer):
    """What hidden layer 1, 2, … says for the training digits, after its activation."""
    return net[:2 * layer](tensor(X_train)).detach().numpy()

for name, kind in KINDS.items():
    out = hidden(train(mlp([64, 32, 32, 10], kind), 0.05, epochs=3), 2)
    print(f"{name:8s} exact zeros in the second hidden layer: {np.mean(out == 0):.0%}")
    assert (np.mean(out == 0) > 0.2) == (name == "ReLU")

drowned = mlp([64, 32, 10], nn.ReLU)
drowned[0].bias.data = np.full(32, -30.0)                           # a start that drowns every unit
before = drowned[0].weight.detach().numpy().copy()
train(drowned, 0.05)
assert np.array_equal(drowned[0].weight.detach().numpy(), before) and np.all(hidden(drowned, 1) == 0)
print(f"biases of −30: after six epochs not one weight of the layer has changed; accuracy {accuracy(drowned):.2f}")

# %% [markdown]
# That was the first cause, a bad start. The second is a learning rate that is too high: one large step
# throws a unit so far that no example reaches it any more. How high is too high? Three hidden layers of 64,
# five epochs, plain descent, three seeds for each rate.

# %% tags=["concept:dead-relu"]
def dead_by_rate(kind, rate, seed):
    with np.errstate(all="ignore"):
        net = train(mlp([64, 64, 64, 64, 10], kind, seed), rate, epochs=5, momentum=0, seed=seed)
        return np.mean(np.all(hidden(net, 2) <= 0, axis=0)), accuracy(net)

rates = (0.1, 0.3, 0.7, 1.0, 1.5)
dead = {rate: np.array([dead_by_rate(nn.ReLU, rate, seed) for seed in range(3)]) for rate in rates}
leaky = {rate: np.mean([dead_by_rate(nn.LeakyReLU, rate, seed) for seed in range(3)], axis=0) for rate in (0.7, 1.0)}
for rate in rates:
    share = dead[rate][:, 0].mean()             # in words: far above the limit, rounding decides the digits
    print(f"α = {rate}: {'under 10%' if share < 0.1 else 'over 40%' if share > 0.4 else '10 to 40%'} dead")
for rate, (silent, right) in leaky.items():
    assert silent < dead[rate][:, 0].mean() and right < 0.7 and dead[1.0][:, 1].mean() < 0.4
print("leaky ReLU at α = 0.7 and 1: fewer units below 0 for all digits; accuracy below 0.7 as well")
assert dead[0.3][:, 0].mean() < 0.15 and dead[0.3][:, 1].mean() < dead[0.1][:, 1].mean() - 0.1
assert dead[0.1][:, 0].mean() < 0.1 and dead[1.5][:, 0].mean() > 0.3
fig, ax = plots.figure(size=(6.2, 3.2))
ax.plot(rates, [dead[r][:, 0].mean() for r in rates], "o-", color=plots.COLORS["truth"], label="dead units")
ax.plot(rates, [dead[r][:, 1].mean() for r in rates], "o-", color=plots.COLORS["test"], label="accuracy")
for r in rates:
    ax.plot([r] * 3, dead[r][:, 0], ".", color=plots.COLORS["truth"], markersize=4)
ax.set(xlabel="learning rate α", ylabel="share", ylim=(-0.03, 1.02), xlim=(0, 1.6))
plots.label_lines(ax)
plots.show(fig, "Dead ReLU units in the second of three hidden layers, and the accuracy on new digits, against "
                "the learning rate (means of three seeds; dots: each seed).")

# %% [markdown]
# A high rate kills; a low one hardly does. But the accuracy falls before the units die, from α = 0.1 to 0.3: a rate
# that is too high is too high for other reasons as well. So a function that leaks, which keeps units alive, does not
# rescue the accuracy at these rates.
#
# The full note set has another cure: start the biases a little above 0. What does it do before the first step?

# %%
def dead_at_start(bias, seed):
    """The share of dead units in each of three hidden layers of 64, before any training."""
    net = mlp([64] * 4, nn.ReLU, seed)
    for layer in (net[0], net[2], net[4]):
        layer.bias.data = np.full(64, bias)
    return [np.mean(np.all(net[:2 * k + 1](tensor(X_train)).detach().numpy() <= 0, axis=0)) for k in range(3)]

at_start = {bias: np.mean([dead_at_start(bias, seed) for seed in range(5)], axis=0) for bias in (0.0, 0.1, 1.0)}
for bias, shares in at_start.items():
    print(f"biases of {bias}: dead at the start, layer by layer", *(f"{share:.1%}" for share in shares))
assert at_start[1.0][0] == 0 < at_start[0.0][0] < 0.05 and at_start[1.0][2] > 2 * at_start[0.0][2]

# %% [markdown]
# In the first layer it works: hardly a unit is dead, and with biases of 1 none. In the third layer a large bias
# does the opposite. A likely reason: what comes up from below is then large and much the same for all digits, and
# half of the units weigh it with a minus. So: a *small* bias, in the layers that see the data.
#
# ### Try it: kill units, and try to get them back
#
# The same network, live. Each square is one hidden unit: the lighter, the more of the training digits it
# answers to; orange is dead. Dead units are counted after every step, and so are those that were dead before and
# answer again.
#
# Before you press Run: **of the units that die, some come back. In one of the three layers not a single one
# does. In which, and why?**
#
# - Goal 1: let the whole third layer die. What can the network still learn after that, at any rate?
# - Goal 2: with a dozen units or more of the first layer dead, get more than 90% of the new digits right.

# %%
from matplotlib import colormaps
DEPTH, GRAVES = 3, colormaps["gray"].with_extremes(under=plots.COLORS["adam"])      # orange below 0

def new_network(rng, kind):
    net = mlp([64] * (DEPTH + 1) + [10], {"ReLU": nn.ReLU, "leaky ReLU": nn.LeakyReLU}[kind], int(rng.integers(100)))
    return {"net": net, "rng": rng, "optimizer": optim.SGD(net.parameters()), "answers": answers(net),
            "died": np.zeros((DEPTH, 64), bool)}

def answers(net):
    """The share of the training digits that each unit answers to, (layers, units)."""
    X = tensor(X_train)
    scores = [X := net[2 * k: 2 * k + 2](X) for k in range(DEPTH)]
    return np.array([np.mean(a.detach().numpy() > 0, axis=0) for a in scores])

def one_step(state, lr):
    state["optimizer"].param_groups[0]["lr"] = lr
    chosen = state["rng"].integers(len(X_train), size=64)
    loss = F.cross_entropy(state["net"](tensor(X_train[chosen])), tensor(y_train[chosen]))
    state["optimizer"].zero_grad()
    loss.backward()
    state["optimizer"].step()
    state["answers"] = answers(state["net"])
    state["died"] |= state["answers"] == 0
    return {"loss": loss.item(), **{f"layer {k + 1}": np.mean(a == 0) for k, a in enumerate(state["answers"])}}

# %%
def draw_units(ax, share):
    """Layers × units as squares: grey by the share of digits answered to, orange where it is 0."""
    squares = np.full((DEPTH, 5, 16), np.nan)                       # 4 × 16 for each layer, and a gap
    squares[:, :4] = np.where(share == 0, -1, np.sqrt(share)).reshape(DEPTH, 4, 16)
    ax.imshow(squares.reshape(-1, 16)[:-1], cmap=GRAVES, vmin=0, vmax=1)
    ax.spines[:].set_visible(False)
    ax.set(xticks=[], yticks=[1.5, 6.5, 11.5], yticklabels=["layer 1", "layer 2", "layer 3"])

# %%
@live(new_network, one_step, lr=log_slider("learning rate α", 0.01, 10, 1.0), start=60, pace=10,
      kind=choice("activation", ["ReLU", "leaky ReLU"], restart=True), columns=2, size=(8.4, 3.4))
def graveyard(axes, trainer):
    share, right = trainer.state["answers"], accuracy(trainer.state["net"])
    draw_units(axes[0], share)
    for color, (name, curve) in zip(colormaps["viridis"]([0.1, 0.5, 0.8]), list(trainer.history.items())[1:]):
        axes[1].plot(curve, color=color, linewidth=1.5, label=name)
    axes[1].set(xlabel="step", ylabel="share of dead units", ylim=(-0.02, 1.02))
    axes[1].set_xlim(0, plots.round_up(max(100, 1.3 * trainer.steps)))
    plots.label_lines(axes[1])
    dead = (share == 0).sum(axis=1)
    back = (trainer.state["died"] & (share > 0)).sum(axis=1)
    goal = "Goal 1 reached." if dead[2] == 64 else "Goal 2 reached." if dead[0] >= 12 and right > 0.9 else ""
    return (f"Step {trainer.steps}: {right:.2f} of new digits right. Dead, of 64 a layer: {dead[0]}, {dead[1]}, "
            f"{dead[2]}; back from the dead: {back[0]}, {back[1]}, {back[2]}. {goal}")
graveyard

# %% [markdown]
# <details><summary>What happens, and why</summary>
#
# In the first layer the number that came back stays 0. Its inputs are the digits, which stay as they are, and
# its weights get no gradient: what is dead there is dead for good. In the second and third layer dead units
# come back, because their *inputs* change: the layers below go on learning.
#
# When the third layer is all orange (at α = 1 after some hundred steps), no gradient passes it any more, so the
# layers below stand still as well. Only the last biases move: the network gives one answer to every digit, and no
# rate will change that.
#
# For goal 2, let a rate of about 0.7 do the killing, and lower it to 0.1 as soon as 12 units are dead. What is
# left is still enough for the digits: dead units are a waste, and only many of them are a disaster.
#
# A leaky ReLU that is below 0 for all digits is silent rather than dead: it passes a hundredth of the gradient on. In
# the first layer, too, a few of them come back, slowly: run some hundred steps at α = 1.
#
# </details>
#
# ### Your turn: what share is dead (warm-up)
#
# <details><summary>Hint 1</summary>
#
# A unit is a column of Z; it is dead when no example has a score above 0.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `np.all(…, axis=0)` gives one answer a column.
#
# </details>

# %%
def dead_share(Z):
    """Z (N, m): scores of m ReLU units for all N examples -> the share of units that are dead"""
    ...                                             # your code here

check("dead_share", dead_share)

# %% tags=["solution"] jupyter={"source_hidden": true}
def dead_share_solution(Z):
    return np.mean(np.all(Z <= 0, axis=0))

check("dead_share", dead_share_solution)

# %% [markdown]
# ### Your turn: revive a dead network (stretch)
#
# No gradient will bring a dead first layer back. You can: move the bias of each dead unit so that
# the median of its scores is 0, and it answers to half of the examples again. Leave living units alone.
#
# <details><summary>Hint 1</summary>
#
# `Z = X @ W.T + b`; which columns are dead you know from the last exercise.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Adding c to the bias adds c to every score. For the median to become 0, c is minus the median.
#
# </details>

# %%
def revive(X, W, b):
    """X (N, n), W (m, n), b (m,) -> new biases (m,): dead units get a median score of 0, others keep theirs"""
    ...                                             # your code here

check("revive", revive)

# %% tags=["solution"] jupyter={"source_hidden": true}
def revive_solution(X, W, b):
    Z = X @ W.T + b
    return np.where(np.all(Z <= 0, axis=0), b - np.median(Z, axis=0), b)

check("revive", revive_solution)

# %% [markdown]
# And does it help? The network that was drowned above, with the cure and six more epochs:

# %%
drowned[0].bias.data = course.revive(X_train, drowned[0].weight.detach().numpy(), drowned[0].bias.detach().numpy())
assert not np.any(np.all(hidden(drowned, 1) <= 0, axis=0))
train(drowned, 0.05)
print(f"after the cure and six epochs: accuracy {accuracy(drowned):.2f}")
assert accuracy(drowned) > 0.85

# %% [markdown]
# ## A deep program can be wrong in three places and raise no error
#
# Here is a deep network from nothing: a start, a forward pass, a training step. ReLU in the hidden layers, none
# after the last, softmax and cross-entropy on top. **Three of the seven numbered lines are wrong.** It runs,
# every shape fits, and it says the same for every digit.

# %%
def begin(sizes, rng):
    return [(rng.normal(0, np.sqrt(2) / n, (m, n)), np.zeros(m))    # 1   a pair (W, b) for each layer
            for n, m in zip(sizes, sizes[1:])]

def forward_pass(X, layers):
    """X, the output of each layer, and last the scores."""
    A = [X]
    for W, b in layers:
        Z = A[-1] @ W.T + b                                         # 2
        A.append(np.maximum(0, Z))                                  # 3
    return A

def training_step(X, y, layers, lr):
    *A, Z = forward_pass(X, layers)
    e = np.exp(Z - Z.max(axis=1, keepdims=True))                    # 4   softmax of any size of score
    dZ = (e / e.sum(axis=1, keepdims=True) - np.eye(10)[y]) / len(y)    # 5
    for k in reversed(range(len(layers))):
        W, b = layers[k]
        layers[k] = W - lr * dZ.T @ A[k], b - lr * dZ.sum(axis=0)   # 6
        dZ = dZ @ layers[k][0] * (A[k] > 0)                         # 7   for the layer below

# %% [markdown]
# Accuracy only says that something is wrong. Two instruments of this notebook say more: what is left of the
# differences between digits, layer by layer; and a gradient check. The program does not return its gradients,
# but they can be had from the step: $(W_\text{before} - W_\text{after}) / \alpha$.

# %%
def examine(begin, forward_pass, training_step, lr=0.05, sizes=(64, 32, 32, 32, 10)):
    """Spread of each layer's output over the digits, and the relative error of each layer's gradient."""
    X, y, layers = X_train[:64], y_train[:64], begin(sizes, np.random.default_rng(0))
    print("spread over the digits:", *(f"{a.std(axis=0).mean():.1g}" for a in forward_pass(X, layers)))
    after = list(layers)
    training_step(X, y, after, lr)
    for k, (W, b) in enumerate(layers):
        def cost(W):
            Z = forward_pass(X, [*layers[:k], (W, b), *layers[k + 1:]])[-1]
            return np.mean(np.log(np.exp(Z).sum(axis=1)) - Z[np.arange(64), y])
        error = gradient_check(cost, (W - after[k][0]) / lr, W)
        print(f"gradient of layer {k + 1}:", "right" if error < 1e-6 else f"relative error {error:.1g}")

examine(begin, forward_pass, training_step)

# %% [markdown]
# ### Your turn: find the three bugs (core)
#
# Name the lines from the top down. To try a repair, change the line in the cell itself, run that cell, then the
# cell with `examine`, and read what has changed.
#
# <details><summary>Hint 1</summary>
#
# The spread shrinks by a factor of five to ten a layer, before anything has been learned. Which line decides how
# large the weights are? Compare with `mlp`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# The gradient of the last layer is made by lines 5 and 6 from what comes out of the forward pass. What does the
# forward pass do to the scores that line 5 knows nothing of? When that is mended the last layer is right, and the
# others are nearly right: with which weights did the forward pass compute?
#
# </details>

# %%
faults = {"first": ..., "second": ..., "third": ...}     # the numbers of three lines

check("faults", faults)

# %% tags=["solution"] jupyter={"source_hidden": true}
faults_solution = {"first": 1, "second": 3, "third": 7}
check("faults", faults_solution)

# %% [markdown]
# Line 1 divides by $n$ where it should be by $\sqrt n$. Line 3 bends the last layer too, although scores may be
# negative. Line 7 hands the error down through weights that have already moved. The mended program lives in the
# course's exercises; here is what each bug does alone, at a low and at a higher rate:

# %%
examine(*course.program())
for bug in (None, 1, 3, 7):
    low, high = ([course.train_program(bug, rate, seed) for seed in range(3)] for rate in (0.02, 0.05))
    name = f"bug in line {bug}" if bug else "no bug"
    print(f"{name:13s} right at α = 0.02: {np.mean(low):.1f}, at α = 0.05: {np.mean(high):.1f}")
    assert (min(low) > 0.8) == (bug != 1) and (min(high) > 0.7) == (bug in (None, 3))

# %% [markdown]
# Line 7 shows at the higher rate only, and there it looks like a rate that is too high. Line 3 does not show in these
# accuracies at all. Line 1 ruins everything. And the gradient check, line by line?

# %%
for bug in (1, 3):
    print(f"bug in line {bug} alone:")
    examine(*course.program(bug))

# %% [markdown]
# It finds line 3. It does not find line 1, for the gradients of a badly started network are perfectly right: a right
# gradient is no proof of a good start. One instrument is not enough.
#
# ## No activation is strictly better than another
#
# The full note set ends with: ReLU is a good default; ReLU is *strictly better* than tanh; both are
# strictly better than sigmoid. "Strictly" is a claim about all cases, so one counterexample is enough. Two
# tests, three seeds each: one hidden layer with the best of three learning rates for each function; then
# ten hidden layers at a high rate.

# %% tags=["concept:relu-default"]
def three_seeds(name, sizes, rate, epochs):
    with np.errstate(all="ignore"):
        return [accuracy(train(mlp(sizes, KINDS[name], s), rate, epochs, seed=s)) for s in range(3)]

shallow = {name: {rate: three_seeds(name, [64, 32, 10], rate, 8) for rate in (0.02, 0.1, 0.3)} for name in KINDS}
deep = {(name, rate): np.mean(three_seeds(name, [64] + [48] * 10 + [10], rate, 4))
        for name in ("tanh", "ReLU") for rate in (0.02, 0.1)}
best = {name: max(by_rate.values(), key=np.mean) for name, by_rate in shallow.items()}
for name in KINDS:
    print(f"one hidden layer, {name:8s}", *(f"α = {r}: {np.mean(a):.2f}  " for r, a in shallow[name].items()))
means = [np.mean(a) for a in best.values()]
assert max(means) - min(means) < 0.03                    # level, each at its best rate
assert np.mean(shallow["sigmoid"][0.02]) < np.mean(shallow["ReLU"][0.02]) - 0.05      # at a low rate, not
assert np.mean(shallow["sigmoid"][0.02]) < np.mean(shallow["tanh"][0.02]) - 0.1
assert abs(np.mean(shallow["sigmoid"][0.3]) - np.mean(shallow["tanh"][0.3])) < 0.03
for rate in (0.02, 0.1):                                                              # and here ReLU loses
    assert deep["tanh", rate] > deep["ReLU", rate] + 0.1
    print(f"ten hidden layers, four epochs at α = {rate}: tanh is more than 0.1 better than ReLU, mean of three seeds")

# %% [markdown]
# With one hidden layer, each function at its own best rate, the three are level within three points. At the low
# rate the sigmoid is far behind, so tanh does learn faster there, by more than ten points; at the highest they are
# level. With ten layers and few epochs ReLU is the worse of the two, at both rates. So "strictly" is refuted for ReLU
# against tanh. For the sigmoid we found no case where it wins clearly, only that most of its loss is a matter of the
# rate, and that it is lost in the deep stacks of the picture at the beginning.
#
# So: **start with ReLU** and a careful initialization, because it is cheap, sparse, and does not saturate
# above 0; not because it wins always.
#
# ## Summary
#
# | What | In one line | Concepts |
# |---|---|---|
# | a layer | $Z = A W^\top + b$, $A' = g(Z)$; $nm + m$ parameters | [`fc-layer`, `mlp`, `layer-counting`, `parameter-count`, `vector-shapes`](#A-layer-is-a-matrix,-a-vector-and-a-function) |
# | both ends | a picture is $H \cdot W \cdot 3$ numbers; a score for each class | [`image-as-vector`, `class-counts`](#A-picture-is-a-vector-whose-order-does-not-matter-to-the-layer) |
# | what layers do | rotate, shift, squash, until a straight cut suffices | [`feature-space-transform`](#Layers-bend-the-plane-until-a-straight-line-can-cut-it) |
# | depth and width | depth multiplies folds; width shortens the descent | [`why-deep`, `depth-vs-width`, `bigger-trains-faster`](#Depth-buys-folds,-width-can-buy-an-easier-descent) |
# | backward | two products and a mask | [`vectorized-backward`](#The-backward-pass-of-a-layer-is-two-matrix-products-and-a-mask) |
# | the functions | eight of them, with their slopes | [`sigmoid-act`, `tanh-act`, `relu`, `leaky-relu`, `prelu`, `elu`, `selu`, `maxout`](#Eight-functions,-and-what-each-is-for) |
# | saturation | slope nearly 0; cross-entropy cancels it at the output | [`saturation`, `output-saturation`](#A-saturated-unit-learns-slowly,-except-at-the-output) |
# | the chain | a product of slopes *and weights* | [`sigmoid-max-slope`](#Each-sigmoid-passes-on-at-most-a-quarter,-and-the-weights-can-undo-that) |
# | the stack | first layers without a gradient | [`vanishing-gradient`](#In-a-deep-stack-of-sigmoids-the-first-layers-get-almost-no-gradient) |
# | the sign | inputs of one sign make a narrow valley | [`zero-centred`](#Inputs-of-one-sign-force-the-steps-to-zig-zag) |
# | ReLU | sparse, and mortal | [`sparse-activation`, `dead-relu`](#ReLU-units-are-sparse,-and-some-of-them-die) |
# | which one | ReLU first, by habit and for good reasons | [`relu-default`](#No-activation-is-strictly-better-than-another) |
#
# **What breaks:** sigmoids between many layers; a gain far from the one that suits the function; a high
# learning rate with ReLU; the squared error on a saturated output; biases far below 0.
#
# **What the field does today:** ReLU in most networks for images, smooth relatives of it (GELU, SiLU) in
# Transformers, sigmoid and tanh as gates in recurrent networks. Depth of a hundred layers and more comes
# from careful initialization, normalization and connections that skip layers: each keeps the product of
# factors near 1.
#
# ## Where the lectures differ
#
# | Lecture | Says | Here |
# |---|---|---|
# | full note set | ELU and SELU: exponential for $x > 0$ | [the cases are swapped](#As-printed,-ELU-grows-exponentially): the exponential belongs below 0 |
# | full note set | each sigmoid reduces the gradient to a quarter, or more than that | [its slope does](#Each-sigmoid-passes-on-at-most-a-quarter,-and-the-weights-can-undo-that); the weight can make up for it |
# | full note set | with positive inputs all weight gradients are positive | [of one sign](#Inputs-of-one-sign-force-the-steps-to-zig-zag), as it adds itself: either one, and for single examples only |
# | full note set | tanh solves the problem of outputs that are not centred | [for centred scores](#Inputs-of-one-sign-force-the-steps-to-zig-zag) |
# | full note set | ReLU has no vanishing gradient problem | [its slope has none](#In-a-deep-stack-of-sigmoids-the-first-layers-get-almost-no-gradient); with small weights the gradients vanish all the same |
# | full note set | PReLU is $\max(x, a x)$ | [for $a \le 1$](#Eight-functions,-and-what-each-is-for) |
# | full note set | small positive biases avoid dead ReLUs | [in the first layer](#ReLU-units-are-sparse,-and-some-of-them-die) |
# | full note set | ReLU strictly better than tanh, both than sigmoid | [not strictly](#No-activation-is-strictly-better-than-another) |
# | full note set | the slope of ReLU at 0 is 1 | a convention; libraries use 0 |
# | full note set | the activation "is not required to be the same in the same layer" | true, but libraries use one a layer; different layers often differ |
#
# ## An open task
#
# Ten hidden layers of sigmoids learned nothing at the beginning. Make them learn, with sigmoids. You may
# change the gain, the biases at the start, the learning rate (one for each layer, if you like), or what is
# added to each layer's output. How deep can you go? There is no check; the accuracy on new digits is the
# judge.
#
# ## References
#
# - Sepp Hochreiter, *Untersuchungen zu dynamischen neuronalen Netzen*, 1991 (the vanishing gradient).
# - Yann LeCun, Léon Bottou, Genevieve Orr, Klaus-Robert Müller, *Efficient BackProp*, 1998 (centred inputs).
# - Vinod Nair, Geoffrey Hinton, *Rectified linear units improve restricted Boltzmann machines*, 2010.
# - Xavier Glorot, Yoshua Bengio, *Understanding the difficulty of training deep feedforward neural networks*, 2010.
# - Ian Goodfellow and others, *Maxout networks*, 2013.
# - Andrew Maas, Awni Hannun, Andrew Ng, *Rectifier nonlinearities improve neural network acoustic models*, 2013.
# - Kaiming He and others, *Delving deep into rectifiers*, 2015.
# - Djork-Arné Clevert, Thomas Unterthiner, Sepp Hochreiter, *Fast and accurate deep network learning by
#   exponential linear units*, 2016.
# - Matus Telgarsky, *Benefits of depth in neural networks*, 2016 (the tent).
# - Günter Klambauer and others, *Self-normalizing neural networks*, 2017.
