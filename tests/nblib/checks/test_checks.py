"""The exercise mechanism, its time limit, and the gradient check."""

import _thread
import os
import signal
import sys
import threading
import time
import warnings

import numpy as np
import pytest

from nblib.checks.attempt import is_blank
from nblib.checks.diagnosis import difference, show, trend
from nblib.checks.timelimit import TimeUp, call_within
from nblib.checks import Exercises, gradient_check, numeric_gradient


def first_line(text):
    return text.splitlines()[0]


@pytest.fixture
def exercises():
    """Exercises small enough to see through, one for each way of judging."""
    made = Exercises("99")

    def vectors(rng):
        yield (np.array([0.0, 1.0, -2.0]),)
        for n in (2, 5, 40):
            yield (rng.normal(size=n),)

    @made.function("double", cases=vectors, limit=0.3)
    def double(x):
        return 2 * x

    @double.mistake("you squared it")
    def _(x):
        return x**2

    @double.mistake("the factor is missing")
    def _(x):
        return x

    @made.function("row_means", cases=lambda rng: [(rng.normal(size=shape),) for shape in ((2, 3), (5, 4))])
    def row_means(X):
        return X.mean(axis=1)

    @made.function("step", cases=lambda rng: [(rng.normal(size=n), rng.normal(size=n), 0.1) for n in (2, 5)])
    def step(w, gradient, lr):
        w -= lr * gradient

    @step.mistake("this goes uphill")
    def _(w, gradient, lr):
        w += lr * gradient

    def judge(args, result):
        items, rng = args
        if sorted(result) != sorted(items):
            return "items were lost"
        return "nothing was shuffled" if list(result) == list(items) else None

    deck = lambda rng: [(list(range(9)), np.random.default_rng(seed)) for seed in (1, 2)]  # noqa: E731

    @made.function("shuffle", cases=deck, tol=None, judge=judge)
    def shuffle(items, rng):
        return [items[i] for i in rng.permutation(len(items))]

    @made.function("parts", cases=lambda rng: [(np.array([1.0, 2.0, 3.0]),)])
    def parts(x):
        return {"mean": x.mean(), "pair": (x.min(), x[::-1])}

    @made.function("pieces", cases=lambda rng: [(np.arange(6.0), 2), (np.arange(6.0), 3)])
    def pieces(x, size):
        for start in range(0, len(x), size):
            yield x[start : start + size]

    @made.function("logistic", cases=lambda rng: [(np.array([0.0, -800.0]),)], silent=True)
    def logistic(z):
        return np.exp(-np.logaddexp(0, -z))

    made.answer(
        "rate",
        1 / 9,
        mistakes={"that diverges": (lambda value: value > 0.112, 0.12)},
        tol=1e-3,
    )
    swapped = {"sky": "green", "grass": "blue"}
    made.answer("colours", {"sky": "blue", "grass": "green"}, mistakes={"they are swapped": swapped})
    return made


# --- what a right attempt, a blank one and a known mistake read ---------------------------------------------


def test_a_right_function_reads_right(exercises):
    assert exercises.verdict("double", lambda x: x + x) == "✓ double: right on 4 cases"
    other_kinds = {"pair": [1.0, np.array([3, 2, 1])], "mean": 2}
    assert exercises.verdict("parts", lambda x: other_kinds).startswith("✓")


def test_check_prints_the_verdict_and_returns_nothing(exercises, capsys):
    assert exercises.check("double", lambda x: x + x) is None
    assert capsys.readouterr().out == "✓ double: right on 4 cases\n"


def test_a_known_mistake_is_named_and_shown(exercises):
    assert exercises.verdict("double", lambda x: x * x) == (
        "✗ double: you squared it\n"
        "    input    x = [0, 1, -2]\n"
        "    yours    [0, 1, 4]\n"
        "    expected [0, 2, -4]"
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
    with pytest.raises(ValueError, match="notebook 99 has no exercise 'doubel'; it has: double, row_means"):
        exercises.check("doubel", lambda x: x)


def test_a_name_can_be_given_once(exercises):
    with pytest.raises(ValueError, match="already has an exercise 'rate'"):
        exercises.answer("rate", 1, mistakes={})


# --- what goes wrong in any exercise ------------------------------------------------------------------------


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
    (lambda x: (2 * x)[:, None],
     "wanted shape (3,), got shape (3, 1): an axis of length 1 too many or too few (keepdims, reshape)"),
    (lambda x: x + x[:, None],
     "wanted shape (3,), got shape (3, 3): a column (N, 1) met a row (N,): NumPy made a table of all pairs"),
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
    assert said.splitlines()[-1] == f"    line {helper.__code__.co_firstlineno + 1:<4d}return x[\"w\"]"


def test_addresses_do_not_show(exercises):
    class Thing:
        def __call__(self, x):
            raise ValueError(f"look at {object()}")

    assert "0x" not in exercises.verdict("double", Thing())
    assert "0x" not in exercises.verdict("double", lambda x: object())
    assert "0x" not in exercises.verdict("shuffle", lambda items, rng: [object()] * 9)


def test_nothing_is_printed_and_no_warning_escapes(exercises, capsys):
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
    assert first_line(exercises.verdict("pieces", endless)) == "✗ pieces: wanted 3 values, got 10000"


def test_an_argument_that_is_to_change_in_place(exercises):
    def in_place(w, gradient, lr):
        w[:] = w - lr * gradient

    def elsewhere(w, gradient, lr):
        return w - lr * gradient

    def rebinds(w, gradient, lr):
        w = w - lr * gradient

    def uphill(w, gradient, lr):
        w += gradient * lr

    def spoils(w, gradient, lr):
        gradient *= lr
        w -= gradient

    assert exercises.verdict("step", in_place) == "✓ step: right on 2 cases"
    assert first_line(exercises.verdict("step", elsewhere)) == "✗ step: w is to change in place, and did not"
    assert first_line(exercises.verdict("step", rebinds)) == "✗ step: w is to change in place, and did not"
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


def test_every_call_gets_its_own_copies(exercises):
    given = []

    def keeps(x):
        given.append(x)
        x[:] = 0
        return x

    exercises.verdict("double", keeps)
    assert exercises.verdict("double", lambda x: x + x).startswith("✓")
    assert len({id(x) for x in given}) == len(given) == 4


# --- answers ------------------------------------------------------------------------------------------------


ANSWERS = [
    ("rate", ..., "rate: not attempted yet"),
    ("rate", 0.1111, "✓ rate: right"),
    ("rate", np.array(1 / 9), "✓ rate: right"),
    ("rate", 0.12, "✗ rate: that diverges"),
    ("rate", 18, "✗ rate: that diverges"),
    ("rate", 0.1, "✗ rate: that is not it"),
    ("rate", "a ninth", "✗ rate: wanted a number, got a string"),
    ("rate", [1 / 9], "✗ rate: wanted a number, got a list of 1"),
    ("rate", None, "✗ rate: wanted a number, got None"),
    ("rate", abs, "✗ rate: wanted a number, got the function abs"),
    ("colours", {"sky": ..., "grass": ...}, "colours: not attempted yet"),
    ("colours", {"sky": "blue", "grass": ...}, "✗ colours: still without an answer: 'grass'"),
    ("colours", {"sky": "blue", "grass": "green"}, "✓ colours: right"),
    ("colours", {"sky": "green", "grass": "blue"}, "✗ colours: they are swapped"),
    ("colours", {"sky": "blue", "grass": "blue"}, "✗ colours: 1 of 2 are right; look again at 'grass'"),
    ("colours", {"sky": "blue"}, "✗ colours: wanted the keys ['sky', 'grass'], got ['sky']"),
    ("colours", {}, "✗ colours: wanted the keys ['sky', 'grass'], got []"),
    ("colours", "blue", "✗ colours: wanted a dict of 2, got a string"),
]


@pytest.mark.parametrize("name, attempt, said", ANSWERS)
def test_answers(exercises, name, attempt, said):
    assert first_line(exercises.verdict(name, attempt)) == said


def test_the_right_answer_is_not_given_away(exercises):
    assert "0.11" not in exercises.verdict("rate", 0.2)
    assert "green" not in exercises.verdict("colours", {"sky": "red", "grass": "blue"})


# --- the time limit -----------------------------------------------------------------------------------------


def loops(x):
    while True:
        pass


def swallows(x):
    while True:
        try:
            time.sleep(0.001)
        except:  # noqa: E722
            pass


def cleans_up(x):
    try:
        loops(x)
    finally:
        x[0] = 0


def sleeps(x):
    time.sleep(3)


@pytest.mark.parametrize("attempt", [loops, swallows, cleans_up, sleeps])
def test_an_endless_function_is_stopped_and_reported(exercises, attempt):
    said = first_line(exercises.verdict("double", attempt))
    assert said == "✗ double: it ran longer than 0.3 s and was stopped: does a loop never end?"


def test_the_limit_holds_for_all_cases_together(exercises):
    def slow(x):
        time.sleep(0.12)
        return 2 * x

    assert "ran longer" in exercises.verdict("double", slow)


def test_a_stopped_loop_is_over(exercises):
    before = _thread._count()
    exercises.verdict("double", loops)
    for seconds in [-1, 0, 1e-5, 1e-4, 1e-3] * 5:  # over before it began, and shortly after
        with pytest.raises(TimeUp):
            call_within(seconds, loops, None)
    assert_threads(before)


def assert_threads(most):
    """The number of threads is soon that of before, or less (an earlier one may have ended meanwhile)."""
    deadline = time.monotonic() + 20
    while _thread._count() > most and time.monotonic() < deadline:
        time.sleep(0.01)
    assert _thread._count() <= most


def test_what_a_function_returns_or_raises_comes_back():
    def fails():
        raise KeyError("gone")

    assert call_within(5, lambda a, b: a - b, 5, 3) == 2
    with pytest.raises(KeyError, match="gone"):
        call_within(5, fails)


@pytest.fixture
def quick_switches():
    """Threads take turns every 0.1 ms, not every 5, so that time can be up in the middle of anything."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    yield
    sys.setswitchinterval(usual)


def test_a_function_that_ends_just_as_time_is_up_hurts_nobody(capfd, monkeypatch, quick_switches):
    """Whichever comes first, the caller sees the result or TimeUp, and nothing stray arrives later."""

    stray = []

    def busy(seconds):
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            pass
        return seconds

    monkeypatch.setattr(sys, "unraisablehook", stray.append)
    results = times_up = 0
    for seconds in np.random.default_rng(0).uniform(0.001, 0.003, size=400):
        try:
            assert call_within(0.002, busy, seconds) == seconds
            results += 1
        except TimeUp:
            times_up += 1
    assert results > 40 and times_up > 40
    time.sleep(0.05)  # for what might come late
    assert capfd.readouterr() == ("", "") and not stray


@pytest.mark.skipif(os.name == "nt", reason="signals interrupt a wait at once only on POSIX")
def test_the_reader_can_interrupt_a_check():
    made = Exercises("99")

    @made.function("f", cases=lambda rng: [(1,)], limit=60)
    def f(x):
        return x

    threads = _thread._count()
    alarm = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    alarm.start()
    with pytest.raises(KeyboardInterrupt):
        made.verdict("f", loops)
    alarm.join()
    assert_threads(threads)


def test_a_check_runs_in_a_kernel():
    """In the main thread of a kernel: output in the right cell, its own line numbers; life goes on."""
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    cells = [
        "from nblib.checks import Exercises\nmade = Exercises('99')\ncheck = made.check\n"
        "@made.function('double', cases=lambda rng: [(2,), (3,)], limit=.3)\ndef double(x): return 2 * x",
        "def double(x):\n    ...\ncheck('double', double)",
        "def double(x):\n    y = x\n    return y / 0\ncheck('double', double)",
        "def double(x):\n    while True: print('noise')\ncheck('double', double)",
        "def double(x):\n    print('noise')\n    return 2 * x\ncheck('double', double)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, timeout=60).execute()
    outputs = ["".join(output["text"] for output in cell.outputs) for cell in notebook.cells]
    assert outputs == [
        "",
        "double: not attempted yet\n",
        "✗ double: it raised ZeroDivisionError: division by zero\n"
        "    input    x = 2\n    line 3   return y / 0\n",
        "✗ double: it ran longer than 0.3 s and was stopped: does a loop never end?\n    input    x = 2\n",
        "✓ double: right on 2 cases\n",
    ]


# --- differences in words -----------------------------------------------------------------------------------


class FakeTensor:
    def __init__(self, data):
        self.data = np.array(data)

    def detach(self):
        return self

    def numpy(self):
        return self.data


SAME = [
    (1, 1.0), (True, 1), (np.float32(0.1), 0.1), (np.array(2.0), 2), ("a", "a"), (None, None),
    ([1, 2], (1, 2)), (np.array([1, 2]), [1, 2]), (np.array([True]), np.array([1])),
    ({"a": 1}, {"a": 1.0}), ({1}, {1}),
    (np.array([np.nan, np.inf]), np.array([np.nan, np.inf])), (np.array(["a"]), ["a"]),
    (FakeTensor([1]), np.ones(1)),
]  # fmt: skip
DIFFERENT = [
    (1, 2), (True, 0), ("a", "b"), (None, 0), (0, None), ([1, 2], [2, 1]), ([1], [1, 2]),
    ({"a": 1}, {"b": 1}), (np.array([1.0]), np.array([np.nan])), (np.array([np.inf]), np.array([-np.inf])),
    ("1", 1), (1, "1"), ({1}, {2}), (np.array(["a"]), ["b"]), (np.ones((2, 1)), np.ones(2)), ({}, []),
    (FakeTensor([1]), np.zeros(1)), (1j, 1),
]  # fmt: skip


@pytest.mark.parametrize("yours, expected", SAME)
def test_the_same(yours, expected):
    assert difference(yours, expected, 1e-6) is None


@pytest.mark.parametrize("yours, expected", DIFFERENT)
def test_different(yours, expected):
    assert difference(yours, expected, 1e-6) is not None


@pytest.mark.parametrize("seed", range(5))
def test_tolerance_is_relative_to_one_plus_the_expected(seed):
    expected = np.random.default_rng(seed).normal(scale=100, size=7)
    slack = 1e-3 * (1 + np.abs(expected))
    assert difference(expected + 0.99 * slack, expected, 1e-3) is None
    assert difference(expected + 1.01 * slack, expected, 1e-3) is not None


def test_a_square_result_can_be_transposed():
    A = np.arange(9.0).reshape(3, 3)
    assert difference(A.T, A, 1e-6).sentence == "it is transposed: rows and columns are swapped"
    assert difference(np.ones((3, 2)), np.ones((2, 3)), 1e-6).sentence == (
        "wanted shape (2, 3), got shape (3, 2): it is transposed"
    )


def test_the_wrong_order_of_classes_says_nothing():
    expected = np.array([0, 1, 1, 0, 1])
    assert difference(expected[::-1], expected, 1e-6).sentence is None
    assert "wrong order" in difference(np.array([3, 1, 2]), np.array([1, 2, 3]), 1e-6).sentence


def test_large_arrays_are_shown_where_they_differ():
    yours, expected = np.zeros((20, 30)), np.zeros((20, 30))
    yours[10, 4] = 1
    found = difference(yours, expected, 1e-6)
    assert found.yours == "shape (20, 30), from [10, 2] on: 0, 0, 1, 0, 0, 0, …"
    assert found.expected == "shape (20, 30), from [10, 2] on: 0, 0, 0, 0, 0, 0, …"
    yours[:], yours[-1, -1] = 0, 1
    assert "from [19, 24] on: 0, 0, 0, 0, 0, 1" in difference(yours, expected, 1e-6).yours


SHOWN = [
    (None, "None"), (..., "..."), (True, "True"), (np.bool_(False), "False"), (3, "3"), (np.int64(3), "3"),
    (-0.0, "0"), (1 / 3, "0.3333"), (1e-9, "1e-09"), (123456.0, "1.235e+05"),
    (10**30, "a whole number of more than 20 digits"),
    ("two words", "'two words'"), ("a" * 99, "'" + "a" * 80 + "'…"), ([1, (2.5, "a")], "[1, (2.5, 'a')]"),
    ({"w": np.ones(2)}, "{'w': [1, 1]}"), (np.zeros((0, 3)), "[] of shape (0, 3)"),
    (np.eye(2), "[[1, 0], [0, 1]]"),
    (np.array([True, False]), "[True, False]"), (list(range(99)), "[0, 1, 2, 3, 4, 5, 6, 7, …]"),
    (np.exp, "the function exp"), (np.random.default_rng(0), "a Generator"), (FakeTensor([[1.5]]), "[[1.5]]"),
]  # fmt: skip


@pytest.mark.parametrize("value, text", SHOWN)
def test_show(value, text):
    assert show(value) == text


def test_values_that_look_alike_get_more_digits():
    found = difference(0.50001, 0.5, 1e-6)
    assert (found.yours, found.expected) == ("0.50001", "0.5")


def test_a_trend_needs_more_than_one_number():
    assert trend([3.0], [1.0], 1e-6) is None
    assert trend([3.0, 3.0], [1.0, 1.0], 1e-6) is None
    assert trend([3.0, {"a": 6.0}], [1.0, {"a": 2.0}], 1e-6) == "yours is 3 times the expected everywhere"
    assert trend([0.0, 0.0], [1.0, 2.0], 1e-6) is None
    assert trend([np.nan, 6.0], [1.0, 2.0], 1e-6) is None


# --- gradients ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("shape", [(), (3,), (2, 5), (2, 3, 2), (0,)])
def test_the_numeric_gradient_of_a_known_function(seed, shape):
    x = np.random.default_rng(seed).normal(size=shape)
    before = x.copy()
    gradient = numeric_gradient(lambda x: np.sum(np.sin(x) + x**3), x)
    assert gradient.shape == shape
    np.testing.assert_allclose(gradient, np.cos(x) + 3 * x**2, rtol=1e-8, atol=1e-9)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("seed", range(5))
def test_the_gradient_check_tells_right_from_wrong(seed):
    rng = np.random.default_rng(seed)
    A, x = rng.normal(size=(4, 3)), rng.normal(size=3)

    def f(x):
        return np.sum((A @ x) ** 2) / 2

    assert gradient_check(f, lambda x: A.T @ (A @ x), x) < 1e-8
    assert gradient_check(f, A.T @ A @ x, x) < 1e-8
    assert gradient_check(f, lambda x: -A.T @ (A @ x), x) == pytest.approx(2, rel=1e-6)
    assert gradient_check(f, lambda x: 1.01 * A.T @ (A @ x), x) == pytest.approx(0.01 / 1.01, rel=1e-4)


def test_a_gradient_of_zero_is_right_everywhere_zero():
    assert gradient_check(lambda x: 3.0, np.zeros(2), np.ones(2)) == 0
    assert gradient_check(lambda x: 3.0, 0, 5) == 0
    assert gradient_check(lambda x: 3.0, 1e-9, 5) == pytest.approx(0.1)  # tiny, not wholly wrong


def test_the_error_falls_with_the_square_of_h():
    errors = [abs(numeric_gradient(np.exp, 0.3, h) - np.exp(0.3)) for h in (1e-2, 1e-3)]
    assert errors[0] / errors[1] == pytest.approx(100, rel=1e-2)


BAD_GRADIENTS = [
    (lambda: numeric_gradient(np.sin, np.ones(2)), "f(x): wanted one number (a sum or a mean), got"),
    (lambda: numeric_gradient(np.sum, "x"), "x: wanted an array of numbers, got str 'x'"),
    (lambda: numeric_gradient(np.sum, [1, np.nan]), "x: wanted finite numbers, got 1 NaN or infinite of 2"),
    (lambda: numeric_gradient(np.sum, 1.0, h=0), "h: wanted a number from"),
    (lambda: numeric_gradient(np.sum, 1.0, h="small"), "h: wanted a number, got str 'small'"),
    (lambda: numeric_gradient(lambda x: "big", 1.0), "f(x): wanted an array of numbers, got str 'big'"),
    (lambda: numeric_gradient(lambda x: np.nan, 1.0), "f(x): wanted finite numbers"),
    (lambda: gradient_check(np.sum, np.ones(3), np.ones(2)), "grad: wanted the shape of x, (2,), got (3,)"),
    (lambda: gradient_check(np.sum, None, np.ones(2)), "grad: wanted an array of numbers, got NoneType None"),
]


@pytest.mark.parametrize("call, words", BAD_GRADIENTS)
def test_bad_input_to_the_gradient_check(call, words):
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert str(error.value).startswith(words)
