"""What an exercise can ask for: named results, chance from a generator, edges, state, mistakes as changes."""

import numpy as np
import pytest

from nblib.checks import Exercises


def first_line(text):
    return text.splitlines()[0]


def one_exercise(reference, cases, **settings):
    """Registers a reference as the exercise "f"; returns what the first line says of an attempt."""
    made = Exercises("99")
    made.function("f", cases=cases, **settings)(reference)

    def said(attempt):
        return first_line(made.verdict("f", attempt)).removeprefix("✗ f: ")

    said.reference = reference
    return said


RIGHT = "✓ f: right on 3 cases"


# --- results with names -------------------------------------------------------------------------------------


def products(rng):
    yield np.array([[1.0]]), np.array([[1.0]])
    for n, d, k in ((2, 3, 5), (4, 4, 4)):
        yield rng.normal(size=(n, d)), rng.normal(size=(n, k))


def gradients(X, G):
    return G.T @ X, G.sum(axis=0), X.sum()


@pytest.fixture
def named():
    return one_exercise(gradients, products, returns=("dW", "db", "total"))


NAMED_RESULTS = [
    (gradients, RIGHT),
    (lambda X, G: list(gradients(X, G)), RIGHT),
    (lambda X, G: dict(zip(("total", "dW", "db"), (X.sum(), *gradients(X, G)))), RIGHT),
    (
        lambda X, G: (X.sum(), *gradients(X, G)[:2]),
        "the results are right, but in the wrong order: return dW, db, total",
    ),
    (lambda X, G: gradients(X, G)[:2], "total is missing: return dW, db, total"),
    (lambda X, G: gradients(X, G)[1:], "dW is missing: return dW, db, total"),
    (lambda X, G: gradients(X, G)[1::-1], "total is missing: return dW, db, total"),
    (lambda X, G: [X.sum()], "dW and db are missing: return dW, db, total"),
    (lambda X, G: (0 * G, X.sum()), "three results are wanted: return dW, db, total"),
    (lambda X, G: X.sum(), "three results are wanted: return dW, db, total"),
    (lambda X, G: {"dW": G.T @ X}, "three results are wanted: return dW, db, total"),
    (lambda X, G: (*gradients(X, G), 0), "three results are wanted: return dW, db, total"),
    (lambda X, G: (X.T @ G, G.sum(0), X.sum()), "dW: wanted shape (5, 3), got shape (3, 5): it is transposed"),
    (lambda X, G: (G.T @ X, -G.sum(0), X.sum()), "db: the sign is flipped everywhere"),
    (lambda X, G: (G.T @ X, G.sum(0), 2 * X.sum()), "total: yours is 2 times the expected everywhere"),
    (lambda X, G: [-part for part in gradients(X, G)], "the sign is flipped everywhere"),
    (
        lambda X, G: (G.T @ X, G.sum(0) ** 2, X.sum()),
        "db (dW and total are right): wrong on 2 of 3 cases; the first of them:",
    ),
    (lambda X, G: (G.T @ X + 1, G.sum(0) ** 2, X.sum() ** 3), "dW: yours is 1 too large everywhere"),
    (lambda X, G: (G.T @ X + G[0, 0], G.sum(0) ** 2, X.sum() ** 3), "dW: wrong on 3 of 3 cases; the first of them:"),
    (lambda X, G: (G.T @ X, G.sum(0), None), "total: wanted a number, got None"),
]


@pytest.mark.parametrize("attempt, said", NAMED_RESULTS)
def test_results_are_called_by_their_names(named, attempt, said):
    assert named(attempt) == said


def test_the_part_that_differs_is_shown(named):
    made = Exercises("99")
    made.function("f", cases=products, returns=("dW", "db", "total"))(gradients)
    said = made.verdict("f", lambda X, G: (G.T @ X, G.sum(0) + (len(X) > 1), X.sum())).splitlines()
    assert said[-2].startswith("    yours    db = [") and said[-1].startswith("    expected db = [")


def test_a_mean_of_the_wrong_results_does_not_count_as_an_exchange():
    """With equal results the order cannot be told, and is not."""
    said = one_exercise(lambda x: (x, x, 0.0), lambda rng: [(1.0,), (2.0,), (3.0,)], returns=("a", "b", "c"))
    assert said(lambda x: (x, x, 0)) == RIGHT
    assert said(lambda x: (x, 0, x)) == "the results are right, but in the wrong order: return a, b, c"
    assert said(lambda x: (x, 0, 0)) == "b (a and c are right): wrong on 3 of 3 cases; the first of them:"


def test_an_exchange_has_to_be_one_on_every_case():
    said = one_exercise(lambda x: (x, 1.0), lambda rng: [(1.0,), (2.0,), (3.0,)], returns=("a", "b"))
    assert said(lambda x: (1.0, x)) == "the results are right, but in the wrong order: return a, b"
    assert said(lambda x: (1.0, x) if x < 3 else (7.0, 8.0)) == "a: wrong on 2 of 3 cases; the first of them:"


# --- mistakes as changes of the reference -------------------------------------------------------------------


def power(x, n=2):
    """x**n: the docstring is not changed"""
    y = x**n
    return y + 1


def test_a_mistake_is_a_change_of_the_body():
    said = one_exercise(power, lambda rng: [(2.0,), (3.0, 3), (5.0,)])
    power.mistakes(
        {
            "the square is missing": ("**n", ""),
            "twice": (("x**n", "x**n * 2"), ("+ 1", "+ 2")),
            "a function": lambda x, n=2: -x,
        }
    )
    assert said(lambda x, n=2: x + 1) == "the square is missing"
    assert said(lambda x, n=2: 2 * x**n + 2) == "twice"
    assert said(lambda x, n=2: -x) == "a function"
    assert said(lambda x, n=2: x**n + 1) == RIGHT
    changed = power.exercise.mistakes["the square is missing"]
    assert changed.__doc__ == power.__doc__ and changed(3.0) == 4


def test_a_change_of_what_is_not_there_is_an_error():
    one_exercise(power, lambda rng: [(2.0,)])
    for old in ("x**3", "docstring", "n=2"):
        with pytest.raises(ValueError, match="power: its body has no"):
            power.mistakes({"nothing": (old, "")})


def test_sentences_stay_with_their_mistakes():
    said = one_exercise(power, lambda rng: [(2.0,), (3.0,), (4.0,)])
    power.mistakes({"first": ("+ 1", "+ 2"), "second": ("+ 1", "+ 3"), "third": ("+ 1", "+ x")})
    for added, sentence in ((lambda x: 2, "first"), (lambda x: 3, "second"), (lambda x: x, "third")):
        assert said(lambda x, n=2: x**n + added(x)) == sentence


def test_a_mistake_of_float32_is_not_said_of_coarser_numbers():
    cases = lambda rng: [(rng.normal(size=n),) for n in (2, 3, 5)]
    said = one_exercise(lambda x: x / 3, cases, tol=1e-10)
    said.reference.mistakes({"in float32": lambda x: np.float32(x) / 3, "doubled": lambda x: 2 * x / 3})
    assert said(lambda x: np.float32(x) / 3) == "in float32"
    assert "float16" in said(lambda x: np.float16(x) / 3)
    assert said(lambda x: np.float16(2 * x) / 3) == "doubled"


# --- judging, over one case and across them -----------------------------------------------------------------


def test_across_sees_all_cases_together():
    def across(pairs):
        return "all alike" if len({result for _, result in pairs}) == 1 else None

    seen = []
    cases = lambda rng: [(1,), (2,), (3,)]  # noqa: E731
    said = one_exercise(lambda x: 7 * x, cases, tol=None, across=lambda pairs: seen.append(pairs) or across(pairs))
    assert said(lambda x: 5) == "all alike"
    assert said(lambda x: x) == RIGHT
    one_exercise(lambda x: x, cases, tol=None, across=across)


def test_a_judge_gets_the_results_in_their_order():
    said = one_exercise(
        lambda x: (x, 0),
        lambda rng: [(1,), (2,), (3,)],
        returns=("a", "b"),
        tol=None,
        judge=lambda args, result: None if result == (*args, 0) else f"got {result}",
    )
    assert said(lambda x: {"b": 0, "a": x}) == RIGHT
    assert said(lambda x: [x, 0]) == RIGHT
    assert said(lambda x: (x, 1)) == "got (1, 1)"


def test_an_edge_comes_last_and_has_a_sentence_of_its_own():
    empty = {"no number at all has the mean 0": (np.zeros(0),)}
    some = lambda rng: [(rng.normal(size=3),), (np.ones(2),)]  # noqa: E731
    said = one_exercise(lambda x: x.sum() / max(len(x), 1), some, edges=empty)
    said.reference.mistakes({"this is the sum": lambda x: x.sum(), "wrong at the edge only": lambda x: x.mean()})

    def spoils(x):
        mean = x.sum() / max(len(x), 1)
        x[:] = 0
        return mean

    assert said(lambda x: np.mean(x) if len(x) else 0.0) == RIGHT
    assert said(lambda x: x.sum() / len(x)) == "no number at all has the mean 0"
    assert said(lambda x: x[0] * 0 + x.mean()) == "no number at all has the mean 0"
    assert said(lambda x: x.sum()) == "this is the sum"
    assert said(spoils) == "it changed its input x: work on a copy, since the caller still needs it"


# --- chance -------------------------------------------------------------------------------------------------


def shuffled(items, rng):
    return [items[i] for i in rng.permutation(len(items))]


@pytest.fixture
def shuffle():
    cases = lambda rng: [(list(range(n)), np.random.default_rng(n)) for n in (1, 9, 0)]  # noqa: E731
    return one_exercise(
        shuffled, cases, tol=None, judge=lambda args, result: None if sorted(result) == args[0] else "items were lost"
    )


IGNORED = "another rng gives the same result: take all chance from rng, which is not used here"
OTHER = "the same rng gave another result the second time: take all chance from rng"
CHANCE = [
    (shuffled, RIGHT),
    (lambda items, rng: list(rng.permutation(items)), RIGHT),
    (lambda items, rng: items, IGNORED),
    (lambda items, rng: items[::-1], IGNORED),
    (lambda items, rng: shuffled(items, np.random.default_rng(0)), IGNORED),
    (lambda items, rng: shuffled(items, np.random.default_rng()), OTHER),
    (lambda items, rng: shuffled(shuffled(items, rng), np.random), OTHER),
    (lambda items, rng: items[1:], "items were lost"),
]


@pytest.mark.parametrize("attempt, said", CHANCE)
def test_chance_comes_from_the_generator(shuffle, attempt, said):
    assert shuffle(attempt) == said


def test_chance_comes_from_the_seed():
    def draw(seed, n):
        return np.random.default_rng(seed).normal(size=n)

    said = one_exercise(draw, lambda rng: [(1, 2), (2, 3), (1, 2)], tol=None)
    assert said(lambda seed, n: np.random.default_rng([seed, 7]).random(n)) == RIGHT
    assert said(lambda seed, n: np.random.default_rng(0).normal(size=n)) == IGNORED.replace("rng", "seed")
    assert said(lambda seed, n: np.random.default_rng().normal(size=n)) == OTHER.replace("rng", "seed")


def test_a_generator_that_the_reference_does_not_need_may_be_left_alone():
    said = one_exercise(lambda x, rng: 2 * x, lambda rng: [(x, rng) for x in (1, 2, 3)])
    assert said(lambda x, rng: x + x) == RIGHT


# --- the state of an object afterwards ----------------------------------------------------------------------


class Model:
    def __init__(self):
        self.weight, self.mode = np.ones(2), "idle"


def test_the_state_afterwards_counts():
    def train(model):
        model.weight, model.mode = model.weight - 0.5, "trained"
        return 1.5

    state = lambda model: {"the weight": model.weight, "the mode": model.mode}  # noqa: E731
    said = one_exercise(train, lambda rng: [(Model(),), (Model(),), (Model(),)], after=state)

    def half(model):
        model.weight -= 0.25
        model.mode = "trained"
        return 1.5

    def idle(model):
        model.weight -= 0.5
        return 1.5

    assert said(train) == RIGHT
    assert said(half).startswith("the weight afterwards (the result and the mode afterwards are right): wrong")
    assert said(idle).startswith("the mode afterwards (the result and the weight afterwards are right)")
    assert said(lambda model: train(model) + 1).startswith("the result (the weight afterwards and the mode afterwards")


# --- choices and lines --------------------------------------------------------------------------------------


@pytest.fixture
def choices():
    made = Exercises("99")
    made.choices(
        "animals",
        {"cat": "mammal", "carp": "fish", "count": 2},
        options=("mammal", "fish", 2, 3, 4),
        because={
            ("cat, carp", 3): "an animal is no number",
            ("cat", "fish"): "it breathes air",
            ("count", 3, ...): "cat and carp are two",
        },
    )
    made.lines("bugs", (1, 3, 6), {2: "line 2 is right", (4, 5): "these two are right"})
    return made


NONE = "each answer is one of 'mammal', 'fish', 2, 3 or 4"
CHOICES = [
    ({"cat": "mammal", "carp": "fish", "count": 2}, "✓ animals: right"),
    ({"cat": "fish", "carp": "fish", "count": 2}, "✗ animals: cat: it breathes air"),
    ({"cat": 3, "carp": "fish", "count": 2}, "✗ animals: cat, carp: an animal is no number"),
    ({"cat": "mammal", "carp": 3, "count": 2}, "✗ animals: cat, carp: an animal is no number"),
    ({"cat": "mammal", "carp": "fish", "count": 3}, "✗ animals: count: cat and carp are two"),
    ({"cat": "mammal", "carp": "fish", "count": 4}, "✗ animals: count: cat and carp are two"),
    ({"cat": "mammal", "carp": "mammal", "count": 2}, "✗ animals: 2 of 3 are right; look again at 'carp'"),
    ({"cat": "plant", "carp": "fish", "count": 2}, f"✗ animals: {NONE}"),
    ({"cat": "mammal"}, "✗ animals: wanted the keys ['cat', 'carp', 'count'], got ['cat']"),
]
LINES = [
    ((1, 3, 6), "✓ bugs: right"),
    ((1, 6, 3), "✗ bugs: these are the lines; name them from the top down"),
    ((1, 1, 3), "✗ bugs: a line is named twice: the bugs are in different lines"),
    ((1, 2, 3), "✗ bugs: line 2 is right"),
    ((1, 3, 5), "✗ bugs: these two are right"),
    ((1, 3, 9), "✗ bugs: 2 of 3 are right; look again at 'third'"),
    ((..., ..., ...), "bugs: not attempted yet"),
]


@pytest.mark.parametrize("attempt, said", CHOICES)
def test_choices(choices, attempt, said):
    assert first_line(choices.verdict("animals", attempt)) == said


@pytest.mark.parametrize("lines, said", LINES)
def test_lines(choices, lines, said):
    assert first_line(choices.verdict("bugs", dict(zip(("first", "second", "third"), lines)))) == said
