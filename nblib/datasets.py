"""Data to learn from: 2-D toy sets, the real sets that scikit-learn brings, MNIST and CIFAR-10.

The toy sets spread by about one in each direction and lie within [-3, 3]² at their default noise, but for
one point in 200 of `gaussian`: one pair of axes serves them all. Every `rng` is a Generator or a seed.
What each real set is, and its licence: data/README.md.
"""

import hashlib
import os
import pathlib
import sys
from typing import NamedTuple

import numpy as np

from nblib._inputs import array, generator, number, one_of, whole

# ---------------------------------------------------------------- two classes in the plane


def moons(n=200, noise=0.2, rng=0):
    """Two interleaved half circles, which no straight line separates.

    x = ±(cos t - 1/2, sin t - 1/4) + noise · N(0, 1),  t uniform on [0, π],  + for class 0.
    Returns X (n, 2) and y (n,) in {0, 1}, shuffled, the classes equal in size within one.
    """
    rng, y = _classes(n, rng)
    t = rng.uniform(0, np.pi, n)
    sign = 1 - 2 * y
    return _points(sign * (np.cos(t) - 0.5), sign * (np.sin(t) - 0.25), noise, rng), y


def circles(n=200, noise=0.2, factor=0.5, rng=0):
    """A ring (class 0) around a smaller ring (class 1); polar coordinates separate them.

    x = r (cos t, sin t) + noise · N(0, 1),  t uniform on [0, 2π],  r = 2 or 2 · factor.
    Returns X (n, 2) and y (n,) in {0, 1}, shuffled, the classes equal in size within one.
    """
    factor = number(factor, "factor", 0, 1)
    rng, y = _classes(n, rng)
    t = rng.uniform(0, 2 * np.pi, n)
    r = np.where(y == 1, 2 * factor, 2)
    return _points(r * np.cos(t), r * np.sin(t), noise, rng), y


def xor(n=200, noise=0.2, rng=0):
    """Four squares, equal classes on the diagonals: y is 1 where x₁ and x₂ differ in sign.

    x = (s₁ u₁, s₂ u₂) + noise · N(0, 1),  u uniform on [0.3, 2.3],  signs s = ±1,  y = [s₁ ≠ s₂].
    Returns X (n, 2) and y (n,) in {0, 1}, shuffled, the classes equal in size within one.
    """
    rng, y = _classes(n, rng)
    sign = rng.choice([-1, 1], n)
    u1, u2 = rng.uniform(0.3, 2.3, (2, n))
    return _points(sign * u1, sign * (1 - 2 * y) * u2, noise, rng), y


def gaussian(n=200, distance=2.5, spread=0.75, rng=0):
    """Two round clouds whose overlap is known: no classifier beats Φ(distance / (2 · spread)).

    x = ±(distance / 2) (1, 1)/√2 + spread · N(0, 1),  + for class 1. Φ is the normal distribution
    function: the best possible accuracy on new data is 0.95 by default.
    Returns X (n, 2) and y (n,) in {0, 1}, shuffled, the classes equal in size within one.
    """
    distance = number(distance, "distance", 0)
    rng, y = _classes(n, rng)
    centre = (2 * y - 1) * distance / np.sqrt(8)
    return _points(centre, centre, spread, rng, "spread"), y


def spirals(n=200, noise=0.1, turns=1.25, rng=0):
    """Two spiral arms wound around each other, the hardest of these sets.

    x = r (cos θ, sin θ) + noise · N(0, 1),  r = 2.5 t,  θ = 2π · turns · t + π y,  t² uniform on [0, 1].
    Returns X (n, 2) and y (n,) in {0, 1}, shuffled, the classes equal in size within one.
    """
    turns = number(turns, "turns", 0)
    rng, y = _classes(n, rng)
    t = np.sqrt(rng.uniform(0, 1, n))  # the root gives the longer outer turns their share of points
    angle = 2 * np.pi * turns * t + np.pi * y
    return _points(2.5 * t * np.cos(angle), 2.5 * t * np.sin(angle), noise, rng), y


# ---------------------------------------------------------------- a number to predict in the plane


def plane(n=200, noise=0.1, rng=0):
    """A tilted plane: y = (x₁ + x₂) / 6 + noise · N(0, 1), clipped to [-1, 1].

    Returns X (n, 2), uniform on [-3, 3]², and y (n,).
    """
    return _surface(lambda X: X.sum(axis=1) / 6, n, noise, rng)


def bumps(n=200, noise=0.1, rng=0):
    """Three hills and three valleys: y = Σₖ sₖ exp(-|x - cₖ|² / 0.72) + noise · N(0, 1).

    The centres cₖ are at x₁ = -2, 0, 2 and x₂ = ±1.25, the signs sₖ alternate, y is clipped to [-1, 1].
    Returns X (n, 2), uniform on [-3, 3]², and y (n,).
    """
    centres = np.array([(a, b) for a in (-2, 0, 2) for b in (-1.25, 1.25)])
    signs = np.array([-1, 1, 1, -1, -1, 1])

    def height(X):
        return np.exp(-((X[:, None] - centres) ** 2).sum(axis=2) / 0.72) @ signs

    return _surface(height, n, noise, rng)


def _classes(n, rng):
    n, rng = whole(n, "n", 2), generator(rng)
    return rng, rng.permutation(np.arange(n) % 2)


def _points(x1, x2, noise, rng, name="noise"):
    return np.column_stack([x1, x2]) + number(noise, name, 0) * rng.standard_normal((len(x1), 2))


def _surface(height, n, noise, rng):
    n, noise, rng = whole(n, "n", 1), number(noise, "noise", 0), generator(rng)
    X = rng.uniform(-3, 3, (n, 2))
    return X, np.clip(height(X) + noise * rng.standard_normal(n), -1, 1)


# ---------------------------------------------------------------- real data, on this machine


class Dataset(NamedTuple):
    """A set of examples: `X` (N, …), targets `y` (N,), names, and a line on origin and licence."""

    X: np.ndarray
    y: np.ndarray
    feature_names: tuple
    target_names: tuple
    card: str


def breast_cancer():
    """569 breast tumours, 30 measurements of their cell nuclei; y: 0 malignant, 1 benign."""
    return _bundled(
        "breast_cancer",
        "Breast Cancer Wisconsin (Diagnostic), Wolberg, Mangasarian and Street 1995, UCI repository, CC BY 4.0",
    )


def digits():
    """1,797 handwritten digits of 8×8 pixels, X (1797, 64) with values 0 to 16; y: the digit."""
    return _bundled(
        "digits",
        "Optical Recognition of Handwritten Digits (test part), Alpaydin and Kaynak 1998, UCI repository, CC BY 4.0",
    )


def iris():
    """150 iris flowers, 4 measurements in cm; y: three species."""
    return _bundled("iris", "Iris, measured by Anderson, printed by Fisher 1936, UCI repository, CC BY 4.0")


def wine():
    """178 wines, 13 chemical measurements; y: three growers."""
    return _bundled("wine", "Wine, Forina et al. 1988, UCI repository, CC BY 4.0")


def diabetes():
    """442 patients, 10 measurements in their own units; y: how far diabetes got in a year, 25 to 346.

    scikit-learn's default is scaled by all patients, so the test set has leaked into it; this is not.
    """
    return _bundled(
        "diabetes",
        "Diabetes, Efron, Hastie, Johnstone and Tibshirani 2004, published with their paper, no licence stated",
        scaled=False,
    )


def _bundled(name, card, **options):
    import sklearn.datasets

    raw = getattr(sklearn.datasets, f"load_{name}")(**options)
    targets = raw.get("target_names", ["progression"])
    return Dataset(raw.data, raw.target, tuple(map(str, raw.feature_names)), tuple(map(str, targets)), card)


PHOTO_CREDITS = {
    "china": "photograph by danielbuechele (flickr.com/photos/danielbuechele/6061409035), CC BY 2.0",
    "flower": "photograph by vultilion (flickr.com/photos/vultilion/6056698931), CC BY 2.0",
}


def photograph(name):
    """The photograph "china" or "flower", uint8 (427, 640, 3); show it with PHOTO_CREDITS[name]."""
    one_of(name, "name", PHOTO_CREDITS)
    from sklearn.datasets import load_sample_image

    return np.array(load_sample_image(f"{name}.jpg"))


# ---------------------------------------------------------------- real data, for readers with a network


def mnist(split="train", base=None, progress=None):
    """Handwritten digits: X uint8 (N, 1, 28, 28), 0 to 255, and y (N,); "train" 60,000, "test" 10,000.

    Downloaded once (11.6 MB), then read from disk. `base` is the URL of a folder with the same files,
    such as a teacher's machine; `progress(done, total)` is called with bytes. Computing on uint8 wraps
    around at 256: begin with `X / 255`.

    Raises ConnectionError, in words, when it cannot be fetched.
    """
    one_of(split, "split", ("train", "test"))
    remote = _remote()
    images, labels = (
        remote.read_idx(_fetch(file, remote.MNIST_MIRRORS, base, progress)) for file in remote.MNIST_FILES[split]
    )
    return Dataset(
        images[:, None],
        labels.astype(np.int64),
        (),
        tuple("0123456789"),
        "MNIST, LeCun, Cortes and Burges 1998, CC BY-SA 3.0",
    )


def cifar10(split="train", base=None, progress=None):
    """Small photographs: X uint8 (N, 3, 32, 32), 0 to 255, and y (N,); "train" 50,000, "test" 10,000.

    Downloaded once (170 MB); `base`, `progress`, `X / 255` and the errors as in `mnist`.
    """
    one_of(split, "split", ("train", "test"))
    remote = _remote()
    archive = _fetch(remote.CIFAR10_FILE, remote.CIFAR10_MIRRORS, base, progress)
    images, labels = remote.read_cifar10(archive, split)
    return Dataset(
        images,
        labels.astype(np.int64),
        (),
        remote.CIFAR10_CLASSES,
        "CIFAR-10, Krizhevsky 2009, no licence stated, cite the report",
    )


def _fetch(file, mirrors, base, progress):
    if base is not None and not (isinstance(base, str) and "://" in base):
        raise ValueError(f"base: wanted the URL of a folder, such as 'http://localhost:8000', got {base!r}")
    return _remote().fetch(file, mirrors if base is None else (base,), data_folder() / "cache", progress)


def _remote():
    from nblib import _download  # loads urllib, which only a download needs

    return _download


def data_folder():
    """The folder `data` of the checkout that nblib runs from, else a cache folder of the user's."""
    checkout = pathlib.Path(__file__).resolve().parents[1] / "data"
    if (checkout / "README.md").is_file():
        return checkout
    if sys.platform == "win32":
        return pathlib.Path(os.environ.get("LOCALAPPDATA", "~/AppData/Local")).expanduser() / "nblib"
    if sys.platform == "darwin":
        return pathlib.Path("~/Library/Caches/nblib").expanduser()
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "nblib"


def checksum(*arrays):
    """SHA-256 of the arrays' values, one after the other, as little-endian float64 row by row."""
    sha = hashlib.sha256()
    for values in arrays:
        sha.update(np.ascontiguousarray(values, "<f8").tobytes())
    return sha.hexdigest()


# ---------------------------------------------------------------- before training


def split(X, y, test=0.25, rng=0, stratify=True):
    """X_train, X_test, y_train, y_test: a random part of the examples is held out.

    `test` is a fraction or a number of examples. When `y` (N,) holds whole-number labels, each class
    gets its share of the test set within one example; floats, or `stratify=False`, are only shuffled.

    Raises TypeError or ValueError on unequal lengths, or when one of the two parts would be empty.
    """
    X, y = _pairs(X, y)
    count, rng = _test_size(test, len(X)), generator(rng)
    if stratify and y.dtype.kind in "bui" and y.ndim == 1:
        chosen = _stratified(y, count, rng)
    else:
        chosen = np.arange(len(X)) < count
        rng.shuffle(chosen)
    train, held_out = rng.permutation(np.flatnonzero(~chosen)), rng.permutation(np.flatnonzero(chosen))
    return X[train], X[held_out], y[train], y[held_out]


def standardize(X_train, *others):
    """(x - mean) / std by column, with the mean and std of X_train for every array.

    From X_train alone: nothing is learned from the test set. A column that
    is constant in X_train says nothing and becomes 0. Takes arrays (N, …) alike but for N; returns a
    tuple of as many, or for X_train alone, just that one.
    """
    X_train = array(X_train, "X_train")
    shape = ("N", *X_train.shape[1:])
    arrays = [array(X, f"array {i}", shape=shape) for i, X in enumerate((X_train, *others), start=1)]
    std = np.where(np.ptp(X_train, axis=0) > 0, X_train.std(axis=0), np.inf)
    scaled = tuple((X - X_train.mean(axis=0)) / std for X in arrays)
    return scaled if others else scaled[0]


def batches(X, y, batch_size, rng=None):
    """An iterator over one epoch: (X_batch, y_batch) of `batch_size` examples, the last one maybe smaller.

    In order without `rng`, else shuffled. Hand in the same Generator each epoch for a new order each
    time; a seed repeats its order. Each batch is a copy.
    """
    X, y = _pairs(X, y)
    size = whole(batch_size, "batch_size", 1)
    order = np.arange(len(X)) if rng is None else generator(rng).permutation(len(X))
    return ((X[order[i : i + size]], y[order[i : i + size]]) for i in range(0, len(X), size))


def _pairs(X, y):
    """X (N, …) and y (N, …) as arrays of the type they came in (uint8 images stay small)."""
    X = array(X, "X", dtype=X.dtype if isinstance(X, np.ndarray) else float)
    array(y, "y")
    y = np.asarray(y)
    if X.ndim == 0 or X.shape[:1] != y.shape[:1]:
        raise ValueError(f"X and y: wanted as many targets as examples, got shapes {X.shape} and {y.shape}")
    return X, y


def _test_size(test, n):
    if isinstance(test, (float, np.floating)):
        count = round(number(test, "test", 0, 1) * n)
    else:
        count = whole(test, "test, when not a fraction")
    if not 0 < count < n:
        raise ValueError(
            f"test: wanted examples on both sides, got {test} of {n}, which leaves "
            f"{n - count} to train on and {count} to test on"
        )
    return count


def _stratified(y, count, rng):
    """Which examples are held out: of each class its share, rounded so that they make `count`."""
    classes, y, sizes = np.unique(y, return_inverse=True, return_counts=True)
    take, rest = np.divmod(count * sizes, len(y))
    shuffled = rng.permutation(len(classes))  # equal remainders: chance decides
    take[shuffled[np.argsort(-rest[shuffled], kind="stable")][: count - take.sum()]] += 1
    order = rng.permutation(len(y))
    order = order[np.argsort(y[order], kind="stable")]  # class by class, in random order within each
    rank = np.arange(len(y)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    chosen = np.zeros(len(y), bool)
    chosen[order[rank < np.repeat(take, sizes)]] = True
    return chosen
