"""A file named like a module (`numpy.py`, `random.py`) beside a notebook hides the real one: said in words."""

import os
import sys
from importlib.machinery import PathFinder


def hiding(folder, path):
    """The files and packages in `folder`, by name, that hide a module of Python or of an installed package.

    `path`: the folders in which modules are looked for, in order; "" is `folder` itself. A file that comes behind the
    module of its name hides nothing.
    """
    folder = os.path.realpath(folder)
    places = [os.path.realpath(place) if place else folder for place in path]
    if folder not in places:
        return []
    here = places.index(folder)
    before, behind = places[:here], [place for place in places[here + 1 :] if place != folder]
    return [
        name
        for name, stem in sorted(_modules(folder))
        if stem != __package__  # a checkout of the course hides nothing, it is the course
        and not PathFinder.find_spec(stem, before)
        and PathFinder.find_spec(stem, behind)
    ]


def _modules(folder):
    """(name, module name) of each file and package in a folder that can be imported."""
    for name in os.listdir(folder):
        stem, kind = os.path.splitext(name)
        package = os.path.exists(os.path.join(folder, name, "__init__.py"))
        if stem.isidentifier() and (kind == ".py" or package):
            yield name, stem


def refuse_hiding_files():
    """Raise ImportError when a file in the current folder keeps a notebook from the module that it needs."""
    for name in hiding(os.getcwd(), sys.path):
        module = os.path.splitext(name)[0]
        raise ImportError(
            f"{os.path.join(os.getcwd(), name)} has the name of a module that is needed here, `{module}`, and is taken "
            "for it. Give the file another name, then restart the kernel (Kernel → Restart Kernel…)"
        )
