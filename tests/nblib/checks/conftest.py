"""Exercises small enough to see through, one for each way of judging."""

import numpy as np
import pytest

from nblib.checks import Exercises, apart


@pytest.fixture
def exercises():
    """One exercise for each way of judging."""
    made = Exercises("99")

    def vectors(rng):
        yield (np.array([0.0, 1.0, -2.0]),)
        for n in (2, 5, 40):
            yield (rng.normal(size=n),)

    @made.function("quick", cases=vectors, limit=0.3)
    def quick(x):
        return 2 * x

    @made.function("double", cases=vectors)
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

    @made.function("strict", cases=lambda rng: [(rng.normal(size=shape),) for shape in ((2, 3), (5, 4))], tol=1e-9)
    def strict(X):
        return X.mean(axis=1)

    strict.mistakes({"this is the sum": lambda X: X.sum(axis=1)})

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


@pytest.fixture(params=["a copy", "this process"])
def judged_in(request, monkeypatch):
    """Judge in a copy of this process, and in this process itself, as where there is no copy."""
    if request.param == "this process":
        monkeypatch.setattr(apart, "can_fork", lambda: False)
    elif not apart.can_fork():
        pytest.skip("no copies of a process here")
    return request.param
