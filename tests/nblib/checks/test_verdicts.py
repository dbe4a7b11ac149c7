"""What a right attempt reads, a blank one, a known mistake, and what goes wrong in any exercise."""

import sys
import warnings

import numpy as np
import pytest

from nblib.checks import Exercises, apart
from nblib.checks.attempt import is_blank


def first_line(text):
    return text.splitlines()[0]


def test_a_right_function_reads_right(exercises):
    assert exercises.verdict("double", lambda x: x + x) == "✓ double: right on 4 cases"
    other_kinds = {"pair": [1.0, np.array([3, 2, 1])], "mean": 2}
    assert exercises.verdict("parts", lambda x: other_kinds).startswith("✓")


def test_check_prints_the_verdict_and_returns_nothing(exercises, capsys):
    assert exercises.check("double", lambda x: x + x) is None
    assert capsys.readouterr().out == "✓ double: right on 4 cases\n"


def test_a_known_mistake_is_named_and_shown(exercises):
    assert exercises.verdict("double", lambda x: x * x) == (
        "✗ double: you squared it\n    input    x = [0, 1, -2]\n    yours    [0, 1, 4]\n    expected [0, 2, -4]"
    )


def test_a_mistake_has_to_agree_on_every_case(exercises):
    def squares_three(x):
        return x**2 if len(x) == 3 else x * x * x

    assert "squared" not in exercises.verdict("double", squares_three)


def test_a_known_mistake_may_be_an_error(exercises):
    function = Exercises("98")

    @function.function("total", cases=lambda rng: [(np.ones((2, 3)), np.ones(3))])
    def total(X, w):
        return X @ w

    @total.mistake("the factors are swapped: X comes first")
    def _(X, w):
        return w @ X

    assert first_line(function.verdict("total", lambda X, w: w @ X)) == (
        "✗ total: the factors are swapped: X comes first"
    )


def blank_docstring(z):
    """What is wanted."""


def blank_ellipsis(z, *more, key=1, **others):
    """What is wanted."""
    ...


def blank_pass():
    pass


def blank_closure(captured=3):
    def inner(z):
        """What is wanted."""
        ...  # your code here
        pass

    return inner


class Blank:
    def method(self, z): ...


BLANK = [blank_docstring, blank_ellipsis, blank_pass, blank_closure(), lambda z: ..., Blank().method, ...]


@pytest.mark.parametrize("stub", BLANK)
def test_a_blank_stub_is_not_attempted(exercises, stub):
    assert exercises.verdict("double", stub) == "double: not attempted yet"


def test_a_body_that_does_something_is_not_blank():
    def returns_none(z):
        print(z)

    def assigns(z):
        a = 1  # noqa: F841

    def constant(z):
        return 0

    def yields(z):
        yield

    def inner(z):
        def body():
            return z

    for function in (returns_none, assigns, constant, yields, inner, lambda z: z, lambda z: "..."):
        assert not is_blank(function)
    assert not is_blank(np.exp) and not is_blank(print) and not is_blank(3)


def test_an_unknown_name_is_an_error_in_words(exercises):
    with pytest.raises(ValueError, match="notebook 99 has no exercise 'doubel'; it has: quick, double, row_means"):
        exercises.check("doubel", lambda x: x)


def test_a_name_can_be_given_once(exercises):
    with pytest.raises(ValueError, match="already has an exercise 'rate'"):
        exercises.answer("rate", 1, mistakes={})


def raises(x):
    nothing = 0
    return 1 / nothing


def recurses(x):
    return recurses(x)


def changes(x):
    x *= 2
    return x


TO_ARRAY = ": np.array(…) turns it into one"
WITHOUT_CALLING = '; hand over the function itself, not a call of it: check("double", double)'
LOOK_FOR = ": look for an overflow, log 0 or a division by 0"
GOES_WRONG = [
    (lambda x: print("twice", 2), "it returned nothing: `return` is missing; it printed 'twice 2' instead"),
    (lambda x: print(end=""), "it returned nothing: `return` is missing"),
    (lambda x: [v * 2 for v in x], f"wanted an array of shape (3,), got a list of 3{TO_ARRAY}"),
    (lambda x: (v * 2 for v in x), f"wanted an array of shape (3,), got a list of 3{TO_ARRAY}"),
    (lambda x: "2x", "wanted an array of shape (3,), got a string"),
    (lambda x: {"x": x}, "wanted an array of shape (3,), got a dict of 1"),
    (lambda x: print, "wanted an array of shape (3,), got the function print"),
    (
        lambda x: (2 * x)[:, None],
        "wanted shape (3,), got shape (3, 1): an axis of length 1 too many or too few (keepdims, reshape)",
    ),
    (
        lambda x: x + x[:, None],
        "wanted shape (3,), got shape (3, 3): a column (N, 1) met a row (N,): NumPy made a table of all pairs",
    ),
    (lambda x: sum(2 * x), "wanted shape (3,), got a single number: a mean or sum was taken over too much"),
    (lambda x: 2 * x / x * x, f"1 of 3 entries is not a number (nan){LOOK_FOR}"),
    (lambda x: 2 * x + np.where(x == 0, 0, np.inf), f"2 of 3 entries are infinite{LOOK_FOR}"),
    (lambda x: 6 * x, "yours is 3 times the expected everywhere"),
    (lambda x: -2 * x, "the sign is flipped everywhere"),
    (lambda x: 2 * x - 0.5, "yours is 0.5 too small everywhere"),
    (lambda x: 2 * x[::-1], "the numbers are right, but they stand in the wrong order"),
    (lambda x: 2 * x + (x > 0.5), "wrong on 3 of 4 cases; the first of them:"),
    (raises, "it raised ZeroDivisionError: division by zero"),
    (recurses, "it calls itself without end (RecursionError)"),
    (changes, "it changed its input x: work on a copy, since the caller still needs it"),
    (lambda x: sys.exit(), "it raised SystemExit: "),
    (lambda x: undefined, "it raised NameError: name 'undefined' is not defined"),  # noqa: F821
    (lambda x, y: x, "wanted the parameters (x), got (x, y)"),
    (lambda: 1, "wanted the parameters (x), got ()"),
    (None, f"this is None{WITHOUT_CALLING}"),
    (np.ones(3), f"this is an array of shape (3,){WITHOUT_CALLING}"),
    (0.5, f"this is a number{WITHOUT_CALLING}"),
]


@pytest.mark.parametrize("attempt, sentence", GOES_WRONG)
def test_what_goes_wrong_is_said_in_words(exercises, attempt, sentence):
    said = exercises.verdict("double", attempt)
    assert first_line(said) == f"✗ double: {sentence}"
    assert said == exercises.verdict("double", attempt)


def test_an_error_shows_the_line_of_the_attempt_itself(exercises):
    def calls_numpy(x):
        size = len(x) + 1
        return np.ones(size) @ x

    said = exercises.verdict("double", calls_numpy).splitlines()
    line = calls_numpy.__code__.co_firstlineno + 2
    assert said[1:] == ["    input    x = [0, 1, -2]", f"    line {line:<4d}return np.ones(size) @ x"]


def helper(x):
    return x["w"]


def test_an_error_in_a_function_of_the_same_cell_shows_the_line_there(exercises):
    said = exercises.verdict("double", lambda x: helper(x))
    assert said.splitlines()[-1] == f'    line {helper.__code__.co_firstlineno + 1:<4d}return x["w"]'


def test_addresses_do_not_show(exercises):
    class Thing:
        def __call__(self, x):
            raise ValueError(f"look at {object()}")

    assert "0x" not in exercises.verdict("double", Thing())
    assert "0x" not in exercises.verdict("double", lambda x: object())
    assert "0x" not in exercises.verdict("shuffle", lambda items, rng: [object()] * 9)


def test_nothing_is_printed_and_no_warning_escapes(exercises, capsys, judged_in):
    def talks(x):
        print("noise", file=sys.stderr)
        warnings.warn("noise")
        return 2 * x + 0 * np.log(np.zeros(1))

    with np.errstate(all="raise"):
        assert "3 of 3 entries are not a number" in exercises.verdict("double", talks)
    assert capsys.readouterr() == ("", "")


class Odd:
    """Raises at whatever is asked of it."""

    def __getattribute__(self, name):
        raise OSError(name)

    def __eq__(self, other):
        raise OSError("==")

    __hash__ = None


class SelfContaining(list):
    def __init__(self):
        super().__init__([self])


ODD_RESULTS = [Odd(), SelfContaining(), {Odd: Odd()}, [Odd()] * 9, 10**5000, np.nan, 1j, np.array([None, 1])]


@pytest.mark.parametrize("number", range(len(ODD_RESULTS)))
@pytest.mark.parametrize("name", ["double", "row_means", "step", "shuffle", "parts", "pieces"])
def test_odd_results_are_wrong_and_no_more(exercises, name, number):
    def attempt(*args):
        return ODD_RESULTS[number]

    assert exercises.verdict(name, attempt).startswith(f"✗ {name}: ")


@pytest.mark.parametrize("name", ["double", "rate", "colours"])
@pytest.mark.parametrize("number", range(len(ODD_RESULTS)))
def test_odd_attempts_are_wrong_and_no_more(exercises, name, number):
    assert exercises.verdict(name, ODD_RESULTS[number]).startswith(f"✗ {name}: ")


def test_shapes_say_which_axis(exercises):
    def verdict(attempt):
        return first_line(exercises.verdict("row_means", attempt))

    assert verdict(lambda X: X.mean(axis=0)) == "✗ row_means: wanted shape (2,), got shape (3,)"
    assert verdict(lambda X: X).endswith("wanted shape (2,), got shape (2, 3): a mean or sum is missing")
    assert verdict(lambda X: X.mean()).endswith("got a single number: a mean or sum was taken over too much")


def test_a_part_of_the_result_is_named(exercises):
    def verdict(attempt):
        return exercises.verdict("parts", attempt).splitlines()

    assert verdict(lambda x: {"mean": 2})[0] == "✗ parts: wanted the keys ['mean', 'pair'], got ['mean']"
    assert verdict(lambda x: {"mean": 2, "pair": (1,)})[0] == "✗ parts: ['pair']: wanted 2 values, got 1"
    assert verdict(lambda x: {"mean": 2, "pair": (1, 5)})[0] == (
        "✗ parts: ['pair'][1]: wanted shape (3,), got a single number: a mean or sum was taken over too much"
    )
    assert verdict(lambda x: {"mean": 7, "pair": (1, x)})[2:] == [
        "    yours    ['mean'] = 7",
        "    expected ['mean'] = 2",
    ]


def test_a_generator_is_read_to_its_end(exercises):
    def halves(x, size):
        yield from np.split(x, len(x) // size)

    def endless(x, size):
        while True:
            yield x

    assert exercises.verdict("pieces", halves).startswith("✓")
    said = first_line(exercises.verdict("pieces", endless))
    assert said == "✗ pieces: it still yields after 10,000 values: does its loop never end?"


def test_an_argument_that_is_to_change_in_place(exercises):
    def in_place(w, gradient, lr):
        w[:] = w - lr * gradient

    def elsewhere(w, gradient, lr):
        return w - lr * gradient

    def rebinds(w, gradient, lr):
        w = w - lr * gradient

    def uphill(w, gradient, lr):
        w += gradient * lr

    def elsewhere_too(w, gradient, lr):
        gradient[:] = 0
        return w - lr * gradient

    def spoils(w, gradient, lr):
        gradient *= lr
        w -= gradient

    assert exercises.verdict("step", in_place) == "✓ step: right on 2 cases"
    assert first_line(exercises.verdict("step", elsewhere)) == "✗ step: w is to change in place, and did not"
    assert first_line(exercises.verdict("step", rebinds)) == "✗ step: w is to change in place, and did not"
    assert first_line(exercises.verdict("step", elsewhere_too)) == "✗ step: w is to change in place, and did not"
    assert first_line(exercises.verdict("step", uphill)) == "✗ step: this goes uphill"
    assert first_line(exercises.verdict("step", spoils)).startswith("✗ step: it changed its input gradient")


def test_of_two_arguments_left_alone_the_first_is_named():
    made = Exercises("99")

    @made.function("swap", cases=lambda rng: [(np.zeros(2), np.ones(2))])
    def swap(alpha, beta):
        alpha[:], beta[:] = beta.copy(), alpha.copy()

    assert first_line(made.verdict("swap", lambda a, b: print())) == (
        "✗ swap: alpha is to change in place, and did not"
    )


def test_a_judge_looks_at_properties(exercises):
    def verdict(attempt):
        return exercises.verdict("shuffle", attempt)

    assert verdict(lambda items, rng: list(rng.permutation(items))).startswith("✓")
    assert first_line(verdict(lambda items, rng: items)) == "✗ shuffle: nothing was shuffled"
    assert first_line(verdict(lambda items, rng: items[1:])) == "✗ shuffle: items were lost"
    assert first_line(verdict(lambda items, rng: 3)) == "✗ shuffle: wanted a list of 9, got a number"
    mixed = [[5], *range(8)]
    assert first_line(verdict(lambda items, rng: mixed)) == "✗ shuffle: [0]: wanted a number, got a list of 1"
    assert verdict(lambda items, rng: rng.shuffle(items)).startswith("✗ shuffle: it returned nothing")


def test_an_overflow_on_the_way_counts_where_it_is_asked_for(exercises):
    def overflows(z):
        return 1 / (1 + np.exp(-z))

    said = first_line(exercises.verdict("logistic", overflows))
    assert said == "✗ logistic: the value is right, but NumPy warns on the way: overflow"
    harmless = np.ones(1)
    exercises.function("same", cases=lambda rng: [(1.0,)], silent=True)(lambda x: x)
    assert exercises.verdict("same", lambda x: x + np.exp(-1e4 * harmless)[0]).startswith("✓")  # an underflow
    assert exercises.verdict("double", lambda x: 2 * x + 0 / np.exp(1e4 + x * x)).startswith("✓")


def test_every_call_gets_its_own_copies(exercises, monkeypatch):
    monkeypatch.setattr(apart, "can_fork", lambda: False)
    given = []

    def keeps(x):
        given.append(x)
        x[:] = 0
        return x

    exercises.verdict("double", keeps)
    assert exercises.verdict("double", lambda x: x + x).startswith("✓")
    assert len({id(x) for x in given}) == len(given) == 4


# --- an input that is changed ------------------------------------------------------------------------------


@pytest.fixture
def careful():
    """An exercise with mistakes whose values are right, or wrong, so that only a change of the input differs."""
    made = Exercises("99")

    @made.function("powers", cases=lambda rng: [(np.array([1.0, 2.0]),), (np.array([800.0, -800.0]),)], silent=True)
    def powers(x):
        return np.exp(np.minimum(x, 0))

    powers.mistakes(
        {
            "right, but it overflows on the way": lambda x: np.where(x > 0, 1, np.exp(x)),
            "it is not cut off above": lambda x: np.exp(x),
            "x is spoiled on purpose": _spoils_on_purpose,
        }
    )
    made.function("two", cases=lambda rng: [(np.ones(2), np.ones(3))])(_first_sum)
    _first_sum.mistakes({"y is spoiled on purpose": _spoils_second})
    return made


def _first_sum(x, y):
    return x.sum()


def _spoils_second(x, y):
    y[:] = 0
    return x.sum()


def _spoils_on_purpose(x):
    x[:] = 7
    return np.zeros(2)


def test_a_changed_input_is_not_another_mistake(careful):
    def changes(x):
        np.minimum(x, 0, out=x)
        return np.exp(x)

    def changes_and_overflows(x):
        x[:], y = 0, np.exp(x)
        return y

    def changes_and_is_right_but_overflows(x):
        y = np.where(x > 0, 1, np.exp(x))
        x[:] = 0
        return y

    def changes_first(x, y):
        total = x.sum()
        x[:] = 0
        return total

    def changes_and_is_unknown(x):
        x += 1
        return x * 5

    def verdict(attempt):
        return first_line(careful.verdict("powers", attempt))

    spoiled = "it changed its input x: work on a copy, since the caller still needs it"
    assert verdict(lambda x: np.where(x > 0, 1, np.exp(x))) == "✗ powers: right, but it overflows on the way"
    assert verdict(changes) == f"✗ powers: {spoiled}"
    assert verdict(changes_and_overflows) == f"✗ powers: it is not cut off above; besides, {spoiled}"
    assert verdict(changes_and_is_right_but_overflows) == (
        f"✗ powers: right, but it overflows on the way; besides, {spoiled}"
    )
    assert first_line(careful.verdict("two", _spoils_second)) == "✗ two: y is spoiled on purpose"
    assert first_line(careful.verdict("two", changes_first)) == f"✗ two: {spoiled}"
    assert verdict(changes_and_is_unknown) == f"✗ powers: {spoiled}"
    assert verdict(_spoils_on_purpose) == "✗ powers: x is spoiled on purpose"


def test_a_change_within_rounding_is_no_change(exercises):
    def nudges(X):
        X[0, 0] = (X[0, 0] + 0.1) - 0.2 + 0.1
        return X.mean(axis=1)

    def moves(X):
        X[0, 0] += 1e-9
        return X.mean(axis=1) - 5e-10

    assert exercises.verdict("row_means", nudges).startswith("✓")
    assert "changed its input X" in exercises.verdict("row_means", moves)


def test_lists_and_dicts_are_inputs_too():
    made = Exercises("99")

    @made.function("count", cases=lambda rng: [([3, 1, 2], {"a": 1})])
    def count(items, table):
        return len(items) + len(table)

    assert "changed its input items" in made.verdict("count", lambda items, table: items.sort() or 4)
    assert "changed its input table" in made.verdict("count", lambda items, table: table.pop("a") + 3)


# --- other types of numbers, and what is no function of numbers --------------------------------------------


def test_float32_is_named(exercises):
    def verdict(attempt, name="parts"):
        return first_line(exercises.verdict(name, attempt))

    small = np.float32
    assert exercises.verdict("double", lambda x: (2 * x).astype(small)).startswith("✓")  # near enough
    assert verdict(lambda X: X.astype(small).mean(axis=1), "strict") == (
        "✗ strict: right but for the digits that float32 lacks: compute in float64"
    )
    assert verdict(lambda X: X.astype(small).mean(axis=1).astype(float), "strict") == (
        "✗ strict: right but for the digits that float32 lacks: compute in float64 from beginning to end"
    )
    assert "float16 lacks" in verdict(lambda X: X.mean(axis=1).astype(np.float16), "strict")
    assert verdict(lambda X: X.mean(axis=1).round(4), "strict").endswith("wrong on 2 of 2 cases; the first of them:")
    assert verdict(lambda X: X.astype(small).sum(axis=1), "strict") == "✗ strict: this is the sum"


def test_a_tensor_of_a_type_that_numpy_lacks(exercises):
    torch = pytest.importorskip("torch")

    def brain(X):
        return torch.tensor(X).mean(1).bfloat16()

    assert first_line(exercises.verdict("strict", brain)) == (
        "✗ strict: right but for the digits that bfloat16 lacks: compute in float64"
    )
    assert exercises.verdict("double", lambda x: torch.tensor(2 * x, requires_grad=True)).startswith("✓")
    assert exercises.verdict("double", lambda x: torch.tensor(2 * x).to_sparse().float()).startswith("✓")


async def asynchronous(x):
    return 2 * x


async def asynchronous_blank(x):
    """What is wanted."""
    ...


async def asynchronous_generator(x):
    yield 2 * x


def test_an_async_function_is_named_quietly(exercises, capfd, judged_in):
    unwanted = "✗ double: it is an `async def`, and calling one computes nothing yet: write a plain `def`"
    for attempt in (asynchronous, asynchronous_generator):
        assert first_line(exercises.verdict("double", attempt)) == unwanted
    assert exercises.verdict("double", asynchronous_blank) == "double: not attempted yet"
    assert capfd.readouterr() == ("", "")
