"""The graph viewer: an expression as a graph, stepped through forward and backward."""

from nblib.widgets.graph.widget import graph

__all__ = ["graph"]
