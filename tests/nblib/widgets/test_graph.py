"""The graph viewer: its numbers against finite differences, its walk, its layout, its words."""

import itertools
import math
import random

import numpy as np
import pytest

from nblib.checks import numeric_gradient
from nblib.widgets import graph
from nblib.widgets.graph.expression import BINARY, FUNCTIONS, MOST, Expression
from nblib.widgets.graph.widget import EXAMPLES, RADIUS, Walk, _pixels

PLAIN = {
    "max": max,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "tanh": math.tanh,
    "relu": lambda x: max(x, 0.0),
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "square": lambda x: x * x,
    "abs": abs,
}
SMOOTH = (
    "sigmoid({})",
    "tanh({})",
    "exp(tanh({}))",
    "log(1 + square({}))",
    "sqrt(2 + tanh({}))",
    "abs({})",
    "relu({})",
    "-({})",
    "({})**2",
)
PAIRS = ("({} + {})", "({} - {})", "{} * {}", "({}) / (3 + tanh({}))", "max({}, {})", "(2 + tanh({})) ** tanh({})")


def random_expression(rng, depth):
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(("a", "b", "c", "1.5", "-2"))
    if rng.random() < 0.45:
        return rng.choice(SMOOTH).format(random_expression(rng, depth - 1))
    return rng.choice(PAIRS).format(*(random_expression(rng, depth - 1) for _ in range(2)))


def small_expressions(count, nodes, rng):
    """Random expressions that the viewer takes, of at most so many nodes."""
    while count:
        text = random_expression(rng, rng.choice((1, 2, 3)))
        try:
            expression = Expression(text)
        except ValueError:  # no name, or too many nodes
            continue
        if len(expression.nodes) <= nodes:
            count -= 1
            yield expression


def by_hand(text, values):
    return float(eval(text, {"__builtins__": {}}, PLAIN | values))


def check_passes(expression, values):
    passes = expression.run(values)
    names = expression.names
    for node, value in zip(expression.nodes, passes.values):
        assert value == pytest.approx(by_hand(node.text, values), rel=1e-12)
    point = np.array([values[name] for name in names])
    slopes = numeric_gradient(lambda x: by_hand(expression.text, dict(zip(names, x))), point)
    order = [node.text for node in expression.nodes]
    gradients = [passes.gradients[order.index(name)] for name in names]
    assert gradients == pytest.approx(list(slopes), rel=1e-5, abs=1e-6)
    walk = Walk(expression, passes, expression.steps)
    for i in range(len(expression.nodes) - 1):
        if expression.depends[i]:
            total = sum(share for *_, share in walk.shares(i))
            assert total == pytest.approx(passes.gradients[i], rel=1e-12, abs=1e-15)
    for child, mine in enumerate(passes.shares):
        for local, share in mine.values():
            assert share == pytest.approx(local * passes.gradients[child], rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("seed", range(8))
def test_values_gradients_and_shares_of_random_expressions(seed):
    rng = random.Random(seed)
    for expression in small_expressions(25, MOST, rng):
        check_passes(expression, {name: rng.uniform(-2, 2) for name in expression.names})


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples(text):
    expression = Expression(text)
    assert set(EXAMPLES[text]) == set(expression.names)
    check_passes(expression, EXAMPLES[text])
    widget = graph(text)
    for step in range(expression.steps + 1):
        widget.controls["step"].value = step
        assert widget.frame.caption.startswith(f"Step {step} of {expression.steps}.")
        assert f"{node_known(widget)} values" == f"{min(step, len(expression.operations))} values"


def node_known(widget):
    return sum(widget.expression.nodes[i].operation is not None for i in widget.walk.known)


def test_every_operation_has_its_own_example_of_a_gradient():
    assert set(PLAIN) == set(FUNCTIONS) and len(BINARY) == 5
    for name, operation in FUNCTIONS.items():
        text = f"{name}({', '.join('ab'[: operation.inputs])})"
        check_passes(Expression(text), {"a": 0.7, "b": -0.4} if operation.inputs == 2 else {"a": 0.7})
    for sign in ("+", "-", "*", "/", "**"):
        check_passes(Expression(f"a {sign} b"), {"a": 1.3, "b": -0.4})


def test_the_picture_shows_the_widgets_present_numbers():
    widget = graph("a*b", a=2.0, b=3.0)
    for value in (-5.0, 0.0, 4.2):
        widget.controls["inputs"].children[0].value = value
        assert widget.walk.passes.values[-1] == pytest.approx(3 * value)
        assert widget.frame.caption.endswith(
            f"1 · {f'{value:.3g}'.replace('-', '−')} = {f'{value:.3g}'.replace('-', '−')} to b."
        )


def test_a_branch_shows_its_shares_and_then_their_sum():
    widget = graph("a*b + a", a=2.0, b=3.0)
    a = [node.text for node in widget.expression.nodes].index("a")
    seen = []
    for step in range(widget.expression.steps + 1):
        widget.controls["step"].value = step
        seen.append(widget.walk.gradient(a))
    assert seen == ["", "", "", "", "1 + …", "1 + 3 = 4"]
    assert widget.frame.caption.endswith("a is used more than once: 1 + 3 = 4.")


def test_equal_parts_are_one_node():
    expression = Expression("exp(a) / (exp(a) + exp(b))")
    assert [node.text for node in expression.nodes].count("exp(a)") == 1
    assert expression.uses[[node.text for node in expression.nodes].index("exp(a)")] == 2


def test_zero_in_zero_out():
    widget = graph("v * relu(w*x + b)")
    assert widget.frame.caption.endswith("zero in, zero out.")
    texts = [node.text for node in widget.expression.nodes]
    assert all(widget.walk.passes.gradients[texts.index(name)] == 0 for name in "wxb")


def test_buttons_walk_forward_and_back_and_stay_inside():
    widget = graph("(x + y) * z")
    step = widget.controls["step"]
    places = []
    for move in ("Restart", "Back", "Step", "All forward", "Step", "Step", "Back", "All backward", "Step"):
        widget.buttons[move].click()
        places.append(step.value)
    assert places == [0, 0, 1, 2, 3, 4, 3, 5, 5]


def test_a_new_expression_keeps_the_values_of_the_names_it_shares():
    widget = graph("a*b + c", a=4.0)
    widget.controls["expression"].value = "tanh(a) * e"
    assert widget.controls["inputs"].value == {"a": 4.0, "e": 3.0}
    assert widget.controls["step"].value == widget.controls["step"].max == 5
    assert widget.settings == "graph('tanh(a) * e', a=4, e=3)"


def test_an_example_is_picked_with_its_values():
    widget = graph("a*b + c", a=4.0)
    widget.examples.value = "a*a + a"
    assert widget.controls["inputs"].value == {"a": 3.0} and widget.expression.text == "a*a + a"
    assert widget.examples.value not in EXAMPLES  # so that the same can be picked again


def test_settings_rebuild_it():
    widget = graph("x*y - max(x, 2)", 3, x=-1.3, y=2.5)
    again = eval(widget.settings)
    assert again.settings == widget.settings == "graph('x*y - max(x, 2)', 3, x=-1.3, y=2.5)"
    assert again.frame.picture == widget.frame.picture


BAD = {
    "a +": "does not parse",
    "": "does not parse",
    "(a": "does not parse",
    "a b": "does not parse",
    "a\0": "parse",
    "3": "at least one name",
    "a": "one operation",
    "2*3": "at least one name",
    "a ^ b": r"written \*\*",
    "sin(a)": "no function sin; there are max",
    "max(a)": "max: wanted 2 inputs",
    "tanh(a, b)": "tanh: wanted 1 input",
    "tanh(x=a)": "wanted 1 input",
    "max(*a)": "wanted 2",
    "a < b": "wanted names",
    "a.b": "wanted names",
    "'x' * a": "wanted names",
    "a if b else c": "wanted names",
    "True + a": "wanted names",
    "1j*a": "wanted names",
    "a // b": "wanted names",
    "[a]": "wanted names",
    "f(a)(b)": "wanted names",
    "alphabetical*2": "at most 8 letters",
    "a / 0": "÷ wants a divisor other than 0",
    "log(a - a)": "log wants a number above 0",
    "(-a) ** 0.5": "a base above 0",
    "sqrt(a - a)": "no finite value",
    "exp(exp(exp(exp(a))))": "a smaller result",
    "a * 1e999": "no finite value",
    "(" * 150 + "a" + ")" * 150: "characters",
    "+".join("abcdefghijklmn"): f"at most {MOST} nodes",
    "-" * 100 + "a": f"at most {MOST} nodes",
}


@pytest.mark.parametrize("text", BAD)
def test_bad_expressions_are_refused_in_words(text):
    with pytest.raises(ValueError, match=BAD[text]):
        graph(text)


@pytest.mark.parametrize("text", BAD)
def test_typed_into_the_widget_they_are_said_and_the_last_graph_stays(text):
    widget = graph("a*b", a=2.0)
    picture, caption = widget.frame.picture, widget.frame.caption
    widget.controls["expression"].value = text
    assert "The graph is the last one that worked" in widget.message.value
    assert widget.frame.picture == picture and widget.frame.caption == caption
    widget.controls["expression"].value = "a*b + 1"
    assert widget.message.value == "" and widget.walk.expression.text == "a*b + 1"


def test_a_slider_that_leaves_the_domain_is_said_and_can_come_back():
    widget = graph("log(a) + 1/b", a=2.0, b=1.0)
    a, b = widget.controls["inputs"].children
    for slider, bad, words in ((a, -1.0, "log wants"), (b, 0.0, "÷ wants")):
        good = slider.value
        slider.value = bad
        assert words in widget.message.value
        assert widget.walk.passes.values[-1] == pytest.approx(math.log(2) + 1)
        slider.value = good
        assert widget.message.value == ""


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda: graph(3), "wanted a text"),
        (lambda: graph("a*b", c=1.0), "wanted values for a, b, got one for c"),
        (lambda: graph("a*b", a=math.nan), "a: wanted a number"),
        (lambda: graph("a*b", 99), "step: wanted a number from 0 to 3"),
        (lambda: graph("a*b", -1), "step: wanted"),
    ],
)
def test_bad_settings_are_named(make, words):
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize("seed", range(6))
def test_nodes_do_not_overlap_and_stay_in_the_picture(seed):
    texts = [Expression(text) for text in EXAMPLES] if seed == 0 else []
    for expression in [*texts, *small_expressions(20, 15, random.Random(100 + seed))]:
        xy = _pixels(expression)
        centres = xy(expression.places)
        assert all(math.dist(p, q) > 2 * RADIUS for p, q in itertools.combinations(centres, 2))
        for points in (centres, *map(xy, expression.routes.values())):
            assert points.min() > 2 * RADIUS and (points < [850 - 2 * RADIUS, 460 - 2 * RADIUS]).all()


@pytest.mark.parametrize("seed", range(4))
def test_no_line_runs_through_a_node_that_it_does_not_belong_to(seed):
    """Of the examples and of most random graphs."""
    through = total = 0
    for expression in [*map(Expression, EXAMPLES), *small_expressions(20, 12, random.Random(200 + seed))]:
        xy = _pixels(expression)
        for (child, place), route in expression.routes.items():
            strangers = [
                p
                for i, p in enumerate(xy(expression.places))
                if i not in (child, expression.nodes[child].parents[place])
            ]
            total += 1
            through += any(np.linalg.norm(xy(route) - p, axis=1).min() < 0.8 * RADIUS for p in strangers)
    assert through <= 0.02 * total


def test_without_a_kernel_there_is_the_complete_backward_pass():
    bundle = graph("a*b", a=2.0, b=3.0)._repr_mimebundle_()
    assert bundle["image/png"].startswith(b"\x89PNG") and bundle["text/plain"] == "graph('a*b', a=2, b=3)"


def test_many_expressions_in_one_widget_leave_nothing_behind():
    import ipywidgets

    widget = graph()
    counts = []
    for _ in range(3):
        for text in EXAMPLES:
            widget.controls["expression"].value = text
        counts.append(
            len(
                ipywidgets.Widget._instances
                if hasattr(ipywidgets.Widget, "_instances")
                else ipywidgets.widgets.widget._instances
            )
        )
    assert counts[0] == counts[1] == counts[2]


def test_columns_run_from_left_to_right_without_gaps():
    expression = Expression("(a*b + c) * max(a, d)")
    columns = dict(zip((node.text for node in expression.nodes), expression.places[:, 0]))
    first = columns["a"]
    assert {text: column - first for text, column in columns.items()} == {
        "a": 0,
        "b": 0,
        "c": 1,
        "d": 1,
        "a * b": 1,
        "a * b + c": 2,
        "max(a, d)": 2,
        expression.nodes[-1].text: 3,
    }
