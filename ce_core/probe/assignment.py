"""The assignment of least cost: which column each row is given, no column twice."""

from __future__ import annotations

import numpy as np


def assign(costs: np.ndarray) -> np.ndarray:
    """Return for each row of a cost matrix its column, so that the sum of the costs is least.

    There are at least as many columns as rows. Rows are added one by one along the cheapest augmenting path; of
    n rows and m columns that takes n²·m steps, of which m at a time are one vector operation.

    Source: Kuhn 1955, The Hungarian method for the assignment problem; Jonker and Volgenant 1987.

    >>> assign(np.array([[4.0, 1.0, 3.0], [2.0, 0.0, 5.0], [3.0, 2.0, 2.0]]))
    array([1, 0, 2])
    """
    rows, columns = costs.shape
    of_row, of_column = np.zeros(rows), np.zeros(columns)
    owner = np.full(columns, -1)
    for first in range(rows):
        nearest, before = np.full(columns, np.inf), np.full(columns, -1)
        done = np.zeros(columns, dtype=bool)
        path: list[int] = []  # the columns reached, in order
        row, column, reached = first, -1, 0.0
        while True:
            slack = costs[row] - of_row[row] - of_column + reached
            closer = ~done & (slack < nearest)
            nearest[closer], before[closer] = slack[closer], column
            column = int(np.where(done, np.inf, nearest).argmin())
            reached = float(nearest[column])
            done[column] = True
            path.append(column)
            if owner[column] < 0:
                break
            row = int(owner[column])
        inner = np.array(path[:-1], dtype=np.intp)
        of_row[first] += reached
        of_row[owner[inner]] += reached - nearest[inner]
        of_column[inner] -= reached - nearest[inner]
        while column >= 0:
            previous = int(before[column])
            owner[column] = first if previous < 0 else owner[previous]
            column = previous
    found = np.empty(rows, dtype=np.intp)
    held = owner >= 0
    found[owner[held]] = np.flatnonzero(held)
    return found
