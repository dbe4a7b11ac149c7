"""Data sets: what the generators promise, what the bundled sets are, and downloads that go wrong."""

import gzip
import hashlib
import http.server
import importlib.resources
import io
import math
import pathlib
import re
import socket
import subprocess
import sys
import tarfile
import threading

import numpy as np
import pytest

from nblib import _download, datasets

SEEDS = [0, 1, 2]
TWO_CLASSES = [datasets.moons, datasets.circles, datasets.xor, datasets.gaussian, datasets.spirals]
REGRESSION = [datasets.plane, datasets.bumps]
BUNDLED = [datasets.breast_cancer, datasets.digits, datasets.iris, datasets.wine, datasets.diabetes]
CARDS = (pathlib.Path(__file__).parents[2] / "data" / "README.md").read_text(encoding="utf-8")


def test_importing_datasets_loads_numpy_and_nothing_else():
    """An import must not cost the seconds of scikit-learn, nor what only a download needs."""
    code = (
        "import sys, numpy; before = set(sys.modules); import nblib.datasets; print(*sorted(set(sys.modules) - before))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    new = set(run.stdout.split())
    assert "nblib" in new
    assert not new & {"sklearn", "scipy", "matplotlib", "torch", "urllib.request", "http.client", "ssl"}


# ---------------------------------------------------------------- generators


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("n", [2, 3, 200, 201])
@pytest.mark.parametrize("make", TWO_CLASSES)
def test_two_classes_balanced_and_shuffled(make, n, seed):
    X, y = make(n, rng=seed)
    assert X.shape == (n, 2) and X.dtype == np.float64
    assert y.shape == (n,) and y.dtype == np.int64 and set(y) == {0, 1}
    assert abs(2 * y.sum() - n) <= 1
    if n >= 200:
        assert 70 < np.count_nonzero(np.diff(y)) < 130  # 100 changes expected; sorted labels have 1


@pytest.mark.parametrize("make", TWO_CLASSES + REGRESSION)
def test_a_seed_and_its_generator_are_the_same_and_each_call_goes_on(make):
    rng = np.random.default_rng(7)
    first, second = make(50, rng=rng), make(50, rng=rng)
    np.testing.assert_array_equal(first[0], make(50, rng=7)[0])
    np.testing.assert_array_equal(first[1], make(50, rng=7)[1])
    assert not np.array_equal(first[0], second[0])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("make", TWO_CLASSES + REGRESSION)
def test_points_fit_the_common_axes(make, seed):
    X, _ = make(2000, rng=seed)
    assert (np.abs(X) > 3).any(axis=1).mean() <= (0.01 if make is datasets.gaussian else 0.001)
    assert (X.std(axis=0) > 0.5).all() and (X.std(axis=0) < 1.8).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_without_noise_the_points_lie_on_their_formulas(seed):
    X, y = datasets.moons(99, noise=0, rng=seed)
    upper = X * (1 - 2 * y)[:, None] + [0.5, 0.25]
    np.testing.assert_allclose(np.hypot(*upper.T), 1)
    assert (upper[:, 1] >= 0).all()

    X, y = datasets.circles(99, noise=0, factor=0.3, rng=seed)
    np.testing.assert_allclose(np.hypot(*X.T), np.where(y == 1, 0.6, 2))

    X, y = datasets.xor(99, noise=0, rng=seed)
    np.testing.assert_array_equal(y, X[:, 0] * X[:, 1] < 0)
    assert np.abs(X).min() >= 0.3 and np.abs(X).max() <= 2.3
    assert len({tuple(s) for s in np.sign(X)}) == 4

    X, y = datasets.gaussian(99, distance=2, spread=0, rng=seed)
    np.testing.assert_allclose(X, (2 * y[:, None] - 1) * np.ones(2) / math.sqrt(2))

    X, y = datasets.spirals(99, noise=0, turns=1.7, rng=seed)
    r = np.hypot(*X.T)
    angle = 2 * np.pi * 1.7 * r / 2.5 + np.pi * y
    np.testing.assert_allclose(X, r[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]), atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("distance, spread", [(2.5, 0.75), (1.0, 1.0)])
def test_gaussian_is_as_hard_as_its_docstring_says(distance, spread, seed):
    n = 20_000
    X, y = datasets.gaussian(n, distance, spread, rng=seed)
    best = 0.5 * (1 + math.erf(distance / (2 * spread) / math.sqrt(2)))
    assert ((X.sum(axis=1) > 0) == y).mean() == pytest.approx(best, abs=4 * math.sqrt(best * (1 - best) / n))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("make", [datasets.moons, datasets.circles, datasets.xor, datasets.spirals])
def test_noise_is_a_standard_deviation(make, seed):
    """The same seed without noise gives the same points before it."""
    moved = make(5000, noise=0.37, rng=seed)[0] - make(5000, noise=0, rng=seed)[0]
    assert moved.std() == pytest.approx(0.37, rel=0.04) and abs(moved.mean()) < 0.02


@pytest.mark.parametrize("seed", SEEDS)
def test_regression_targets(seed):
    X, y = datasets.plane(500, noise=0, rng=seed)
    np.testing.assert_allclose(y, (X[:, 0] + X[:, 1]) / 6)
    X, y = datasets.bumps(5000, noise=0, rng=seed)
    for centre, sign in [((-2, -1.25), -1), ((-2, 1.25), 1), ((0, -1.25), 1), ((0, 1.25), -1)]:
        nearest = np.argmin(np.hypot(*(X - centre).T))
        assert sign * y[nearest] > 0.9
    for make in REGRESSION:
        X, y = make(501, noise=0.5, rng=seed)
        assert X.shape == (501, 2) and y.shape == (501,) and y.dtype == np.float64
        assert y.min() >= -1 and y.max() <= 1 and y.std() > 0.2


@pytest.mark.parametrize("make", TWO_CLASSES + REGRESSION)
@pytest.mark.parametrize(
    "bad, error, words",
    [
        ({"n": 0}, ValueError, "n: wanted a whole number from"),
        ({"n": 10.0}, TypeError, "n: wanted a whole number, got float 10.0"),
        ({"n": "many"}, TypeError, "n: wanted a whole number, got str 'many'"),
        ({"n": True}, TypeError, "n: wanted a whole number"),
        ({"rng": -1}, TypeError, "rng: wanted a seed"),
        ({"rng": None}, TypeError, "rng: wanted a seed"),
        ({"rng": np.random.RandomState(0)}, TypeError, "rng: wanted a seed"),
    ],
)
def test_generators_refuse_in_words(make, bad, error, words):
    with pytest.raises(error, match=re.escape(words)):
        make(**bad)


@pytest.mark.parametrize(
    "make, name, bad",
    [
        *[
            (make, "noise", bad)
            for make in TWO_CLASSES + REGRESSION
            if make is not datasets.gaussian
            for bad in (-0.1, math.nan, math.inf, "0.1", np.ones(2), None)
        ],
        (datasets.gaussian, "spread", -1),
        (datasets.gaussian, "spread", math.nan),
        (datasets.gaussian, "distance", "far"),
        (datasets.spirals, "turns", -1),
        (datasets.circles, "factor", 1.1),
        (datasets.circles, "factor", math.nan),
    ],
)
def test_generator_settings_refused_in_words(make, name, bad):
    with pytest.raises((TypeError, ValueError), match=f"^{name}: wanted a number"):
        make(**{name: bad})


# ---------------------------------------------------------------- bundled sets and their cards


def _card(name):
    """The section of data/README.md about `name`."""
    found = re.search(rf"^### [^\n]*\b{name}\b.*?(?=^##|\Z)", CARDS, re.M | re.S)
    assert found, f"data/README.md has no card for {name}"
    return found.group()


@pytest.mark.parametrize("load", BUNDLED)
def test_bundled_sets_are_what_their_cards_say(load):
    data, card = load(), _card(load.__name__)
    assert data.X.dtype == np.float64 and data.X.ndim == 2 and np.isfinite(data.X).all()
    assert data.y.shape == (len(data.X),) and len(data.feature_names) == data.X.shape[1]
    assert all(type(name) is str for name in data.feature_names + data.target_names)
    assert f"{len(data.X):,}" in card and f"datasets.{load.__name__}()" in card
    assert re.findall(r"`([0-9a-f]{64})`", card) == [datasets.checksum(data.X, data.y)]


@pytest.mark.parametrize(
    "load, shape",
    [
        (datasets.breast_cancer, (569, 30)),
        (datasets.digits, (1797, 64)),
        (datasets.iris, (150, 4)),
        (datasets.wine, (178, 13)),
    ],
)
def test_classes_of_the_bundled_sets(load, shape):
    data = load()
    assert data.X.shape == shape and data.y.dtype == np.int64
    assert sorted(set(data.y)) == list(range(len(data.target_names)))


def test_diabetes_is_in_raw_units():
    data = datasets.diabetes()
    ages = data.X[:, data.feature_names.index("age")]
    assert data.y.dtype == np.float64 and ages.min() >= 18 and 40 < ages.mean() < 60


def test_bundled_data_can_be_changed_without_changing_the_next_load():
    datasets.iris().X[:] = 0
    assert datasets.iris().X.min() > 0


def test_checksum_sees_every_value_and_not_the_layout():
    X = np.arange(6.0).reshape(2, 3)
    assert datasets.checksum(X) == hashlib.sha256(X.astype("<f8").tobytes()).hexdigest()
    assert datasets.checksum(X) == datasets.checksum(np.asfortranarray(X))
    assert datasets.checksum(X) == datasets.checksum(X.astype(np.int32))
    assert datasets.checksum(X) != datasets.checksum(X.T)
    X[1, 2] = np.nextafter(X[1, 2], 9)
    assert datasets.checksum(X) != datasets.checksum(np.arange(6.0).reshape(2, 3))


@pytest.mark.parametrize("name", datasets.PHOTO_CREDITS)
def test_photographs(name):
    picture = datasets.photograph(name)
    assert picture.shape == (427, 640, 3) and picture.dtype == np.uint8 and picture.std() > 30
    picture[0, 0] = 0  # a copy of one's own
    file = importlib.resources.files("sklearn.datasets.images") / f"{name}.jpg"
    assert f"`{name}.jpg`: `{hashlib.sha256(file.read_bytes()).hexdigest()}`" in _card(name)
    author, address = re.search(r"by (\w+) \((.*?)\)", datasets.PHOTO_CREDITS[name]).groups()
    assert address in _card(name) and f"`{name}.jpg` by {author}" in _card(name)
    assert "CC BY 2.0" in datasets.PHOTO_CREDITS[name]


def test_photograph_refuses_in_words():
    with pytest.raises(ValueError, match="name: wanted one of china, flower, got str 'cat'"):
        datasets.photograph("cat")


def test_every_generator_and_download_has_a_card():
    for make in TWO_CLASSES + REGRESSION:
        assert f"`{make.__name__}(" in CARDS
    for files, card in [
        ([f for split in _download.MNIST_FILES.values() for f in split], _card("mnist")),
        ([_download.CIFAR10_FILE], _card("cifar10")),
    ]:
        for file in files:
            assert f"| {file.name} | {file.size} | `{file.sha256}` |" in card


# ---------------------------------------------------------------- split, standardize, batches


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("test", [0.25, 0.1, 1, 13, 36])
def test_split_keeps_every_example_once_and_its_label_with_it(test, seed):
    X, y = np.arange(37)[:, None] * [1, 10], np.arange(37) % 3
    X_train, X_test, y_train, y_test = datasets.split(X, y, test=test, rng=seed)
    assert len(X_test) == (test if test >= 1 else round(37 * test))
    assert sorted([*X_train[:, 0], *X_test[:, 0]]) == list(range(37))
    np.testing.assert_array_equal(X_train[:, 0] % 3, y_train)
    np.testing.assert_array_equal(X_test[:, 0] % 3, y_test)
    assert (np.diff(X_train[:, 0]) < 0).any() == (len(X_train) > 1)  # shuffled


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("test", [0.25, 0.5, 0.03, 7, 200])
def test_each_class_gets_its_share_of_the_test_set(test, seed):
    y = np.random.default_rng(seed).choice(7, 211, p=[0.5, 0.2, 0.1, 0.1, 0.05, 0.03, 0.02])
    X_train, X_test, y_train, y_test = datasets.split(y[:, None], y, test=test, rng=seed)
    for part in (y_train, y_test):
        share = len(part) * np.bincount(y, minlength=7) / len(y)
        assert (np.abs(np.bincount(part, minlength=7) - share) < 1).all()


def test_the_largest_remainder_is_rounded_up():
    y = np.repeat([0, 1, 2], [12, 3, 1])  # shares of a test set of 4: 3, 0.75, 0.25
    for seed in range(10):
        held_out = datasets.split(y[:, None], y, 4, seed)[3]
        np.testing.assert_array_equal(np.bincount(held_out, minlength=3), [3, 1, 0])


def test_every_example_can_be_held_out():
    y = np.arange(24) % 3
    held_out = [i for seed in range(40) for i in datasets.split(np.arange(24)[:, None], y, rng=seed)[1][:, 0]]
    assert np.bincount(held_out, minlength=24).min() >= 2  # 10 expected


def test_split_without_stratifying_is_only_shuffled():
    y = np.arange(400) // 200
    counts = {datasets.split(y[:, None], y, rng=seed, stratify=False)[3].sum() for seed in range(20)}
    floats = {datasets.split(y[:, None], y.astype(float), rng=seed)[3].sum() for seed in range(20)}
    assert len(counts) > 5 and len(floats) > 5
    assert {datasets.split(y[:, None], y, rng=seed)[3].sum() for seed in range(20)} == {50}


def test_whole_number_targets_that_all_differ_are_split_by_chance():
    """Rounding must not always favour the same classes: the small numbers, say."""
    y = np.arange(100)
    held_out = [datasets.split(y[:, None], y, test=10, rng=seed)[3].mean() for seed in range(60)]
    assert np.mean(held_out) == pytest.approx(49.5, abs=5) and np.std(held_out) > 4


def test_split_is_reproducible_and_differs_by_seed():
    X, y = datasets.moons(60)
    first, same, other = (datasets.split(X, y, rng=rng)[1] for rng in (3, np.random.default_rng(3), 4))
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)


def test_split_keeps_types_and_takes_images_and_lists():
    images = np.zeros((8, 3, 5, 5), np.uint8)
    X_train, X_test, y_train, y_test = datasets.split(images, [0, 1] * 4, test=0.5)
    assert X_train.shape == X_test.shape == (4, 3, 5, 5) and X_train.dtype == np.uint8
    assert y_test.sum() == y_train.sum() == 2  # a list of labels is stratified, too
    assert datasets.split(images, np.zeros((8, 2)), test=3)[3].shape == (3, 2)


@pytest.mark.parametrize(
    "arguments, error, words",
    [
        ((np.ones((4, 2)), [0, 1, 0]), ValueError, "many targets as examples, got shapes (4, 2) and (3,)"),
        ((np.ones((4, 2)), 1), ValueError, "as many targets as examples"),
        ((1.0, 1), ValueError, "as many targets as examples"),
        ((np.ones((0, 2)), []), ValueError, "X: wanted at least one number, got an empty array"),
        ((["a", "b"], [0, 1]), TypeError, "X: wanted an array of numbers"),
        ((np.ones((2, 2)), ["a", "b"]), TypeError, "y: wanted an array of numbers"),
        (([[1, 2], [3]], [0, 1]), TypeError, "X: wanted an array of numbers"),
        ((np.array([[1.0], [np.nan]]), [0, 1]), ValueError, "X: wanted finite numbers, got 1 NaN"),
        ((np.ones((2, 1)), [0, np.inf]), ValueError, "y: wanted finite numbers"),
        ((np.ones((4, 2)), [0, 1, 0, 1], 0.1), ValueError, "leaves 4 to train on and 0 to test on"),
        ((np.ones((4, 2)), [0, 1, 0, 1], 0.95), ValueError, "leaves 0 to train on and 4 to test on"),
        ((np.ones((4, 2)), [0, 1, 0, 1], 4), ValueError, "leaves 0 to train on"),
        ((np.ones((4, 2)), [0, 1, 0, 1], 0), ValueError, "0 to test on"),
        ((np.ones((1, 2)), [0]), ValueError, "wanted examples on both sides"),
        ((np.ones((4, 2)), [0, 1, 0, 1], 1.5), ValueError, "test: wanted a number from 0 to 1, got 1.5"),
        ((np.ones((4, 2)), [0, 1, 0, 1], math.nan), ValueError, "test: wanted a number"),
        ((np.ones((4, 2)), [0, 1, 0, 1], -1), ValueError, "not a fraction: wanted a whole number from 0"),
        (
            (np.ones((4, 2)), [0, 1, 0, 1], "a quarter"),
            TypeError,
            "test, when not a fraction: wanted a whole number, got str 'a quarter'",
        ),
        ((np.ones((4, 2)), [0, 1, 0, 1], 0.5, "seed"), TypeError, "rng: wanted a seed"),
    ],
)
def test_split_refuses_in_words(arguments, error, words):
    with pytest.raises(error, match=re.escape(words)):
        datasets.split(*arguments)


@pytest.mark.parametrize("seed", SEEDS)
def test_standardize_uses_the_training_set_alone(seed):
    rng = np.random.default_rng(seed)
    X, other = rng.normal([5, -200], [0.01, 70], (50, 2)), rng.normal(9, 3, (7, 2))
    scaled, scaled_other = datasets.standardize(X, other)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(scaled.std(axis=0), 1)
    np.testing.assert_allclose(scaled_other, (other - X.mean(axis=0)) / X.std(axis=0))
    again, one_row = datasets.standardize(X, other[:1] * 1e6)
    np.testing.assert_array_equal(again, scaled)  # whatever the test set holds
    np.testing.assert_allclose(datasets.standardize(X, other, other[:3])[2], scaled_other[:3])
    np.testing.assert_array_equal(datasets.standardize(X), scaled)
    assert one_row.shape == (1, 2)


def test_standardize_constant_columns_become_zero():
    """0.1 has no exact mean: the spread of a constant column is 1e-17, not 0, and must not be divided by."""
    X = np.column_stack([np.full(7, 0.1), np.arange(7.0)])
    scaled, other = datasets.standardize(X, np.array([[0.3, 3.0]]))
    np.testing.assert_array_equal(scaled[:, 0], 0)
    np.testing.assert_array_equal(other, 0)


def test_standardize_takes_images_and_leaves_its_input():
    images = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    before = images.copy()
    wanted = np.repeat([-1.0, 1.0], 12).reshape(2, 3, 4)  # two examples: one std below, one above
    np.testing.assert_allclose(datasets.standardize(images), wanted)
    np.testing.assert_array_equal(images, before)


@pytest.mark.parametrize(
    "arguments, error, words",
    [
        ((np.ones((4, 2)), np.ones((4, 3))), ValueError, "array 2: wanted an array of shape (N, 2), got shape"),
        ((np.ones((4, 2)), np.ones(2)), ValueError, "array 2: wanted an array of shape (N, 2), got shape (2,)"),
        ((np.ones((4, 2)), np.full((1, 2), np.nan)), ValueError, "array 2: wanted finite numbers"),
        ((np.full((4, 2), np.nan),), ValueError, "X_train: wanted finite numbers, got 8 NaN"),
        ((np.ones((0, 2)),), ValueError, "X_train: wanted at least one number"),
        (("text",), TypeError, "X_train: wanted an array of numbers, got str 'text'"),
        ((3.0,), ValueError, "array 1: wanted an array of shape (N,), got shape ()"),
    ],
)
def test_standardize_refuses_in_words(arguments, error, words):
    with pytest.raises(error, match=re.escape(words)):
        datasets.standardize(*arguments)


@pytest.mark.parametrize("size", [1, 4, 10, 11])
def test_batches_are_one_epoch(size):
    X, y = np.arange(10)[:, None] * [1, 2], np.arange(10) * 3
    for rng in (None, 0, np.random.default_rng(1)):
        parts = list(datasets.batches(X, y, size, rng))
        assert [len(part) for part, _ in parts] == [size] * (10 // size) + [10 % size] * (10 % size > 0)
        X_all, y_all = (np.concatenate(p) for p in zip(*parts))
        assert sorted(y_all) == list(y) and (X_all[:, 0] * 3 == y_all).all()
        assert (rng is None) == np.array_equal(y_all, y)


def test_batches_differ_by_epoch_and_are_copies():
    X, y = np.zeros((64, 1)), np.arange(64)
    rng = np.random.default_rng(0)
    epochs = [np.concatenate([b for _, b in datasets.batches(X, y, 16, rng)]) for _ in range(2)]
    assert not np.array_equal(*epochs)
    next(datasets.batches(X, y, 16))[0][:] = 1
    assert X.sum() == 0


@pytest.mark.parametrize(
    "arguments, error, words",
    [
        ((np.ones((4, 2)), np.ones(4), 0), ValueError, "batch_size: wanted a whole number from 1"),
        ((np.ones((4, 2)), np.ones(4), 2.0), TypeError, "batch_size: wanted a whole number, got float 2.0"),
        ((np.ones((4, 2)), np.ones(3), 2), ValueError, "as many targets as examples"),
        ((np.ones((4, 2)), ["a"] * 4, 2), TypeError, "y: wanted an array of numbers"),
        ((np.ones((4, 2)), np.ones(4), 2, "shuffle"), TypeError, "rng: wanted a seed"),
    ],
)
def test_batches_refuse_at_the_call_and_not_at_the_first_batch(arguments, error, words):
    with pytest.raises(error, match=re.escape(words)):
        datasets.batches(*arguments)


# ---------------------------------------------------------------- downloads, from this machine only


class Server:
    """Serves `files` (name -> bytes) on loopback, counts requests, and misbehaves as told.

    `faults` is a list of faults for the next requests, one each: "truncate", "corrupt", "404", "hang",
    "longer". `ranges=False` ignores a Range header, as simple servers do.
    """

    def __init__(self, files):
        self.files, self.faults, self.ranges, self.requests = files, [], True, []
        self.released = threading.Event()
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                server.answer(self)

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = False  # server_close waits until every connection is closed
        self.base = f"http://127.0.0.1:{self.http.server_address[1]}/folder/"
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def answer(self, request):
        wanted = request.headers.get("Range")
        self.requests.append(wanted)
        fault = self.faults.pop(0) if self.faults else None
        body = self.files.get(request.path.removeprefix("/folder/"))
        if fault == "404" or body is None:
            request.send_error(404)
            return
        if fault == "hang":
            self.released.wait(10)
            return
        start = int(wanted[len("bytes=") : -1]) if wanted and self.ranges else 0
        if start >= len(body):
            request.send_error(416)
            return
        request.send_response(206 if start else 200)
        body = body[start:]
        if fault == "corrupt":
            body = bytes([body[0] ^ 1]) + body[1:]
        if fault == "longer":
            body += b"x" * 5000
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[: len(body) // 2] if fault == "truncate" else body)

    def close(self):
        self.released.set()
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


def _file(name, body):
    return _download.File(name, len(body), hashlib.sha256(body).hexdigest())


def _idx(values):
    header = bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">u4").tobytes()
    return gzip.compress(header + values.tobytes(), mtime=0)


def _cifar_archive(parts):
    """A tar.gz like the real one: the numbered files out of order, among others."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, body in [*parts.items(), ("batches.meta.txt", b"airplane\n"), ("readme.html", b"<html>")]:
            entry = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    return out.getvalue()


RNG = np.random.default_rng(5)
IMAGES, LABELS = RNG.integers(0, 256, (11, 28, 28), np.uint8), RNG.integers(0, 10, 11, np.uint8)
RECORDS = {f"data_batch_{i}.bin": RNG.integers(0, 10, (2, 3073), np.uint8) for i in (3, 1, 2)}
RECORDS["test_batch.bin"] = RNG.integers(0, 10, (3, 3073), np.uint8)
BODY = _idx(IMAGES)
FILE = _file("train-images-idx3-ubyte.gz", BODY)


@pytest.fixture
def server(monkeypatch, tmp_path):
    """Both sets in small, served from loopback; the cache is a folder of the test's own."""
    files = {
        FILE.name: BODY,
        "train-labels-idx1-ubyte.gz": _idx(LABELS),
        "cifar-10-binary.tar.gz": _cifar_archive({k: v.tobytes() for k, v in RECORDS.items()}),
    }
    described = {name: _file(name, body) for name, body in files.items()}
    monkeypatch.setitem(_download.MNIST_FILES, "train", (FILE, described["train-labels-idx1-ubyte.gz"]))
    monkeypatch.setattr(_download, "CIFAR10_FILE", described["cifar-10-binary.tar.gz"])
    monkeypatch.setattr(datasets, "data_folder", lambda: tmp_path)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = Server(files)
    yield server
    server.close()


def _fetch(server, tmp_path, progress=None):
    return _download.fetch(FILE, (server.base,), tmp_path, progress)


def test_mnist_is_downloaded_once_and_then_read_from_disk(server, tmp_path):
    data = datasets.mnist(base=server.base)
    assert data.X.shape == (11, 1, 28, 28) and data.X.dtype == np.uint8 and data.y.dtype == np.int64
    np.testing.assert_array_equal(data.X[:, 0], IMAGES)
    np.testing.assert_array_equal(data.y, LABELS)
    data.X[0] = 0  # one's own copy
    assert len(server.requests) == 2
    again = datasets.mnist(base=server.base)
    np.testing.assert_array_equal(again.X[:, 0], IMAGES)
    assert len(server.requests) == 2
    assert sorted(p.name for p in (tmp_path / "cache").iterdir()) == [FILE.name, "train-labels-idx1-ubyte.gz"]


def test_cifar10_reads_its_records_in_order(server, tmp_path):
    train, test = datasets.cifar10("train", server.base), datasets.cifar10("test", server.base)
    records = np.concatenate([RECORDS[f"data_batch_{i}.bin"] for i in (1, 2, 3)])
    assert train.X.shape == (6, 3, 32, 32) and train.X.dtype == np.uint8 and train.y.dtype == np.int64
    np.testing.assert_array_equal(train.y, records[:, 0])
    assert train.X[4, 2, 5, 7] == records[4, 1 + 2 * 1024 + 5 * 32 + 7]  # blue, row 5, column 7
    np.testing.assert_array_equal(test.y, RECORDS["test_batch.bin"][:, 0])
    assert len(server.requests) == 1 and train.target_names[3] == "cat"
    assert [p.name for p in (tmp_path / "cache").iterdir()] == ["cifar-10-binary.tar.gz"]  # not unpacked


def test_a_base_without_its_slash_is_the_same_folder(server):
    assert len(datasets.mnist(base=server.base.rstrip("/")).y) == 11


def test_a_damaged_cached_file_is_fetched_again(server, tmp_path):
    for damaged in (BODY[:-1] + b"x", BODY[:50], b"", BODY + b"x"):
        (tmp_path / FILE.name).write_bytes(damaged)
        assert _fetch(server, tmp_path).read_bytes() == BODY
    assert len(server.requests) == 4


def test_a_truncated_download_goes_on_where_it_stopped(server, tmp_path):
    server.faults = ["truncate"]
    assert _fetch(server, tmp_path).read_bytes() == BODY
    assert server.requests == [None, f"bytes={len(BODY) // 2}-"]
    assert [p.name for p in tmp_path.iterdir()] == [FILE.name]


def test_a_download_cut_short_three_times_goes_on_in_the_next_call(server, tmp_path):
    server.faults = ["truncate"] * 3
    words = r"the connection ended after [\d,]+ of [\d,]+ bytes\. The [\d,]+ bytes that arrived are kept"
    with pytest.raises(ConnectionError, match=words):
        _fetch(server, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == [FILE.name + ".part"]
    held = (tmp_path / (FILE.name + ".part")).stat().st_size
    assert _fetch(server, tmp_path).read_bytes() == BODY
    assert server.requests[-1] == f"bytes={held}-" and len(server.requests) == 4


def test_a_server_that_ignores_ranges_sends_it_all_again(server, tmp_path):
    server.faults, server.ranges = ["truncate"], False
    assert _fetch(server, tmp_path).read_bytes() == BODY
    assert len(server.requests) == 2 and server.requests[1] is not None


@pytest.mark.parametrize("fault", ["corrupt", "longer"])
def test_a_damaged_download_is_removed_and_retried(server, tmp_path, fault):
    server.faults = [fault] * 2
    assert _fetch(server, tmp_path).read_bytes() == BODY
    assert server.requests == [None] * 3  # from the start each time


def test_a_server_that_does_not_stop_sending_is_cut_off(server, tmp_path, monkeypatch):
    monkeypatch.setattr(_download, "CHUNK", 1000)
    server.faults, seen = ["longer"], []
    assert _fetch(server, tmp_path, lambda done, total: seen.append(done)).read_bytes() == BODY
    assert max(seen) < len(BODY) + 1000


def test_a_download_that_stays_damaged_is_explained_and_leaves_nothing(server, tmp_path):
    server.faults = ["corrupt"] * 3
    with pytest.raises(ConnectionError, match="damaged.*has been removed"):
        _fetch(server, tmp_path)
    assert len(server.requests) == 3 and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("left", [b"<html>log in to the hotel</html>", BODY + b"xx", BODY[:-1] + b"x"])
def test_leftovers_of_something_else_do_not_get_in_the_way(server, tmp_path, left):
    (tmp_path / (FILE.name + ".part")).write_bytes(left)
    assert _fetch(server, tmp_path).read_bytes() == BODY


def test_a_server_whose_file_is_shorter_than_what_is_held(server, tmp_path):
    server.files = {FILE.name: BODY[:20]}
    (tmp_path / (FILE.name + ".part")).write_bytes(BODY[:60])
    with pytest.raises(ConnectionError, match="the server answered 416"):
        _fetch(server, tmp_path)
    assert server.requests == ["bytes=60-", None, "bytes=20-"] and list(tmp_path.iterdir()) == []


def test_the_second_mirror_stands_in_for_the_first(server, tmp_path):
    server.faults = ["404"]
    path = _download.fetch(FILE, (server.base + "gone", server.base), tmp_path)
    assert path.read_bytes() == BODY and len(server.requests) == 2


def test_a_missing_file_is_explained(server, tmp_path):
    server.files = {}
    with pytest.raises(ConnectionError, match=r"3 tries: the server answered 404 \(Not Found\)\. Try again"):
        _fetch(server, tmp_path)
    assert len(server.requests) == 3


def test_a_server_that_hangs_is_given_up(server, tmp_path, monkeypatch):
    monkeypatch.setattr(_download, "TIMEOUT", 0.2)
    server.faults = ["hang"] * 3
    with pytest.raises(ConnectionError, match=r"no answer for 0\.2 seconds"):
        _fetch(server, tmp_path)
    assert len(server.requests) == 3
    monkeypatch.setattr(_download, "TIMEOUT", 1)
    server.faults = ["hang"]
    assert _fetch(server, tmp_path).read_bytes() == BODY


def test_offline_is_one_error_that_says_what_to_do(tmp_path, monkeypatch):
    def no_network(*_args, **_options):
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    monkeypatch.setattr(datasets, "data_folder", lambda: tmp_path)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConnectionError) as caught:
        datasets.mnist("test")
    words = str(caught.value)
    assert "t10k-images-idx3-ubyte.gz (1.6 MB)" in words
    assert "storage.googleapis.com and ossci-datasets" in words
    assert "seems to be offline" in words and str(tmp_path / "cache") in words
    assert "Every notebook works without it; use datasets.digits()" in words
    assert caught.value.__context__ is None  # no second traceback above it


def test_a_port_where_nobody_listens(server, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ConnectionError, match="in 3 tries: .*refused"):
        datasets.mnist(base=base)


def test_a_folder_that_cannot_be_written_is_explained(server, tmp_path):
    (tmp_path / "cache").write_text("a file, not a folder")
    with pytest.raises(ConnectionError, match="File exists|cannot find the path|Cannot create"):
        datasets.mnist(base=server.base)
    assert server.requests == []


def test_a_folder_on_disk_is_a_base_too(server, tmp_path):
    source = tmp_path / "stick"
    source.mkdir()
    for name, body in server.files.items():
        (source / name).write_bytes(body)
    assert len(datasets.mnist(base=source.as_uri()).y) == 11 and server.requests == []


def test_progress_counts_up_to_the_whole_and_resumes(server, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(_download, "CHUNK", 1000)
    seen = []
    server.faults = ["truncate"]
    _fetch(server, tmp_path, lambda done, total: seen.append((done, total)))
    done = [d for d, _ in seen]
    assert done == sorted(done) and len(done) > 3 and done[-1] == len(BODY)
    assert {total for _, total in seen} == {len(BODY)}
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("load", [datasets.mnist, datasets.cifar10])
@pytest.mark.parametrize(
    "arguments, words",
    [
        (("validation",), "split: wanted one of train, test, got str 'validation'"),
        ((0,), "split: wanted one of train, test, got int 0"),
        (("train", "folder"), "base: wanted the URL of a folder"),
        (("train", 8000), "base: wanted the URL of a folder"),
    ],
)
def test_loaders_refuse_in_words(load, arguments, words, server):
    with pytest.raises(ValueError, match=re.escape(words)):
        load(*arguments)
    assert server.requests == []


# ---------------------------------------------------------------- the data folder


def test_data_folder_is_the_checkouts_own_from_anywhere(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert datasets.data_folder() == pathlib.Path(__file__).resolve().parents[2] / "data"


@pytest.mark.parametrize("platform, variable", [("linux", "XDG_CACHE_HOME"), ("win32", "LOCALAPPDATA")])
def test_without_a_checkout_it_is_a_cache_folder(monkeypatch, tmp_path, platform, variable):
    monkeypatch.setattr(datasets, "__file__", str(tmp_path / "site-packages" / "nblib" / "datasets.py"))
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, str(tmp_path / "mine"))
    assert datasets.data_folder() == tmp_path / "mine" / "nblib"


def test_without_a_checkout_or_settings_it_is_in_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(datasets, "__file__", str(tmp_path / "site-packages" / "nblib" / "datasets.py"))
    monkeypatch.setattr(pathlib.Path, "expanduser", lambda path: tmp_path / path.relative_to("~"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert datasets.data_folder() == tmp_path / ".cache" / "nblib"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert datasets.data_folder() == tmp_path / "Library" / "Caches" / "nblib"
