"""Usual mistakes: wrong implementations, each with the sentence that it deserves."""

import inspect
import textwrap


def implementation(reference, wrong):
    """The wrong implementation that a table of mistakes gives: a function, or a change of the reference.

    wrong: a function of the same arguments; or ("old", "new"), for the reference with each "old" in its source
    replaced; or several such pairs. Raises ValueError where "old" is not part of the source.
    """
    if callable(wrong):
        return wrong
    source = textwrap.dedent(inspect.getsource(reference))
    source = source[source.index("def ") :]  # without its decorator
    for old, new in [wrong] if isinstance(wrong[0], str) else wrong:
        if old not in source:
            raise ValueError(f"{reference.__name__}: its source has no {old!r}")
        source = source.replace(old, new)
    names = {}
    exec(compile(source, f"<{reference.__name__}, with a mistake>", "exec"), reference.__globals__, names)
    return names[reference.__name__]
