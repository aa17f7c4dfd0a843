"""Sums of products, without the threads of a matrix library: on blocks of this size they mostly wait."""

from __future__ import annotations

import numpy as np


def dot(one: np.ndarray, other: np.ndarray) -> float:
    """Return Σ one · other of two vectors, added in pairs.

    >>> dot(np.array([1.0, 2.0]), np.array([10.0, 0.5]))
    11.0
    """
    with np.errstate(over="ignore"):  # a sum beyond the range of numbers is infinite
        return float((one * other).sum())


def by_column(weights: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return Σ weight · row, [columns], of [rows] of weights and [rows, columns]."""
    return np.asarray(np.einsum("i,ij->j", weights, rows))


def by_row(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return Σ weight · entry of each row, [rows], of [rows, columns] and [columns] of weights."""
    return np.asarray(np.einsum("ij,j->i", rows, weights))
