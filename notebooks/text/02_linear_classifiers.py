# %% [markdown]
# # Can ten small pictures read handwriting?
#
# Here are two ways to read a handwritten digit. Each consists of ten pictures, one for every digit. To read
# an image, lay each picture over it, multiply pixel by pixel, add up (and add one number that belongs to the
# picture). The largest sum names the digit. That is all there is to a **linear classifier**.
#
# Row A holds the average of all images of each digit. Row B was learned. Which row reads better? Decide
# before you read on.

# %%
try:
    import nblib
except ModuleNotFoundError:                                # another Jupyter, without the course's packages
    raise ModuleNotFoundError("this kernel has no nblib: open the course with python3 start.py") from None

import numpy as np
from scipy.special import expit                        # the sigmoid of notebook 01, safe for any score

from nblib import datasets, plots
from nblib.checks import gradient_check
from nblib.exercises.e02_linear_classifiers import check
from nblib.widgets import choice, explore, log_slider, point, slider

plots.use_style()
rng = np.random.default_rng(0)

# %%
from sklearn.linear_model import LogisticRegression            # you will have written it yourself in a while

digits = datasets.digits()
X_train, X_test, y_train, y_test = datasets.split(digits.X / 16, digits.y)     # pixels from 0 to 1
learned = LogisticRegression(max_iter=1000).fit(X_train, y_train)
means = np.array([X_train[y_train == k].mean(axis=0) for k in range(10)])      # (10, 64)

fig, axes = plots.figure(10, 2, size=(8.4, 2.2))
for k in range(10):
    plots.image(axes[k], means[k].reshape(8, 8), title=str(k), limit=1)
    plots.image(axes[10 + k], learned.coef_[k].reshape(8, 8), signed=True)
axes[0].text(-3, 4, "A", fontsize=14)
axes[10].text(-3, 4, "B", fontsize=14)
plots.show(fig, "Row A: the average image of each digit. Row B: ten learned pictures, in the same order "
                "(orange: positive, blue: negative).")

# %% [markdown]
# **What you will be able to do**
#
# - turn scores into probabilities and losses, and derive the gradients that train them;
# - say when softmax with cross-entropy and the hinge loss behave differently, and measure when they do not;
# - read a weight matrix as pictures, and shape it with three kinds of regularization;
# - make a classifier of many classes in three ways, and one that gives several labels;
# - choose features that let a straight line do the work, and say where no straight line can.
#
# **Builds on** [logistic regression](01_logistic_regression.ipynb). **Time**: about 90 minutes. **Follows**
# lecture document B (losses, optimization and first networks), and A (the full note set) for several classes
# and labels.
#
# ## A linear classifier is one picture and one number a class
#
# An input is a list of $D$ numbers, $x$. Each class $k$ has a list of $D$ weights $w_k$, its **template**,
# and one number $b_k$, its bias. The class's **score** says how well the input agrees with the template:
#
# $$s_k = w_k \cdot x + b_k, \qquad\text{for all } K \text{ classes at once}\qquad s = W x + b,$$
#
# with $W$ of shape $(K, D)$: the templates are its rows. The highest score wins. The smallest case that can
# be checked by hand is an image of four pixels and three classes. Many inputs are the rows of a table $X$ of
# shape $(N, D)$, and their scores the rows of $S = X W^\top + b$, of shape $(N, K)$: one matrix product does
# what two loops do.

# %% tags=["concept:linear-scores"]
x = np.array([1, 0,
              1, 0])                                   # a bright left column
W = np.array([[ 1, -1,  1, -1],                        # "left": bright on the left, dark on the right
              [ 1,  1, -1, -1],                        # "top"
              [ 1, -1, -1,  1]])                       # "diagonal"
b = np.array([0, 0, 1])
s = W @ x + b
print("scores:", dict(zip(["left", "top", "diagonal"], s.tolist())))
assert s.tolist() == [2, 0, 1] and s.argmax() == 0

X, W, b = rng.normal(size=(5, 64)), rng.normal(size=(10, 64)), rng.normal(size=10)
S = np.zeros((5, 10))
for n in range(5):
    for k in range(10):
        S[n, k] = W[k] @ X[n] + b[k]
assert np.allclose(S, X @ W.T + b)                     # the same without loops

# %% [markdown]
# Row A is such a classifier. The squared distance from $x$ to the average $\mu_k$ is
# $|x - \mu_k|^2 = |x|^2 - 2\,\mu_k\cdot x + |\mu_k|^2$, and $|x|^2$ is the same for all classes. So "the
# nearest average wins" means "the highest score wins", with template $w_k = \mu_k$ and bias
# $b_k = -\tfrac12|\mu_k|^2$.

# %%
def linear(model, X):
    """The scores (N, K) that a linear classifier (W, b) gives to the rows of X"""
    W, b = model
    return X @ W.T + b

def accuracy(model, X, y):
    return np.mean(linear(model, X).argmax(axis=1) == y)

averages = means, -0.5 * (means ** 2).sum(axis=1)
distance = ((X_test[:, None] - means) ** 2).sum(axis=2)                        # (N, 10)
assert np.array_equal(linear(averages, X_test).argmax(axis=1), distance.argmin(axis=1))
row_a, row_b = accuracy(averages, X_test, y_test), learned.score(X_test, y_test)
print(f"row A, the averages: {row_a:.2f}    row B, learned: {row_b:.2f}    ({len(y_test)} new digits)")
assert 1 - row_a > 2 * (1 - row_b)

# %% [markdown]
# The row that looks like digits reads worse: it makes more than twice as many errors as the other. A template
# need not look like its class; it has to say what tells the class *from the others*. The rest of the notebook
# is about how to find such templates: a loss that says what is wrong with scores, and its slope.
#
# ## Softmax turns scores into probabilities
#
# Scores can be any numbers. The lecture's example has 3.2 for *cat*, 5.1 for *car* and −1.7 for *frog*. To
# read them as probabilities they must be positive and sum to 1. The exponential makes them positive, dividing
# by the sum does the rest:
#
# $$p_k = \frac{e^{s_k}}{\sum_{j=1}^{K} e^{s_j}}.$$

# %% tags=["concept:softmax"]
s = np.array([3.2, 5.1, -1.7])                         # cat, car, frog
powers = np.exp(s)
p = powers / powers.sum()
print("e^s:", " ".join(f"{v:.3g}" for v in powers), "    p:", " ".join(f"{v:.2f}" for v in p))
assert np.allclose(powers, [24.5, 164, 0.18], atol=0.05) and p.round(2).tolist() == [0.13, 0.87, 0.0]
assert np.isclose(p.sum(), 1)

# %% [markdown]
# Two facts follow from the formula. Adding the same number $c$ to all scores multiplies every $e^{s}$ by
# $e^c$, which cancels: **only differences of scores matter**. And for two classes, dividing above and below
# by $e^{s_1}$,
#
# $$p_1 = \frac{e^{s_1}}{e^{s_1} + e^{s_2}} = \frac{1}{1 + e^{-(s_1 - s_2)}} = \sigma(s_1 - s_2):$$
#
# softmax is the sigmoid of notebook 01 for more than two classes.

# %% tags=["concept:softmax-generalizes-sigmoid"]
def naive_softmax(s):
    return np.exp(s) / np.exp(s).sum()

assert np.allclose(naive_softmax(s + 7), p)
for _ in range(100):
    s1, s2 = rng.normal(scale=5, size=2)
    assert np.isclose(naive_softmax(np.array([s1, s2]))[0], expit(s1 - s2))
tied = naive_softmax(s + [0, 0, 6])                    # the frog's score rises, and only that
print(f"the cat's probability falls from {p[0]:.2f} to {tied[0]:.2f}: the outputs are tied to each other")
assert tied[0] < p[0] and tied[1] < p[1]
with np.errstate(over="ignore", invalid="ignore"):
    print("scores 1000, 999, 0, with the formula as written:", naive_softmax(np.array([1000.0, 999.0, 0.0])))

# %% [markdown]
# The formula as written fails on scores that are no stranger than others: $e^{1000}$ is more than float64 can
# hold, and ∞/∞ is *not a number*. The first of the two facts is the cure.
#
# ### Your turn: a softmax that does not overflow (core)
#
# <details><summary>Hint 1</summary>Which number could you add to all scores of a row so that no power is
# above 1?</details>
# <details><summary>Hint 2</summary>Subtract <code>scores.max(axis=1, keepdims=True)</code>. Then the largest
# power is e⁰ = 1, and the sum is at least 1.</details>

# %%
def softmax(scores):
    """scores (N, K) -> probabilities (N, K): each row positive, with sum 1, for scores of any size"""
    ...                                                # your code here

check("softmax", softmax)

# %% tags=["solution"] jupyter={"source_hidden": true}
def softmax_solution(scores):
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)

check("softmax", softmax_solution)

# %% [markdown]
# ## The loss is minus the log of the probability of the truth
#
# The image shows a cat, and the classifier gives *cat* 0.13. How bad is that? The **cross-entropy loss**
# looks at the probability of the true class $y$ alone:
#
# $$L = -\log p_y = -\log \frac{e^{s_y}}{\sum_j e^{s_j}}.$$
#
# It is 0 for $p_y = 1$ and grows without bound as $p_y$ falls to 0. A classifier that knows nothing says
# $1/K$ and pays $\log K$: with three classes 1.10, so that 2.04 is worse than guessing.

# %% tags=["concept:cross-entropy"]
loss = -np.log(p[0])
print("loss if the truth is cat, car, frog:", (-np.log(p)).round(2), f"   guessing: {np.log(3):.2f}")
assert round(loss, 2) == 2.04 and loss > np.log(3)

# %% [markdown]
# Why the logarithm? A model gives each example's label a probability; labels drawn independently have the
# *product* of these as their probability, the **likelihood**. **Maximum likelihood** chooses the weights that
# make what was observed most probable. The logarithm turns the product into a sum and leaves the best weights
# where they are, and a mean of $-\log p_y$ is smallest where the likelihood is largest. Try it on the
# smallest case: a coin fell heads 7 times of 10.

# %% tags=["concept:max-likelihood"]
q = np.linspace(0.01, 0.99, 99)                        # the model: heads has probability q
likelihood = q ** 7 * (1 - q) ** 3
mean_loss = -(7 * np.log(q) + 3 * np.log(1 - q)) / 10
assert np.isclose(q[likelihood.argmax()], 0.7) and likelihood.argmax() == mean_loss.argmin()
assert np.allclose(likelihood, np.exp(-10 * mean_loss))
print("probability of 1,347 labels at 0.1 each:", np.prod(np.full(1347, 0.1)))
print("its logarithm:", round(1347 * np.log(0.1)))

fig, axes = plots.figure(2, size=(8.4, 2.8))
for ax, values, name in zip(axes, (likelihood, mean_loss), ("likelihood", "mean loss −log p")):
    ax.plot(q, values)
    ax.axvline(0.7, color=plots.COLORS["truth"], linewidth=1, linestyle="--")
    ax.set(xlabel="q, the model's probability of heads", ylabel=name)
plots.show(fig, "Seven heads of ten are most probable under q = 0.7; the mean loss is smallest there, too.")

# %% [markdown]
# The printed lines are the practical reason: a product of so many probabilities is too small for float64,
# which makes it 0; the sum of logarithms is an ordinary number.
#
# The same loss can be written with the label as a list of numbers. **One-hot** coding writes class $k$ of $K$
# as $K$ numbers, 1 at place $k$ and 0 elsewhere. (A class number such as 3 would be read as three times class
# 1.) Then $L = -\sum_k y_k \log p_k$, in which one term survives. Labels deserve a check, since NumPy takes
# $-1$ for "the last one" without a word.

# %% tags=["concept:one-hot"]
def one_hot(y, K):
    """labels y (N,) from 0 to K-1 -> (N, K)"""
    y = np.asarray(y)
    if y.min() < 0 or y.max() >= K:
        raise ValueError(f"labels: wanted 0 to {K - 1}, got {y.min()} to {y.max()}")
    return np.eye(K)[y]

print(one_hot([0, 2, 1], 3))
assert np.isclose(-(one_hot([0], 3) * np.log(p)).sum(), loss)
assert np.array_equal(np.eye(3)[-1], [0, 0, 1])        # a label that is wrong, and would pass unseen
for wrong in ([1, 2, 3], [-1, 0, 1]):
    try:
        one_hot(wrong, 3)
    except ValueError as error:
        print(error)

# %% [markdown]
# Nothing in $-\sum_k y_k \log p_k$ asks $y$ to be one-hot: it may be any distribution. Cross-entropy measures
# how far the estimated distribution $p$ is from the true one, but not as a distance does: at $p = y$ it is
# not 0 but the **entropy** $-\sum y_k\log y_k$, the surprise that is left when the model is perfect. What
# lies above that is the Kullback–Leibler divergence; it is never negative, and not symmetric. A one-hot truth
# has entropy 0, and there both agree. For two classes, with $y_2 = 1 - y_1$ and $p_2 = 1 - p_1$, it is the
# log loss of notebook 01.

# %% tags=["concept:ce-distribution-distance", "concept:categorical-reduces-to-binary"]
def ce(truth, p):
    return -(truth * np.log(p)).sum(axis=-1)

truth = np.array([0.5, 0.3, 0.2])
entropy = ce(truth, truth)
others = rng.dirichlet(np.ones(3), size=1000)          # a thousand other distributions
print(f"at p = truth: {entropy:.2f}, not 0;  nearest of 1,000 others: {ce(truth, others).min():.2f}")
assert (ce(truth, others) > entropy).all() and entropy > 1
assert not np.isclose(ce(truth, others[0]) - entropy, ce(others[0], truth) - ce(others[0], others[0]))
y1, p1 = rng.random(100), rng.random(100)
log_loss = -(y1 * np.log(p1) + (1 - y1) * np.log(1 - p1))
assert np.allclose(ce(np.stack([y1, 1 - y1], 1), np.stack([p1, 1 - p1], 1)), log_loss)

# %% [markdown]
# ### Your turn: cross-entropy straight from scores (core)
#
# With your softmax and a logarithm it is nearly done. Nearly: a probability of $e^{-1000}$ is 0 in float64,
# and the log of 0 is −∞. Take the logarithm on paper first, where nothing is lost.
#
# <details><summary>Hint 1</summary>log(e^s / Σ e^s) = s − log Σ e^s, after the row's largest score was
# subtracted.</details>
# <details><summary>Hint 2</summary>One entry of each row: <code>table[np.arange(len(y)), y]</code>.</details>

# %%
def cross_entropy(scores, y):
    """scores (N, K), labels y (N,) -> the mean loss, a number"""
    ...                                                # your code here

check("cross_entropy", cross_entropy)

# %% tags=["solution"] jupyter={"source_hidden": true}
def cross_entropy_solution(scores, y):
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(y)), y].mean()

check("cross_entropy", cross_entropy_solution)

# %% [markdown]
# To train we need its slope along each score. From $L = -s_y + \log\sum_j e^{s_j}$,
#
# $$\frac{\partial L}{\partial s_k} = -[k = y] + \frac{e^{s_k}}{\sum_j e^{s_j}} = p_k - [k = y],$$
#
# where $[k = y]$ is 1 for the true class and 0 for the others: **probability minus truth**. Each wrong class
# is pushed down by the probability it was given, the true class is pulled up by what it lacks. From here on
# the notebook uses the two functions below. They are tested against finite differences and against PyTorch.

# %%
def log_softmax(s):
    s = s - s.max(axis=1, keepdims=True)
    return s - np.log(np.exp(s).sum(axis=1, keepdims=True))

def softmax_loss(s, y):
    """scores s (N, K), labels y (N,) -> mean cross-entropy, and its slope along every score (N, K)"""
    truth, log_p = one_hot(y, s.shape[1]), log_softmax(s)
    loss = 0.0 - (truth * log_p).sum() / len(y)        # a plain minus would print -0.0
    return loss, (np.exp(log_p) - truth) / len(y)

import torch                                           # which derives gradients by itself

s, y = rng.normal(scale=3, size=(7, 5)), rng.integers(5, size=7)
value, slope = softmax_loss(s, y)
assert gradient_check(lambda s: softmax_loss(s, y)[0], slope, s) < 1e-6

t = torch.tensor(s, requires_grad=True)
torch_loss = torch.nn.functional.cross_entropy(t, torch.tensor(y))
torch_loss.backward()
assert np.isclose(value, torch_loss.item()) and np.allclose(slope, t.grad.numpy())
print("p − y agrees with finite differences and with PyTorch")
value, slope = softmax_loss(np.array([[3.2, 5.1, -1.7]]), [0])
print(f"the lecture's cat: loss {value:.2f}, slopes", slope.round(2)[0])
print("scores of ±1000:", softmax_loss(np.array([[-1000.0, 1000.0]]), [0])[0],
      "   a single class:", softmax_loss(np.ones((2, 1)), [0, 0])[0])
assert round(value, 2) == 2.04

# %% [markdown]
# ## The hinge loss asks for a margin, then stops
#
# The second loss of the lecture has no probabilities. It wants the true class to be ahead of every other by a
# **margin** of 1, and counts what is missing:
#
# $$L = \sum_{j \ne y} \max(0,\; s_j - s_y + 1).$$
#
# It is the loss of the multi-class **support vector machine** (SVM). The lecture's three images, one a row:

# %% tags=["concept:svm-hinge"]
scores = np.array([[3.2, 5.1, -1.7],                   # a cat
                   [1.3, 4.9,  2.0],                   # a car
                   [2.2, 2.5, -3.1]])                  # a frog
losses = []
for s, y in zip(scores, [0, 1, 2]):
    pays = [max(0, s[j] - s[y] + 1) for j in range(3) if j != y]
    losses.append(sum(pays))
    print(f"{losses[-1]:5.1f}  =  {pays[0]:.1f} + {pays[1]:.1f}")
assert np.allclose(losses, [2.9, 0, 12.9]) and round(np.mean(losses), 2) == 5.27
print(f"mean {np.mean(losses):.2f}")

# %% [markdown]
# Its slope is simple. Every class $j$ that pays ($s_j - s_y + 1 > 0$) adds $+1$ to its own score's slope and
# $-1$ to the true class's. Where nobody pays it is exactly 0: the example no longer takes part in training.
# At the kink, where $s_j - s_y + 1 = 0$, we take 0, as PyTorch does.
#
# ### Your turn: the hinge loss and its gradient (core)
#
# <details><summary>Hint 1</summary>Make the whole table <code>scores - true + 1</code> with <code>true</code>
# of shape (N, 1); then set the entries of the true classes to 0.</details>
# <details><summary>Hint 2</summary>The slope of the true class is minus the number of classes that pay. The
# mean over N examples belongs to the loss <em>and</em> to the slopes.</details>

# %%
def hinge(scores, y):
    """scores (N, K), labels y (N,) -> the mean loss, and its slope along every score (N, K)"""
    ...                                                # your code here

check("hinge", hinge)

# %% tags=["solution"] jupyter={"source_hidden": true}
def hinge_solution(scores, y):
    rows = np.arange(len(y))
    pays = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    pays[rows, y] = 0
    slope = (pays > 0).astype(float)
    slope[rows, y] = -slope.sum(axis=1)
    return pays.sum(axis=1).mean(), slope / len(y)

check("hinge", hinge_solution)

# %% [markdown]
# The notebook's own version goes on from here, proved in the same ways. (PyTorch divides by the number of
# classes as well, hence the factor.)

# %%
def hinge_loss(s, y):
    """scores s (N, K), labels y (N,) -> mean hinge loss, and its slope along every score (N, K)"""
    truth = one_hot(y, s.shape[1])
    pays = np.maximum(0, s - (s * truth).sum(axis=1, keepdims=True) + 1) * (1 - truth)
    slope = (pays > 0) - truth * (pays > 0).sum(axis=1, keepdims=True)
    return pays.sum() / len(y), slope / len(y)

s, y = rng.normal(scale=3, size=(7, 5)), rng.integers(5, size=7)
value, slope = hinge_loss(s, y)
assert np.isclose(hinge_loss(scores, [0, 1, 2])[0], np.mean(losses))
assert gradient_check(lambda s: hinge_loss(s, y)[0], slope, s) < 1e-6
t = torch.tensor(s, requires_grad=True)
(5 * torch.nn.functional.multi_margin_loss(t, torch.tensor(y))).backward()
assert np.allclose(slope, t.grad.numpy())
print("slopes of the first example:", (7 * slope[0]).astype(int), " the truth is class", y[0])

# %% [markdown]
# ## The two losses disagree about examples that are right
#
# The lecture polls its students. Class 0 is the truth, and three examples have the scores **[10, −2, 3]**,
# **[10, 9, 9]** and **[10, −100, −100]**. Answer on paper, for real numbers of any smallness.
#
# ### Your turn: three polls (warm-up)
#
# 1. What is the hinge loss of each, and how many of the three cross-entropies are exactly 0?
# 2. Nudge the scores of the *last* example a little. Which loss changes: `"both"`, `"hinge"`,
#    `"cross-entropy"` or `"none"`?
# 3. The true score rises from 10 to 20 in all three. Which loss falls? The same four words.
#
# <details><summary>Hint 1</summary>A lead of 1 or more costs nothing in the hinge loss.</details>
# <details><summary>Hint 2</summary>−log p is 0 only for p = 1. Can p be 1 while the other powers are
# positive?</details>

# %%
polls = {"hinge losses": ...,                          # a list of three numbers
         "cross-entropies that are 0": ...,            # how many: 0, 1, 2 or 3
         "nudged": ...,
         "10 to 20": ...}

check("polls", polls)

# %% tags=["solution"] jupyter={"source_hidden": true}
polls_solution = {"hinge losses": [0, 0, 0], "cross-entropies that are 0": 0,
                  "nudged": "cross-entropy", "10 to 20": "cross-entropy"}

check("polls", polls_solution)

# %% [markdown]
# Now the machine's answer, for a true score of 10 and then of 20.

# %% tags=["concept:ce-vs-svm"]
print("scores                 hinge   cross-entropy")
for top in (10.0, 20.0):
    for rest in ([-2, 3], [9, 9], [-100, -100]):
        s = np.array([[top, *rest]])
        hinged, soft = hinge_loss(s, [0])[0], softmax_loss(s, [0])[0]
        print(f"[{top:.0f}, {rest[0]:4d}, {rest[1]:4d}]       {hinged:5.0f}   {soft:.2g}")
        assert hinged == 0
on_paper = [np.log1p(2 * np.exp(-110.0)), np.log1p(2 * np.exp(-120.0))]
print("1 + 2e^-110 == 1:", 1 + 2 * np.exp(-110.0) == 1)
print(f"log1p(2e^-110) = {on_paper[0]:.2g}, and {on_paper[1]:.2g} after 10 -> 20")
assert 0 < on_paper[1] < on_paper[0] and softmax_loss(np.array([[10.0, -100, -100]]), [0])[0] == 0
assert softmax_loss(np.array([[10.0, -101, -99]]), [0])[0] == 0                # nudged

# %% [markdown]
# The hinge loss is 0 throughout: it is content. Cross-entropy is never content, says the lecture, and yet the
# machine prints exactly 0 for the last example. The loss on paper is
#
# $$-\log\frac{e^{10}}{e^{10} + 2e^{-100}} = \log\left(1 + 2e^{-110}\right) \approx 2e^{-110}.$$
#
# Float64 keeps about 16 digits. Beside the 1, a number of size $10^{-48}$ is lost, and $\log 1 = 0$. The
# function `log1p(x)` computes $\log(1 + x)$ without adding the 1, and the last line above shows what was
# there all along.
#
# The lecture is right about real numbers, and float64 cannot show it. Does it matter? Hardly: a loss of
# $10^{-48}$ moves no weight. What matters is the difference behind it: the hinge loss stops pulling once the
# margin is there, cross-entropy pulls for ever, more and more weakly.
#
# ### Try it: three scores, two losses
#
# **Before you move anything:** you raise the score of *cat*, the truth. Which loss reaches 0, and where?
# **Goal:** with *cat* alone, make the hinge loss exactly 0, and read off the cross-entropy there. Then bring
# both printed losses to 0: the last slider multiplies all three scores, up to ±1000.

# %%
LOSS_COLORS = {"cross-entropy": plots.CLASS_COLORS[8], "hinge": plots.CLASS_COLORS[9]}

def bars(ax, names, values, ylabel, ylim, colors, **symlog):
    """Bars with their values written on them, evenly shared out over the names"""
    x = (np.arange(len(values)) + 0.5) * len(names) / len(values)
    ax.vlines(x, 0, values, colors=colors, linewidth=28)
    ax.axhline(0, color=plots.ink(), linewidth=0.8)
    if symlog and ax.get_yscale() != "symlog":
        ax.set_yscale("symlog", **symlog)
    ax.set_xticks(np.arange(len(names)) + 0.5, names)
    ax.set(ylabel=ylabel, xlim=(0, len(names)), ylim=ylim)
    for i, v in zip(x, values):
        text = "0" if v == 0 else f"{v:.0e}" if abs(v) < 0.01 else f"{v:.3g}" if abs(v) < 1000 else f"{v:.0f}"
        ax.annotate(text, (i, v), (0, 2 if v >= 0 else -2), textcoords="offset points", fontsize=9,
                    ha="center", va="bottom" if v >= 0 else "top")

def verdict(soft, hinged):
    if hinged > 0:
        return "Both losses pull cat up"
    return "Both losses print 0" if soft == 0 else "The hinge loss is content: no slopes. Cross-entropy pulls"

# %%
lecture = {"cat": 3.2, "car": 5.1, "frog": -1.7}
label = {"cat": "score of cat, the truth", "car": "score of car", "frog": "score of frog"}
score = {name: slider(label[name], -10.0, 10.0, s, step=0.1) for name, s in lecture.items()}

@explore(**score, times=log_slider("all scores times", 0.1, 100, 1.0), columns=2, rows=2, size=(8.4, 4.4))
def three_scores(axes, cat, car, frog, times):
    s, names, colors = times * np.array([[cat, car, frog]]), list(score), plots.CLASS_COLORS[:3]
    (soft, d_soft), (hinged, d_hinge) = softmax_loss(s, [0]), hinge_loss(s, [0])
    p = np.exp(log_softmax(s))[0]
    bars(axes[0], names, s[0], "score", (-6000, 6000), colors, linthresh=10)
    bars(axes[1], names, p, "probability", (0, 1.15), colors)
    bars(axes[2], list(LOSS_COLORS), [soft, hinged], "loss", (0, 30000), [*LOSS_COLORS.values()], linthresh=1)
    slopes = np.stack([d_soft, d_hinge]).T.ravel()
    bars(axes[3], names, slopes, "slope along a score", (-2.6, 1.6), [*LOSS_COLORS.values()] * 3)
    return f"{verdict(soft, hinged)}. p(cat) = {p[0]:.2g}; cross-entropy {soft:.3g}, hinge {hinged:.3g}."
three_scores

# %% [markdown]
# <details><summary>What happens, and why</summary>
#
# The hinge loss reaches 0 at cat = 6.1, exactly 1 ahead of car, and its slopes vanish at once. The
# cross-entropy there is still 0.31; it goes on pulling at any score. The slopes of cross-entropy always sum
# to 0, and none is larger than 1; the hinge slope of the truth counts the rivals within the margin, and so
# can be −2. Multiplying all scores makes softmax more certain without changing the order. With cat ahead,
# ×100 brings both to 0; with cat behind, both grow as large as the differences of the scores. Nothing
# overflows on the way.
# </details>
#
# ## Two losses, one result on the digits
#
# One function trains with either: the chain rule carries the slopes $\partial L/\partial S$ of shape $(N, K)$
# to the weights. Since $S = XW^\top + b$, it gives $\partial L/\partial W = (\partial L/\partial S)^\top X$,
# and $\partial L/\partial b$ is the sum of the rows of $\partial L/\partial S$.

# %%
def train(X, Y, loss, lr=2.0, steps=300):
    """X (N, D), labels Y (N,) or a table Y (N, K) -> W (K, D), b (K,), by gradient descent from 0"""
    K = Y.shape[1] if Y.ndim == 2 else Y.max() + 1
    W, b = np.zeros((K, X.shape[1])), np.zeros(K)
    for _ in range(steps):
        _, slope = loss(X @ W.T + b, Y)                # (N, K)
        W -= lr * slope.T @ X
        b -= lr * slope.sum(axis=0)
    return W, b

soft_model = train(X_train, y_train, softmax_loss)
svm_model = train(X_train, y_train, hinge_loss, lr=0.2)        # its slopes are larger: a smaller step
assert min(accuracy(soft_model, X_test, y_test), accuracy(svm_model, X_test, y_test)) > 0.94

# %% [markdown]
# Two losses that disagree so much about examples that are right: which one reads digits better? Predict, then
# look at ten random splits into training and test images.

# %% tags=["concept:ce-vs-svm"]
results = []
for seed in range(10):
    X, X_new, y, y_new = datasets.split(digits.X / 16, digits.y, rng=seed)
    by_softmax = linear(train(X, y, softmax_loss), X_new).argmax(axis=1)
    by_svm = linear(train(X, y, hinge_loss, lr=0.2), X_new).argmax(axis=1)
    results.append([np.mean(by_softmax == y_new), np.mean(by_svm == y_new), np.mean(by_softmax == by_svm)])
soft, svm, same = np.array(results).T
print(f"softmax {soft.mean():.3f}    SVM {svm.mean():.3f}    same answer on {same.mean():.2f} of the images")
print(f"SVM − softmax: between {(svm - soft).min():+.3f} and {(svm - soft).max():+.3f} over ten splits")
assert abs(np.mean(svm - soft)) < soft.std() and same.mean() > 0.97

# %% [markdown]
# There is nothing to choose between them here: the difference of the means is a fraction of what one split
# differs from the next, and they nearly always give the same answer. That is a finding, not a failure of the
# experiment. Choose cross-entropy when you want probabilities, the hinge loss when you want training to
# ignore what is already right; accuracy is no reason here.
#
# What did they learn? The rows of $W$, as pictures. Only differences between classes matter, so we compare
# each template with its class's average *minus the average of all digits*.

# %% tags=["concept:templates"]
centred = means - means.mean(axis=0)
fig, axes = plots.figure(10, 3, size=(8.4, 3.1))
for row, (name, T) in enumerate({"average": centred, "softmax": soft_model[0], "SVM": svm_model[0]}.items()):
    likeness = np.mean([np.corrcoef(T[k], centred[k])[0, 1] for k in range(10)])
    print(f"{name:8} correlation with the centred class averages {likeness:.2f}")
    assert likeness > 0.8
    axes[10 * row].text(-1.5, 3.5, name, rotation=90, ha="center", va="center")
    for k in range(10):
        plots.image(axes[10 * row + k], T[k].reshape(8, 8), str(k) if row == 0 else None, signed=True)
plots.show(fig, "Centred class averages above, learned templates below: orange pixels speak for the class, "
                "blue ones against it.")

# %% [markdown]
# The blue hole in the middle of 0 is easy to read: ink there speaks against a zero. Most of the others say
# little to the eye. There is **one template a class**, however different its members are, and that costs
# something. Ask for the parity of the digit, even or odd: now each class has five shapes and one template. A
# classifier with ten templates answers the same question by naming the digit first.

# %% tags=["concept:templates"]
def sigmoid_loss(s, Y):
    """scores s (N, K), table Y (N, K) of 0 and 1 -> mean over N of the log losses, and its slopes (N, K)"""
    return (np.logaddexp(0, s) - Y * s).sum() / len(Y), (expit(s) - Y) / len(Y)

parity = []
for seed in range(5):
    X, X_new, y, y_new = datasets.split(digits.X / 16, digits.y, rng=seed)
    odd = linear(train(X, (y % 2 == 1)[:, None], sigmoid_loss), X_new)[:, 0] > 0       # one template
    digit = linear(train(X, y, softmax_loss), X_new).argmax(axis=1)                    # ten templates
    parity.append([np.mean(odd == y_new % 2), np.mean(digit % 2 == y_new % 2)])
one, ten = np.array(parity).T
print(f"even or odd? one template {one.mean():.2f}, by way of ten {ten.mean():.2f}, over five splits")
assert (ten > one + 0.02).all()

# %% [markdown]
# Several templates for a class, chosen by the machine: that is what the hidden layer of
# [a neural network](04_neural_networks.ipynb) adds.
#
# ## Doubling W removes the loss and improves nothing
#
# The lecture calls it a bug. Scores (1.3, 2.5, 2.0) with the second class true have a hinge loss of 0.5.
# Double $W$ and $b$, and all scores double: the loss is 0. But no score has changed places.

# %% tags=["concept:hinge-scale-ambiguity"]
s = np.array([[1.3, 2.5, 2.0]])                        # cat, car, frog; car is first
for name, truth in (("a car", 1), ("a frog", 2)):
    for c in (1, 2):
        hinged, soft = hinge_loss(c * s, [truth])[0], softmax_loss(c * s, [truth])[0]
        print(f"it is {name:6}, scores times {c}: hinge {hinged:.1f}, cross-entropy {soft:.2f}")
assert np.isclose(hinge_loss(s, [1])[0], 0.5) and hinge_loss(2 * s, [1])[0] == 0
assert hinge_loss(2 * s, [2])[0] > hinge_loss(s, [2])[0]       # what is wrong gets worse

# %% [markdown]
# So when every training example is right, the loss cannot tell $W$ from $2W$: the hinge loss has infinitely
# many minima, and cross-entropy has none, since it falls for ever as $W$ grows. A preference has to be added.
# **Regularization** adds a penalty $R$ on the weights, with a strength $\lambda$ that we choose:
#
# $$L(W) = \underbrace{\frac1N \sum_i L_i}_{\text{data loss}} + \lambda R(W), \qquad R =
# \underbrace{\sum W_{kl}^2}_{\text{L2}} \;\text{ or }\; \underbrace{\sum |W_{kl}|}_{\text{L1}}
# \;\text{ or }\; \underbrace{\beta\sum W_{kl}^2 + \sum|W_{kl}|}_{\text{elastic net}}.$$
#
# Below, weights that read 200 digits without an error are multiplied by $c$. At $c = 1$ the closest rival is
# exactly 1 behind.

# %% tags=["concept:regularization-l2"]
X, y = X_train[:200], y_train[:200]
W, b = train(X, y, softmax_loss)
S = linear((W, b), X)
lead = (S[np.arange(200), y] - np.where(one_hot(y, 10), -np.inf, S).max(axis=1)).min()
assert lead > 0                                        # all 200 are right
S, R = S / lead, ((W / lead) ** 2).sum()               # scaled: the closest rival is 1 behind
c, lam = np.geomspace(0.1, 20, 80), 1e-3
curves = {"hinge": np.array([hinge_loss(k * S, y)[0] for k in c]),
          "cross-entropy": np.array([softmax_loss(k * S, y)[0] for k in c])}

fig, axes = plots.figure(2, size=(8.4, 3), sharey=True)
for ax, extra, title in zip(axes, (0, lam * R * c ** 2), ("data loss", "data loss + λ R, L2")):
    for name, values in curves.items():
        ax.plot(c, values + extra, color=LOSS_COLORS[name])
    ax.set(xscale="log", xlabel="c, which multiplies W and b", ylim=(0, 1.6), title=title)
axes[0].set_ylabel("loss")
for name, place in {"hinge": (0.15, 0.4), "cross-entropy": (0.3, 0.7)}.items():
    plots.label(axes[0], *place, name, color=LOSS_COLORS[name])
plots.show(fig, "Without a penalty the hinge loss is 0 from c = 1 on and cross-entropy falls for ever; "
                "with one, each has a best c.")
assert (curves["hinge"][c > 1.01] < 1e-9).all() and (np.diff(curves["cross-entropy"]) < 0).all()
assert all(0 < (v + lam * R * c ** 2).argmin() < 79 for v in curves.values())

# %% [markdown]
# ## L2 shrinks all weights, L1 removes some, the elastic net does both
#
# What does each penalty do to one weight? Take the smallest case: the data want the weight to be $a$, with
# loss $\tfrac12(w-a)^2$. Setting slopes to 0 gives the best $w$:
#
# - **L2**, $\lambda w^2$: $\;w = a / (1 + 2\lambda)$. Every weight shrinks by the same *factor*, and none
#   becomes 0.
# - **L1**, $\lambda|w|$: the pull $\lambda$ has the same strength at every size, so $w$ moves towards 0 by
#   the same *amount* $\lambda$, and stops there: $\operatorname{sign}(a)\max(|a| - \lambda, 0)$. Small
#   weights become exactly 0.
# - **Elastic net**: first the one, then the other.

# %% tags=["concept:regularization-l2", "concept:regularization-l1", "concept:elastic-net"]
def shrink(a, l1, l2):
    """The w with the smallest ½(w − a)² + l1·|w| + l2·w², entry by entry"""
    return np.sign(a) * np.maximum(np.abs(a) - l1, 0) / (1 + 2 * l2)

a, w = np.linspace(-3, 3, 121), np.linspace(-4, 4, 8001)
PENALTIES = {"none": (0, 0), "L2": (0, 1), "L1": (1, 0), "elastic net": (1, 1)}        # λ for |w|, λβ for w²
fig, ax = plots.figure(size=(5.2, 3.2))
for name, (l1, l2) in PENALTIES.items():
    ax.plot(a, shrink(a, l1, l2), label=name, color=plots.COLORS["truth"] if name == "none" else None)
    for wanted in (-2.5, 0.7, 2.0):                            # against a search over all w
        best = w[(0.5 * (w - wanted) ** 2 + l1 * np.abs(w) + l2 * w ** 2).argmin()]
        assert abs(best - shrink(wanted, l1, l2)) < 1e-3
ax.set(xlabel="a, the weight that the data want", ylabel="w, the weight with a penalty", xlim=(-3, 4.2))
plots.label_lines(ax)
plots.show(fig, "L2 tilts the line; L1 cuts a flat piece of exact zeros out of it; the elastic net does both "
                "(λ = β = 1).")

# %% [markdown]
# The three part again when two inputs say the same. Here column 1 is a copy of column 0, column 2 is noise,
# and the data ask for weights that sum to 2 on the pair. Descent with a penalty takes a gradient step on the
# data loss, then one `shrink`; λ is 0.1 here.

# %%
z = rng.normal(size=200)
X, wanted = np.stack([z, z, rng.normal(size=200)], axis=1), 2 * z + 0.3 * rng.normal(size=200)
for name, (l1, l2) in PENALTIES.items():
    for start in ([0, 0, 0], [2, 0, 0]):
        w = np.array(start, float)
        for _ in range(2000):
            w = shrink(w - 0.2 * X.T @ (X @ w - wanted) / 200, 0.2 * 0.1 * l1, 0.2 * 0.1 * l2)
        print(f"{name:12} from {start}: w =", (w.round(3) + 0).tolist())
        assert (w[2] == 0) == (l1 > 0) and (l2 == 0 or np.isclose(w[0], w[1]))

# %% [markdown]
# The noise column gets exactly 0 from L1 and the elastic net, and only nearly 0 from L2. Between two copies
# L1 does not care (it stays with whatever split it came from), while L2 spreads the weight evenly, since
# $1^2 + 1^2 < 2^2 + 0^2$: it keeps a few weights from dominating. The elastic net does both: it drops the
# useless and shares among the equal.
#
# ### Try it: the strength of a penalty, as pictures
#
# The digits again, with softmax, for 17 strengths of each penalty. (The solutions are computed once, from the
# strongest to the weakest; the widget only looks them up.) **Before you move it:** what will the ten
# templates look like at $\lambda = 1$ with L2? And with L1? **Goal:** read at least 0.90 of the test digits
# with as few of the 640 weights as you can.

# %%
STRENGTHS = np.arange(0, -4.25, -0.25)                         # log10 λ

def solution_path(l1, l2, lr=1.0, steps=80):
    """[(W, test accuracy)] for all STRENGTHS, each starting from the one before"""
    W, b, path = np.zeros((10, 64)), np.zeros(10), []
    for lam in 10 ** STRENGTHS:
        for _ in range(steps):
            _, slope = softmax_loss(X_train @ W.T + b, y_train)
            W = shrink(W - lr * slope.T @ X_train, lr * lam * l1, lr * lam * l2)
            b = b - lr * slope.sum(axis=0)
        path.append((W, accuracy((W, b), X_test, y_test)))
    return path

def mosaic(W):
    """The ten templates (10, 64) as one picture (20, 50), two rows of five"""
    framed = np.pad(W.reshape(2, 5, 8, 8), [(0, 0), (0, 0), (1, 1), (1, 1)])
    return framed.transpose(0, 2, 1, 3).reshape(20, 50)

PATHS = {name: solution_path(*PENALTIES[name]) for name in ("L1", "L2", "elastic net")}
used = {name: np.array([(W != 0).sum() for W, _ in path]) for name, path in PATHS.items()}
read = {name: np.array([acc for _, acc in path]) for name, path in PATHS.items()}
assert used["L1"][read["L1"] >= 0.9].min() < 160 and used["L2"].min() > 500
assert used["L1"][STRENGTHS == -1] == 0 and np.abs(PATHS["L2"][0][0]).max() < 0.05 and read["L2"][0] > 0.75
assert all(values[-1] > values.max() - 0.01 for values in read.values())     # the weakest reads best

# %%
@explore(kind=choice("penalty", PATHS, "L1"), columns=2, size=(8.4, 2.9),
         strength=slider("strength, log₁₀ λ", -4.0, 0.0, -2.0, step=0.25))
def penalties(axes, kind, strength):
    W, acc = PATHS[kind][i := np.abs(STRENGTHS - strength).argmin()]
    plots.image(axes[0], mosaic(W), signed=True, limit=1.5)
    for k in range(10):
        axes[0].text(10 * (k % 5) - 0.5, 10 * (k // 5) + 1.5, k, fontsize=9)
    axes[1].plot(STRENGTHS, read[kind], color=plots.COLORS["test"])
    axes[1].plot(STRENGTHS, used[kind] / 640, color=plots.COLORS["truth"])
    axes[1].axvline(strength, color=plots.ink(), linewidth=1)
    axes[1].set(xlim=(-4, 0), ylim=(0, 1.05), xlabel="log₁₀ λ", ylabel="share")
    plots.label(axes[1], -0.1, 0.6, "test digits read", color=plots.COLORS["test"], ha="right")
    plots.label(axes[1], -0.1, 0.48, "weights not 0", color=plots.COLORS["truth"], ha="right")
    goal = " Nine tenths, and few weights." if acc >= 0.9 and used[kind][i] < 160 else ""
    return (f"{kind}, λ = {10 ** strength:.2g}: {used[kind][i]} of 640 weights are not 0, the largest is "
            f"{np.abs(W).max():.2f}; reads {acc:.3f}.{goal}")
penalties

# %% [markdown]
# <details><summary>What happens, and why</summary>
#
# L1 at λ = 0.01 reads nine tenths with about a fifth of the weights; at λ = 0.1 it has removed them all, and
# what is left are the biases. L2 keeps every pixel that is ever inked, and its templates fade without
# changing much: at λ = 1 the largest weight is 0.03, and it still reads four fifths of the digits, since only
# the *order* of the scores matters. Towards the left nothing gets worse: on these digits no penalty improves
# the test accuracy.
# </details>
#
# ## Three ways to make ten classes out of two
#
# Softmax is not the only way to tell many classes apart. Two others are made of classifiers for two classes:
#
# - **One-vs-rest**: $K$ classifiers, "is it a 3 or not?". The highest score wins.
# - **One-vs-one**: $K(K-1)/2$ classifiers, "is it a 3 or a 5?", each trained on those two classes only. They
#   vote.
# - **One classifier with $K$ outputs**: softmax, trained as a whole.

# %%
for K in (3, 10, 100, 20_000):
    print(f"{K:6,} classes: one-vs-rest {K:6,} classifiers, one-vs-one {K * (K - 1) // 2:11,}, softmax one")
assert 10 * 9 // 2 == 45 and 20_000 * 19_999 // 2 == 199_990_000
counts = np.bincount(y_train)
pairs = [(i, j) for i in range(10) for j in range(i + 1, 10)]
touched = sum(counts[i] + counts[j] for i, j in pairs)
print(f"training examples looked at, digits: one-vs-rest {10 * len(y_train):,}, one-vs-one {touched:,}")
assert touched == 9 * len(y_train)

# %% [markdown]
# One-vs-one "scales poorly", say the notes. That is true of the *number* of classifiers: 200 million for
# ImageNet's 20,000 classes. It is not true of the training: every example takes part in $K - 1$ small
# problems, where one-vs-rest puts it into $K$ large ones.
#
# ### Your turn: count the votes (core)
#
# <details><summary>Hint 1</summary>Make a table of votes (N, K) of zeros, and go through the pairs.</details>
# <details><summary>Hint 2</summary>In column p of <code>first_wins</code>, True is a vote for the first class
# of pair p, False (<code>~</code>) one for the second. <code>argmax</code> takes the lowest class in a
# tie.</details>

# %%
def vote(pairs, first_wins, K):
    """pairs (P, 2), first_wins (N, P) of True and False -> class with most votes (N,), first in a tie"""
    ...                                                # your code here

check("vote", vote)

# %% tags=["solution"] jupyter={"source_hidden": true}
def vote_solution(pairs, first_wins, K):
    votes = np.zeros((len(first_wins), K), dtype=int)
    for (i, j), wins in zip(pairs, first_wins.T):
        votes[:, i] += wins
        votes[:, j] += ~wins
    return votes.argmax(axis=1)

check("vote", vote_solution)

# %% [markdown]
# The notes say that one-vs-one performs about the same as one-vs-rest. All three on the digits, five splits,
# with equal settings:

# %% tags=["concept:one-vs-rest", "concept:one-vs-one", "concept:single-multi-output"]
def duels(X, y):
    """A template and a bias for every pair (i, j), positive for i: W (45, D), b (45,)"""
    parts = []
    for i, j in pairs:
        chosen = (y == i) | (y == j)
        parts.append(train(X[chosen], (y[chosen] == i)[:, None], sigmoid_loss))
    return np.concatenate([w for w, _ in parts]), np.concatenate([b for _, b in parts])

rows, claims = [], []
first, second = np.array(pairs).T
for seed in range(5):
    X, X_new, y, y_new = datasets.split(digits.X / 16, digits.y, rng=seed)
    rest = linear(train(X, one_hot(y, 10), sigmoid_loss), X_new)               # ten questions of yes or no
    single = linear(train(X, y, softmax_loss), X_new)
    wins = linear(duels(X, y), X_new) > 0                                      # (N, 45)
    votes = wins @ one_hot(first, 10) + ~wins @ one_hot(second, 10)            # (N, 10)
    rows.append([np.mean(s.argmax(axis=1) == y_new) for s in (rest, votes, single)])
    claims.append([((rest > 0).sum(axis=1) == 0).mean(), ((rest > 0).sum(axis=1) > 1).mean()])
ovr, ovo, multi = np.array(rows).T
print(f"one-vs-rest    650 parameters {ovr.mean():.3f}")
print(f"one-vs-one   2,925 parameters {ovo.mean():.3f}")
print(f"multi-output   650 parameters {multi.mean():.3f}")
assert (ovo > np.maximum(ovr, multi)).all() and np.mean(ovo - ovr) > 0.01 and abs(np.mean(ovr - multi)) < 0.01
nobody, several = np.mean(claims, axis=0)
print(f"one-vs-rest: {nobody:.0%} of the test digits are claimed by no classifier, {several:.0%} by several")
assert (np.array(claims) > 0.01).all()

# %% [markdown]
# Not the same: on these digits one-vs-one is better in each of the five splits. It has four and a half times
# as many parameters: 45 boundaries that can be placed one by one, where ten templates have only their
# differences. One-vs-rest and multi-output are less than a point apart. One-vs-rest has a peculiarity: its
# classifiers do not know of each other, so some digits are claimed by none and some by several. The highest
# score still decides. With softmax the outputs are tied together: they sum to 1, and what one class gains the
# others lose.
#
# ## Several labels at once need sigmoids
#
# **Multi-class** means exactly one label for each input; **multi-label** means any number: the things in a
# photograph, the topics of a text. Softmax cannot say that, as its probabilities share one whole: no two of
# them can both exceed ½. The remedy is a sigmoid for every label, and a label row with any number of ones
# instead of a one-hot row. Below, each picture has two places, each holding a digit or nothing. Which digits
# are there?

# %% tags=["concept:multiclass-vs-multilabel", "concept:multilabel-sigmoid"]
def two_places(X, y, n, rng):
    """n pictures (n, 128) of 8×16 pixels and their labels (n, 10), with zero, one or two ones in a row"""
    pick, there = rng.integers(len(X), size=(n, 2)), rng.random((n, 2)) < 0.75
    halves = X[pick].reshape(n, 2, 8, 8) * there[:, :, None, None]
    labels = (one_hot(y, 10)[pick] * there[:, :, None]).max(axis=1)
    return np.concatenate([halves[:, 0], halves[:, 1]], axis=2).reshape(n, 128), labels

X, Y = two_places(X_train, y_train, 2000, rng)
X_new, Y_new = two_places(X_test, y_test, 1000, rng)
sigmoids = expit(linear(train(X, Y, sigmoid_loss), X_new))
spread = np.maximum(Y.sum(axis=1, keepdims=True), 1)           # softmax wants a truth that sums to 1
shared = train(X, Y / spread, lambda s, P: (0, (np.exp(log_softmax(s)) - P) / len(P)))
softmaxed = np.exp(log_softmax(linear(shared, X_new)))
two = Y_new.sum(axis=1) == 2
exact = [np.mean(((P > 0.5) == Y_new)[two].all(axis=1)) for P in (sigmoids, softmaxed)]
print(f"two digits there, exactly these two named: sigmoids {exact[0]:.2f}, softmax {exact[1]:.2f}")
assert exact[1] == 0 and exact[0] > 0.4 and ((softmaxed > 0.5).sum(axis=1) <= 1).all()
half = ((sigmoids > 0.5) == Y_new).all(axis=1).mean()
best = max(((softmaxed > t) == Y_new).all(axis=1).mean() for t in np.linspace(0.05, 0.5, 46))
print(f"all pictures: sigmoids {half:.2f}, softmax at its best threshold {best:.2f}")
assert half > best

# %%
fig, axes = plots.figure(4, 2, size=(8.4, 2.9))
for i, n in enumerate([*np.flatnonzero(two)[:3], np.flatnonzero(Y_new.sum(axis=1) == 0)[0]]):
    plots.image(axes[i], X_new[n].reshape(8, 16), limit=1)
    for values, color in ((sigmoids[n], plots.CLASS_COLORS[0]), (softmaxed[n], plots.CLASS_COLORS[1])):
        axes[4 + i].plot(range(10), values, "o", color=color)
    axes[4 + i].axhline(0.5, color=plots.COLORS["truth"], linewidth=1, linestyle="--")
    axes[4 + i].set(xticks=range(10), ylim=(-0.05, 1.05), xlabel="digit")
axes[4].set_ylabel("probability")
plots.label(axes[7], 0, 0.8, "sigmoids", color=plots.CLASS_COLORS[0])
plots.label(axes[7], 0, 0.62, "softmax", color=plots.CLASS_COLORS[1])
plots.show(fig, "Three pictures with two digits and an empty one: sigmoids can name two, one or none; "
                "softmax shares out one whole.")

# %% [markdown]
# A lower threshold helps softmax to name two, but it cannot know how many there are: even the threshold that
# suits these very pictures best leaves it behind the sigmoids at ½.
#
# ## A change of features can make a ring separable
#
# No straight line separates a ring from what is inside it. A straight line in *other coordinates* may. With
# the distance $r = \sqrt{x_1^2 + x_2^2}$ and the angle $\theta$ of each point instead of $x_1, x_2$, the ring
# lies to the right of a line.

# %% tags=["concept:feature-transform"]
X_ring, y_ring = datasets.circles(200, noise=0.2, rng=1)

def polar(X, centre=(0, 0)):
    """points X (N, 2) -> distance and angle from `centre` (N, 2)"""
    dx, dy = (X - centre).T
    return np.stack([np.hypot(dx, dy), np.arctan2(dy, dx)], axis=1)

def linear_fit(X, y):
    """(w, b, accuracy) of a linear classifier for two classes"""
    w, b = train(X, (y == 1)[:, None], sigmoid_loss, lr=0.5)
    return w, b, np.mean((linear((w, b), X)[:, 0] > 0) == y)

straight, bent = linear_fit(X_ring, y_ring)[2], linear_fit(polar(X_ring), y_ring)[2]
print(f"a straight line in x₁, x₂: {straight:.2f}     in r, θ: {bent:.2f}")
assert straight < 0.65 and bent > 0.95

# %% [markdown]
# ### Try it: polar coordinates need a centre
#
# **Before you drag the star:** how far from the middle may the centre be before the accuracy falls below
# 0.90? **Goal:** find out, once to the right and once straight up. The two differ: why? The picture on the
# right is what the linear classifier sees.

# %%
GRID = plots.mesh((-3, 3), (-3, 3), n=40)

@explore(centre=point("centre", (0.9, 0.0), (-2, 2), (-2, 2)), columns=2, size=(8.4, 3.7))
def ring(axes, centre):
    features = polar(X_ring, centre)
    w, b, acc = linear_fit(features, y_ring)
    plots.decision(axes[0], GRID, expit(linear((w, b), polar(GRID.points, centre))))
    plots.scatter(axes[0], X_ring, y_ring, size=14)
    axes[0].plot(*centre, "*", color=plots.ink(), markersize=16, zorder=5)
    plots.scatter(axes[1], features, y_ring, size=14)
    axes[1].plot(-(w[0, 1] * np.array([-4, 4]) + b) / w[0, 0], [-4, 4], color=plots.ink(), linewidth=1.5)
    axes[0].set(xlabel="x₁", ylabel="x₂")
    axes[1].set(xlim=(0, 6), ylim=(-3.3, 3.3), xlabel="distance r from the star", ylabel="angle θ")
    goal = ", nine tenths or more." if acc >= 0.9 else "."
    return f"Centre ({centre[0]:.1f}, {centre[1]:.1f}): a line in r, θ has accuracy {acc:.3f}{goal}"
ring

# %% [markdown]
# <details><summary>What happens, and why</summary>
#
# To the right less than half a unit is forgiven: seen from there the rings bend in $r$, and a straight line
# cannot follow. Straight up it is 0.7, since there the bend looks more like a slant, and a slanted line in
# $r, \theta$ (a spiral on the left) follows it. A hand-made feature knows something about the problem (here:
# a circle, and where its middle is) and works as far as that is true.
# </details>
#
# ## A colour histogram forgets where, HoG forgets colour
#
# For photographs people built features by hand for decades. The simplest is the **colour histogram**: cut
# each of red, green and blue into four levels, which makes 64 colours, and count how many pixels have each.
# It ignores all positions.

# %% tags=["concept:color-histogram"]
def color_histogram(picture):
    """picture (H, W, 3) of 0 … 255 -> the share of each of 64 colours (64,)"""
    color = (picture // 64).astype(int) @ [16, 4, 1]           # (H, W), 0 to 63
    return np.bincount(color.ravel(), minlength=64) / color.size

PALETTE = (np.stack(np.unravel_index(np.arange(64), (4, 4, 4)), axis=1) * 64 + 32) / 255       # (64, 3)

def draw_colors(ax, histogram, ylim=(0, 1)):
    ax.set_facecolor("#8C8C8C")
    there = np.flatnonzero(histogram)
    ax.vlines(there, 0, histogram[there], colors=PALETTE[there], linewidth=3.2)
    ax.set(xlim=(-1.5, 64.5), ylim=ylim, xlabel="colour, 0 to 63", ylabel="share of pixels")

china, flower = datasets.photograph("china"), datasets.photograph("flower")
scrambled = rng.permutation(china.reshape(-1, 3)).reshape(china.shape)
assert np.array_equal(color_histogram(china), color_histogram(scrambled))
fig, axes = plots.figure(3, size=(8.4, 2.3), width_ratios=[1, 1, 1.1])
plots.image(axes[0], china[::2, ::2])                  # drawn at half size, to keep the page light
plots.image(axes[1], scrambled[::4, ::4])
draw_colors(axes[2], color_histogram(china), ylim=(0, 0.5))
plots.show(fig, "The photograph, and its pixels in random order, have one and the same colour histogram "
                f"({datasets.PHOTO_CREDITS['china']}).")

# %% [markdown]
# The **histogram of oriented gradients** (HoG) does the opposite: it looks at edges and keeps roughly where
# they are.
#
# 1. At every pixel take the slope of the brightness, $g_x$ to the right and $g_y$ downwards: strength
#    $\sqrt{g_x^2 + g_y^2}$, angle $\theta$ of $(g_x, g_y)$ taken modulo 180°, so that dark-to-light and
#    light-to-dark count as one.
# 2. Divide the image into cells of 8×8 pixels.
# 3. In every cell make a histogram of the angles, each pixel counted with its strength. With 8 directions,
#    bin $k$ is centred at $k\cdot 22.5°$.
#
# By hand: a cell that is 0 on the left and 1 on the right. NumPy's slope is half the difference of the two
# neighbours, ½ in the two middle columns: 16 pixels of strength ½, all with angle 0°. The edge itself runs
# upright, across its slope.

# %% tags=["concept:hog"]
cell = np.zeros((8, 8))
cell[:, 4:] = 1
gy, gx = np.gradient(cell)                             # rows first: downwards, then to the right
strength, angle = np.hypot(gx, gy), np.degrees(np.arctan2(gy, gx)) % 180
print("strengths in a row:", strength[0], "  in all:", strength.sum(), "  angle:", angle[0, 4])
assert strength.sum() == 8 and np.unique(angle[strength > 0]) == [0]

# %% [markdown]
# ### Your turn: one cell of HoG (stretch)
#
# <details><summary>Hint 1</summary>The number of the bin is the angle divided by the width of a bin, rounded.
# What should happen to 179°?</details>
# <details><summary>Hint 2</summary><code>np.bincount(bin.ravel(), weights=strength.ravel(),
# minlength=bins)</code> adds up strengths by bin.</details>

# %%
def hog_cell(gx, gy, bins):
    """slopes gx, gy (H, W) -> strengths added up by direction (bins,); bin k is centred at k · 180°/bins"""
    ...                                                # your code here

check("hog_cell", hog_cell)

# %% tags=["solution"] jupyter={"source_hidden": true}
def hog_cell_solution(gx, gy, bins):
    angle = np.degrees(np.arctan2(gy, gx)) % 180
    bin = np.rint(angle / (180 / bins)).astype(int) % bins
    return np.bincount(bin.ravel(), np.hypot(gx, gy).ravel(), minlength=bins)

check("hog_cell", hog_cell_solution)

# %% [markdown]
# The whole image without a loop over cells: a table of votes (H, W, bins), cut to whole cells, reshaped so
# that each cell has axes of its own, and summed over them.

# %% tags=["concept:hog"]
def hog(grey, cell=8, bins=8):
    """grey (H, W) -> histograms of directions (H // cell, W // cell, bins); what fills no cell is left out"""
    gy, gx = np.gradient(grey.astype(float))
    bin = np.rint(np.degrees(np.arctan2(gy, gx)) % 180 / (180 / bins)).astype(int) % bins
    votes = np.hypot(gx, gy)[:, :, None] * (bin[:, :, None] == np.arange(bins))
    rows, cols = grey.shape[0] // cell, grey.shape[1] // cell
    return votes[:rows * cell, :cols * cell].reshape(rows, cell, cols, cell, bins).sum(axis=(1, 3))

grey = china.mean(axis=2)
H = hog(grey)
gy, gx = np.gradient(grey)
for r, c in ((0, 0), (20, 25), (52, 79)):              # three cells, one by one
    part = slice(8 * r, 8 * r + 8), slice(8 * c, 8 * c + 8)
    bin = np.rint(np.degrees(np.arctan2(gy[part], gx[part])) % 180 / 22.5).astype(int) % 8
    assert np.allclose(H[r, c], np.bincount(bin.ravel(), np.hypot(gx, gy)[part].ravel(), minlength=8))
small = grey[:240, :320]                               # 240 rows, 320 columns: "320×240"
print(f"320×240: {hog(small).shape}, {hog(small).size:,} numbers; with 9 bins {hog(small, bins=9).size:,}")
print("the whole photograph, 427 rows by 640 columns:", H.shape)
assert hog(small).shape == (30, 40, 8) and hog(small).size == 9_600 and hog(small, bins=9).size == 10_800

# %% [markdown]
# The lecture says 8 directions and 10,800 numbers: $40 \cdot 30 \cdot 9 = 10{,}800$ belongs to 9 directions,
# which is what Dalal and Triggs used; with 8 it is 9,600. Drawn as a stroke along the strongest edge of each
# cell:

# %%
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle

def strokes(ax, H, cell=8):
    """A stroke a cell along its strongest edge, as long as that is strong"""
    rows, cols, bins = H.shape
    centre = np.stack(np.meshgrid(np.arange(cols), np.arange(rows)), axis=-1) * cell + cell / 2
    along = np.radians(H.argmax(axis=2) * 180 / bins + 90)     # an edge runs across its slope
    length = cell / 2 * np.minimum(1, H.max(axis=2) / np.quantile(H.max(axis=2), 0.95))
    tip = np.stack([np.cos(along), np.sin(along)], axis=-1) * length[:, :, None]
    lines = np.stack([centre - tip, centre + tip], axis=2).reshape(-1, 2, 2)
    ax.add_collection(LineCollection(lines, colors=plots.ink(), linewidths=0.9))
    ax.set(xlim=(0, cols * cell), ylim=(rows * cell, 0), aspect="equal")
    ax.axis("off")

fig, axes = plots.figure(2, 2, size=(7.2, 4.8))
for i, photo in enumerate((china, flower)):
    plots.image(axes[2 * i], photo[::2, ::2])
    strokes(axes[2 * i + 1], hog(photo.mean(axis=2)))
plots.show(fig, "The photographs and their edges, a stroke a cell: shape and texture stay, colour goes "
                f"({datasets.PHOTO_CREDITS['flower']}).")

# %% [markdown]
# ### Try it: what two features see of a window
#
# Drag the window over the photograph (drawn and measured at half size). **Before you drag:** where in the
# photograph of the tower is there a window with almost one colour and hardly an edge? **Goal:** find two
# windows with nearly the same colours and quite different directions.

# %%
SMALL = {"china": china[::2, ::2], "flower": flower[::2, ::2]}

def cut(picture, centre, side):
    """The window of `side` pixels around `centre` that lies inside the picture, and its left and top"""
    left, top = (int(min(max(v - side / 2, 0), most - side)) for v, most in zip(centre, picture.shape[1::-1]))
    return picture[top:top + side, left:left + side], left, top

def draw_edges(ax, histogram):
    """A stroke for each direction of edges; a mean strength of 8 has length 1"""
    along = np.radians(np.arange(len(histogram)) * 180 / len(histogram) + 90)
    length = np.minimum(1, histogram / 8)
    tips = np.stack([length * np.cos(along), length * np.sin(along)], axis=1)
    ax.add_collection(LineCollection(np.stack([-tips, tips], axis=1), colors=plots.ink(), linewidths=3))
    ax.set(xlim=(-1.1, 1.1), ylim=(1.1, -1.1), aspect="equal", title="edges by direction")
    ax.axis("off")

trees, tower = (cut(SMALL["china"], centre, 32)[0] for centre in ((168, 192), (120, 136)))
assert np.abs(color_histogram(trees) - color_histogram(tower)).sum() / 2 < 0.25
a, b = (hog(part.mean(axis=2)).sum(axis=(0, 1)) for part in (trees, tower))
assert (a / a.sum()).max() < 0.16 and (b / b.sum())[4] > 0.4       # bin 4: level edges

# %%
@explore(photo=choice("photograph", SMALL), where=point("window", (118, 80), (0, 319), (0, 213)),
         side=slider("its side, pixels", 8, 64, 32, step=8), columns=3, size=(8.4, 2.7))
def window(axes, photo, where, side):
    part, left, top = cut(SMALL[photo], where, side)
    edges, colors = hog(part.mean(axis=2)).sum(axis=(0, 1)) / side ** 2, color_histogram(part)
    axes[0].imshow(SMALL[photo], interpolation="nearest")
    for color, width in (("black", 4), ("white", 2)):
        axes[0].add_patch(Rectangle((left, top), side, side, fill=False, edgecolor=color, linewidth=width))
    axes[0].axis("off")
    draw_colors(axes[1], colors)
    draw_edges(axes[2], edges)
    calm = ", hardly an edge." if edges.sum() < 2 else "."
    return f"Window at ({left}, {top}): {(colors > 0.02).sum()} colours; edge strength {edges.sum():.1f}{calm}"
window

# %% [markdown]
# <details><summary>What happens, and why</summary>
#
# The sky has one or two colours and hardly an edge. Now compare the windows around (168, 192), in the trees,
# and (120, 136), on the tower, with side 32: three quarters of their pixels have the same colours, but the
# leaves have edges in all directions alike, and of the tower's edges four tenths are level. Neither feature
# says *what* is in the window. Each keeps one thing and throws the rest away, on purpose.
# </details>
#
# ## The feature must fit the question, or be learned
#
# Two questions. *From which of the two photographs is this 32×32 patch?* (Trained on the left halves, tested
# on the right ones, and the other way round.) *Which digit is this?*, with the digits shifted by up to two
# pixels on a larger canvas. Each is answered by a linear classifier on top of a feature.

# %%
def patches(photo, start, stop, side=32):
    """Patches of the photograph from column `start` to `stop`, one every 16 pixels"""
    return [photo[r:r + side, c:c + side] for r in range(0, len(photo) - side + 1, 16)
            for c in range(start, stop - side + 1, 16)]

def hog_vector(grey, cell):
    H = hog(grey, cell).ravel()
    return H / (np.linalg.norm(H) + 1e-3)              # the length says only how much contrast there is

left, right = [patches(china, *half) + patches(flower, *half) for half in ((0, 320), (320, 640))]
which = np.repeat([0, 1], len(left) // 2)
features = {"colour histogram": color_histogram, "HoG": lambda patch: hog_vector(patch.mean(axis=2), 8)}
for name, feature in features.items():
    A, B = datasets.standardize(np.array([feature(p) for p in left]), np.array([feature(p) for p in right]))
    found = []
    for X, X_new in ((A, B), (B, A)):
        model = train(X, which[:, None], sigmoid_loss, lr=0.1)
        found.append(np.mean((linear(model, X_new)[:, 0] > 0) == which))
    print(f"which photograph? {name:16} {found[0]:.2f}, and with the halves swapped {found[1]:.2f}")
    assert min(found) > 0.9 if name != "HoG" else max(found) < 0.8

# %% [markdown]
# Colour settles it: the two photographs have different colours, and that is all this test shows. The digits
# have no colour, and their pixels have positions that a template depends on. For comparison, the last row
# *learns* its features: a network with 64 hidden units, from scikit-learn, until we build one in
# [Neural networks](04_neural_networks.ipynb).

# %% tags=["concept:features-vs-learned"]
from sklearn.neural_network import MLPClassifier

def canvas(X, most, rng):
    """digits X (N, 64) on 16×16 pixels (N, 16, 16), each shifted by up to `most` pixels"""
    out = np.zeros((len(X), 16, 16))
    for image, x, (dy, dx) in zip(out, X, rng.integers(-most, most + 1, size=(len(X), 2))):
        image[4 + dy:12 + dy, 4 + dx:12 + dx] = x.reshape(8, 8)
    return out

table = np.zeros((3, 2, 3))                            # seed, shift, feature
for seed in range(3):
    X, X_new, y, y_new = datasets.split(digits.X / 16, digits.y, rng=seed)
    for i, most in enumerate((0, 2)):
        A, B = (canvas(Z, most, np.random.default_rng(seed)) for Z in (X, X_new))
        pixels, new_pixels = A.reshape(len(A), -1), B.reshape(len(B), -1)
        edges, new_edges = (np.array([hog_vector(image, 4) for image in Z]) for Z in (A, B))
        network = MLPClassifier((64,), learning_rate_init=0.01, max_iter=300, tol=0.01, random_state=seed)
        table[seed, i] = (accuracy(train(pixels, y, softmax_loss, steps=200), new_pixels, y_new),
                          accuracy(train(edges, y, softmax_loss, lr=10, steps=300), new_edges, y_new),
                          network.fit(pixels, y).score(new_pixels, y_new))
names = "pixels, linear", "HoG, linear", "learned features"
for name, (still, shifted) in zip(names, table.mean(axis=0).T):
    print(f"{name:17} centred {still:.2f}   shifted {shifted:.1f}")
(still_pixels, still_hog, _), (pixels, edges, network) = table.transpose(1, 2, 0)
assert (still_pixels > still_hog).all() and (edges > pixels + 0.2).all() and (network > edges).all()
assert (edges < still_hog - 0.1).all()

# %% [markdown]
# Where the digits stay in place, raw pixels beat HoG: it throws away what was useful. When they move, a
# classifier of pixels reads only a third of them, and HoG, "robust to small image changes" as the lecture
# says, about two thirds: more robust, not unmoved. The features that were learned from the same images beat
# both, in each of three splits, though nobody told them about edges. Before 2012 most image recognition was a
# hand-made feature with a linear classifier on top; since then both are trained together, and the last layer
# of nearly every network is still the classifier of this notebook.
#
# ## Where linear stops
#
# A feature helps when one knows which. What no linear classifier can do, without one: let
# $s(x) = w\cdot x + b$ be positive for the corners $(1, 1)$ and $(-1, -1)$ of a square, and negative for the
# other two. The corners of each pair add up to 0, so both pairs have the same sum of scores, $2b$. One sum
# should be positive, the other negative: impossible. That is **XOR**.

# %% tags=["concept:linear-limits"]
corners, same_sign = np.array([[1, 1], [-1, -1], [1, -1], [-1, 1]]), np.array([1, 1, 0, 0])
lines = rng.normal(size=(100_000, 3))                                          # w₁, w₂, b
right = ((lines[:, :2] @ corners.T + lines[:, 2:] > 0) == same_sign).mean(axis=1)
X, y = datasets.xor(300, noise=0.2, rng=0)
product = np.column_stack([X, X[:, 0] * X[:, 1]])                              # one more feature, x₁ · x₂
print(f"best of 100,000 lines on the four corners: {right.max():.2f}")
print(f"noisy XOR: x₁, x₂ {linear_fit(X, y)[2]:.2f}   with x₁·x₂ {linear_fit(product, y)[2]:.2f}")
assert right.max() == 0.75 and linear_fit(X, y)[2] < 0.7 and linear_fit(product, y)[2] > 0.9

# %% [markdown]
# The same limit in three forms, all measured above: a ring (0.5 to 0.6 in $x_1, x_2$), XOR, and "even or odd"
# with one template for five shapes. In each the cure was a feature that someone thought of: the radius, the
# product, the ten digits. The next part lets a network find them.
#
# ## Summary
#
# | learned | in a line | shown in |
# |---|---|---|
# | `linear-scores`, `templates` | $s = Wx + b$; the rows of $W$ are pictures | [one picture a class](#A-linear-classifier-is-one-picture-and-one-number-a-class), [the digits](#Two-losses,-one-result-on-the-digits) |
# | `softmax`, `softmax-generalizes-sigmoid` | $e^{s_k}/\sum e^{s_j}$; two classes: $\sigma(s_1 - s_2)$ | [softmax](#Softmax-turns-scores-into-probabilities) |
# | `cross-entropy`, `max-likelihood`, `one-hot`, `ce-distribution-distance`, `categorical-reduces-to-binary` | $-\log p_y$, slope $p_k - [k = y]$ | [the log of the truth](#The-loss-is-minus-the-log-of-the-probability-of-the-truth) |
# | `svm-hinge`, `ce-vs-svm` | $\sum\max(0, s_j - s_y + 1)$; content once ahead by 1 | [hinge](#The-hinge-loss-asks-for-a-margin,-then-stops), [polls](#The-two-losses-disagree-about-examples-that-are-right) |
# | `hinge-scale-ambiguity` | $2W$ lowers the loss and changes no answer | [doubling](#Doubling-W-removes-the-loss-and-improves-nothing) |
# | `regularization-l2`, `regularization-l1`, `elastic-net` | shrink by a factor; by an amount; both | [penalties](#L2-shrinks-all-weights,-L1-removes-some,-the-elastic-net-does-both) |
# | `one-vs-rest`, `one-vs-one`, `single-multi-output` | $K$, $K(K-1)/2$, 1 classifiers | [three ways](#Three-ways-to-make-ten-classes-out-of-two) |
# | `multiclass-vs-multilabel`, `multilabel-sigmoid` | one label: softmax; any number: sigmoids | [several labels](#Several-labels-at-once-need-sigmoids) |
# | `feature-transform` | a ring is a line in $r, \theta$ | [the ring](#A-change-of-features-can-make-a-ring-separable) |
# | `color-histogram`, `hog` | colours without places; edges by cell | [two features](#A-colour-histogram-forgets-where,-HoG-forgets-colour) |
# | `features-vs-learned`, `linear-limits` | the feature must fit the question | [fit or learn](#The-feature-must-fit-the-question,-or-be-learned), [limits](#Where-linear-stops) |
#
# **What breaks**: $e^{1000}$; the log of a probability that became 0; labels from 1 to $K$ instead of 0 to
# $K-1$; softmax where several labels can be true; a hinge loss without a penalty; one template for a class of
# many shapes.
#
# **What the field does today**: the last layer of a classifying network is linear, trained with softmax and
# cross-entropy on scores, never on probabilities; multi-label networks end in sigmoids; L2 lives on as weight
# decay. The hinge loss and one-vs-one live on in support vector machines.
#
# ## Where the lectures differ
#
# - B gives HoG 8 directions and 10,800 numbers; that is the size for 9. With 8 it is 9,600
#   ([above](#A-colour-histogram-forgets-where,-HoG-forgets-colour)).
# - B: the cross-entropy of [10, −100, −100] is above 0, changes when the scores are nudged and falls when 10
#   becomes 20. True on paper; float64 prints exactly 0 each time
#   ([above](#The-two-losses-disagree-about-examples-that-are-right)).
# - B: HoG is robust to small image changes. More than pixels are; a shift of up to two pixels still costs it
#   more than a tenth of the digits ([above](#The-feature-must-fit-the-question,-or-be-learned)).
# - A: one-vs-one performs about the same as one-vs-rest. On the digits it is better in five of five splits,
#   by more than a point ([above](#Three-ways-to-make-ten-classes-out-of-two)).
# - A: cross-entropy quantifies the difference between two distributions. It is that difference plus the
#   entropy of the truth: 0 for equal distributions only when the truth is one-hot
#   ([above](#The-loss-is-minus-the-log-of-the-probability-of-the-truth)).
# - A: one-hot coding maps categories "to single continuous output". It maps each to $K$ numbers
#   ([above](#The-loss-is-minus-the-log-of-the-probability-of-the-truth)).
# - A: with one output a class, "each output continues to act as a binary classifier". With softmax the
#   outputs are tied: raise one score, and all other probabilities fall
#   ([above](#Softmax-turns-scores-into-probabilities)).
#
# ## An open task
#
# Cross-entropy pulls on every example for ever, the hinge loss only on those within the margin. Train both on
# the digits and collect the training images whose slopes are not 0 at the end: the SVM's **support vectors**.
# How many are there? Train again on them alone: does the SVM change? Does softmax, trained on the same few?
# Look at them: what do they have in common?
#
# ## References
#
# - C. Cortes, V. Vapnik, *Support-vector networks*, 1995. J. Weston, C. Watkins, *Support vector machines for
#   multi-class pattern recognition*, 1999 (this hinge loss).
# - J. Bridle, *Probabilistic interpretation of feedforward classification network outputs*, 1990 (softmax).
# - R. Tibshirani, *Regression shrinkage and selection via the lasso*, 1996. H. Zou, T. Hastie,
#   *Regularization and variable selection via the elastic net*, 2005.
# - D. Lowe, *Object recognition from local scale-invariant features*, 1999. N. Dalal, B. Triggs, *Histograms
#   of oriented gradients for human detection*, 2005.
# - R. Rifkin, A. Klautau, *In defense of one-vs-all classification*, 2004.
# - A. Krizhevsky, I. Sutskever, G. Hinton, *ImageNet classification with deep convolutional neural networks*,
#   2012.
