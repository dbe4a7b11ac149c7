# %% [markdown]
# # Backpropagation: every slope for the price of a few forward passes
#
# A small network has 4,417 parameters. To train it, we want to know for each of them how the loss reacts
# when it moves a little. One way needs no derivation, and has checked every gradient so far: nudge. Move one
# parameter up, compute the loss, move it down, compute the loss again. That makes 8,834 passes through the
# network for one gradient.
#
# **Guess before you run the next cells: how many passes does the best method need?** Half as many, because
# one can be saved per parameter? A few hundred? Fewer?
#
# ### What you will be able to do
#
# - *draw* any formula as a computation graph, and send gradients back through it by hand;
# - *derive* the rule of a node, and prove it with finite differences;
# - *build* an engine that finds every derivative by itself, in about forty lines;
# - *write* the backward pass of softmax, of a layer and of its bias in arrays, without building a Jacobian;
# - *find* the wrong line in somebody's gradient.
#
# It builds on [Gradient descent](03_gradient_descent.ipynb) and takes two to three hours with the
# exercises. It follows "Back propagation on computation graphs" up to "Vectorized backward propagation" in
# the full note set (document A), and "Gradient" and "Chain rule and backpropagation" in the lecture of a
# statistics course (document C).

# %%
try:
    import nblib
except ModuleNotFoundError:                                # another Jupyter, without the course's packages
    raise ModuleNotFoundError("this kernel has no nblib: open the course with python3 start.py") from None

import inspect
import numpy as np
from nblib import autograd, datasets, nn, optim, plots
from nblib.nn import functional as F
from nblib.autograd import float64, tensor
from nblib.checks import gradient_check, numeric_gradient
from nblib.exercises.e05_backpropagation import check
from nblib.widgets import graph
plots.use_style()

# %%
autograd.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))
X, y = datasets.moons(n=256, rng=0)
inputs, target = tensor(X, float64).float(), tensor(y, float64).float()

def loss():
    return F.binary_cross_entropy_with_logits(model(inputs).squeeze(1), target)

def operations(result):
    """(array operations that computed `result`, those that go back along its graph), counted in the graph"""
    computed = [node for node in result._ancestors() if node._edges]
    return len(computed), sum(len(node._edges) for node in computed)

parameters = sum(p.numel() for p in model.parameters())
forward, backward_ones = operations(loss())
assert parameters == 4417 and backward_ones < 2 * forward
print(f"{parameters:,} slopes take {forward} operations forward and {backward_ones} back, "
      f"by nudging {2 * parameters * forward:,}")

# %% [markdown]
# Less than twice as many back as forward, for all slopes together, the loss included; and further down it is no
# more for 66,817 parameters. The method is called **backpropagation**. It uses nothing but the chain rule, and it is exact.
# What makes it fast is the order in which the chain rule is worked off, and that no intermediate result is
# computed twice.
#
# ## A computation graph takes a formula apart into single operations
#
# To write down the derivative of a large formula is tedious, and has to be done again after every change.
# So we do not. We take the formula apart until every piece is a single operation, and give each
# intermediate result a name. The pieces and who uses whom are the **computation graph**. Take
#
# $$L = (a\,b + c) \cdot \max(a, d) \qquad\text{as}\qquad u = a b, \quad v = u + c, \quad w = \max(a, d), \quad L = v\,w .$$
#
# The **forward pass** computes the names from left to right. At $a = 2$, $b = 3$, $c = -1$, $d = 1$, check
# by hand:

# %% tags=["concept:computation-graph"]
a, b, c, d = 2.0, 3.0, -1.0, 1.0
u = a * b
v = u + c
w = max(a, d)
L = v * w
print(f"u = {u}, v = {v}, w = {w}, L = {L}")
assert (u, v, w, L) == (6, 5, 2, 10)

# %% [markdown]
# ## Backward, each step is upstream times local
#
# Now from right to left, always with the same question: *how does L change when this number changes a
# little?* Write the answer for $v$ as $\partial L / \partial v$, and in code, for short, `dv`.
#
# - $L$ changes as fast as itself: $\partial L/\partial L = 1$.
# - $L = v\,w$: if $v$ grows by a little, $L$ grows $w = 2$ times as much; if $w$ grows, $v = 5$ times as
#   much.
# - $v = u + c$: what $u$ grows, $v$ grows. So $L$ grows twice as much as $u$, just as it did for $v$.
#
# In general, a node $f(x, \dots)$ in the middle of the graph gets from its output the **upstream** gradient
# $\partial L/\partial f$, which says how much $L$ cares about $f$. It knows its **local gradient**
# $\partial f/\partial x$. The chain rule makes of them the **downstream** gradient:
#
# $$\underbrace{\frac{\partial L}{\partial x}}_{\text{downstream}} = \underbrace{\frac{\partial L}{\partial f}}_{\text{upstream}} \cdot \underbrace{\frac{\partial f}{\partial x}}_{\text{local}}$$
#
# $a$ has two ways to the output, through $u$ and through $w$. What comes back on the two ways is added.

# %% tags=["concept:local-gradient", "concept:upstream-downstream"]
dL = 1.0
dv, dw = dL * w, dL * v                    # L = v w:       local gradients w and v
du, dc = dv * 1, dv * 1                    # v = u + c:     1 and 1
da_by_max, dd = dw * (a > d), dw * (d > a) # w = max(a, d): 1 for the larger, 0 for the other
da_by_u, db = du * b, du * a               # u = a b:       b and a
da = da_by_u + da_by_max

def formula(x):
    a, b, c, d = x
    return (a * b + c) * max(a, d)

print(f"dL/da = {da_by_u} + {da_by_max} = {da}, dL/db = {db}, dL/dc = {dc}, dL/dd = {dd}")
assert np.allclose([da, db, dc, dd], numeric_gradient(formula, np.array([a, b, c, d])), atol=1e-6)

# %% [markdown]
# All four slopes came out of one walk backward, and agree with nudging. Each line has used one upstream
# number, and one local gradient that can be read off a single operation.
#
# ### Try it: walk through the graph
#
# The viewer below shows this graph: values in black above the nodes, gradients in orange below. Press
# *Restart* and then *Step*, again and again, and read the sentence below the picture. You can drag the
# inputs, pick another example or type an expression of your own (+ − * / **, max, sigmoid, tanh, relu, exp,
# log, sqrt, square, abs).
#
# Before you move it: **if d grows from 1 to 3, which gradients change to 0, and which stop being 0?**
#
# - Goal 1: make the gradient of $d$ different from 0.
# - Goal 2: make the gradients of $b$ and $c$ zero by moving $a$ and $d$ only.
# - Goal 3: pick `v * relu(w*x + b)`, and bring it back to life with $b$ alone.

# %%
walk = graph("(a*b + c) * max(a, d)", a=2.0, b=3.0, c=-1.0, d=1.0)
walk

# %% [markdown]
# <details><summary>What happens, and why</summary>
#
# As soon as $d > a$, the max passes $d$ on: now $d$ gets the gradient $v$, and $a$ loses the part that came
# by this way. Its other part, through $u$, remains, so that no gradient becomes 0. $b$ and $c$ get their
# gradients from $v$, whose local gradient is the value of the max. So they are 0 when the larger one of $a$
# and $d$ is exactly 0, for example $a = -1$, $d = 0$. For goal 3, $w x + b = -1$ is negative,
# relu gives 0 for every input near by, and its local gradient is 0. From $b > 2$ on it lets numbers through
# again, in both directions.
#
# </details>
#
# ### Your turn: a graph by hand (warm-up)
#
# $L = (p - q) \cdot \max(q, r)$ at $p = 1$, $q = 3$, $r = 2$. Find the three slopes on paper. Then, if you
# like, type it into the viewer above.
#
# <details><summary>Hint 1</summary>
#
# The two factors are $-2$ and $3$. Which slope does each of them get?
#
# </details>
# <details><summary>Hint 2</summary>
#
# $q$ has two ways to the output: through the subtraction (with a minus) and through the max.
#
# </details>

# %%
by_hand = {"p": ..., "q": ..., "r": ...}                # your numbers here

check("by_hand", by_hand)

# %% tags=["solution"] jupyter={"source_hidden": true}
by_hand_solution = {"p": 3, "q": -3 - 2, "r": 0}
check("by_hand", by_hand_solution)

# %% [markdown]
# ## A node needs to know nothing about the rest of the graph
#
# Look again at what a node did. Forward, it took its inputs, gave its value, and kept what its local
# gradients need. Backward, it took one upstream number and gave one downstream number per input. Never did
# it ask what the rest of the graph looks like, or what the loss is. Backpropagation is **local**. So a node
# can be written once, and put into any graph.

# %% tags=["concept:backprop-is-local"]
def multiply(x, y):
    """Forward: the value. Backward, later: from the upstream gradient to one gradient per input."""
    return x * y, lambda upstream: (upstream * y, upstream * x)

for name, rest, slope_of_rest in (("L = xy", lambda f: f, lambda f: 1.0),
                                  ("L = (xy)²", lambda f: f ** 2, lambda f: 2 * f),
                                  ("L = sin(xy)", np.sin, np.cos)):
    value, backward = multiply(1.5, -2.0)                 # the same node in three graphs
    downstream = backward(slope_of_rest(value))
    slopes = numeric_gradient(lambda p: rest(p[0] * p[1]), np.array([1.5, -2.0]))
    print(f"{name:12} upstream {slope_of_rest(value):6.3f} -> downstream", *(f"{g:6.3f}" for g in downstream))
    assert np.allclose(downstream, slopes, atol=1e-6)

# %% [markdown]
# ## Eight nodes, a rule of one line for each
#
# These are the nodes of document A, and what each makes of the upstream gradient $g = \partial L/\partial
# f$. (A network needs a ninth rule, which follows, and its loss needs exp, log and division, which the
# engine below will have.) Each can be derived in a line. For the sigmoid that was done in notebook 01; for
# $f = \tanh x = \sinh x / \cosh x$, the quotient rule gives $f' = (\cosh^2 x - \sinh^2 x) / \cosh^2 x = 1 -
# f^2$.
#
# | node | value f | sends back | in words |
# |---|---|---|---|
# | add | $x + y$ | $g$ and $g$ | distributes |
# | subtract | $x - y$ | $g$ and $-g$ | distributes, with a minus |
# | multiply | $x y$ | $g y$ and $g x$ | swaps and scales |
# | equal | $x$ | $g$ | passes through |
# | max | $\max(x, y)$ | $g$ to the larger, 0 to the other | routes |
# | sigmoid | $\sigma(x)$ | $g f (1 - f)$ | damps, to a quarter at most |
# | tanh | $\tanh x$ | $g (1 - f^2)$ | damps |
# | relu | $\max(x, 0)$ | $g$ if $x > 0$, else 0 | a gate |
#
# In code: a value, and a function from $g$ to what is sent back to each input.

# %% tags=["concept:node-add", "concept:node-sub", "concept:node-mul", "concept:node-equal", "concept:node-max", "concept:node-sigmoid", "concept:node-tanh", "concept:node-relu"]
σ = lambda x: 1 / (1 + np.exp(-x))
NODES = {
    "add":      (lambda x, y: x + y,           lambda g, f, x, y: (g, g)),
    "subtract": (lambda x, y: x - y,           lambda g, f, x, y: (g, -g)),
    "multiply": (lambda x, y: x * y,           lambda g, f, x, y: (g * y, g * x)),
    "equal":    (lambda x: x,                  lambda g, f, x: (g,)),
    "max":      (lambda x, y: np.maximum(x, y), lambda g, f, x, y: (g * (x > y) + g / 2 * (x == y),
                                                                    g * (y > x) + g / 2 * (x == y))),
    "sigmoid":  (lambda x: σ(x),               lambda g, f, x: (g * f * (1 - f),)),
    "tanh":     (lambda x: np.tanh(x),         lambda g, f, x: (g * (1 - f ** 2),)),
    "relu":     (lambda x: np.maximum(x, 0),   lambda g, f, x: (g * (x > 0),)),
}
rng = np.random.default_rng(0)
for name, (value, rule) in NODES.items():
    worst = 0.0
    for _ in range(500):                                    # random inputs, random upstream gradient
        x, g = rng.normal(size=value.__code__.co_argcount), rng.normal()
        worst = max(worst, gradient_check(lambda x: g * value(*x), np.array(rule(g, value(*x), *x)), x))
    assert worst < 1e-5
    print(f"{name:8} 500 random cases: relative error of the rule below 1e-5")

# %% [markdown]
# Two of the nodes have a kink, and there the slope is a matter of convention: relu at exactly 0, and max at
# a tie. Finite differences see the mean of both sides there. Document A sends $g$ back through relu for $z
# \ge 0$; PyTorch and this course send 0 at $z = 0$. For a tie, PyTorch and this course give each input of max
# one half. Random numbers hardly ever hit a kink; zeros that you put there yourself do.

# %%
zero = tensor([0.0], float64, requires_grad=True)
zero.relu().sum().backward()
tie = tensor([1.0], float64, requires_grad=True), tensor([1.0], float64, requires_grad=True)
autograd.maximum(*tie).sum().backward()
by_nudging = numeric_gradient(lambda x: max(x, 0.0), 0.0)
print(f"relu at 0: nudging says {by_nudging:.1f}, nblib {zero.grad.item():.0f}; max at a tie:",
      *(t.grad.item() for t in tie))
assert np.isclose(by_nudging, 0.5) and zero.grad.item() == 0 and [t.grad.item() for t in tie] == [0.5, 0.5]
assert NODES["relu"][1](1.0, 0.0, 0.0) == (0,) and NODES["max"][1](1.0, 1.0, 1.0, 1.0) == (0.5, 0.5)

# %% [markdown]
# ## A branch adds up what comes back
#
# The ninth rule is not about an operation but about a value that is used more than once. If $x$ feeds $f_1$
# and $f_2$, then a small change of $x$ reaches $L$ by both ways, and both effects add up. That is the
# multivariable chain rule:
#
# $$\frac{\partial L}{\partial x} = \sum_k \frac{\partial L}{\partial f_k}\,\frac{\partial f_k}{\partial x}$$
#
# The smallest case: $L = x \cdot x + x$ at $x = 3$. The product uses $x$ twice and sends back 3 and 3, the
# sum sends back 1. Together 7, as school says: $2x + 1$. The usual bug is to *store* what arrives instead
# of adding it; then the last way wins.

# %% tags=["concept:node-branch"]
x = 3.0
_, backward = multiply(x, x)
shares = [1.0, *backward(1.0)]                              # by the sum, by the product twice
added, stored = sum(shares), shares[-1]
slope = numeric_gradient(lambda x: x * x + x, x)
print(f"shares {shares}: added {added}, stored {stored}, nudged {slope:.3f}")
assert np.isclose(added, slope) and not np.isclose(stored, slope)

# %% [markdown]
# ## Zero in, zero out
#
# Downstream is a product with upstream as one factor. Once the upstream gradient is 0, everything that it
# alone feeds gets 0. A whole branch of the graph is dead, and for learning this means: these parameters do
# not move.
#
# Read the sentence in document A, "all downstream gradients are also 0", with care. It holds for one way. A
# value that also has another, living way to the output still learns.

# %% tags=["concept:dead-upstream"]
def slopes_of(formula, **values):
    """The slope of a formula of nblib tensors for each named number."""
    named = {name: tensor(float(v), float64, requires_grad=True) for name, v in values.items()}
    formula(**named).backward()
    return {name: t.grad.item() + 0.0 for name, t in named.items()}

dead = slopes_of(lambda v, w, x, b: v * (w * x + b).relu(), v=3, w=-1, x=2, b=1)
rescued = slopes_of(lambda v, w, x, b: v * (w * x + b).relu() + x, v=3, w=-1, x=2, b=1)
print("v·relu(wx + b)     ", dead)
print("v·relu(wx + b) + x ", rescued)
assert set(dead.values()) == {0.0} and rescued == {"v": 0, "w": 0, "x": 1, "b": 0}
by_nudging = numeric_gradient(lambda p: p[0] * max(p[1] * p[2] + p[3], 0), np.array([3.0, -1.0, 2.0, 1.0]))
assert not by_nudging.any()                                 # the zeros are right

# %% [markdown]
# At this point relu gives 0 for every input near by. $w$, $x$ and $b$ get 0 because the gate is closed.
# ($v$ gets 0 for another reason: its local gradient is the output of the relu, which is 0.) In the second
# formula $x$ has a second way, and a slope.
#
# Nudging finds the same zeros: nothing is wrong with the method. It says how each parameter should change,
# and here that is not at all. It does not make every network trainable, as document A says, too.
# [Notebook 06](06_deep_networks.ipynb) is about networks that are not.
#
# ## Build an engine, step one: numbers that remember
#
# So far you did the walk. Now a program shall do it, for any formula that can be computed. The idea: every
# number remembers what it was computed from, and the local gradient towards each of these. That is an
# **edge** of the graph: (parent, local gradient). To compute with such numbers *is* to build the graph.

# %%
class Value:
    """A number that remembers its edges: pairs (parent, local gradient)."""
    def __init__(self, number, edges=()):
        self.number, self.edges, self.grad = number, edges, 0.0

    def __add__(x, y):
        return Value(x.number + y.number, ((x, 1.0), (y, 1.0)))

    def __mul__(x, y):
        return Value(x.number * y.number, ((x, y.number), (y, x.number)))

x, y = Value(3.0), Value(4.0)
f = x * y + x
print(f.number, [(parent.number, local) for parent, local in f.edges])
assert f.number == 15 and f.edges[0][0].edges == ((x, 4.0), (y, 3.0)) and f.edges[1][0] is x

# %% [markdown]
# `f` has two edges, to a product (12) and to `x` (3), each with the local gradient 1, and the product has
# edges on to `x` and `y`.
#
# ## Step two: a node's turn comes when all its shares have arrived
#
# Backward, a node may send on only what is *complete*. In `x * y + x` the sum could send its share to `x`,
# and `x` could go on at once. But if `x` were itself a result, it would have sent a part only, and would
# have to send again when the share from the product arrives. Let us try that: send every share on as soon
# as it comes.

# %%
def send_at_once(node, upstream):
    """Backpropagation without an order: returns how many messages are sent."""
    node.grad += upstream
    return 1 + sum(send_at_once(parent, upstream * local) for parent, local in node.edges)

for depth in (4, 8, 12, 16):
    x = start = Value(1.0)
    for _ in range(depth):
        x = x + x                                           # each number is used twice
    messages = send_at_once(x, 1.0)
    print(f"{depth:2} additions: slope {start.grad:7.0f}, {messages:7,} messages")
    assert start.grad == 2 ** depth and messages == 2 ** (depth + 1) - 1

# %% [markdown]
# The slope is right. But every *path* through the graph is walked separately, and there are $2^{16}$ of
# them in a graph of 16 additions. Every addition more doubles them, and this is what backpropagation
# avoids: every node speaks once, after all those that use it have spoken. Such an order exists, because a
# result comes after its inputs. It is called a **topological order**: list a node after its parents;
# backward, walk through the list from the end.

# %% tags=["concept:topological-order"]
def in_order(result):
    """All nodes that `result` depends on, each after its parents."""
    order, seen = [], set()
    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent, _ in node.edges:
                visit(parent)
            order.append(node)
    visit(result)
    return order

order = in_order(f)
place = {node: i for i, node in enumerate(order)}
print("in order:", [node.number for node in order])
assert all(place[parent] < place[node] for node in order for parent, _ in node.edges)
assert len(in_order(x)) == 17                               # 16 additions and the start, each once

# %% [markdown]
# ## Step three: backward is four lines
#
# Everything is there. Set the gradient of the result to 1; walk from the end; each node sends every parent
# its upstream gradient times the local one; whatever arrives is added.

# %%
def backward(result):
    """Leave dresult/dx in x.grad of every number x that result depends on."""
    result.grad = 1.0
    for node in reversed(in_order(result)):
        for parent, local in node.edges:
            parent.grad += node.grad * local

x = start = Value(1.0)
for _ in range(200):
    x = x + x
backward(x)
assert start.grad == 2.0 ** 200                             # one message an edge: 400, for 2²⁰⁰ paths
print(f"200 additions in a row: slope 2^200 = {start.grad:.3g}")

# %% [markdown]
# ## Step four: more operations, one line each
#
# What is missing are the other operations. Each is a line: the value, and the edge with its local gradient.
# Division comes for free: it is a product with a power of −1.

# %% tags=["concept:autograd-engine"]
class Value(Value):                                         # all that it had, and more
    def __sub__(x, y):  return Value(x.number - y.number, ((x, 1.0), (y, -1.0)))
    def __truediv__(x, y): return x * y.power(-1)
    def power(x, n):    return Value(x.number ** n, ((x, n * x.number ** (n - 1)),))
    def exp(x):         return Value(np.exp(x.number), ((x, np.exp(x.number)),))
    def log(x):         return Value(np.log(x.number), ((x, 1 / x.number),))
    def relu(x):        return Value(max(x.number, 0.0), ((x, float(x.number > 0)),))
    def tanh(x):
        f = np.tanh(x.number)
        return Value(f, ((x, 1 - f ** 2),))
    def maximum(x, y):
        share = float(np.heaviside(x.number - y.number, 0.5))       # 1, 0, or at a tie one half
        return Value(max(x.number, y.number), ((x, share), (y, 1 - share)))

numbers = [Value(n) for n in (2.0, 3.0, -1.0, 1.0)]
a, b, c, d = numbers
backward((a * b + c) * a.maximum(d))
print("the formula of the beginning:", [n.grad for n in numbers])
assert [n.grad for n in numbers] == [11, 4, 2, 0]
left, right = Value(1.0), Value(1.0)
backward(left.maximum(right))
assert (left.grad, right.grad) == (0.5, 0.5)

# %% [markdown]
# Some forty lines in all, and no formula will have to be derived again. Is the engine right? A hundred
# random formulas, each of up to eight steps applied to whatever was computed before, against finite
# differences.

# %%
def random_formula(seed):
    """A function of a list of three Values, always the same for one seed."""
    def formula(values):
        rng, values = np.random.default_rng(seed), list(values)
        for _ in range(rng.integers(3, 9)):
            x, y = (values[i] for i in rng.integers(len(values), size=2))
            choices = [x + y, x - y, x * y, x.tanh(), (x * x + y * y).exp().log(),
                       x / (y * y + y.exp()), x.maximum(y), x.relu()]
            values.append(choices[rng.integers(len(choices))])
        return values[-1] * values[-2]
    return formula

worst = 0.0
for seed in range(100):
    formula, point = random_formula(seed), np.random.default_rng(seed + 1000).uniform(-1, 1, size=3)
    leaves = [Value(n) for n in point]
    backward(formula(leaves))
    by_nudging = lambda x: formula([Value(n) for n in x]).number
    worst = max(worst, gradient_check(by_nudging, np.array([leaf.grad for leaf in leaves]), point))
print("largest relative error of 100 random formulas is below 1e-5")
assert worst < 1e-5

# %% [markdown]
# The engine can also learn. A network of two inputs, four tanh units and one output, 17 parameters, shall
# compute the exclusive or: 1 if exactly one of its inputs is 1. Nobody wrote down a derivative for it. The
# engine finds the slopes, and that is all that backpropagation is; what searches is gradient descent, the last
# line of the loop. (Document A counts the step as part of backpropagation, and credits it with the search.)

# %%
rng = np.random.default_rng(1)
weights = [Value(n) for n in rng.normal(size=17)]           # four units with 3 each, the output with 5

def network(x1, x2):
    out = weights[16]
    for w1, w2, bias, v in zip(weights[0:4], weights[4:8], weights[8:12], weights[12:16]):
        out = out + v * (w1 * Value(x1) + w2 * Value(x2) + bias).tanh()
    return out

XOR = {(0.0, 0.0): 0.0, (0.0, 1.0): 1.0, (1.0, 0.0): 1.0, (1.0, 1.0): 0.0}
for step in range(300):
    cost = Value(0.0)
    for point, wanted in XOR.items():
        cost = cost + (network(*point) - Value(wanted)).power(2)
    for w in weights:
        w.grad = 0.0                                        # why this line: see "Two passes add"
    backward(cost)
    for w in weights:
        w.number -= 0.1 * w.grad
before = [w.number for w in weights]
backward(cost)
assert [w.number for w in weights] == before                # backward moves nothing: the line above does
answers = [network(*point).number for point in XOR]
print("answers:", *(f"{answer:.1f}" for answer in answers), " wanted:", *XOR.values())
assert np.array_equal(np.round(answers), list(XOR.values()))

# %% [markdown]
# And the third proof, by PyTorch, which does the same thing on a larger scale:

# %%
import torch

leaves = [Value(n) for n in (0.5, -1.2, 2.0)]
x, y, z = leaves
backward((x * y + z).tanh() * x.exp() + z.maximum(y).power(3))
t = [torch.tensor(n, dtype=torch.float64, requires_grad=True) for n in (0.5, -1.2, 2.0)]
x, y, z = t
((x * y + z).tanh() * x.exp() + torch.maximum(z, y) ** 3).backward()
assert np.allclose([leaf.grad for leaf in leaves], [leaf.grad.item() for leaf in t], rtol=1e-12)
print("engine and PyTorch:", *(f"{leaf.grad:.3f}" for leaf in leaves))

at_zero, left, right = torch.tensor([0.0, 1.0, 1.0], requires_grad=True)[:, None].unbind()   # the kinks
for t in (at_zero, left, right):
    t.retain_grad()
(at_zero.relu() + torch.maximum(left, right)).sum().backward()
assert [at_zero.grad, left.grad, right.grad] == [0, 0.5, 0.5]
assert torch.autograd.gradcheck(torch.tanh, z)              # PyTorch brings its own gradient check

# %% [markdown]
# ## Two passes add
#
# A gradient is *added to* what is there, because of the branches. So a second backward pass, through a graph
# computed anew, adds to the first one. PyTorch and nblib do the same. It is useful: when a batch does not
# fit into memory, go through it in parts, and the gradients of the parts' sums add up to that of the whole
# sum. (Of a mean, divide every part by the size of the whole batch, not by its own.) And it is a trap:
# forget to clear the gradients before the next step, and you descend along the sum of all gradients so far.

# %% tags=["concept:gradient-accumulation"]
w = tensor([1.0], float64, requires_grad=True)
seen = []
for _ in range(2):
    (w * w).sum().backward()
    seen.append(w.grad.item())
print("slope of w² at 1, after one backward and after a second:", seen)
assert seen == [2.0, 4.0]

w.grad = None
for part in ([1.0, 2.0], [3.0]):                            # a batch of three examples, in two parts
    (w * tensor(part, float64)).sum().backward()
assert w.grad.item() == 1 + 2 + 3

def descend(clear, steps=100):
    """The largest distance from the bottom of w² in the last twenty steps."""
    w, distance = tensor([1.0], float64, requires_grad=True), []
    for _ in range(steps):
        if clear:
            w.grad = None
        (w * w).sum().backward()
        w.data = w.data - 0.1 * w.grad.data
        distance.append(abs(w.item()))
    return max(distance[-20:])

print(f"80 to 100 steps down w² from 1: at most {descend(True):.3f} from the bottom, "
      f"and without clearing {descend(False):.3f}")
assert descend(True) < 0.001 and descend(False) > 0.9 and descend(False, steps=2000) > 0.9

# %% [markdown]
# Without clearing, it is still as far away after 80 steps as at the start, and after 2,000: it swings
# about the bottom. With the sum of all gradients as its speed, it is a pendulum without friction.
#
# ## nblib's engine is this one, with arrays
#
# A node a number is far too fine: a layer of 64 units for 32 examples would be thousands of nodes.
# `nblib.autograd` uses arrays as nodes. Everything else you know. A local gradient is no longer a number to
# multiply by, but a function from the upstream gradient to the downstream one; it is called a **vjp**, and
# in the next section you will see why. The package has the order of this notebook: `graph.py`, with `Node`, its
# edges and `backward`, and `operation`, which makes nodes; `pointwise.py`, `products.py`, `reductions.py`,
# `shapes.py` and three more, where each operation stands with its derivative beside it; `tensor.py`, where they
# become the methods of `Tensor`, which is a node. Read:

# %%
print(inspect.getsource(autograd.Node.backward))
print(inspect.getsource(autograd.Node._send_back))

# %% [markdown]
# | yours | nblib | why it differs |
# |---|---|---|
# | `edges` of (parent, number) | `_edges` of (parent, vjp) | arrays |
# | `in_order`, recursive | `_ancestors`, a loop, sorted by age | chains of 20,000 nodes; a result is always younger than its inputs |
# | `parent.grad += …` | `pending[parent] + share` | only leaves, tensors made by hand, keep their gradient; the rest is freed at once; yours would send an old share again if called twice on one graph |
# | – | a number in the place of a vjp | an operation with several results: they share the way back to its inputs |
# | – | `unbroadcast` | an array that was repeated: see "A bias …" below |
# | – | `node._edges = None` | the graph is freed after use |
#
# How does an operation look? Here is the whole of multiplication. After `meet`, which brings two dtypes
# together, there is the value, and one vjp for each input. Is the result the same? The XOR network again, once
# with your Values, once with tensors.

# %%
print(inspect.getsource(autograd.mul))
theta = np.array([w.number for w in weights])
points, wanted = np.array(list(XOR)), np.array(list(XOR.values()))
W, v = tensor(theta[:8].reshape(2, 4), float64, True), tensor(theta[12:16], float64, True)
bias, out = tensor(theta[8:12], float64, True), tensor(theta[16], float64, True)
prediction = (tensor(points) @ W + bias).tanh() @ v + out
squared_error = ((prediction - tensor(wanted)) ** 2).sum()
nodes_of_tensors = len(squared_error._ancestors())          # before backward frees the graph
squared_error.backward()

cost = Value(0.0)
for point, target_number in XOR.items():
    cost = cost + (network(*point) - Value(target_number)).power(2)
for w in weights:
    w.grad = 0.0
backward(cost)
by_tensors = np.concatenate([t.grad.numpy().ravel() for t in (W, bias, v, out)])
print(f"the same slopes: a graph of {len(in_order(cost))} numbers, and one of {nodes_of_tensors} tensors")
assert np.allclose([w.grad for w in weights], by_tensors, atol=1e-12)

# %% [markdown]
# ### Your turn: derive and register an operation (core)
#
# *Swish*, $f(x) = x\,\sigma(x)$, is an activation that some networks use instead of relu. Derive $f'(x)$
# with the product rule. Then write the operation as nblib wants it: a function of an array that returns the
# value and the vjp, a function of the upstream gradient $g$.
#
# Then register it: `autograd.operation(swish)` is an operation on tensors, which can be part of any graph. Let
# nblib find the slopes of $\sum_i f(x_i)^2$ with it.
#
# <details><summary>Hint 1</summary>
#
# $(u v)' = u' v + u v'$ with $u = x$ and $v = \sigma(x)$, and $\sigma' = \sigma (1 - \sigma)$.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `s = 1 / (1 + np.exp(-x))`, then `return x * s, lambda g: g * (…)`. For the slopes, four steps: a tensor,
# `tensor(x, float64, requires_grad=True)`; your operation on it; the number $\sum f^2$; its `backward()`. What
# is wanted is then in the tensor's `grad`, and `.numpy()` makes it an array.
#
# </details>

# %%
def swish(x):
    """x (any shape) -> value x σ(x), and the vjp: a function from g (the same shape) to g · df/dx"""
    ...                                                 # your code here

def slopes_of_squares(x):
    """x (any shape) -> the slopes of Σ swish(x)², an array like x, found by nblib with your operation"""
    ...                                                 # your code here

check("swish", swish)
check("slopes_of_squares", slopes_of_squares)

# %% tags=["solution"] jupyter={"source_hidden": true}
def swish_solution(x):
    s = 1 / (1 + np.exp(-x))
    return x * s, lambda g: g * (s + x * s * (1 - s))

def slopes_of_squares_solution(x):
    registered = autograd.operation(swish_solution)
    t = tensor(x, float64, requires_grad=True)
    (registered(t) ** 2).sum().backward()
    return t.grad.numpy()

check("swish", swish_solution)
check("slopes_of_squares", slopes_of_squares_solution)
x = np.array([-1.0, 0.5, 2.0])
assert gradient_check(lambda x: np.sum((x * σ(x)) ** 2), slopes_of_squares_solution(x), x) < 1e-6

# %% [markdown]
# ## The local gradient of an array is a Jacobian, and hardly ever built
#
# Let $f$ take $n$ numbers to $m$ numbers. Each output has a slope for each input: $m \cdot n$ of them, the
# **Jacobian** matrix. We put outputs in rows, $J_{ij} = \partial f_i / \partial x_j$, shape $(m, n)$. The
# chain rule adds up over all outputs through which $x_j$ acts:
#
# $$\frac{\partial L}{\partial x_j} = \sum_i \frac{\partial L}{\partial f_i}\, J_{ij}, \qquad\text{in short}\qquad g_x = g_f\, J .$$
#
# The row of upstream gradients, a vector, times the Jacobian: a **v**ector-**J**acobian **p**roduct, vjp.
# Document A writes the transposed matrix, inputs in rows, shape $(n, m)$, and keeps gradients as columns.
# Then the upstream column has to stand on the right, $\frac{\partial L}{\partial x}=\frac{\partial
# f}{\partial x}\frac{\partial L}{\partial f}$. The order it prints, $\frac{\partial L}{\partial
# f}\frac{\partial f}{\partial x}$, is that of the other layout, and does not fit its shapes.

# %% tags=["concept:jacobian"]
def f(x):
    return np.array([x[0] * x[1], np.sin(x[2]) + x[0]])    # three numbers to two

def jacobian(f, x):
    """(m, n): outputs in rows, inputs in columns, by nudging."""
    return np.array([numeric_gradient(lambda x: f(x)[i], x) for i in range(len(f(x)))])

x, g = np.array([2.0, -1.0, 0.5]), np.array([3.0, 10.0])    # upstream: dL/df, so L = 3 f₁ + 10 f₂
J = jacobian(f, x)
print(J.round(3))
assert np.allclose(J, [[-1, 2, 0], [1, 0, np.cos(0.5)]], atol=1e-6)
assert np.allclose(g @ J, numeric_gradient(lambda x: g @ f(x), x), atol=1e-6)

of_A = J.T                                                  # document A's layout: (3, 2), columns (2, 1)
column = g[:, None]
assert np.allclose((of_A @ column)[:, 0], g @ J)
try:
    column @ of_A                                           # the order as printed
    raise AssertionError("the shapes fit")
except ValueError:
    print(f"shapes {column.shape} times {of_A.shape} do not fit; {of_A.shape} times {column.shape} do")

# %% [markdown]
# For an operation that works on each element by itself, such as tanh, output $i$ depends on input $i$ only.
# The Jacobian is **diagonal**, and the product with it is elementwise: $g \cdot (1 - f^2)$. To build the
# matrix would be a waste: 64 units for 512 examples are 32,768 numbers, and the matrix would have more than
# a thousand million entries.

# %% tags=["concept:diagonal-jacobian"]
rng = np.random.default_rng(2)
x, g = rng.normal(size=6), rng.normal(size=6)
J = jacobian(np.tanh, x)
assert np.allclose(J, np.diag(1 - np.tanh(x) ** 2), atol=1e-8)
assert np.allclose(g @ J, g * (1 - np.tanh(x) ** 2), atol=1e-8)
relu = jacobian(lambda x: np.maximum(x, 0), x)
assert np.allclose(relu, np.diag((x > 0) * 1.0), atol=1e-8)
W = rng.normal(size=(4, 6))
layer = jacobian(lambda x: W @ x, x)                        # not elementwise: the matrix itself, no zero in it
assert np.allclose(layer, W) and np.all(layer != 0)
entries = (64 * 512) ** 2
print(f"tanh of (512, 64): the gradient has {64 * 512:,} numbers, the Jacobian would have {entries:,}")
assert entries > 1e9

# %% [markdown]
# ## Softmax: every output depends on every input
#
# Softmax is not elementwise: $a_i = e^{z_i} / \sum_j e^{z_j}$. Raising one score raises its own probability
# and lowers all the others. The quotient rule gives
#
# $$\frac{\partial a_i}{\partial z_j} = a_i\,(\delta_{ij} - a_j), \qquad \delta_{ij} = 1 \text{ if } i = j, \text{ else } 0 .$$
#
# Document A lists softmax with the sigmoid and gives both $f (1 - f)$. For softmax this is the diagonal
# only.
#
# ### Your turn: softmax backward (core)
#
# Put the Jacobian into $g_z = g_a J$, and simplify until there is no matrix any more. Rows are examples.
#
# <details><summary>Hint 1</summary>
#
# $\sum_i g_i a_i (\delta_{ij} - a_j)$: split it at the minus sign. In the first part only $i = j$ survives.
#
# </details>
# <details><summary>Hint 2</summary>
#
# In the second part $a_j$ comes out of the sum. What is left is one number a row: `np.sum(a * g, axis=1,
# keepdims=True)`.
#
# </details>

# %%
def softmax_backward(a, g):
    """softmax's output a (N, K) and upstream gradient g (N, K) -> the gradient of its input (N, K)"""
    ...                                                 # your code here

check("softmax_backward", softmax_backward)

# %% tags=["solution"] jupyter={"source_hidden": true}
def softmax_backward_solution(a, g):
    return a * (g - np.sum(a * g, axis=1, keepdims=True))

check("softmax_backward", softmax_backward_solution)

# %% [markdown]
# The result is document A's $a_i\,(g_i - g \cdot a)$. In words: raising a score raises $L$ if its own
# upstream gradient is above the average of all, each weighted by its probability. Proved by the Jacobian, by
# nudging, and by nblib:

# %% tags=["concept:softmax-vjp"]
def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

z, g = rng.normal(size=4), rng.normal(size=4)
a = softmax(z)
J = np.diag(a) - np.outer(a, a)                             # a_i (δ_ij − a_j)
assert np.allclose(J, jacobian(softmax, z), atol=1e-8)
assert np.allclose(a * (g - g @ a), g @ J)
t = tensor(z, float64, requires_grad=True)
F.softmax(t, dim=0).backward(tensor(g))
assert np.allclose(t.grad.numpy(), g @ J)
print("the Jacobian of softmax:", *J.round(2), sep="\n")
assert np.allclose(J.sum(axis=1), 0)                        # the same added to all scores changes nothing
assert np.all(J != 0)

# %% [markdown]
# Document A says that most operations of a network have a sparse Jacobian, one with few numbers that are not
# 0. The elementwise ones have. For one example, that of a layer is $W$, and neither $W$ nor this one has a
# zero. What they share is that nobody has to build them: $W$ is there already, and for softmax one number a
# row is enough.
#
# ### Try it: two classes, as a graph
#
# The exponential of $a$ is used twice, above and below the fraction line. Before you move it: **the graph
# shows the probability of class a. With a = b = 0, what are the two slopes, and what becomes of them when a
# wins clearly?**
#
# - Goal: make both slopes smaller than 0.01 by moving a alone, and look at the two shares of $e^a$.

# %%
two_classes = graph("exp(a) / (exp(a) + exp(b))", a=1.0, b=0.0)
two_classes

# %% [markdown]
# <details><summary>What happens, and why</summary>
#
# At a tie they are ¼ and −¼, the largest possible: $a_1 (1 - a_1)$ and $-a_1 a_2$. When $a$ wins, both
# shrink towards 0: the probability is nearly 1 and has nowhere to go. At a = 5, b = 0 they are below 0.01.
# The two shares at $e^a$ are nearly equal and opposite: the fraction grows with its upper part and shrinks
# with its lower part, and the two all but cancel.
#
# </details>
#
# ## Softmax and cross-entropy together leave ŷ − y
#
# On top of softmax stands the loss $L = -\sum_k y_k \log \hat y_k$, with a one-hot $y$. What it sends back
# is $g_k=-y_k/\hat y_k$: for a confident mistake $\hat y_k$ is nearly 0, and this is enormous. Put it into
# the rule above: $g \cdot \hat y = -\sum_k y_k = -1$, and
#
# $$\frac{\partial L}{\partial z_k} = \hat y_k \left( -\frac{y_k}{\hat y_k} + 1 \right) = \hat y_k - y_k .$$
#
# The enormous factor has cancelled. What arrives at the scores is the error itself, never larger than 1.
# This is why libraries make one operation of the two.

# %% tags=["concept:softmax-ce-gradient"]
z, y_one_hot = np.array([8.0, 0.0, -4.0]), np.array([0.0, 0.0, 1.0])
ŷ = softmax(z)
g = 0.0 - y_one_hot / ŷ
by_chain = ŷ * (g - g @ ŷ)
print("from the loss:", g.round(0), " after softmax:", by_chain.round(3))
assert np.allclose(by_chain, ŷ - y_one_hot) and np.abs(g).max() > 1e5 and np.abs(by_chain).max() <= 1
assert np.allclose(numeric_gradient(lambda z: -np.log(softmax(z)[2]), z), ŷ - y_one_hot, atol=1e-6)

t = torch.tensor(z[None], requires_grad=True)
torch.nn.functional.cross_entropy(t, torch.tensor([2])).backward()
assert np.allclose(t.grad.numpy()[0], ŷ - y_one_hot)

# %% [markdown]
# ## The derivative of a matrix by a matrix has four axes
#
# A number is a tensor without axes, a vector has one, a matrix two. A derivative has an entry for every pair
# of an input number and an output number, so it has the axes of both. Document A counts the input's first:
# that is why its Jacobian is the transpose of ours.

# %%
def derivative(f, x):
    """The slopes of all outputs for all inputs, by nudging: the axes of x, then those of f(x)."""
    x, h = np.asarray(x, float), 1e-5
    nudges = h * np.eye(x.size).reshape(-1, *x.shape)       # one input at a time
    return np.reshape([(f(x + e) - f(x - e)) / (2 * h) for e in nudges], x.shape + np.shape(f(x)))

A, v = rng.normal(size=(2, 3)), rng.normal(size=3)
for name, f, x, right in (("number by matrix", lambda x: (x ** 2).sum(), A, 2 * A),      # a gradient
                          ("matrix by number", lambda x: x ** 2 * A, 1.5, 2 * 1.5 * A),  # of its entries
                          ("vector by vector", lambda x: A @ x, v, A.T),                 # a Jacobian
                          ("matrix by vector", lambda x: A * x, v, np.einsum("ij,jk->kij", A, np.eye(3)))):
    print(f"{name}: {np.shape(f(x))} by {np.shape(x)} has the shape {derivative(f, x).shape}")
    assert derivative(f, x).shape == right.shape and np.allclose(derivative(f, x), right, atol=1e-6)

# %% [markdown]
# A layer computes $Z = X W^\top$ for $m$ examples at once: $X$ is $(m, n)$, $W$ is $(k, n)$, $Z$ is $(m,
# k)$. (Document A has examples in columns, $Z = W X$; the derivation is the same with all matrices
# transposed.) So $\partial Z/\partial X$ has the shape $(m, n, m, k)$, and $\partial Z/\partial W$ the shape
# $(k, n, m, k)$. How much of them is not zero?

# %% tags=["concept:tensor-derivative"]
m, n, k = 5, 3, 4
X, W, G = rng.normal(size=(m, n)), rng.normal(size=(k, n)), rng.normal(size=(m, k))
by_X, by_W = derivative(lambda X: X @ W.T, X), derivative(lambda W: X @ W.T, W)
for name, slopes, share in (("∂Z/∂X", by_X, 1 / m), ("∂Z/∂W", by_W, 1 / k)):
    print(f"{name}: shape {slopes.shape}, {slopes.size} numbers, {share:.0%} of them not zero")
    assert np.isclose(np.mean(np.abs(slopes) > 1e-8), share)
for p, q in np.ndindex(m, k):                               # of one number Z[p, q], a slice with one row:
    assert np.allclose(by_X[:, :, p, q], np.outer(np.arange(m) == p, W[q]), atol=1e-6)      # row q of W
    assert np.allclose(by_W[:, :, p, q], np.outer(np.arange(k) == q, X[p]), atol=1e-6)      # row p of X
assert np.allclose(np.tensordot(by_X, G, axes=2), G @ W, atol=1e-6)         # chain rule: add up over all Z
assert np.allclose(np.tensordot(by_W, G, axes=2), G.T @ X, atol=1e-6)
try:
    np.tensordot(G, by_X, axes=2)                           # upstream first, as document A writes it again
    raise AssertionError("the shapes fit")
except ValueError:
    print("with the input's axes first, the upstream gradient stands on the right here, too")

# %% [markdown]
# One number $Z_{pq}$ has slopes for one row of $X$ only, a copy of a row of $W$, and for one row of $W$, a copy
# of a row of $X$. So nobody needs the mostly empty tensors. The sums over them are the plain matrix products
# of the two asserts: $\partial L/\partial X = G\,W$ and $\partial L/\partial W = G^\top X$, with the
# upstream $G = \partial L/\partial Z$. Both can be remembered by their shapes: each gradient has the shape
# of what it belongs to, and as long as $m$, $n$ and $k$ differ, there is only one way in which the factors
# fit. Entry by entry, with $dX$ for $\partial L/\partial X$:
#
# $$dX_{ij} = \sum_q G_{iq} W_{qj}, \qquad dW_{qj} = \sum_i G_{iq} X_{ij}$$

# %% tags=["concept:matmul-gradient"]
dX, dW = np.zeros_like(X), np.zeros_like(W)
for i in range(m):                                          # Z[i, q] = Σ_j X[i, j] W[q, j]: a node a product
    for q in range(k):
        for j in range(n):
            dX[i, j] += G[i, q] * W[q, j]
            dW[q, j] += G[i, q] * X[i, j]
assert np.allclose(dX, G @ W) and np.allclose(dW, G.T @ X)
assert gradient_check(lambda W: np.sum(G * (X @ W.T)), G.T @ X, W) < 1e-7
tX, tW = (torch.tensor(A, requires_grad=True) for A in (X, W))
(tX @ tW.T).backward(torch.tensor(G))
assert np.allclose(tX.grad.numpy(), G @ W) and np.allclose(tW.grad.numpy(), G.T @ X)
print(f"dX {dX.shape} = G {G.shape} @ W {W.shape};  dW {dW.shape} = Gᵀ {G.T.shape} @ X {X.shape}")

# %% [markdown]
# ## A bias was used by every example, so its gradient is a sum
#
# The bias $b$, shape $(k,)$, is added to every row of $Z$. NumPy repeats it silently: this is called
# broadcasting. In the graph it is a branch with $m$ ways out, and the branch rule says: add. So the
# gradient of $b$ is the sum of $G$ over the examples. In general, whatever broadcasting has repeated,
# backward sums up again.

# %% tags=["concept:broadcast-gradient"]
b = rng.normal(size=k)
db = G.sum(axis=0)
assert gradient_check(lambda b: np.sum(G * (X @ W.T + b)), db, b) < 1e-7
for shape in [(k,), (1, k), (m, 1), ()]:                    # wherever something can be repeated
    small = tensor(rng.normal(size=shape), float64, requires_grad=True)
    (tensor(X @ W.T) + small).backward(tensor(G))
    kept = {(k,): G.sum(0), (1, k): G.sum(0, keepdims=True), (m, 1): G.sum(1, keepdims=True), (): G.sum()}
    assert np.allclose(small.grad.numpy(), kept[shape])
print(f"upstream {G.shape}, gradient of the bias {db.shape}")

# %% [markdown]
# ## The mean scales everything by 1/m
#
# The cost $J$ (from here on the letter is no Jacobian any more) is the mean of the losses of $m$ examples.
# Its local gradient for each loss is $1/m$, so that $\partial J/\partial L = (1/m, \dots, 1/m)$, and $1/m$ is
# the factor on everything behind it. The gradient of the cost is the mean of the gradients of the losses.
#
# For the log loss document A gives $\frac{dJ}{d\hat y} = -\frac{1}{m}\frac{y}{1 - y}$. That cannot be: it
# does not contain the prediction $\hat y$ at all, and for $y = 1$ it divides by zero. The derivative of
# $-\frac 1m \sum [y \log \hat y + (1 - y) \log (1 - \hat y)]$ is
#
# $$\frac{\partial J}{\partial \hat y} = -\frac{1}{m}\left(\frac{y}{\hat y} - \frac{1 - y}{1 - \hat y}\right) .$$
#
# The mean is more practical than the sum. A sum of twice as many losses has a gradient twice as long, and
# the learning rate that was right may be too large. The smallest case: one weight shall learn $y = 2x$,
# with the squared error and one rate, from 10 examples and from 1,000.

# %% tags=["concept:cost-scale"]
y, ŷ = np.array([1.0, 0.0, 1.0, 0.0]), np.array([0.9, 0.2, 0.4, 0.7])

def losses(ŷ):
    return -(y * np.log(ŷ) + (1 - y) * np.log(1 - ŷ))

by_loss = numeric_gradient(np.mean, losses(ŷ))
right = -(y / ŷ - (1 - y) / (1 - ŷ)) / len(y)
with np.errstate(divide="ignore"):
    printed = -y / (1 - y) / len(y)                         # document A's formula
print("∂J/∂L:", by_loss.round(3), " ∂J/∂ŷ:", right.round(3), " as printed:", printed.round(3))
assert np.allclose(by_loss, 1 / 4) and not np.isfinite(printed).all()
assert gradient_check(lambda ŷ: np.mean(losses(ŷ)), right, ŷ) < 1e-7
each = numeric_gradient(lambda ŷ: losses(ŷ).sum(), ŷ)       # ŷ_i is in one loss only: the slope of that one
assert np.allclose(right, by_loss * each, atol=1e-6)
assert np.allclose(right * ŷ * (1 - ŷ), (ŷ - y) / 4)        # through the sigmoid: the error again, over m

# %%
def distance(cost, m, α=0.05, steps=100):
    """How far the weight is from 2 after descent on the `cost` (sum or mean) of m squared errors."""
    x, w = np.random.default_rng(0).normal(size=m), 0.0
    for _ in range(steps):
        w -= α * cost(2 * (w * x - 2 * x) * x)              # the gradient of a sum or mean is the sum or mean
    return abs(w - 2)

for cost in (np.sum, np.mean):
    verdicts = ["arrives" if distance(cost, m) < 0.01 else "diverges" for m in (10, 1000)]
    print(f"{cost.__name__:4}: 10 examples {verdicts[0]}, 1,000 examples {verdicts[1]}")
assert distance(np.sum, 10) < 0.01 and distance(np.sum, 1000) > 1e6
assert distance(np.mean, 10) < 0.01 and distance(np.mean, 1000) < 0.01

# %% [markdown]
# ### Your turn: a layer backward (core)
#
# Now write it down once for all three: $Z = X W^\top + b$.
#
# <details><summary>Hint 1</summary>
#
# Each result has the shape of what it belongs to: $(m, n)$, $(k, n)$, $(k,)$.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Two matrix products and a sum over the examples. The $1/m$ of the cost is already in $G$.
#
# </details>

# %%
def linear_backward(X, W, G):
    """X (m, n), W (k, n), upstream G (m, k) -> dX, dW, db, each with the shape of X, W, b"""
    ...                                                 # your code here

check("linear_backward", linear_backward)

# %% tags=["solution"] jupyter={"source_hidden": true}
def linear_backward_solution(X, W, G):
    return G @ W, G.T @ X, G.sum(axis=0)

check("linear_backward", linear_backward_solution)

# %% [markdown]
# ## Four layers in indices are nested sums, worked off from the left
#
# Document C writes a network of four layers with all its indices, for one input $x$:
#
# $$z = \sum_a W_{4a}\,\phi\Big[\sum_b W_{3ab}\,\phi\Big(\sum_c W_{2bc}\,\phi\Big(\sum_d W_{1cd}\,x_d\Big)\Big)\Big]$$
#
# and the slopes of a weight in each layer. That of the first:
#
# $$\frac{\partial z}{\partial W_{1cd}} = \sum_a W_{4a}\,\phi'_a \sum_b W_{3ab}\,\phi'_b\, W_{2bc}\,\phi'_c\, x_d .$$
#
# Read it from the left. $W_{4a}\phi'_a$ is what arrives at the units $a$. Summed over $a$ with $W_{3ab}$,
# times $\phi'_b$, it is what arrives at the units $b$; and so on. Each bracket is an upstream gradient
# $\delta$, computed once and used for all weights of its layer. (With $h = \sigma(z)$
# and the log loss, the gradient of the loss is this times $h - y$, the error.) In the code, `np.einsum` takes the indices
# as written: letters that are missing behind `->` are summed over. That is the whole of "efficient computation of all these derivatives".

# %% tags=["concept:chain-rule-four-layers"]
x = rng.normal(size=3)
W1, W2, W3, W4 = rng.normal(size=(4, 3)), rng.normal(size=(5, 4)), rng.normal(size=(6, 5)), rng.normal(size=6)
c = np.tanh(W1 @ x)
b = np.tanh(W2 @ c)
a = np.tanh(W3 @ b)                                         # φ = tanh, φ' = 1 − φ²
as_printed = [np.einsum("a,a,ab,b,bc,c,d->cd", W4, 1 - a**2, W3, 1 - b**2, W2, 1 - c**2, x),        # of W1
              np.einsum("a,a,ab,b,c->bc", W4, 1 - a**2, W3, 1 - b**2, c),                           # of W2
              np.einsum("a,a,b->ab", W4, 1 - a**2, b), a]                                           # W3, W4

δ_a = W4 * (1 - a**2)
δ_b = (δ_a @ W3) * (1 - b**2)
δ_c = (δ_b @ W2) * (1 - c**2)
gradients = [np.outer(δ_c, x), np.outer(δ_b, c), np.outer(δ_a, b), a]     # of W1, W2, W3, W4
Ws = [W1, W2, W3, W4]
z = lambda W1, W2, W3, W4: W4 @ np.tanh(W3 @ np.tanh(W2 @ np.tanh(W1 @ x)))
for i, (printed, gradient) in enumerate(zip(as_printed, gradients)):
    vary = lambda W: z(*Ws[:i], W, *Ws[i + 1:])
    assert np.allclose(printed, gradient) and gradient_check(vary, printed, Ws[i]) < 1e-6
    for label in (0, 1):                                    # the loss: times h − y, with h = σ(z)
        log_loss = lambda W: -np.log(σ(vary(W)) if label else 1 - σ(vary(W)))
        assert gradient_check(log_loss, (σ(z(*Ws)) - label) * printed, Ws[i]) < 1e-6
print(f"ways from one unit c to z: {len(b) * len(a)}; vectors δ on the way back: 3")

# %% [markdown]
# ## The input has a gradient too
#
# Document A is right that training does not need the gradient of the input. But it is there for the taking,
# and it shows what a network looks at: *which pixels, made brighter, would raise this score?* We train a
# small network on the 8 × 8 digits and ask.

# %% tags=["concept:input-gradient"]
digits = datasets.digits()
X_train, X_test, y_train, y_test = datasets.split(digits.X / 16, digits.y, rng=0)
autograd.manual_seed(1)
reader = nn.Sequential(nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10))
optimizer, order = optim.Adam(reader.parameters(), lr=0.01), np.random.default_rng(0)
for _ in range(15):
    for images, labels in datasets.batches(X_train.astype(np.float32), y_train, 64, order):
        optimizer.zero_grad()
        F.cross_entropy(reader(tensor(images)), tensor(labels)).backward()
        optimizer.step()

def reads(images):
    return reader(tensor(images.astype(np.float32))).detach().numpy().argmax(axis=-1)

accuracy = np.mean(reads(X_test) == y_test)
print(f"test digits right: {accuracy:.2f}")
assert accuracy > 0.93

def towards(image, wanted, instead_of):
    """(64,): how the lead of one score over another changes with each pixel."""
    pixels = tensor(image.astype(np.float32), requires_grad=True)
    scores = reader(pixels)
    (scores[wanted] - scores[instead_of]).backward()
    return pixels.grad.numpy()

# %%
three = X_test[y_test == 3][0]
gradient = towards(three, 8, 3)
step = 0.05
while reads(np.clip(three + step * gradient, 0, 1)) == 3:
    step += 0.05
changed = np.clip(three + step * gradient, 0, 1)
assert np.mean(X_train[:, 8] == 0) > 0.99 and gradient.argmax() == 8    # at the left edge, in the second row
fig, axes = plots.figure(columns=3, size=(7.8, 2.9))
plots.image(axes[0], three.reshape(8, 8), "read as: 3", limit=1)
plots.image(axes[1], gradient.reshape(8, 8), "gradient of 8 against 3", signed=True)
answer = reads(changed)
plots.image(axes[2], changed.reshape(8, 8), f"read as: {answer}", limit=1)
plots.show(fig, "Middle: orange pixels, made brighter, speak for an 8, blue ones against it. Right: a step "
                "along this gradient, and the network changes its mind.")
assert answer == 8

# %% [markdown]
# In part the gradient asks for what we would: light on both sides of the stroke in the third and fourth row, and at
# the left further down, where a 3 is open and an 8 is closed. But most of all it asks for light at the left edge of the
# second row, a pixel that is black in more than 99 % of the training digits. The network has hardly been told
# anything about it, and uses it all the same. The right picture has no loop that is closed, and yet the
# network reads an 8. Pictures changed in this way to make a network err are called adversarial.
#
# ## Backward costs a small multiple of forward
#
# Back to the prediction of the beginning. For each product in the forward pass, the backward pass needs
# two: $G W$ and $G^\top X$. Add the forward pass itself, and a gradient costs about three forward passes,
# however many parameters there are. By nudging it is two forward passes *per parameter*.

# %% tags=["concept:backprop-cost"]
for width in (16, 64, 256):
    sizes = [2, width, width, 1]
    linear = [nn.Linear(n, k) for n, k in zip(sizes, sizes[1:])]
    model = nn.Sequential(linear[0], nn.Tanh(), linear[1], nn.Tanh(), linear[2])
    assert operations(loss()) == (forward, backward_ones)           # however wide the layers are
    parameters = sum(p.numel() for p in model.parameters())
    products = [n * k for n, k in zip(sizes, sizes[1:])]    # of one example, forward, in each layer
    counted = (3 * sum(products) - products[0]) / sum(products)     # backward two more; the input needs none
    assert counted < 3
    print(f"{parameters:6,} parameters: {counted:.2f} forward passes, counted in products; "
          f"{2 * parameters:,} by nudging")

# %%
fig, ax = plots.figure(size=(6.4, 3.2))
sizes = np.geomspace(100, 1e6, 50)
ax.loglog(sizes, 2 * sizes, color=plots.COLORS["test"])
ax.loglog(sizes, np.full(50, 3.0), color=plots.COLORS["train"])
ax.set(xlabel="parameters", ylabel="cost in forward passes", ylim=(1, 1e7), xlim=(100, 1e6))
plots.label(ax, 200, 3e4, "nudging: 2 per parameter", plots.COLORS["test"])
plots.label(ax, 200, 5, "backpropagation: about 3", plots.COLORS["train"])
plots.show(fig, "Counted, not timed: the price of all slopes, in forward passes. The gap grows with every "
                "parameter.")

# %% [markdown]
# The same count of products can still take far longer, if every number is an object. A network with the
# layers of the first cell, but no biases; eight examples, one gradient: your engine against nblib's.

# %%
from nblib.counting import lines_run

few = datasets.moons(n=8, rng=0)[0]
rng = np.random.default_rng(0)
layers = [rng.normal(size=shape) / 8 for shape in ((64, 2), (64, 64), (1, 64))]

def with_values():
    Ws = [[[Value(n) for n in row] for row in W] for W in layers]
    cost = Value(0.0)
    for x in few:
        units = [Value(n) for n in x]
        for W in Ws:
            units = [sum((w * u for w, u in zip(row[1:], units[1:])), row[0] * units[0]).tanh() for row in W]
        cost = cost + units[0]
    backward(cost)
    return np.array([[w.grad for w in row] for row in Ws[1]])

def with_tensors():
    Ws, units = [tensor(W, float64, requires_grad=True) for W in layers], tensor(few)
    for W in Ws:
        units = (units @ W.T).tanh()
    units.sum().backward()
    return Ws[1].grad.numpy()

assert np.allclose(with_values(), with_tensors())
values, tensors = lines_run(with_values), lines_run(with_tensors)
assert values > 1000 * tensors
print("the same gradients; with objects, more than 1,000 times as many lines of Python run")
ten, thousand = (tensor(np.linspace(-1, 1, n)) for n in (10, 1000))
assert lines_run(lambda: thousand * thousand) == lines_run(lambda: ten * ten)
print("a product of 1,000 numbers runs as many lines as one of 10")

# %% [markdown]
# An array operation is one step of Python and leaves the thousand products to compiled code; with an object for
# each number it is a thousand objects. Your engine is for understanding, nblib's for working.
#
# ## A wrong gradient still trains, and so hides
#
# A bug in a forward pass shows at once. A bug in a backward pass may not: the cost can fall all the same.
# Here is a backward pass for a network with one hidden tanh layer, a sigmoid and the mean log loss. **Three
# of its seven numbered lines are wrong.** The gradient check below it says something odd: *one* of the four
# gradients is right.

# %%
def suspicious(X, y, W1, b1, W2, b2):
    Z1 = X @ W1.T + b1                      # (m, n) -> (m, k)
    A1 = np.tanh(Z1)
    p = σ(A1 @ W2 + b2)                     # (m,)
    z2 = p - y                              # 1   ∂J/∂(A1 W2 + b2)
    dW2 = A1.T @ z2                         # 2
    db2 = z2.mean()                         # 3
    dA1 = np.outer(z2, W2)                  # 4   ∂J/∂A1
    dZ1 = dA1 * (1 - Z1 ** 2)               # 5   ∂J/∂Z1
    dW1 = dZ1.T @ X                         # 6
    db1 = dZ1.sum(axis=0)                   # 7
    return dW1, db1, dW2, db2

def mean_cost(X, y, W1, b1, W2, b2):
    p = σ(np.tanh(X @ W1.T + b1) @ W2 + b2)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

rng = np.random.default_rng(3)
X, y = datasets.moons(n=40, rng=0)
weights_of_net = [0.5 * rng.normal(size=shape) for shape in ((5, 2), 5, 5, ())]

def examine(gradients_of):
    """Print which of the four gradients agree with nudging; the names of those that do."""
    names, right = ("W1", "b1", "W2", "b2"), []
    for i, (name, gradient) in enumerate(zip(names, gradients_of(X, y, *weights_of_net))):
        vary = lambda w: mean_cost(X, y, *weights_of_net[:i], w, *weights_of_net[i + 1:])
        error = gradient_check(vary, gradient, weights_of_net[i])
        print(f"{name}: relative error {error:.2g}" if error > 1e-6 else f"{name}: right")
        right += [name] * (error < 1e-6)
    return right

only = examine(suspicious)
assert only == ["b2"]

# %% [markdown]
# And does it train? For a while, yes. A learning curve alone would not have told you:

# %%
left = []
for seed in range(8):
    rng = np.random.default_rng(seed)
    trained = [0.5 * rng.normal(size=shape) for shape in ((5, 2), 5, 5, ())]
    before = mean_cost(X, y, *trained)
    for _ in range(15):
        trained = [w - 0.02 * g for w, g in zip(trained, suspicious(X, y, *trained))]
    left.append(mean_cost(X, y, *trained) / before)
print(f"15 steps along the wrong gradient, 8 starts: {min(left):.2f} to {max(left):.2f} of the cost are left")
assert max(left) < 0.6

# %% [markdown]
# ### Your turn: find the three bugs (core)
#
# Name the three lines, from the top down. Remember that backpropagation is local: a line can be right and
# still give a wrong number, because the number that it got was wrong.
#
# <details><summary>Hint 1</summary>
#
# Begin at the top. Is the factor of the *mean* anywhere? Mend that line in a copy of the function, called `mended`,
# and run `examine(mended)`: which gradients are right now, and which has become wrong?
#
# </details>
# <details><summary>Hint 2</summary>
#
# A gradient that is right in spite of a wrong input has a bug that cancels it. For the third: what is the
# local gradient of tanh made of, its input or its value?
#
# </details>

# %%
bugs = {"first": ..., "second": ..., "third": ...}      # the numbers of three lines

check("bugs", bugs)

# %% tags=["solution"] jupyter={"source_hidden": true}
bugs_solution = {"first": 1, "second": 3, "third": 5}
check("bugs", bugs_solution)

def mended(X, y, W1, b1, W2, b2):
    A1 = np.tanh(X @ W1.T + b1)
    z2 = (σ(A1 @ W2 + b2) - y) / len(y)                 # 1: the mean's 1/m
    dZ1 = np.outer(z2, W2) * (1 - A1 ** 2)              # 5: 1 − f², of the value
    return dZ1.T @ X, dZ1.sum(axis=0), A1.T @ z2, z2.sum()   # 3: a bias sums

for i, gradient in enumerate(mended(X, y, *weights_of_net)):
    vary = lambda w: mean_cost(X, y, *weights_of_net[:i], w, *weights_of_net[i + 1:])
    assert gradient_check(vary, gradient, weights_of_net[i]) < 1e-6

# %% [markdown]
# ## Summary
#
# | learned | where |
# |---|---|
# | `computation-graph`: a formula as single operations | [A computation graph takes a formula apart into single operations](#A-computation-graph-takes-a-formula-apart-into-single-operations) |
# | `local-gradient`, `upstream-downstream` | [Backward, each step is upstream times local](#Backward,-each-step-is-upstream-times-local) |
# | `backprop-is-local` | [A node needs to know nothing about the rest of the graph](#A-node-needs-to-know-nothing-about-the-rest-of-the-graph) |
# | `node-add`, `node-sub`, `node-mul`, `node-equal`, `node-max`, `node-sigmoid`, `node-tanh`, `node-relu` | [Eight nodes, a rule of one line for each](#Eight-nodes,-a-rule-of-one-line-for-each) |
# | `node-branch` | [A branch adds up what comes back](#A-branch-adds-up-what-comes-back) |
# | `dead-upstream` | [Zero in, zero out](#Zero-in,-zero-out) |
# | `topological-order` | [Step two](#Step-two:-a-node's-turn-comes-when-all-its-shares-have-arrived) |
# | `autograd-engine` | [Step four](#Step-four:-more-operations,-one-line-each), [nblib's engine is this one, with arrays](#nblib's-engine-is-this-one,-with-arrays) |
# | `gradient-accumulation` | [Two passes add](#Two-passes-add) |
# | `jacobian`, `diagonal-jacobian` | [The local gradient of an array is a Jacobian, and hardly ever built](#The-local-gradient-of-an-array-is-a-Jacobian,-and-hardly-ever-built) |
# | `softmax-vjp`, `softmax-ce-gradient` | [Softmax: every output depends on every input](#Softmax:-every-output-depends-on-every-input), [Softmax and cross-entropy together leave ŷ − y](#Softmax-and-cross-entropy-together-leave-ŷ-−-y) |
# | `tensor-derivative`, `matmul-gradient` | [The derivative of a matrix by a matrix has four axes](#The-derivative-of-a-matrix-by-a-matrix-has-four-axes) |
# | `broadcast-gradient` | [A bias was used by every example, so its gradient is a sum](#A-bias-was-used-by-every-example,-so-its-gradient-is-a-sum) |
# | `cost-scale` | [The mean scales everything by 1/m](#The-mean-scales-everything-by-1/m) |
# | `chain-rule-four-layers` | [Four layers in indices are nested sums, worked off from the left](#Four-layers-in-indices-are-nested-sums,-worked-off-from-the-left) |
# | `input-gradient` | [The input has a gradient too](#The-input-has-a-gradient-too) |
# | `backprop-cost` | [Backward costs a small multiple of forward](#Backward-costs-a-small-multiple-of-forward) |
#
# **What breaks.** Storing a gradient where it should be added; sending it on before it is complete;
# forgetting to clear it between steps; a bias whose gradient is not summed; a 1/m twice or not at all; an
# upstream gradient that is 0.
#
# **What the field does today.** Hardly anybody writes backward passes by hand, except for new operations.
# PyTorch and JAX record or trace the operations as you did here, on arrays, and bring a gradient check by
# finite differences for those of your own (in PyTorch, `torch.autograd.gradcheck`). When memory runs out,
# they keep only some of the values of the forward pass and compute the others again.
#
# ## Where the lectures differ
#
# - Document A: for cross-entropy, dJ/dŷ = −(1/m) y/(1 − y). The prediction is missing, and so is the second
#   term: it is −(1/m) (y/ŷ − (1 − y)/(1 − ŷ)). See [The mean scales everything by
#   1/m](#The-mean-scales-everything-by-1/m).
# - Document A puts inputs in the rows of the Jacobian and writes ∂J/∂x = ∂J/∂f · ∂f/∂x. With its shapes,
#   (n_f, 1) and (n_x, n_f), the product exists in the other order only. See [The local gradient of an array
#   is a Jacobian](#The-local-gradient-of-an-array-is-a-Jacobian,-and-hardly-ever-built). The same holds for
#   [its tensors](#The-derivative-of-a-matrix-by-a-matrix-has-four-axes).
# - Document A: most operations of a network have sparse Jacobians. The elementwise ones have; for one example,
#   those of a layer and of softmax are full. See [Softmax: every output depends on every
#   input](#Softmax:-every-output-depends-on-every-input).
# - Document A: backpropagation finds a good function, and its third step is the update. It gives gradients;
#   gradient descent searches with them. See [Step four](#Step-four:-more-operations,-one-line-each).
# - Document A gives the sigmoid's slope f(1 − f) for "sigmoid (softmax)". For softmax it is the diagonal of
#   the Jacobian only; its formula for the whole, further down, is right. See [Softmax: every output depends
#   on every input](#Softmax:-every-output-depends-on-every-input).
# - Document A: once the upstream gradient is 0, all downstream gradients are 0. True for the way through
#   this node; a value with another way to the output still gets a gradient. See [Zero in, zero
#   out](#Zero-in,-zero-out).
# - Document A lets relu pass a gradient at exactly 0; PyTorch and nblib do not. Both are conventions.
# - Document C's four derivatives in index form, checked, are all right.
#
# ## An open task
#
# No check this time. Let your engine draw its own graph: from a `Value`, walk the edges and print one line
# a node, with its number, its gradient and its parents. Then give `backward` itself Values to compute with,
# instead of plain numbers: the local gradients become Values, and the gradient that comes out is a graph
# again. Now you can call `backward` on a gradient. Test it with $x^3$: the second derivative is $6x$.
#
# ## References
#
# - Seppo Linnainmaa, *The representation of the cumulative rounding error of an algorithm as a Taylor
#   expansion of the local rounding errors*, 1970: the method, in Finnish.
# - David Rumelhart, Geoffrey Hinton and Ronald Williams, *Learning representations by back-propagating
#   errors*, 1986.
# - Andreas Griewank and Andrea Walther, *Evaluating derivatives*, 2008: what it costs, and when to compute
#   again.
# - Atılım Güneş Baydin, Barak Pearlmutter, Alexey Radul and Jeffrey Siskind, *Automatic differentiation in
#   machine learning: a survey*, 2018.
# - Prajit Ramachandran, Barret Zoph and Quoc Le, *Searching for activation functions*, 2017: swish.
