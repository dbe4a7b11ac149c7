# %% [markdown]
# # Logistic regression: learning is walking downhill
#
# A thin needle draws a few cells from a lump in the breast, and thirty measurements are taken of their
# nuclei. Is the tumour malignant? In this notebook a rule is *learned* from 427 tumours whose answer is
# known, and tried on 142 others.
#
# First a prediction. We train one and the same model twice, on the same tumours, step by step in the same
# way. The first time the thirty features come in the units they were measured in. The second time each is
# shifted and scaled, so that its mean is 0 and its standard deviation 1. That throws nothing away: every
# rule that can be written in the one set of units can be written in the other.
#
# **Will the two be equally good after 10 steps? After 1,000?** Make a guess before you run the next two
# cells.
#
# ### What you will be able to do
#
# - *derive* the gradient of logistic regression, and prove it in two more ways;
# - *build* the model from nothing: sigmoid, cost, gradient, training loop;
# - *choose* a learning rate and a stopping point by looking at the cost;
# - *report* an accuracy that means something: on examples the model has never seen;
# - *diagnose* which of three faults a disappointing model has.
#
# It builds on [Welcome](00_welcome.ipynb) and takes two to three hours with the exercises. It follows
# "Machine learning and logistic regression" in the full note set, "Logistic regression revisited" in the
# lecture of a statistics course, and the binary loss in the lecture of an applied course.

# %%
try:
    import nblib
except ModuleNotFoundError:                                # another Jupyter, without the course's packages
    raise ModuleNotFoundError("this kernel has no nblib: open the course with python3 start.py") from None

import numpy as np
from nblib import datasets, plots
from nblib.checks import gradient_check, numeric_gradient
from nblib.exercises import e01_logistic_regression as course           # the course's own versions of what you will write
from nblib.exercises.e01_logistic_regression import check
from nblib.widgets import choice, explore, live, log_slider, point, slider, toggle
plots.use_style()
rng = np.random.default_rng(0)

# %%
cancer = datasets.breast_cancer()
malignant = (cancer.y == 0).astype(int)             # 1: malignant, 0: benign
X_train, X_test, y_train, y_test = datasets.split(cancer.X, malignant, rng=0)
S_train, S_test = datasets.standardize(X_train, X_test)

def held_out_accuracy(train, test, lr, steps):
    w, b = course.train(train, y_train, lr, steps)  # by the end you have written `train` yourself
    return np.mean((test @ w + b > 0) == y_test)

steps = [1, 3, 10, 30, 100, 300, 1000]
curves = {"as measured": [held_out_accuracy(X_train, X_test, 4e-6, n) for n in steps],
          "mean 0, deviation 1": [held_out_accuracy(S_train, S_test, 1.0, n) for n in steps]}
raw, scaled = curves.values()
assert scaled[2] > 0.95 and max(raw[:3]) < 0.5 and raw[-1] < 0.9
fig, ax = plots.figure(size=(6.6, 3.3))
for (name, curve), color in zip(curves.items(), (plots.COLORS["truth"], plots.ink())):
    ax.semilogx(steps, curve, "o-", color=color, label=name)
ax.axhline(0.627, color=plots.ink(), linewidth=1, linestyle=":")
plots.label(ax, 1, 0.645, "always answering “benign”", fontsize=10)
ax.set(xlabel="training steps", ylabel="held-out tumours right", ylim=(0.3, 1.02), xlim=(0.9, 1100))
plots.label_lines(ax)
plots.show(fig, f"Accuracy on 142 tumours never seen: {scaled[-1]:.2f} after 1,000 steps in standard "
                f"units, {raw[-1]:.2f} as measured, where the first 10 steps are worse than always saying "
                "“benign”.")

# %% [markdown]
# The two are not equal, not after 10 steps and not after 1,000. Both search among the same rules, and both
# go downhill at every step; one of them hardly gets anywhere. A careless step size is not to blame:
# 4 · 10⁻⁶ is nearly the largest that the original units allow. To understand this picture you need to know what
# is being walked on, and what a step is. That is the plan of this notebook.

# %% [markdown]
# ## The exam is put aside before anything is learned
#
# What counts is whether the rule works for the *next* tumour, not for the ones it was learned from. So
# before anything else a quarter of the labelled examples is put aside: the **test set**. It is not looked at
# while learning; it is the exam. Accuracy on it is what gets reported.
#
# The examples are the rows of a table $X$ of shape $(N, D)$: $N$ tumours, $D = 30$ features. The answers,
# called **labels**, are a vector $y$ of shape $(N,)$ with 1 for malignant and 0 for benign.

# %% tags=["concept:test-set"]
print(cancer.card)
print(f"training: X {X_train.shape}, y {y_train.shape};  test: X {X_test.shape}, y {y_test.shape}")
shared = {tuple(row) for row in X_train} & {tuple(row) for row in X_test}
assert not shared, "a tumour is in both sets"
print(f"malignant: {y_train.mean():.3f} of the training set, {y_test.mean():.3f} of the test set")
print(f"always answering 'benign' is right for {np.mean(y_test == 0):.3f} of the test set")
assert np.allclose(S_train.mean(axis=0), 0) and np.allclose(S_train.std(axis=0), 1)
assert not np.allclose(S_test.mean(axis=0), 0)      # scaled with the training set's numbers: nothing leaks

two = [cancer.feature_names.index(name) for name in ("worst radius", "worst texture")]
P_train = S_train[:, two]                           # for pictures: two features, in standard units

# %% [markdown]
# Two things to take from this. An accuracy needs a comparison: 0.627 costs no thought at all here. And even
# the means and deviations for the scaling come from the training set alone; had the test set helped, it
# would no longer be unseen.

# %% [markdown]
# ## A weighted sum gives every tumour a score
#
# How do many numbers become one answer? The simplest idea: every feature has a vote, and a weight that says
# how much the vote counts and in which direction. The **linear combination**
#
# $$z = w_1 x_1 + w_2 x_2 + \dots + w_D x_D + b = w \cdot x + b$$
#
# is the *score* of a tumour $x$: positive speaks for malignant, negative for benign. The **weights** $w$,
# shape $(D,)$, and the **bias** $b$, one number, are the **parameters**: the only thing that learning
# changes.
#
# The smallest case, to check by hand: $x = (2, 1)$, $w = (3, -1)$, $b = -4$ gives $z = 6 - 1 - 4 = 1$. For a
# whole table one product gives all the scores. The lectures put the examples in the *columns* of $X$ and
# write $z = w^\top X + b$; tables of data and Python libraries have examples as rows, and from here on so do
# we.
#
# What do the parameters decide? Everything. The cell ends with 200 rules of the same form, their 31
# parameters drawn at random.

# %% tags=["concept:linear-combination", "concept:parameters"]
def score(w, x, b):
    z = b
    for j in range(len(w)):
        z += w[j] * x[j]
    return z

w, b = np.array([3.0, -1.0]), -4.0
assert score(w, [2, 1], b) == 1.0
z = P_train @ w + b                                            # all at once: (N, 2) @ (2,) -> (N,)
assert np.allclose(z, [score(w, x, b) for x in P_train])
assert np.allclose(z, w @ P_train.T + b)                       # the lectures' form: examples as columns

drawn = rng.normal(size=(200, 31))                             # a row: 30 weights and a bias
right = [np.mean((S_train @ theta[:30] + theta[30] > 0) == y_train) for theta in drawn]
print(f"{drawn.shape[1]} random parameters, 200 times: {min(right):.2f} to {max(right):.2f} right")
assert min(right) < 0.2 and max(right) > 0.8

# %% [markdown]
# The form is the same for all 200; from far worse than a coin to quite good, the difference is in the 31
# numbers. Learning means finding good ones. For that, the score must become something that can be compared
# with a label.

# %% [markdown]
# ## The sigmoid turns a score into a probability
#
# A score can be any number; a label is 0 or 1. The **sigmoid** (or logistic function) squeezes the one
# towards the other:
#
# $$a = \sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# $a$ lies between 0 and 1 and is read as the model's probability that the label is 1. By hand:
# $\sigma(0) = ½$, no opinion. Each further unit of score multiplies the *odds* $a / (1 - a)$ by
# $e \approx 2.72$, since $a/(1-a) = e^z$.
#
# Its slope will be needed later. Write $\sigma = (1 + e^{-z})^{-1}$; the derivative is
# $e^{-z} / (1 + e^{-z})^2$, which is $\sigma'(z) = \sigma(z)\,(1 - \sigma(z))$: never more than ¼, and close
# to 0 where the model is sure.

# %% tags=["concept:sigmoid"]
def plain_sigmoid(z):
    return 1 / (1 + np.exp(-z))

z = np.array([-4.0, -2, -1, 0, 1, 2, 4])
a = plain_sigmoid(z)
print("z", z, "\na", a.round(3))
assert a[3] == 0.5
assert np.allclose(plain_sigmoid(-z), 1 - a)                   # swapping the classes flips the score's sign
assert np.allclose(a / (1 - a), np.exp(z))                     # the odds
slope = (plain_sigmoid(z + 1e-5) - plain_sigmoid(z - 1e-5)) / 2e-5
assert np.allclose(slope, a * (1 - a)) and slope.max() < 0.25 + 1e-9

for z in (30.0, 800.0, -800.0):                                # the code has a trap: scores can be large
    with np.errstate(over="raise"):
        try:
            print(f"z = {z:5.0f}: a = {plain_sigmoid(z):.3g}")
        except FloatingPointError as error:
            print(f"z = {z:5.0f}: {error}")

# %% [markdown]
# $e^{800}$ is too large for a floating-point number. Here the result would still come out right (1/∞ is 0),
# with a warning; in the other common form, $e^z / (1 + e^z)$, it is ∞/∞, which is not a number.
#
# ### Your turn: a sigmoid that never overflows (core)
#
# Write `sigmoid` so that the exponential of a large positive number is never taken.
#
# <details><summary>Hint 1</summary>
#
# $e^{-|z|}$ is safe for every $z$. For $z \ge 0$ that is all you need.
#
# </details>
# <details><summary>Hint 2</summary>
#
# For $z < 0$ multiply numerator and denominator by $e^{z}$: $\sigma(z) = e^{z} / (1 + e^{z})$.
# `np.where(condition, this, that)` picks entry by entry; with $e^{-|z|}$ both forms have the same
# denominator.
#
# </details>

# %%
def sigmoid(z):
    """z (any shape) -> 1 / (1 + exp(-z)), same shape, without overflow"""
    ...                                             # your code here

check("sigmoid", sigmoid)

# %% tags=["solution"] jupyter={"source_hidden": true}
def sigmoid_solution(z):
    small = np.exp(-np.abs(z))                      # never above 1
    return np.where(z >= 0, 1, small) / (1 + small)

check("sigmoid", sigmoid_solution)

# %% [markdown]
# From here on the notebook uses the course's own version, under the name it has in the formulas, so that
# nothing below depends on what you wrote above. The same holds for all exercises.

# %% [markdown]
# ## A threshold makes the decision, and its border is a straight line
#
# A probability is not yet an answer. The **decision threshold** $t$ makes it one: say 1 if $a > t$, else 0.
# Usually $t = ½$. Where is the border between the two answers? Where $a = t$, that is, where
#
# $$w \cdot x + b = \log \frac{t}{1 - t}.$$
#
# This is one linear equation in $x$: a straight line in the plane, a flat sheet in 30 dimensions. Other
# thresholds move it parallel to itself; turning it needs other weights. For $t = ½$ the right side is 0:
# then $z > 0$ and $a > ½$ are the same question.

# %% tags=["concept:decision-threshold"]
σ = course.sigmoid
w, b = np.array([2.0, 1.0]), -0.5
for t in (0.2, 0.5, 0.9):
    x1 = np.array([-2.0, 0.0, 2.0])
    x2 = (np.log(t / (1 - t)) - b - w[0] * x1) / w[1]          # solved for the second feature
    assert np.allclose(σ(np.column_stack([x1, x2]) @ w + b), t)
    print(f"t = {t}: the border runs through", *(f"({p:.0f}, {q:.2f})" for p, q in zip(x1, x2)))
assert np.array_equal(P_train @ w + b > 0, σ(P_train @ w + b) > 0.5)

# %% [markdown]
# ### Try it: set the rule by hand
#
# Below is a rule for two features, the radius and the texture (how much the grey values vary) of each
# tumour's worst nuclei, with weights that someone guessed. Left: the tumours, malignant in orange; the
# probability as colour; the border as a line. Right: the same tumours by their score, at the height of their
# label, and the sigmoid.
#
# Before you move anything: **a missed malignant tumour is worse than a false alarm. To miss fewer, should
# the threshold go up or down, and what will it cost?**
#
# - Goal 1: moving only the threshold, miss at most 5 malignant tumours. How many false alarms does that cost?
# - Goal 2: back at $t = ½$, find weights and a bias that are right for at least 0.94 of the tumours.

# %%
plane = plots.mesh((-3, 4), (-3, 4), n=50)
jitter = np.random.default_rng(1).uniform(-0.04, 0.04, len(y_train))

def on_sigmoid(ax, z, t):
    """The tumours at (score, label) with the sigmoid; the threshold t, and the score where it is met."""
    line, limit = np.linspace(-10, 10, 200), np.log(t / (1 - t))
    plots.scatter(ax, np.column_stack([np.clip(z, -10, 10), y_train + jitter]), y_train, size=10)
    ax.plot(line, σ(line), color=plots.ink(), zorder=4)
    ax.plot([-10, limit, limit], [t, t, -0.1], ":", color=plots.ink(), linewidth=1.5, zorder=4)
    plots.label(ax, -9.5, t + 0.02, f"t = {t:.2f}", fontsize=10)
    ax.set(xlabel="score z", ylabel="probability a, and labels", xlim=(-10.5, 10.5), ylim=(-0.1, 1.1))

# %%
@explore(w1=slider("weight of radius w₁", -8.0, 8.0, 2.0), w2=slider("weight of texture w₂", -8.0, 8.0, 0.5),
         b=slider("bias b", -4.0, 4.0, 0.0), t=slider("threshold t", 0.02, 0.98, 0.5), columns=2)
def threshold(axes, w1, w2, b, t):
    z = P_train @ [w1, w2] + b
    plots.decision(axes[0], plane, σ(plane.points @ [w1, w2] + b), threshold=t)
    plots.scatter(axes[0], P_train, y_train, size=12)
    axes[0].set(xlabel="worst radius (standard units)", ylabel="worst texture")
    on_sigmoid(axes[1], z, t)
    says = σ(z) > t
    right, missed, alarms = np.mean(says == y_train), sum(y_train[~says] == 1), sum(y_train[says] == 0)
    goal = " Goal 1 reached." if missed <= 5 else " Goal 2 reached." if t == 0.5 and right >= 0.94 else ""
    return f"Right: {right:.3f}. Missed: {missed} of {sum(y_train)} malignant. False alarms: {alarms}.{goal}"
threshold

# %% [markdown]
# <details><summary>What happens, and why</summary>
#
# A lower threshold moves the border into the benign cloud: fewer tumours are missed, more alarms are false,
# and no threshold avoids both, because the clouds overlap. Which exchange is right is a question for
# doctors and patients, not for the optimizer. The ratio $w_1 : w_2$ turns the line, the bias shifts it.
# Doubling the weights *and* the bias leaves the line $z = 0$ where it is and doubles every score: the model
# becomes surer, not better. Goal 2 is reached near $w = (6.6, 1.3)$, $b = -0.4$. Finding that by hand with
# three sliders is a nuisance; with 31 it would be hopeless.
#
# </details>

# %% [markdown]
# ## Accuracy says which rule is better, but not which way to go
#
# To search for good parameters we need a **cost** $J(w, b)$: a number that says how bad they are. The
# obvious candidate is the share of wrong answers, or its opposite, the accuracy. It does compare any two
# rules. But a search also wants to know: *I am here; which way is better?* Let us move one parameter a
# little and see what the accuracy does.

# %% tags=["concept:accuracy-as-cost"]
def accuracy(w, b, X, y):
    return np.mean((X @ w + b > 0) == y)

def accuracy_of(theta):                             # theta: all 31 parameters in one vector
    return accuracy(theta[:30], theta[30], S_train, y_train)

slopes = np.array([numeric_gradient(accuracy_of, theta, h=1e-6) for theta in drawn])
flat = np.mean(np.all(slopes == 0, axis=1))
print(f"at {flat:.0%} of 200 random points the slope of the accuracy is exactly 0 in all 31 directions")
assert flat == 1

# %%
w1 = np.linspace(-2, 10, 2401)
curve = np.array([accuracy(np.array([v, 1.3]), -0.4, P_train, y_train) for v in w1])
assert len(np.unique(curve)) <= len(y_train) + 1
fig, axes = plots.figure(columns=2, size=(8.4, 3.0))
for ax, (low, high) in zip(axes, ((-2, 10), (0.5, 0.8))):
    inside = (w1 >= low) & (w1 <= high)
    ax.step(w1[inside], curve[inside], color=plots.ink(), where="post")
    ax.set(xlabel="weight of the radius w₁", ylabel="accuracy", xlim=(low, high))
axes[1].set_title("a piece of it, enlarged")
plots.show(fig, "From afar the accuracy looks like a slope. It is a staircase: flat, with a jump wherever "
                "the border passes a tumour. A flat step does not say which way is better.")

# %% [markdown]
# With $N$ tumours the accuracy can take only $N + 1$ values, so it changes in jumps, and between jumps its
# slope is zero. It also knows no degrees: a tumour that is wrong by a hair counts as much as one that is
# wrong by a mile. We keep accuracy for the report, and look for a cost that is smooth, and that falls
# whenever things get a little better.

# %% [markdown]
# ## The log loss charges for confident mistakes
#
# Let the model pay for every example, according to the probability that it gave to the *true* answer. That
# probability was 1: pay nothing. It was nearly 0: pay without limit. The logarithm does that:
#
# $$L(a, y) = \begin{cases} -\log a & \text{if } y = 1 \\ -\log (1 - a) & \text{if } y = 0 \end{cases} \qquad\text{or in one line}\qquad L(a, y) = -\big[\, y \log a + (1 - y) \log (1 - a) \,\big]$$
#
# The factors $y$ and $1 - y$ are switches: one of them is 1, the other 0. The **log loss** (or binary
# cross-entropy) of the whole set is the mean over its $N$ examples,
#
# $$J(w, b) = \frac{1}{N} \sum_{i=1}^{N} L\big(a^{(i)}, y^{(i)}\big), \qquad a^{(i)} = \sigma\big(w \cdot x^{(i)} + b\big).$$

# %% tags=["concept:log-loss"]
def log_loss(a, y):
    return -(y * np.log(a) + (1 - y) * np.log(1 - a))

for a in (0.9, 0.5, 0.1, 0.01):
    print(f"a = {a:<4}   costs {log_loss(a, 1):.3f} if the label is 1,   {log_loss(a, 0):.3f} if it is 0")
assert np.isclose(log_loss(0.5, 1), np.log(2)) and log_loss(0.01, 1) > 40 * log_loss(0.9, 1)

three = [log_loss(a, y) for a, y in ((0.9, 1), (0.2, 0), (0.6, 0))]
print(f"three examples: J = {np.mean(three):.3f}")
likelihood = 0.9 * 0.8 * 0.4                        # the probability the model gives to these three labels
assert np.isclose(np.mean(three), -np.log(likelihood) / 3)

# %% [markdown]
# No opinion, $a = ½$, costs $\log 2 = 0.693$ whatever the answer. Remember this number: training starts
# there. The last line says what is behind the formula: the parameters with the lowest log loss are those
# that make the labels we have seen *most probable* (maximum likelihood).
#
# ### Your turn: the cost of a whole set (warm-up)
#
# <details><summary>Hint 1</summary>
#
# The formula works on arrays as it stands: `a` and `y` have the same shape, and every operation goes entry
# by entry.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `np.mean` at the end, and a minus sign in front.
#
# </details>

# %%
def cost(a, y):
    """probabilities a (N,), labels y (N,) -> the mean log loss, one number"""
    ...                                             # your code here

check("cost", cost)

# %% tags=["solution"] jupyter={"source_hidden": true}
def cost_solution(a, y):
    return -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))

check("cost", cost_solution)

# %% [markdown]
# ### Without the switches the loss ignores the label, without the minus it rewards mistakes
#
# Two of the lectures print the formula with something missing. The full note set combines the two cases as
# $-(\log a + \log(1 - a))$, without the switches; the applied course writes
# $y \log \hat y + (1 - y) \log (1 - \hat y)$, without the minus. Both are slips of the pen. What would a
# machine do that takes them at their word, and looks for the $a$ that costs least?

# %%
a = np.linspace(0.01, 0.99, 99)
printed = {"log loss": log_loss, "without switches": lambda a, y: -(np.log(a) + np.log(1 - a)),
           "without minus": lambda a, y: -log_loss(a, y)}
fig, axes = plots.figure(columns=3, size=(8.4, 2.9))
for ax, (name, loss) in zip(axes, printed.items()):
    ax.plot(a, np.broadcast_to(loss(a, 0), a.shape), color=plots.COLORS["class 0"], linewidth=4)
    ax.plot(a, np.broadcast_to(loss(a, 1), a.shape), "--", color=plots.COLORS["class 1"])
    ax.set(title=name, xlabel="probability a", ylabel="loss", xlim=(0, 1))
plots.label(axes[0], 0.8, 2.8, "label 0", ha="right", color=plots.COLORS["class 0"], fontsize=11)
plots.label(axes[0], 0.1, 2.8, "label 1", color=plots.COLORS["class 1"], fontsize=11)
lowest = {name: [f"{a[np.argmin(loss(a, label))]:.2f}" for label in (0, 1)] for name, loss in printed.items()}
for name, (for_0, for_1) in lowest.items():
    print(f"{name:16s} lowest at a = {for_0} for label 0, at {for_1} for label 1")
assert list(lowest.values()) == [["0.01", "0.99"], ["0.50", "0.50"], ["0.99", "0.01"]]
plots.show(fig, "The loss of an example with label 0 (blue) and label 1 (orange, dashed). Only the first "
                "pulls a towards the label; the second pulls it to one half, whatever the label; the third "
                "pushes it away from it.")

# %% [markdown]
# A misprint in a loss is not a matter of style. In [Where the lectures differ](#Where-the-lectures-differ)
# both are trained with.
#
# ### Your turn: a cost that survives any score (stretch)
#
# One more trap. Rounding makes $a$ exactly 1 for scores above 37, and then $\log(1 - a)$ is $-\infty$. The
# way out is to put $a = \sigma(z)$ into the formula and simplify on paper first. With
# $\log(1 - a) = -\log(1 + e^z)$ and $\log a = z - \log(1 + e^z)$ it becomes
#
# $$L = \log(1 + e^{z}) - y z.$$
#
# <details><summary>Hint 1</summary>
#
# $\log(1 + e^z) = \log(e^0 + e^z)$, and NumPy has a function of just that form.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `np.logaddexp(p, q)` is $\log(e^p + e^q)$ without overflow.
#
# </details>

# %%
assert σ(np.array(40.0)) == 1

def logit_cost(z, y):
    """scores z (N,), labels y (N,) -> the mean log loss, for scores of any size"""
    ...                                             # your code here

check("logit_cost", logit_cost)

# %% tags=["solution"] jupyter={"source_hidden": true}
def logit_cost_solution(z, y):
    return np.mean(np.logaddexp(0, z) - y * z)

check("logit_cost", logit_cost_solution)

# %% [markdown]
# ## The log loss makes a bowl, the squared error does not
#
# Why the logarithm, and not the squared error $(a - y)^2$, which is just as smooth? Because of the shape of
# the landscape. Seen as a function of the score, the log loss of an example curves upwards everywhere: its
# second derivative is $a(1 - a) \ge 0$. Such a function is called **convex**. A score is a linear function
# of the parameters, and a mean of convex functions of linear functions is convex again: a bowl, in which
# every way down leads to the bottom. The squared error through a sigmoid does not: for label 1 it curves
# *downwards* wherever $a < ⅓$, on the wrong side, and levels off.
#
# A convex function never lies above its chords. That can be tested: take two points in the space of
# parameters, and compare the cost half-way between them with the mean of the costs at both ends. First the
# cost, in the form that the rest of the notebook uses; then 5,000 chords.

# %%
def J(w, b, X, y):
    """The log loss of the parameters w (D,), b on the examples X (N, D), y (N,)."""
    z = X @ w + b
    return np.mean(np.logaddexp(0, z) - y * z)

w, b = np.array([2.0, 0.5]), 0.0
assert np.isclose(J(w, b, P_train, y_train), course.cost(σ(P_train @ w + b), y_train))
assert np.isclose(J(0 * w, 0.0, P_train, y_train), np.log(2))
print(f"J is {J(0 * w, 0.0, P_train, y_train):.3f} at zero, {J(w, b, P_train, y_train):.3f} as guessed above")

# %% tags=["concept:convex-cost"]
def log_cost(Z, y):                                 # Z (…, N): many sets of parameters at once
    return np.mean(np.logaddexp(0, Z) - y * Z, axis=-1)

def squared_cost(Z, y):
    return np.mean((σ(Z) - y) ** 2, axis=-1)

z, h = np.linspace(-6, 6, 25)[:, None], 1e-3        # scores of a single example with label 1
bend = {f: (f(z + h, 1) - 2 * f(z, 1) + f(z - h, 1)) / h ** 2 for f in (log_cost, squared_cost)}
a = σ(z)[:, 0]
assert np.allclose(bend[log_cost], a * (1 - a), atol=1e-5)
assert np.array_equal(bend[squared_cost] < 0, a < 1 / 3)

def above_chord(cost, size=5.0):
    """The share of random chords, from p to q, above whose middle the cost runs."""
    p, q = np.random.default_rng(0).normal(scale=size, size=(2, 5000, 31))
    at = [cost(theta[:, :30] @ S_train.T + theta[:, 30:], y_train) for theta in (p, (p + q) / 2, q)]
    return np.mean(at[1] > (at[0] + at[2]) / 2 + 1e-9)

shares = above_chord(log_cost), above_chord(squared_cost)
print(f"above the chord: log loss {shares[0]:.0%}, squared error {shares[1]:.0%} of 5,000")
assert shares[0] == 0 and shares[1] > 0.2

# %% [markdown]
# ### Try it: the same walk on two landscapes
#
# To *see* the landscapes we need a model with two parameters only: two features, no bias, forty points in
# two clouds. Dark lines are low, bright lines are high. From the ring a walk goes downhill, 100 steps
# against the slope of each cost (how to compute it comes next), and ends at the star. Drag the ring on the
# left picture, or use its two sliders.
#
# Before you move it: **in the far corner, where every answer is wrong, which of the two slopes will be
# steeper?**
#
# - Goal 1: find a start with $w_1 < 0$ and $w_2 < 0$ from which the squared error, too, arrives within 100
#   steps at $\alpha = 1$.
# - Goal 2: from a good start, move four wrong labels far out. Which of the two costs would you now rather
#   have?

# %%
X_bowl, y_bowl = datasets.gaussian(40, distance=2.4, spread=0.9, rng=3)
weights = plots.mesh((-9, 9), (-9, 9), n=40)
COSTS = {"log loss": (log_cost, lambda a, y: a - y),                # each with its slope along the score
         "squared error": (squared_cost, lambda a, y: 2 * (a - y) * a * (1 - a))}

def with_wrong_labels(distance):
    """The forty points, and if distance > 0 four more of label 0, that far inside the land of label 1."""
    far = distance * np.array([[0.8, 0.6], [0.7, 0.7], [0.6, 0.8], [0.75, 0.65]])
    return (np.vstack([X_bowl, far]), np.append(y_bowl, [0] * 4)) if distance else (X_bowl, y_bowl)

def walk(w, slope, X, y, lr, steps=100):
    path = [np.array(w)]
    for _ in range(steps):
        path.append(path[-1] - lr * X.T @ slope(σ(X @ path[-1]), y) / len(y))
    return np.array(path)

# %%
@explore(start=point("start", (-6.0, -5.0), (-9, 9), (-9, 9)), columns=2, size=(8.4, 4.0),
         lr=log_slider("learning rate α", 0.1, 10.0, 1.0),
         distance=slider("distance of 4 wrong labels", 0.0, 12.0, 0.0))
def bowl(axes, start, lr, distance):
    X, y = with_wrong_labels(distance)
    right = {}
    for ax, (name, (cost, slope)) in zip(axes, COSTS.items()):
        height, path = cost(weights.points @ X.T, y), walk(start, slope, X, y, lr)
        plots.contour(ax, weights, height, height.min() + np.ptp(height) * np.linspace(0.03, 1, 14) ** 2)
        plots.path(ax, np.clip(path, -9, 9))
        ax.set(title=name, xlabel="weight w₁", ylabel="weight w₂")
        right[name] = np.mean((X_bowl @ path[-1] > 0) == y_bowl)
    goal = " Goal 1 reached." if max(start) < 0 and right["squared error"] > 0.85 and lr == 1 else ""
    shares = ", ".join(f"{name} {share:.2f}" for name, share in right.items())
    return f"Share of the 40 points right after 100 steps: {shares}.{goal}"
bowl

# %% [markdown]
# <details><summary>What happens, and why</summary>
#
# The log loss is steepest where the model is most wrong, so the walk strides out of the far corner and slows
# down only when most answers are right. The squared error is flat there: its slope carries the factor $a(1 - a)$, which
# is almost 0 where the model is sure, also where it is sure and wrong. From $(-6, -5)$ one hundred steps
# hardly leave the spot. It needs a start near the middle, where the model is undecided.
#
# Convexity is a promise about the *search*, not about the result. Four wrong labels far out cost the log
# loss so much that its bottom moves to a bad place, and the walk faithfully arrives there. The squared error
# never charges more than 1 for an example and shrugs them off, if the walk starts well.
#
# </details>
#
# The next cell checks these claims. Its second part shows that a bowl need not have a bottom: if a line
# separates the classes without a mistake, doubling all weights makes a perfect model surer still, and the
# cost sinks towards 0 for ever without arriving.

# %%
for start, distance, arrives in (((-6.0, -5.0), 0, [True, False]), ((1.0, 1.0), 0, [True, True]),
                                 ((1.0, 1.0), 12, [False, True])):
    X, y = with_wrong_labels(distance)
    ends = [walk(start, slope, X, y, 1.0)[-1] for _, slope in COSTS.values()]
    right = [np.mean((X_bowl @ w > 0) == y_bowl).item() for w in ends]
    print(f"from {start}, wrong labels at {distance}: log loss {right[0]:.2f}, squared error {right[1]:.2f}")
    assert [share > 0.85 for share in right] == arrives

X_gap, y_gap = np.array([[-2.0], [-1.0], [1.0], [3.0]]), np.array([0, 0, 1, 1])
sinking = [J(np.array([size]), 0.0, X_gap, y_gap) for size in (1, 2, 4, 8, 16)]
print("separated classes, J for w = 1, 2, 4, 8, 16:", *(f"{value:.2g}" for value in sinking))
assert np.all(np.diff(sinking) < 0) and min(sinking) > 0

# %% [markdown]
# ## The chain rule gives the slope: error times input
#
# To walk downhill we need the slope: how does the loss of one example change when one weight moves a little?
# The weight acts on the score, the score on the probability, the probability on the loss. The **chain rule**
# multiplies the three rates:
#
# $$\frac{\partial L}{\partial w_j} = \underbrace{\frac{\partial L}{\partial a}}_{\textstyle \frac{a - y}{a (1 - a)}} \cdot \underbrace{\frac{\partial a}{\partial z}}_{\textstyle a (1 - a)} \cdot \underbrace{\frac{\partial z}{\partial w_j}}_{\textstyle x_j} \;=\; (a - y)\, x_j, \qquad\qquad \frac{\partial L}{\partial b} = a - y.$$
#
# - The first: $L = -y \log a - (1 - y) \log(1 - a)$ gives $-\frac{y}{a} + \frac{1 - y}{1 - a}$, and on a
#   common denominator $\frac{a - y}{a(1 - a)}$.
# - The second is the slope of the sigmoid, from above. It *cancels* the denominator of the first. This is
#   what the logarithm is for.
# - The third: $z = \dots + w_j x_j + \dots$ grows by $x_j$ when $w_j$ grows by one. For the bias it is 1.
#
# What remains is short enough to remember: **error times input**. By hand: $x = (2, 1)$, $y = 1$, all
# parameters 0. Then $a = ½$ and $\partial L/\partial w = -½ \cdot (2, 1) = (-1, -½)$: both weights should
# grow, the first twice as fast.
#
# Two more witnesses: finite differences, and PyTorch, which differentiates programs by itself. (How it does
# that is the subject of a later notebook; here it only checks our pen and paper.)

# %% tags=["concept:chain-rule-lr"]
def slope_of_one(w, b, x, y):
    a = σ(w @ x + b)
    dL_da, da_dz, dz_dw = (a - y) / (a * (1 - a)), a * (1 - a), x      # the three factors
    return dL_da * da_dz * dz_dw, dL_da * da_dz

x, label = np.array([2.0, 1.0]), 1
dw, db = slope_of_one(np.zeros(2), 0.0, x, label)
assert np.allclose(dw, [-1, -0.5]) and np.isclose(db, -0.5)            # by hand

w, b = np.array([0.3, -0.7]), 0.2
dw, db = slope_of_one(w, b, x, label)
assert np.allclose(dw, (σ(w @ x + b) - label) * x)                     # error times input
numeric = numeric_gradient(lambda theta: log_loss(σ(theta[:2] @ x + theta[2]), label), np.append(w, b))
assert np.allclose(numeric, [*dw, db], atol=1e-8)                      # finite differences
print(f"chain rule: {dw.round(3)} and {db:.3f};  finite differences: {numeric.round(3)}")

# %%
import torch

w_torch, b_torch = torch.tensor(w, requires_grad=True), torch.tensor(b, requires_grad=True)
z_torch = w_torch @ torch.tensor(x) + b_torch
torch.nn.functional.binary_cross_entropy_with_logits(z_torch, torch.tensor(1.0).double()).backward()
assert np.allclose(w_torch.grad, dw, atol=1e-10) and np.isclose(b_torch.grad, db, atol=1e-10)
print("PyTorch agrees")

# %% [markdown]
# ## The slope of the cost is the mean of the slopes
#
# The cost is the mean of the losses, and the derivative of a mean is the mean of the derivatives:
#
# $$\frac{\partial J}{\partial w_j} = \frac{1}{N} \sum_{i=1}^{N} \big(a^{(i)} - y^{(i)}\big)\, x_j^{(i)}, \qquad \frac{\partial J}{\partial b} = \frac{1}{N} \sum_{i=1}^{N} \big(a^{(i)} - y^{(i)}\big).$$
#
# All of them together are the **gradient**. It has one entry for every parameter, and points in the
# direction in which the cost rises fastest. First with loops, exactly as the formula says.

# %% tags=["concept:cost-gradient-mean"]
def gradient_loops(w, b, X, y):
    N, D = X.shape
    dw, db = np.zeros(D), 0.0
    for i in range(N):
        z = b
        for j in range(D):
            z += w[j] * X[i, j]
        error = σ(z) - y[i]
        for j in range(D):
            dw[j] += error * X[i, j] / N
        db += error / N
    return dw, db

dw, db = gradient_loops(w, b, P_train, y_train)
each = [slope_of_one(w, b, x, label) for x, label in zip(P_train, y_train)]
assert np.allclose(dw, np.mean([s[0] for s in each], axis=0))
assert np.isclose(db, np.mean([s[1] for s in each]))
print(f"dJ/dw = {dw.round(3)}, dJ/db = {db:.3f}")

# %% [markdown]
# ### Your turn: the gradient without a loop (core)
#
# The probabilities `a` are given. The errors $a - y$ have the shape $(N,)$, and $X$ has $(N, D)$; the result
# for $w$ must have the shape $(D,)$.
#
# <details><summary>Hint 1</summary>
#
# Entry $j$ of the result is the sum over $i$ of $X_{ij}\,(a_i - y_i)$: column $j$ of $X$ times the errors.
#
# </details>
# <details><summary>Hint 2</summary>
#
# The rows of `X.T` are the columns of `X`; `X.T @ v` multiplies each of them by `v` and adds up.
#
# </details>

# %%
def gradient(X, y, a):
    """X (N, D), labels y (N,), probabilities a (N,) -> dJ/dw (D,) and dJ/db, one number"""
    ...                                             # your code here

check("gradient", gradient)

# %% tags=["solution"] jupyter={"source_hidden": true}
def gradient_solution(X, y, a):
    return X.T @ (a - y) / len(X), np.mean(a - y)

check("gradient", gradient_solution)

# %% [markdown]
# ## One matrix product replaces the loops
#
# Good solutions come from many examples, many parameters and many steps, so the inner loops must be fast.
# **Vectorization** hands them to compiled code: one call for the whole table instead of some 25,000 small
# Python operations. The notebook's version, `dJ`, equals the loops. On all 31 parameters of the real data it
# passes a **gradient check**: its largest difference from finite differences, relative to the largest slope,
# is tiny. Then the lines of Python that run are counted in both: each of them costs far more than a
# multiplication.

# %% tags=["concept:vectorization"]
from nblib.counting import lines_run

def dJ(w, b, X, y):
    """The gradient of J: its slopes along w (D,) and along b."""
    a = σ(X @ w + b)
    return X.T @ (a - y) / len(y), np.mean(a - y)

w, b = drawn[0, :30], drawn[0, 30]
for fast, slow in zip(dJ(w, b, S_train, y_train), gradient_loops(w, b, S_train, y_train)):
    assert np.allclose(fast, slow)
off = gradient_check(lambda theta: J(theta[:30], theta[30], S_train, y_train),
                     np.append(*dJ(w, b, S_train, y_train)), drawn[0])
assert off < 1e-6
loops, product = (lines_run(f, w, b, S_train, y_train) for f in (gradient_loops, dJ))
assert loops > 50_000 and product < 100
print("the same gradient, right to better than 10⁻⁶;")
print("lines of Python that run: more than 50,000 with loops, fewer than 100 without")

# %% [markdown]
# ## Training repeats one small step against the slope
#
# Everything is in place for the **algorithm**:
#
# 1. Begin with any parameters; zeros will do, since every way down leads to the bottom.
# 2. Compute the gradient at the present parameters.
# 3. Take a small step against it:
#    $\quad w \leftarrow w - \alpha\, \dfrac{\partial J}{\partial w}, \qquad b \leftarrow b - \alpha\, \dfrac{\partial J}{\partial b}$
# 4. Repeat from 2 until it is good enough.
#
# The **learning rate** $\alpha$ sets the size of the step. Numbers of this kind, which are chosen rather
# than learned, are called *hyperparameters*.
#
# Two steps by hand, with one feature: $X = (1, -1)^\top$, $y = (1, 0)$, $\alpha = 2$. At $w = b = 0$ all
# $a = ½$, the errors are $(-½, ½)$, and the gradient is $\frac12(-½ \cdot 1 + ½ \cdot (-1)) = -½$ for $w$
# and 0 for $b$. So $w$ becomes 1. There the errors are $(-0.269, 0.269)$, the gradient is $-0.269$, and $w$
# becomes 1.538.

# %% tags=["concept:lr-algorithm"]
def descend(X, y, lr, steps):
    """Yields (w, b): zeros first, then the parameters after each step."""
    w, b = np.zeros(X.shape[1]), 0.0
    yield w, b
    for _ in range(steps):
        dw, db = dJ(w, b, X, y)
        w, b = w - lr * dw, b - lr * db
        yield w, b

X_two, y_two = np.array([[1.0], [-1.0]]), np.array([1, 0])
way = list(descend(X_two, y_two, lr=2.0, steps=2))
costs = [J(w, b, X_two, y_two) for w, b in way]
print("w:", *(f"{w[0]:.3f}" for w, b in way), "  J:", *(f"{value:.3f}" for value in costs))
assert np.allclose([w[0] for w, b in way], [0, 1, 1.538], atol=1e-3) and all(b == 0 for w, b in way)
assert costs[0] > costs[1] > costs[2]

# %% [markdown]
# ### Your turn: the training loop (core)
#
# Put the pieces together: begin with zeros, do exactly `steps` steps, return the parameters. You may use
# what you wrote above, or `course.sigmoid` and `course.gradient`.
#
# <details><summary>Hint 1</summary>
#
# Before the loop: `w = np.zeros(X.shape[1])` and `b = 0.0`. In the loop: probabilities, gradient, two
# updates.
#
# </details>
# <details><summary>Hint 2</summary>
#
# The gradient has to be computed anew in every round: it belongs to the *present* parameters. `return`
# stands after the loop, not in it.
#
# </details>

# %%
def train(X, y, lr, steps):
    """X (N, D), y (N,) -> w (D,) and b after `steps` steps of gradient descent from zeros"""
    ...                                             # your code here

check("train", train)

# %% tags=["solution"] jupyter={"source_hidden": true}
def train_solution(X, y, lr, steps):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        a = course.sigmoid(X @ w + b)
        dw, db = course.gradient(X, y, a)
        w, b = w - lr * dw, b - lr * db
    return w, b

check("train", train_solution)

# %% [markdown]
# ### Try it: watch it learn
#
# Two clouds of points, and a rule that starts out badly wrong. **Run** trains, **Pause** stops, **Step**
# does a single step, **Reset** begins again. The learning rate can be moved while it runs; a change of the
# data begins a new run.
#
# Before you press Run: **what will the cost do when the learning rate is 500 times higher? Will the training
# break?**
#
# - Goal 1: bring the cost below 0.15 within 20 steps of a Reset.
# - Goal 2: with the classes 1.5 apart, find the learning rate from which on the cost goes up and down for
#   ever.
# - Goal 3: back to a good learning rate, make a fifth of the labels wrong. How low can the cost get at all?

# %%
def init(rng, distance, noise):
    X, y = datasets.gaussian(120, distance, rng=rng)
    y = np.where(rng.random(len(y)) < noise, 1 - y, y)         # a label is wrong with probability `noise`
    return {"X": X, "y": y, "w": np.array([-2.0, 3.0]), "b": 0.0}

def step(state, lr):
    dw, db = dJ(state["w"], state["b"], state["X"], state["y"])
    state["w"], state["b"] = state["w"] - lr * dw, state["b"] - lr * db
    return {"train": J(state["w"], state["b"], state["X"], state["y"])}

def rises(costs, last):
    """In how many of the last steps the cost rose, by more than rounding does."""
    return int(np.sum(np.diff(costs[-last - 1:]) > 1e-9))

square = plots.mesh((-4, 4), (-4, 4), n=40)

# %%
@live(init, step, lr=log_slider("learning rate α", 1e-3, 1e2, 0.1), columns=2, start=30,
      distance=slider("distance of the classes", 0.0, 4.0, 2.5, restart=True),
      noise=slider("wrong labels", 0.0, 0.4, 0.0, restart=True))
def training(axes, trainer):
    X, y, w, b = trainer.state.values()
    costs = trainer.history.get("train", [])
    plots.decision(axes[0], square, σ(square.points @ w + b))
    plots.scatter(axes[0], X, y, size=18)
    axes[0].set(xlabel="x₁", ylabel="x₂")
    plots.cost_curves(axes[1], {"train": costs}, ylim=(0.01, 100))
    goal = " Goal 1 reached." if 0 < len(costs) <= 20 and costs[-1] < 0.15 else ""
    zigzag = " It rises again and again: α is too high." if rises(costs, 20) > 5 else ""
    return f"Step {trainer.steps}: {accuracy(w, b, X, y):.2f} right, cost {J(w, b, X, y):.3f}.{zigzag}{goal}"
training

# %% [markdown]
# <details><summary>What happens, and why</summary>
#
# A low rate creeps; with $\alpha$ from 2 to 5 the line turns round within a few steps. When the rate is too
# high, a step overshoots the bottom and lands on the other slope, as high or higher: the cost zigzags. It
# does not run off to infinity, as it would on a parabola, whose walls get ever steeper, because the slope
# of the log loss is limited: an error $a - y$ is never larger than 1. Which rate is too high depends on the
# data: overlapping classes make a narrower bowl than separate ones.
#
# Wrong labels and overlapping classes give the cost a floor that no training gets below. With a fifth of the
# labels wrong, even the best rule is surprised about one time in five, and must not be sure of anything.
#
# </details>

# %% [markdown]
# ## Stop when the slope is flat, not when the cost reaches a target
#
# When is it good enough? The full note set says: stop when $J$ is below a target. That needs a target that
# can be reached. On our two features the clouds overlap, so no line gets the cost below a certain floor; ask
# for less, and the loop never ends. Two rules that do end: stop when the **gradient** is nearly zero (on a
# convex cost it is zero only at the bottom), and in any case after a fixed number of steps.

# %% tags=["concept:stopping"]
def train_until(X, y, lr, most, target=0.0, flat=0.0):
    """Trains until J < target, |gradient| < flat, or `most` steps: the steps taken, J, and why it stopped."""
    for n, (w, b) in enumerate(descend(X, y, lr, most)):
        if J(w, b, X, y) < target:
            return n, J(w, b, X, y), "the target is reached"
        if np.linalg.norm(np.append(*dJ(w, b, X, y))) < flat:
            return n, J(w, b, X, y), "the slope is flat"
    return n, J(w, b, X, y), "out of steps"

for rule in ({"target": 0.2}, {"target": 0.1}, {"flat": 1e-3}):
    n, reached, why = train_until(P_train, y_train, lr=1.0, most=5000, **rule)
    print(f"{str(rule):16s} {why} after {n} steps, J = {reached:.3f}")
    assert (why == "out of steps") == (rule == {"target": 0.1})

# %% [markdown]
# The first target was easy, the second impossible, and nothing in the rule tells which. The flat slope
# stopped the walk where there was nothing left to gain. It has a blind spot of its own: classes that a line
# separates have no bottom, so there the slope shrinks for ever and the number of steps decides. A third
# rule, which watches unseen data, comes [below](#More-steps-are-not-free).

# %% [markdown]
# ## The more parameters, the further blind searches fall behind
#
# Was calculus necessary? The note set lists four ways to find parameters, and we can let them compete on one
# cost, the log loss on the training tumours. Fair is to count how often the table is gone through: an
# evaluation of the cost is one pass (a product with $X$), a gradient step two (one with $X$, one with
# $X^\top$).
#
# - **Guess and test**: draw parameters at random, keep the best.
# - **Simulated annealing**: take a random step; keep it if it is better, and sometimes even if it is worse,
#   the less often the lower the "temperature", which falls.
# - **A genetic algorithm**: keep the better half of a population; each child takes every parameter from one
#   of two parents, slightly changed.
# - **Gradient descent**.

# %%
def guess_and_test(cost, n, passes, rng):
    return [cost(rng.normal(0, 2, n)) for _ in range(passes)]

def anneal(cost, n, passes, rng, size=0.1, hot=0.01):
    theta = np.zeros(n)
    costs = [here := cost(theta)]
    for k in range(1, passes):
        new = theta + rng.normal(0, size, n)
        costs.append(cost(new))
        temperature = hot * (1 - k / passes)
        if rng.random() < np.exp(min(0, (here - costs[-1]) / temperature)):
            theta, here = new, costs[-1]
    return costs

# %%
def evolve(cost, n, passes, rng, size=20, change=0.2):
    people = rng.normal(0, 2, (size, n))
    fitness = np.array([cost(theta) for theta in people])
    costs = list(fitness)
    while len(costs) < passes:
        best = np.argsort(fitness)[:size // 2]
        mothers, fathers = people[best][rng.integers(size // 2, size=(2, size // 2))]
        children = np.where(rng.random(mothers.shape) < 0.5, mothers, fathers)
        children = children + rng.normal(0, change, children.shape)
        costs += (born := [cost(theta) for theta in children])
        people, fitness = np.vstack([people[best], children]), np.append(fitness[best], born)
    return costs[:passes]

def follow_slope(X, passes):
    costs = [J(w, b, X, y_train) for w, b in descend(X, y_train, 1.0, passes // 2)]
    return np.repeat(costs, 2)[:passes]              # a step takes two passes

# %% [markdown]
# Three problems: two features, all thirty, and the thirty with all their squares and products; with the bias
# that makes 3, 31 and 496 parameters. Five seeds each, and the median number of passes until the cost is
# below 0.2. **Guess:** which search wins with 3 parameters, and which with 496?

# %% tags=["concept:parameter-search"]
i, j = np.triu_indices(30)
PROBLEMS = {3: P_train, 31: S_train,
            496: datasets.standardize(np.column_stack([S_train, S_train[:, i] * S_train[:, j]]))}
BLIND = {"guess and test": guess_and_test, "annealing": anneal, "genetic": evolve}

def search(method, X, seed):
    """The best cost found so far, after each of 1,000 passes."""
    cost = lambda theta: J(theta[:-1], theta[-1], X, y_train)
    return np.minimum.accumulate(BLIND[method](cost, X.shape[1] + 1, 1000, np.random.default_rng(seed)))

best = {(name, n): [search(name, X, seed) for seed in range(5)]
        for n, X in PROBLEMS.items() for name in BLIND}
best |= {("gradient descent", n): [follow_slope(X, 1000)] for n, X in PROBLEMS.items()}
needed = {key: np.median([np.argmax(run < 0.2) + 1 if run.min() < 0.2 else np.inf for run in runs])
          for key, runs in best.items()}
for name in [*BLIND, "gradient descent"]:
    counts = (f"{needed[name, n]:4.0f}" if needed[name, n] < np.inf else "over 1,000" for n in PROBLEMS)
    print(f"{name:17s}", ",  ".join(f"{n} parameters: {count}" for n, count in zip(PROBLEMS, counts)))

# %%
for name in BLIND:                                   # how many times the passes that the gradient needs?
    with_3, with_31, with_496 = (needed[name, n] / needed["gradient descent", n] for n in PROBLEMS)
    assert with_3 < 3 and 10 < with_31 <= with_496
assert needed["guess and test", 496] == np.inf and needed["gradient descent", 496] < 20
lowest = best["gradient descent", 31][0][-1]
assert all(run[-1] < 1.5 * lowest for run in best["annealing", 31] + best["genetic", 31])
fig, axes = plots.figure(columns=2, size=(8.4, 3.4))
for name, hue in zip([*BLIND, "gradient descent"], ["#44AA99", "#882255", "#B8A800", plots.ink()]):
    for run in best[name, 31]:
        axes[0].loglog(np.arange(1, 1001), run, color=hue, linewidth=1.2)
    height = [min(needed[name, n], 2000) for n in PROBLEMS]
    axes[1].loglog(list(PROBLEMS), height, "o-", color=hue, label=name)
axes[0].set(xlabel="passes over the data", ylabel="best cost so far", title="31 parameters", xlim=(1, 1000))
axes[1].axhspan(1000, 4000, color=plots.COLORS["truth"], alpha=0.2, linewidth=0)
axes[1].set(xlabel="number of parameters", ylabel="passes until J < 0.2", xlim=(2, 700), ylim=(1, 4000))
plots.label(axes[1], 2.3, 1700, "over 1,000", va="center", fontsize=10)
plots.label_lines(axes[1])
plots.show(fig, "Left: with 31 parameters the slope leads down at once; annealing and the genetic "
                "algorithm get there later. Right: with 496 the gradient still needs only a few passes, "
                "the blind searches more than a hundred.")

# %% [markdown]
# Compare the searches with each other, not the three problems: the more features, the lower the cost can get
# (with two, 0.2 is close to the floor), so the same target becomes easier. With three parameters a little
# luck is as good as calculus. With more, the blind searches fall further and further behind: they have to
# find a good direction, while the gradient knows one at the price of one more pass. They are not useless.
# They need no slope, so they could search with the accuracy itself; and after 1,000 passes annealing and the
# genetic algorithm are within a factor of 1.5 of the gradient's cost with 31 parameters. But they have knobs
# of their own to tune (step, temperature, population), and a network has millions of parameters.

# %% [markdown]
# ## Thirty weights are right about tumours they have never seen
#
# Now all thirty features, and the exam. One split of the data may be lucky, so we repeat everything for
# five. Beside it stands the logistic regression of scikit-learn, made by specialists, which minimizes the
# same cost, plus a mild penalty on large weights, by a more refined method.

# %%
from sklearn.linear_model import LogisticRegression

splits = [datasets.split(cancer.X, malignant, rng=seed) for seed in range(5)]
results = []
for A_train, A_test, b_train, b_test in splits:
    A_train, A_test = datasets.standardize(A_train, A_test)
    *_, (w, b) = descend(A_train, b_train, lr=1.0, steps=1000)
    theirs = LogisticRegression(max_iter=1000).fit(A_train, b_train)
    ours = accuracy(w, b, A_train, b_train), accuracy(w, b, A_test, b_test)
    results.append([*ours, theirs.score(A_test, b_test)])
ours_train, ours, theirs = np.mean(results, axis=0)
print(f"ours: {ours_train:.3f} on training tumours, {ours:.3f} on test tumours; scikit-learn: {theirs:.3f}")
assert ours > 0.96 and abs(ours - theirs) < 0.01 and ours_train > ours

# %% [markdown]
# A few lines of NumPy do as well as the library, to within a percentage point. The training accuracy is
# higher than the test accuracy, as is to be expected; only the second is fit to be reported.

# %% [markdown]
# ## Units decide how fast the walk is, and when it breaks
#
# Back to the riddle from the beginning. Some features vary by hundreds, others by thousandths. A slope is
# error times *input*: along the weight of a large feature the landscape is steep, along that of a small one
# almost level. The bowl becomes a gorge. Its steep walls dictate a small learning rate, and with that the
# walk crawls along the bottom of the valley.
#
# How small? In a parabola with second derivative $c$, its **curvature**, a step multiplies the distance from
# the bottom by $1 - \alpha c$; for $\alpha > 2 / c$ it overshoots further and further. Our landscape is no
# parabola, but a landscape whose curvature is nowhere above $c$ keeps the same promise: every step with
# $\alpha < 2 / c$ goes down. Differentiating $(a - y)\, x$ once more gives the curvatures of our cost, the
# eigenvalues of $\frac1N \sum_i a^{(i)} (1 - a^{(i)})\, x^{(i)} x^{(i)\top}$ (with a constant 1 in each $x$
# for the bias). The factors $a(1 - a)$ are at most ¼, so if $\lambda$ is the largest eigenvalue of
# $\frac1N \sum_i x^{(i)} x^{(i)\top}$,
#
# $$c \le \frac{\lambda}{4}, \qquad\text{and}\qquad \alpha < \frac{8}{\lambda} \quad\text{is safe.}$$

# %%
def curvature(X, factor):
    """The largest curvature of J, when the examples have these factors a(1 − a)."""
    X1 = np.column_stack([X, np.ones(len(X))])
    return np.linalg.eigvalsh(X1.T * factor @ X1 / len(X))[-1]

def safe_rate(X):
    return 2 / curvature(X, 0.25)

for w, b in zip(drawn[:, :30], drawn[:, 30]):        # the bound holds, wherever we are
    a = σ(S_train @ w + b)
    assert curvature(S_train, a * (1 - a)) < 2 / safe_rate(S_train)
mean, std = X_train.mean(axis=0), X_train.std(axis=0)
assert std.max() > 1e5 * std.min()                   # very unequal units
assert np.allclose(X_test @ (w / std) + b - mean @ (w / std), S_test @ w + b)      # one rule, both units
print(f"safe learning rate: {safe_rate(X_train):.1e} as measured, {safe_rate(S_train):.2f} in standard units")

way = [σ(S_train @ w + b) for w, b in descend(S_train, y_train, lr=1.0, steps=1)]
print("largest curvature in standard units: {:.1f} at the start, {:.1f} after one step".format(
      *(curvature(S_train, a * (1 - a)) for a in way)))

# %% tags=["concept:learning-rate-lr"]
def costs_of(X, lr):
    return np.array([J(w, b, X, y_train) for w, b in descend(X, y_train, lr, 1000)])

wild, above, safe = (costs_of(X_train, lr) for lr in (1e-4, 6e-6, 4e-6))
standard = costs_of(S_train, 1.0)
assert np.mean(np.diff(wild) > 0) > 0.1 and np.any(np.diff(above) > 0)       # it rises: too high
assert np.all(np.diff(safe) < 0) and np.all(np.diff(standard) < 0) and standard[10] < safe[1000]
fig, ax = plots.figure(size=(7.4, 3.4))
for name, values, hue in (("as measured, α = 10⁻⁴", wild, "#882255"), ("as measured, α = 4 · 10⁻⁶", safe,
                          plots.COLORS["truth"]), ("standard units, α = 1", standard, plots.ink())):
    ax.semilogy(values[:300], color=hue, linewidth=1.3, label=name)
ax.set(xlabel="step", ylabel="cost on the training set", xlim=(0, 300), ylim=(0.03, 40))
plots.label_lines(ax)
plots.show(fig, "A rate that is too high shows in the cost: it leaps up and down. A rate just below the "
                "limit crawls. In standard units ten steps get lower than a thousand steps as measured.")

# %% [markdown]
# In the original units the limit is near 5 · 10⁻⁶, a number that nobody would try by chance: with 4 · 10⁻⁶
# the cost falls at every step, with 6 · 10⁻⁶ no longer. (In standard units $\alpha = 1$ is above the safe
# rate and still fine. The bound reckons with the largest possible curvature, that of an undecided model; one
# step later the landscape is about ten times flatter.)
#
# ### Try it: tumours, live
#
# Training on all thirty features. Left: the cost on training and test tumours. Right: the probabilities that
# the model gives to the *test* tumours. Sure and right means orange at the right end and blue at the left.
#
# Before you run it: **the rate is now 10⁻⁴, which sounds careful. What will the curve look like with 10⁻⁶?**
#
# - Goal 1: as measured, find the highest rate at which the cost falls steadily after a Reset.
# - Goal 2: in standard units, get 0.97 of the test tumours right within 100 steps.

# %%
UNITS = {"as measured": (X_train, X_test), "standard": (S_train, S_test)}

def start_tumours(rng, units):
    return {"units": units, "w": np.zeros(30), "b": 0.0}

def step_tumours(state, lr):
    train, test = UNITS[state["units"]]
    dw, db = dJ(state["w"], state["b"], train, y_train)
    state["w"], state["b"] = state["w"] - lr * dw, state["b"] - lr * db
    w, b = state["w"], state["b"]
    return {"train": J(w, b, train, y_train), "test": J(w, b, test, y_test)}

# %%
@live(start_tumours, step_tumours, units=choice("units", list(UNITS), "as measured", restart=True),
      lr=log_slider("learning rate α", 1e-8, 1e2, 1e-4), columns=2, start=200, pace=10)
def tumours(axes, trainer):
    units, w, b = trainer.state.values()
    (train, test), history = UNITS[units], trainer.history or {"train": [], "test": []}
    plots.cost_curves(axes[0], {name: np.clip(v, 0, 99) for name, v in history.items()}, ylim=(0.01, 100))
    a = σ(test @ w + b)
    for label in (0, 1):
        plots.histogram(axes[1], a[y_test == label], bins=20, xlim=(0, 1), color=plots.CLASS_COLORS[label])
    axes[1].set(xlabel="probability a of malignant", ylabel="test tumours", ylim=(0, 90))
    right, up = np.mean((a > 0.5) == y_test), rises(history["train"], 100)
    goal = " Goal 2 reached." if units == "standard" and right >= 0.97 and trainer.steps <= 100 else ""
    says = f"Step {trainer.steps}: {right:.3f} of the test tumours right, cost {J(w, b, train, y_train):.3g}."
    return f"{says} It rose in {up} of the last 100 steps.{goal}"
tumours

# %% [markdown]
# <details><summary>What happens, and why</summary>
#
# As measured, with 10⁻⁴, the rule is thrown from one wall of the gorge to the other; the model is sure of
# most tumours, also of some that it gets wrong. With 10⁻⁶ the cost falls smoothly, and so slowly that after
# a thousand steps nine tumours of ten still have a probability between 0.2 and 0.8. The border between the
# two is near 5 · 10⁻⁶. In standard units the rates 0.3, 1 and 10 all get 0.97 right within 100 steps.
#
# </details>
#
# ### A rate that is far too high need not ruin the accuracy
#
# The note set says of a learning rate that is too large: "final parameters are worse than random". Is that
# so? We test it on five splits, with a hundred times the usual rate in standard units, and with twenty times
# the safe rate as measured. As "random" we take the best answer without a model: always "benign".

# %%
for lr in (0.3, 1.0, 10.0):                                                  # the claims just made
    assert max(accuracy(w, b, S_test, y_test) for w, b in descend(S_train, y_train, lr, 100)) >= 0.97
*_, (w, b) = descend(X_train, y_train, 1e-6, 1000)
assert np.mean(np.abs(σ(X_test @ w + b) - 0.5) < 0.3) > 0.85

final, jumps, late = [], [], []
for A_train, A_test, b_train, b_test in splits:
    B_train, B_test = datasets.standardize(A_train, A_test)
    way = list(descend(B_train, b_train, lr=100.0, steps=1000))
    final.append(accuracy(*way[-1], B_test, b_test))
    jumps.append(rises([J(w, b, B_train, b_train) for w, b in way], 1000))
    way = list(descend(A_train, b_train, lr=1e-4, steps=1000))
    late.append([accuracy(w, b, A_test, b_test) for w, b in way[-500:]])
assert min(jumps) > 20 and min(final) > 0.92
assert all(np.median(run) > 0.85 and min(run) < 0.62 for run in late)
print("On each of 5 splits,")
print("  standard units, α = 100: the cost rises in more than 20 steps, yet over 0.92 are right at last;")
print("  as measured, α = 10⁻⁴: after most of the last 500 steps more than 0.85 are right,")
print("  but after some the rule is worse than always 'benign'")

# %% [markdown]
# So the statement is not true in general. Far too high a rate makes the *cost* jagged; the accuracy can stay
# high, and in standard units it does. In the original units the rule is good at most moments and worse than
# no rule at some: whether the *final* parameters are bad is a matter of luck. The lesson: judge a learning
# rate by the curve of the cost, not by the accuracy.

# %% [markdown]
# ## More steps are not free
#
# About the **number of iterations** the note set says: too few, and the parameters are not optimal; too many
# "only costs CPU cycles", as long as the learning rate is small enough. The first half is easy to see. For
# the second, we watch the cost on tumours that are not trained on.

# %% tags=["concept:iterations-lr"]
marks = (1, 3, 10, 30, 100, 300, 1000, 3000, 10000)
seen, unseen, right = np.zeros((3, len(splits), len(marks)))
for s, (A_train, A_test, b_train, b_test) in enumerate(splits):
    A_train, A_test = datasets.standardize(A_train, A_test)
    for n, (w, b) in enumerate(descend(A_train, b_train, lr=1.0, steps=marks[-1])):
        if n in marks:
            k = marks.index(n)
            seen[s, k], unseen[s, k] = J(w, b, A_train, b_train), J(w, b, A_test, b_test)
            right[s, k] = accuracy(w, b, A_test, b_test)
    unpenalized = LogisticRegression(C=1e6, max_iter=5000).fit(A_train, b_train)
    assert unpenalized.score(A_train, b_train) == 1            # a flat sheet separates the training tumours
right = right.mean(axis=0)
for k in (0, 4, 8):
    print(f"after {marks[k]:6,} steps {right[k]:.3f} of the test tumours are right, mean of 5 splits")
assert right[4] > right[0] + 0.03 and right[-1] <= right[4]

# %%
fig, ax = plots.figure(size=(6.6, 3.4))
ax.set(xlabel="steps", ylabel="cost", xlim=(1, 10000), ylim=(0.005, 0.4), xscale="log", yscale="log")
for runs, name in ((unseen, "test"), (seen, "train")):
    lines = ax.plot(marks, runs.T, color=plots.COLORS[name], linewidth=1.3)
    lines[0].set_label(name)
plots.label_lines(ax)
assert np.all(np.diff(seen, axis=1) < 0) and np.all(unseen[:, -1] > 1.15 * unseen.min(axis=1))
plots.show(fig, "Five splits. On the training tumours the cost keeps falling. On tumours never seen it "
                "turns up again, and is more than 15% above its lowest after 10,000 steps.")

# %% [markdown]
# With thirty features the training tumours *can* be separated without a mistake, on each of the five splits
# (scikit-learn finds the rule when its penalty is almost switched off). So the cost has no bottom, and
# longer training makes the rule surer and surer of what may hold for these tumours only: it **overfits**.
# The accuracy suffers little, since few tumours change sides; what suffers is the honesty of the
# probabilities. "Only costs CPU cycles" is true of the training cost, nearly true of the accuracy, and
# false of the cost on new data. Hence the third stopping rule: stop when the cost on data that is not
# trained on no longer falls (*early stopping*). Strictly, that takes a third set of data; a test set that
# decides when to stop has been looked at.

# %% [markdown]
# ## Three ways to be wrong, each made on purpose
#
# A model that disappoints can be wrong in three ways, and each asks for a different remedy:
#
# 1. **The model does not match the data.** The classes are not separable by a straight line. → Another
#    model, or other features.
# 2. **Training did not find the best parameters.** It stopped too early, or the learning rate is bad. →
#    Train on, tune.
# 3. **The examples do not represent the new data.** They are too few, their labels are wrong (noise), or the
#    same input can have either answer (not deterministic). → More or better data, or accept the limit.
#
# We make each of them on purpose, on two clouds whose best possible accuracy is known: 0.95.

# %%
from statistics import NormalDist
assert round(NormalDist().cdf(2.5 / 2 / 0.75), 2) == 0.95      # centres 2.5 apart, deviation 0.75: the best

def make_data(rng, ring=False, n=100, wrong=0.0, distance=2.5, moved=0.0):
    """Training and new examples; `wrong`: share of false training labels; `moved`: shift of the new ones."""
    def draw(n):
        return datasets.circles(n, rng=rng) if ring else datasets.gaussian(n, distance, rng=rng)
    (X, y), (X_new, y_new) = draw(n), draw(500)
    y = np.where(rng.random(n) < wrong, 1 - y, y)
    return X + 1.5, y, X_new + 1.5 + moved, y_new

def outcome(seed, steps=100, **fault):
    """Trains on data with a fault: the data, w, b, and the accuracies on training and on new examples."""
    X, y, X_new, y_new = make_data(np.random.default_rng(seed), **fault)
    w, b = course.train(X, y, 1.0, steps)
    return X, y, X_new, y_new, w, b, accuracy(w, b, X, y), accuracy(w, b, X_new, y_new)

# %%
FAULTS = {"nothing wrong": {}, "not separable": {"ring": True}, "stopped after 5 steps": {"steps": 5},
          "6 examples": {"n": 6}, "30% wrong labels": {"wrong": 0.3}, "overlap": {"distance": 0.8}}
field = plots.mesh((-2, 5), (-2, 5), n=40)
fig, axes = plots.figure(columns=3, rows=2, size=(8.4, 5.4), sharex=True, sharey=True)
for ax, (name, fault) in zip(axes, FAULTS.items()):
    X, y, _, _, w, b, on_train, on_new = outcome(1, **fault)
    plots.decision(ax, field, σ(field.points @ w + b))
    plots.scatter(ax, X, y, size=14)
    ax.set_title(f"{name}\ntraining {on_train:.2f}, new {on_new:.2f}", fontsize=11)
plots.show(fig, "One healthy model, and five with a fault made on purpose: the training examples, the "
                "learned rule, and its accuracy on training and on new examples.")

# %% [markdown]
# One seed is an anecdote. The means of ten:

# %% tags=["concept:sources-of-inaccuracy"]
means = {name: np.mean([outcome(seed, **fault)[-2:] for seed in range(10)], axis=0)
         for name, fault in FAULTS.items()}
for name, (on_train, on_new) in means.items():
    print(f"{name:22s} training {on_train:.2f}   new {on_new:.2f}")
healthy, few, noisy = (means[name] for name in ("nothing wrong", "6 examples", "30% wrong labels"))
assert min(healthy) > 0.92
assert max(means["not separable"]) < 0.65 and max(means["overlap"]) < 0.75   # low on both, nothing helps
assert max(means["stopped after 5 steps"]) < 0.88                            # low on both, steps would help
assert few[0] > 0.95 and few[1] < few[0] - 0.05                              # high, then lower: the gap
assert noisy[0] < 0.75 < noisy[1]                                            # new data go better than its own

# %% [markdown]
# Read the table as a doctor would: which symptom belongs to which disease?
#
# - *Stopped early* is low on both, like some others; but going on would help. (The sign that the note set
#   gives is a cost curve of unexpected shape. You will read three such curves below.)
# - *Few examples* show the sign that the note set names for unrepresentative data: high on training, lower
#   on new data.
# - *Wrong labels* and *overlap* are listed there under the same heading, but here they look different: low
#   on training as well. This model has three parameters; it cannot memorize a hundred examples, so it cannot
#   look better than it is. With wrong training labels and correct new ones it even does *better* on the new.
#   (A model with many parameters would show the gap.)
# - *Not separable* and *overlap* look the same: low on both. The two numbers cannot tell them apart; a
#   picture, or a more flexible model, can.

# %% tags=["concept:model-diagnosis"]
def diagnosis(seed, steps=100, **fault):
    """The outcome of a training, and what its accuracies suggest."""
    *_, on_train, on_new = result = outcome(seed, steps, **fault)
    if outcome(seed, 5 * steps, **fault)[-2] > on_train + 0.03:
        return result, "not converged: five times the steps would help"
    if on_train < 0.9:
        return result, "not separable: low even on its own training data"
    if on_new < on_train - 0.07:
        return result, "not representative: good on training data, worse on new"
    return result, "healthy"

verdicts = {name: diagnosis(1, **fault)[1] for name, fault in FAULTS.items()}
for name, verdict in verdicts.items():
    print(f"{name:22s} -> {verdict}")
assert [verdict.split(":")[0] for verdict in verdicts.values()] == [
    "healthy", "not separable", "not converged", "not representative", "not separable", "not separable"]

# %% [markdown]
# ### Try it: be the disease
#
# Every control makes one fault. Filled: training examples; hollow: new ones. The bars are the two
# accuracies, the caption says what the rules above make of them.
#
# Before you move it: the default has a fault. **Which of the three verdicts do you expect?**
#
# - Goal 1: make each of the three verdicts appear, and then a healthy model.
# - Goal 2: mislead the rules: find a setting in which the verdict names the wrong cause.

# %%
@explore(ring=toggle("the classes are rings"), distance=slider("distance of the clouds", 0.0, 4.0, 2.5),
         n=slider("training examples", 4, 200, 6), wrong=slider("wrong labels in training", 0.0, 0.5, 0.0),
         moved=slider("new examples moved by", -2.0, 2.0, 0.0), steps=slider("training steps", 1, 100, 100),
         seed=slider("seed", 0, 9, 1), columns=2, size=(8.4, 3.8))
def disease(axes, seed, **fault):
    (X, y, X_new, y_new, w, b, *right), verdict = diagnosis(seed, **fault)
    plots.decision(axes[0], field, σ(field.points @ w + b))
    plots.scatter(axes[0], X_new[:100], y_new[:100], test=True, size=16)
    plots.scatter(axes[0], X, y, size=34)
    axes[0].set(xlabel="x₁", ylabel="x₂")
    axes[1].bar(["training", "new"], right, color=[plots.COLORS["train"], plots.COLORS["test"]], width=0.6)
    axes[1].set(ylim=(0, 1), ylabel="accuracy", xlim=(-0.6, 1.6))
    return f"Training {right[0]:.2f}, new {right[1]:.2f}. Verdict: {verdict}."
disease

# %% [markdown]
# <details><summary>What happens, and why</summary>
#
# Six examples: many lines split them, and the one that is found is often a little off, so new data fare
# worse: "not representative". More examples cure it. A ring, or clouds that overlap, cannot be cured by data
# or steps. Few steps leave a rule that has not yet found its bias; the rules notice because five times the
# steps would change something. Moving the new examples is the purest kind of "not representative": nothing
# in the training data can tell.
#
# Misled: 100 examples with 30% wrong labels. The verdict is "not separable", but a straight line is exactly
# right, and the accuracy on correctly labelled new examples shows it: it is *higher* than on the training
# set. Symptoms narrow the causes down; they seldom prove one.
#
# </details>
#
# ### Your turn: diagnose three runs (core)
#
# Three trainings, with their cost curves and accuracies. What is wrong with each: `"not separable"`,
# `"not converged"` or `"not representative"`? Each occurs once.
#
# <details><summary>Hint 1</summary>
#
# Look at the end of each curve first: which run was broken off while the cost was still falling at a good
# pace?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Of the other two, one does badly on its own training data, the other only on new data.
#
# </details>

# %%
fig, axes = plots.figure(columns=3, size=(8.4, 2.8), sharey=True)
for ax, (name, (costs, on_train, on_new)) in zip(axes, course.runs().items()):
    ax.plot(costs, color=plots.COLORS["train"])
    ax.set(xlabel="step", ylim=(0, 0.8))
    ax.set_title(f"{name}: training {on_train:.2f}, new {on_new:.2f}", fontsize=11)
axes[0].set_ylabel("cost on the training set")
plots.show(fig, "Three trainings with a fault each: the cost on the training set by step, and the "
                "accuracies on training and on new data.")

diagnose = {"run 1": ..., "run 2": ..., "run 3": ...}    # your answers here
check("diagnose", diagnose)

# %% tags=["solution"] jupyter={"source_hidden": true}
diagnose_solution = {"run 1": "not converged", "run 2": "not separable", "run 3": "not representative"}

check("diagnose", diagnose_solution)

# %% [markdown]
# ## Logistic regression is a network with one unit
#
# Inputs, a weight on each connection, a sum, a non-linear function at the end: this is the smallest neural
# network there is. The lecture of the statistics course draws it so, with an input layer and an output
# layer, $h(x) = 1 / (1 + e^{-W_1 x})$. Its formula has no $b$; that is the same model with a constant 1
# appended to every $x$. Its loss is the *sum* over the examples rather than the mean, with the gradient
# $-\sum_i (y_i - h(x_i))\, x_i$. The bottom of the bowl is the same, the slope is $N$ times as steep, and so
# the learning rate has to be $N$ times smaller.

# %% tags=["concept:lr-as-network"]
*_, (w, b) = descend(S_train, y_train, lr=1.0, steps=300)
network = torch.nn.Sequential(torch.nn.Linear(30, 1), torch.nn.Sigmoid()).double()
with torch.no_grad():
    network[0].weight[:], network[0].bias[:] = torch.tensor(w), torch.tensor(b)
    assert np.allclose(network(torch.tensor(S_test))[:, 0], σ(S_test @ w + b))

W1 = np.append(w, b)                                            # no b, but a constant input 1
with_one = np.column_stack([S_train, np.ones(len(S_train))])
assert np.allclose(with_one @ W1, S_train @ w + b)
of_sum = -(y_train - σ(with_one @ W1)) @ with_one
assert np.allclose(of_sum, len(y_train) * np.append(*dJ(w, b, S_train, y_train)))
print(f"the same answers; the gradient of the sum is N = {len(y_train)} times that of the mean")
likeness = np.corrcoef(S_train.T)[np.triu_indices(30, 1)]
print(f"{np.sum(np.abs(likeness) > 0.9)} pairs of features are correlated above 0.9")
assert np.sum(np.abs(likeness) > 0.9) > 15

# %%
order = np.argsort(w)
shown = [*order[::-1][:5], *order[:3][::-1]]                    # the largest and the smallest
fig, ax = plots.figure(size=(6.6, 3.6))
for height, k in zip(np.linspace(1, 0, 8), shown):
    sign = "positive" if w[k] > 0 else "negative"
    ax.plot([0, 1], [height, 0.5], color=plots.COLORS[sign], linewidth=4 * abs(w[k]))
    ax.plot(0, height, "o", color=plots.ink(), markersize=9)
    plots.label(ax, -0.05, height, f"{cancer.feature_names[k]}  {w[k]:+.1f}", ha="right", va="center")
ax.plot(1, 0.5, "o", color=plots.ink(), markersize=34, markerfacecolor=ax.get_facecolor(), markeredgewidth=2)
plots.label(ax, 1, 0.5, "Σ σ", ha="center", va="center")
ax.annotate("", (1.4, 0.5), (1.11, 0.5), arrowprops={"arrowstyle": "->", "color": plots.ink()})
plots.label(ax, 1.43, 0.5, "a", va="center")
ax.set(xlim=(-1.1, 1.5), ylim=(-0.1, 1.1))
ax.axis("off")
plots.show(fig, "The trained unit with its five most positive and three most negative weights: orange "
                "pushes towards malignant, blue towards benign; thickness is size.")

# %% [markdown]
# A caution about reading such a picture: many of the thirty features say nearly the same thing (radius,
# perimeter and area of a nucleus), and then the weight is shared between them in some arbitrary way. A small
# or even a negative weight does not mean that a feature by itself is unimportant or harmless.
#
# One unit draws one straight line. What to do with more than two classes comes next; what many units can do
# together is the subject of [Neural networks](04_neural_networks.ipynb).

# %% [markdown]
# ## Summary
#
# | What | In one line | Concepts |
# |---|---|---|
# | the exam | put examples aside before learning; report accuracy on them | [`test-set`](#The-exam-is-put-aside-before-anything-is-learned) |
# | the score | $z = w \cdot x + b$; the parameters $w, b$ are all that is learned | [`linear-combination`, `parameters`](#A-weighted-sum-gives-every-tumour-a-score) |
# | the probability | $a = \sigma(z)$; compute it without overflow | [`sigmoid`](#The-sigmoid-turns-a-score-into-a-probability) |
# | the decision | $a > t$; the border is straight, $t$ shifts it | [`decision-threshold`](#A-threshold-makes-the-decision,-and-its-border-is-a-straight-line) |
# | a cost that fails | accuracy is flat almost everywhere | [`accuracy-as-cost`](#Accuracy-says-which-rule-is-better,-but-not-which-way-to-go) |
# | a cost that works | log loss: smooth, convex, dear for confident mistakes | [`log-loss`](#The-log-loss-charges-for-confident-mistakes), [`convex-cost`](#The-log-loss-makes-a-bowl,-the-squared-error-does-not) |
# | the gradient | error times input, averaged | [`chain-rule-lr`](#The-chain-rule-gives-the-slope:-error-times-input), [`cost-gradient-mean`](#The-slope-of-the-cost-is-the-mean-of-the-slopes) |
# | fast code | one product instead of loops | [`vectorization`](#One-matrix-product-replaces-the-loops) |
# | training | step against the gradient, until it is flat | [`lr-algorithm`](#Training-repeats-one-small-step-against-the-slope), [`stopping`](#Stop-when-the-slope-is-flat,-not-when-the-cost-reaches-a-target) |
# | why the gradient | blind searches fall behind as the parameters multiply | [`parameter-search`](#The-more-parameters,-the-further-blind-searches-fall-behind) |
# | the rate | limited by the steepest direction; standardize | [`learning-rate-lr`](#Units-decide-how-fast-the-walk-is,-and-when-it-breaks) |
# | the steps | too many make the rule too sure | [`iterations-lr`](#More-steps-are-not-free) |
# | what went wrong | model, training, or data | [`sources-of-inaccuracy`, `model-diagnosis`](#Three-ways-to-be-wrong,-each-made-on-purpose) |
# | what it is | a network of one unit | [`lr-as-network`](#Logistic-regression-is-a-network-with-one-unit) |
#
# **What breaks:** a plain sigmoid at scores below −700; features in unequal units; a learning rate above
# 2/curvature; a target below the floor of the cost; separable classes trained without end; a test set that
# was looked at.
#
# **What the field does today:** logistic regression is still the first thing to try on a table of numbers,
# and the last layer of most classifying networks. Libraries descend faster, with methods that estimate the
# curvature (scikit-learn's default is L-BFGS), and add a penalty on large weights, which gives separable
# data a bottom.

# %% [markdown]
# ## Where the lectures differ
#
# Two slips of the pen, taken at their word: the same data, the same loop, but with the loss as printed.
# Along the score, the slope of the loss without switches is $2a - 1$, in which no $y$ is left; the slope
# without the minus is $y - a$, the wrong way round.

# %%
def train_with(slope, steps=100):
    w, b = np.zeros(30), 0.3                        # not quite zero, so that there is something to unlearn
    for _ in range(steps):
        d = slope(σ(S_train @ w + b), y_train)
        w, b = w - 0.1 * S_train.T @ d / len(d), b - 0.1 * np.mean(d)
    return σ(S_test @ w + b)

as_it_should = train_with(lambda a, y: a - y)
no_switches = train_with(lambda a, y: 2 * a - 1)
no_minus = train_with(lambda a, y: y - a)
assert np.allclose(no_switches, 0.5, atol=0.01)
right, opposite = np.mean((as_it_should > 0.5) == y_test), np.mean((no_minus > 0.5) == y_test)
assert opposite < 0.2 < 0.95 < right
print(f"log loss:         {right:.3f} of the test tumours right")
print("without switches: every probability is 0.50: it has learned nothing")
print(f"without minus:    {opposite:.3f} right: it has learned the opposite")

# %% [markdown]
# | Lecture | Says | Here |
# |---|---|---|
# | full note set | $L = -(\log a + \log(1-a))$ | the factors $y$ and $1 - y$ are missing ([figure](#Without-the-switches-the-loss-ignores-the-label,-without-the-minus-it-rewards-mistakes)); its formula for the whole cost $J$ has them |
# | applied course | $L = y \log \hat y + (1 - y) \log(1 - \hat y)$ | the minus is missing |
# | full note set | stop when $J$ is below a target | [never ends](#Stop-when-the-slope-is-flat,-not-when-the-cost-reaches-a-target) when the classes overlap more than the target allows |
# | full note set | too large a learning rate: worse than random | [not in standard units](#A-rate-that-is-far-too-high-need-not-ruin-the-accuracy); a matter of luck as measured |
# | full note set | too many iterations only cost CPU cycles | [the cost on new data rises](#More-steps-are-not-free) |
# | full note set | noisy or non-deterministic data: high training, low test accuracy | [low on both](#Three-ways-to-be-wrong,-each-made-on-purpose) for a model of three parameters |
# | statistics course | the loss is a sum, and there is no $b$ | the same model; the learning rate is $N$ times smaller ([shown](#Logistic-regression-is-a-network-with-one-unit)) |

# %% [markdown]
# ## An open task
#
# A missed malignant tumour is worse than a false alarm. Give the two mistakes different prices inside the
# *cost*, not only in the threshold: multiply the loss of the malignant examples by a factor $c > 1$. Derive
# the new gradient, check it with `gradient_check`, train for $c = 1, 3, 10, 30$, and draw misses against
# false alarms on the test tumours. Is that curve better than the one you get by training with $c = 1$ and
# moving the threshold? There is no check for this one; the picture is the answer.

# %% [markdown]
# ## References
#
# - Pierre-François Verhulst, *Notice sur la loi que la population suit dans son accroissement*, 1838 (the
#   logistic curve).
# - Joseph Berkson, *Application of the logistic function to bio-assay*, 1944.
# - David R. Cox, *The regression analysis of binary sequences*, 1958.
# - John H. Holland, *Adaptation in natural and artificial systems*, 1975 (genetic algorithms).
# - Scott Kirkpatrick, C. Daniel Gelatt, Mario P. Vecchi, *Optimization by simulated annealing*, 1983.
# - W. Nick Street, William H. Wolberg, Olvi L. Mangasarian, *Nuclear feature extraction for breast tumor
#   diagnosis*, 1993 (the data).
# - Stephen Boyd, Lieven Vandenberghe, *Convex optimization*, 2004.
