"""Call a function, and give up on it after a while."""

import _thread
import ctypes
import sys
import time
from contextvars import copy_context

PATIENCE = 0.3  # seconds for a function that is being stopped, before it is left behind
HELD = 1.0  # seconds late, from which on nothing can have stopped the call
HAS_THREADS = sys.platform != "emscripten"  # Python in a browser has none


class TimeUp(Exception):
    """The call took longer than it was given; `held`: nothing could stop it, and it came back by itself."""

    def __init__(self, held=False):
        super().__init__()
        self.held = held


def call_within(seconds, function, *args):
    """`function(*args)`, or TimeUp after `seconds`; what the function raises, this raises.

    A loop in Python is stopped, a long call into C is not: where that call holds on to the interpreter
    (`sum(range(10**9))`), TimeUp comes after it, with `held`, and whoever cannot wait uses another process
    (nblib.checks.apart). This function is all that the package knows about threads.
    """
    call = _in_a_thread if HAS_THREADS else _traced
    held_from = time.monotonic() + max(seconds, 0) + HELD
    try:
        result = call(seconds, function, args)
    except TimeUp:
        raise TimeUp(held=time.monotonic() > held_from) from None
    if time.monotonic() > held_from:  # it came back before anybody could see that its time was up
        raise TimeUp(held=True)
    return result


def _in_a_thread(seconds, function, args):
    """The call in a thread of its own, the only one in which the exception that stops it is ever raised.

    However late that exception arrives, it cannot hit the caller or whatever runs after the call. It arrives
    between two bytecodes: a call into C is left behind, and its thread ends when it returns.
    """
    outcome, started, done, leave = [], _taken_lock(), _taken_lock(), _taken_lock()

    def work():
        started.release()  # from here on the thread has an id to be found by
        try:
            outcome.append((function(*args), None))
        except BaseException as error:  # also SystemExit: a notebook must survive exit()
            outcome.append((None, error))
        done.release()
        leave.acquire()  # until nobody aims at this thread any more; then its id may go to another one

    thread = _thread.start_new_thread(copy_context().run, (work,))
    try:
        started.acquire()
        if not done.acquire(timeout=max(seconds, 0)):
            raise TimeUp
    except BaseException:  # time is up, or the reader interrupts the kernel
        _stop(thread, outcome)
        raise
    finally:
        leave.release()
    result, error = outcome[0]
    if error is not None:
        raise error
    return result


def _taken_lock():
    lock = _thread.allocate_lock()
    lock.acquire()
    return lock


def _stop(thread, outcome):
    """Raise SystemExit in `thread` until it ends: a bare `except:` may swallow the first ones.

    SystemExit itself, since a thread that ends with it says nothing on stderr.
    """
    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    give_up = time.monotonic() + PATIENCE
    while not outcome and time.monotonic() < give_up:
        if not raise_in(ctypes.c_ulong(thread), ctypes.py_object(SystemExit)):
            return  # no such thread: it has ended
        time.sleep(0.01)


def _traced(seconds, function, args):
    """The call where there are no threads: every line of Python looks at the clock."""
    deadline, before = time.monotonic() + seconds, sys.gettrace()

    def look(frame, event, arg):
        if time.monotonic() > deadline:
            raise TimeUp
        return look

    sys.settrace(look)
    try:
        return function(*args)
    finally:
        sys.settrace(before)
