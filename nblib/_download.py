"""MNIST and CIFAR-10: fetched once, resumed when interrupted, checked, and explained when that fails."""

import gzip
import hashlib
import http.client
import itertools
import os
import pathlib
import socket
import tarfile
import urllib.error
import urllib.parse
import urllib.request
from typing import NamedTuple

import numpy as np

TRIES = 3
TIMEOUT = 20  # seconds of silence from the server, not for the whole file
CHUNK = 1 << 18  # bytes


class File(NamedTuple):
    """A file as its publisher describes it."""

    name: str
    size: int  # bytes
    sha256: str


# Sizes and SHA-256 as TensorFlow Datasets publishes them.
MNIST_MIRRORS = ("https://storage.googleapis.com/cvdf-datasets/mnist", "https://ossci-datasets.s3.amazonaws.com/mnist")
MNIST_FILES = {  # images, labels
    "train": (
        File("train-images-idx3-ubyte.gz", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
        File("train-labels-idx1-ubyte.gz", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
    ),
    "test": (
        File("t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
        File("t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    ),
}
CIFAR10_MIRRORS = ("https://www.cs.toronto.edu/~kriz",)
CIFAR10_FILE = File(
    "cifar-10-binary.tar.gz",
    170052171,  # plain bytes; the pickled one could run code
    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
)
CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def read_idx(path):
    """An IDX file of bytes: 0, 0, 8 (for bytes), the number of axes; each size in four bytes; the values."""
    raw = gzip.decompress(path.read_bytes())
    shape = np.frombuffer(raw, ">u4", count=raw[3], offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * len(shape)).reshape(shape).copy()


def read_cifar10(path, split):
    """Images (N, 3, 32, 32) and labels (N,), uint8, in the order of the archive's numbered files.

    A record is one byte of label and 3,072 of image: red, green, blue, each row by row.
    """
    prefix = {"train": "data_batch", "test": "test_batch"}[split]
    with tarfile.open(path) as archive:  # read in one pass, never unpacked to disk
        files = {m.name.rpartition("/")[2]: archive.extractfile(m).read() for m in archive if m.isfile()}
    raw = b"".join(files[name] for name in sorted(files) if name.startswith(prefix))
    records = np.frombuffer(raw, np.uint8).reshape(-1, 1 + 3 * 32 * 32)
    return records[:, 1:].reshape(-1, 3, 32, 32).copy(), records[:, 0]


def fetch(file, mirrors, folder, progress=None):
    """The path of `file` in `folder`, downloaded from the first of `mirrors` that delivers it whole.

    A copy that is already there is checked and used without a network; a damaged one is replaced.
    What arrives is kept in `NAME.part` until its size and SHA-256 are right, so that a broken
    download goes on where it stopped, in this call or the next. `progress(done, total)` is called
    with bytes.

    Raises ConnectionError in words after three failed tries.
    """
    path = pathlib.Path(folder) / file.name
    if _is_whole(path, file):
        return path
    part = path.with_name(path.name + ".part")
    for mirror in itertools.islice(itertools.cycle(mirrors), TRIES):
        try:
            part.parent.mkdir(parents=True, exist_ok=True)
            _continue(part, mirror.rstrip("/") + "/" + file.name, file, progress)
            os.replace(part, path)
            return path
        except (OSError, http.client.HTTPException) as error:
            reason = _words(error)
    raise ConnectionError(_explain(file, mirrors, part, reason))


def _is_whole(path, file):
    if not path.is_file():
        return False
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256


def _continue(part, url, file, progress):
    """Bring `part` from what it holds to the whole file; a damaged one is removed."""
    if _size(part) < file.size:
        _receive(part, url, file.size, progress)
    if _size(part) < file.size:
        raise OSError(f"the connection ended after {_size(part):,} of {file.size:,} bytes")
    if not _is_whole(part, file):
        part.unlink()
        raise OSError("what arrived was damaged (its checksum is wrong) and has been removed")


def _receive(part, url, size, progress):
    start = _size(part)
    request = urllib.request.Request(url, headers={"Range": f"bytes={start}-"} if start else {})
    with _answer(request, part) as answer:
        if answer.status != 206:  # the server sends the whole file, whatever was asked for
            start = 0
        with open(part, "r+b" if start else "wb") as out:
            out.seek(start)
            while start < size and (chunk := answer.read1(CHUNK)):  # at most one chunk too many
                out.write(chunk)
                start += len(chunk)
                if progress is not None:
                    progress(start, size)


def _answer(request, part):
    try:
        return urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:  # the server's file is shorter than what we hold, so ours is another one
            part.unlink()
        raise


def _size(path):
    return path.stat().st_size if path.exists() else 0


def _words(error):
    """Why a try failed, for somebody who does not read tracebacks."""
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answered {error.code} ({error.reason})"
    cause = getattr(error, "reason", error)
    if isinstance(cause, socket.gaierror):
        return "the server's name was not found; this machine seems to be offline"
    if isinstance(cause, TimeoutError):
        return f"no answer for {TIMEOUT:g} seconds"
    return getattr(cause, "strerror", None) or str(cause) or type(cause).__name__


def _explain(file, mirrors, part, reason):
    hosts = " and ".join(urllib.parse.urlsplit(mirror).netloc or mirror for mirror in mirrors)
    kept = f" The {_size(part):,} bytes that arrived are kept, and the next call goes on from there."
    return (
        f"{file.name} ({file.size / 1e6:.1f} MB) could not be fetched from {hosts} in {TRIES} tries: "
        f"{reason}.{kept if _size(part) else ''} Try again with a network, or put the file into "
        f"{part.parent} yourself. Every notebook works without it; use datasets.digits()."
    )
