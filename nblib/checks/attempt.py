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
            result = function(*inputs)
            return list(islice(result, MOST_ITEMS)) if isinstance(result, Iterator) else result

    with warnings.catch_warnings(), redirect_stdout(printed), redirect_stderr(printed):
        warnings.simplefilter("ignore")
        try:
            result = call_within(limit, call)
        except KeyboardInterrupt:  # the reader interrupts the kernel
            raise
        except BaseException as raised:
            error = raised
    return Outcome(result, error, inputs, warned, printed.getvalue().strip())


def is_blank(function):
    """Whether the body is only a docstring, `...`, `pass` or `return`; told from its bytecode."""
    if type(function) not in (types.FunctionType, types.MethodType):
        return False
    steps = [step for step in dis.get_instructions(function) if step.opname not in ("RESUME", "NOP")]
    blank = {"LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
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
    if isinstance(error, TimeUp):
        return f"it ran longer than {limit:g} s and was stopped: does a loop never end?"
    if isinstance(error, RecursionError):
        return "it calls itself without end (RecursionError)"
    return f"it raised {type(error).__name__}: {re.sub(r' at 0x[0-9a-fA-F]+', '', str(error))}"


def error_line(error, function):
    """The line at which the error came up in the cell or file of `function`: a list of (number, source)."""
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    own = [line for line in traceback.extract_tb(error.__traceback__) if line.filename == file]
    return [(f"line {line.lineno}", line.line or "") for line in own[-1:]]
