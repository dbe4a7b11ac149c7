"""Have a text made in a copy of this process, which can be ended whatever it is doing.

A thread that is inside C (`sum(range(10**9))`) holds the interpreter, and nobody in its process can do anything
about it. A copy made by `fork` needs nothing to be pickled, so functions of a notebook, closures and lambdas
are fine, and what they do to variables, files in memory and generators of random numbers stays in the copy.

Only on Linux: Windows has no fork; on macOS its system libraries do not survive one; a browser has no
processes; and PyTorch built for CUDA refuses backward passes in a copy. There the text is made in this process.
"""

import builtins
import gc
import math
import os
import select
import signal
import sys
import time
import traceback
import warnings

from nblib.checks.timelimit import TimeUp

END = b"\0"  # closes the text; the pipe itself may stay open in a process that the copy has started


class Ended(Exception):
    """The copy ended without a text: os._exit, or a crash inside a library."""


def can_fork():
    """Whether a copy of this process can judge as well as the process itself."""
    torch = sys.modules.get("torch")
    return sys.platform == "linux" and getattr(getattr(torch, "version", None), "cuda", None) is None


def text_apart(make, seconds):
    """The text that `make()` returns, made in a copy of this process where there can be one.

    Raises TimeUp when there is none after `seconds`, Ended when the copy ended without one, and RuntimeError
    with the traceback when `make` raised. In this process it just returns make().
    """
    try:
        reading, writing, copy = _fork() if can_fork() else (None, None, None)
    except OSError:  # no memory or no process left
        copy = None
    if copy is None:
        return make()
    if copy == 0:
        _answer(make, writing, seconds)
    os.close(writing)
    try:
        return _read(reading, time.monotonic() + seconds)
    finally:
        os.close(reading)
        os.kill(copy, signal.SIGKILL)
        os.waitpid(copy, 0)


def _fork():
    """Both ends of a pipe, and the copy's process id: 0 in the copy."""
    reading, writing = os.pipe()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about other threads: none of them is needed in the copy
            return reading, writing, os.fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        raise


def _answer(make, writing, seconds):
    """In the copy: write what `make()` returns, and end without a trace."""
    try:
        _settle(seconds)
        try:
            text = make()
        except BaseException:
            text = "!" + traceback.format_exc()
        with open(writing, "wb") as pipe:
            pipe.write(text.encode(errors="replace") + END)
    finally:
        os._exit(0)  # nothing of the first process is flushed or closed twice


def _settle(seconds):
    """Cut the copy off from the outside: no output or input, no interrupt, finalizer or pool of threads, an end."""
    gc.freeze()
    builtins.input = _no_input
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process ends the copy
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(math.ceil(seconds) + 5)  # should the first process be gone
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)  # its threads were not copied


def _no_input(prompt=""):
    """A notebook's `input` talks to the page through sockets that are not the copy's."""
    raise EOFError("nobody answers input() during a check")


def _read(reading, deadline):
    """The text that comes through the pipe."""
    received = b""
    while not received.endswith(END):
        if not select.select([reading], [], [], max(deadline - time.monotonic(), 0))[0]:
            raise TimeUp(held=True)
        piece = os.read(reading, 1 << 16)
        if not piece:
            raise Ended
        received += piece
    text = received[:-1].decode()
    if text.startswith("!"):
        raise RuntimeError(text[1:])
    return text
