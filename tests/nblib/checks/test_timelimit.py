"""The time limit: what is stopped, what cannot be, and that nothing stray comes later."""

import _thread
import os
import signal
import sys
import threading
import time

import numpy as np
import pytest

from nblib.checks import Exercises, apart, timelimit
from nblib.checks.timelimit import TimeUp, call_within


def first_line(text):
    return text.splitlines()[0]


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


def yields_slowly(x):
    while True:
        time.sleep(0.01)
        yield x


@pytest.mark.parametrize("attempt", [loops, swallows, cleans_up, sleeps, yields_slowly])
def test_an_endless_function_is_stopped_and_reported(exercises, attempt, judged_in):
    said = first_line(exercises.verdict("quick", attempt))
    assert said == "✗ quick: it ran longer than 0.3 s and was stopped: does a loop never end?"


def test_the_limit_holds_for_all_cases_together(exercises):
    def slow(x):
        time.sleep(0.12)
        return 2 * x

    assert "ran longer" in exercises.verdict("quick", slow)


def double(x):
    return 2 * x


def counts_in_c(x):
    return sum(range(3 * 10**8))


def cpu_seconds(call):
    """What a call costs, in this process and in the copies that it has ended; whatever else is running."""
    before = sum(os.times()[:4])
    call()
    return sum(os.times()[:4]) - before


@pytest.mark.skipif(not apart.can_fork(), reason="no copies of a process here")
def test_a_call_into_c_is_ended_and_called_what_it_is(exercises):
    said = []
    exercises.verdict("quick", double)  # the reference has been run
    assert cpu_seconds(lambda: said.append(first_line(exercises.verdict("quick", counts_in_c)))) < 0.3 + 1
    assert said[0] == (
        "✗ quick: it ran longer than 0.3 s inside one call that cannot be interrupted: "
        "a built-in function over very many numbers, or an array too large?"
    )


def test_a_call_into_c_that_cannot_be_ended_is_called_what_it_is(exercises, monkeypatch):
    monkeypatch.setattr(apart, "can_fork", lambda: False)
    monkeypatch.setattr(timelimit, "HELD", 0.1)

    def counts_less(x):
        return sum(range(5 * 10**7))

    assert "inside one call that cannot be interrupted" in exercises.verdict("quick", counts_less)


class Slow:
    """Takes for ever to be looked at."""

    def __len__(self):
        while True:
            pass

    __array__ = __iter__ = __len__

    def __getattr__(self, name):
        while True:
            pass


def test_a_result_that_takes_for_ever_to_look_at(exercises, judged_in):
    said = []
    exercises.verdict("quick", double)  # the reference has been run
    assert cpu_seconds(lambda: said.append(exercises.verdict("quick", lambda x: Slow()))) < 0.3 + 1
    assert said[0] in (
        "✗ quick: what it returned could not be looked at within 0.3 s",
        "✗ quick: it ran longer than 0.3 s and was stopped: does a loop never end?\n    input    x = [0, 1, -2]",
    )


@pytest.mark.skipif(not apart.can_fork(), reason="no copies of a process here")
def test_an_attempt_that_ends_python(exercises):
    def leaves(x):
        os._exit(0)

    assert exercises.verdict("quick", leaves) == (
        "✗ quick: it ended Python itself: os._exit, or a crash inside a library"
    )
    assert exercises.verdict("quick", lambda x: 2 * x).startswith("✓")


@pytest.mark.skipif(not apart.can_fork(), reason="no copies of a process here")
def test_nobody_answers_input(exercises):
    said = first_line(exercises.verdict("quick", lambda x: input("x?")))
    assert said == "✗ quick: it raised EOFError: nobody answers input() during a check"


@pytest.mark.skipif(not apart.can_fork(), reason="no copies of a process here")
def test_a_copy_leaves_nothing_behind(exercises, capfd):
    """No output, not even from C; no process; no open file; no change of a variable or of the global chance."""
    seen, state = [], np.random.get_state()[1].copy()
    files = len(os.listdir("/proc/self/fd"))

    def talks(x):
        os.write(1, b"noise")
        os.write(2, b"noise")
        seen.append(np.random.random())
        return 2 * x

    assert exercises.verdict("quick", talks).startswith("✓")
    assert capfd.readouterr() == ("", "")
    assert not seen and (np.random.get_state()[1] == state).all()
    assert len(os.listdir("/proc/self/fd")) == files
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@pytest.mark.skipif(not apart.can_fork(), reason="no copies of a process here")
def test_without_a_copy_the_process_itself_judges(exercises, monkeypatch):
    def fails():
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", fails)
    files = len(os.listdir("/proc/self/fd"))
    assert exercises.verdict("quick", lambda x: 2 * x).startswith("✓")
    assert len(os.listdir("/proc/self/fd")) == files


@pytest.mark.skipif(not apart.can_fork(), reason="no copies of a process here")
def test_a_judge_that_fails_in_the_copy_fails_here():
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        apart.text_apart(lambda: 1 / 0, 5)
    long = "ä" * 10**6  # more than a pipe holds
    assert apart.text_apart(lambda: long, 20) == long


def test_cuda_judges_in_the_process_itself(monkeypatch):
    class Cuda:
        class version:
            cuda = "12.8"

    monkeypatch.setitem(sys.modules, "torch", Cuda)
    assert not apart.can_fork()


def test_where_there_are_no_threads_every_line_looks_at_the_clock(monkeypatch):
    monkeypatch.setattr(timelimit, "HAS_THREADS", False)
    before = sys.gettrace()
    assert call_within(5, lambda a, b: a - b, 5, 3) == 2
    for endless in (loops, cleans_up):
        with pytest.raises(TimeUp):
            call_within(0.05, endless, [0])
    with pytest.raises(KeyError):
        call_within(5, {}.__getitem__, "gone")
    assert sys.gettrace() is before


def test_a_stopped_loop_is_over(exercises, judged_in):
    before = _thread._count()
    exercises.verdict("quick", loops)
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
def test_the_reader_can_interrupt_a_check(judged_in):
    made = Exercises("99")

    @made.function("f", cases=lambda rng: [(1,)], limit=60)
    def f(x):
        return x

    threads = _thread._count()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a program in the background ignores it
    alarm = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    alarm.start()
    with pytest.raises(KeyboardInterrupt):
        made.verdict("f", loops)
    alarm.join()
    signal.signal(signal.SIGINT, before)
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
        "def double(x):\n    print('noise')\n    return 2 * x\n"
        "print('before')\ncheck('double', double)\nprint('after')",
        "async def double(x):\n    return sum(range(10**9))\ncheck('double', double)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(notebook, timeout=60).execute()
    outputs = ["".join(output["text"] for output in cell.outputs) for cell in notebook.cells]
    assert outputs == [
        "",
        "double: not attempted yet\n",
        "✗ double: it raised ZeroDivisionError: division by zero\n    input    x = 2\n    line 3   return y / 0\n",
        "✗ double: it ran longer than 0.3 s and was stopped: does a loop never end?\n    input    x = 2\n",
        "before\n✓ double: right on 2 cases\nafter\n",
        "✗ double: it is an `async def`, and calling one computes nothing yet: write a plain `def`\n"
        "    input    x = 2\n",
    ]
