"""Try a learner's function: quietly, on copies of the arguments, for a limited time, whatever it does."""

import copy
import dis
import inspect
import io
import re
import traceback
import types
import warnings
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from itertools import islice
from typing import NamedTuple

import numpy as np

from nblib.checks.timelimit import TimeUp, call_within

MOST_ITEMS = 10_000  # that are taken from a generator


class Endless(Exception):
    """A generator that went on after MOST_ITEMS values."""


class Unawaited(Exception):
    """An `async def`, whose call computes nothing."""


class Outcome(NamedTuple):
    """What a call did: its result or error, its arguments afterwards, NumPy's warnings, what it printed."""

    result: object
    error: BaseException | None
    inputs: tuple
    warned: set
    printed: str


def run(function, args, limit):
    """The Outcome of function(*args) in at most `limit` seconds; what it prints stays out of the notebook."""
    inputs, warned, printed = copy.deepcopy(args), set(), io.StringIO()
    result = error = None

    def call():
        with np.errstate(all="call", under="ignore", call=lambda kind, flag: warned.add(kind)):
            return _complete(function(*inputs))

    with warnings.catch_warnings(), redirect_stdout(printed), redirect_stderr(printed):
        warnings.simplefilter("ignore")
        try:
            result = call_within(limit, call)
        except KeyboardInterrupt:  # the reader interrupts the kernel
            raise
        except BaseException as raised:
            error = raised
    return Outcome(result, error, inputs, warned, printed.getvalue().strip())


def _complete(result):
    """The result itself, or all that a generator yields, as a list."""
    if inspect.iscoroutine(result):
        result.close()  # else Python warns, later, that nobody awaited it
    if inspect.iscoroutine(result) or inspect.isasyncgen(result):
        raise Unawaited
    if not isinstance(result, Iterator):
        return result
    items = list(islice(result, MOST_ITEMS + 1))
    if len(items) > MOST_ITEMS:
        raise Endless
    return items


def is_blank(function):
    """Whether the body is only a docstring, `...`, `pass` or `return`; told from its bytecode."""
    if type(function) not in (types.FunctionType, types.MethodType):
        return False
    steps = [step for step in dis.get_instructions(function) if step.opname not in ("RESUME", "NOP")]
    blank = {"LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
    if inspect.iscoroutinefunction(function):  # the frame of an async def is not the learner's
        frame = ("RETURN_GENERATOR", "POP_TOP", "CALL_INTRINSIC_1", "RERAISE")
        steps = [step for step in steps if step.opname not in frame]
    return all(step.opname in blank and (step.argval is None or step.argval is ...) for step in steps)


def parameters(function):
    """The names of the parameters, or None where Python does not know them (some built-in functions)."""
    try:
        return list(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return None


def accepts(function, args):
    """Whether the function can be called with that many arguments."""
    if parameters(function) is None:
        return True
    try:
        inspect.signature(function).bind(*args)
    except TypeError:
        return False
    return True


def error_sentence(error, limit):
    """What went wrong in a call, in words that are the same in every run."""
    if isinstance(error, TimeUp) and error.held:
        return (
            f"it ran longer than {limit:g} s inside one call that cannot be interrupted: "
            "a built-in function over very many numbers, or an array too large?"
        )
    if isinstance(error, TimeUp):
        return f"it ran longer than {limit:g} s and was stopped: does a loop never end?"
    if isinstance(error, Endless):
        return f"it still yields after {MOST_ITEMS:,} values: does its loop never end?"
    if isinstance(error, Unawaited):
        return "it is an `async def`, and calling one computes nothing yet: write a plain `def`"
    if isinstance(error, RecursionError):
        return "it calls itself without end (RecursionError)"
    return f"it raised {type(error).__name__}: {re.sub(r' at 0x[0-9a-fA-F]+', '', str(error))}"


def error_line(error, function):
    """The line at which the error came up in the cell or file of `function`: a list of (number, source)."""
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    own = [line for line in traceback.extract_tb(error.__traceback__) if line.filename == file]
    return [(f"line {line.lineno}", line.line or "") for line in own[-1:]]
