"""Usual mistakes: wrong implementations, each with the sentence that it deserves."""

import ast
import inspect
import textwrap


def implementation(reference, wrong):
    """The wrong implementation that a table of mistakes gives: a function, or a change of the reference.

    wrong: a function of the same arguments; or ("old", "new"), for the reference with each "old" in its body
    replaced; or several such pairs. Raises ValueError where "old" is not part of the body.
    """
    if callable(wrong):
        return wrong
    head, body = _head_and_body(reference)
    for old, new in [wrong] if isinstance(wrong[0], str) else wrong:
        if old not in body:
            raise ValueError(f"{reference.__name__}: its body has no {old!r}")
        body = body.replace(old, new)
    names = {}
    exec(compile(head + body, f"<{reference.__name__}, with a mistake>", "exec"), reference.__globals__, names)
    return names[reference.__name__]


def _head_and_body(function):
    """The source of a function, without decorators, up to its docstring and after it."""
    source = textwrap.dedent(inspect.getsource(function))
    definition = ast.parse(source).body[0]
    first = definition.body[0]
    if ast.get_docstring(definition) is not None:
        first = definition.body[1]
    lines = source.splitlines(keepends=True)
    return "".join(lines[definition.lineno - 1 : first.lineno - 1]), "".join(lines[first.lineno - 1 :])
