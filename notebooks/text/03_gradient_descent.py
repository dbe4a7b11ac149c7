# %% [markdown]
# # Gradient descent: follow the slope, and mind the step
#
# You stand in a bowl, in fog. You feel how the ground slopes under your feet, and you take a step downhill,
# as long as 0.10 times the slope. Twenty-five such steps bring you to within a tenth of a unit of the bottom.
#
# Now take the same walk with steps a fifth longer, 0.12 times the slope. Do you arrive a little sooner, or do
# you overshoot a little? Decide before you run the next cells.
#
# **After this notebook you will be able to**
#
# - find a low point of a cost by following its slope, and say why searching without the slope is hopeless;
# - compute, before you train, the largest learning rate that does not blow up;
# - compute a gradient numerically, know how far to trust it, and use it to check a formula;
# - train with mini-batches, and say what the batch size and a falling learning rate do to the noise;
# - tell minima, maxima and saddles apart, and say when a saddle or a bad minimum really is a danger.
#
# **Builds on** [Logistic regression](01_logistic_regression.ipynb) and [Linear
# classifiers](02_linear_classifiers.ipynb) (their gradients are used here). **Takes** about 120 minutes.
# **Follows** the lecture on losses, optimization and first networks (document B), and the full note set
# (document A) for optima, mini-batches and the numeric gradient; a question of document C is answered by
# measuring.

# %%
try:
    import nblib
except ModuleNotFoundError:                                # another Jupyter, without the course's packages
    raise ModuleNotFoundError("this kernel has no nblib: open the course with python3 start.py") from None

import math

import numpy as np

from nblib import datasets, plots
from nblib.checks import gradient_check, numeric_gradient
from nblib.exercises.e03_gradient_descent import check
from nblib.widgets import choice, explore, live, log_slider, point, slider

plots.use_style()
rng = np.random.default_rng(0)

# %% [markdown]
# ## A step one fifth longer does not arrive at all
#
# The bowl is the lecture's example, f(x, y) = (x + 2y − 7)² + (2x + y − 5)². The place is a pair of numbers w
# = (x, y). Below f are its two slopes, one in x and one in y; where they come from is shown further down.

# %%
def f(w):
    """w (..., 2) -> height of the bowl (...)"""
    x, y = w[..., 0], w[..., 1]
    return (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2

def gradient(w):
    """w (2,) -> the slopes of the bowl in x and in y (2,)"""
    x, y = w
    return np.array([10 * x + 8 * y - 34, 8 * x + 10 * y - 38])

bottom, start = np.array([1.0, 3.0]), np.array([-9.0, 2.0])
for lr in (0.10, 0.12):
    w = start
    for _ in range(25):
        w = w - lr * gradient(w)
    print(f"25 steps of {lr:.2f} times the slope end {np.linalg.norm(w - bottom):.3g} from the bottom")
print(f"the start is {np.linalg.norm(start - bottom):.3g} from the bottom")
assert np.linalg.norm(w - bottom) > 300

# %% [markdown]
# The longer steps do not overshoot a little. They end hundreds of units away, thirty times farther than where
# they began. Between 0.10 and 0.12 there is an edge. By the middle of this notebook you will compute where it
# is, to any number of digits, from four numbers and without taking a single step.

# %% [markdown]
# ## Learning is a search for the lowest point
#
# To train a model is to choose its parameters. A **cost** L says how bad a choice w is: one number, the lower
# the better. Training looks for the place where the cost is lowest,
#
# $$w^* = \arg\min_{w \in \mathbb{R}^D} L(w) .$$
#
# **arg min** is the *place*, w\*; **min** is the *value* there. D is the number of parameters. In notebook 01
# it was 31, for the digits of notebook 02 it was 650, and here it is 2, so that the whole cost fits into a
# picture. (Keep in mind that pictures of two parameters mislead about many; we meet a case soon.)
#
# For the bowl no search is needed. A sum of squares cannot be below 0, and it is 0 where both squares are: x +
# 2y = 7 and 2x + y = 5.

# %%
solved = np.linalg.solve([[1, 2], [2, 1]], [7, 5])
assert np.allclose(solved, bottom) and f(bottom) == 0
print(f"arg min is the place ({solved[0]:.0f}, {solved[1]:.0f}), min is the value {f(bottom):.0f}")

LEVELS = (2, 10, 30, 80, 160, 320, 640, 1280)
bowl = plots.mesh((-10, 10), (-10, 10), 100)              # 100 × 100 places
heights = f(bowl.points)

def draw_bowl(ax):
    plots.contour(ax, bowl, heights, LEVELS)
    ax.set(xlabel="x", ylabel="y")

fig, ax = plots.figure(size=(4.6, 4.2))
draw_bowl(ax)
ax.plot(*bottom, "*", color=plots.ink(), markersize=12)
plots.label(ax, 1.6, 3.2, "lowest point (1, 3)")
plots.show(fig, "The bowl from above: along a line the height is the same; "
                "the lines are long ellipses around (1, 3).")

# %% [markdown]
# ## Guesses, on a grid or at random, end next to the lowest point
#
# A network's cost has no such shortcut: nobody can solve for its lowest point. So suppose that we may only
# ask "how high is it here?". The plainest search tries k values of x with k values of y, k² places in all,
# and keeps the best. Its answer is about as good as the spacing, and to halve the spacing costs four times as
# many places, because there are two parameters.
#
# Would random places do better? For finding good settings of a training, document A says that random search
# *is better*. There is a case in which it is: when only one of the parameters matters, and nobody knows
# which. Sixteen trials on a 4 × 4 grid test four values of it, sixteen random trials test sixteen. (Bergstra
# and Bengio found in 2012 that the settings of a network, which are still chosen this way, are mostly of this
# kind.) The second cell lets the best place be anywhere in a unit square, and measures how near the nearest
# trial comes: random should halve the miss when one parameter matters. And when both do?

# %% tags=["concept:grid-search-params"]
for k in (20, 40, 80, 160):
    tried = plots.mesh((-10, 10), (-10, 10), k).points
    best = tried[np.argmin(f(tried))]
    miss = np.linalg.norm(best - bottom)
    print(f"{k:3} × {k:3} = {k * k:6,} places, spacing {20 / (k - 1):.2f}: "
          f"best ({best[0]:.2f}, {best[1]:.2f}), {miss:.2f} from the bottom")
    assert 0.05 < miss < 20 / (k - 1)

# %% tags=["concept:random-search-params"]
best_places = rng.uniform(size=(2000, 1, 2))               # 2,000 problems, each with its own best place
ticks = (np.arange(4) + 0.5) / 4
trials = {"grid": np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(1, 16, 2),
          "random": rng.uniform(size=(2000, 16, 2))}
miss = {}
for name, places in trials.items():
    gap = places - best_places                             # (2000, 16, 2)
    miss[name] = np.abs(gap[..., 0]).min(axis=1).mean(), np.linalg.norm(gap, axis=2).min(axis=1).mean()
    print(f"{name:6}: off by {miss[name][0]:.3f} when only x matters, by {miss[name][1]:.3f} when both do")
assert miss["random"][0] < 0.6 * miss["grid"][0] and miss["grid"][1] < 0.8 * miss["random"][1]

# %% [markdown]
# ## Every further parameter multiplies the work
#
# On the last lines the grid came nearer when both parameters matter. But neither search will train a model. Ten
# values for each of D parameters make $10^D$ places: 100 for the bowl, and a number with 651 digits for the
# classifier of the digits.
#
# Random search does not escape either. Take the roundest bowl, |w|² over D parameters, each of them between
# −1 and 1, and keep the best of 1,000 random places. Distances grow with √D by themselves, so look at the
# distance *per parameter*, |w|/√D: a single random place has about 0.58. Against it stand twenty steps
# downhill from one random place: the slope of |w|² in each parameter is twice that parameter, 2w.
#
# The picture shows the **curse of dimension**: in many dimensions nearly all of the volume is far away from any
# one place, and guesses land there. In the plane (D = 2) a thousand guesses look like a fine method; that is
# the picture that misleads. Steps downhill do not notice the dimension at all: each parameter has a slope of
# its own, and all of them move at once.

# %% tags=["concept:curse-of-dimension"]
def best_of(n, D, rng):
    """Distance per parameter of the best of n random places from the bottom of the bowl |w|²."""
    return np.sqrt(np.square(rng.uniform(-1, 1, size=(n, D))).mean(axis=1).min())

dimensions = [1, 2, 5, 10, 20, 50, 100, 200, 500]
searched = [np.median([best_of(1000, D, np.random.default_rng(seed)) for seed in range(10)])
            for D in dimensions]
descended = []
for D in dimensions:
    w = rng.uniform(-1, 1, size=D)
    for _ in range(20):
        w = w - 0.1 * 2 * w
    descended.append(np.sqrt(np.mean(w**2)))
assert searched[0] < 0.003 and searched[-1] > 0.9 / np.sqrt(3) and max(descended) < 0.012
assert len(str(10**650)) == 651

fig, ax = plots.figure(size=(6.4, 3.2))
ax.loglog(dimensions, searched, "o-", color=plots.COLORS["test"])
ax.loglog(dimensions, descended, "s-", color=plots.COLORS["train"])
ax.set(xlabel="number of parameters D", ylabel="distance per parameter", ylim=(1e-4, 1))
plots.label(ax, 14, 0.12, "best of 1,000 random places", plots.COLORS["test"])
plots.label(ax, 14, 0.011, "20 steps downhill", plots.COLORS["train"])
plots.show(fig, "With 500 parameters a thousand guesses are hardly better than one (0.58); twenty steps "
                "downhill work as well as with one parameter.")

# %% [markdown]
# ## The gradient points straight uphill
#
# How steep is it, and which way? Walk a little in x only, with y held fixed: the slope felt is the **partial
# derivative** ∂f/∂x. By the chain rule,
#
# $$\frac{\partial f}{\partial x} = 2(x + 2y - 7)\cdot 1 + 2(2x + y - 5)\cdot 2 = 10x + 8y - 34 ,$$
# $$\frac{\partial f}{\partial y} = 2(x + 2y - 7)\cdot 2 + 2(2x + y - 5)\cdot 1 = 8x + 10y - 38 .$$
#
# The **gradient** ∇f collects them in one vector, here (∂f/∂x, ∂f/∂y); it has the shape of w. At (0, 0) it is
# (−34, −38): the ground falls in both directions.
#
# In any other direction u (a vector of length 1) the slope is the dot product ∇f · u. A dot product is
# largest when both vectors point the same way, so the gradient points in the direction of the steepest rise,
# and −∇f in that of the steepest fall. We feel the slope in 360 directions to see whether it is so.

# %% tags=["concept:gradient-direction"]
w, h = np.array([0.0, 0.0]), 1e-6
angles = np.radians(np.arange(360))
directions = np.stack([np.cos(angles), np.sin(angles)], axis=1)            # (360, 2), each of length 1
slopes = (f(w + h * directions) - f(w)) / h
g = gradient(w)
assert np.allclose(slopes, directions @ g, atol=1e-3)
steepest = directions[np.argmin(slopes)]
off = np.degrees(np.arccos(steepest @ -g / np.linalg.norm(g)))
assert off < 1
print(f"gradient at (0, 0): ({g[0]:.0f}, {g[1]:.0f}), length {np.linalg.norm(g):.1f}")
print(f"steepest of 360 directions: slope {slopes.min():.1f}, within one degree of minus the gradient")

# %%
uphill = np.array([gradient(bottom + u) for u in directions])              # once around the bottom
cosines = (uphill * directions).sum(axis=1) / np.linalg.norm(uphill, axis=1)
wrong = np.degrees(np.arccos(np.clip(cosines, -1, 1)))
straight = np.flatnonzero(wrong < 1e-3)
print(f"largest angle between downhill and the straight way to the bottom: {wrong.max():.0f} degrees")
print("of 360 directions it is zero at", straight.tolist(), "degrees around the bottom only")
assert 52 < wrong.max() < 54 and straight.tolist() == [45, 135, 225, 315]

places = plots.mesh((-9, 9), (-9, 9), 9).points
downhill = -np.array([gradient(w) for w in places])
downhill /= np.linalg.norm(downhill, axis=1, keepdims=True)               # arrows of length 1
fig, ax = plots.figure(size=(4.6, 4.2))
draw_bowl(ax)
ax.quiver(*places.T, *downhill.T, color=plots.ink(), angles="xy", scale=14, width=0.005)
ax.set_aspect("equal")
plots.show(fig, "Minus the gradient, as arrows of equal length: each crosses its level line at a right "
                "angle; few of them point at (1, 3).")

# %% [markdown]
# The arrows do not aim at the lowest point. They point down the *slope under your feet*, which here mostly
# leads across the valley. Once around the bottom, the direction is up to 53 degrees off. Document A puts it
# this way: the direction of steepest descent does not lead to the minimum "unless it is a circle". Nearly: on
# an ellipse it does as well, from the four places on its two axes. Those two axes will turn out to be the key
# to the learning rate.
#
# ### Your turn: a gradient by hand (warm-up)
#
# Differentiate g(x, y) = (x − y)² + 2y by x and by y, on paper, and return the gradient.
#
# <details><summary>Hint 1</summary>The square is 2(x − y) times the derivative of what is inside it. What is the derivative of x − y by y?</details>
# <details><summary>Hint 2</summary>The term 2y does not depend on x. Return <code>np.array([by_x, by_y])</code>.</details>

# %%
def slope(w):
    """w = (x, y), shape (2,) -> gradient of (x - y)² + 2y, an array of shape (2,)"""
    ...                                                    # your code here

check("slope", slope)

# %% tags=["solution"] jupyter={"source_hidden": true}
def slope_solution(w):
    x, y = w
    return np.array([2 * (x - y), -2 * (x - y) + 2])

check("slope", slope_solution)

# %% [markdown]
# ## One step is a subtraction
#
# **Gradient descent** repeats one line. Subtract from w a multiple of the gradient:
#
# $$w_{t+1} = w_t - \alpha\, \nabla f(w_t)$$
#
# t counts the steps. The number α > 0 is the **learning rate**. By hand, from w = (0, 0) with α = 0.1: the
# gradient is (−34, −38), so the step goes to (3.4, 3.8), and the cost falls from 7² + 5² = 74 to 4² + 5.6² =
# 47.36. The function `descend` takes many such steps, and keeps every place on the way.

# %% tags=["concept:gd-step"]
def descend(gradient, w, lr, steps):
    """From w (D,), `steps` steps against the gradient -> all places (steps + 1, D), the start first."""
    path = [np.asarray(w, dtype=float)]
    for _ in range(steps):
        path.append(path[-1] - lr * gradient(path[-1]))
    return np.array(path)

w, stepped = descend(gradient, [0, 0], 0.1, 1)
assert np.allclose(stepped, [3.4, 3.8]) and np.isclose(f(stepped), 47.36)
print(f"from (0, 0) at height {f(w):.0f} to ({stepped[0]:.1f}, {stepped[1]:.1f}) at height {f(stepped):.2f}")
for lr in (0.1, 0.01, 0.001, 0.0001):
    drop = f(w) - f(w - lr * gradient(w))
    print(f"learning rate {lr:<6}: the cost falls by {drop:7.4f}, {drop / lr:4.0f} times the learning rate")

# %% [markdown]
# For short steps the fall is α times 2,600 (the last line comes near), and 2,600 = 34² + 38² is the squared
# length of the gradient: moving by −α∇f lowers the cost by about α∇f · ∇f = α|∇f|². So a step that is *short
# enough* always goes down, wherever the gradient is not zero. In a longer one the ground curves up again under
# way, and less is won.
#
# ### Your turn: gradient descent that knows when to stop (core)
#
# Write the descent yourself, with a rule for stopping: as soon as the gradient (as a vector) is shorter than
# `tol`, or after `limit` steps. Return the place and the number of steps taken. At a place that is flat
# enough from the start, no step is taken.
#
# <details><summary>Hint 1</summary>A <code>while</code> loop with two conditions: fewer steps than the limit, and a gradient of length <code>tol</code> or more.
# The length of a vector is <code>np.linalg.norm</code>.</details>
# <details><summary>Hint 2</summary><code>w = w - lr * g</code> makes a new array. <code>w -= lr * g</code> would change the array of whoever called you.</details>

# %%
def minimize(gradient, w, lr, tol, limit):
    """-> the place reached (array of w's shape), number of steps taken"""
    ...                                                    # your code here

check("minimize", minimize)

# %% tags=["solution"] jupyter={"source_hidden": true}
def minimize_solution(gradient, w, lr, tol, limit):
    steps, g = 0, gradient(w)
    while steps < limit and np.linalg.norm(g) >= tol:
        w = w - lr * g
        steps, g = steps + 1, gradient(w)
    return w, steps

check("minimize", minimize_solution)

# %% [markdown]
# ## Five learning rates: too short, right twice, bouncing, gone
#
# Document B shows this bowl with α = 0.01, 0.098, 0.10, 0.11 and 0.12. The claims: the first falls short, the
# next two converge, 0.11 oscillates, 0.12 diverges. The cell tries all five from five starts: how far from the
# bottom after 25 steps, and how many steps until it is within 0.01? The pictures show four of them, from one
# start.

# %%
starts = np.array([(-9, 2), (-8, -7), (9, -4), (0, 0), (8, 8)], dtype=float)

def arrival(lr, w, tol=0.01, limit=1000):
    """The first step that ends within tol of the bottom; inf when none of the first `limit` does."""
    near = np.linalg.norm(descend(gradient, w, lr, limit) - bottom, axis=1) < tol
    return int(np.argmax(near)) if near.any() else math.inf

away, late = {}, {}
for lr in (0.01, 0.098, 0.10, 0.11, 0.12):
    away[lr] = [float(np.linalg.norm(descend(gradient, w, lr, 25)[-1] - bottom)) for w in starts]
    late[lr] = [arrival(lr, w) for w in starts]
    arrives = f"after {min(late[lr])} to {max(late[lr])} steps" if max(late[lr]) < math.inf else "never"
    print(f"{lr:<5}: after 25 steps {min(away[lr]):6.3f} to {max(away[lr]):7.3f} away, within 0.01 {arrives}")
assert min(away[0.01]) > 0.4 and max(away[0.098] + away[0.10]) < 0.1 and min(away[0.12]) > 25
assert max(late[0.098] + late[0.10]) < 40 and min(late[0.12]) == math.inf
assert 200 < min(late[0.11]) and max(late[0.11]) < 400

fig, axes = plots.figure(4, size=(8.4, 2.6), sharey=True)
for ax, lr in zip(axes, (0.01, 0.10, 0.11, 0.12)):
    plots.contour(ax, bowl, heights, LEVELS)
    plots.path(ax, descend(gradient, start, lr, 25))
    ax.set(title=f"α = {lr:.2f}", xlabel="x")
axes[0].set_ylabel("y")
plots.show(fig, "Twenty-five steps from the ring, with four learning rates: falls short, arrives, "
                "jumps from wall to wall, leaves the picture.")

# %% [markdown]
# ## The eigenvalues of the Hessian set the limit
#
# All five claims hold, but two of them need a word more. The rate 0.11 oscillates, and yet it arrives. And 0.01
# arrives as well: it only "falls short" of 25 steps. Both need about ten times as many steps as 0.10. Why are a
# tiny rate and one that is almost too large equally slow?
#
# Slopes change from place to place. How fast they change is collected in the **Hessian** H, the matrix of
# second derivatives:
#
# $$H = \begin{bmatrix} \partial^2 f/\partial x^2 & \partial^2 f/\partial x\,\partial y \\ \partial^2 f/\partial y\,\partial x & \partial^2 f/\partial y^2 \end{bmatrix}
# = \begin{bmatrix} 10 & 8 \\ 8 & 10 \end{bmatrix}$$
#
# (differentiate 10x + 8y − 34 and 8x + 10y − 38 once more). For the bowl it is the same everywhere, and the
# gradient is H times the way from the bottom: ∇f(w) = H(w − w\*). Write e = w − w\* for that way. One step
# then turns e into
#
# $$e_{t+1} = e_t - \alpha H e_t = (I - \alpha H)\, e_t .$$
#
# H is symmetric, so it has D **eigenvectors** at right angles to each other, directions in which it only
# stretches: Hv = λv. The number λ, the **eigenvalue**, is the curvature in that direction. Any e is a sum of
# parts along the eigenvectors, and for the part along v the formula becomes
#
# $$e_{t+1} = (1 - \alpha\lambda)\, e_t .$$
#
# Two dimensions have become two separate numbers, each multiplied by its own factor at every step. A
# factor between −1 and 1 shrinks the distance; a negative one also changes sides. The first cell computes the
# factors of each rate, and compares them with what the descent does. All of it rests on the gradient and on H,
# so the second cell proves both again, by differences between neighbouring places, and by PyTorch, which
# differentiates the program of f once, and once more.

# %%
H = np.array([[10.0, 8.0], [8.0, 10.0]])
curvatures, axes_of_bowl = np.linalg.eigh(H)             # eigenvalues ascending; eigenvectors as columns
flat, steep = axes_of_bowl.T
assert np.allclose(curvatures, [2, 18])
assert np.allclose(np.abs(flat @ [1, -1]), np.sqrt(2)) and np.allclose(np.abs(steep @ [1, 1]), np.sqrt(2))
for w in rng.uniform(-10, 10, size=(20, 2)):
    e = w - bottom
    assert np.isclose(f(w), e @ H @ e / 2) and np.allclose(gradient(w), H @ e)
print("curvature 2 along (1, -1), the long axis of the ellipses; 18 along (1, 1), across the valley")
print("rate    flat: 1 - 2α   steep: 1 - 18α")
for lr in (0.01, 0.098, 0.10, 0.11, 0.12):
    e = (descend(gradient, start, lr, 10) - bottom) @ axes_of_bowl         # (11, 2), one column an axis
    assert np.allclose(e[1:] / e[:-1], 1 - lr * curvatures)               # each step multiplies by the factor
    print(f"{lr:<6}  {1 - 2 * lr:12.2f}   {1 - 18 * lr:14.2f}")

# %%
import torch

w, origin = np.zeros(2), torch.zeros(2, dtype=torch.float64)
nudges = 1e-3 * np.eye(2)
assert np.allclose([(f(w + u) - f(w - u)) / 2e-3 for u in nudges], gradient(w))
assert np.allclose([(gradient(w + u) - gradient(w - u)) / 2e-3 for u in nudges], H)
assert np.allclose(torch.autograd.functional.jacobian(f, origin), gradient(w))
assert np.allclose(torch.autograd.functional.hessian(f, origin), H)
print("the same gradient and the same Hessian by hand, by differences and by PyTorch")

# %% [markdown]
# The factors explain the pictures.
#
# - **0.12** has the factor −1.16 across the valley: it jumps to the other side each time, and ends 16%
#   farther away.
# - **0.11** has −0.98: it changes sides and shrinks by 2% a step. **0.01** has +0.98, along the valley. That
#   is why the two are equally slow.
# - **0.10** has +0.8 and −0.8. No other rate does better in its worse direction. 0.098 is practically as
#   good.
#
# All eigenvalues of a bowl are positive. Descent converges from everywhere when |1 − αλ| < 1 for each of them,
# that is, when α is between 0 and
#
# $$\alpha_{\max} = \frac{2}{\lambda_{\max}} = \frac{2}{18} = \frac{1}{9} .$$
#
# The best rate makes the two outer factors equal and opposite: 1 − αλ_min = −(1 − αλ_max) gives α = 2/(λ_min +
# λ_max) = 2/20 = 0.1. The lecture had picked the best one there is.

# %%
rates = np.linspace(0, 0.13, 1301)
factors = np.abs(1 - rates[:, None] * curvatures)           # (rates, 2)
worst = factors.max(axis=1)
assert np.isclose(rates[worst.argmin()], 0.1) and np.isclose(worst.min(), 0.8)
assert (worst[(rates > 0) & (rates < 1 / 9)] < 1).all() and (worst[rates > 1 / 9] > 1).all()
bouncing = (descend(gradient, start, 1 / 9, 1000) - bottom) @ steep
assert np.allclose(np.abs(bouncing), np.abs(bouncing[0]))
print("at exactly 1/9 the descent is still as far across the valley after 1,000 steps as at the start")
fig, ax = plots.figure(size=(6.8, 3.3))
ax.plot(rates, factors[:, 0], color="C0")
ax.plot(rates, factors[:, 1], color="C1")
ax.axhline(1, color=plots.ink(), linewidth=1, linestyle="--")
for lr, dx, dy in ((0.01, 0.001, -0.11), (0.10, 0.001, -0.13), (0.11, 0.002, -0.11), (0.12, 0.002, -0.11)):
    ax.plot(lr, np.abs(1 - lr * curvatures).max(), "o", color=plots.ink())
    plots.label(ax, lr + dx, np.abs(1 - lr * curvatures).max() + dy, f"{lr:.2f}", fontsize=10)
plots.label(ax, 0.045, 1.03, "flat: |1 − 2α|", "C0", va="bottom")
plots.label(ax, 0.04, 0.4, "steep: |1 − 18α|", "C1")
ax.set(xlabel="learning rate α", ylabel="factor a step", xlim=(0, 0.13), ylim=(0, 1.4))
plots.show(fig, "What one step multiplies the distance by, along both axes; dots: the worse factor at the "
                "lecture's rates. Above the dashed line the distance grows: from 1/9 on. The worse factor is "
                "smallest at 0.10.")

# %% [markdown]
# ### Try it: drag the start, move the learning rate
#
# The descent below is plain gradient descent, without momentum or any other help. It opens on α = 0.11.
#
# *Before you move it:* in which direction do you have to drag the start so that α = 0.11 no longer bounces?
#
# **Goals.** (1) Find the rate that oscillates longest without arriving or leaving. (2) Set α = 0.12, which
# diverges, and find a start from which 25 steps nevertheless end within 0.1 of the bottom (far from it: the
# bottom itself does not count). The two sliders of the start help with the last bit.

# %%
@explore(start=point("start", (-9.0, 2.0), bowl.xlim, bowl.ylim), steps=slider("steps", 1, 100, 25),
         lr=slider("learning rate α", 0.005, 0.13, 0.11, step=0.001), columns=2, size=(8.4, 3.9))
def descent(axes, start, steps, lr):
    path = descend(gradient, start, lr, steps)
    flat, steep = np.abs((path[1:] - bottom) @ axes_of_bowl).T
    begin, end = np.linalg.norm(path - bottom, axis=1)[[0, -1]]
    draw_bowl(axes[0])
    plots.path(axes[0], path)
    plots.cost_curves(axes[1], {"flat": flat, "steep": steep}, xlim=(0, 120), ylim=(1e-4, 1e4))
    axes[1].set_ylabel("distance from the bottom")
    verdict = "Arrived." if end < 0.1 else "Farther than at the start." if end > begin else "Still under way."
    return (f"α = {lr:.3f}: a step multiplies the distance by {1 - 2 * lr:.2f} along the flat axis, by "
            f"{1 - 18 * lr:.2f} along the steep one. {end:.2g} from the bottom after step {steps}. {verdict}")
descent

# %% [markdown]
# <details><summary>What happens, and why</summary>
#
# A start on the long axis of the ellipses, x + y = 4, has nothing to bounce: the way across the valley is
# zero, and zero times −0.98 stays zero. Along that axis every rate below 1 converges (its limit is 2/2). So
# with α = 0.12 the starts (−5, 9) or (7, −3) arrive. A start a hair beside the axis stays near for a while,
# but the part across the valley grows by 16% a step from however little there is; give it 100 steps.
#
# For goal (1): at α = 0.111 the factor is −0.998. The limit 1/9 = 0.1111… lies between two positions of the
# slider.
# </details>
#
# ### Your turn: the largest stable learning rate (core)
#
# Given the Hessian H of a bowl with any number of parameters, compute the limit: below it gradient descent
# converges from everywhere, above it it does not.
#
# <details><summary>Hint 1</summary>Which direction breaks first when the rate grows: the flattest or the steepest?</details>
# <details><summary>Hint 2</summary><code>np.linalg.eigvalsh(H)</code> gives the eigenvalues of a symmetric matrix. At the limit, the factor 1 − αλ of the steepest direction is −1.</details>

# %%
def largest_rate(H):
    """H (D, D), symmetric, all eigenvalues positive -> the largest stable learning rate, a number"""
    ...                                                    # your code here

check("largest_rate", largest_rate)

# %% tags=["solution"] jupyter={"source_hidden": true}
def largest_rate_solution(H):
    return 2 / np.linalg.eigvalsh(H).max()

check("largest_rate", largest_rate_solution)

# %% [markdown]
# ## The slope can be found by trying
#
# Without a formula for the gradient, one can feel for it. The derivative of a function of one number is *defined*
# as the limit of a quotient, and a computer can take h small instead of taking the limit:
#
# $$f'(x) = \lim_{h \to 0} \frac{f(x+h) - f(x)}{h} \qquad\text{forward:}\quad \frac{f(x+h)-f(x)}{h} \qquad\text{central:}\quad \frac{f(x+h)-f(x-h)}{2h}$$
#
# By hand, for x³ at x = 1 (the derivative is 3) with h = 0.1: forward (1.331 − 1)/0.1 = 3.31, central (1.331
# − 0.729)/0.2 = 3.01. The central one is much nearer. To see why, expand: (1 + h)³ = 1 + 3h + 3h² + h³. The
# forward quotient is 3 + 3h + h². In the central one the even powers cancel, and 3 + h² is left: with a tenth
# of h the error is a hundredth, not a tenth.
#
# For a gradient, nudge one parameter at a time and leave the others alone. Here it is with forward quotients,
# in a loop over the parameters; the central one is your exercise, and `nblib.checks.numeric_gradient` does it
# for arrays of any shape.

# %% tags=["concept:numeric-gradient"]
def forward(f, x, h):
    return (f(x + h) - f(x)) / h

def central(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)

cube = lambda x: x**3
for h in (0.1, 0.01, 0.001):
    off = forward(cube, 1, h) - 3, central(cube, 1, h) - 3
    print(f"h = {h:<5}: forward is off by {off[0]:.6f}, central by {off[1]:.6f}")
    assert np.allclose(off, [3 * h + h**2, h**2], rtol=1e-6)

def forward_gradient(f, w, h=1e-6):
    """One partial derivative after the other -> array of w's shape (D,)"""
    return np.array([(f(w + nudge) - f(w)) / h for nudge in h * np.eye(len(w))])

w = np.array([0.0, 0.0])
assert np.allclose(forward_gradient(f, w), [-34, -38], atol=1e-4)
assert np.allclose(numeric_gradient(f, w), [-34, -38], atol=1e-8)
print("forward, central and by hand: the gradient of the bowl at (0, 0) is (-34, -38)")

# %% [markdown]
# ### Your turn: the central difference (core)
#
# Write the gradient by central differences, for an array x of any shape.
#
# <details><summary>Hint 1</summary>Make <code>nudge = np.zeros_like(x)</code>, set one entry of it to h, and evaluate f at x + nudge and at x − nudge.</details>
# <details><summary>Hint 2</summary><code>for i in np.ndindex(x.shape)</code> goes through the positions of an array of any shape; use <code>nudge[i]</code> and <code>g[i]</code>.</details>

# %%
def central_difference(f, x, h):
    """f: array -> number; x: float array of any shape; h: number -> gradient, an array of x's shape"""
    ...                                                    # your code here

check("central_difference", central_difference)

# %% tags=["solution"] jupyter={"source_hidden": true}
def central_difference_solution(f, x, h):
    g = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        nudge = np.zeros_like(x)
        nudge[i] = h
        g[i] = (f(x + nudge) - f(x - nudge)) / (2 * h)
    return g

check("central_difference", central_difference_solution)

# %% [markdown]
# ## Smaller h is better, until it is worse
#
# The definition says h → 0. So is h = 1e-15 the best that can be done? Predict the picture before you look:
# the error of both quotients for sin at x = 1, with h from 1 down to 1e-15.

# %% tags=["concept:gradient-error-v-curve"]
hs = np.logspace(-15, 0, 151)
error = {"forward": np.abs(forward(np.sin, 1.0, hs) - np.cos(1)),
         "central": np.abs(central(np.sin, 1.0, hs) - np.cos(1)),
         "32 bits": np.abs(central(np.sin, np.float32(1), hs.astype(np.float32)) - np.cos(1))}

def typical(name, low, high):
    return np.median(error[name][(low <= hs) & (hs < high)])

assert 8 < typical("forward", 1e-3, 1e-2) / typical("forward", 1e-4, 1e-3) < 12      # error ~ h
assert 80 < typical("central", 1e-3, 1e-2) / typical("central", 1e-4, 1e-3) < 120    # error ~ h²
assert min(typical("forward", 1e-13, 1e-12), typical("central", 1e-13, 1e-12)) > 1e-5
assert typical("forward", 3e-9, 3e-8) < 1e-7 and typical("central", 2e-6, 2e-5) < 1e-9
assert min(typical("32 bits", 10.0**k, 10.0 ** (k + 1)) for k in range(-15, 0)) > 1e-6
print("near h = 1e-8 forward has 7 digits, near h = 6e-6 central has 9; at h = 1e-13 both have lost them")

fig, ax = plots.figure(size=(6.8, 3.4))
for name, color in (("32 bits", "truth"), ("forward", "test"), ("central", "train")):
    ax.loglog(hs, error[name] + 1e-16, ".", color=plots.COLORS[color], markersize=4)
ax.set(xlabel="h", ylabel="error of the slope", xlim=(5e-16, 10), ylim=(1e-13, 10))
for at, height, text, color in ((2e-7, 1e-8, "forward ~ h", plots.COLORS["test"]),
                                (3e-3, 3e-9, "central ~ h²", plots.COLORS["train"]),
                                (8e-16, 1e-8, "round-off ~ 1/h", plots.ink()),
                                (1e-11, 2e-2, "central, in 32 bits", plots.COLORS["truth"])):
    plots.label(ax, at, height, text, color)
plots.show(fig, "Error of both quotients for sin at 1: from right to left it falls (truncation), "
                "then it rises again (round-off). In 32 bits it never gets small.")

# %% [markdown]
# A V. Two errors work against each other.
#
# - **Truncation**, the right arm: the quotient is not the limit. Forward it is about h/2 · |f″|, central
#   about h²/6 · |f‴|.
# - **Round-off**, the left arm: f(x + h) and f(x − h) are nearly equal numbers, stored to 16 digits (one part
#   in 2.2e-16, called ε). Their difference keeps few correct digits, and dividing by h magnifies what is
#   wrong: about ε|f|/h.
#
# The sum is smallest near h = √ε ≈ 1e-8 forward and h = ∛ε ≈ 6e-6 central. With 32-bit numbers, the usual
# ones in deep learning, ε is 1.2e-7, and the whole picture moves to the upper right: a handful of digits are to
# be had. That is why gradients are checked in 64 bits.
#
# ### Try it: find the bottom of the V
#
# Left: the function, and the line through the two points of the central quotient. Right: the V of the chosen
# function, with the present h marked.
#
# *Before you move it:* will the best h be smaller or larger for a function that wiggles faster?
#
# **Goal.** Bring the central error below 1e-10, for as many of the five functions as you can. For one of them
# there is hardly a chance. Which one, and why?

# %%
FUNCTIONS = {"sin x": (np.sin, np.cos), "exp x": (np.exp, np.exp),
             "x³": (cube, lambda x: 3 * x**2), "x²": (np.square, lambda x: 2 * x),
             "sin 30x": (lambda x: np.sin(30 * x), lambda x: 30 * np.cos(30 * x))}

def quotient_errors(function, h):
    """Errors of the forward and of the central quotient at x = 1."""
    g, derivative = FUNCTIONS[function]
    return [np.abs(quotient(g, 1.0, h) - derivative(1.0)) for quotient in (forward, central)]

V_CURVES = {function: quotient_errors(function, hs) for function in FUNCTIONS}
around = np.linspace(0, 2, 201)

def draw_secant(ax, g, h):
    """The function around x = 1, and the line through its values at 1 - h and 1 + h."""
    values, ends = g(around), np.array([1 - h, 1 + h])
    ax.plot(around, values, color=plots.ink())
    ax.plot(around, g(1 - h) + central(g, 1.0, h) * (around - (1 - h)), "--", color=plots.COLORS["train"])
    ax.plot(ends, g(ends), "o", color=plots.COLORS["train"])
    ax.set(xlabel="x", ylabel="f(x)", xlim=(0, 2), ylim=(values.min() - 0.5, values.max() + 0.5))

# %%
@explore(function=choice("function", FUNCTIONS), h=log_slider("nudge h", 1e-15, 1, 0.5), columns=2)
def nudge(axes, function, h):
    errors = quotient_errors(function, h)
    draw_secant(axes[0], FUNCTIONS[function][0], h)
    for values, now, color in zip(V_CURVES[function], errors, (plots.COLORS["test"], plots.COLORS["train"])):
        axes[1].plot(hs, values + 1e-16, ".", color=color, markersize=3)
        axes[1].plot(h, now + 1e-16, "o", color=color, markersize=9)
    axes[1].set(xscale="log", yscale="log", xlabel="h", ylabel="error of the slope",
                xlim=(1e-15, 2), ylim=(1e-16, 100))
    goal = " Goal reached for this function." if errors[1] < 1e-10 else ""
    return f"{function} at 1, h = {h:.1e}: forward off by {errors[0]:.0e}, central by {errors[1]:.0e}.{goal}"
nudge

# %% [markdown]
# <details><summary>What happens, and why</summary>
#
# Along sin 30x everything happens thirty times faster: its third derivative is 27,000 times that of sin x, so
# truncation sets in much earlier, and the best h is near 2e-7. There the round-off ε|f|/h is already above
# 1e-10 (a lucky position of the slider may still get below). For x² the central quotient has no truncation
# error at all, because its third derivative is zero: the right arm is missing, and h = 1 is best.
# </details>

# %% [markdown]
# ## A limit that exists where there is no slope
#
# Document A *defines* the derivative by the central quotient, f′(x) = lim (f(x+h) − f(x−h)) / 2h, and uses it
# for checking. For checking it is the better choice. As a definition it will not do: it finds a slope where
# none exists. The function |x| has a kink at 0, slope −1 to the left of it and +1 to the right. The two
# one-sided quotients disagree for every h, so |x| has no derivative at 0; yet the central quotient is 0 for
# every h, and so is its limit.
#
# The definition is the limit of (f(x + h) − f(x)) / h, and it has to be the same from both sides. Where it
# exists, the central limit agrees with it. And the 2 matters: the distance between x − h and x + h is 2h, and
# over h alone the quotient tends to twice the slope. (Kinks are not rare. The hinge loss has one, and so have
# the ReLU units of [Neural networks](04_neural_networks.ipynb).)

# %%
for h0 in (1e-1, 1e-4, 1e-8):
    quotients = forward(abs, 0.0, h0), forward(abs, 0.0, -h0), central(abs, 0.0, h0)
    assert quotients == (1, -1, 0)
    print(f"|x| at 0, h = {h0:g}: from the right {quotients[0]:+.0f}, from the left {quotients[1]:+.0f}, "
          f"central {quotients[2]:.0f}")
twice = (np.sin(1 + 1e-5) - np.sin(1 - 1e-5)) / 1e-5
assert np.isclose(twice, 2 * np.cos(1))
print("and with h alone below the central difference, the slope comes out twice too large")

# %% [markdown]
# ## The analytic gradient is exact and cheap, and easy to get wrong
#
# Now a real model: the softmax classifier of notebook 02 on the digits. X holds the N images, one a row (64
# pixels and a 1 for the bias), so it is (N, 65); W is (65, 10), and the scores are S = XW. The cost is the mean
# loss plus λ|W|² (λ is the strength of regularization here, as in notebook 02, not an eigenvalue). Its gradient
# by calculus was
#
# $$\nabla_W L = \frac{1}{N} X^\top (P - Y) + 2\lambda W$$
#
# with the probabilities P and the one-hot targets Y, both (N, 10). We split it in two, since the next section
# swaps the first half: a loss gives its gradient *for the scores*, and `objective` does the rest.
#
# How expensive is each kind of gradient? The analytic one needs one pass over the data. The numeric one needs
# two evaluations of the cost for every parameter, and there are 650.

# %%
data = datasets.digits()
images = np.column_stack([data.X / 16, np.ones(len(data.X))])
X, X_test, y, y_test = datasets.split(images, data.y)

def softmax_loss(S, y):
    """scores S (N, K), classes y (N,) -> losses (N,), gradient of each loss for its scores (N, K)"""
    P = np.exp(S - S.max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    n = np.arange(len(y))
    losses = -np.log(P[n, y])
    P[n, y] -= 1                                           # P - Y
    return losses, P

def objective(loss, W, X, y, lam=1e-3):
    """-> cost (number), its gradient, an array of W's shape"""
    losses, dS = loss(X @ W, y)
    return losses.mean() + lam * np.sum(W**2), X.T @ dS / len(X) + 2 * lam * W

# %% tags=["concept:analytic-gradient"]
W = 0.1 * rng.normal(size=(65, 10))
cost = lambda W: objective(softmax_loss, W, X, y)[0]
evaluations = 0

def counted(W):
    global evaluations
    evaluations += 1
    return cost(W)

numeric = numeric_gradient(counted, W)
assert evaluations == 2 * W.size and np.allclose(numeric, objective(softmax_loss, W, X, y)[1], rtol=0, atol=1e-8)
print(f"{evaluations:,} evaluations of the cost for one numeric gradient; the analytic one takes a single "
      "evaluation and one more product, and they agree")

# %% [markdown]
# A small network of today has a million parameters, and would need two million evaluations for a single step.
# So the gradient used for training is always the analytic one. But a formula can be wrong, and a wrong
# gradient often still goes down, just not far. Hence the **gradient check**: on a handful of examples,
# compare both. A good measure is the largest difference divided by the largest entry, which does not depend
# on the units. Here are the right gradient and three that are not.

# %% tags=["concept:gradient-check"]
few, few_y = X[:20], y[:20]
cost = lambda W: objective(softmax_loss, W, few, few_y)[0]
right = objective(softmax_loss, W, few, few_y)[1]
dS = softmax_loss(few @ W, few_y)[1]
attempts = {"right": right, "mean forgotten": few.T @ dS + 2e-3 * W,
            "regularization without its 2": right - 1e-3 * W, "regularization forgotten": right - 2e-3 * W}
found = {name: gradient_check(cost, g, W) for name, g in attempts.items()}
for name, value in found.items():
    print(f"{name:30}: relative error {'below 1e-6' if value < 1e-6 else format(value, '.1g')}")
assert found["right"] < 1e-6 and min(found[name] for name in list(attempts)[1:]) > 1e-4

# %% [markdown]
# The forgotten mean is off by almost everything. A wrong factor in a weak regularization changes the gradient
# by a few thousandths of its largest entry, and training with it goes down all the same: it is the gradient of
# a cost with half the λ. The check sees it clearly, since the right formula is at 1e-6 or below.
#
# PyTorch has the same check, `torch.autograd.gradcheck`, for its own operations and for yours. We use it on
# the bowl, on an operation whose derivative (the last line of the class) is wrong on purpose, and on max(x, 0),
# which PyTorch calls `relu`. The cell also gives the third proof of the softmax gradient, by PyTorch's own
# derivative.
#
# The last verdict is not a bug: max(x, 0) has a kink at 0. PyTorch says slope 0 there, the central quotient
# says ½, and neither is a derivative. If a check fails at a handful of places of a network with kinks, look
# whether they sit on one.

# %%
import torch

class BadSquare(torch.autograd.Function):
    """x², with the derivative x in place of 2x."""
    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(context, upstream):
        return upstream * context.saved_tensors[0]

def passes(function, *x):
    x = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    return torch.autograd.gradcheck(function, x, raise_exception=False)

verdicts = [passes(f, 0.0, 0.0), passes(BadSquare.apply, 1.0, 2.0),
            passes(torch.relu, 1.0, -2.0), passes(torch.relu, 0.0)]
print("the bowl {}, the bad square {}, max(x, 0) at 1 and -2 {}, max(x, 0) at 0 {}".format(*verdicts))
W_t = torch.tensor(W, requires_grad=True)
loss = torch.nn.functional.cross_entropy(torch.tensor(few) @ W_t, torch.tensor(few_y)) + 1e-3 * (W_t**2).sum()
loss.backward()
assert verdicts == [True, False, True, False] and np.allclose(W_t.grad.numpy(), right, atol=1e-12)
assert torch.func.grad(torch.relu)(torch.tensor(0.0)) == 0 and central(lambda x: max(x, 0), 0, 1e-6) == 0.5

# %% [markdown]
# ## One recipe trains many models
#
# Document B writes down three costs, softmax, hinge and least squares, and one arg min for all of them. Here
# is what that buys: only the loss is exchanged. The hinge loss is the one of notebook 02, and least squares
# asks the scores themselves to be 1 for the right class and 0 for the others. One loop trains all three, and
# each of the three models reads more than nine in ten new digits.
#
# The rate 0.08 for least squares was chosen by the rule of the bowl. Least squares is a bowl as well, in 650
# parameters: its Hessian is 2XᵀX/N + 2λI (once for each class), and 2/λ_max, with the largest eigenvalue of
# *that* matrix, is the limit. The rule does not ask how many parameters there are; the last lines try it with
# rates 3% below and 3% above.

# %%
def hinge_loss(S, y):
    """scores S (N, K), classes y (N,) -> losses (N,), their gradient for the scores (N, K)"""
    n = np.arange(len(y))
    margins = S - S[n, y][:, None] + 1
    margins[n, y] = 0
    dS = (margins > 0).astype(float)
    dS[n, y] = -dS.sum(axis=1)
    return np.maximum(margins, 0).sum(axis=1), dS

def squared_loss(S, y):
    """scores S (N, K), classes y (N,) -> losses (N,), their gradient for the scores (N, K)"""
    error = S - np.eye(S.shape[1])[y]
    return np.sum(error**2, axis=1), 2 * error

# %% tags=["concept:argmin"]
def train(loss, lr, steps=300):
    """Gradient descent from W = 0 -> W (65, 10), the cost before each step"""
    W, costs = np.zeros((65, 10)), []
    for _ in range(steps):
        cost, dW = objective(loss, W, X, y)
        W = W - lr * dW
        costs.append(cost)
    return W, costs

for loss, lr in ((softmax_loss, 0.5), (hinge_loss, 0.1), (squared_loss, 0.08)):
    on_few = lambda W, part: objective(loss, W, few, few_y)[part]
    assert gradient_check(lambda W: on_few(W, 0), lambda W: on_few(W, 1), W) < 1e-6
    trained, costs = train(loss, lr)
    accuracy = np.mean((X_test @ trained).argmax(axis=1) == y_test)
    print(f"{loss.__name__:12}: cost {costs[0]:.3g} -> {costs[-1]:.2g}, {accuracy:.0%} of new digits right")
    assert costs[-1] < 0.5 * costs[0] and accuracy > 0.9

H_digits = 2 * X.T @ X / len(X) + 2e-3 * np.eye(65)
limit = 2 / np.linalg.eigvalsh(H_digits).max()
below, above = train(squared_loss, 0.97 * limit)[1], train(squared_loss, 1.03 * limit)[1]
assert below[-1] < below[100] < below[0] and above[-1] > 1e3 * above[0]
print(f"limit {limit:.3f}; 3% below it the cost falls from {below[0]:.2g} to {below[-1]:.2g}, "
      "3% above it rises beyond 1,000")

# %% [markdown]
# ## A few examples already point downhill
#
# So far every step looked at all N examples. This is **batch gradient descent**:
#
# $$\nabla L = \frac{1}{N} \sum_{i=1}^{N} \nabla L_i \qquad (L_i\text{: the loss of example } i)$$
#
# With a million images, each step would be a million passes through the model. But a mean can be estimated
# from a sample. A **mini-batch** is a random handful of B examples, and its gradient is the mean over B in
# place of N. It is right *on average*: cut the data into equal batches, and the mean of their gradients is
# the gradient of all. The first cell does so at W = 0, and asks each batch which way is down.
#
# How far off is a single one? The error of a mean of B independent terms falls as 1/√B. The second cell
# measures it, with 500 random batches of each size.

# %% tags=["concept:batch-gd", "concept:minibatch"]
def data_gradient(W, X, y):
    return objective(softmax_loss, W, X, y, lam=0)[1]

W = np.zeros((65, 10))
whole = X[:1344], y[:1344]                                 # 42 batches of 32
full = data_gradient(W, *whole)
parts = [data_gradient(W, X_batch, y_batch) for X_batch, y_batch in datasets.batches(*whole, 32, rng)]
assert len(parts) == 42 and np.allclose(np.mean(parts, axis=0), full, atol=1e-12)
downhill = [np.sum(g * full) > 0 for g in parts]
print(f"the mean of the 42 gradients is the full gradient; {sum(downhill)} of the 42 point downhill")
assert all(downhill)

# %% tags=["concept:gradient-noise", "concept:batch-size"]
sizes = np.array([1, 4, 16, 64, 256])
noise = []
for B in sizes:
    drawn = (rng.integers(1344, size=B) for _ in range(500))
    errors = [data_gradient(W, X[i], y[i]) - full for i in drawn]
    noise.append(np.sqrt(np.mean([np.sum(e**2) for e in errors])))
noise = np.array(noise) / np.linalg.norm(full)
for B, value in zip(sizes, noise):
    print(f"batch size {B:3}: typical error {value:.2f} times the length of the gradient itself")
assert np.allclose(noise * np.sqrt(sizes), noise[0], rtol=0.1)

fig, ax = plots.figure(size=(5.6, 3.1))
ax.loglog(sizes, noise, "o-", color=plots.COLORS["sgd"])
ax.loglog(sizes, noise[0] / np.sqrt(sizes), "--", color=plots.ink(), linewidth=1)
ax.axhline(1, color=plots.ink(), linewidth=0.8)
plots.label(ax, 9, 3.6, "measured, and 1/√B", plots.COLORS["sgd"])
plots.label(ax, 1, 0.75, "as long as the gradient", va="top")
ax.set(xlabel="batch size B", ylabel="noise / gradient", ylim=(0.3, 15))
plots.show(fig, "The noise of a mini-batch gradient falls as 1/√B: four times the examples, half the noise.")

# %% [markdown]
# ## Many rough steps beat one precise step
#
# Far from the bottom, all 42 batches agree on which way is down, although a single example is wrong by eight
# times what it wants to tell. A hundred times the work makes it only ten times better. This poor exchange is
# the reason for small batches: the same work, spent on many rough steps, gets farther than on one precise step.
#
# One pass through all examples is an **epoch**. With batch size N it is one step, with batch size 1, which is
# **stochastic gradient descent** (SGD) in the strict sense, it is N steps. (In the wide sense, and in all
# libraries, SGD is any descent with mini-batches.) Every size gets the same number of epochs, five, and for
# fairness the best of four learning rates; three seeds.
#
# Per epoch, small batches are far ahead of the full one. But the smallest make an epoch slow: the same products
# are cut into 64 times as many calls, and each call has its own cost, however little it computes. Between the two lie the usual 32 to 256. (Document A advises
# powers of two, as large as the memory of the graphics card allows. That is a rule for the *speed of an epoch*;
# what an epoch achieves is the other half of the account.)

# %% tags=["concept:sgd", "concept:epoch"]
from nblib.counting import lines_run

def sgd(batch_size, lr, epochs=5, seed=0):
    """Mini-batch gradient descent on the digits from W = 0 -> W (65, 10)"""
    W, rng = np.zeros((65, 10)), np.random.default_rng(seed)
    for epoch in range(epochs):
        for X_batch, y_batch in datasets.batches(X, y, batch_size, rng):
            W = W - lr * data_gradient(W, X_batch, y_batch)
    return W

ends = {}
for B in (len(X), 128, 16, 1):
    by_rate = [[objective(softmax_loss, sgd(B, lr, seed=seed), X, y, lam=0)[0] for seed in range(3)]
               for lr in (0.1, 0.3, 3.0, 10.0)]
    ends[B] = min(by_rate, key=np.mean)
    steps = 5 * math.ceil(len(X) / B)
    print(f"batch size {B:4}: {steps:5,} steps in 5 epochs, cost {min(ends[B]):.2f} to {max(ends[B]):.2f}")
assert min(ends[len(X)]) > 1 and max(ends[128]) < 0.5 and max(ends[16] + ends[1]) < 0.15
calls = {B: lines_run(sgd, B, 0.1, 1) for B in (1, 64)}
assert calls[1] > 40 * calls[64]
print("an epoch with batch size 1 runs more than 40 times as many lines of Python as one with batch size 64")

# %% [markdown]
# ## How the batches are drawn matters
#
# Usually: shuffle once an epoch, cut into batches, so that every example comes exactly once. Two alternatives
# look harmless. Document B's loop draws each batch afresh from all data. Document A's loop shuffles again
# after *every batch*, inside the loop over the batches, while it goes on to the next slice. How much of the
# data does one epoch see? With m batches drawn afresh, an example is left out m times with probability
# 1 − 1/m each: (1 − 1/m)^m ≈ 1/e, 37%. The first cell measures all three.
#
# And what if nobody shuffles? Real data often lie sorted, by class or by date. The second cell trains on the
# digits sorted by class, so that a batch holds one class or two, and pulls everything towards them.

# %%
def shuffled_once(N, B, rng):
    return rng.permutation(N)

def drawn_afresh(N, B, rng):
    return np.concatenate([rng.choice(N, size=B, replace=False) for _ in range(N // B)])

def shuffled_every_batch(N, B, rng):                       # document A's loop, as printed
    order, seen = np.arange(N), []
    for batch in range(N // B):
        seen.append(order[batch * B:(batch + 1) * B])
        order = rng.permutation(N)
    return np.concatenate(seen)

seen = {}
for draw in (shuffled_once, drawn_afresh, shuffled_every_batch):
    seen[draw] = [len(np.unique(draw(1440, 32, np.random.default_rng(seed)))) / 1440 for seed in range(10)]
    print(f"{draw.__name__:20}: an epoch sees {min(seen[draw]):.0%} to {max(seen[draw]):.0%} of the examples")
assert min(seen[shuffled_once]) == 1 and max(seen[drawn_afresh] + seen[shuffled_every_batch]) < 0.7

# %% tags=["concept:sampling"]
by_class = np.argsort(y, kind="stable")

def accuracy_of(order_of_epoch, seed):
    W, rng = np.zeros((65, 10)), np.random.default_rng(seed)
    for epoch in range(5):
        order = order_of_epoch(rng)
        for X_batch, y_batch in datasets.batches(X[order], y[order], 32):
            W = W - 0.3 * data_gradient(W, X_batch, y_batch)
    return np.mean((X_test @ W).argmax(axis=1) == y_test)

shuffled = [accuracy_of(lambda rng: rng.permutation(len(X)), seed) for seed in range(5)]
unshuffled = accuracy_of(lambda rng: by_class, 0)
print(f"shuffled each epoch: {min(shuffled):.2f} to {max(shuffled):.2f} right on new digits (5 seeds)")
print(f"sorted by class, the same five epochs: {unshuffled:.2f}")
assert min(shuffled) > 0.88 and unshuffled < 0.65

# %% [markdown]
# With either alternative an epoch sees about two thirds of the data, and some examples twice. The gradient
# is still right on average, so it trains, but it is no *epoch*; document A's shuffle belongs one level further
# out, after the loop over the batches. What does harm is not to shuffle at all.
#
# ### Your turn: a mini-batch iterator (core)
#
# Write what the loops above took from `nblib.datasets`: one epoch of mini-batches, shuffled. If B does not
# divide N, the last batch is smaller; it must not be lost.
#
# <details><summary>Hint 1</summary><code>rng.permutation(len(X))</code> gives the row numbers in random order. Use the same order for X and for y.</details>
# <details><summary>Hint 2</summary><code>for i in range(0, len(X), batch_size)</code>, and slice the order from i to i + batch_size: a slice may go past the end. Then <code>yield X[part], y[part]</code>.</details>

# %%
def minibatches(X, y, batch_size, rng):
    """X (N, D), y (N,), rng: a NumPy Generator -> yields pairs (X_batch, y_batch), every example once"""
    ...                                                    # your code here

check("minibatches", minibatches)

# %% tags=["solution"] jupyter={"source_hidden": true}
def minibatches_solution(X, y, batch_size, rng):
    order = rng.permutation(len(X))
    for i in range(0, len(X), batch_size):
        part = order[i:i + batch_size]
        yield X[part], y[part]

check("minibatches", minibatches_solution)

# %% [markdown]
# ### Try it: watch the noise of the path
#
# A line is fitted to 128 noisy points: slope and offset, two parameters, so that the path can be seen. The
# bowl on the left is the cost over *all* points; each step follows a mini-batch. The path shows the last 300 of
# them.
#
# *Before you press Run:* with batch size 4 and α = 0.2, will the path settle at the bottom? What changes with
# batch size 128?
#
# **Goal.** Keep batch size 1, and bring the average over the last 100 steps to less than 0.01 above the
# lowest cost.

# %%
def line_cost(w, X, y):
    """w (..., 2): slope and offset; X (N, 2), y (N,) -> mean squared error (...)"""
    return np.mean((w @ X.T - y) ** 2, axis=-1)

def line_gradient(w, X, y):
    return 2 * X.T @ (X @ w - y) / len(X)

points = np.column_stack([rng.uniform(-1, 1, size=128), np.ones(128)])
targets = points @ [1.5, -0.5] + 0.5 * rng.normal(size=128)
best_line = np.linalg.lstsq(points, targets, rcond=None)[0]
lowest = line_cost(best_line, points, targets)
line_mesh = plots.mesh((-2.5, 4), (-3, 2.5), 80)
line_heights = line_cost(line_mesh.points, points, targets) - lowest
assert gradient_check(lambda w: line_cost(w, points, targets),
                      lambda w: line_gradient(w, points, targets), start) < 1e-6

def epochs_of(batch_size, rng):
    while True:
        yield from datasets.batches(points, targets, batch_size, rng)

def init(rng, batch_size):
    return {"path": [np.array([-2.0, 2.0])], "stream": epochs_of(batch_size, rng)}

def step(state, lr):
    w = state["path"][-1]
    state["path"].append(w - lr * line_gradient(w, *next(state["stream"])))
    return {"excess cost": line_cost(state["path"][-1], points, targets) - lowest}

# %%
@live(init, step, batch_size=choice("batch size B", [1, 2, 4, 8, 16, 32, 64, 128], 4, restart=True),
      lr=log_slider("learning rate α", 0.02, 2, 0.2), columns=2, start=100, pace=1, size=(8.4, 3.6))
def noisy_path(axes, trainer):
    above = trainer.history.get("excess cost", [])
    steps, B = trainer.steps, trainer.hyper["batch_size"]
    recent = np.mean(above[-100:]) if above else line_heights.max()
    plots.contour(axes[0], line_mesh, line_heights, (0.01, 0.1, 0.5, 1.5, 3, 6, 10))
    plots.path(axes[0], np.array(trainer.state["path"][-300:]))
    plots.cost_curves(axes[1], {"excess cost": above}, ylabel="cost above the lowest", ylim=(1e-6, 1e4))
    axes[0].set(xlabel="slope of the line", ylabel="offset")
    goal = " Goal reached." if B == 1 and steps >= 100 and recent < 0.01 else ""
    return (f"batch size {B}, α = {trainer.hyper['lr']:.3g}, step {steps}, epoch {steps * B / 128:.1f}: "
            f"on average {recent:.2g} above the lowest cost over the last 100 steps.{goal}")
noisy_path

# %% [markdown]
# <details><summary>What happens, and why</summary>
#
# At the bottom the *full* gradient is zero, but the gradient of a batch is not: each batch has a line of its
# own that would fit it better. So the path runs downhill, and then it wanders about the bottom in a cloud.
# With batch size 128 all points are in every batch, there is no noise, and the path runs straight in. The
# cloud shrinks with a larger batch *and* with a smaller rate. For the goal: start with a large rate, wait
# until the cloud is reached, then slide α down to 0.02. The next section does exactly this, on a
# schedule.
#
# Beyond α ≈ 1 even the full batch diverges: that is 2/λ_max again, for this bowl.
# </details>

# %% [markdown]
# ## A falling rate lowers the floor
#
# With a constant rate the noise sets a floor. A large rate gets to its floor quickly, but the floor is high;
# a small rate has a low floor and takes long to reach it. **Learning rate decay** takes both: begin large,
# end small. T is the number of steps, α₀ the first rate.
#
# - **Step decay**: multiply α by a factor at fixed times, for instance by 0.1 after one third of the run and
#   again after two.
# - **Cosine decay**: no times and no factor to choose, $\alpha_t = \tfrac12\alpha_0\,(1 + \cos(\pi t/T))$. It
#   stays high for a while and ends at zero.
#
# We try both on the line above with batches of 4, next to two constant rates. (A first look: the notebook on
# optimizers compares schedules on harder problems.)

# %% tags=["concept:step-decay", "concept:cosine-decay"]
T = 2000
schedules = {
    "constant 0.3": lambda t: 0.3,
    "constant 0.003": lambda t: 0.003,
    "step decay": lambda t: 0.3 * 0.1 ** (3 * t // T),
    "cosine decay": lambda t: 0.5 * 0.3 * (1 + math.cos(math.pi * t / T)),
}
assert np.isclose(schedules["cosine decay"](0), 0.3) and np.isclose(schedules["cosine decay"](T // 2), 0.15)

def excess(schedule, seed):
    """T steps with batches of 4 -> cost above the lowest after each (T,)"""
    rng, w, path = np.random.default_rng(seed), np.array([-2.0, 2.0]), []
    for t in range(T):
        part = rng.integers(128, size=4)
        w = w - schedule(t) * line_gradient(w, points[part], targets[part])
        path.append(w)
    return line_cost(np.array(path), points, targets) - lowest

runs = {name: np.array([excess(schedule, seed) for seed in range(5)]) for name, schedule in schedules.items()}
floor = {name: values[:, -50:].mean(axis=1) for name, values in runs.items()}
for name in schedules:
    print(f"{name:15}: after 100 steps {np.median(runs[name][:, 99]):5.2f} above the lowest, "
          f"at the end {floor[name].min():.0e} to {floor[name].max():.0e} (5 seeds)")
for name in ("step decay", "cosine decay"):
    assert np.median(floor["constant 0.3"]) > 30 * np.median(floor[name])
    assert floor["constant 0.3"].min() > 5 * floor[name].max()
assert np.median(runs["constant 0.003"][:, 99]) > 20 * np.median(runs["step decay"][:, 99])

# %%
fig, axes = plots.figure(2, size=(8.4, 3.3))
colors = {"constant 0.3": plots.COLORS["sgd"], "constant 0.003": plots.COLORS["momentum"],
          "step decay": plots.COLORS["adam"], "cosine decay": plots.COLORS["train"]}
for name, schedule in schedules.items():
    axes[0].semilogy([schedule(t) for t in range(T)], color=colors[name])
    averaged = np.median(runs[name], axis=0).reshape(-1, 20).mean(axis=1)
    axes[1].semilogy(np.arange(10, T, 20), averaged, color=colors[name])
axes[0].set(xlabel="step t", ylabel="learning rate α", ylim=(1e-4, 1))
axes[1].set(xlabel="step t", ylabel="cost above the lowest", xlim=(0, 2900), ylim=(3e-5, 20),
            xticks=(0, 1000, 2000))
places = {"constant 0.3": 0.025, "constant 0.003": 1.3e-3, "cosine decay": 2.4e-4, "step decay": 7e-5}
for name, height in places.items():
    plots.label(axes[1], 2030, height, name, colors[name], fontsize=9)
plots.show(fig, "Left: four schedules. Right: what they reach (median of 5 seeds, averaged over 20 steps). "
                "At first both decays are as fast as the large rate, and they end far below it; "
                "the small rate ends low too, but is far behind for most of the way.")

# %% [markdown]
# ## A flat place is a minimum, a maximum or a saddle
#
# Descent stops where the gradient is zero. Which kind of place is that? A short way e from it, a
# smooth cost has changed by nearly ½ eᵀHe, and along an eigenvector that is ½λ|e|². So the signs of the
# eigenvalues decide:
#
# | eigenvalues of H | the place is |
# |---|---|
# | all positive | a **minimum**: up on all sides |
# | all negative | a **maximum**: down on all sides |
# | some positive, some negative | a **saddle**: up this way, down that way |
# | some zero, the others of one sign | undecided by H alone |
#
# Document A has a handier rule: a minimum is "convex in all variables", a saddle convex in some and concave
# in others. Try it on H = [[2, 3], [3, 2]]. Along x the curvature is 2, along y it is 2. Convex in both
# variables. A minimum?

# %% tags=["concept:optima"]
H_trap = np.array([[2.0, 3.0], [3.0, 2.0]])
assert np.allclose(np.linalg.eigvalsh(H_trap), [-1, 5]) and (np.diag(H_trap) > 0).all()

def quadratic(w, H=H_trap):
    """w (..., D) -> ½ wᵀHw (...)"""
    return 0.5 * np.sum((w @ H) * w, axis=-1)

across = np.array([1, -1]) / np.sqrt(2)
assert np.allclose(quadratic(np.array([[1, 0], [0, 1], across])), [1, 1, -0.5])
print("eigenvalues 5 and -1: a step of 1 along x or y costs +1, along (1, -1) it costs -0.5")
for g in (lambda x: x**4, lambda x: -x**4, lambda x: x**3):
    assert abs(central(g, 0.0, 1e-3)) < 1e-5 and abs(g(1e-3) - 2 * g(0.0) + g(-1e-3)) / 1e-6 < 1e-5

# %%
t, trap = np.linspace(-1.5, 1.5, 61), plots.mesh((-1.5, 1.5), (-1.5, 1.5), 61)
ways = (("along x", np.array([1, 0]), "C2", 1.0, 0.4), ("along (1, 1)", across[[0, 0]], "C0", 0.1, 5.2),
        ("along (1, −1)", across, "C1", 0.3, -1.5))
fig, axes = plots.figure(2, size=(8.4, 3.5))
plots.contour(axes[0], trap, quadratic(trap.points), np.arange(-2, 10, 0.5))
for name, u, color, at, height in ways:
    axes[0].plot(*np.outer([-1.4, 1.4], u).T, color=color)
    axes[1].plot(t, quadratic(t[:, None] * u), color=color)
    plots.label(axes[1], at, height, name, color)
axes[0].set(xlabel="x", ylabel="y", aspect="equal")
axes[1].set(xlabel="distance from (0, 0)", ylabel="height", ylim=(-2, 6))
plots.show(fig, "H = [[2, 3], [3, 2]]: the height rises along x (and along y), "
                "and yet there is a way down, between the axes.")

# %% [markdown]
# A saddle, although it is convex in each variable. The diagonal of H only knows the axes. A network has no
# reason to go down along an axis, so look at the eigenvalues.
#
# And a zero eigenvalue leaves the question open: x⁴, −x⁴ and x³ all have slope 0 and curvature 0 at x = 0 (the
# last lines of the first cell), and there they are a minimum, a maximum and neither.
#
# ### Your turn: classify a flat place (stretch)
#
# Given the Hessian at a place with zero gradient, say what it is. Treat an eigenvalue as zero when its size
# is at most 1e-9.
#
# <details><summary>Hint 1</summary>Two questions suffice: is any eigenvalue clearly positive (above 1e-9), is any clearly negative (below −1e-9)?</details>
# <details><summary>Hint 2</summary>Both: a saddle, whatever the others are. Otherwise, if any is zero: undecided. What remains has one sign.</details>

# %%
def classify(H):
    """H (D, D), symmetric -> the word "minimum", "maximum", "saddle" or "undecided", a string"""
    ...                                                    # your code here

check("classify", classify)

# %% tags=["solution"] jupyter={"source_hidden": true}
def classify_solution(H):
    values = np.linalg.eigvalsh(H)
    up, down = (values > 1e-9).any(), (values < -1e-9).any()
    if up and down:
        return "saddle"
    if (np.abs(values) <= 1e-9).any():
        return "undecided"
    return "minimum" if up else "maximum"

check("classify", classify_solution)

# %% [markdown]
# ## Descent ends in the valley where it starts
#
# A cost may have several minima. The lowest of all is the **global** minimum; one that is lowest only among
# its neighbours is **local**. Descent feels the slope under its feet and nothing else, so it cannot tell.
#
# For logistic regression, softmax and least squares this cannot happen: those costs are convex, one bowl
# ([Logistic regression](01_logistic_regression.ipynb)). For networks it can; that comes last, after two other
# troubles.

# %% tags=["concept:local-vs-global"]
two_valleys = lambda x: x**4 - 2 * x**2 + 0.4 * x
two_slopes = lambda x: 4 * x**3 - 4 * x + 0.4
begins = np.linspace(-1.6, 1.6, 33)
ends = np.array([descend(two_slopes, x, 0.05, 300)[-1] for x in begins])
left, right = ends[0], ends[-1]
assert set(np.round(ends, 3)) == {round(left, 3), round(right, 3)} and two_valleys(left) < two_valleys(right)
lost = np.mean(np.isclose(ends, right))
for kind, place in (("global", left), ("local", right)):
    print(f"{kind} minimum at {place:.2f}, height {two_valleys(place):.2f}")
print(f"{np.sum(np.isclose(ends, right))} of {len(begins)} starts end in the local one")
assert 0.4 < lost < 0.5

x = np.linspace(-1.7, 1.7, 200)
fig, ax = plots.figure(size=(6.2, 3.1))
ax.plot(x, two_valleys(x), color=plots.ink())
for begin, end in zip(begins, ends):
    color = plots.COLORS["train"] if end < 0 else plots.COLORS["adam"]
    ax.plot(begin, two_valleys(begin), "o", color=color)
for x0, name, color in ((left, "global", plots.COLORS["train"]), (right, "local", plots.COLORS["adam"])):
    plots.label(ax, x0, two_valleys(x0) - 0.2, name, color, ha="center", va="top")
ax.set(xlabel="x", ylabel="cost", ylim=(-2, 2.6))
plots.show(fig, "Two valleys: the colour of a start says where descent from it ends. "
                "The hilltop between them decides.")

# %% [markdown]
# ## In a narrow valley descent crawls
#
# The best rate leaves the factor (λ_max − λ_min)/(λ_max + λ_min) a step. With the **condition number** κ =
# λ_max/λ_min (document B says singular values, which for these matrices are the same) this is (κ − 1)/(κ +
# 1): 0.8 for the bowl with κ = 9, and very close to 1 when κ is large. The steepest direction limits the
# rate, and the flattest has to get along with it.

# %% tags=["concept:condition-number"]
steps_for = {}
for kappa in (1, 10, 100, 1000):
    curvature = np.array([1.0, kappa])
    path = descend(lambda w: curvature * w, [1, 1], 2 / (1 + kappa), 5000)
    steps_for[kappa] = int(np.argmax(np.linalg.norm(path, axis=1) < 1e-3))
    print(f"condition number {kappa:4}: {steps_for[kappa]:5,} steps at the best rate until within 0.001")
assert steps_for[1] == 1 and 9 < steps_for[1000] / steps_for[100] < 11

# %% [markdown]
# Ten times the condition number, ten times the steps. And condition numbers of real data are not 100. Take
# the diabetes measurements, each in its own unit, with least squares. Then *standardize* the same data, the
# cheapest cure there is: subtract the mean of each feature, divide by its standard deviation. It makes the
# valley rounder by a factor of 100,000. What stays comes mostly from one measurement that the others nearly
# determine. (Momentum and adaptive rates are the other cures; they get a notebook of their own.)

# %%
patients = datasets.diabetes()
centered = patients.y - patients.y.mean()

def least_squares(features, steps=1000):
    """-> condition number, and cost above the best possible after descent at the rate 1/λ_max"""
    A = np.column_stack([features, np.ones(len(features))])
    H = 2 * A.T @ A / len(A)
    eigenvalues = np.linalg.eigvalsh(H)
    slope_at = lambda w: 2 * A.T @ (A @ w - centered) / len(A)
    w = descend(slope_at, np.zeros(A.shape[1]), 1 / eigenvalues[-1], steps)[-1]
    best = np.linalg.lstsq(A, centered, rcond=None)[0]
    cost = lambda w: np.mean((A @ w - centered) ** 2)
    return eigenvalues[-1] / eigenvalues[0], (cost(w) - cost(best)) / (np.var(centered) - cost(best))

for name, features in (("own units", patients.X), ("standardized", datasets.standardize(patients.X))):
    kappa, left_over = least_squares(features)
    print(f"{name:12}: condition number {kappa:.1e}, after 1,000 steps {left_over:.1%} of the way is left")
    assert (kappa > 1e7 and left_over > 0.3) if name == "own units" else (kappa < 500 and left_over < 0.001)
without = np.delete(datasets.standardize(patients.X), patients.feature_names.index("s1"), axis=1)
print(f"standardized, without the blood measurement s1: condition number {least_squares(without)[0]:.0f}")
assert least_squares(without)[0] < 60

# %% [markdown]
# ## A saddle holds only those who stand exactly on its ridge
#
# Both documents warn of saddles: the gradient is zero there, and descent "gets stuck". Let us see, on the
# simplest cost with one,
#
# $$s(x, y) = \tfrac12 x^2 + \tfrac12 b\,y^2 + \tfrac14 y^4 \qquad\text{with } b = -1.$$
#
# At (0, 0) the gradient is zero and the Hessian has eigenvalues 1 and b = −1: a saddle. The two minima are at
# y = ±1. The line y = 0 is a ridge that leads to the saddle. We start *exactly* on it, then a hair beside it.
# Across the ridge the factor of a step is 1 − αb = 1 + α, more than 1: any deviation grows. The picture shows
# the cost on the way; the cell below it counts the steps until a minimum is reached.

# %%
def ridge(w, b=-1.0):
    x, y = w[..., 0], w[..., 1]
    return x**2 / 2 + b * y**2 / 2 + y**4 / 4

def ridge_gradient(w, b=-1.0):
    return np.array([w[0], b * w[1] + w[1] ** 3])

assert gradient_check(ridge, ridge_gradient, np.array([0.7, -1.3])) < 1e-8
stalled = descend(ridge_gradient, [2, 0], 0.1, 10_000)[-1]
assert np.linalg.norm(ridge_gradient(stalled)) < 1e-9 and stalled[1] == 0
print("from (2, 0), exactly on the ridge: after 10,000 steps it sits on the saddle, gradient 0")

fig, ax = plots.figure(size=(6.8, 3.2))
for beside, color in zip((0.0, 1e-12, 1e-6, 1e-3), ("adam", "rmsprop", "nesterov", "train")):
    heights_on_way = ridge(descend(ridge_gradient, [2, beside], 0.1, 400)) + 0.25
    ax.plot(heights_on_way, color=plots.COLORS[color])
    at = {0.0: 345, 1e-12: 296, 1e-6: 150, 1e-3: 78}[beside]
    plots.label(ax, at, 0.31 if beside == 0 else 0.12, f"{beside:g}", plots.COLORS[color])
ax.set(xlabel="step", ylabel="cost above the minimum", xlim=(0, 400), ylim=(0, 1))
plots.show(fig, "The same descent from 0, 1e-12, 1e-6 and 1e-3 beside the ridge: a plateau at the saddle, "
                "longer the nearer to the ridge, endless on it.")

# %% tags=["concept:saddle-stall"]
def steps_to_minimum(start, lr, noise=0.0, seed=0, limit=5000):
    """Steps until within 0.1 of (0, 1) or (0, -1); math.inf when `limit` were not enough"""
    w, rng = np.array(start, dtype=float), np.random.default_rng(seed)
    for t in range(limit):
        if np.hypot(w[0], abs(w[1]) - 1) < 0.1:
            return t
        w = w - lr * (ridge_gradient(w) + noise * rng.normal(size=2))
    return math.inf

took = {beside: steps_to_minimum([2, beside], 0.1) for beside in (0.0, 1e-12, 1e-6, 1e-3)}
for beside, steps in took.items():
    reached = f"{steps} steps" if steps < math.inf else "never in 5,000 steps"
    print(f"{beside:g} beside the ridge, α = 0.1: {reached}")
shaken = [steps_to_minimum([2, 0], 0.1, noise=0.1, seed=seed) for seed in range(20)]
quick = steps_to_minimum([2, 1e-3], 0.5)
print(f"0.001 beside the ridge, α = 0.5: {quick} steps")
print(f"on the ridge, noise 0.1 on the gradient, α = 0.1: {min(shaken)} to {max(shaken)} steps (20 seeds)")
million = math.log(1e6) / math.log(1.1)                     # steps to grow a million times, at 10% a step
assert took[0.0] == math.inf and took[1e-12] < 400 and max(shaken) < 150 and quick < 25
assert abs((took[1e-12] - took[1e-6]) - million) < 2

# %% [markdown]
# On the ridge it got stuck for good. A deviation of a millionth of a millionth is enough to free it: it grows
# by 10% a step, and the delay is only a logarithm, 145 steps for each factor of a million. A larger rate
# leaves within two dozen steps, and noise like that of mini-batches frees even a start exactly on the ridge.
# The starts that get stuck for good form a line, a set without any width. (For nearly all costs it is like
# that, as Lee and others proved in 2016.) What a saddle does cost is time: near one, the cost stands still for
# a while, as if the training had converged.
#
# ### Try it: from a narrow valley to a saddle
#
# The cost s(x, y) again, with the curvature b on a slider. For b > 0 there is one minimum at (0, 0), and b
# large makes the valley narrow. For b < 0 the same place is a saddle. A hundred steps.
#
# *Before you move it:* the start is on the ridge. Which of the four controls can free it, and which one
# cannot?
#
# **Goals.** (1) Free the descent in three different ways. (2) Set b = 20, drag the start to about (2, 0.5),
# and find the rate that arrives soonest; compare it with 2/(1 + 20).

# %%
SADDLE_LEVELS = (0.02, 0.1, 0.3, 0.6, 1, 1.5, 2.2, 4, 8, 16, 32)
saddle_mesh = plots.mesh((-2.2, 2.2), (-2.2, 2.2), 80)

def wander(start, b, lr, noise, steps=100):
    """Descent with noise on the gradient; stops when it leaves the neighbourhood."""
    path, shakes = [np.array(start)], np.random.default_rng(0).normal(size=(steps, 2))
    for shake in noise * shakes:
        path.append(path[-1] - lr * (ridge_gradient(path[-1], b) + shake))
        if np.abs(path[-1]).max() > 100:
            break
    return np.array(path)

def verdict(path, above, b):
    if np.abs(path[-1]).max() > 100:
        return "It has left the picture: the rate is too large."
    if b < 0 and np.linalg.norm(ridge_gradient(path[-1], b)) < 1e-3 and abs(path[-1, 1]) < 1e-3:
        return "Stalled on the saddle: the gradient is zero."
    if above[-1] >= 0.01:
        return "Still under way."
    return f"At a minimum from step {np.flatnonzero(above >= 0.01).max(initial=-1) + 1} on."

# %%
@explore(b=slider("curvature b across", -3.0, 20.0, -1.0, step=0.5),
         lr=log_slider("learning rate α", 0.01, 1, 0.1), noise=slider("noise of the gradient", 0.0, 0.5, 0.0),
         start=point("start", (2.0, 0.0), saddle_mesh.xlim, saddle_mesh.ylim), columns=2)
def landscape(axes, b, lr, noise, start):
    path, lowest = wander(start, b, lr, noise), -min(b, 0) ** 2 / 4
    above = ridge(path, b) - lowest
    plots.contour(axes[0], saddle_mesh, ridge(saddle_mesh.points, b) - lowest, SADDLE_LEVELS)
    plots.path(axes[0], path)
    plots.cost_curves(axes[1], {"cost": above + 1e-12}, ylabel="cost above the minimum",
                      xlim=(0, 100), ylim=(1e-6, 1e4))
    axes[0].set(xlabel="x", ylabel="y")
    kind = f"condition number {max(b, 1) / min(b, 1):.3g}" if b > 0 else "a saddle" if b < 0 else "undecided"
    return f"Curvatures 1 and {b:.1f} at (0, 0): {kind}. α = {lr:.2g}, 100 steps. {verdict(path, above, b)}"
landscape

# %% [markdown]
# <details><summary>What happens, and why</summary>
#
# Free it by dragging the start off the ridge, by noise, or by making b positive, so that there is no saddle.
# The learning rate alone cannot: zero times any rate is zero.
#
# With b = 20 the best rate of the bowl is 2/21 ≈ 0.095, the limit 0.1. But the term y⁴/4 adds 3y² to the
# curvature, so from a start with |y| > 1 even that rate is too large at first: the Hessian is a local thing,
# and for other costs than bowls the limit 2/λ_max moves as you walk. At b = 0 the curvature across is zero at
# the bottom. Descent slows down more and more there, without ever stalling.
# </details>

# %% [markdown]
# ## A network has many minima, and they come as copies
#
# Now to networks, which [Neural networks](04_neural_networks.ipynb) will introduce properly. For here: two inputs x, and m hidden units, each
# of which takes tanh of a weighted sum of the inputs; a weighted sum of the units is the logit
#
# $$z = \tanh(xV + b) \cdot v + c , \qquad V\ (2, m),\; b \text{ and } v\ (m),\; c \text{ a number,}$$
#
# with the log loss. Its cost is **not convex**, for a reason that needs no calculus: exchange two hidden units
# together with their weights, and the network computes the same function. So every low place has a twin
# elsewhere. If the cost were one bowl, everything between the twins would be at most as high as they are.
#
# You have not derived the four gradients in the first cell. You do not need to in order to trust them, since
# you own a gradient check.

# %%
X_xor, y_xor = datasets.xor(100, noise=0.1)

def logits(params, X):
    """S networks at once: V (S, 2, m), b (S, m), v (S, m), c (S,) -> hidden (S, N, m), logits (S, N)"""
    V, b, v, c = params
    A = np.tanh(X @ V + b[:, None])
    return A, (A @ v[..., None])[..., 0] + c[:, None]

def network_costs(params, X=X_xor, y=y_xor):
    z = logits(params, X)[1]
    return np.mean(np.logaddexp(0, z) - y * z, axis=1)      # log loss, (S,)

def network_gradients(params, X=X_xor, y=y_xor):            # notebook 04 derives these lines
    V, b, v, c = params
    A, z = logits(params, X)
    dz = (1 / (1 + np.exp(-z)) - y) / len(y)
    dA = dz[:, :, None] * v[:, None] * (1 - A**2)
    return [X.T @ dA, dA.sum(axis=1), (dz[:, None] @ A)[:, 0], dz.sum(axis=1)]

# %%
def random_networks(S, m, rng):
    """S networks of m hidden units: V, b, v, c"""
    V, b, v = rng.normal(size=(S, 2, m)), rng.normal(size=(S, m)), rng.normal(size=(S, m))
    return [V, b, v / np.sqrt(m), np.zeros(S)]

params = random_networks(3, 4, rng)
for i, g in enumerate(network_gradients(params)):
    cost = lambda p: network_costs(params[:i] + [p] + params[i + 1:]).sum()
    assert gradient_check(cost, g, params[i]) < 1e-6
print("all four gradients pass the check")

def train_networks(S, m, steps=2000, lr=0.5, seed=0):
    params = random_networks(S, m, np.random.default_rng(seed))
    for _ in range(steps):
        params = [p - lr * g for p, g in zip(params, network_gradients(params))]
    return params

# %% [markdown]
# Train one network with 8 hidden units, and make its twin by letting each unit take the place of its neighbour.
# Both have the same cost. Now walk from the one to the other in a straight line through all 33 parameters.
#
# Order is not all. Since tanh(−a) = −tanh(a), turning the signs of everything into and out of a unit changes
# nothing either. So 8 units make 8! orders times 2⁸ choices of signs.

# %% tags=["concept:nonconvex-cost"]
trained = V, b, v, c = train_networks(1, 8)
order = np.array([1, 2, 3, 4, 5, 6, 7, 0])                 # each hidden unit takes the place of its neighbour
twin = [V[:, :, order], b[:, order], v[:, order], c]
mirrored = [-V, -b, -v, c]
for copy in (twin, mirrored):
    assert np.isclose(network_costs(trained), network_costs(copy), rtol=1e-9)

t = np.linspace(0, 1, 101)
between = [network_costs([(1 - s) * p + s * q for p, q in zip(trained, twin)])[0] for s in t]
assert max(between) > 20 * between[0] and np.isclose(between[0], between[-1])
print(f"cost of the network and its twin: {between[0]:.3f}; between them it rises to {max(between):.2f}")
print(f"8! · 2⁸ = {math.factorial(8) * 2**8:,} copies of this network, all with the same cost")

fig, ax = plots.figure(size=(5.8, 2.8))
ax.plot(t, between, color=plots.ink())
ax.set(xlabel="way from the network to its twin", ylabel="cost", ylim=(0, None))
plots.show(fig, "The cost on the straight way between a trained network and its twin: "
                "a mountain, so the cost is not a bowl.")

# %% [markdown]
# ## Bad minima: a real danger for narrow networks, rarely for wide ones
#
# Ten million copies, all equally good: reaching any of them is as good as reaching any other. So these are
# harmless. The fear is about the *others*, local minima with a high cost.
#
# Document C puts it into a question: everyone can run gradient descent on a network, but will it avoid
# getting stuck in a useless local minimum? Ask the networks. Start 30 of them at random, train all of them the
# same way, and compare where they end; with two hidden units, and with eight.

# %% tags=["concept:bad-minima-fear"]
final = {}
for m in (2, 8):
    params = train_networks(30, m)
    final[m] = np.sort(network_costs(params))
    accuracies = np.mean((logits(params, X_xor)[1] > 0) == y_xor, axis=1)
    print(f"{m} hidden units, 30 starts: cost {final[m][0]:.3f} to {final[m][-1]:.3f}; "
          f"{np.sum(accuracies == 1)} of 30 classify every point right")
longer = network_costs(train_networks(30, 2, steps=6_000))
print(f"2 hidden units: {np.sum(final[2] > 0.1)} of 30 end above 0.1, and {np.sum(longer > 0.1)} of 30 "
      "after three times as many steps")
assert np.sum(longer > 0.1) > 15 and np.sum(final[2] > 0.1) > 15 and final[8].max() < 0.02

fig, ax = plots.figure(size=(6.4, 3.1))
for m, color in ((2, plots.COLORS["adam"]), (8, plots.COLORS["train"])):
    ax.semilogy(np.arange(1, 31), final[m], "o", color=color)
plots.label(ax, 16, 0.15, "2 hidden units", plots.COLORS["adam"])
plots.label(ax, 16, 0.0045, "8 hidden units", plots.COLORS["train"])
ax.set(xlabel="start, sorted by where it ended", ylabel="final cost", ylim=(1e-3, 1))
plots.show(fig, "Where 30 random starts end on the four-squares problem: "
                "with 2 hidden units most end badly, with 8 all end well.")

# %% [markdown]
# Fear and confidence are both right, about different networks. With just enough units, most starts fail, and
# three times the steps free none of them. (Whether they sit in a true minimum or creep along a plain that is
# nearly flat hardly matters to who waits.) With a few units more than needed, all 30 end with practically the
# same low cost. That was one problem, 30 starts, two widths; that width makes training easy much more widely is
# the experience of the field, whose networks have far more units than they need.

# %% [markdown]
# ## Summary
#
# | learned | where |
# |---|---|
# | `argmin`: one recipe, many losses | [One recipe trains many models](#One-recipe-trains-many-models) |
# | `grid-search-params`, `random-search-params` | [Guesses, on a grid or at random, end next to the lowest point](#Guesses,-on-a-grid-or-at-random,-end-next-to-the-lowest-point) |
# | `curse-of-dimension` | [Every further parameter multiplies the work](#Every-further-parameter-multiplies-the-work) |
# | `gradient-direction`, `gd-step` | [The gradient points straight uphill](#The-gradient-points-straight-uphill), [One step is a subtraction](#One-step-is-a-subtraction) |
# | the largest learning rate, 2/λ_max | [The eigenvalues of the Hessian set the limit](#The-eigenvalues-of-the-Hessian-set-the-limit) |
# | `numeric-gradient`, `gradient-error-v-curve` | [The slope can be found by trying](#The-slope-can-be-found-by-trying), [Smaller h is better, until it is worse](#Smaller-h-is-better,-until-it-is-worse) |
# | `analytic-gradient`, `gradient-check` | [The analytic gradient is exact and cheap, and easy to get wrong](#The-analytic-gradient-is-exact-and-cheap,-and-easy-to-get-wrong) |
# | `batch-gd`, `minibatch`, `gradient-noise`, `batch-size` | [A few examples already point downhill](#A-few-examples-already-point-downhill) |
# | `sgd`, `epoch`, `sampling` | [Many rough steps beat one precise step](#Many-rough-steps-beat-one-precise-step), [How the batches are drawn matters](#How-the-batches-are-drawn-matters) |
# | `step-decay`, `cosine-decay` | [A falling rate lowers the floor](#A-falling-rate-lowers-the-floor) |
# | `optima`, `local-vs-global` | [A flat place is a minimum, a maximum or a saddle](#A-flat-place-is-a-minimum,-a-maximum-or-a-saddle), [Descent ends in the valley where it starts](#Descent-ends-in-the-valley-where-it-starts) |
# | `condition-number` | [In a narrow valley descent crawls](#In-a-narrow-valley-descent-crawls) |
# | `saddle-stall` | [A saddle holds only those who stand exactly on its ridge](#A-saddle-holds-only-those-who-stand-exactly-on-its-ridge) |
# | `nonconvex-cost`, `bad-minima-fear` | [A network has many minima, and they come as copies](#A-network-has-many-minima,-and-they-come-as-copies), [Bad minima](#Bad-minima:-a-real-danger-for-narrow-networks,-rarely-for-wide-ones) |
#
# **What breaks.** A rate beyond 2/λ_max; features in wildly different units; batches that are not shuffled; a
# gradient formula nobody checked; a gradient check with h too small, in 32 bits, or on a kink.
#
# **What the field does today.** Mini-batches of 32 to several thousand examples, an optimizer with momentum
# or adaptive rates (SGD with momentum, Adam), a warm-up and then a cosine-shaped or linear decay. The
# learning rate is still the first thing to tune. Gradients come from automatic differentiation, so that
# numeric checks are left for people who write new operations.

# %% [markdown]
# ## Where the lectures differ
#
# - Document A defines the derivative as the limit of the *central* quotient. That limit also exists for |x|
#   at 0, which has no derivative there. As an approximation the central quotient is the better one.
# - Document A calls a place a minimum when the cost is convex in all variables, a saddle when it is concave
#   in some. [[2, 3], [3, 2]] is convex in each variable and a saddle. The eigenvalues decide.
# - Document A: the steepest descent does not point at the minimum "unless it is a circle". On the axes of an
#   ellipse it does.
# - Both: at a saddle descent gets stuck (B), stops updating (A). Only from exactly on the ridge; next to it,
#   it is a delay, and noise frees it.
# - Document A's mini-batch loop shuffles inside the loop over the batches, so that an "epoch" sees some two
#   thirds of the data. The shuffle belongs after that loop.
# - Document A: random search is better than grid search. When one parameter matters, yes; when both do, the
#   grid came nearer.
# - Document B's pictures of the learning rates hold for their 25 steps: 0.01 "falls short" only of that
#   budget, and 0.11 oscillates but arrives. The exact limit is 1/9.

# %% [markdown]
# ## An open task
#
# No check this time. Find the largest stable learning rate of the *softmax* cost on the digits. Its Hessian
# changes from place to place. Compute the largest eigenvalue at W = 0 (a matrix of 650 × 650, column by
# column from differences of the gradient, or without building it: repeat v ← Hv/|Hv|, where Hv is a
# difference of two gradients). Then train with a rate twenty percent below 2/λ_max and with one well above.
# Does the cost blow up as it did for least squares? Follow λ_max along the training, and explain what you
# see.

# %% [markdown]
# ## References
#
# - Augustin-Louis Cauchy, *Méthode générale pour la résolution des systèmes d'équations simultanées*, 1847:
#   gradient descent.
# - Herbert Robbins and Sutton Monro, *A stochastic approximation method*, 1951: noisy steps with a falling
#   rate.
# - James Bergstra and Yoshua Bengio, *Random search for hyper-parameter optimization*, 2012.
# - Yann Dauphin and others, *Identifying and attacking the saddle point problem in high-dimensional
#   non-convex optimization*, 2014.
# - Jason Lee, Max Simchowitz, Michael Jordan and Benjamin Recht, *Gradient descent only converges to
#   minimizers*, 2016: from almost every start.
# - Anna Choromanska and others, *The loss surfaces of multilayer networks*, 2015: most minima of wide
#   networks are about equally good.
# - Ilya Loshchilov and Frank Hutter, *SGDR: stochastic gradient descent with warm restarts*, 2017: cosine
#   decay.
# - Gabriel Goh, *Why momentum really works*, 2017: the eigenvalue picture of the learning rate, with figures
#   to drag.
