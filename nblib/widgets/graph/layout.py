"""Where the nodes of a graph stand: in columns from left to right, each near its neighbours."""

import numpy as np

BEND = 0.6  # rows that a passing edge needs, where a node needs 1
PULL = 0.8  # towards the middle row, so that a graph does not slant
SWEEPS = 24
CURVE = np.linspace(0, 1, 13)


def arrange(parents):
    """Places (nodes, 2), as (column, row from below), and {(child, place among its parents): line (n, 2)}.

    `parents` lists for each node the numbers of the nodes before it that it is computed from.
    """
    columns = _columns(parents)
    edges = [(p, child, place) for child, mine in enumerate(parents) for place, p in enumerate(mine)]
    items, paths = list(columns), {}  # an item: a node, or a bend of an edge that passes a column
    for p, child, place in edges:
        bends = range(columns[p] + 1, columns[child])
        paths[child, place] = [p, *range(len(items), len(items) + len(bends)), child]
        items += bends
    rows = _rows(items, len(parents), list(paths.values()), parents)
    points = np.column_stack([items, -rows])
    routes = {key: _curve(points[path], _bow(key, parents)) for key, path in paths.items()}
    return points[: len(parents)], routes


def _columns(parents):
    """Each node stands one column before its first use, and so the result last."""
    columns = [0] * len(parents)
    for child in reversed(range(len(parents))):
        for p in parents[child]:
            columns[p] = min(columns[p], columns[child] - 1)
    return columns


def _rows(items, nodes, paths, parents):
    """A row, from above, for every item: each moves to the mean of its neighbours where there is room."""
    neighbours = [[] for _ in items]
    for path in paths:
        for a, b in zip(path, path[1:]):
            neighbours[a].append(b)
            neighbours[b].append(a)
    rows = np.zeros(len(items))
    leaves = [i for i, mine in enumerate(parents) if not mine]
    rows[leaves] = np.arange(len(leaves)) - (len(leaves) - 1) / 2
    for i, mine in enumerate(parents):
        if mine:
            rows[i] = rows[list(mine)].mean()
    for path in paths:
        rows[path[1:-1]] = rows[path[0]]
    room = np.where(np.arange(len(items)) < nodes, 0.5, BEND / 2)
    for sweep in range(SWEEPS):
        for column in sorted(set(items), reverse=sweep % 2):
            here = [i for i, c in enumerate(items) if c == column]
            wish = PULL * np.array([rows[neighbours[i]].mean() for i in here])
            order = np.argsort(wish, kind="stable")
            here = np.array(here)[order]
            rows[here] = _spaced(wish[order], room[here])
    return rows


def _spaced(wish, room):
    """Rising places near `wish` with at least `room` on both sides of each, the mean kept."""
    places = wish.copy()
    for i in range(1, len(places)):
        places[i] = max(places[i], places[i - 1] + room[i - 1] + room[i])
    return places + (wish - places).mean()


def _bow(key, parents):
    """How far an edge bows out: apart from a second one between the same two nodes."""
    child, place = key
    same = [i for i, p in enumerate(parents[child]) if p == parents[child][place]]
    return 0.5 * (same.index(place) - (len(same) - 1) / 2)


def _curve(points, bow):
    """A smooth line through `points`, level at each of them."""
    ease = CURVE**2 * (3 - 2 * CURVE)
    pieces = [
        np.column_stack([a[0] + (b[0] - a[0]) * CURVE, a[1] + (b[1] - a[1]) * ease]) for a, b in zip(points, points[1:])
    ]
    line = np.concatenate(pieces)
    line[:, 1] += 2 * bow * np.sin(np.pi * np.linspace(0, 1, len(line)))
    return line
