# %% [markdown]
# # Neural networks: many simple units make a curve
#
# Two crescents of points lie one inside the other. No straight line separates them, so logistic regression
# gets about seven in eight right. Now we put a layer of 100 units between the inputs and the output: each
# unit takes its own weighted sum of the inputs, and the output takes a weighted sum of the units. That is
# 401 parameters instead of 3.
#
# **How much better will it be?** And if each of the units bends its sum a little before passing it on? Make
# two guesses before you run the next two cells.
#
# ### What you will be able to do
#
# - *derive* the six derivatives of a network with one hidden layer, and prove them in two more ways;
# - *build* such a network from nothing: forward pass, backward pass, training loop;
# - *predict* which initial weights keep it from learning;
# - *construct* a network that follows a given curve, and say what that does not promise;
# - *choose* the number of units with data that are neither for training nor for the exam.
#
# It builds on [Logistic regression](01_logistic_regression.ipynb),
# [Linear classifiers](02_linear_classifiers.ipynb) and [Gradient descent](03_gradient_descent.ipynb), and
# takes two to three hours with the exercises. It follows "Neural network" in the full note set (A), the end
# of "losses, optimization and first networks" (B), and the lectures of a statistics course (C) and of an
# applied course (D).

# %%
import numpy as np
from nblib import autograd, datasets, nn, optim, plots
from nblib import functional as F
from nblib.autograd import no_grad, tensor
from nblib.checks import gradient_check
from nblib.exercises import e04 as course            # the course's own versions of what you will write
from nblib.exercises.e04 import check
from nblib.widgets import choice, explore, live, log_slider, playground, slider
plots.use_style()
rng = np.random.default_rng(0)

# %%
def network(D, H, K, activation=None, seed=0):
    autograd.manual_seed(seed)
    bend = [activation()] if activation else []
    return nn.Sequential(nn.Linear(D, H), *bend, nn.Linear(H, K)).double()

def fit(net, X, target, loss, lr=0.05, steps=300):
    optimizer, X, target = optim.Adam(net.parameters(), lr=lr), tensor(X), tensor(target)
    for _ in range(steps):                           # by the end you have written such a loop yourself
        cost = loss(net(X).squeeze(1), target)
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
    return net

def scores(net, X):
    with no_grad():
        return net(tensor(X)).numpy()[:, 0]

X_moons, y_moons = datasets.moons(200, noise=0.1, rng=0)
log_loss = F.binary_cross_entropy_with_logits
for units, bend in ((1, None), (100, None), (100, nn.Tanh)):
    net = fit(network(2, units, 1, bend), X_moons, y_moons.astype(float), log_loss)
    right = np.mean((scores(net, X_moons) > 0) == y_moons)
    print(f"{units:3d} units, {'bent by tanh' if bend else 'not bent'}: {right:.2f} right")
    assert right > 0.98 if bend else right < 0.91

# %% [markdown]
# A hundred units that do not bend are no better than one. Bending, which adds not a single parameter, makes
# the difference. The notebook explains both, and how such a network is trained.
#
# ## A hidden layer computes its own features
#
# In [Linear classifiers](02_linear_classifiers.ipynb) hand-made features (polar coordinates for a ring) made
# a problem linear. A **hidden layer** is a set of features that are *learned*. Each hidden unit is a
# logistic regression in small: a weighted sum, then a bend $g$, the **activation function**. The output
# unit is a logistic regression on the hidden units instead of the inputs:
#
# $$z^{[1]}_j = w^{[1]}_j \cdot x + b^{[1]}_j, \qquad a_j = g(z^{[1]}_j), \qquad z^{[2]} = w^{[2]} \cdot a + b^{[2]}, \qquad \hat y = \sigma(z^{[2]}).$$
#
# The number in brackets counts the layers. In the middle one takes **tanh** rather than the sigmoid: the
# same S-shape, but from −1 to 1 and 0 at 0, so that what comes out is positive and negative in equal parts.
# It is a stretched sigmoid, $\tanh z = 2\sigma(2z) - 1$.
#
# The smallest problem no line can solve is XOR: four points, class 1 where the signs differ. Two tanh units
# are enough, with weights that can be found by thinking: both look at $s = x_1 + x_2$, one compares it with
# −1, the other with 1. Their difference is large only for $s$ in between.

# %% tags=["concept:hidden-layer", "concept:tanh-unit"]
def σ(z):
    return 1 / (1 + np.exp(-z))

z = np.linspace(-5, 5, 11)
assert np.allclose(np.tanh(z), 2 * σ(2 * z) - 1)
X_xor, y_xor = np.array([[-1.0, -1], [-1, 1], [1, -1], [1, 1]]), np.array([0, 1, 1, 0])
W1, b1 = np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([1.0, -1.0])
w2, b2 = np.array([4.0, -4.0]), -4.0
for x, y in zip(X_xor, y_xor):
    a = [np.tanh(W1[j] @ x + b1[j]) for j in range(2)]
    y_hat = σ(w2 @ a + b2)
    print(f"x = ({x[0]:+.0f}, {x[1]:+.0f})   hidden ({a[0]:+.2f}, {a[1]:+.2f})   ŷ = {y_hat:.2f}   label {y}")
    assert (y_hat > 0.5) == y

# %% [markdown]
# In the middle column the two points of class 1 have become one and the same point, and a line separates it
# from the other two. That is what a hidden layer does: it moves the points until the last layer, which can
# only draw a line, succeeds.
#
# ## Without the bend any depth is one linear layer
#
# Why is bending necessary? Leave $g$ out, and the second layer sees a linear function of $x$:
#
# $$W_2 (W_1 x + b_1) + b_2 = (W_2 W_1)\, x + (W_2 b_1 + b_2).$$
#
# This is a single linear layer. It has more parameters, but no function that a single layer does not have.
# The same holds for six layers, or a hundred. It explains the first two lines of the experiment above.

# %% tags=["concept:stacked-linear-is-linear", "concept:activation-why"]
sizes = [5, 8, 8, 8, 8, 8, 3]
Ws = [rng.normal(size=(after, before)) / np.sqrt(before) for before, after in zip(sizes, sizes[1:])]
x = rng.normal(size=5)

def deep(x, g):
    for W in Ws[:-1]:
        x = g(W @ x)
    return Ws[-1] @ x

W = np.linalg.multi_dot(Ws[::-1])                    # W6 W5 W4 W3 W2 W1, shape (3, 5)
assert np.allclose(deep(x, lambda z: z), W @ x)

def relu(z):
    return np.maximum(0, z)

nested = Ws[5] @ relu(Ws[4] @ relu(Ws[3] @ relu(Ws[2] @ relu(Ws[1] @ relu(Ws[0] @ x)))))
assert np.allclose(deep(x, relu), nested)
assert not np.allclose(deep(x, relu) + deep(-x, relu), 0, atol=1e-3)     # a linear map would give 0
print(f"six layers without activation: one matrix of shape {W.shape}")
print("six layers with ReLU: the nested formula, and not linear")

# %% [markdown]
# The nested line is the six-layer formula of lecture B, with the other common activation,
# **ReLU** $(z) = \max(0, z)$; the loop above it is the same thing, easier to write. B counts layers by their
# matrices: the inputs are not counted.
#
# ### Your turn: two layers into one (warm-up)
#
# <details><summary>Hint 1</summary>
#
# The formula stands above; `@` is the product of matrices, and of a matrix with a vector.
#
# </details>
# <details><summary>Hint 2</summary>
#
# The first bias goes through the second layer: `W2 @ b1`.
#
# </details>

# %%
def collapse(W1, b1, W2, b2):
    """W1 (H, D), b1 (H,), W2 (K, H), b2 (K,) -> W (K, D), b (K,) of the one layer that does the same"""
    ...                                             # your code here

check("collapse", collapse)

# %% tags=["solution"] jupyter={"source_hidden": true}
def collapse_solution(W1, b1, W2, b2):
    return W2 @ W1, W2 @ b1 + b2

check("collapse", collapse_solution)

# %% [markdown]
# ## From a few bends together emerges a curve
#
# A tanh unit on its own divides the plane softly along a straight line. Here are four of them, trained
# together on the moons, and the output that adds them up.

# %% tags=["concept:emergence"]
net = fit(network(2, 4, 1, nn.Tanh, seed=3), X_moons, y_moons.astype(float), log_loss)
plane = plots.mesh((-3, 3), (-3, 3), n=60)
with no_grad():
    units = net[1](net[0](tensor(plane.points))).numpy().T
right = np.mean((scores(net, X_moons) > 0) == y_moons)
alone = [max(np.mean((a > 0) == y_moons), np.mean((a < 0) == y_moons))
         for a in np.tanh(X_moons @ net[0].weight.data.T + net[0].bias.data).T]
assert right > 0.97 and max(alone) < 0.92
fig, axes = plots.figure(columns=5, size=(10, 2.4), sharey=True)
for k, (ax, a) in enumerate(zip(axes, [*units, 2 * σ(scores(net, plane.points)) - 1])):
    plots.decision(ax, plane, (a + 1) / 2)
    ax.set_title(f"unit {k + 1}: {alone[k]:.2f}" if k < 4 else f"output: {right:.2f}")
    ax.set_xticks([-2, 0, 2])
plots.scatter(axes[4], X_moons, y_moons, size=6)
plots.show(fig, "Four tanh units, each a soft straight edge, and the output made of their weighted sum. Above: "
                "the share of points on the right side when that map alone decides.")

# %% [markdown]
# No unit can do it alone; none of them "knows" the moons. What is wanted emerges from simple parts, and it
# emerges by training: nobody said what unit 3 should look for.
#
# ## The weights pick one function out of a class
#
# A network with one hidden layer is a formula with holes,
# $Y(X) = \sigma(w_2 \tanh(W_1 X + b_1) + b_2)$. It stands for a whole **class of functions**; every setting
# of the weights is one member, and training is a search through the class. Twelve units and two inputs make
# 49 numbers. Five settings at random:

# %% tags=["concept:function-class"]
fig, axes = plots.figure(columns=5, size=(10, 2.4), sharey=True)
members = []
for seed, ax in enumerate(axes):
    draw = np.random.default_rng(seed).normal(size=49)
    W1, b1, w2, b2 = draw[:24].reshape(12, 2), draw[24:36], draw[36:48], draw[48]
    members.append(σ(np.tanh(plane.points @ W1.T + b1) @ w2 + b2))
    plots.decision(ax, plane, members[-1])
    ax.set_xticks([-2, 0, 2])
assert min(np.abs(p - q).max() for i, p in enumerate(members) for q in members[:i]) > 0.3
assert np.allclose(σ(np.tanh(plane.points @ W1[::-1].T + b1[::-1]) @ w2[::-1] + b2), members[-1])
plots.show(fig, "Five members of one class: the same 2-12-1 network with other weights. The line is where "
                "the probability is one half.")

# %% [markdown]
# The last assertion says that different weights can be the *same* member: renumbering the hidden units
# changes nothing. That is why the cost has many equal minima.
#
# ## Two notations, one network
#
# The lectures write the same network in two ways, and each has a twin with rows and columns exchanged.
#
# - *Bias inside* (D): every layer gets a further input $x_0 = 1$. One matrix $\Theta^{(j)}$ leads from layer
#   $j$, with $s_j$ units, to layer $j + 1$; its shape is $s_{j+1} \times (s_j + 1)$, and its column 0 is the
#   bias. Three inputs, three hidden units and one output make $3 \times 4$ and $1 \times 4$.
# - *Separate bias* (A, and PyTorch): $W^{[1]}$ of shape $(H, D)$ and $b^{[1]}$ with $H$ entries.
# - *Examples as columns* (A): $X$ is $(D, N)$, and $Z^{[1]} = W^{[1]} X + b^{[1]}$ with $b^{[1]}$ as a column.
# - *Examples as rows* (tables, PyTorch, this course): $X$ is $(N, D)$, and $Z^{[1]} = X W^{[1]\top} + b^{[1]}$.
#
# First sum by sum, as D prints it; then all at once in the other two ways.

# %% tags=["concept:notation-theta", "concept:notation-wb", "concept:forward-vectorized"]
Θ1, Θ2 = rng.normal(size=(3, 4)), rng.normal(size=(1, 4))       # s2 × (s1 + 1), s3 × (s2 + 1)
X = rng.normal(size=(6, 3))                                     # six examples

def h(x):
    x = [1, *x]                                                 # x0 = 1
    a = [1] + [σ(sum(Θ1[i][k] * x[k] for k in range(4))) for i in range(3)]
    return σ(sum(Θ2[0][k] * a[k] for k in range(4)))

one_by_one = np.array([h(x) for x in X])
W1, b1, w2, b2 = Θ1[:, 1:], Θ1[:, 0], Θ2[0, 1:], Θ2[0, 0]
rows = σ(σ(X @ W1.T + b1) @ w2 + b2)                            # (6, 3) -> (6, 3) -> (6,)
columns = σ(w2 @ σ(W1 @ X.T + b1[:, None]) + b2)                # (3, 6) -> (3, 6) -> (6,)
assert np.allclose(one_by_one, rows) and np.allclose(rows, columns)
assert Θ1.shape == (3, 4) and Θ2.shape == (1, 4) and Θ1.size + Θ2.size == 16
print(f"Θ1 {Θ1.shape}, Θ2 {Θ2.shape}: {Θ1.size + Θ2.size} parameters; three ways, the same six outputs")

# %% [markdown]
# We stay with rows and separate biases. With a single output the last weights are one row; we keep them as
# a vector $w_2$ of shape $(H,)$, and $\hat y$ as a vector of shape $(N,)$. (D's network has the sigmoid in
# the hidden layer too; from here on it is tanh.)
#
# ### Your turn: the forward pass (core)
#
# <details><summary>Hint 1</summary>
#
# Three lines: `Z1`, then `A1`, then the output. `X @ W1.T` has shape (N, H), and adding `b1` adds it to
# every row.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `σ` is defined above. The output is `σ(A1 @ w2 + b2)`.
#
# </details>

# %%
def forward(X, W1, b1, w2, b2):
    """X (N, D), W1 (H, D), b1 (H,), w2 (H,), b2 a number -> A1 (N, H) and ŷ (N,), with tanh and the sigmoid"""
    ...                                             # your code here

check("forward", forward)

# %% tags=["solution"] jupyter={"source_hidden": true}
def forward_solution(X, W1, b1, w2, b2):
    A1 = np.tanh(X @ W1.T + b1)
    return A1, σ(A1 @ w2 + b2)

check("forward", forward_solution)

# %% [markdown]
# ## The cost is the one of logistic regression
#
# The output is a probability, so it is charged in the same way: the mean log loss. Only where $\hat y$ comes
# from has changed.
#
# $$J = -\frac{1}{N} \sum_{i=1}^{N} \big[\, y_i \log \hat y_i + (1 - y_i) \log(1 - \hat y_i) \,\big]$$
#
# D prints it without the minus, C without the mean. As a function of the *weights* it is no longer a bowl:
# permute the hidden units and the cost is the same, half-way between the two it is another.

# %% tags=["concept:loss-binary-nn"]
def J(theta, X, y):
    _, y_hat = course.forward(X, *theta)
    return -np.mean(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat))

W1, b1, w2, b2 = theta = course.start(0, 2, 6)
y_hat = course.forward(X_moons, *theta)[1]
of_torch_kind = log_loss(tensor(np.log(y_hat / (1 - y_hat))), tensor(y_moons.astype(float))).item()
assert np.isclose(J(theta, X_moons, y_moons), of_torch_kind)
assert np.isclose(J([0 * np.asarray(p) for p in theta], X_moons, y_moons), np.log(2))
theta_xor = np.array([[1.0, 1], [1, 1]]), np.array([1.0, -1]), np.array([4.0, -4]), -4.0
swapped = theta_xor[0][::-1], theta_xor[1][::-1], theta_xor[2][::-1], -4.0
middle = [(p + q) / 2 for p, q in zip(theta_xor, map(np.asarray, swapped))]
ends, between = J(theta_xor, X_xor, y_xor), J(middle, X_xor, y_xor)
assert np.isclose(ends, J(swapped, X_xor, y_xor)) and between > 2 * ends
print(f"XOR by hand: cost {ends:.2f}; units swapped: {ends:.2f}; half-way between: {between:.2f}")

# %% [markdown]
# The middle of two good places is bad: not convex. Descent may end in different places from different
# starts, and the start begins to matter. First, the slopes.
#
# ## Six derivatives carry the error back
#
# How does the loss of one example change when some weight is moved a little? Follow the chain backwards, from
# the loss to the first layer. Each line uses the one above; nothing is computed twice.
#
# *Output layer.* This is logistic regression with the inputs $a_j$. Its slope along the score was
# $\partial L / \partial z^{[2]} = \frac{\hat y - y}{\hat y (1 - \hat y)} \cdot \hat y (1 - \hat y)$, so
#
# $$(1)\; \frac{\partial L}{\partial z^{[2]}} = \hat y - y \qquad (2)\; \frac{\partial L}{\partial w^{[2]}_j} = \frac{\partial L}{\partial z^{[2]}}\, a_j \qquad (3)\; \frac{\partial L}{\partial b^{[2]}} = \frac{\partial L}{\partial z^{[2]}}$$
#
# *Hidden layer.* $z^{[2]}$ depends on $a_j$ with the factor $w^{[2]}_j$, and $a_j$ on $z^{[1]}_j$ with the
# slope of the activation, which for tanh is $g' = 1 - a_j^2$. Then the weights and the bias, as in (2) and (3):
#
# $$(4)\; \frac{\partial L}{\partial z^{[1]}_j} = \frac{\partial L}{\partial z^{[2]}}\, w^{[2]}_j\, (1 - a_j^2) \qquad (5)\; \frac{\partial L}{\partial w^{[1]}_{jk}} = \frac{\partial L}{\partial z^{[1]}_j}\, x_k \qquad (6)\; \frac{\partial L}{\partial b^{[1]}_j} = \frac{\partial L}{\partial z^{[1]}_j}$$
#
# In words: the error $\hat y - y$ is handed back along the same connections, weighted by the same weights,
# and every weight is charged error behind it times input before it. If $\hat y = y$, nothing moves. In (5)
# lecture A prints $x_1^{[2]}$, the input of the *second* layer, and notes the typo: it is $x_1$.
#
# One example by hand: $x = (1, -1)$, one unit with $w = (1, 0.5)$, $b = -0.5$, so $z^{[1]} = 0$, $a = 0$;
# then $w_2 = 2$, $b_2 = 0$ give $\hat y = ½$. For the label 1 the error is $-½$, and
# $\partial L/\partial z^{[1]} = -½ \cdot 2 \cdot (1 - 0^2) = -1$.

# %% tags=["concept:backprop-one-hidden"]
def six(x, y, W1, b1, w2, b2):
    """The six derivatives for one example: dW1, db1, dw2, db2 at the end."""
    a = np.tanh(W1 @ x + b1)
    dz2 = σ(w2 @ a + b2) - y                                     # (1)
    dw2, db2 = dz2 * a, dz2                                      # (2), (3)
    dz1 = dz2 * w2 * (1 - a ** 2)                                # (4)
    return np.outer(dz1, x), dz1, dw2, db2                       # (5), (6), (2), (3)

by_hand = six(np.array([1.0, -1]), 1, np.array([[1, 0.5]]), np.array([-0.5]), np.array([2.0]), 0.0)
print("dW1", by_hand[0][0], " db1", by_hand[1], " dw2", by_hand[2], " db2", by_hand[3])
assert np.allclose(by_hand[0], [[-1, 1]]) and by_hand[1] == [-1] and by_hand[3] == -0.5

theta, X, y = course.start(1, 2, 5), X_moons[:40], y_moons[:40]
each = [six(x, label, *theta) for x, label in zip(X, y)]
loops = [np.mean([gradients[p] for gradients in each], axis=0) for p in range(4)]

A1, y_hat = course.forward(X, *theta)
dz2 = (y_hat - y) / len(y)                                       # all examples at once; the mean goes in here
dZ1 = np.outer(dz2, theta[2]) * (1 - A1 ** 2)                    # (N, H)
vectorized = dZ1.T @ X, dZ1.sum(axis=0), A1.T @ dz2, dz2.sum()
assert all(np.allclose(one, all_) for one, all_ in zip(loops, vectorized))

# %% [markdown]
# The derivation was the first proof. The second: move every parameter a little and look at the cost. The
# third: let PyTorch do it, which knows none of our formulas. And the typo, taken at its word.

# %%
import torch

def of(position, value):                             # the cost, with one of the four parameters replaced
    return J([*theta[:position], value, *theta[position + 1:]], X, y)

errors = [gradient_check(lambda p, i=i: of(i, p), vectorized[i], np.asarray(theta[i])) for i in range(4)]
leaves = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in theta]
score = torch.tanh(torch.tensor(X) @ leaves[0].T + leaves[1]) @ leaves[2] + leaves[3]
torch.nn.functional.binary_cross_entropy_with_logits(score, torch.tensor(y, dtype=torch.float64)).backward()
assert max(errors) < 1e-7
assert all(np.allclose(ours, leaf.grad, atol=1e-12) for ours, leaf in zip(vectorized, leaves))
typo = dZ1.T @ A1                                    # (5) with the input of the second layer
assert typo.shape == (5, 5) and theta[0].shape == (5, 2)
print("four gradients: finite differences agree below 1e-7, PyTorch below 1e-12")
print(f"with the typo: the slope of W1 {theta[0].shape} would have the shape {typo.shape}")

# %% [markdown]
# ### Your turn: the backward pass (core)
#
# <details><summary>Hint 1</summary>
#
# Begin with `dz2 = (y_hat - y) / len(y)`. Then every formula has the shape of what it is the slope of.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `np.outer(dz2, w2)` is (N, H): the error of each example, handed to each unit. Multiply by the slope of
# tanh, `1 - A1 ** 2`. Sums over the examples are products: `dZ1.T @ X`.
#
# </details>

# %%
def backward(X, y, A1, y_hat, w2):
    """X (N, D), y (N,), A1 (N, H), y_hat (N,), w2 (H,) -> dW1 (H, D), db1 (H,), dw2 (H,), db2 of the mean cost"""
    ...                                             # your code here

check("backward", backward)

# %% tags=["solution"] jupyter={"source_hidden": true}
def backward_solution(X, y, A1, y_hat, w2):
    dz2 = (y_hat - y) / len(y)
    dZ1 = np.outer(dz2, w2) * (1 - A1 ** 2)
    return dZ1.T @ X, dZ1.sum(axis=0), A1.T @ dz2, dz2.sum()

check("backward", backward_solution)

# %% [markdown]
# ## Training is forward, backward, update
#
# The update is the one we know, for all four parameters:
# $W_1 \leftarrow W_1 - \alpha\, \partial J/\partial W_1$, and so on. All four gradients are computed before
# any parameter moves; the backward pass needs the $w_2$ that the forward pass used.

# %% tags=["concept:update"]
def train(X, y, theta, lr=1.0, steps=1000):
    """Gradient descent from theta = (W1, b1, w2, b2); the trained parameters, and the cost before each step."""
    costs = []
    for _ in range(steps):
        costs.append(J(theta, X, y))
        A1, y_hat = course.forward(X, *theta)
        gradients = course.backward(X, y, A1, y_hat, theta[2])
        theta = [p - lr * d for p, d in zip(theta, gradients)]
    return theta, costs

def accuracy(theta, X, y):
    return np.mean((course.forward(X, *theta)[1] > 0.5) == y)

runs = {"moons": datasets.moons, "XOR": datasets.xor}
for name, draw in runs.items():
    sets = [draw(200, noise=0.1, rng=seed) for seed in range(5)]
    results = [accuracy(train(*data, course.start(seed, 2, 16), steps=500)[0], *data)
               for seed, data in enumerate(sets)]
    print(f"{name}: 16 units, 500 steps, right {min(results):.2f} to {max(results):.2f} (5 seeds)")
    assert min(results) > 0.97

# %% [markdown]
# That is a neural network, from nothing, in about fifteen lines.
#
# ## Sixteen lines, as the lecture prints them
#
# Lecture B has a whole network with its training in sixteen lines and prints no result. Here it is, with its
# sizes and its learning rate: 64 examples with 1,000 inputs, 100 sigmoid units, 10 outputs, a sum of squared
# errors, data and targets pure noise. We take 1,000 steps instead of 10,000, since they show enough; and three
# lines are added that record.

# %% tags=["concept:net-in-20-lines"]
randn = np.random.default_rng(0).standard_normal
N, Din, H, Dout = 64, 1000, 100, 10
x, y = randn((N, Din)), randn((N, Dout))
w1, w2 = randn((Din, H)), randn((H, Dout))
losses = []
for t in range(1000):
    h = 1.0 / (1.0 + np.exp(-x.dot(w1)))
    y_pred = h.dot(w2)
    loss = np.square(y_pred - y).sum()
    losses.append(loss)
    flat = np.mean((h < 0.01) | (h > 0.99)) if t == 0 else flat
    dy_pred = 2.0 * (y_pred - y)
    dw2 = h.T.dot(dy_pred)
    dh = dy_pred.dot(w2.T)
    dw1 = x.T.dot(dh * h * (1 - h))
    w1 -= 1e-4 * dw1
    w2 -= 1e-4 * dw2
never = np.square(y).sum()                           # the loss of always answering 0
assert losses[0] > 20 * never and losses[-1] < 0.15 * never and 0.8 < flat < 0.95
print(f"loss: {losses[0] / never:.0f} times that of always answering 0 at the start,", end=" ")
print(f"{losses[-1] / never:.1f} of it after 1,000 steps")
print(f"hidden units within 0.01 of 0 or 1 at the start: {flat:.0%}")

# %% [markdown]
# It works: the loss falls, and what it learns is noise, by heart, for there is nothing else to learn. Two
# details are not to be imitated. The initial weights are far too large: a sum of 1,000 products has a
# deviation of about 32, so nearly nine in ten sigmoids start flat. And there are no biases. Both are treated below.

# %% [markdown]
# ## Equal units stay equal
#
# Lecture A: setting all parameters to 0 does not work, nor does one constant; they must be random. Why? Two
# hidden units with the same weights get the same slopes by (4) to (6), take the same step, and are the same
# for ever: the layer has one unit in effect. Is the rule exactly true? We try five starts with three
# activations.

# %% tags=["concept:init-symmetry"]
BENDS = {"tanh": (np.tanh, lambda a: 1 - a * a), "sigmoid": (σ, lambda a: a * (1 - a)),
         "relu": (relu, lambda a: (a > 0) * 1.0)}
STARTS = {"all zero": (0, 0), "all ½": (0.5, 0.5), "W1 ½, w2 random": (0.5, None), "W1 zero, w2 random": (0, None),
          "random": (None, None)}
X_sym, y_sym = (part[:150] for part in datasets.moons(200, noise=0.1, rng=0))    # 72 of class 1, 78 of class 0

def init(rng, initial, bend):
    W1, w2 = (rng.normal(size=size) if value is None else np.full(size, float(value))
              for value, size in zip(STARTS[initial], ((8, 2), 8)))
    return {"W1": W1, "b1": np.zeros(8), "w2": w2, "b2": 0.0}

def step(state, bend, lr):
    g, slope = BENDS[bend]
    A1 = g(X_sym @ state["W1"].T + state["b1"])
    z = A1 @ state["w2"] + state["b2"]
    dz2 = (σ(z) - y_sym) / len(y_sym)
    dZ1 = np.outer(dz2, state["w2"]) * slope(A1)
    slopes = {"W1": dZ1.T @ X_sym, "b1": dZ1.sum(0), "w2": A1.T @ dz2, "b2": dz2.sum()}
    for name, d in slopes.items():
        state[name] = state[name] - lr * d
    return np.mean(np.logaddexp(0, z) - y_sym * z)

# %% [markdown]
# Eight units, 1,500 steps at α = 1, one seed. Beside the share of points on the right side stands the number of
# hidden units that are different from each other at the end.

# %%
def outcome(start, bend, steps=1500):
    state = init(np.random.default_rng(0), start, bend)
    for _ in range(steps):
        step(state, bend, 1.0)
    right = np.mean((BENDS[bend][0](X_sym @ state["W1"].T + state["b1"]) @ state["w2"] + state["b2"] > 0) == y_sym)
    return right, len(np.unique(state["W1"].round(6), axis=0))

table = {(start, bend): outcome(start, bend) for start in STARTS for bend in BENDS}
for start in STARTS:
    print(f"{start:20s}", *(f"{bend} {table[start, bend][0]:.2f} ({table[start, bend][1]} different)  "
                            for bend in BENDS))
assert all(table["random", bend][0] > 0.96 for bend in BENDS)
assert all(table[start, bend][1] == 1 for start in ("all zero", "all ½") for bend in BENDS)
assert table["all zero", "tanh"][0] < 0.55 and table["all zero", "relu"][0] < 0.55
assert table["all zero", "sigmoid"][0] > 0.8 and table["W1 ½, w2 random", "tanh"][0] > 0.96

# %% [markdown]
# The rule is right in the main: equal units stayed equal. But "does not work" is too strong. All zero with
# the *sigmoid* learns a line: its hidden units put out ½ rather than 0, so that the weights behind them can
# move; they move all alike. And a constant first layer, even one of zeros with tanh, learns everything if the
# second is random: unequal weights out give unequal slopes, and the units part. (With ReLU the layer of zeros is
# stuck, since its slope at 0 is 0.)
#
# ### Try it: break the symmetry
#
# Right: the two weights of each of the eight hidden units. Before you run it: **from the start "all ½", how
# many dots will you see?**
#
# - Goal: reach 96% with as little randomness as possible.

# %%
@live(init, step, initial=choice("start", STARTS, "all ½", restart=True), bend=choice("activation", BENDS, restart=True),
      lr=log_slider("learning rate α", 0.01, 10.0, 1.0), columns=2, pace=10)
def symmetry(axes, trainer):
    s, g = trainer.state, BENDS[trainer.hyper["bend"]][0]
    plots.decision(axes[0], plane, σ(np.clip(g(plane.points @ s["W1"].T + s["b1"]) @ s["w2"] + s["b2"], -500, 500)))
    plots.scatter(axes[0], X_sym, y_sym, size=12)
    axes[1].plot(*np.clip(s["W1"], -6, 6).T, "o", color=plots.ink(), alpha=0.6)
    axes[1].set(xlim=(-6.2, 6.2), ylim=(-6.2, 6.2), xlabel="weight of x₁", ylabel="weight of x₂")
    right = np.mean((g(X_sym @ s["W1"].T + s["b1"]) @ s["w2"] + s["b2"] > 0) == y_sym)
    different = len(np.unique(s["W1"].round(6), axis=0))
    goal = " Goal reached." if right >= 0.96 else ""
    return f"Step {trainer.steps}: {right:.2f} right, {different} of 8 units different.{goal}"
symmetry

# %% [markdown]
# <details><summary>What happens, and why</summary>
#
# One dot: eight units, but one in effect, and the border is a line. "W1 ½, w2 random" starts as one dot too;
# then it spreads, and the border bends.
#
# </details>
#
# ### Your turn: a good start (core)
#
# <details><summary>Hint 1</summary>
#
# `np.random.default_rng(seed).normal(size=(H, D))` are random numbers of deviation 1. Biases may be 0.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Divide by $\sqrt D$, so that a sum of D products has deviation 1 (remember the sixteen lines).
#
# </details>

# %%
def start(seed, D, H):
    """seed, inputs D, units H -> W1 (H, D), b1 (H,), w2 (H,), b2 (a number), from which tanh units can learn"""
    ...                                             # your code here

check("start", start)

# %% tags=["solution"] jupyter={"source_hidden": true}
def start_solution(seed, D, H):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(H, D)) / np.sqrt(D), np.zeros(H), rng.normal(size=H) / np.sqrt(H), 0.0

check("start", start_solution)

# %% [markdown]
# ## Play with a network
#
# Everything so far in one picture: data, features, layers, units, each unit as a small map; weights as lines.
# Press Run. Before you do: **will one hidden layer of three units be enough for the circle?**
#
# - Goal 1: solve the circle with the fewest hidden units. Then XOR.
# - Goal 2: set all activations to linear. Which data are still solved?
# - Goal 3: solve the spirals with the fewest units (other features and more layers are allowed).

# %%
lab = playground(data="circle", layers=((3, "tanh"),))
lab

# %% [markdown]
# <details><summary>What happens, and why</summary>
#
# Three soft straight edges can fence in a disc, and most starts find that; two edges leave a side open. With
# linear units only the two Gaussian clouds are solved: whatever is drawn in the small maps, the output is one
# straight edge. With the feature x₁x₂ switched on, XOR needs no hidden unit at all.
#
# </details>

# %% [markdown]
# ## More units can do more, and memorize more
#
# How many units? On the spirals a certain number is needed. With 40 noisy moons we look at both the training
# set and the rest of the world. The number of units is a **hyperparameter**: descent cannot find it, and the
# training set cannot choose it, for it likes every further unit.

# %% tags=["concept:capacity-units"]
for units in (2, 3, 8, 16):
    results = []
    for seed in range(3):
        X, y = datasets.spirals(200, rng=seed)
        net = fit(network(2, units, 1, nn.Tanh, seed), X, y.astype(float), log_loss, steps=600)
        results.append(np.mean((scores(net, X) > 0) == y))
    print(f"{units:2d} units: {min(results):.2f} to {max(results):.2f} of the spirals right (3 seeds)")
    assert max(results) < 0.97 if units <= 3 else min(results) > 0.97

# %% [markdown]
# Three units cannot draw a spiral, eight can. Now the moons, and points that were not trained on.

# %% tags=["concept:overfit-nn", "concept:train-val-test"]
X, y = datasets.moons(40, noise=0.35, rng=0)                     # to train
X_val, y_val = datasets.moons(1000, noise=0.35, rng=100)         # to choose
X_test, y_test = datasets.moons(1000, noise=0.35, rng=200)       # to report, once

def cost_on(net, X, y):
    z = scores(net, X)
    return np.mean(np.logaddexp(0, z) - y * z)

costs, nets = {}, {}
for units in (1, 4, 100):
    net = network(2, units, 1, nn.Tanh)
    for more, steps in ((60, 60), (940, 1000)):
        fit(net, X, y.astype(float), log_loss, lr=0.03, steps=more)
        costs[units, steps] = cost_on(net, X, y), cost_on(net, X_val, y_val)
        nets[units, steps] = [p.data.copy() for p in net.parameters()]
        print(f"{units:3d} units, {steps:4d} steps: training {costs[units, steps][0]:.2f}, "
              f"validation {costs[units, steps][1]:.2f}")
assert costs[100, 1000][0] < 0.05 and costs[100, 1000][1] > 2 * costs[1, 1000][1]
assert costs[4, 60][1] < costs[100, 60][1] < costs[1, 60][1] + 0.02
best = min(costs, key=lambda key: costs[key][1])
W1, b1, W2, b2 = nets[best]
on_test = np.mean((np.tanh(X_test @ W1.T + b1) @ W2[0] + b2 > 0) == y_test)
assert best[1] == 60 and on_test > 0.78
print(f"chosen by validation: {best[0]} units, {best[1]} steps; on the test set {on_test:.2f} right")

# %% [markdown]
# A hundred units trained to the end know the 40 points by heart and are confidently wrong elsewhere: they
# **overfit**. After 60 steps the same hundred units are still no worse there than one unit, and four units are
# better. So there are three sets: **training** moves the weights, **validation** chooses units and steps, the
# **test** set is used once.
#
# ## Other outputs: a number, or several
#
# *A number* (regression): leave the sigmoid out and charge $\frac12 (\hat y - y)^2$. The error behind the
# output is again $\hat y - y$; formulas (2) to (6) stay (D leaves out the ½, which doubles every slope).
# *Several outputs*: one row of $W_2$ for each, on the same hidden units. With softmax and cross-entropy
# the error is $\hat y - y$ once more, y being one-hot.

# %% tags=["concept:regression-output"]
theta, X, target = course.start(2, 2, 5), X_moons[:30], X_moons[:30, 0] * X_moons[:30, 1]
A1, _ = course.forward(X, *theta)
dz2 = (A1 @ theta[2] + theta[3] - target) / len(X)
dW1 = (np.outer(dz2, theta[2]) * (1 - A1 ** 2)).T @ X
error = gradient_check(lambda W: 0.5 * np.mean((np.tanh(X @ W.T + theta[1]) @ theta[2] + theta[3] - target) ** 2),
                       dW1, theta[0])
assert error < 1e-7
print("regression: the gradient of W1 agrees with finite differences below 1e-7")

# %% tags=["concept:multi-output"]
digits = datasets.digits()
D_train, D_test, d_train, d_test = datasets.split(digits.X / 16, digits.y, rng=1)
net = network(64, 32, 10, nn.ReLU, seed=1)
optimizer, order = optim.SGD(net.parameters(), lr=0.1), np.random.default_rng(1)
for epoch in range(40):
    for x, t in datasets.batches(D_train, d_train, 64, order):
        cost = F.cross_entropy(net(tensor(x)), tensor(t))
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
V1, c1, V2, c2 = (p.data.copy() for p in net.parameters())
hidden = relu(D_test @ V1.T + c1)                                # (N, 32)
says = (hidden @ V2.T + c2).argmax(axis=1)
assert np.mean(says == d_test) > 0.93
print(f"digits, 64-32-10: {np.mean(says == d_test):.2f} of the test set right; W2 {V2.shape}")

# %% [markdown]
# ## The first layer is a bank of templates
#
# A linear classifier has one template a class. Here the rows of $W_1$ are 32 templates that belong to no
# class; the second layer recombines them, so a class can use several.

# %% tags=["concept:template-bank", "concept:distributed-representation"]
fig, _ = plots.images(V1.reshape(32, 8, 8), columns=16, size=0.55, signed=True)
plots.show(fig,
           "The 32 templates of the hidden layer, orange where a unit wants ink, blue where it wants none. "
           "Few look like a digit.")
helps = [len(np.unique((hidden[d_test == c] * V2[c]).argmax(axis=1))) for c in range(10)]
active = np.array([[np.mean(hidden[d_test == c, k] > 0) > 0.5 for c in range(10)] for k in range(32)])
one_less = [np.mean((hidden @ np.where(np.arange(32) == k, 0, V2).T + c2).argmax(1) == d_test) for k in range(32)]
print(f"units that help a class most, for some example of it: {min(helps)} to {max(helps)}")
print(f"a unit is active for {np.median(active.sum(axis=1)):.0f} of 10 classes (median)")
print(f"without any one unit still {min(one_less):.2f} right or more")
assert max(helps) >= 2 and np.median(active.sum(axis=1)) >= 3 and min(one_less) > 0.6

# %% [markdown]
# What this network knows of a "3" is spread over many units, and each takes part in many digits: a
# **distributed representation**. Most of its templates mean nothing by themselves.
#
# ## Enough bends follow any continuous curve
#
# Three ReLUs make a hat: $\mathrm{relu}(x-c+h) - 2\,\mathrm{relu}(x-c) + \mathrm{relu}(x-c-h)$ is 0 outside
# $c \pm h$ and rises to $h$. Sums of hats run through any values at the knots, straight in between. That is
# the idea behind **universal approximation**: for a continuous function on a *closed* bounded set and any
# tolerance there is a network with one hidden layer that stays within it (if the activation is not a
# polynomial).

# %% tags=["concept:universal-approximation"]
x = np.linspace(-np.pi, np.pi, 2001)
hat = relu(x + 1) - 2 * relu(x) + relu(x - 1)
assert hat.max() == 1 and np.allclose(hat[np.abs(x) >= 1], 0)

def curve(f, k, x, low=-np.pi, high=np.pi):
    """f by k ReLU units, one at each knot but the last."""
    knots = np.linspace(low, high, k + 1)
    return f(low) + relu(x[:, None] - knots[:-1]) @ course.hinges(knots, f(knots))

worst = [np.abs(curve(np.sin, k, x) - np.sin(x)).max() for k in (4, 8, 16, 32)]
print("sin by 4, 8, 16, 32 units, worst error:", *(f"{error:.3f}" for error in worst))
assert all(3 < a / b < 5 for a, b in zip(worst[1:], worst[2:]))
near = np.array([1e-6])
gap = 1 / near - curve(lambda t: 1 / t, 1000, near, 1e-3, 1.0)
assert gap[0] > 9e5                                              # 1/x on (0, 1): continuous, but not closed
for seed in range(3):
    W1, w2 = np.random.default_rng(seed).normal(size=(2, 50))
    assert relu(0 * W1) @ w2 == 0                                # no biases: f(0) = 0, so cos is out of reach
print("1/x on (0, 1), 1,000 units: off by more than 900,000 at x = 0.000001; without biases f(0) = 0")

# %% [markdown]
# Twice the units, a quarter of the error. Two conditions that the lectures drop are needed: D's "bounded"
# must be *closed and bounded* (every ReLU network is bounded on (0, 1), 1/x is not), and C's
# $W_2\, \phi(W_1 x)$ needs biases. And the theorem promises neither that descent finds the weights, nor that
# few units are enough.
#
# ### Try it: choose the units
#
# Before you move it: **which of the functions will never be followed, however many units there are?**
#
# - Goal: sin x with a worst error below 0.01, with as few units as possible.

# %%
CURVES = {"sin x": np.sin, "|x|": np.abs, "a jump": lambda t: np.where(t < 0.05, -1.0, 1.0)}

@explore(f=choice("function", CURVES), k=slider("units k", 1, 64, 4), columns=2)
def bumps(axes, f, k):
    target, made = CURVES[f](x), curve(CURVES[f], k, x)
    axes[0].plot(x, target, color=plots.COLORS["truth"], linewidth=4)
    axes[0].plot(x, made, color=plots.ink())
    axes[1].plot(x, made - target, color=plots.ink())
    axes[0].set(xlabel="x", ylabel="function (grey) and network", ylim=(-1.4, 3.4))
    axes[1].set(xlabel="x", ylabel="error", ylim=(-2.1, 2.1))
    error = np.abs(made - target).max()
    return f"{k} units: worst error {error:.3f}." + (" Goal reached." if f == "sin x" and error < 0.01 else "")
bumps

# %% [markdown]
# <details><summary>What happens, and why</summary>
#
# The jump: a sum of continuous pieces is continuous, and somewhere beside the jump it is off by about 1 at
# least. The sine needs 23 units or so.
#
# </details>
#
# ### Your turn: a curve out of k units (stretch)
#
# <details><summary>Hint 1</summary>
#
# From its knot on, a unit with weight $w$ adds $w$ to the slope. So $w$ is a *change* of slope.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `np.diff` twice; the slope before the first knot is 0 (`prepend=0`).
#
# </details>

# %%
def hinges(knots, values):
    """knots (k+1,), values (k+1,) -> w (k,): values[0] + Σ w[j] relu(x - knots[j]) runs through all the points"""
    ...                                             # your code here

check("hinges", hinges)

# %% tags=["solution"] jupyter={"source_hidden": true}
def hinges_solution(knots, values):
    return np.diff(np.diff(values) / np.diff(knots), prepend=0)

check("hinges", hinges_solution)

# %% [markdown]
# ## A neuron in the brain is another thing
#
# The simplest model of a nerve cell charges up, leaks, fires and starts again. Its rate of firing against a
# steady input looks like a ReLU. But it has a state, and time: the same input at another rhythm gives another answer.

# %% tags=["concept:biological-neuron"]
def spikes(current):
    v, count = 0.0, 0
    for i in current:
        v += 0.05 * (i - v)
        if v > 1:
            v, count = 0.0, count + 1
    return count

steady = [spikes(np.full(1000, i)) for i in (0.5, 0.9, 1.5, 2.0, 3.0)]
bursts = np.tile(np.repeat([1.8, 0.0], 50), 10)                  # the same mean as a steady 0.9
print("spikes for a steady input of 0.5, 0.9, 1.5, 2, 3:", *steady, " in bursts of mean 0.9:", spikes(bursts))
assert steady[:2] == [0, 0] and sorted(steady) == steady and spikes(bursts) > 0

# %% [markdown]
# ## Summary
#
# | What | In one line | Concepts |
# |---|---|---|
# | hidden layer | learned features, then a logistic regression | [`hidden-layer`, `tanh-unit`](#A-hidden-layer-computes-its-own-features), [`emergence`](#From-a-few-bends-together-emerges-a-curve) |
# | class of functions | the weights pick a member | [`function-class`](#The-weights-pick-one-function-out-of-a-class) |
# | notation | bias inside or beside, examples as rows or columns | [`notation-theta`, `notation-wb`, `forward-vectorized`](#Two-notations,-one-network) |
# | activation | without it any depth is linear | [`stacked-linear-is-linear`, `activation-why`](#Without-the-bend-any-depth-is-one-linear-layer) |
# | cost | the log loss, no longer a bowl | [`loss-binary-nn`](#The-cost-is-the-one-of-logistic-regression) |
# | backpropagation | error behind times input before | [`backprop-one-hidden`](#Six-derivatives-carry-the-error-back), [`update`](#Training-is-forward,-backward,-update), [`net-in-20-lines`](#Sixteen-lines,-as-the-lecture-prints-them) |
# | the start | unequal units | [`init-symmetry`](#Equal-units-stay-equal) |
# | size | chosen on validation data | [`capacity-units`, `overfit-nn`, `train-val-test`](#More-units-can-do-more,-and-memorize-more) |
# | outputs | a number, or several | [`regression-output`, `multi-output`](#Other-outputs:-a-number,-or-several) |
# | what units hold | templates, shared among the classes | [`template-bank`, `distributed-representation`](#The-first-layer-is-a-bank-of-templates) |
# | approximation | enough bends follow any continuous curve on a closed bounded set | [`universal-approximation`](#Enough-bends-follow-any-continuous-curve) |
# | neurons | a state, and time | [`biological-neuron`](#A-neuron-in-the-brain-is-another-thing) |
#
# **What breaks:** equal starts; large starts; no biases; units without a bend. **What the field does today:**
# ReLU or its smooth relatives in the hidden layers, random starts scaled by the number of inputs, and
# derivatives by automatic differentiation.
#
# ## Where the lectures differ
#
# | Lecture | Says | Here |
# |---|---|---|
# | A | $\partial L/\partial w^{[1]} = \dots x_1^{[2]}$ | $x_1$, as its own note says ([shapes](#Six-derivatives-carry-the-error-back)) |
# | A | zero or uniform starting values do not work | [mostly](#Equal-units-stay-equal) |
# | D | the loss without its minus | with it, see [Logistic regression](01_logistic_regression.ipynb) |
# | D | approximation on a bounded set | [closed and bounded](#Enough-bends-follow-any-continuous-curve) |
# | C | $f \approx W_2\, \phi(W_1 x)$ | [needs biases](#Enough-bends-follow-any-continuous-curve) |
#
# ## An open task
#
# Give the network a second hidden layer. Derive its three further derivatives, check them, and solve the
# spirals with fewer units than one hidden layer needs.
#
# ## References
#
# - David E. Rumelhart, Geoffrey E. Hinton, Ronald J. Williams, *Learning representations by back-propagating
#   errors*, 1986.
# - George Cybenko, *Approximation by superpositions of a sigmoidal function*, 1989.
# - Kurt Hornik, *Approximation capabilities of multilayer feedforward networks*, 1991.
# - Moshe Leshno, Vladimir Lin, Allan Pinkus, Shimon Schocken, *Multilayer feedforward networks with a
#   nonpolynomial activation function can approximate any function*, 1993.
# - Michael London, Michael Häusser, *Dendritic computation*, 2005.
