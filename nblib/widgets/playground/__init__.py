"""The playground: a small network that is built, trained and taken apart by hand, on data in the plane."""

from nblib.widgets.playground.widget import Playground, playground

__all__ = ["Playground", "playground"]
