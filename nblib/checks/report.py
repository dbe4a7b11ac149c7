"""What is printed for an attempt that is not right."""

from typing import NamedTuple

from nblib.checks.words import show


class Problem(NamedTuple):
    """What is wrong: a sentence (None: no more is known than the lines show), and labelled lines to print."""

    sentence: str | None
    lines: list = []
    part: str = ""


def parting(found):
    """The Problem that a Difference is."""
    part = found.part and f"{found.part} = "
    sentence = found.sentence and (f"{found.part}: {found.sentence}" if part else found.sentence)
    return Problem(sentence, [("yours", part + found.yours), ("expected", part + found.expected)], found.part)


def parts_of(value):
    """The parts of an answer by key; a single value is its own part."""
    if isinstance(value, dict):
        return value
    return dict(enumerate(value)) if isinstance(value, (tuple, list)) else {"": value}


def listing(value, most=8):
    """A text for each part of a result."""
    if not isinstance(value, (dict, tuple, list)):
        return [show(value)]
    texts = [f"[{show(key)}] = {show(part)}" for key, part in parts_of(value).items()]
    return texts[:most] + ["…"] * (len(texts) > most)


def labelled(label, texts):
    """Lines under one label."""
    return [(label if i == 0 else "", text) for i, text in enumerate(texts)]


def report(name, problem):
    """The text to print: the sentence, and the labelled lines below it."""
    lines = [f"    {label:<9}{text}" for label, text in problem.lines]
    return "\n".join([f"✗ {name}: {problem.sentence}", *lines])
